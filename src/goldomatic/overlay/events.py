"""What can have happened to a channel's overlay link. Only ever added to."""

from goldomatic.ledger.event import Event


class OverlayLinkRenewed(Event, frozen=True, kw_only=True):
    """Every earlier link is void; from now on the one with this number is valid."""

    number: int
    actor: str


EVENTS: tuple[type[Event], ...] = (OverlayLinkRenewed,)
