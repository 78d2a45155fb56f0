"""What can have happened to the reception of Twitch's events. Only ever added to."""

from datetime import datetime

from goldomatic.ledger.event import Event


class ReceptionLost(Event, frozen=True, kw_only=True):
    """Since an instant the chat cannot be heard; what is said meanwhile is not repeated."""

    since: datetime
    reason: str
    """`keepalive_missed`, `closed_4000`, `service_stopped`, a subscription's status, …"""
    transport: str


class ReceptionResumed(Event, frozen=True, kw_only=True):
    """The chat is heard again."""

    transport: str


EVENTS: tuple[type[Event], ...] = (ReceptionLost, ReceptionResumed)
"""Every event of the reception."""
