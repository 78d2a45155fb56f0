"""The draw: who can be drawn, when, and when the seed is told."""

from hashlib import sha256

import msgspec
import pytest

from goldomatic import channel
from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw as draw_order
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    PoolMemberRemoved,
    SpinCandidateSelected,
)
from goldomatic.values import Code, ViewerId
from support.spins import closed, collecting, draw, drawn_cycle, due, report, reveal, roll, verify
from support.story import (
    CYCLE,
    NEXT_CYCLE,
    NEXT_SEED,
    SEED,
    Story,
    accepted,
    created,
    enrolled,
    entrant,
    moved,
    refusal,
    sent,
    started,
)

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
