"""A small channel for tests of the ledger: viewers enter under a name, leave, are counted."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from goldomatic.ledger import chain
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import (
    Codec,
    Event,
    Personal,
    Recorded,
    StoredEvent,
    ViewerForgotten,
    personal_digest,
    to_micros,
)
from goldomatic.ledger.state import Cell, Table
from goldomatic.ledger.store import Batch, Delete, Put, RowChange, Snapshot, Store, TableSpec
from goldomatic.ledger.stores import open_store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, Clock, Code, Refused, ViewerId, utc_now

CHANNEL = ChannelId("1001")
OTHER_CHANNEL = ChannelId("2002")
START = datetime(2026, 9, 21, 18, 0, tzinfo=UTC)

POOL = TableSpec(
    "pool_members",
    ("channel", "viewer_id"),
    ("display_name", "character_name", "source", "enrolled_at", "position"),
)


class Names(Personal, frozen=True, kw_only=True):
    display_name: str
    character_name: str


class Entered(Event, frozen=True, kw_only=True):
    viewer_id: ViewerId
    source: str
    personal: Names | None = None


class EntryRefused(Event, frozen=True, kw_only=True):
    viewer_id: ViewerId
    reason: str


class Left(Event, frozen=True, kw_only=True):
    viewer_id: ViewerId


class Counted(Event, frozen=True, kw_only=True):
    amount: int = 1


CODEC = Codec([Entered, EntryRefused, Left, Counted])


class Member(msgspec.Struct, frozen=True):
    viewer_id: ViewerId
    name: str
    position: int
    at: int


class Circle:
    """The state: who is in, under which name, and a count."""

    version = 1

    def __init__(self, channel: ChannelId = CHANNEL) -> None:
        self.channel = channel
        self.members: Table[ViewerId, Member] = Table()
        self.names: Table[str, ViewerId] = Table()
        self.count = Cell(0)

    def evolve(self, recorded: Recorded) -> None:
        match recorded.event:
            case Entered(viewer_id=viewer, personal=personal):
                name = personal.character_name if personal else ""
                at = to_micros(recorded.at)
                self.members[viewer] = Member(viewer, name, recorded.position, at)
                if name:
                    self.names[name] = viewer
            case Left(viewer_id=viewer) | ViewerForgotten(viewer_id=viewer):
                if member := self.members.get(viewer):
                    self.members.discard(viewer)
                    self.names.discard(member.name)
            case Counted(amount=amount):
                self.count.value += amount

    def project(self, recorded: Recorded) -> Iterable[RowChange]:
        match recorded.event:
            case Entered(viewer_id=viewer, source=source):
                member = self.members[viewer]
                names = (member.name, member.name)
                row = (self.channel, viewer, *names, source, member.at, member.position)
                return (Put(POOL, row),)
            case Left(viewer_id=viewer) | ViewerForgotten(viewer_id=viewer):
                return (Delete(POOL, (self.channel, viewer)),)
        return ()

    def commit(self) -> None:
        for part in (self.members, self.names, self.count):
            part.commit()

    def rollback(self) -> None:
        for part in (self.members, self.names, self.count):
            part.rollback()

    def dump(self) -> bytes:
        members = sorted(self.members.durable.values(), key=lambda member: member.position)
        return msgspec.msgpack.encode((members, self.count.durable))

    def dumping(self) -> Callable[[], bytes]:
        taken = self.dump()
        return lambda: taken

    def load(self, state: bytes) -> None:
        members, count = msgspec.msgpack.decode(state, type=tuple[list[Member], int])
        self.members = Table({member.viewer_id: member for member in members})
        self.names = Table({member.name: member.viewer_id for member in members})
        self.count = Cell(count)


def names(name: str) -> Names:
    return Names(salt=b"0123456789abcdef", display_name=name.upper(), character_name=name)


def enter(viewer: str, name: str, *, record_refusal: bool = False) -> Decision[Circle]:
    """Enter under a free name; a name that is taken is refused."""
    viewer_id = ViewerId(viewer)

    def decide(state: Circle, now: datetime) -> Sequence[Event] | Refused:
        if name in state.names or viewer_id in state.members:
            refused = EntryRefused(viewer_id=viewer_id, reason="taken")
            events = [refused] if record_refusal else []
            return Refused(Code.DUPLICATE_ENROLLMENT, "Taken.", events=events)
        return [Entered(viewer_id=viewer_id, source="chat", personal=names(name))]

    return decide


def leave(viewer: str) -> Decision[Circle]:
    return lambda state, now: [Left(viewer_id=ViewerId(viewer))]


def count(amount: int = 1) -> Decision[Circle]:
    return lambda state, now: [Counted(amount=amount)]


def forget(viewer: str, actor: str = "operator") -> Decision[Circle]:
    return lambda state, now: [ViewerForgotten(viewer_id=ViewerId(viewer), actor=actor)]


class Ticks:
    """A clock that moves on by a millisecond each time it is read; `now` may be set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


class LogBuilder:
    """Makes the batches that a writer would make, without a writer."""

    def __init__(self, channel: ChannelId = CHANNEL, clock: Clock | None = None) -> None:
        self.channel = channel
        self.position = 0
        self.head = chain.first_hash(channel)
        self._clock = clock or Ticks()

    def batch(self, *events: Event, cause: str | None = None) -> Batch:
        """The next events as a batch; the log goes on behind them."""
        batch = Batch(self.channel, self.position)
        for event in events:
            batch.events.append(self._place(event, cause))
            if isinstance(event, ViewerForgotten):
                batch.forget.append(event.viewer_id)
        if cause is not None:
            batch.causes.append((cause, batch.events[0].position if batch.events else 0))
        return batch

    def snapshot(self, state: bytes = b"state") -> Snapshot:
        """A snapshot at the end of the log as built so far."""
        return Snapshot(self.position, self.head, state)

    def _place(self, event: Event, cause: str | None) -> StoredEvent:
        self.position += 1
        at = to_micros(self._clock())
        kind, viewer, data, personal = CODEC.encode(event)
        digest = None if personal is None else personal_digest(personal)
        self.head = chain.link(self.head, self.position, at, kind, viewer, cause, data, digest)
        return StoredEvent(
            self.position, at, kind, viewer, cause, data, personal, digest, self.head
        )


@asynccontextmanager
async def opened(url: str, clock: Clock = utc_now) -> AsyncIterator[Store]:
    """The open store of an address, closed at the end."""
    store = open_store(url, clock)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def started(
    store: Store, *, channel: ChannelId = CHANNEL, clock: Clock = utc_now
) -> AsyncIterator[ChannelWriter[Circle]]:
    """A running writer on a store, stopped at the end."""
    writer = ChannelWriter(channel, Circle(channel), store, CODEC, clock)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


async def whole_log(store: Store, channel: ChannelId = CHANNEL) -> list[StoredEvent]:
    """All events of a channel, with the chain checked."""
    events = [event async for chunk in store.walk(channel) for event in chunk]
    chain.ChainCheck(channel).follow(events)
    return events


async def pool(store: Store, channel: ChannelId = CHANNEL) -> list[tuple[str, str]]:
    """Viewers and names in the read table."""
    rows = await store.query(
        "SELECT viewer_id, character_name FROM pool_members WHERE channel = ? ORDER BY viewer_id",
        channel,
    )
    return cast("list[tuple[str, str]]", rows)
