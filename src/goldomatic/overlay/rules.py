"""Which overlay link of a channel is valid: one at a time. Pure."""

from goldomatic.ledger.event import Event, Recorded
from goldomatic.ledger.state import Cell, Draftable
from goldomatic.overlay.events import OverlayLinkRenewed

FIRST_NUMBER = 1


class OverlayState:
    """The number of the link that is valid."""

    def __init__(self) -> None:
        self.number: Cell[int] = Cell(FIRST_NUMBER)

    @property
    def parts(self) -> tuple[Draftable, ...]:
        """Everything that has a draft."""
        return (self.number,)

    def load(self, number: int) -> None:
        """Take the state from a snapshot."""
        self.number = Cell(number)


def renew(state: OverlayState, actor: str) -> list[Event]:
    """Make every link that was handed out so far void."""
    return [OverlayLinkRenewed(number=state.number.value + 1, actor=actor)]


def evolve(state: OverlayState, recorded: Recorded) -> None:
    """Fold one event. Never decides."""
    match recorded.event:
        case OverlayLinkRenewed(number=number):
            state.number.value = number
        case _:
            pass
