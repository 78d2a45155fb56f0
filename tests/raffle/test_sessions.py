"""Sessions: what moves, what is carried over, what ends with them."""

from typing import Any

from goldomatic.raffle.events import (
    RaffleCarriedOver,
    RaffleDrawRevealed,
    RaffleDrawVoided,
    RaffleEntriesMoved,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.sessions import CHUNK, session_name
from goldomatic.raffle.weights import UNIT
from goldomatic.values import Code, ViewerId
from support.raffle import RaffleStory, draw_id, running, seed, session_id
from support.story import refusal


def carried(events: list[Any]) -> dict[str, int]:
    """Whose carry-over was set, in the order in which it is told."""
    return {
        viewer: carry
        for event in events
        if isinstance(event, RaffleCarriedOver) and event.listed
        for viewer, carry in zip(event.viewers, event.carries, strict=True)
    }


#
def test_a_name_is_trimmed_and_a_blank_one_is_none() -> None:
    assert session_name("  Friday ") == "Friday"
    assert session_name("   ") is None
    assert session_name(7) is None
    assert len(session_name("x" * 300) or "") == 100


#
def test_a_second_session_is_refused() -> None:
    story = RaffleStory()
    story.start("Friday")
    assert refusal(story.ask(story.starting())) is Code.ACTIVE_SESSION_EXISTS
    assert len(story.state.sessions) == 1
    assert story.state.active is not None
    assert story.state.active.name == "Friday"


#
def test_who_was_not_drawn_goes_on_and_the_winner_stays() -> None:
    story = running("1", "2", "3", "4")
    drawn = story.draw()
    before = {e.id: (e.created_at, e.name) for e in story.state.entries.values()}
    story.end()
    story.story.clock.advance(3600)
    story.start()
    for entry in story.state.entries.values():
        is_winner = entry.id == drawn.entry_id
        assert entry.session_id == session_id(1 if is_winner else 2)
        assert entry.origin == session_id(1)
        assert (entry.created_at, entry.name) == before[entry.id]
    assert story.state.pool_count.value == 3
    assert [e.id for e in story.state.pool(session_id(2))] == sorted(set(before) - {drawn.entry_id})


#
def test_only_entries_of_the_session_that_ended_last_move() -> None:
    story = running("1")
    story.end()
    story.start()
    story.end()
    story.story.given(RaffleEntriesMoved(session_id=session_id(1), entries=[1]))
    story.start()
    assert story.state.entries[1].session_id == session_id(1)


#
def test_nothing_ends_without_a_session() -> None:
    story = RaffleStory()
    assert refusal(story.ask(story.ending())) is Code.NO_ACTIVE_SESSION


#
def test_the_end_carries_over_and_closes_the_session() -> None:
    story = running("1", "2")
    flag = story.state.flag.value
    events = story.end()
    session = story.state.sessions[session_id(1)]
    assert (session.status, session.ended_at) == ("ENDED", story.story.clock())
    assert carried(events) == {"1": UNIT // 2, "2": UNIT // 2}
    assert story.member("1").total == UNIT * 3 // 2
    assert story.state.flag.value == flag
    assert (story.state.pool_count.value, story.state.pool_total.value) == (0, 0)


def test_the_end_opens_the_seed_that_was_not_used() -> None:
    story = running("1")
    events = story.end()
    assert RaffleDrawVoided(draw_id=draw_id(1), seed=seed(1).hex(), reason="session_ended") in (
        events
    )
    assert story.state.draw.value is None


def test_the_end_reveals_a_hidden_result() -> None:
    story = running("1")
    drawn = story.draw(hidden=True)
    story.draws -= 1
    events = story.end()
    assert RaffleDrawRevealed(draw_id=drawn.draw_id, seed=seed(1).hex()) in events
    assert story.state.hidden.value is None


def test_an_end_with_a_reset_leaves_the_base() -> None:
    story = running("1")
    story.give("1", "cheer", 5000)
    assert story.member("1").total == 6 * UNIT
    assert carried(story.end(reset=True)) == {"1": 0}
    assert (story.member("1").carry, story.member("1").total) == (0, UNIT)
    assert story.member("1").bits == 5000


#
def test_sixty_participants_are_all_carried_in_the_order_of_their_ids() -> None:
    viewers = [str(number) for number in range(160, 100, -1)]
    story = running(*viewers)
    result = carried(story.end())
    assert list(result) == sorted(viewers)
    assert set(result.values()) == {UNIT // 2}


def test_many_participants_are_told_in_several_events() -> None:
    viewers = [str(number) for number in range(1000, 1000 + CHUNK + 3)]
    story = running(*viewers)
    told: list[tuple[int, int]] = []
    run = story.run()

    def decide(state: Any, now: Any) -> Any:
        from goldomatic.raffle import sessions

        return sessions.end(
            state.raffle, run, story.options, None, lambda done, of: told.append((done, of))
        )

    events = [e for e in story.do(decide) if isinstance(e, RaffleCarriedOver)]
    assert [len(event.viewers) for event in events] == [CHUNK, 3]
    assert told == [(CHUNK, CHUNK + 3), (CHUNK + 3, CHUNK + 3)]


#
def test_all_winners_lose_their_carry_over_at_the_end() -> None:
    story = running("1", "2", "3")
    story.carry_over()
    for viewer in ("1", "2", "3"):
        story.give(viewer, "cheer", 1000)
        assert story.member(viewer).total == UNIT * 5 // 2
    won = {story.draw().viewer_id, story.draw().viewer_id}
    result = carried(story.end())
    for viewer in won:
        assert (story.member(viewer).carry, story.member(viewer).total) == (0, UNIT)
    (loser,) = {"1", "2", "3"} - won
    assert result == {loser: UNIT * 5 // 4}


#
def test_accumulate_lists_winners_with_nothing() -> None:
    story = running("1", "2", options=Options(carry_over_mode="accumulate"))
    winner = story.draw().viewer_id
    result = carried(story.end())
    (loser,) = {"1", "2"} - {winner}
    assert result == {winner: 0, loser: UNIT // 2}
    assert story.member(loser).total == UNIT * 3 // 2


#
def test_a_second_run_by_hand_compounds() -> None:
    story = running("1")
    assert carried(story.carry_over()) == {"1": UNIT // 2}
    assert carried(story.carry_over(session_id(1))) == {"1": UNIT * 3 // 4}
    assert carried(story.carry_over("unknown")) == {}


# I-8, R-85
def test_the_same_entrants_carry_the_same_whoever_starts_it() -> None:
    def evening() -> RaffleStory:
        story = running(*(str(number) for number in range(1, 41)))
        for number in range(1, 41):
            story.give(str(number), "cheer", number * 37)
        return story

    ended, again, by_hand = evening(), evening(), evening()
    told = ended.end()
    assert again.end() == told
    assert carried(by_hand.carry_over()) == carried(told)
    assert by_hand.member("40").total == ended.member("40").total


#
def test_a_run_by_hand_needs_a_session() -> None:
    story = RaffleStory()
    run = story.run()

    def decide(state: Any, now: Any) -> Any:
        from goldomatic.raffle import sessions

        return sessions.run_carry_over(state.raffle, None, run, story.options)

    assert refusal(story.ask(decide)) is Code.NO_ACTIVE_SESSION


#
def test_a_bonus_counts_until_the_session_ends_and_is_not_carried() -> None:
    story = running("1", "2")
    story.bonus("1", UNIT * 5 // 2)
    assert story.member("1").total == UNIT * 7 // 2
    assert story.state.pool_total.value == UNIT * 9 // 2
    story.join("3")
    story.bonus("3", UNIT)
    assert carried(story.end())["1"] == UNIT // 2
    for viewer, total in (("1", UNIT * 3 // 2), ("2", UNIT * 3 // 2), ("3", UNIT)):
        assert (story.member(viewer).bonus, story.member(viewer).total) == (0, total)


def test_a_new_session_resets_support_by_setting() -> None:
    story = running("1", options=Options(reset_support_on_session_start=True))
    story.give("1", "cheer", 900)
    story.give("1", "gift", 4)
    story.end()
    assert story.member("1").bits == 900
    story.start()
    member = story.member("1")
    assert (member.bits, member.gifts, member.total) == (0, 0, UNIT + member.carry)


def test_weights_of_moved_entries_stay_as_they_are() -> None:
    story = running("1")
    story.give("1", "cheer", 1000)
    story.end()
    assert story.member("1").total == 2 * UNIT
    story.start()
    assert story.state.pool_total.value == 2 * UNIT
    assert story.state.pending[ViewerId("1")] == (1,)
