"""The report about a candidate, and the candidate that the test harness names."""

from datetime import timedelta

import pytest

from goldomatic import channel
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import ViewerForgotten
from goldomatic.roulette import spin
from goldomatic.roulette.events import (
    SpinCandidateForced,
    SpinCycleResolved,
)
from goldomatic.values import Code, ViewerId
from support.clock import NOON
from support.spins import (
    closed,
    collecting,
    draw,
    drawn_cycle,
    due,
    lapse,
    report,
    reveal,
    roll,
    verify,
)
from support.story import (
    CYCLE,
    NEXT_CYCLE,
    NEXT_SEED,
    Story,
    accepted,
    created,
    enrolled,
    refusal,
    sent,
    started,
)

# The report: section 8, in the order of its checks


# G-31
def test_a_candidate_online_gets_a_payout_of_a_thousand_gold() -> None:
    payout, resolved = accepted(drawn_cycle().at(250).when(verify(report("nORINN"))))
    assert (payout.viewer_id, payout.gold_amount) == ("1", 1000)
    assert payout.enrollment_request_id == "spin:00000000000040008000000000000001"
    assert payout.personal.character_name == "Norinn"
    assert payout.spin_cycle_id == CYCLE
    assert resolved == SpinCycleResolved(spin_cycle_id=CYCLE, result="winner", captured_at=NOON)


# G-32
def test_a_candidate_offline_ends_the_cycle_without_a_winner() -> None:
    story = drawn_cycle().at(250)
    assert story.then(verify(report(online=False))) == [
        SpinCycleResolved(spin_cycle_id=CYCLE, result="offline", captured_at=NOON)
    ]
    assert story.when(verify(report())) == ()
    assert story.when(draw()) == []
    assert len(story.state.roulette.pool) == 1


# G-33
@pytest.mark.parametrize(
    ("seconds", "found"),
    [(250, report(cycle=NEXT_CYCLE)), (250, report("Kael")), (250, report("Kael", online=False))],
)
def test_a_report_about_another_cycle_or_name_is_out_of_sequence(
    seconds: float, found: spin.Report
) -> None:
    story = drawn_cycle().at(seconds)
    assert refusal(story.when(verify(found))) is Code.OUT_OF_SEQUENCE
    assert len(accepted(story.when(verify(report())))) == 2


# G-33
@pytest.mark.parametrize("online", [True, False])
def test_a_report_before_the_draw_is_out_of_sequence(online: bool) -> None:
    story = collecting("Norinn").at(239)
    assert refusal(story.when(verify(report(online=online)))) is Code.OUT_OF_SEQUENCE


# G-34
@pytest.mark.parametrize(
    ("seconds", "counts"), [(240, True), (329, True), (330, True), (330.001, False), (331, False)]
)
def test_a_report_counts_until_thirty_seconds_after_the_cycle(seconds: float, counts: bool) -> None:
    story = drawn_cycle()
    if seconds >= 300:
        story.at(300).then(roll())
    decided = story.at(seconds).when(verify(report()))
    if counts:
        assert len(accepted(decided)) == 2
    else:
        assert refusal(decided) is Code.OUT_OF_SEQUENCE


# G-34
def test_after_the_deadline_even_a_resolved_cycle_is_out_of_sequence() -> None:
    story = drawn_cycle().at(250)
    story.then(verify(report()))
    assert story.at(330).when(verify(report())) == ()
    assert refusal(story.at(330.001).when(verify(report()))) is Code.OUT_OF_SEQUENCE


# G-35
def test_a_repeated_report_changes_nothing() -> None:
    story = drawn_cycle().at(250)
    story.then(verify(report()))
    assert story.when(verify(report())) == ()
    assert story.when(verify(report(online=False))) == ()
    assert story.when(verify(report("Whoever"))) == ()


# G-36
def test_a_candidate_with_an_active_payout_gets_no_second_one() -> None:
    story = drawn_cycle().given(created("1", cycle=NEXT_CYCLE)).at(250)
    assert refusal(story.when(verify(report()))) is Code.ACTIVE_PAYOUT_EXISTS
    current = story.state.roulette.current.durable
    assert current is not None
    assert not current.resolved


def test_a_candidate_whose_cap_was_reached_meanwhile_gets_no_payout() -> None:
    story = drawn_cycle().given(*sent("1", 10)).at(250)
    assert refusal(story.when(verify(report()))) is Code.LIFETIME_CAP_REACHED


def test_a_forgotten_candidate_cannot_be_reported_and_lapses() -> None:
    story = drawn_cycle().given(ViewerForgotten(viewer_id=ViewerId("1"), actor="operator")).at(250)
    assert refusal(story.when(verify(report()))) is Code.OUT_OF_SEQUENCE
    assert refusal(story.when(verify(report("")))) is Code.OUT_OF_SEQUENCE
    story.at(300).then(roll())
    assert story.at(331).when(lapse) == [closed("unverified", seed=None)]


# The test harness's candidate


def force(viewer: str) -> Decision[channel.ChannelState]:
    return lambda state, now: spin.force(state.roulette, now, ViewerId(viewer))


def test_the_harness_names_a_member_for_an_hour() -> None:
    story = collecting("Norinn", "Kael").at(10)
    (event,) = accepted(story.then(force("2")))
    assert isinstance(event, SpinCandidateForced)
    assert event.deadline == story.clock() + timedelta(hours=1)
    story.at(3610)
    assert len(accepted(story.when(verify(report("Kael"))))) == 2
    assert refusal(story.at(3610.001).when(verify(report("Kael")))) is Code.OUT_OF_SEQUENCE


def test_the_harness_names_nobody_who_is_not_in_the_pool_or_without_a_cycle() -> None:
    assert collecting("Norinn").when(force("2")) == []
    assert Story().given(enrolled("1", "Norinn")).when(force("1")) == []


def test_the_harness_lifts_a_result() -> None:
    story = drawn_cycle().at(250)
    story.then(verify(report(online=False)))
    story.then(force("1"))
    current = story.state.roulette.current.durable
    assert current is not None
    assert not current.resolved
    assert not current.frozen
    assert len(accepted(story.when(verify(report())))) == 2


def test_a_seed_that_was_opened_with_a_lifted_result_is_opened_again() -> None:
    story = collecting("Norinn").given(created("1", cycle=NEXT_CYCLE)).at(240)
    assert story.then(draw()) == [closed("nobody_eligible")]
    story.then(force("1"))
    assert due(story.at(270)) == "reveal"
    assert len(accepted(story.then(reveal()))) == 1
    story.then(force("1"))
    assert due(story) is None


def test_only_the_harness_follows_a_winner_within_the_cycle() -> None:
    story = drawn_cycle().at(250)
    assert story.when(roll(after_winner=True)) == []
    story.then(verify(report()))
    assert story.when(roll()) == []
    assert story.when(roll(after_winner=True)) == [started(cycle=NEXT_CYCLE, seed=NEXT_SEED)]
