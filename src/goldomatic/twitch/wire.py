"""Twitch's JSON read into our words. Pure; nothing past here knows Twitch's field names.

Twitch adds and changes fields without notice, so only the fields that a decision needs are
declared with their type; a badly typed one of the others costs its own value, not the line.
"""

import re
from typing import Final

import msgspec

from goldomatic.values import ChannelId, ViewerId

ABSENT: Final = msgspec.Raw(b"")
"""Stands for a field that the JSON does not have."""


class ChatLine(msgspec.Struct, frozen=True):
    """One line of chat, cleaned. A text that Twitch left out is empty."""

    message_id: str
    channel_id: ChannelId
    """The channel in whose chat the line was shown to us."""
    viewer_id: ViewerId
    viewer_name: str
    """For display only: it is no key and need not resemble the login."""
    text: str
    is_subscriber: bool
    is_foreign: bool
    """Typed in another channel of a shared chat: never an entry here."""


class Delivery(msgspec.Struct, frozen=True):
    """What Twitch says became of a line that we sent to chat."""

    is_sent: bool
    message_id: str | None
    drop_code: str
    """Why it was dropped, as an IRC message id such as `msg_duplicate`; empty when unknown."""
    drop_text: str


class _Message(msgspec.Struct):
    text: str | None = None


class _ChatEvent(msgspec.Struct):
    message_id: str | None = None
    broadcaster_user_id: str | None = None
    chatter_user_id: str | None = None
    message: _Message | None = None
    chatter_user_name: msgspec.Raw = ABSENT
    chatter_user_login: msgspec.Raw = ABSENT
    source_broadcaster_user_id: msgspec.Raw = ABSENT
    badges: msgspec.Raw = ABSENT


class _Badge(msgspec.Struct):
    set_id: msgspec.Raw = ABSENT


class _DropReason(msgspec.Struct):
    code: msgspec.Raw = ABSENT
    message: msgspec.Raw = ABSENT


class _SentMessage(msgspec.Struct):
    message_id: str | None = None
    is_sent: bool | None = None
    drop_reason: _DropReason | None = None


class _SendAnswer(msgspec.Struct):
    data: list[_SentMessage]


class _Rows(msgspec.Struct):
    data: list[msgspec.Raw]


class _Complaint(msgspec.Struct):
    message: msgspec.Raw = ABSENT


_event_decoder = msgspec.json.Decoder(_ChatEvent)
_text_decoder: msgspec.json.Decoder[str | None] = msgspec.json.Decoder(str | None)
_badges_decoder = msgspec.json.Decoder(list[_Badge | None])
_send_answer_decoder = msgspec.json.Decoder(_SendAnswer)
_rows_decoder = msgspec.json.Decoder(_Rows)
_complaint_decoder = msgspec.json.Decoder(_Complaint)

# Chat clients append these to get past Twitch's filter of repeated lines; they show as nothing.
_INVISIBLE_TAGS = re.compile("[\U000e0000-\U000e007f]")
_ACTION_START = "\x01ACTION "
_ACTION_END = "\x01"
# ASCII only: case folding would let the Kelvin sign pass for a k.
_COMMAND = re.compile(r"(![A-Za-z0-9_]+)\s+(\S+)")


def chat_line(event: msgspec.Raw | bytes, *, subscriber_badges: frozenset[str]) -> ChatLine | None:
    """Read the `event` of a `channel.chat.message` version 1 notification.

    `subscriber_badges` are the badge sets that prove a subscription to this channel. Returns
    None when `event` is no such event: not an object, or an id or the text is of a wrong type.
    """
    try:
        seen = _event_decoder.decode(event)
    except (ValueError, RecursionError):
        return None
    ids = (seen.message_id or "", seen.broadcaster_user_id or "", seen.chatter_user_id or "")
    if not "".join(ids).isprintable():
        return None
    message_id, channel_id, viewer_id = ids
    return ChatLine(
        message_id=message_id,
        channel_id=ChannelId(channel_id),
        viewer_id=ViewerId(viewer_id),
        viewer_name=displayable(text_of(seen.chatter_user_name) or "")
        or displayable(text_of(seen.chatter_user_login) or ""),
        text=_cleaned((seen.message and seen.message.text) or ""),
        is_subscriber=_has_badge(seen.badges, subscriber_badges),
        is_foreign=_is_elsewhere(seen.source_broadcaster_user_id, channel_id),
    )


def command(text: str) -> tuple[str, str] | None:
    """The command word, in lower case, and its one argument as typed: `!word Name`.

    None for anything else: no argument, two of them, or text before the word. Only ASCII words
    are commands, whatever the letters look like or fold to.
    """
    match = _COMMAND.fullmatch(text.strip())
    return (match[1].lower(), match[2]) if match else None


def delivery(body: bytes) -> Delivery | None:
    """Read the answer to Helix's Send Chat Message; None when it proves neither outcome."""
    try:
        answer = _send_answer_decoder.decode(body)
    except (ValueError, RecursionError):
        return None
    if not answer.data:
        return None
    first = answer.data[0]
    # Without the flag, an id that Twitch gave the line is what proves it.
    if first.is_sent is None and not first.message_id:
        return None
    drop = first.drop_reason or _DropReason()
    return Delivery(
        is_sent=first.is_sent is not False,
        message_id=first.message_id or None,
        drop_code=displayable(text_of(drop.code) or ""),
        drop_text=displayable(text_of(drop.message) or ""),
    )


def has_rows(body: bytes) -> bool:
    """Whether a Helix answer lists anything in `data`; False when it cannot be read."""
    try:
        return bool(_rows_decoder.decode(body).data)
    except (ValueError, RecursionError):
        return False


def complaint(body: bytes) -> str:
    """What a Helix error says in words; empty when it says nothing readable."""
    try:
        return displayable(text_of(_complaint_decoder.decode(body).message) or "")
    except (ValueError, RecursionError):
        return ""


def text_of(raw: msgspec.Raw) -> str | None:
    """The JSON string in `raw`; None when it is absent, null or of another type."""
    if raw is ABSENT:
        return None
    try:
        return _text_decoder.decode(raw)
    except ValueError:
        return None


def displayable(name: str) -> str:
    """`name` without control and direction characters, which could disguise it."""
    return name if name.isprintable() else "".join(filter(str.isprintable, name))


def _cleaned(text: str) -> str:
    if not text.isascii():
        text = _INVISIBLE_TAGS.sub("", text)
    text = text.strip()
    if text.startswith(_ACTION_START):
        text = text.removeprefix(_ACTION_START).removesuffix(_ACTION_END).strip()
    return text


def _has_badge(raw: msgspec.Raw, wanted: frozenset[str]) -> bool:
    if raw is ABSENT:
        return False
    try:
        badges = _badges_decoder.decode(raw)
    except (ValueError, RecursionError):
        return False
    return any(badge is not None and text_of(badge.set_id) in wanted for badge in badges)


def _is_elsewhere(source: msgspec.Raw, channel_id: str) -> bool:
    if source is ABSENT:
        return False
    try:
        origin = _text_decoder.decode(source)
    except ValueError:
        # An origin that cannot be read may be any channel, so the line must not count here.
        return True
    return bool(origin) and origin != channel_id
