"""What happens later: packets on their way, replies of other players, the realm's own timers."""

import heapq
import itertools
from collections.abc import Callable

from goldomatic.simulation.wow_client.clock import ClientClock


class Timeline:
    """Actions due at a time, run in order of time, then of planning."""

    def __init__(self, clock: ClientClock) -> None:
        self.clock = clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` in `seconds`, never before the next step."""
        entry = (self.clock.seconds + seconds, next(self._numbers), action)
        heapq.heappush(self._due, entry)

    def run_due(self) -> None:
        """Run what is due; what that plans anew waits for a later step."""
        newest = next(self._numbers)
        while self._due and self._due[0][0] <= self.clock.seconds and self._due[0][1] < newest:
            heapq.heappop(self._due)[2]()

    @property
    def next_due(self) -> float | None:
        """When the next action is due, in the clock's seconds."""
        return self._due[0][0] if self._due else None
