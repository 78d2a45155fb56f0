"""Lines that wait for their turn in chat, so that Twitch drops none.

Rules: 100 lines in 30 s for the broadcaster, 20 for another account; winner lines go before
everything else, equals in the order in which they came; who would wait too long is sent away.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from goldomatic.values import Clock

WINDOW: Final = timedelta(seconds=30)
OWN_LINES: Final = 100
OTHER_LINES: Final = 20
MOST_WAITING: Final = 200


class ChatQueue:
    """The turns of one sender in one chat. For one event loop."""

    def __init__(
        self, lines: int, clock: Clock, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        """`lines` may be said within the window."""
        self._lines = lines
        self._clock = clock
        self._sleep = sleep
        self._said: deque[datetime] = deque()
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._pump: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many lines wait."""
        return len(self._waiting)

    async def turn(self, *, urgent: bool = False) -> bool:
        """Wait for a turn; False where too many wait already, unless it is urgent."""
        if len(self._waiting) >= MOST_WAITING and not urgent:
            return False
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._numbers), mine))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._hand_out())
        await mine
        return True

    async def _hand_out(self) -> None:
        while self._waiting:
            await self._until_there_is_room()
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._said.append(self._clock())
                turn.set_result(None)

    async def _until_there_is_room(self) -> None:
        now = self._clock()
        while self._said and now - self._said[0] >= WINDOW:
            self._said.popleft()
        if len(self._said) >= self._lines:
            wait = min(WINDOW, max(timedelta(0), self._said[0] + WINDOW - now))
            await self._sleep(wait.total_seconds())
            # Slept enough, whatever a clock that was set back says.
            self._said.popleft()
