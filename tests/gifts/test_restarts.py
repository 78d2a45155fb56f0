"""Nothing is forgotten: killed in every state, the queue goes on where it was."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.gifts.events import GiftState
from goldomatic.ledger.rebuild import differences, rebuild
from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.schedule import Job, tend_gifts
from goldomatic.simulation.extension_tokens import extension_token
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import utc_now
from support.clock import FakeClock
from support.gift_story import initiated, moved, request_id
from support.gifts import REQUESTS, code, gift_service, item
from support.ledgers import bare_ledger, checked_log
from support.process import ServeProcess
from support.service import ANNA, BORIS, CHANNEL, CLARA, EXTENSION_SECRET, OPERATOR
from support.twitch import until

QUICKLY = Job("gifts", timedelta(milliseconds=20), tend_gifts)


#
async def test_every_state_outlives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    async with gift_service(tmp_path, clock=clock) as gifts:
        completed = await gifts.asked(ANNA, "Anna")
        await gifts.bring_to(completed, GiftState.COMPLETED)
        active, _ = await gifts.asked(BORIS, "Boris"), await gifts.asked(CLARA, "Clara")
        drawn = (await gifts.draw(active)).json()
        before = await gifts.open()
    async with gift_service(tmp_path, clock=clock) as gifts:
        assert await gifts.open() == before
        assert code(await gifts.ask(ANNA, "Anna")) == (409, "gift_already_used")
        assert code(await gifts.ask(CLARA, "Kael")) == (409, "gift_request_active")
        assert (await gifts.draw(active)).json() == drawn
        assert code(await gifts.select(active, drawn["items"][drawn["index"] - 1])) == (
            409,
            "item_not_drawn",
        )
    # While it is down the time runs on.
    clock.at(61)
    async with gift_service(tmp_path, clock=clock) as gifts:
        await gifts.tick()
        assert await gifts.states() == {"Clara": "SelectingItem"}
        assert (await gifts.snapshot(BORIS))["myGift"]["failureReason"] == "selection_timeout"
        clara = (await gifts.open())[0]["id"]
        await gifts.select(clara)
    clock.at(61 + 301)
    async with gift_service(tmp_path, clock=clock) as gifts:
        await gifts.tick()
        assert await gifts.open() == []
        assert (await gifts.snapshot(CLARA))["myGift"]["failureReason"] == "confirmation_timeout"
        assert (await gifts.ask(CLARA, "Clara")).status_code == 201


#
async def test_who_was_left_over_is_served_when_the_service_starts(tmp_path: Path) -> None:
    clock = FakeClock()
    async with bare_ledger(tmp_path, clock) as ledger:
        # As a crash between two steps would leave it: over, and nobody promoted.
        pending, selecting = GiftState.PENDING, GiftState.SELECTING_ITEM
        for event in (
            *(initiated(1), initiated(2), moved(1, pending, selecting)),
            moved(1, selecting, GiftState.FAILED),
        ):
            await ledger.change(lambda state, now, event=event: [event])  # type: ignore[misc]
    async with gift_service(tmp_path, clock=clock) as gifts:
        assert [row["state"] for row in await gifts.open()] == ["Pending"]
        made = await gifts.ask(BORIS, "Boris")
        assert (made.json()["viewerId"], made.json()["state"]) == (BORIS.id, "Pending")
        assert made.json()["queuePosition"] == 2
        assert [row["viewerId"] for row in await gifts.open()] == ["2", BORIS.id]
        assert (await gifts.open())[0]["state"] == "SelectingItem"


#
async def test_the_clock_serves_who_was_left_over(tmp_path: Path) -> None:
    clock = FakeClock()
    async with bare_ledger(tmp_path, clock) as ledger:
        await ledger.change(lambda state, now: [initiated(1), initiated(2)])
    async with gift_service(tmp_path, clock=clock, jobs=[QUICKLY]) as gifts:
        await until(lambda: gifts.stage.service.state.gifts.active.durable == request_id(1))
        assert [row["state"] for row in await gifts.open()] == ["SelectingItem", "Pending"]


# G-54
async def test_the_read_tables_are_made_anew_from_the_events(tmp_path: Path) -> None:
    async with gift_service(tmp_path) as gifts:
        completed = await gifts.asked(ANNA, "Anna")
        await gifts.draw(completed, 4)
        await gifts.bring_to(completed, GiftState.COMPLETED)
        await gifts.patch(await gifts.asked(BORIS, "Boris"), "Failed", reason="Борис спит")
        await gifts.tick()
        await gifts.asked(BORIS, "Boris")
        await gifts.asked(CLARA, "Clara")
        store = gifts.stage.service.store

        async def rows() -> list[Any]:
            requests = await store.query("SELECT * FROM gift_requests ORDER BY position")
            return [*requests, *await store.query("SELECT * FROM gift_usage")]

        before = await rows()
        assert len(before) == 5
        assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []
        await store.clear_tables(CHANNEL, TABLES)
        assert await rows() == []
        await rebuild(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES)
        assert await rows() == before


# The real process, killed in each state


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServeProcess]:
    served = ServeProcess(tmp_path, DEV_SKIP_GIFT_SUBSCRIBER_CHECK="true")
    yield served
    served.kill()


class Caller:
    """Viewer and operator of a service that keeps dying."""

    def __init__(self, process: ServeProcess, http: httpx2.Client) -> None:
        self._process = process
        self._http = http

    def die(self) -> None:
        self._process.kill()
        self._process.start()

    def ask(self, user: SimulatedUser, name: str) -> httpx2.Response:
        token = extension_token(EXTENSION_SECRET, user, CHANNEL)
        body = {"streamerId": CHANNEL, "characterName": name}
        headers = {"Authorization": f"Bearer {token}"}
        return self._http.post(self._process.url + REQUESTS, json=body, headers=headers)

    def act(self, request_id: str, what: str, body: Any) -> Any:
        path = f"{self._process.url}{REQUESTS}/{request_id}/{what}"
        answer = self._http.post(path, json=body, headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def states(self) -> dict[str, str]:
        rows = self._http.get(self._process.url + REQUESTS, headers=OPERATOR).json()
        return {row["characterName"]: row["state"] for row in rows}


#
def test_killed_in_each_state_the_queue_goes_on(process: ServeProcess, tmp_path: Path) -> None:
    process.start()
    with httpx2.Client(trust_env=False, timeout=30, verify=False) as http:
        caller = Caller(process, http)
        request = caller.ask(ANNA, "Anna").json()["id"]
        caller.ask(BORIS, "Boris")
        caller.die()
        assert caller.states() == {"Anna": "SelectingItem", "Boris": "Pending"}
        drawn = caller.act(request, "items", {"items": [item(number) for number in range(5)]})
        caller.die()
        assert caller.act(request, "items", {"items": drawn["items"]}) == drawn
        caller.act(request, "select-item", {"item": drawn["item"]})
        caller.die()
        assert caller.states() == {"Anna": "WaitingConfirmation", "Boris": "Pending"}
        caller.act(request, "confirm", {"confirmed": True})
        caller.die()
        assert caller.states() == {"Boris": "SelectingItem"}
        assert caller.ask(ANNA, "Anna").json()["code"] == "gift_already_used"
        assert caller.act(request, "confirm", {"confirmed": True})["state"] == "Completed"
    process.kill()
    asyncio.run(sound(tmp_path))


async def sound(directory: Path) -> None:
    """The chain holds, and the read tables are those of the events."""
    store = SqliteStore(directory / "goldomatic.db", utc_now)
    await store.open()
    try:
        await checked_log(store)
        assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []
    finally:
        await store.close()
