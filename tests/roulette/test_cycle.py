"""The clock of the roulette: boundaries, phases and deadlines, at exact instants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.roulette.cycle import Candidate, Cycle, cycle_start, next_spin_at, phase
from goldomatic.values import ViewerId
from support.clock import NOON

FIVE_MINUTES = timedelta(minutes=5)
MILLISECOND = timedelta(milliseconds=1)
INTERVALS = [seconds for seconds in range(10, 3601) if 3600 % seconds == 0]


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def cycle(*, drawn: bool = False, seconds: int = 300, **changes: Any) -> Cycle:
    facts: dict[str, Any] = {
        "spin_cycle_id": "00000000-0000-4000-8000-000000000001",
        "start": NOON,
        "interval": timedelta(seconds=seconds),
        "pool_was_empty": False,
        "commitment": "00" * 32,
        "started_at": NOON,
        "started_position": 1,
    }
    if drawn:
        facts["candidate"] = Candidate(ViewerId("1"), "norinn", "Norinn", after(seconds * 0.8))
    return Cycle(**(facts | changes))


# G-25
def test_on_a_boundary_the_next_spin_is_a_whole_interval_away() -> None:
    boundary = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
    assert next_spin_at(boundary, FIVE_MINUTES) == datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    assert cycle_start(boundary, FIVE_MINUTES) == boundary


# G-25
def test_a_millisecond_before_a_boundary_the_next_spin_is_a_millisecond_away() -> None:
    assert next_spin_at(after(300) - MILLISECOND, FIVE_MINUTES) == after(300)
    assert cycle_start(after(300) - MILLISECOND, FIVE_MINUTES) == NOON


# G-25
@given(
    age=st.timedeltas(timedelta(days=-20_000), timedelta(days=2_000_000)),
    seconds=st.sampled_from(INTERVALS),
)
def test_the_next_spin_is_a_later_multiple_of_the_interval(age: timedelta, seconds: int) -> None:
    now, interval = NOON + age, timedelta(seconds=seconds)
    spin = next_spin_at(now, interval)
    assert now < spin <= now + interval
    assert (spin - datetime(1970, 1, 1, tzinfo=UTC)) % interval == timedelta(0)
    assert cycle_start(now, interval) == spin - interval
    on_the_hour = spin.replace(minute=0, second=0, microsecond=0)
    assert (spin - on_the_hour) % interval == timedelta(0), "an interval divides the hour"


# G-26
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "collecting"),
        (239, "collecting"),
        (239.999, "collecting"),
        (240, "spinning"),
        (269, "spinning"),
        (269.999, "spinning"),
        (270, "verification"),
        (299, "verification"),
        (300, "verification"),
        (329.999, "verification"),
        (330, "completed"),
        (3600, "completed"),
    ],
)
def test_phases_of_a_drawn_cycle(seconds: float, expected: str) -> None:
    drawn = seconds >= 240
    assert phase(cycle(drawn=drawn), 3, after(seconds)) == expected


# G-26
@pytest.mark.parametrize("seconds", [240, 269, 270, 299, 330])
def test_a_cycle_without_a_candidate_is_completed_once_collecting_ends(seconds: float) -> None:
    assert phase(cycle(), 3, after(seconds)) == "completed"


# G-27
@pytest.mark.parametrize("seconds", [0, 239, 240, 270, 299, 330])
def test_a_cycle_that_began_empty_is_idle_throughout(seconds: float) -> None:
    assert phase(cycle(pool_was_empty=True), 5, after(seconds)) == "idle"


# G-27
@pytest.mark.parametrize("seconds", [0, 239, 240, 270, 299, 330])
@pytest.mark.parametrize("drawn", [False, True])
def test_a_cycle_whose_pool_is_empty_now_is_idle(seconds: float, drawn: bool) -> None:
    assert phase(cycle(drawn=drawn), 0, after(seconds)) == "idle"


def test_without_a_cycle_the_phase_is_idle() -> None:
    assert phase(None, 5, NOON) == "idle"


# G-26, G-34: 80 % collecting, 10 % spinning, 10 % verification, 10 % grace after the end.
@pytest.mark.parametrize("seconds", INTERVALS)
def test_phases_keep_their_shares_at_every_interval(seconds: int) -> None:
    drawn, undrawn = cycle(drawn=True, seconds=seconds), cycle(seconds=seconds)
    assert drawn.draw_at == after(seconds * 8 / 10)
    assert drawn.spun_at == after(seconds * 9 / 10)
    assert drawn.end == after(seconds)
    assert drawn.deadline == after(seconds * 11 / 10)
    assert phase(undrawn, 1, drawn.draw_at - MILLISECOND) == "collecting"
    assert phase(drawn, 1, drawn.draw_at) == "spinning"
    assert phase(drawn, 1, drawn.spun_at - MILLISECOND) == "spinning"
    assert phase(drawn, 1, drawn.spun_at) == "verification"
    assert phase(drawn, 1, drawn.deadline - MILLISECOND) == "verification"
    assert phase(drawn, 1, drawn.deadline) == "completed"
