"""The spin: when a cycle begins and ends, whatever the clock does."""

from datetime import timedelta

from goldomatic.roulette.events import (
    DrawRevealed,
    PoolMemberRemoved,
    SpinCyclesMissed,
)
from goldomatic.values import ViewerId
from support.clock import NOON
from support.spins import (
    closed,
    collecting,
    draw,
    drawn_cycle,
    due,
    lapse,
    report,
    roll,
    verify,
)
from support.story import (
    CYCLE,
    NEXT_CYCLE,
    NEXT_SEED,
    SEED,
    Story,
    accepted,
    enrolled,
    started,
)

# Beginning a cycle


def test_the_first_cycle_begins_at_the_boundary_before_now() -> None:
    story = Story().at(123).given(enrolled("1", "Norinn"))
    assert due(story) == "roll"
    assert story.when(roll()) == [started(cycle=NEXT_CYCLE, seed=NEXT_SEED)]


# G-27
def test_a_cycle_knows_whether_its_pool_was_empty() -> None:
    assert Story().when(roll()) == [started(cycle=NEXT_CYCLE, seed=NEXT_SEED, empty=True)]


# G-28
def test_a_new_cycle_has_another_id_and_neither_candidate_nor_result() -> None:
    story = drawn_cycle().at(250)
    story.then(verify(report()))
    story.at(300).then(roll())
    current, previous = story.state.roulette.current.durable, story.state.roulette.previous.durable
    assert current is not None
    assert previous is not None
    assert (current.spin_cycle_id, previous.spin_cycle_id) == (NEXT_CYCLE, CYCLE)
    assert current.candidate is None
    assert current.result is None
    assert previous.result == "winner"


def test_a_running_cycle_is_not_begun_again() -> None:
    story = collecting("Norinn").at(299.999)
    assert story.when(roll()) == []
    assert due(story) != "roll"
    assert due(story.at(300)) == "roll"


# A cycle ends


def test_an_undrawn_cycle_is_closed_as_missed_and_its_seed_opened() -> None:
    story = collecting("Norinn").at(300)
    assert story.when(roll()) == [
        closed("missed"),
        started(cycle=NEXT_CYCLE, start=story.clock(), seed=NEXT_SEED),
    ]


def test_an_undrawn_cycle_whose_pool_was_empty_is_closed_as_empty() -> None:
    story = collecting().given(enrolled("1", "Norinn")).at(300)
    assert story.when(roll())[0] == closed("empty")  # type: ignore[index]


def test_an_undrawn_cycle_whose_pool_is_empty_now_is_closed_as_empty() -> None:
    story = collecting("Norinn").at(100)
    story.given(PoolMemberRemoved(viewer_id=ViewerId("1"), reason="forgotten")).at(300)
    assert accepted(story.when(roll()))[0] == closed("empty")


def test_a_lost_seed_does_not_keep_a_cycle_from_ending() -> None:
    story = collecting("Norinn").at(300)
    assert accepted(story.when(roll(old_seed=None)))[0] == closed("missed", seed=None)


def test_a_cycle_the_service_slept_through_is_missed_and_never_drawn_late() -> None:
    story = collecting("Norinn").at(301)
    assert story.when(draw()) == []
    assert due(story) == "roll"


def test_whole_cycles_that_were_slept_through_are_one_event() -> None:
    story = collecting("Norinn").at(3 * 300 + 17)
    start = NOON + timedelta(seconds=900)
    assert story.when(roll()) == [
        closed("missed"),
        SpinCyclesMissed(first_start=NOON + timedelta(seconds=300), count=2),
        started(cycle=NEXT_CYCLE, start=start, seed=NEXT_SEED),
    ]


def test_the_next_cycle_right_behind_misses_none() -> None:
    story = collecting("Norinn").at(599)
    assert [type(event).__name__ for event in accepted(story.when(roll()))] == [
        "SpinCycleResolved",
        "SpinCycleStarted",
    ]


def test_a_drawn_cycle_waits_for_its_report_beyond_its_end() -> None:
    story = drawn_cycle().at(300)
    story.given(DrawRevealed(spin_cycle_id=CYCLE, seed=SEED.hex()))
    assert story.then(roll()) == [started(cycle=NEXT_CYCLE, start=story.clock(), seed=NEXT_SEED)]
    assert due(story.at(330)) is None
    assert story.when(lapse) == []
    assert due(story.at(330.001)) == "lapse"
    assert story.when(lapse) == [closed("unverified", seed=None)]


def test_a_previous_cycle_without_a_report_is_closed_before_it_is_left_behind() -> None:
    story = drawn_cycle().at(300)
    story.then(roll())
    assert accepted(story.at(600).when(roll(cycle="third", old_seed=NEXT_SEED)))[:2] == [
        closed("unverified", seed=None),
        closed("missed", seed=NEXT_SEED, cycle=NEXT_CYCLE),
    ]


# The clock is set


def test_a_clock_set_back_within_a_cycle_keeps_the_cycle() -> None:
    story = collecting("Norinn").at(-300)
    assert due(story) is None
    assert story.when(roll()) == []


def test_a_clock_set_back_after_the_draw_draws_nobody_again() -> None:
    story = drawn_cycle()
    for seconds in (-299, 0, 239, 240, 299):
        assert story.at(seconds).when(draw()) == []
        assert due(story) is None or due(story) == "reveal"


def test_a_clock_set_back_by_more_than_a_cycle_begins_one_of_its_own() -> None:
    story = collecting("Norinn").at(-300.001)
    assert due(story) == "roll"
    assert story.when(roll()) == [
        closed("missed"),
        started(cycle=NEXT_CYCLE, start=NOON - timedelta(seconds=600), seed=NEXT_SEED),
    ]


def test_a_clock_set_forward_by_years_is_one_step() -> None:
    story = collecting("Norinn").at(10 * 365 * 86_400)
    events = accepted(story.when(roll()))
    assert [type(event).__name__ for event in events] == [
        "SpinCycleResolved",
        "SpinCyclesMissed",
        "SpinCycleStarted",
    ]
    assert events[1].count == 10 * 365 * 288 - 1
