"""Many at once: one winner per draw, one active session, one entry per viewer and session."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.config import Secret
from goldomatic.fairdraw.record import decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.ledger.rebuild import differences
from goldomatic.raffle.events import (
    RaffleEntrySubmitted,
    RaffleSessionEnded,
    RaffleSessionStarted,
    RaffleWinnerDrawn,
)
from support.clock import FakeClock
from support.raffle_stage import RaffleStage, raffle_on
from support.service import CHANNEL, FixedLots, running, viewer

SECRET = Secret("a secret key of two processes, long enough for it")


async def codes(answers: Any) -> Counter[str]:
    """How often each outcome came: OK, or the code of the refusal."""
    found = await asyncio.gather(*answers)
    return Counter(a.json().get("errorCode", "OK" if a.status_code == 200 else "?") for a in found)


#
async def test_of_ten_starts_one_succeeds(raffle: RaffleStage) -> None:
    path = "/api/admin/session/start"
    found = await codes(raffle.owner.post(path) for _ in range(10))
    assert found == {"OK": 1, "ACTIVE_SESSION_EXISTS": 9}
    assert len(await raffle.stage.recorded(RaffleSessionStarted)) == 1


# R-42, I-3
async def test_of_fifty_entries_of_one_viewer_one_is_taken(raffle: RaffleStage) -> None:
    await raffle.start()
    person = await raffle.person(viewer(1))
    headers = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(50)]
    found = await codes(person.post("/api/enter", json={}, headers=each) for each in headers)
    assert found == {"OK": 1, "ALREADY_SUBMITTED_THIS_SESSION": 4, "RATE_LIMIT_USER": 45}
    assert len(await raffle.stage.recorded(RaffleEntrySubmitted)) == 1


#
async def test_twenty_draws_among_five_have_five_winners(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3, 4, 5)
    found = await codes(raffle.owner.post("/api/pick-winner") for _ in range(20))
    assert found["OK"] == 5
    assert found["OK"] + found["NO_PARTICIPANTS"] + found["DRAW_IN_PROGRESS"] == 20
    winners = await raffle.stage.recorded(RaffleWinnerDrawn)
    assert len({each.viewer_id for each in winners}) == 5
    assert len({each.draw_id for each in winners}) == 5


#
async def test_whatever_comes_together_the_log_is_a_story_that_can_have_happened(
    raffle: RaffleStage,
) -> None:
    await everything_at_once(raffle, rounds=6, entries=20)


@pytest.mark.postgres
async def test_two_processes_at_once_tell_one_story(tmp_path: Path, postgres_url: str) -> None:
    shared: dict[str, Any] = {
        "database_url": postgres_url,
        "secret_key": SECRET,
        "trusted_proxies": (ip_network("127.0.0.0/8"),),
    }
    clock = FakeClock()
    async with (
        running(tmp_path, clock, lots=FixedLots(1), **shared) as one,
        running(tmp_path, clock, lots=FixedLots(2), **shared) as other,
    ):
        both = [await raffle_on(stage) for stage in (one, other)]
        await everything_at_once(*both, rounds=3, entries=8)


async def everything_at_once(*raffles: RaffleStage, rounds: int, entries: int) -> None:
    """Starts, ends, draws and entries at random, all at once; the log is then read as a story."""
    first = raffles[0]
    people = [await first.person(viewer(number)) for number in range(1, 31)]
    await first.submissions(True)
    rng = random.Random(5)

    def owner(path: str) -> Any:
        return rng.choice(raffles).owner.post(path)

    def entry(number: int) -> Any:
        headers = {"X-Forwarded-For": f"198.51.{rng.randrange(250)}.{number}"}
        browser = replace(people[number - 1], stage=rng.choice(raffles).stage)
        return browser.post("/api/enter", json={}, headers=headers)

    for _ in range(rounds):
        todo = [entry(number) for number in rng.sample(range(1, 31), entries)]
        todo += [owner("/api/admin/session/start") for _ in range(2)]
        todo += [owner("/api/pick-winner") for _ in range(3)]
        todo += [owner("/api/admin/session/end") for _ in range(2)]
        rng.shuffle(todo)
        answers = await asyncio.gather(*todo)
        assert {a.status_code for a in answers} <= {200, 400, 409, 429}
    check_story(await first.stage.events())
    for draw in await first.seen("/api/draws"):
        text = (await first.nobody.get(draw["recordUrl"])).content
        assert verify(decode_record(text)).verdict is Verdict.VERIFIED
    store = first.stage.service.store
    assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []


def check_story(log: list[Any]) -> None:
    active: str | None = None
    entered: set[tuple[str, str]] = set()
    drawn: set[str] = set()
    for event in (recorded.event for recorded in log):
        match event:
            case RaffleSessionStarted(session_id=session_id):
                assert active is None
                active = session_id
            case RaffleSessionEnded(session_id=session_id):
                assert active == session_id
                active = None
            case RaffleEntrySubmitted(session_id=session_id, viewer_id=viewer_id):
                assert active == session_id
                assert (session_id, viewer_id) not in entered
                entered.add((session_id, viewer_id))
            case RaffleWinnerDrawn(session_id=session_id, draw_id=draw_id):
                assert active == session_id
                assert draw_id not in drawn
                drawn.add(draw_id)
    assert entered
    assert drawn


#
async def test_the_leaderboard_asks_the_database_once_for_a_change(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2, 3)
    store, asked = raffle.stage.service.store, []
    query = store.query

    async def counted(text: str, *given: Any) -> Any:
        asked.append(text)
        return await query(text, *given)

    store.query = counted  # type: ignore[method-assign]
    for _ in range(5):
        await raffle.seen("/api/leaderboard")
        await raffle.seen("/api/status")
    assert len(asked) == 1
    await raffle.give(1, "cheer", 100)
    await raffle.seen("/api/leaderboard")
    assert len(asked) == 2
