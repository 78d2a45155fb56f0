"""How fast time passes for what waits: as in life, or quicker where days are played in minutes."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits and time limits in seconds of the clock; `speed` of them pass in a real one."""

    speed: float = 1.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Raise `TimeoutError` in the block after so many seconds."""
        return asyncio.timeout(max(0.0, seconds) / self.speed)


REAL_TIME = Pace()
