"""From `!twgift` in chat to the recipient's word: real service, bridge, addon and log file.

The log writes as late as a real client's may; service and bridge are killed in every state, a
stranger forges every tag, the bags hold more than a line can say.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from goldomatic.simulation.wow_client import (
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    LogSettings,
)
from goldomatic.simulation.wow_client.foreign_chatter import ForeignChatter, forged_tags
from goldomatic.simulation.wow_client.items import Bond, Item
from support.clock import FakeClock
from support.gate import Gate, gate
from support.service import ANNA, BORIS, Stage, running
from support.streamer_side import StreamerSide

RUNS = pytest.mark.parametrize(
    "log",
    [
        pytest.param(PESSIMISTIC, id="system-lines-logged"),
        pytest.param(PESSIMISTIC_WITHOUT_SYSTEM, id="system-lines-not-logged"),
    ],
)
ITEMS = (
    Item(id=33447, name="Runic Healing Potion", count=5),
    Item(id=36912, name="Саронитовая руда", count=20),
    Item(id=40211, name="Рукавицы ужасающего гладиатора"),
    Item(id=1, name="Soulbound Sword", bond=Bond.SOULBOUND),
)
GIVEN = {item.id: item.name for item in ITEMS[:3]}


class World:
    """A service that can be killed, a way to it, and the streamer's side."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self.clock = FakeClock()
        self._port = 0
        self.stage: Stage
        self.way: Gate
        self.side: StreamerSide

    async def serve(self) -> None:
        """Start the service: at the same address, with the same ledger."""
        service = AsyncExitStack()
        self._serving = service
        self.stage = await service.enter_async_context(
            running(self._folder, self.clock, port=self._port, dev_skip_gift_subscriber_check=True)
        )
        self._port = httpx2.URL(self.stage.url).port or 0

    async def open(self, log: LogSettings) -> None:
        await self.serve()
        self.way = await self._stack.enter_async_context(gate(self.stage.url))
        self.side = StreamerSide(self.way.url, self._folder, self.clock, log)
        self.side.client.world.bags.sizes = (40, 40, 40, 40, 40)
        for item in ITEMS:
            self.side.client.world.bags.put(item)
        await self.live(4)

    async def test_the_log(self) -> None:
        """As the guide asks of every streamer before the first giveaway."""
        self.side.client.type_line("/mgm logtest")
        while not self.side.bridge.view.log_test:
            await self.second()

    async def close(self) -> None:
        await self.side.close()
        await self._stack.aclose()
        await self._serving.aclose()

    async def restart(self) -> None:
        """Service and bridge end and begin again."""
        await self.side.kill_bridge()
        await self._serving.aclose()
        await self.serve()

    async def live(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.second()

    async def second(self) -> None:
        await self.side.second()
        await self.stage.service.gifts.tick()

    async def until(self, state: str, count: int = 1, within: int = 120) -> int:
        """Live until so many requests are in a state; the seconds that it took."""
        for passed in range(within):
            if list((await self.states()).values()).count(state) == count:
                return passed
            await self.second()
        raise AssertionError(f"no {state} within {within} s: {await self.states()}")

    async def states(self) -> dict[str, str]:
        """Every request and its state."""
        gifts = self.stage.service.state.gifts
        return {key: each.state for key, each in gifts.requests.durable.items()}

    async def ask(self, user: Any, name: str) -> str:
        assert (await self.stage.chat(user, f"!twgift {name}")).accepted
        return list(await self.states())[-1]


@asynccontextmanager
async def world(tmp_path: Path, log: LogSettings = PESSIMISTIC) -> AsyncIterator[World]:
    made = World(tmp_path)
    await made.open(log)
    try:
        yield made
    finally:
        await made.close()


# D-36
@RUNS
async def test_from_chat_to_the_recipients_word(tmp_path: Path, log: LogSettings) -> None:
    async with world(tmp_path, log) as w:
        await w.test_the_log()
        norinn = w.side.recipient("Норинн", answer=" !!TwGift ")
        gift_id = await w.ask(ANNA, "Норинн")
        assert await w.until("WaitingConfirmation", within=60) < 60
        await w.until("Completed")
        assert sum("!twgift" in text for _, text in norinn.heard) == 1
        (row,) = w.side.bridge.view.gifts
        assert row.item in GIVEN.values()
        for call in ("/items", "/select-item", "/confirm"):
            assert len(w.way.to(call, "POST")) == 1
        drawn = (await w.stage.operator("GET", f"/api/gift-requests/{gift_id}/items")).json()
        record = await w.stage.request("GET", f"/api/draws/{gift_id}")
        assert row.item in record.text
        assert drawn["item"]["name"] == drawn["items"][drawn["index"]]["name"] == row.item
        await w.live(40)
        w.side.client.type_line("/mgm")
        (reminder,) = [
            text for text in w.side.client.frame("MGMQueuePanel").texts if text.startswith("GIFT")
        ]
        assert reminder.startswith(f"GIFT  Норинн: {row.item}")
        assert await w.side.bridge.act_on_gift(gift_id, "mailed") is None
        await w.live(3)
        assert reminder not in w.side.client.frame("MGMQueuePanel").texts


async def test_service_and_bridge_are_killed_in_every_state(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        people = [w.side.recipient(name, after=6.0) for name in ("Norinn", "Torgan")]
        seen: set[tuple[str, ...]] = set()

        async def kill_in_a_new_state() -> None:
            steps = tuple(row.step for row in w.side.bridge.view.gifts)
            state = (*steps, *sorted((await w.states()).values()))
            if steps and state not in seen:
                seen.add(state)
                await w.restart()

        w.side.after_each_step = kill_in_a_new_state
        await w.ask(ANNA, "Norinn")
        await w.ask(BORIS, "Torgan")
        await w.until("Completed", 2, within=200)
        steps = {step for state in seen for step in state}
        assert {"waiting", "asking", "asked", "drawing", "spinning"} <= steps
        assert {"whispering", "whispered", "accepted", "to_mail"} <= steps
        assert len(seen) >= 12
        for one in people:
            assert sum("!twgift" in text for _, text in one.heard) == 1
        changes = [path.rsplit("/", 1)[1] for _, path in w.way.changes()]
        assert {ending: changes.count(ending) for ending in changes} == {
            "items": 2, "select-item": 2, "confirm": 2,
        }  # fmt: skip


@pytest.mark.parametrize("state", ["SelectingItem", "WaitingConfirmation"])
async def test_a_short_outage_costs_nothing_and_a_long_one_only_time(
    tmp_path: Path, state: str
) -> None:
    async with world(tmp_path) as w:
        w.side.recipient("Norinn")
        await w.ask(ANNA, "Norinn")
        await w.ask(BORIS, "Norinn")
        for outage in (15, 75):
            await w.until(state)
            w.way.down = True
            await w.live(outage)
            w.way.down = False
            if outage == 15:
                await w.until("Completed")
        if state == "SelectingItem":
            # Its minute was over; the viewer may ask again.
            assert list((await w.states()).values()) == ["Completed", "Failed"]
            await w.ask(BORIS, "Norinn")
        await w.until("Completed", 2)


async def test_the_game_crashes_while_the_recipient_thinks(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.side.recipient("Norinn", after=30.0)
        gift_id = await w.ask(ANNA, "Norinn")
        await w.until("WaitingConfirmation", within=60)
        while not (told := w.side.bridge._desk.errands.find("gift", gift_id)) or (
            told.answered_at is None
        ):
            await w.second()
        w.side.client.crash()
        w.side.client.log_in()
        await w.until("Completed")
        assert len(w.way.to("/confirm", "POST")) == 1


async def test_who_comes_online_while_the_gift_waits_gets_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        norinn = w.side.recipient("Norinn")
        norinn.online = False
        await w.ask(ANNA, "Norinn")
        await w.until("WaitingConfirmation", within=60)
        await w.live(200)
        assert w.side.bridge.view.gifts[0].step == "undelivered"
        norinn.online = True
        await w.until("Completed", within=95)


async def test_a_stranger_forges_every_tag(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.side.client.realm.settle("Norinn")
        gift_id = await w.ask(ANNA, "Norinn")
        await w.until("WaitingConfirmation", within=60)
        before = w.way.changes()
        chatter, tags = ForeignChatter(w.side.client), forged_tags([UUID(gift_id)])
        assert any("GIFT_ACCEPT" in tag for tag in tags)
        assert any("MGM_ITEMS" in tag for tag in tags)
        for _ in range(30):
            chatter.forge(tags)
            w.side.client.realm_whisper("Gromka", "!twgift")
            await w.second()
        w.side.client.log.flush()
        await w.second()
        assert w.way.changes() == before
        assert list((await w.states()).values()) == ["WaitingConfirmation"]
        assert w.side.bridge.view.log.ignored > 0


async def test_two_hundred_items_with_russian_names_arrive_whole(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        bags = w.side.client.world.bags
        bags.slots.clear()
        for number in range(200):
            name = f"Рукавицы ужасающего гладиатора {number}"
            bags.put(Item(id=50_000 + number, name=name, count=3))
        w.side.client.type_line("/mgm gifts 200")
        await w.test_the_log()
        w.side.recipient("Norinn")
        await w.ask(ANNA, "Norinn")
        assert await w.until("WaitingConfirmation", within=60) < 60
        (call,) = w.way.to("/items", "POST")
        found = json.loads(call.body)["items"]
        assert len(found) == 200
        assert {item["id"] for item in found} == set(range(50_000, 50_200))
        assert {item["name"] for item in found if item["id"] == 50_150} == {
            "Рукавицы ужасающего гладиатора 150"
        }
        await w.until("Completed")


#
async def test_empty_bags_fail_the_request_and_the_next_is_served(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.side.recipient("Norinn")
        w.side.recipient("Torgan")
        held = dict(w.side.client.world.bags.slots)
        w.side.client.world.bags.slots.clear()
        first = await w.ask(ANNA, "Norinn")
        await w.ask(BORIS, "Torgan")
        await w.until("Failed", within=60)
        w.side.client.world.bags.slots.update(held)
        await w.until("Completed")
        assert (await w.states())[first] == "Failed"
        calls = w.way.to(f"/api/gift-requests/{first}", "PATCH")
        assert [json.loads(call.body)["reason"] for call in calls] == ["no_items_available"]
