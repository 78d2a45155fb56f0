"""How far a long change has come: told while it runs, kept nowhere."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

Action = Literal["start", "end", "carry_over", "recalculate"]
MESSAGE = "raffle-progress"


class Progress(msgspec.Struct, frozen=True):
    """How many of how many viewers are done. `done` = `of`: it is being written to the disk."""

    action: Action
    done: int = 0
    of: int = 0


class Running:
    """What runs at this moment, if anything. `tell` is called on the event loop with changes."""

    def __init__(self, tell: Callable[[Progress | None], None]) -> None:
        self.present: Progress | None = None
        self._tell = tell

    @contextmanager
    def of(self, action: Action) -> Iterator[Callable[[int, int], None]]:
        """Tell progress until the block ends; gives what the working thread calls."""
        loop = asyncio.get_running_loop()

        def told(done: int, of: int) -> None:
            loop.call_soon_threadsafe(self._set, Progress(action, done, of))

        self._set(Progress(action))
        try:
            yield told
        finally:
            # After whatever the thread has handed over before it ended.
            loop.call_soon(self._set, None)

    def _set(self, progress: Progress | None) -> None:
        self.present = progress
        self._tell(progress)
