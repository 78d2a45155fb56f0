"""The real process: killed while it works, stopped while it is watched."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx2
import pytest

from goldomatic.fairdraw.record import decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import utc_now
from support.ledgers import checked_log
from support.process import ServeProcess
from support.service import ANNA, BORIS, EVENTSUB_SECRET, OPERATOR, OWNER, viewer

ENROLMENTS = 1_000
CALLERS = 16


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ServeProcess]:
    served = ServeProcess(tmp_path, SPIN_INTERVAL_SECONDS="10")
    yield served
    served.kill()


def name_of(number: int) -> str:
    letters = [chr(ord("a") + number // 26**place % 26) for place in range(3)]
    return "Name" + "".join(letters)


def sender(url: str, http: httpx2.AsyncClient) -> EventSubSender:
    return EventSubSender(
        f"{url}/api/twitch/eventsub",
        EVENTSUB_SECRET,
        http,
        broadcaster=OWNER,
        habits=DeliveryHabits(attempts=1, escaped_rate=0.0),
    )


async def enrol_all(process: ServeProcess, answered: set[str]) -> None:
    """Deliver every line until it is answered, as Twitch does; note who was answered."""
    numbers = count()
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
        twitch = sender(process.url, http)

        async def deliver(person: SimulatedUser, text: str) -> bool:
            line = ChatLine(chatter=person, text=text, message_id=f"line-{person.id}")
            return (await twitch.deliver(line)).accepted

        async def caller() -> None:
            while (number := next(numbers)) < ENROLMENTS:
                person, text = viewer(number), f"!twgold {name_of(number)}"
                while not await deliver(person, text):  # noqa: ASYNC110 - repeated as Twitch does
                    await asyncio.sleep(0.05)
                answered.add(person.id)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def kill_now_and_then(process: ServeProcess, answered: set[str], lots: random.Random) -> int:
    """Kill and start the service at random moments until nearly all are answered."""
    kills = 0
    while len(answered) < ENROLMENTS * 0.9:
        goal = len(answered) + lots.randrange(100, 300)
        async with asyncio.timeout(60):
            while len(answered) < min(goal, ENROLMENTS * 0.9):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        await asyncio.sleep(lots.random() * 0.02)
        process.kill()
        kills += 1
        await asyncio.to_thread(process.start)
    return kills


@pytest.mark.slow
async def test_a_service_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, process: ServeProcess
) -> None:
    process.start()
    answered: set[str] = set()
    enrolling = asyncio.create_task(enrol_all(process, answered))
    kills = await kill_now_and_then(process, answered, random.Random(11))
    await asyncio.wait_for(enrolling, 60)
    assert kills >= 3
    assert len(answered) == ENROLMENTS
    assert await spun(process), "the next spin goes on"
    process.kill()
    store = SqliteStore(tmp_path / "goldomatic.db", utc_now)
    await store.open()
    try:
        log = await checked_log(store)
    finally:
        await store.close()
    entered = [event.viewer for event in log if event.type == "PoolMemberEnrolled"]
    assert len(entered) == len(set(entered)) == ENROLMENTS
    assert set(entered) == answered
    with closing(sqlite3.connect(tmp_path / "goldomatic.db")) as database:
        rows = database.execute("SELECT viewer_id FROM pool_members").fetchall()
    assert {row[0] for row in rows} == answered


async def spun(process: ServeProcess) -> bool:
    """Wait for a draw among everybody, and check it."""
    async with httpx2.AsyncClient(
        timeout=30, trust_env=False, verify=False, base_url=process.url
    ) as http:
        async with asyncio.timeout(45):
            while True:
                for draw in (await http.get("/api/draws")).json():
                    record = decode_record((await http.get(draw["recordUrl"])).content)
                    if record.entrant_count == ENROLMENTS:
                        return verify(record).verdict is Verdict.VERIFIED
                await asyncio.sleep(0.2)


async def test_a_service_that_is_stopped_ends_streams_and_exits_well(
    process: ServeProcess,
) -> None:
    process.start()
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=False) as http:
        delivery = await sender(process.url, http).deliver(
            ChatLine(chatter=ANNA, text="!twgold Norinn")
        )
        assert delivery.accepted
        async with http.stream("GET", f"{process.url}/api/live") as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            stopping = asyncio.create_task(asyncio.to_thread(process.stop))
            rest = [line async for line in lines]
            assert await stopping == 0
            assert "timeout graceful shutdown exceeded" not in process.log
            assert "event: state" in rest
        process.start()
        assert (await http.get(f"{process.url}/api/payouts", headers=OPERATOR)).json() == []
        again = await sender(process.url, http).deliver(
            ChatLine(chatter=BORIS, text="!twgold norinn", message_id="of-boris")
        )
        assert again.accepted
    assert '"character_name_taken_in_pool"' in process.log


async def test_a_service_that_cannot_open_its_ledger_says_so(tmp_path: Path) -> None:
    process = ServeProcess(tmp_path, f"sqlite:///{tmp_path}/nowhere/goldomatic.db")
    with pytest.raises(RuntimeError, match="did not start"):
        process.start()
    assert process.stop() == 3
    assert "Traceback" not in process.log
