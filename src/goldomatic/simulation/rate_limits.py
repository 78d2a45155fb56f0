"""Helix's two limits: points for every call, messages for every sender."""

from collections import deque
from datetime import datetime, timedelta

from goldomatic.simulation.asgi import Answer

POINTS_PER_MINUTE = 800
MESSAGES_PER_WINDOW = 20
MESSAGES_OF_MODERATORS = 100
WINDOW = timedelta(seconds=30)


class PointBucket:
    """Token bucket of one app token, or of one client and user."""

    def __init__(self, now: datetime, *, points_per_minute: int = POINTS_PER_MINUTE) -> None:
        self._limit = points_per_minute
        self._points = float(points_per_minute)
        self._filled_at = now

    def spend(self, now: datetime) -> bool:
        self._refill(now)
        if self._points < 1:
            return False
        self._points -= 1
        return True

    def _refill(self, now: datetime) -> None:
        elapsed = max(0.0, (now - self._filled_at).total_seconds())
        self._points = min(self._limit, self._points + elapsed * self._limit / 60)
        self._filled_at = now

    def mark(self, answer: Answer, now: datetime) -> None:
        """Put the `Ratelimit-*` headers on an answer; `Reset` is in Unix seconds."""
        missing = (self._limit - self._points) * 60 / self._limit
        remaining, wait = int(self._points), missing
        if "Retry-After" in answer.headers:
            remaining, wait = 0, float(answer.headers["Retry-After"])
        answer.headers["Ratelimit-Limit"] = str(self._limit)
        answer.headers["Ratelimit-Remaining"] = str(remaining)
        answer.headers["Ratelimit-Reset"] = str(int(now.timestamp() + wait) + 1)


class SenderLimit:
    """What one sender may say in one chat in 30 s: 20 lines, its moderators 100, none twice."""

    def __init__(self, lines: int = MESSAGES_PER_WINDOW) -> None:
        self._lines = lines
        self._sent: deque[tuple[datetime, str]] = deque()

    def refusal(self, text: str, now: datetime) -> str | None:
        """The drop code for `text` at `now`, or None and the line counts as sent."""
        while self._sent and now - self._sent[0][0] >= WINDOW:
            self._sent.popleft()
        if any(earlier == text for _, earlier in self._sent):
            return "msg_duplicate"
        if len(self._sent) >= self._lines:
            return "msg_ratelimit"
        self._sent.append((now, text))
        return None
