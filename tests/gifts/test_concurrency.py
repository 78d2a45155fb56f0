"""Many at once, in one process and in two: never two in the slot, nobody twice, nobody lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.gifts.events import GiftRequestInitiated, GiftRequestStateChanged
from goldomatic.ledger.event import Recorded
from goldomatic.ledger.rebuild import differences
from goldomatic.ledger.stores import open_store
from goldomatic.simulation.extension_tokens import extension_token
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ChannelId, utc_now
from support.gifts import REQUESTS, GiftStage, item
from support.ledgers import checked_log
from support.process import ServeProcess
from support.service import CHANNEL, EXTENSION_SECRET, OPERATOR, viewer

AT_ONCE = 200
SERVED = 25


def served_one_at_a_time(log: Sequence[Recorded]) -> ChannelState:
    """Fold the log event by event; after none of them are two in the slot."""
    state = ChannelState(ChannelId(CHANNEL))
    for recorded in log:
        state.evolve(recorded)
        state.commit()
        active = [r for r in state.gifts.requests.durable.values() if r.state.active]
        assert len(active) <= 1, f"two in the slot after event {recorded.position}"
    assert state.gifts.active.durable is not None or not state.gifts.line.durable
    return state


#
async def test_of_two_hundred_that_ask_at_once_one_is_served(gifts: GiftStage) -> None:
    answers = await asyncio.gather(
        *(gifts.ask(viewer(number), "Norinn") for number in range(AT_ONCE))
    )
    assert {answer.status_code for answer in answers} == {201}
    rows = await gifts.open()
    assert Counter(row["state"] for row in rows) == {"SelectingItem": 1, "Pending": AT_ONCE - 1}
    assert [row["queuePosition"] for row in rows] == list(range(1, AT_ONCE + 1))
    assert {row["viewerId"] for row in rows} == {answer.json()["viewerId"] for answer in answers}
    for answer in answers:
        UUID(answer.json()["id"])
    served_one_at_a_time(await gifts.stage.events())


#
async def test_of_fifty_wishes_of_one_viewer_one_is_taken(gifts: GiftStage) -> None:
    asked = [gifts.ask(viewer(1), "Norinn") for _ in range(25)]
    said = [gifts.stage.chat(viewer(1), "!twgift Norinn") for _ in range(25)]
    answers, _ = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*said))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(await gifts.stage.recorded(GiftRequestInitiated)) == 1


#
async def test_two_clocks_end_one_request_and_serve_one(gifts: GiftStage) -> None:
    for number in range(3):
        await gifts.ask(viewer(number), "Norinn")
    gifts.stage.clock.advance(61)
    await asyncio.gather(*(gifts.tick() for _ in range(20)))
    rows = await gifts.open()
    assert [row["state"] for row in rows] == ["SelectingItem", "Pending"]
    served_one_at_a_time(await gifts.stage.events())
    ended = await gifts.stage.recorded(GiftRequestStateChanged)
    assert [each.reason for each in ended if each.reason] == ["selection_timeout"]


#
async def test_whatever_comes_together_is_a_story_that_can_have_happened(gifts: GiftStage) -> None:
    lots = random.Random(19)

    async def somebody(number: int) -> None:
        await gifts.ask(viewer(number), "Norinn")
        for _ in range(6):
            rows = await gifts.open("?limit=3")
            if not rows:
                continue
            request = lots.choice(rows)["id"]
            what = lots.choice(("draw", "select", "confirm", "decline", "fail", "again", "tick"))
            await move(gifts, what, request)

    async def move(gifts: GiftStage, what: str, request: str) -> None:
        match what:
            case "draw":
                await gifts.draw(request, 4)
            case "select":
                await gifts.select(request, item(4))
            case "confirm" | "decline":
                await gifts.confirm(request, confirmed=what == "confirm")
            case "fail":
                await gifts.patch(request, "Failed")
            case "again":
                await gifts.act(request, "again")
            case _:
                await gifts.tick()

    await asyncio.gather(*(somebody(number) for number in range(40)))
    state = served_one_at_a_time(await gifts.stage.events())
    told = gifts.stage.service.state.gifts
    assert state.gifts.requests.durable == told.requests.durable
    assert list(state.gifts.line.durable) == list(told.line.durable)


# Two processes on one PostgreSQL


@pytest.fixture
def pair(tmp_path: Path, postgres_url: str) -> Iterator[list[ServeProcess]]:
    skip = {"DEV_SKIP_GIFT_SUBSCRIBER_CHECK": "true"}
    both = [ServeProcess(tmp_path, postgres_url, **skip) for _ in range(2)]
    try:
        for process in both:
            process.start()
        yield both
    finally:
        for process in both:
            process.kill()


def asking(user: SimulatedUser) -> dict[str, Any]:
    token = extension_token(EXTENSION_SECRET, user, CHANNEL)
    return {
        "json": {"streamerId": CHANNEL, "characterName": "Norinn"},
        "headers": {"Authorization": f"Bearer {token}"},
    }


async def queue_at(process: ServeProcess, http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await http.get(process.url + REQUESTS, headers=OPERATOR)).json()
    return rows


async def drive(pair: list[ServeProcess], http: httpx2.AsyncClient, completed: list[str]) -> None:
    """Two operators at two services move whatever is served, each as fast as it can."""

    async def operator(process: ServeProcess) -> None:
        while len(completed) < SERVED:
            rows = await queue_at(process, http)
            path = f"{process.url}{REQUESTS}/{rows[0]['id']}"
            for what, body in (
                ("select-item", {"item": item()}),
                ("confirm", {"confirmed": True}),
            ):
                answer = await http.post(f"{path}/{what}", json=body, headers=OPERATOR)
                assert answer.status_code in (200, 409), answer.text
            if answer.status_code == 200:
                completed.append(rows[0]["id"])

    await asyncio.gather(*(operator(process) for process in pair))


#
@pytest.mark.postgres
@pytest.mark.slow
async def test_two_services_serve_one_queue(pair: list[ServeProcess], postgres_url: str) -> None:
    limits = httpx2.Limits(max_connections=64)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, verify=False, limits=limits) as http:
        # Everybody at either service, every tenth at both at once.
        answers = await asyncio.gather(
            *(
                http.post(process.url + REQUESTS, **asking(viewer(number)))
                for number in range(AT_ONCE)
                for process in (pair if number % 10 == 0 else [pair[number % 2]])
            )
        )
        assert Counter(answer.status_code for answer in answers) == {
            201: AT_ONCE,
            409: AT_ONCE // 10,
        }
        rows = await queue_at(pair[0], http)
        assert await queue_at(pair[1], http) == rows
        states = Counter(row["state"] for row in rows)
        assert states == {"SelectingItem": 1, "Pending": AT_ONCE - 1}
        completed: list[str] = []
        await drive(pair, http, completed)
        served = set(completed)
        assert served == {row["id"] for row in rows[: len(served)]}, "in their order"
    store = open_store(postgres_url, utc_now)
    await store.open()
    try:
        log = [CODEC.decode(event) for event in await checked_log(store)]
        assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []
    finally:
        await store.close()
    state = served_one_at_a_time(log)
    assert len(state.gifts.used.durable) == len(served) >= SERVED // 2
