"""Read tables of the raffle: what each event changes in them."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from goldomatic.ledger.event import Event, Recorded, ViewerForgotten, to_micros
from goldomatic.ledger.store import Delete, Put, RowChange, TableSpec
from goldomatic.raffle import events as e
from goldomatic.raffle.fold import entries_of
from goldomatic.raffle.state import Entry, RaffleState
from goldomatic.values import ChannelId, ViewerId

MEMBERS = TableSpec(
    "raffle_members",
    ("channel", "viewer_id"),
    ("login", "display_name", "search", "carry", "total", "active_at", "updated_at"),
)
ENTRIES = TableSpec(
    "raffle_entries",
    ("channel", "id"),
    (
        "viewer_id",
        "session_id",
        "pending",
        "name",
        "sort_name",
        "search",
        "weight",
        "created_at",
        "won_at",
        "draw_id",
    ),
)
STEPS = TableSpec("raffle_draw_steps", ("channel", "draw_id", "step"), ("position",))
TABLES = (MEMBERS, ENTRIES, STEPS)

_STEPS: Mapping[type[Event], str] = MappingProxyType(
    {
        e.RaffleDrawCommitted: "committed",
        e.RaffleDrawFrozen: "frozen",
        e.RaffleWinnerDrawn: "drawn",
        e.RaffleDrawRevealed: "revealed",
        e.RaffleDrawVoided: "void",
    }
)
_OF_ONE: tuple[type[Event], ...] = (
    e.RaffleViewerSignedIn,
    e.RaffleViewerSynced,
    e.RaffleSupportCounted,
    e.RaffleDemoPlayed,
    e.RaffleBonusSet,
    e.RaffleEntrySubmitted,
)
_OF_MANY: tuple[type[Event], ...] = (
    e.RaffleSupportReset,
    e.RaffleBonusesEnded,
    e.RaffleWeightsRecomputed,
    e.RaffleCarriedOver,
)


def project(channel: ChannelId, state: RaffleState, recorded: Recorded) -> Iterable[RowChange]:
    """What an event changes in the tables, given the state after it."""
    event = recorded.event
    kind = type(event)
    if kind in _OF_ONE:
        return _viewers(channel, state, (event.viewer_id,))
    if kind in _OF_MANY:
        return _viewers(channel, state, event.viewers)
    if kind is e.RaffleEntriesMoved:
        return _entries(channel, state, event.entries)
    if kind is e.RaffleEntryRemoved:
        return (Delete(ENTRIES, (channel, event.entry_id)),)
    if kind is ViewerForgotten:
        return _forgotten(channel, state, event.viewer_id)
    return _step(channel, state, recorded)


def _step(channel: ChannelId, state: RaffleState, recorded: Recorded) -> Iterator[RowChange]:
    event = recorded.event
    step = _STEPS.get(type(event))
    if step is not None:
        yield Put(STEPS, (channel, event.draw_id, step, recorded.position))
    if step == "drawn":
        yield from _entries(channel, state, (event.entry_id,))
        yield from _viewers(channel, state, (event.viewer_id,))


def _forgotten(channel: ChannelId, state: RaffleState, viewer_id: ViewerId) -> Iterator[RowChange]:
    yield Delete(MEMBERS, (channel, viewer_id))
    yield from _entries(channel, state, (each.id for each in entries_of(state, viewer_id)))


def _viewers(
    channel: ChannelId, state: RaffleState, viewers: Iterable[ViewerId]
) -> Iterator[RowChange]:
    """The rows of these viewers, and of the entries that their weight counts for."""
    for viewer_id in viewers:
        member = state.members.get(viewer_id)
        if member is None:
            continue
        row = (
            channel,
            viewer_id,
            member.login,
            member.display_name,
            f"{member.login}\n{member.display_name}".casefold(),
            member.carry,
            member.total,
            to_micros(member.active_at),
            to_micros(member.updated_at),
        )
        yield Put(MEMBERS, row)
        yield from _entries(channel, state, state.pending.get(viewer_id) or ())


def _entries(channel: ChannelId, state: RaffleState, entries: Iterable[int]) -> Iterator[RowChange]:
    for entry_id in entries:
        entry = state.entries.get(entry_id)
        if entry is not None:
            yield Put(ENTRIES, _entry_row(channel, state, entry))


def _entry_row(channel: ChannelId, state: RaffleState, entry: Entry) -> tuple[Any, ...]:
    member = state.members.get(entry.viewer_id)
    names = (entry.name, member.login, member.display_name) if member else (entry.name,)
    return (
        channel,
        entry.id,
        entry.viewer_id,
        entry.session_id,
        int(entry.is_pending),
        entry.name,
        entry.name.casefold(),
        "\n".join(names).casefold(),
        state.weight_of(entry.viewer_id) if entry.is_pending else entry.won_weight,
        to_micros(entry.created_at),
        None if entry.won_at is None else to_micros(entry.won_at),
        entry.draw_id,
    )
