"""How fast time passes for what waits: as in life, or quicker where days are played in minutes."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits and time limits in seconds of the clock; `speed` of them pass in a real one.

    A time limit is never shorter than `shortest` real seconds: however quick the days are, a busy
    machine needs time to keep it.
    """

    speed: float = 1.0
    shortest: float = 0.0

    def real(self, seconds: float) -> float:
        """How long that is in real seconds."""
        return max(0.0, seconds) / self.speed

    def limit(self, seconds: float) -> float:
        """Real seconds that a time limit leaves."""
        return max(self.shortest, self.real(seconds))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.real(seconds))

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Raise `TimeoutError` in the block after so many seconds."""
        return asyncio.timeout(self.limit(seconds))


REAL_TIME = Pace()
