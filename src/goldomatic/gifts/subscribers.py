"""Whether a viewer subscribes, asked of Twitch no more often than it is worth.

Twitch counts every question against the broadcaster's token, which other features need as well.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

from goldomatic.values import Code, Refused, ViewerId

KNOWN_SECONDS = 300.0
"""How long a confirmed subscription is believed. A 'no' is never kept: it may end at any moment."""
MOST_KNOWN = 10_000
MOST_PER_MINUTE = 300
"""Questions to Twitch, which allows about 800 a minute for everything."""

_MINUTE = 60.0


class SubscriberCheck:
    """Asks and remembers. Who asks about the same viewer at the same time shares the answer."""

    def __init__(
        self,
        ask: Callable[[ViewerId], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[ViewerId, float] = OrderedDict()
        self._running: dict[ViewerId, asyncio.Task[bool]] = {}
        self._asked: deque[float] = deque()

    async def is_subscriber(self, viewer_id: ViewerId) -> bool:
        """Whether Twitch confirms it, now or a few minutes ago.

        Raises `Refused` with `rate_limited` when Twitch has been asked too often.
        """
        if self._known.get(viewer_id, 0.0) > self._clock():
            return True
        running = self._running.get(viewer_id)
        if running is None:
            self._count()
            running = asyncio.ensure_future(self._learn(viewer_id))
            self._running[viewer_id] = running
            running.add_done_callback(lambda _: self._running.pop(viewer_id, None))
        # Who gives up waiting must not take the answer from the others.
        return await asyncio.shield(running)

    async def _learn(self, viewer_id: ViewerId) -> bool:
        confirmed = await self._ask(viewer_id)
        if confirmed:
            self._known[viewer_id] = self._clock() + KNOWN_SECONDS
            self._known.move_to_end(viewer_id)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        else:
            self._known.pop(viewer_id, None)
        return confirmed

    def _count(self) -> None:
        now = self._clock()
        while self._asked and self._asked[0] <= now - _MINUTE:
            self._asked.popleft()
        if len(self._asked) >= MOST_PER_MINUTE:
            seconds = int(self._asked[0] + _MINUTE - now) + 1
            raise Refused(
                Code.RATE_LIMITED,
                f"Too many subscriptions to check. Try again in {seconds} s.",
                details={"retryAfter": seconds},
            )
        self._asked.append(now)
