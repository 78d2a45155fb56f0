"""A log as JSON Lines: one event a line, enough to check the chain without this program.

`data` and `personal` are the stored bytes as text, not as objects: another program would write
the same object with other bytes, and the hashes are over bytes. docs/ledger.md says how.
"""

from collections.abc import AsyncIterator

import msgspec

from goldomatic.ledger.event import StoredEvent, from_micros
from goldomatic.ledger.store import Store
from goldomatic.values import ChannelId


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One event in the exported file."""

    channel: str
    position: int
    at: str
    """RFC 3339 with microseconds, in UTC."""
    type: str
    viewer: str | None
    cause: str | None
    data: str
    personal: str | None
    personal_hash: str | None
    hash: str


class DamagedEventError(Exception):
    """A stored event holds something that cannot be text."""


async def export(
    store: Store, channel: ChannelId, *, after: int = 0, public: bool = False
) -> AsyncIterator[bytes]:
    """The events after a position as lines, many at a time.

    `public` leaves all personal values out; their hashes stay, so that the chain still checks.
    Raises `DamagedEventError`.
    """
    encoder = msgspec.json.Encoder()
    async for events in store.walk(channel, after):
        yield encoder.encode_lines(_line(channel, event, public) for event in events)


def _line(channel: ChannelId, event: StoredEvent, public: bool) -> Line:
    try:
        return Line(
            channel,
            event.position,
            from_micros(event.at).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            event.type,
            event.viewer,
            event.cause,
            event.data.decode(),
            None if public or event.personal is None else event.personal.decode(),
            None if event.personal_hash is None else event.personal_hash.hex(),
            event.hash.hex(),
        )
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise DamagedEventError(
            f"event {event.position} cannot be exported ({error}): check the ledger"
        ) from error
