"""The numbers of one draw: HMAC-SHA256 as a stream, reduced without bias."""

import hmac

from goldomatic.fairdraw.commitment import checked_seed
from goldomatic.fairdraw.encoding import FORMAT, lp, u64


class Stream:
    """The endless bytes that seed, draw id, root and public value fix; each byte is used once.

    Raises `ValueError` for a seed that is not 32 bytes.
    """

    __slots__ = ("_blocks", "_key", "_unread")

    def __init__(self, seed: bytes, draw_id: str, root: bytes, public_value: str) -> None:
        message = lp(FORMAT) + lp(draw_id) + lp(root) + lp(public_value)
        self._key = hmac.digest(checked_seed(seed), message, "sha256")
        self._blocks = 0
        self._unread = b""

    def read(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._unread) < size:
            self._unread += hmac.digest(self._key, u64(self._blocks), "sha256")
            self._blocks += 1
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1, each equally likely; raises `ValueError` below 1.

        Rejection sampling: a number that is too high is thrown away, which happens less than
        every other time, because `% limit` would favour the low ones. `below(1)` reads nothing.
        """
        if limit < 1:
            raise ValueError(f"nothing lies below {limit}")
        bits = (limit - 1).bit_length()
        size, mask = (bits + 7) // 8, (1 << bits) - 1
        while True:
            number = int.from_bytes(self.read(size), "big") & mask
            if number < limit:
                return number
