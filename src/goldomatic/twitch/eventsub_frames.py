"""What EventSub says over a WebSocket, read into our words. Pure.

Rules: a frame that cannot be read, or is of a kind that is not known, is nothing.
"""

from typing import Final, TypeAlias

import msgspec

from goldomatic.twitch.eventsub import Challenge, Notification, Revocation, parse
from goldomatic.twitch.wire import ABSENT
from goldomatic.values import Refused

SHORTEST_KEEPALIVE: Final = 10
LONGEST_KEEPALIVE: Final = 600


class Welcome(msgspec.Struct, frozen=True):
    """The session is there; something will be heard at least every `keepalive_seconds`."""

    session_id: str
    keepalive_seconds: int


class Keepalive(msgspec.Struct, frozen=True):
    """Nothing has happened."""


class Reconnect(msgspec.Struct, frozen=True):
    """Twitch asks to come to another address; the subscriptions come along."""

    url: str


class Told(msgspec.Struct, frozen=True):
    """A message about a subscription. Twitch may send it again under the same id."""

    message_id: str
    message: Notification | Revocation


Frame: TypeAlias = Welcome | Keepalive | Reconnect | Told


class _Metadata(msgspec.Struct):
    message_id: str = ""
    message_type: str = ""


class _Frame(msgspec.Struct):
    metadata: _Metadata
    payload: msgspec.Raw = ABSENT


class _Session(msgspec.Struct):
    id: str = ""
    keepalive_timeout_seconds: int | None = None
    reconnect_url: str | None = None


class _SessionPayload(msgspec.Struct):
    session: _Session


_frames = msgspec.json.Decoder(_Frame)
_sessions = msgspec.json.Decoder(_SessionPayload)


def read_frame(data: str | bytes) -> Frame | None:
    """What a text frame says; None where it says nothing that we know."""
    try:
        frame = _frames.decode(data)
        return _read(frame.metadata, bytes(frame.payload) if frame.payload is not ABSENT else b"{}")
    except (ValueError, RecursionError, Refused):
        return None


def _read(metadata: _Metadata, payload: bytes) -> Frame | None:
    match metadata.message_type:
        case "session_welcome":
            session = _sessions.decode(payload).session
            seconds = session.keepalive_timeout_seconds or SHORTEST_KEEPALIVE
            return Welcome(session.id, seconds) if session.id else None
        case "session_reconnect":
            url = _sessions.decode(payload).session.reconnect_url
            return Reconnect(url) if url else None
        case "session_keepalive":
            return Keepalive()
        case "notification" | "revocation" as kind if metadata.message_id:
            message = parse(kind, payload)
            return None if isinstance(message, Challenge) else Told(metadata.message_id, message)
        case _:
            return None
