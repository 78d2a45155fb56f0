"""Two services on one PostgreSQL: nothing is lost or doubled, and one of them runs the timers."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.fairdraw.record import decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.ledger.event import Recorded
from goldomatic.ledger.rebuild import differences
from goldomatic.ledger.stores import open_store
from goldomatic.roulette.events import (
    DrawFrozen,
    PoolMemberEnrolled,
    SpinCandidateSelected,
    SpinCycleStarted,
)
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.eventsub_sender import EventSubSender
from goldomatic.simulation.extension_tokens import extension_token
from goldomatic.values import utc_now
from support.ledgers import checked_log
from support.process import ServeProcess
from support.service import (
    ANNA,
    CHANNEL,
    EVENTSUB_SECRET,
    EXTENSION_SECRET,
    OPERATOR,
    OWNER,
    viewer,
)

ENROLMENTS = 600
CALLERS = 24

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def pair(tmp_path: Path, postgres_url: str) -> Iterator[list[ServeProcess]]:
    both = [ServeProcess(tmp_path, postgres_url, SPIN_INTERVAL_SECONDS="10") for _ in range(2)]
    try:
        for process in both:
            process.start()
        yield both
    finally:
        for process in both:
            process.kill()


def name_of(number: int) -> str:
    letters = [chr(ord("a") + number // 26**place % 26) for place in range(3)]
    return "Name" + "".join(letters)


def senders(pair: list[ServeProcess], http: httpx2.AsyncClient) -> list[EventSubSender]:
    return [
        EventSubSender(
            f"{process.url}/api/twitch/eventsub",
            EVENTSUB_SECRET,
            http,
            broadcaster=OWNER,
            habits=DeliveryHabits(attempts=1),
        )
        for process in pair
    ]


async def raid(pair: list[ServeProcess], http: httpx2.AsyncClient) -> None:
    """Everybody enters, at either service; every fifth line is delivered to both at once."""
    lots, queue = random.Random(5), list(range(ENROLMENTS))
    twitch = senders(pair, http)

    async def caller() -> None:
        while queue:
            number = queue.pop()
            line = ChatLine(
                chatter=viewer(number),
                text=f"!twgold {name_of(number)}",
                message_id=f"line-{number}",
            )
            to = twitch if number % 5 == 0 else [lots.choice(twitch)]
            answers = await asyncio.gather(*(each.deliver(line) for each in to))
            assert all(answer.statuses == [200] for answer in answers)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def events(url: str) -> list[Recorded]:
    """The whole log, its chain checked and its read tables compared."""
    store = open_store(url, utc_now)
    await store.open()
    try:
        log = await checked_log(store)
        assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []
        return [CODEC.decode(event) for event in log]
    finally:
        await store.close()


async def claims_at_once(pair: list[ServeProcess], http: httpx2.AsyncClient) -> list[int]:
    token = extension_token(EXTENSION_SECRET, ANNA, CHANNEL)
    body = {"characterName": "Norinn", "enrollmentRequestId": "the-same"}
    answers = await asyncio.gather(
        *(
            http.post(
                f"{process.url}/api/payouts/claim",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            )
            for process in pair * 5
        )
    )
    return sorted(answer.status_code for answer in answers)


async def candidate(
    process: ServeProcess, http: httpx2.AsyncClient, *known: dict[str, Any]
) -> dict[str, Any]:
    """Wait for a candidate of another cycle than those."""
    before = {each["spinCycleId"] for each in known}
    async with asyncio.timeout(30):
        while True:
            answer = await http.get(f"{process.url}/api/roulette/candidate", headers=OPERATOR)
            found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            if found and found["spinCycleId"] not in before:
                return found
            await asyncio.sleep(0.1)


async def report(
    pair: list[ServeProcess], http: httpx2.AsyncClient, found: dict[str, Any]
) -> list[str]:
    """The same report to both services, several times at once."""
    body = {
        "schemaVersion": 1,
        "spinCycleId": found["spinCycleId"],
        "characterName": found["characterName"],
        "online": True,
        "capturedAt": "2026-11-21T12:00:00.000Z",
    }
    answers = await asyncio.gather(
        *(
            http.post(f"{process.url}/api/roulette/verify-candidate", json=body, headers=OPERATOR)
            for process in pair * 4
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    return sorted(answer.json()["result"] for answer in answers)


async def test_two_services_on_one_database_are_one_channel(
    pair: list[ServeProcess], postgres_url: str
) -> None:
    async with httpx2.AsyncClient(timeout=20, trust_env=False, verify=False) as http:
        await raid(pair, http)
        assert await claims_at_once(pair, http) == [200] * 9 + [201]
        first = await candidate(pair[0], http)
        results = await report(pair, http, first)
        assert results == ["already_resolved"] * 7 + ["pending_created"]
        # Whichever of the two runs the timers: the other one goes on with them.
        pair[0].kill()
        second = await candidate(pair[1], http, first)
        pair[0].start()
        pair[1].kill()
        await candidate(pair[0], http, first, second)
        answer = await http.get(f"{pair[0].url}/api/draws/{first['spinCycleId']}")
        assert verify(decode_record(answer.content)).verdict is Verdict.VERIFIED
    pair[0].stop()
    log = [each.event for each in await events(postgres_url)]
    entered = Counter(e.viewer_id for e in log if isinstance(e, PoolMemberEnrolled))
    assert entered == Counter([viewer(n).id for n in range(ENROLMENTS)] + [ANNA.id])
    starts = Counter(e.cycle_start for e in log if isinstance(e, SpinCycleStarted))
    assert set(starts.values()) == {1}, "one leader begins each cycle"
    for kind in (DrawFrozen, SpinCandidateSelected):
        cycles = Counter(e.spin_cycle_id for e in log if isinstance(e, kind))
        assert set(cycles.values()) == {1}
