"""What each account has to consent to, and nothing more; `setup.scope` in the texts says why."""

from typing import Literal

from goldomatic.accounts.rules import BOT_SCOPES

Role = Literal["broadcaster", "bot"]

_OF_BROADCASTER = (
    "user:read:chat",
    "user:write:chat",
    "channel:read:subscriptions",
    "moderator:read:followers",
    "bits:read",
)
_FOR_WEBHOOKS = ("user:bot", "channel:bot")


def needed_of_broadcaster(transport: str) -> tuple[str, ...]:
    """The broadcaster's scopes; a webhook is made by the application, which they have to allow."""
    return (*_OF_BROADCASTER, *(_FOR_WEBHOOKS if transport == "webhook" else ()))


def needed_of(role: Role, transport: str) -> tuple[str, ...]:
    """The scopes of an account for a way of events to come in."""
    return needed_of_broadcaster(transport) if role == "broadcaster" else BOT_SCOPES
