"""Points of Helix, counted for each token as Twitch counts them. Pure but for the memory.

Rules: Twitch says with every answer how many points a token has left and when it is full again;
whoever has none left waits instead of being refused. A bucket is full after a minute at the latest,
whatever a wrong clock makes of the instant.
"""

from collections import OrderedDict
from hashlib import sha256
from typing import Final

from goldomatic.twitch.http import Answer

LONGEST: Final = 60.0
_MOST_TOKENS: Final = 256


class Bucket:
    """What is known of one token's points."""

    __slots__ = ("_full_at", "_left")

    def __init__(self) -> None:
        self._left: int | None = None
        self._full_at = 0.0

    def wait(self, now: float) -> float:
        """Seconds to wait before a call; it takes a point, whenever it comes."""
        if self._left is None:
            return 0.0
        if self._left > 0:
            self._left -= 1
            return 0.0
        wait = min(LONGEST, self._full_at - now)
        if wait <= 0:
            self._left = None
            return 0.0
        return wait

    def note(self, answer: Answer, now: float) -> None:
        """What an answer says about the points."""
        left = answer.headers.get("ratelimit-remaining", "")
        if left.isdecimal():
            self._left = int(left)
            self._full_at = now + answer.wait_asked(now)


class Buckets:
    """A bucket for each token; which token it is, only its hash tells."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Bucket] = OrderedDict()

    def of(self, token: str) -> Bucket:
        key = sha256(token.encode()).digest()
        bucket = self._kept.setdefault(key, Bucket())
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_TOKENS:
            self._kept.popitem(last=False)
        return bucket
