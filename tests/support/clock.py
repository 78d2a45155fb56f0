"""A clock that tests set."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""A boundary of every allowed spin interval."""


class FakeClock:
    """Stands still until it is moved; may be moved back as well."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def at(self, seconds: float) -> None:
        """Set the time to so many seconds after noon."""
        self.now = NOON + timedelta(seconds=seconds)
