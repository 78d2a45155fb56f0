"""What an event is, and how it becomes bytes that never change again.

An event is a frozen fact in the past tense. Its personal values (names, the salts that hide
them) sit in a struct of their own, `personal`, which is stored apart and can be erased: the
hash chain covers only the hash of those bytes.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

import msgspec

from goldomatic.values import ViewerId


class Personal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Personal values of one event. `salt` (16 random bytes) keeps their hash unguessable."""

    salt: bytes


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Base of all events. The class name is the stored type and is never reused.

    Fields are only ever added, each with a default, so that every old event still loads.
    """

    viewer: ClassVar[str] = "viewer_id"
    """Name of the field that holds the viewer whom the event is about, if it has it."""


class ViewerForgotten(Event, frozen=True, kw_only=True):
    """A viewer's personal values were erased from every earlier event of the channel."""

    viewer_id: ViewerId
    actor: str


class Recorded(NamedTuple):
    """An event in its place in a channel's log."""

    position: int
    at: datetime
    event: Any


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """One row of the log. `at` is microseconds since the Unix epoch, hashes are 32 bytes."""

    position: int
    at: int
    type: str
    viewer: str | None
    cause: str | None
    data: bytes
    personal: bytes | None
    personal_hash: bytes | None
    hash: bytes


class Codec:
    """Turns events into bytes and back, by a fixed list of event classes."""

    def __init__(self, classes: Iterable[type[Event]]) -> None:
        known: list[type[Event]] = [ViewerForgotten, *classes]
        self._encode = msgspec.json.Encoder().encode
        self._data = {c.__name__: msgspec.json.Decoder(c) for c in known}
        self._personal = {c.__name__: _personal_decoder(c) for c in known}
        self._has_viewer = {c: "viewer_id" in c.__struct_fields__ for c in known}

    def encode(self, event: Event) -> tuple[str, str | None, bytes, bytes | None]:
        """Type, viewer, public bytes and personal bytes of an event."""
        kind = type(event)
        viewer = event.viewer_id if self._has_viewer[kind] else None  # type: ignore[attr-defined]
        personal = getattr(event, "personal", None)
        if personal is None:
            return kind.__name__, viewer, self._encode(event), None
        public = msgspec.structs.replace(event, personal=None)
        return kind.__name__, viewer, self._encode(public), self._encode(personal)

    def decode(self, stored: StoredEvent) -> Recorded:
        """The event as it was recorded; erased personal values are `None`.

        Raises `UnknownEventError` for a type that this version does not know.
        """
        decoder = self._data.get(stored.type)
        if decoder is None:
            raise UnknownEventError(stored.type, stored.position)
        event = decoder.decode(stored.data)
        if stored.personal is not None:
            personal = self._personal[stored.type].decode(stored.personal)
            event = msgspec.structs.replace(event, personal=personal)
        return Recorded(stored.position, from_micros(stored.at), event)


class UnknownEventError(Exception):
    """The log holds an event that only a newer version of the service can read."""

    def __init__(self, kind: str, position: int) -> None:
        super().__init__(
            f"event {position} is of the unknown type {kind!r}: it was written by a newer version"
        )


def personal_digest(personal: bytes) -> bytes:
    """SHA-256 of the stored personal bytes, which carry their own salt."""
    return sha256(personal).digest()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(instant: datetime) -> int:
    """Microseconds since the Unix epoch, exactly."""
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """UTC instant of so many microseconds since the Unix epoch."""
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _personal_decoder(kind: type[Event]) -> msgspec.json.Decoder[Any]:
    for field in msgspec.structs.fields(kind):
        if field.name == "personal":
            return msgspec.json.Decoder(field.type)
    return msgspec.json.Decoder(None)
