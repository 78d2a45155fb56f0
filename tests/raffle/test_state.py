"""Folding: sums stay right whatever happens, snapshots say the same, forgetting forgets."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldomatic import channel
from goldomatic.channel import ChannelState
from goldomatic.raffle import rules, tables
from goldomatic.raffle.snapshot import in_pieces
from goldomatic.raffle.state import Session
from goldomatic.raffle.weights import UNIT
from goldomatic.values import ChannelId, Refused, ViewerId
from support.clock import NOON
from support.raffle import ADMIN, RaffleStory, running

VIEWERS = [str(number) for number in range(1, 7)]


def sums(story: RaffleStory) -> tuple[int, int]:
    """Count and weight of the pool, from nothing but the entries."""
    active = story.state.active_id.value
    pool = [e for e in story.state.entries.values() if e.session_id == active and e.is_pending]
    weights = [story.member(e.viewer_id).weight for e in pool]
    return (len(pool), sum(weights)) if active else (0, 0)


steps = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(VIEWERS)),
    st.tuples(st.just("cheer"), st.sampled_from(VIEWERS)),
    st.tuples(st.just("bonus"), st.sampled_from(VIEWERS)),
    st.tuples(st.just("remove"), st.integers(1, 8)),
    st.tuples(st.sampled_from(["start", "end", "draw", "hide", "reveal", "carry"]), st.none()),
)


def enter(story: RaffleStory, viewer: str) -> None:
    story.ask(story.entering(viewer))


def remove(story: RaffleStory, entry: int) -> None:
    story.ask(lambda s, now: rules.remove_entry(s.raffle, entry, ADMIN))


def draw(story: RaffleStory, hidden: bool) -> None:
    open_draw = story.state.draw.value
    story.draws = int(open_draw.draw_id[-4:]) if open_draw else story.draws
    story.ask(story.drawing(hidden=hidden))
    story.draws += 50


def reveal(story: RaffleStory, _: None) -> None:
    hidden = story.state.hidden.value
    if hidden is not None:
        story.draws += 50
        story.reveal(hidden.draw_id)


def carry(story: RaffleStory, _: None) -> None:
    if story.state.active is not None:
        story.carry_over()


ACTS: dict[str, Callable[[RaffleStory, Any], object]] = {
    "enter": enter,
    "cheer": lambda story, viewer: story.give(viewer, "cheer", 700),
    "bonus": lambda story, viewer: story.bonus(viewer, UNIT),
    "remove": remove,
    "start": lambda story, _: story.ask(story.starting()),
    "end": lambda story, _: story.ask(story.ending()),
    "draw": lambda story, _: draw(story, False),
    "hide": lambda story, _: draw(story, True),
    "reveal": reveal,
    "carry": carry,
}


# I-2, I-3: whatever is done in whatever order
@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=30))
def test_sums_and_limits_hold_whatever_happens(todo: list[tuple[str, Any]]) -> None:
    story = RaffleStory()
    story.join(*VIEWERS)
    for what, which in todo:
        ACTS[what](story, which)
        state = story.state
        assert (state.pool_count.value, state.pool_total.value) == sums(story)
        assert sum(1 for s in state.sessions.values() if s.ended_at is None) <= 1
        keys = [(e.session_id, e.viewer_id) for e in state.entries.values()]
        assert len(keys) == len(set(keys))
        pending = {e.id for e in state.entries.values() if e.is_pending}
        assert pending == {i for ids in state.pending.values() for i in ids}
        wins = [i for s in state.sessions.values() for i in s.wins]
        assert len(wins) == len(set(wins)) == state.won_ever.value
        assert all(m.total >= m.carry for m in state.members.values())
    twin = ChannelState(ChannelId("1001"))
    twin.load(story.story.state.dump())
    assert twin.dump() == story.story.state.dump()
    assert twin.raffle.pool_total.value == story.state.pool_total.value
    assert dict(twin.raffle.pending.durable) == dict(story.state.pending.durable)


def test_who_is_forgotten_leaves_the_raffle_and_keeps_no_name() -> None:
    story = running("1", "2")
    won = story.draw()
    other = "2" if won.viewer_id == "1" else "1"
    story.do(channel.forget_viewer(won.viewer_id, "operator"))
    assert won.viewer_id not in story.state.members
    assert story.state.entries[won.entry_id].name == ""
    story.do(channel.forget_viewer(ViewerId(other), "operator"))
    assert len(story.state.pending) == 0
    assert story.state.pool_count.value == 0


def test_rows_of_entries_follow_weight_and_session() -> None:
    story = running("1")
    story.give("1", "cheer", 500)
    recorded = story.story.log[-1]
    rows = list(tables.project(ChannelId("1001"), story.state, recorded))
    (row,) = rows
    rank = dict(zip(tables.RANKS.columns, row.row, strict=True))  # type: ignore[union-attr]
    assert (row.table.name, rank["weight"], rank["id"]) == ("raffle_ranks", 1_500_000, 1)
    moved = story.state.entries[1]
    (entry, _) = tables.project(ChannelId("1001"), story.state, story.story.log[-2])
    found = dict(zip(tables.ENTRIES.columns, entry.row, strict=True))  # type: ignore[union-attr]
    assert (found["session_id"], found["pending"]) == (moved.session_id, 1)
    assert found["search"] == "name1\nlogin1\nname1"


def test_only_what_the_public_sees_changes_the_revision() -> None:
    story = running("1", "2")
    story.join("3")
    before = story.state.revision.value
    story.give("3", "cheer", 100)
    assert story.state.revision.value == before
    story.give("1", "cheer", 100)
    changed = story.state.revision.value
    assert changed > before
    story.draw(hidden=True)
    assert story.state.revision.value == changed
    refused = story.ask(story.entering("9"))
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 999, 1000, 1001, 2500, 65_535, 65_536])
def test_a_list_in_pieces_is_the_same_bytes(count: int) -> None:
    rows = [Session(id=str(n), name=None, created_at=NOON, updated_at=NOON) for n in range(count)]
    assert bytes(in_pieces(rows)) == msgspec.msgpack.encode(rows)


async def test_a_dump_is_of_the_moment_when_it_was_taken() -> None:
    story = running("1", "2")
    before, later = story.story.state.dump(), story.story.state.dumping()
    story.draw()
    assert later() == before != story.story.state.dump()
