"""What the raffle keeps in a running service, besides its state."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goldomatic.raffle.asking import Heard, Pauses
from goldomatic.raffle.board import Board
from goldomatic.raffle.progress import MESSAGE, Running
from goldomatic.raffle.proofs import Lists

if TYPE_CHECKING:
    from goldomatic.service import Service


@dataclass(slots=True)
class RaffleParts:
    """One channel's raffle at work. `drawing` is held while a draw is made."""

    board: Board
    progress: Running
    lists: Lists = field(default_factory=Lists)
    follow_asked: Pauses = field(default_factory=Pauses)
    follow_shown: Pauses = field(default_factory=Pauses)
    follows_heard: Heard = field(default_factory=Heard)
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


def raffle_parts(service: "Service") -> RaffleParts:
    """The parts of a service's raffle, which tell its live feed."""

    def tell(progress: object) -> None:
        service.feed.announce(MESSAGE, progress)

    return RaffleParts(Board(service), Running(tell))
