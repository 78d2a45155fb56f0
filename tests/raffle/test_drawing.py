"""The draw: by weight, from the committed seed, once; and what it does to the winner."""

from collections import Counter

import pytest

from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw as draw_order
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.raffle.drawing import HIDDEN_FOR, entry_salt, freeze, is_hidden, roll
from goldomatic.raffle.events import (
    RaffleDrawCommitted,
    RaffleDrawFrozen,
    RaffleDrawRevealed,
    RaffleDrawVoided,
    RaffleWinnerDrawn,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.weights import UNIT
from goldomatic.values import Code, Refused
from support.raffle import RaffleStory, draw_id, running, seed
from support.story import SALT, refusal


# the fair draw takes the place of the original's; the winner follows from the seed alone.
def test_the_winner_follows_from_seed_and_list_alone() -> None:
    story = running("1", "2", "3")
    story.give("2", "cheer", 1500)
    events = story.do(story.drawing())
    frozen, won, revealed, committed = events
    assert isinstance(frozen, RaffleDrawFrozen)
    assert isinstance(won, RaffleWinnerDrawn)
    assert frozen.entries == [1, 2, 3]
    assert frozen.weights == [UNIT, UNIT * 5 // 2, UNIT]
    hashes = [frozen.hashes[at : at + 32] for at in range(0, 96, 32)]
    entrants = Frozen(hashes, frozen.weights)
    assert entrants.root.hex() == frozen.root
    assert won.order == draw_order(seed(1), draw_id(1), entrants, alternates=9)
    assert frozen.entries[won.index] == won.entry_id
    assert revealed == RaffleDrawRevealed(draw_id=draw_id(1), seed=seed(1).hex())
    assert committed == RaffleDrawCommitted(
        draw_id=draw_id(2), session_id=won.session_id, commitment=commit(seed(2)).hex()
    )
    assert won.personal is not None
    assert won.personal.salt == entry_salt(SALT, draw_id(1))


def test_the_roll_is_the_number_that_fell_on_the_winner() -> None:
    story = running("1", "2", "3", "4")
    frozen, won, *_ = story.do(story.drawing())
    number = roll(seed(1), draw_id(1), bytes.fromhex(frozen.root), sum(frozen.weights))
    below = sum(frozen.weights[: won.index])
    assert below <= number < below + frozen.weights[won.index]


#
def test_frequencies_follow_the_weights() -> None:
    """200,000 draws over weights 1, 2.5 and 0.5: chi-square below its 0.1 % point."""
    weights = [UNIT, UNIT * 5 // 2, UNIT // 2]
    entrants = Frozen([bytes([number]) * 32 for number in range(3)], weights)
    draws = 200_000
    counts = Counter(
        roll_index(roll(number.to_bytes(32, "big"), "d", entrants.root, 4 * UNIT), weights)
        for number in range(draws)
    )
    expected = [draws * weight / (4 * UNIT) for weight in weights]
    chi = sum((counts[i] - wanted) ** 2 / wanted for i, wanted in enumerate(expected))
    assert chi < 13.8
    for index, share in enumerate((0.25, 0.625, 0.125)):
        assert abs(counts[index] / draws - share) < 0.01


def roll_index(number: int, weights: list[int]) -> int:
    for index, weight in enumerate(weights):
        if number < weight:
            return index
        number -= weight
    raise AssertionError(number)


def test_the_order_is_that_of_rolls_by_weight() -> None:
    weights = [UNIT, UNIT * 5 // 2, UNIT // 2]
    entrants = Frozen([bytes([number]) * 32 for number in range(3)], weights)
    for number in range(200):
        found = roll(seed(number), "d", entrants.root, 4 * UNIT)
        assert draw_order(seed(number), "d", entrants)[0] == roll_index(found, weights)


#
def test_bits_and_gifts_of_the_winner_are_used_up() -> None:
    story = RaffleStory()
    story.join("1")
    story.start()
    story.give("1", "cheer", 900)
    story.give("1", "gift", 4)
    story.enter("1")
    won = story.draw()
    member = story.member("1")
    assert won.weight == UNIT + 900_000 + 400_000
    assert (member.bits, member.gifts, member.total) == (0, 0, UNIT)
    assert story.entry_of("1").won_weight == won.weight
    assert story.state.pool_count.value == story.state.pool_total.value == 0


@pytest.mark.parametrize(("reset", "carry"), [(False, UNIT // 2), (True, 0)])
def test_carry_over_of_the_winner_is_reset_by_setting(reset: bool, carry: int) -> None:
    story = running("1", options=Options(reset_carry_over_on_win=reset))
    story.carry_over()
    won = story.draw()
    assert (won.carry, won.total) == (carry, UNIT + carry)


#
def test_an_empty_pool_and_no_session_are_refused() -> None:
    story = RaffleStory()
    assert refusal(story.ask(story.drawing())) is Code.NO_ACTIVE_SESSION
    story.start()
    story.draws = 2
    assert refusal(story.ask(story.drawing())) is Code.NO_PARTICIPANTS


#
def test_every_draw_has_another_winner_until_nobody_is_left() -> None:
    story = running("1", "2", "3", "4", "5")
    assert {story.draw().viewer_id for _ in range(5)} == {"1", "2", "3", "4", "5"}
    assert refusal(story.ask(story.drawing())) is Code.NO_PARTICIPANTS


def test_a_draw_is_held_once() -> None:
    story = running("1", "2")
    decision = story.drawing()
    story.do(decision)
    assert refusal(story.ask(decision)) is Code.DRAW_IN_PROGRESS


def test_a_seed_that_is_not_the_committed_one_voids_the_draw() -> None:
    story = running("1")
    decided = story.ask(story.drawing(given=seed(99)))
    assert refusal(decided) is Code.DRAW_IN_PROGRESS
    assert isinstance(decided, Refused)
    void, committed = decided.events
    assert void == RaffleDrawVoided(draw_id=draw_id(1), seed=None, reason="seed_lost")
    assert isinstance(committed, RaffleDrawCommitted)
    assert story.draw().draw_id == draw_id(2)


#
def test_a_hidden_result_waits_for_the_reveal() -> None:
    story = running("1", "2")
    events = story.do(story.drawing(hidden=True))
    assert [type(event) for event in events] == [RaffleDrawFrozen, RaffleWinnerDrawn]
    hidden = story.state.hidden.value
    assert is_hidden(hidden, story.story.clock())
    assert not is_hidden(hidden, story.story.clock() + HIDDEN_FOR)
    assert refusal(story.ask(story.drawing())) is Code.DRAW_IN_PROGRESS
    story.draws = 2
    revealed, committed = story.reveal(events[1].draw_id)
    assert revealed.seed == seed(1).hex()
    assert committed.draw_id == draw_id(2)
    assert story.reveal(events[1].draw_id) == []


def test_the_same_entry_has_another_hash_in_every_draw() -> None:
    story = running("1")
    pool = story.state.pool(story.entry_of("1").session_id)
    first, second = (freeze(pool, [UNIT], draw_id(number)) for number in (1, 2))
    assert first.hashes != second.hashes
