"""What comes in from Twitch: two tables, EventSub type to handler and chat word to decision."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import structlog

from goldomatic import channel
from goldomatic.ledger.change import Cause, Changed
from goldomatic.raffle import deliveries
from goldomatic.roulette.rules import Entry
from goldomatic.service import Service
from goldomatic.twitch.support_wire import EFFECTS
from goldomatic.twitch.wire import ChatLine, chat_line, command
from goldomatic.values import Code, Refused

log = structlog.get_logger()


class Delivered(NamedTuple):
    """A notification as it was delivered: EventSub type, id of the message, and the event."""

    type: str
    message_id: str
    event: msgspec.Raw


EventHandler = Callable[[Service, Delivered], Awaitable[str]]
"""Handles a notification; returns one word for the metrics."""

ChatCommand = Callable[[Service, ChatLine, str, Cause], Awaitable[Changed]]
"""Does what a chat line with one argument asks for; raises `Refused` where it may not be."""


async def enter_gold(service: Service, line: ChatLine, name: str, cause: Cause) -> Changed:
    """`!twgold Name`: enter the gold roulette."""
    entry = Entry(
        viewer_id=line.viewer_id,
        display_name=line.viewer_name,
        character_name=name,
        source="chat",
        subscriber=line.is_subscriber,
        salt=service.lots.salt(),
    )
    return await service.ledger.change(channel.enrol(entry), cause=cause)


async def ask_for_gift(service: Service, line: ChatLine, name: str, cause: Cause) -> Changed:
    """`!twgift Name`: stand in the gift queue."""
    return await service.gifts.ask(
        streamer_id=line.channel_id or service.settings.twitch_broadcaster_id or "",
        viewer_id=line.viewer_id,
        display_name=line.viewer_name,
        character_name=name,
        source="chat",
        cause=cause,
    )


CHAT_WORDS: dict[str, ChatCommand] = {
    "!twgold": enter_gold,
    "!twgift": ask_for_gift,
}


async def chat_message(service: Service, delivered: Delivered) -> str:
    """A line of chat: a command word with one argument is decided upon, all else is ignored.

    Raises `Refused` with `service_unavailable` when it could not be recorded, so that Twitch
    delivers it again; other refusals are recorded and stay silent towards the chat.
    """
    line = chat_line(delivered.event, subscriber_badges=service.subscriber_badges)
    if line is None or not _is_ours(service, line):
        return "ignored"
    words = command(line.text)
    if words is None or words[0] not in CHAT_WORDS or not service.settings.roulette:
        return "talk"
    if not line.message_id or not line.viewer_id:
        return "ignored"
    obey, cause = CHAT_WORDS[words[0]], Cause(f"chat:{line.message_id}")
    try:
        changed = await obey(service, line, words[1], cause)
    except Refused as refused:
        if refused.code is Code.SERVICE_UNAVAILABLE:
            raise
        service.metrics.count_refusal(refused.code)
        log.info("chat_command_refused", code=refused.code, viewer_id=line.viewer_id)
        return "refused"
    return "duplicate" if changed.repeated else "accepted"


def _is_ours(service: Service, line: ChatLine) -> bool:
    configured = service.settings.twitch_broadcaster_id
    if configured and line.channel_id and line.channel_id != configured:
        return False
    return not line.is_foreign


async def support(service: Service, delivered: Delivered) -> str:
    """News of what a viewer gives, for the raffle's weights."""
    kind, message_id, event = delivered
    return await deliveries.count(service, kind, message_id, bytes(event))


EVENTSUB: dict[str, EventHandler] = {
    "channel.chat.message": chat_message,
    **dict.fromkeys(EFFECTS, support),
}
