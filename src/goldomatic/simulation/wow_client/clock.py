"""The client's clock: it moves only when it is told to, by a test or by real time."""

from datetime import datetime, timedelta, timezone, tzinfo


class ClientClock:
    """Seconds since the client was started, and the wall clock of its computer.

    `GetTime()` reads `seconds`; `time()`, `date()` and the log's time stamps read the wall clock.
    """

    def __init__(self, started: datetime, zone: tzinfo = timezone(timedelta(hours=3))) -> None:
        """`started` must know its zone; `zone` is the computer's, which the log is written in."""
        if started.tzinfo is None:
            raise ValueError("the clock needs an instant with a time zone")
        self._started = started.astimezone(zone)
        self.seconds = 0.0

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self.seconds += seconds

    def local(self) -> datetime:
        """Now, in the computer's zone."""
        return self._started + timedelta(seconds=self.seconds)

    def unix(self) -> float:
        """Now, in seconds since 1970."""
        return self.local().timestamp()
