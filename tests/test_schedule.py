"""What happens by the clock: the spin's work, the jobs, who runs them, and what stops them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from goldomatic import schedule
from goldomatic.ledger.store import UnavailableError
from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCyclesMissed,
    SpinCycleStarted,
)
from goldomatic.schedule import JOBS, Job, Schedule
from goldomatic.service import Service
from goldomatic.values import Code, Refused
from support.clock import NOON, FakeClock
from support.service import ANNA, BORIS, CLARA, Stage, running
from support.twitch import until


async def kinds(stage: Stage) -> list[str]:
    """The kinds of everything recorded about spins, in order."""
    wanted = (
        SpinCycleStarted,
        DrawFrozen,
        SpinCandidateSelected,
        DrawRevealed,
        SpinCycleResolved,
        SpinCyclesMissed,
        PayoutCreated,
    )
    events = [each.event for each in await stage.events()]
    return [type(event).__name__ for event in events if isinstance(event, wanted)]


async def test_a_tick_does_nothing_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        for seconds in (0, 240, 270, 300, 331):
            await stage.tick(seconds)
            position = stage.service.ledger.position
            for _ in range(3):
                await stage.tick()
            assert stage.service.ledger.position == position


async def test_ticks_at_once_draw_once(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        for person, name in ((ANNA, "Norinn"), (BORIS, "Kael"), (CLARA, "Jaina")):
            await stage.chat(person, f"!twgold {name}")
        for seconds in (0, 240, 270):
            stage.clock.at(seconds)
            await asyncio.gather(*(stage.tick() for _ in range(5)))
        expected = ["SpinCycleStarted", "DrawFrozen", "SpinCandidateSelected", "DrawRevealed"]
        assert await kinds(stage) == expected


async def test_the_course_of_a_cycle_without_a_report(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        for seconds in (0, 240, 270, 300, 330.5):
            await stage.tick(seconds)
        assert await kinds(stage) == [
            "SpinCycleStarted",
            "DrawFrozen",
            "SpinCandidateSelected",
            "DrawRevealed",
            "SpinCycleStarted",
            "SpinCycleResolved",
        ]


# The service is stopped and started again, in each phase


async def restarted(tmp_path: Path, stops: list[float], *, extra: float = 0) -> list[str]:
    """Run one cycle with a winner; stop the service at these seconds after noon."""
    clock, moments = FakeClock(), [0.0, 100.0, 240.0, 245.0, 270.0, 290.0, 300.0 + extra]
    async with running(tmp_path, clock) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(BORIS, "!twgold Kael")
    parts = [[m for m in moments if low <= m < high] for low, high in pairwise([-1, *stops, 1e9])]
    seen: list[str] = []
    for part in parts:
        async with running(tmp_path, clock) as stage:
            for moment in part:
                await stage.tick(moment)
                if moment == 290.0:
                    answer = await stage.report(await stage.candidate())
                    assert answer.json()["result"] == "pending_created"
            seen = await kinds(stage)
    return seen


@pytest.mark.parametrize("stop", [50.0, 200.0, 242.0, 250.0, 280.0, 295.0])
async def test_a_restart_in_any_phase_changes_nothing(tmp_path: Path, stop: float) -> None:
    assert await restarted(tmp_path, [stop]) == [
        "SpinCycleStarted",
        "DrawFrozen",
        "SpinCandidateSelected",
        "DrawRevealed",
        "PayoutCreated",
        "SpinCycleResolved",
        "SpinCycleStarted",
    ]


async def test_a_restart_between_any_two_steps_changes_nothing(tmp_path: Path) -> None:
    assert len(await restarted(tmp_path, [50, 200, 242, 250, 280, 295])) == 7


async def test_a_service_that_slept_over_three_boundaries_draws_nothing_late(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.tick(0)
    clock.at(3 * 300 + 10)
    async with running(tmp_path, clock) as stage:
        await stage.tick()
        assert await kinds(stage) == [
            "SpinCycleStarted",
            "SpinCycleResolved",
            "SpinCyclesMissed",
            "SpinCycleStarted",
        ]
        (closed,) = await stage.recorded(SpinCycleResolved)
        (missed,) = await stage.recorded(SpinCyclesMissed)
        assert closed.result == "missed"
        assert (missed.first_start, missed.count) == (NOON + timedelta(seconds=300), 2)
        await stage.tick(3 * 300 + 240)
        assert (await stage.candidate())["characterName"] == "Norinn"


async def test_a_service_that_slept_after_the_draw_reveals_and_closes(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.tick(0)
        await stage.tick(240)
    clock.at(3 * 300 + 10)
    async with running(tmp_path, clock) as stage:
        await stage.tick()
        assert (await kinds(stage))[3:] == [
            "DrawRevealed",
            "SpinCyclesMissed",
            "SpinCycleStarted",
            "SpinCycleResolved",
        ]
        (closed,) = await stage.recorded(SpinCycleResolved)
        assert closed.result == "unverified"


async def test_a_service_that_slept_into_the_grace_takes_the_report(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.tick(0)
        await stage.tick(240)
    clock.at(320)
    async with running(tmp_path, clock) as stage:
        await stage.tick()
        answer = await stage.report(await stage.candidate())
        assert answer.json()["result"] == "pending_created"


# The jobs


class Counting:
    """A job that counts its turns and does what it is told."""

    def __init__(self, fail: Callable[[], None] = lambda: None) -> None:
        self.turns = 0
        self._fail = fail

    async def __call__(self, service: Service) -> None:
        self.turns += 1
        self._fail()


async def turns(stage: Stage, job: Counting, **details: Any) -> None:
    """Let the job run until it has had two turns."""
    row = Job("counted", timedelta(milliseconds=20), job, **details)
    running_jobs = Schedule(stage.service, (row,))
    running_jobs.start()
    try:
        await until(lambda: job.turns >= 2)
    finally:
        await running_jobs.stop()
    seen = job.turns
    await asyncio.sleep(0.05)
    assert job.turns == seen, "a stopped job must not run"


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "event", "level"),
    [
        (ValueError("broken"), "job_failed", "error"),
        (UnavailableError("gone"), "job_postponed", "warning"),
        (Refused(Code.SERVICE_UNAVAILABLE, "busy"), "job_refused", "warning"),
        (Refused(Code.OUT_OF_SEQUENCE, "odd"), "job_refused", "error"),
    ],
)
async def test_a_job_that_fails_is_logged_and_tried_again(
    tmp_path: Path, error: Exception, event: str, level: str
) -> None:
    async with running(tmp_path) as stage:
        with capture_logs() as logs:
            await turns(stage, Counting(raising(error)))
        found = [entry for entry in logs if entry["event"] == event]
        assert len(found) >= 2
        assert {entry["log_level"] for entry in found} == {level}
        assert {entry["job"] for entry in found} == {"counted"}


async def test_only_the_leader_runs_a_job_for_leaders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lead(_: object) -> bool:
        return False

    async with running(tmp_path) as stage:
        monkeypatch.setattr(stage.service.store, "lead", lead)
        followers, leaders = Counting(), Counting()
        rows = (
            Job("all", timedelta(milliseconds=20), followers, leader_only=False),
            Job("leader", timedelta(milliseconds=20), leaders),
        )
        running_jobs = Schedule(stage.service, rows)
        running_jobs.start()
        await until(lambda: followers.turns >= 3)
        await running_jobs.stop()
        assert leaders.turns == 0


async def test_jobs_that_change_the_ledger_by_the_clock_are_the_leaders(tmp_path: Path) -> None:
    leaders = {job.name for job in JOBS if job.leader_only}
    assert leaders == {
        *("spin", "raffle", "gifts", "reactions", "news", "expire", "prune", "accounts")
    }


@pytest.mark.parametrize(
    ("every", "seconds", "pause"),
    [(1.0, 0.25, 0.75), (1.0, 0.0, 1.0), (0.5, 0.75, 0.25), (5.0, 0.25, 5.0), (3600.0, 12.0, 3600)],
)
async def test_jobs_of_a_second_keep_to_the_beat_of_the_clock(
    tmp_path: Path, every: float, seconds: float, pause: float
) -> None:
    async with running(tmp_path) as stage:
        stage.clock.at(seconds)
        row = Job("row", timedelta(seconds=every), Counting())
        assert Schedule(stage.service, (row,))._pause(row) == pytest.approx(pause)


async def test_the_real_jobs_run_a_cycle_by_themselves(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock, jobs=JOBS, spin_interval_seconds=10) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        # The first tick met an empty pool, so the second cycle is the first that is drawn.
        for seconds in (10, 18, 19, 20):
            clock.at(seconds)
            position = stage.service.ledger.position
            await until(lambda before=position: stage.service.ledger.position > before)  # type: ignore[misc]
        assert [k for k in await kinds(stage) if k != "SpinCycleStarted"] == [
            "SpinCycleResolved",
            "DrawFrozen",
            "SpinCandidateSelected",
            "DrawRevealed",
        ]


async def test_message_ids_are_kept_for_two_days(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.chat(ANNA, "!twgold Norinn", message_id="old")
        await stage.claim(BORIS, "Kael", "request-1")
        stage.clock.advance(86_400)
        await stage.chat(ANNA, "!twgold Jaina", message_id="new")
        stage.clock.advance(86_401)
        await schedule.prune_causes(stage.service)
        causes = await stage.service.store.query("SELECT cause FROM causes ORDER BY cause")
        assert causes == [("chat:new",), ("claim:request-1",)]


async def test_the_gauges_count_payouts_and_those_that_are_stuck(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.win(0, (ANNA, "Norinn"))
        failed = await stage.win(300, (BORIS, "Kael"))
        await stage.patch(failed, "Failed")
        for age, stuck in ((3599, 0.0), (3601, 1.0)):
            stage.clock.at(240 + age)
            await schedule.count_requests(stage.service)
            text = (await stage.request("GET", "/metrics")).text
            assert f"goldomatic_payouts_stuck {stuck}" in text
        assert 'goldomatic_payouts{status="Pending"} 1.0' in text
        assert 'goldomatic_payouts{status="Failed"} 1.0' in text
