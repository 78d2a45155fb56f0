"""Time as the bridge sees it, and how long everything takes."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from goldomatic.values import utc_now


class Time(Protocol):
    """The present and waiting for it; injected, so that a story needs no real minutes."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemTime:
    """The machine's own time."""

    def now(self) -> datetime:
        return utc_now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ScaledTime:
    """The machine's time, running `factor` times as fast from the moment it is made."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._start = utc_now()
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._began) * self._factor)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._factor)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Periods and waits in seconds; what the operator sets himself is in the settings."""

    tail: float = 0.2
    """Between two looks at the chat log while it grows."""
    tail_idle: float = 0.4
    """Between two looks at a log that has not grown for a while."""
    window: float = 1.0
    """Between two looks for the game's window."""
    candidate: float = 5.0
    """Between two questions for a candidate."""
    typing: float = 0.3
    """Least pause between two typed lines."""
    ack: float = 2.0
    """Acknowledgements are collected for so long."""
    hello: float = 30.0
    """Least pause between two hellos."""
    answer: float = 30.0
    """A typed command is answered within this, or typed again."""
    items: float = 20.0
    """The bags are listed within this, or asked for again."""
    wheel: tuple[float, float] = (3.0, 5.0)
    """The wheel spins between so long and so long."""
    gifts: float = 5.0
    """Between two looks at the gift queue while it is not empty."""
    gifts_idle: float = 15.0
    """Between two looks at an empty gift queue, at most."""
    who: float = 12.0
    """A /who is answered within this, or asked again."""
