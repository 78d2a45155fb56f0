"""The JSON bodies and signatures of EventSub messages, in Twitch's words."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from goldomatic.simulation.users import Badge, SimulatedUser

CHAT_MESSAGE = "channel.chat.message"
INVISIBLE_SUFFIX = " \U000e0000"
"""What some chat clients append to get past Twitch's check for repeated lines."""


@dataclass(slots=True, kw_only=True)
class Subscription:
    """An EventSub subscription over webhook, or with `session_id` over WebSocket.

    Only `status` changes. `owner_id` is whose token made it, "" for an app token.
    """

    id: str
    type: str
    version: str
    condition: dict[str, str]
    callback: str = ""
    secret: str = ""
    client_id: str
    created_at: str
    status: str = "webhook_callback_verification_pending"
    cost: int = 0
    session_id: str = ""
    owner_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of every message and of Helix; the secret is never shown."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "version": self.version,
            "condition": self.condition,
            "transport": self._transport(),
            "created_at": self.created_at,
            "cost": self.cost,
        }

    def _transport(self) -> dict[str, str]:
        if not self.session_id:
            return {"method": "webhook", "callback": self.callback}
        session = {"session_id": self.session_id, "connected_at": self.created_at}
        return {"method": "websocket", **session}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliedLine:
    """The line that a reply answers; it is taken as the first of its thread."""

    author: SimulatedUser
    text: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedChatSource:
    """Where a line of a shared chat was typed, and the author's badges over there."""

    broadcaster: SimulatedUser
    message_id: str
    badges: tuple[Badge, ...] = ()
    is_source_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """One line as somebody typed it.

    `action` is `/me`; `extra_badges` come before the chatter's own; `message_id` None lets
    the sender choose one.
    """

    chatter: SimulatedUser
    text: str
    action: bool = False
    invisible_suffix: bool = False
    reply_to: RepliedLine | None = None
    source: SharedChatSource | None = None
    bits: int = 0
    message_type: str = "text"
    extra_badges: tuple[Badge, ...] = ()
    message_id: str | None = None


def chat_event(line: ChatLine, broadcaster: SimulatedUser, message_id: str) -> dict[str, Any]:
    """The `event` of `channel.chat.message` version 1, with every field that Twitch documents."""
    fragments = _fragments(line)
    text = "".join(fragment["text"] for fragment in fragments)
    return {
        **_person("broadcaster_user", broadcaster),
        **_person("chatter_user", line.chatter),
        "message_id": message_id,
        "message": {
            "text": f"\x01ACTION {text}\x01" if line.action else text,
            "fragments": fragments,
        },
        "color": line.chatter.color,
        "badges": [*line.extra_badges, *line.chatter.badges],
        "message_type": line.message_type,
        "cheer": {"bits": line.bits} if line.bits else None,
        "reply": _reply(line.reply_to),
        "channel_points_custom_reward_id": None,
        "channel_points_animation_id": None,
        **_shared_chat(line.source),
    }


def _person(prefix: str, user: SimulatedUser) -> dict[str, str]:
    return {
        f"{prefix}_id": user.id,
        f"{prefix}_login": user.login,
        f"{prefix}_name": user.display_name,
    }


def _fragments(line: ChatLine) -> list[dict[str, Any]]:
    typed = line.text + (INVISIBLE_SUFFIX if line.invisible_suffix else "")
    fragments = []
    if line.reply_to is not None:
        author = line.reply_to.author
        mention = {
            "user_id": author.id,
            "user_name": author.display_name,
            "user_login": author.login,
        }
        fragments.append(_fragment("mention", f"@{author.display_name}", mention=mention))
        typed = " " + typed
    if line.bits:
        cheermote = {"prefix": "Cheer", "bits": line.bits, "tier": _cheer_tier(line.bits)}
        fragments.append(_fragment("cheermote", f"Cheer{line.bits}", cheermote=cheermote))
        typed = " " + typed
    return [*fragments, _fragment("text", typed)]


def _cheer_tier(bits: int) -> int:
    return max(tier for tier in (1, 100, 1000, 5000, 10000) if tier <= bits)


def _fragment(
    kind: str,
    text: str,
    *,
    cheermote: dict[str, Any] | None = None,
    mention: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {"type": kind, "text": text, "cheermote": cheermote, "emote": None, "mention": mention}


def _reply(parent: RepliedLine | None) -> dict[str, str] | None:
    if parent is None:
        return None
    return {
        "parent_message_id": parent.message_id,
        "parent_message_body": parent.text,
        **_person("parent_user", parent.author),
        "thread_message_id": parent.message_id,
        **_person("thread_user", parent.author),
    }


def _shared_chat(source: SharedChatSource | None) -> dict[str, Any]:
    if source is None:
        return {
            "source_broadcaster_user_id": None,
            "source_broadcaster_user_login": None,
            "source_broadcaster_user_name": None,
            "source_message_id": None,
            "source_badges": None,
        }
    return {
        **_person("source_broadcaster_user", source.broadcaster),
        "source_message_id": source.message_id,
        "source_badges": list(source.badges),
        # Twitch sends this key only during a shared chat.
        "is_source_only": source.is_source_only,
    }


def message_body(content: dict[str, Any], *, escaped: bool = False) -> bytes:
    """The exact bytes to send and sign; `escaped` writes non-ASCII letters as `\\uXXXX`."""
    return json.dumps(content, ensure_ascii=escaped, separators=(",", ":")).encode()


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Value of `Twitch-Eventsub-Message-Signature`: HMAC-SHA256 of id, timestamp and body."""
    message = message_id.encode() + timestamp.encode() + body
    return "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def nanosecond_timestamp(instant: datetime, digits: int, below_microsecond: int = 0) -> str:
    """RFC 3339 in UTC with `digits` (0 to 9) fraction digits, cut off, not rounded."""
    whole = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{instant.microsecond:06d}{below_microsecond:03d}"[:digits]
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
