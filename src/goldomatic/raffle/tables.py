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

ENTRIES = TableSpec(
    "raffle_entries",
    ("channel", "id"),
    ("session_id", "pending", "sort_name", "search", "won_at"),
)
RANKS = TableSpec("raffle_ranks", ("channel", "id"), ("session_id", "weight", "name", "created_at"))
STEPS = TableSpec("raffle_draw_steps", ("channel", "draw_id", "step"), ("position",))
TABLES = (ENTRIES, RANKS, STEPS)

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
    e.RaffleViewerSynced,
    e.RaffleSupportCounted,
    e.RaffleDemoPlayed,
    e.RaffleBonusSet,
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
        return _ranks(channel, state, (event.viewer_id,))
    if kind in _OF_MANY:
        return _ranks(channel, state, event.viewers)
    if kind is e.RaffleViewerSignedIn:
        return _entries(channel, state, state.pending.get(event.viewer_id) or ())
    if kind is e.RaffleEntriesMoved:
        return _entries(channel, state, event.entries)
    if kind is e.RaffleEntrySubmitted:
        return _entries(channel, state, (event.entry_id,))
    if kind is e.RaffleEntryRemoved:
        key = (channel, event.entry_id)
        return (Delete(ENTRIES, key), Delete(RANKS, key))
    if kind is ViewerForgotten:
        return _entries(channel, state, (each.id for each in entries_of(state, event.viewer_id)))
    return _step(channel, state, recorded)


def _step(channel: ChannelId, state: RaffleState, recorded: Recorded) -> Iterator[RowChange]:
    event = recorded.event
    step = _STEPS.get(type(event))
    if step is not None:
        yield Put(STEPS, (channel, event.draw_id, step, recorded.position))
    if step == "drawn":
        yield from _entries(channel, state, (event.entry_id,))


def _ranks(
    channel: ChannelId, state: RaffleState, viewers: Iterable[ViewerId]
) -> Iterator[RowChange]:
    """The ranks of the entries that the weight of these viewers counts for."""
    pending, entries = state.pending, state.entries
    for viewer_id in viewers:
        for entry_id in pending.get(viewer_id) or ():
            yield _rank(channel, state, entries[entry_id])


def _rank(channel: ChannelId, state: RaffleState, entry: Entry) -> RowChange:
    weight, created_at = state.weight_of(entry.viewer_id), to_micros(entry.created_at)
    return Put(RANKS, (channel, entry.id, entry.session_id, weight, entry.name, created_at))


def _entries(channel: ChannelId, state: RaffleState, entries: Iterable[int]) -> Iterator[RowChange]:
    """The rows of these entries, with their rank while they wait."""
    for entry_id in entries:
        entry = state.entries.get(entry_id)
        if entry is None:
            continue
        yield Put(ENTRIES, _entry_row(channel, state, entry))
        if entry.is_pending:
            yield _rank(channel, state, entry)
        else:
            yield Delete(RANKS, (channel, entry_id))


def _entry_row(channel: ChannelId, state: RaffleState, entry: Entry) -> tuple[Any, ...]:
    member = state.members.get(entry.viewer_id)
    names = (entry.name, member.login, member.display_name) if member else (entry.name,)
    return (
        channel,
        entry.id,
        entry.session_id,
        int(entry.is_pending),
        entry.name.casefold(),
        "\n".join(names).casefold(),
        None if entry.won_at is None else to_micros(entry.won_at),
    )
