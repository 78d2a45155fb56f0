"""The hash chain: each event's hash covers everything that came before it.

    first  = SHA-256("goldomatic-ledger/1" NUL channel id)
    hash_n = SHA-256(hash_(n-1)
                     position as u64, at (microseconds) as i64,
                     type, viewer, cause, data: each as u32 length and bytes,
                     personal hash: 32 bytes, zeros where there are no personal values)

All integers are big-endian, all text is UTF-8; an absent viewer or cause has length 0xFFFFFFFF.
"""

import struct
from collections.abc import Iterable
from hashlib import sha256

from goldomatic.ledger.event import StoredEvent, personal_digest
from goldomatic.values import ChannelId

_HEAD = struct.Struct(">QqI")
_LENGTH = struct.Struct(">I")
_ABSENT = b"\xff\xff\xff\xff"
_NO_PERSONAL = bytes(32)


def first_hash(channel: ChannelId) -> bytes:
    """The hash that stands before the first event of a channel."""
    return sha256(b"goldomatic-ledger/1\0" + channel.encode()).digest()


def link(
    previous: bytes,
    position: int,
    at: int,
    kind: str,
    viewer: str | None,
    cause: str | None,
    data: bytes,
    personal_hash: bytes | None,
) -> bytes:
    """The hash of one event, given the hash of the one before it."""
    kind_bytes = kind.encode()
    return sha256(
        b"".join(
            (
                previous,
                _HEAD.pack(position, at, len(kind_bytes)),
                kind_bytes,
                _text(viewer),
                _text(cause),
                _LENGTH.pack(len(data)),
                data,
                personal_hash or _NO_PERSONAL,
            )
        )
    ).digest()


class BrokenChainError(Exception):
    """The log was changed after it was written; `position` is the first wrong event."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"chain broken at position {position}: {reason}")
        self.position = position
        self.reason = reason


class ChainCheck:
    """Walks a channel's log in order and raises `BrokenChainError` at the first wrong event."""

    def __init__(self, channel: ChannelId, position: int = 0, head: bytes | None = None) -> None:
        self.position = position
        self.head = head or first_hash(channel)
        self.erased = 0

    def follow(self, events: Iterable[StoredEvent]) -> None:
        """Check the next events; `erased` counts those whose personal values are gone."""
        for event in events:
            self._follow(event)

    def _follow(self, event: StoredEvent) -> None:
        if event.position != self.position + 1:
            raise BrokenChainError(self.position + 1, f"the next event stands at {event.position}")
        try:
            reason = _fault(self.head, event)
        except (struct.error, TypeError, AttributeError, UnicodeEncodeError):
            # SQLite keeps any kind of value in any column.
            reason = "it holds a value of a wrong kind"
        if reason is not None:
            raise BrokenChainError(event.position, reason)
        if event.personal is None and event.personal_hash is not None:
            self.erased += 1
        self.position, self.head = event.position, event.hash


def _fault(previous: bytes, event: StoredEvent) -> str | None:
    digest = event.personal_hash
    # Zeros mean "none" in the chain, so they must not also pass for a hash.
    if digest is not None and (len(digest) != len(_NO_PERSONAL) or digest == _NO_PERSONAL):
        return "its personal hash is not a hash"
    expected = link(
        previous,
        event.position,
        event.at,
        event.type,
        event.viewer,
        event.cause,
        event.data,
        digest,
    )
    if event.hash != expected:
        return "its hash does not follow from its content"
    if event.personal is not None and personal_digest(event.personal) != digest:
        return "its personal values were changed"
    return None


def _text(value: str | None) -> bytes:
    if value is None:
        return _ABSENT
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded
