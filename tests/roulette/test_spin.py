"""The spin: when a cycle begins, is drawn, revealed, verified and closed."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from goldomatic import channel
from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw as draw_order
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Event, ViewerForgotten
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette import spin
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    PoolMemberRemoved,
    SpinCandidateForced,
    SpinCandidateSelected,
    SpinCycleResolved,
    SpinCyclesMissed,
)
from goldomatic.values import Code, ViewerId
from support.clock import NOON
from support.story import (
    CYCLE,
    NEXT_CYCLE,
    NEXT_SEED,
    SEED,
    Story,
    accepted,
    created,
    drawn,
    enrolled,
    entrant,
    moved,
    refusal,
    sent,
    started,
)

INTERVAL = timedelta(minutes=5)


def roll(
    *, cycle: str = NEXT_CYCLE, old_seed: bytes | None = SEED, **changes: Any
) -> Decision[channel.ChannelState]:
    """Begin a cycle, under `NEXT_SEED`."""
    return lambda state, now: spin.roll(
        state.roulette,
        now,
        INTERVAL,
        spin_cycle_id=cycle,
        commitment=commit(NEXT_SEED),
        old_seed=old_seed,
        **changes,
    )


def draw(cycle: str = CYCLE, seed: bytes | None = SEED) -> Decision[channel.ChannelState]:
    return channel.draw(cycle, seed)


def reveal(cycle: str = CYCLE, seed: bytes = SEED) -> Decision[channel.ChannelState]:
    return lambda state, now: spin.reveal(state.roulette, now, spin_cycle_id=cycle, seed=seed)


def lapse(state: channel.ChannelState, now: Any) -> list[Event]:
    return spin.lapse(state.roulette, now)


def report(name: str = "Norinn", *, online: bool = True, cycle: str = CYCLE) -> spin.Report:
    return spin.Report(cycle, name, online, captured_at=NOON)


def verify(found: spin.Report) -> Decision[channel.ChannelState]:
    return channel.verify_candidate(found, payout_id="payout", salt=b"a salt of 16 byt")


def closed(result: Any, *, seed: bytes | None = SEED, cycle: str = CYCLE) -> SpinCycleResolved:
    return SpinCycleResolved(
        spin_cycle_id=cycle, result=result, seed=None if seed is None else seed.hex()
    )


def due(story: Story, *without: spin.Step) -> spin.Step | None:
    return spin.due(story.state.roulette, story.clock(), INTERVAL, without)


def collecting(*names: str) -> Story:
    """A cycle that began at noon with these members, numbered from 1."""
    people = [enrolled(str(number), name) for number, name in enumerate(names, 1)]
    return Story().at(-60).given(*people).at(0).given(started(empty=not names))


def drawn_cycle() -> Story:
    """The same with one member, who has been drawn."""
    return collecting("Norinn").at(240).given(*drawn("1", "Norinn"))


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


# The draw


@pytest.mark.parametrize(("seconds", "expected"), [(239.999, None), (240, "draw"), (299.9, "draw")])
def test_the_draw_is_due_when_collecting_ends(seconds: float, expected: str | None) -> None:
    story = collecting("Norinn", "Kael").at(seconds)
    assert due(story) == expected
    assert bool(story.when(draw())) is (expected is not None)


def test_nobody_is_drawn_in_a_cycle_that_began_when_its_draw_was_due() -> None:
    """Its commitment would be published with the draw, so it would promise nothing."""
    for seconds, drawable in ((239.999, True), (240, False), (299, False)):
        story = Story().at(-1).given(enrolled("1", "Norinn")).at(seconds).given(started())
        story.at(max(seconds, 240))
        assert bool(story.when(draw())) is drawable
        assert due(story) == ("draw" if drawable else None)


# G-27
def test_a_cycle_that_began_empty_is_not_drawn() -> None:
    story = collecting().given(enrolled("1", "Norinn")).at(240)
    assert due(story) is None
    assert story.when(draw()) == []


# G-27
def test_a_cycle_whose_pool_is_empty_now_is_not_drawn() -> None:
    story = collecting("Norinn").at(200)
    story.given(PoolMemberRemoved(viewer_id=ViewerId("1"), reason="sent")).at(240)
    assert due(story) is None
    assert story.when(draw()) == []


# G-29
def test_a_single_member_is_drawn() -> None:
    frozen, selected = accepted(collecting("Norinn").at(240).when(draw()))
    assert isinstance(frozen, DrawFrozen)
    assert isinstance(selected, SpinCandidateSelected)
    assert (selected.viewer_id, selected.index, selected.order) == ("1", 0, [0])
    assert selected.personal is not None
    assert selected.personal.character_name == "Norinn"


def test_the_draw_follows_from_the_seed_and_the_frozen_list_alone() -> None:
    names = ["Norinn", "Kael", "Ёжик", "Jaina", "Muradin"]
    frozen, selected = accepted(collecting(*names).at(240).when(draw()))
    salt = sha256(b"goldomatic-salt/1\0" + entrant("").salt + CYCLE.encode()).digest()
    hashes = [entry_hash(salt, str(n), name, 1) for n, name in enumerate(names, 1)]
    assert frozen.entries == b"".join(hashes)
    assert frozen.enrolments == [1, 2, 3, 4, 5]
    tree = Frozen(hashes, [1] * 5)
    assert frozen.root == tree.root.hex()
    assert selected.order == draw_order(SEED, CYCLE, tree, alternates=9)
    assert selected.viewer_id == str(selected.order[0] + 1)


def test_members_stand_in_the_list_in_the_order_of_their_enrolment() -> None:
    story = Story().at(-60).given(enrolled("3", "Norinn"), enrolled("1", "Kael"))
    story.given(enrolled("2", "Jaina"), enrolled("3", "Norinn"))
    frozen, _ = accepted(story.at(0).given(started()).at(240).when(draw()))
    assert frozen.enrolments == [2, 3, 4]


# G-29
def test_draws_are_uniform() -> None:
    """Chi-square over 6,000 seeds and five members; 18.47 is the 0.1 % point of four degrees."""
    members, rounds = 5, 6_000
    story = collecting("Norinn", "Kael", "Jaina", "Thrall", "Anduin").at(240)
    counts = dict.fromkeys(map(str, range(1, members + 1)), 0)
    for number in range(rounds):
        seed = sha256(number.to_bytes(4, "big")).digest()
        cell = story.state.roulette.current
        assert cell.value is not None
        cell.value = msgspec.structs.replace(cell.value, commitment=commit(seed).hex())
        _, selected = accepted(channel.draw(CYCLE, seed)(story.state, story.clock()))
        counts[selected.viewer_id] += 1
    expected = rounds / members
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 18.47


# G-30
@pytest.mark.parametrize("status", [PayoutStatus.PENDING, PayoutStatus.IN_PROGRESS])
def test_a_member_with_an_active_payout_is_never_drawn(status: PayoutStatus) -> None:
    story = collecting("Norinn", "Kael").given(created("1"))
    if status is not PayoutStatus.PENDING:
        story.given(moved("1", PayoutStatus.PENDING, status))
    frozen, selected = accepted(story.at(240).when(draw()))
    assert selected.viewer_id == "2"
    assert len(frozen.enrolments) == 1


# G-30
def test_a_member_whose_cap_is_reached_is_never_drawn() -> None:
    story = collecting("Norinn", "Kael").given(*sent("1", 10)).at(240)
    frozen, selected = accepted(story.when(draw()))
    assert selected.viewer_id == "2"
    assert len(frozen.enrolments) == 1


# G-30
def test_a_cycle_in_which_nobody_can_win_ends_and_opens_its_seed() -> None:
    story = collecting("Norinn", "Kael").given(created("1"), *sent("2", 10)).at(240)
    assert story.then(draw()) == [closed("nobody_eligible")]
    assert story.when(draw()) == []
    assert due(story) is None
    assert refusal(story.when(verify(report(cycle=NEXT_CYCLE)))) is Code.OUT_OF_SEQUENCE


@pytest.mark.parametrize("seed", [None, NEXT_SEED], ids=["lost", "another"])
def test_without_the_committed_seed_nobody_is_drawn(seed: bytes | None) -> None:
    story = collecting("Norinn").at(240)
    assert story.then(draw(seed=seed)) == [closed("missed", seed=None)]
    assert story.when(draw()) == []


def test_a_cycle_is_drawn_once() -> None:
    story = drawn_cycle()
    assert story.when(draw()) == []
    assert story.when(draw(cycle=NEXT_CYCLE)) == []


# The reveal


def test_the_seed_is_published_when_the_wheel_has_stopped() -> None:
    story = drawn_cycle().at(269.999)
    assert due(story) is None
    assert story.when(reveal()) == []
    assert due(story.at(270)) == "reveal"
    assert story.then(reveal()) == [DrawRevealed(spin_cycle_id=CYCLE, seed=SEED.hex())]
    assert story.when(reveal()) == []
    assert due(story) is None


@pytest.mark.parametrize("online", [True, False])
def test_the_seed_is_published_at_once_when_the_cycle_has_its_result(online: bool) -> None:
    story = drawn_cycle().at(241)
    story.then(verify(report(online=online)))
    assert due(story) == "reveal"
    assert len(accepted(story.when(reveal()))) == 1


def test_the_seed_of_a_cycle_that_ended_meanwhile_is_published_first() -> None:
    story = drawn_cycle().at(1000)
    assert due(story) == "reveal"
    assert due(story, "reveal") == "roll"
    story.then(roll())
    assert due(story) == "reveal"
    assert due(story, "reveal") == "lapse"
    assert len(accepted(story.when(reveal()))) == 1


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
