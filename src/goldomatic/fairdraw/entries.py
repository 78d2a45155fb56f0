"""One entrant as the public list shows it: a salted hash that its owner can open."""

from collections.abc import Iterable
from hashlib import sha256

from goldomatic.fairdraw.encoding import lp, u32, u64

ENTRY_TAG = "goldomatic-entry/1"

MAX_WEIGHT = 2**53 - 1
"""Up to here every JSON reader, also one that knows only doubles, holds whole numbers exactly."""

# What an entry begins with, by the length of its salt: 16 to 32 bytes. With a shorter salt anyone
# could find the viewer by trying every Twitch id.
_HEADS = {size: lp(ENTRY_TAG) + u32(size) for size in range(16, 33)}


def entry_hash(salt: bytes, viewer_id: str, name: str, weight: int) -> bytes:
    """The 32 bytes that stand for an entrant in the public list.

    `salt` is 16 to 32 random bytes, secret of the entrant until the entry is opened; `weight`
    is a whole number from 1 to 2^53-1. Raises `ValueError` outside these bounds.
    """
    return entry_hashes([(salt, viewer_id, name, weight)])[0]


def entry_hashes(entries: Iterable[tuple[bytes, str, str, int]]) -> list[bytes]:
    """`entry_hash` of many (salt, viewer id, name, weight), in one pass."""
    hashes: list[bytes] = []
    # Local names and a single join: this loop is half the time of a large draw.
    add, join, new, heads, size_of, weight_of = hashes.append, b"".join, sha256, _HEADS, u32, u64
    for salt, viewer_id, name, weight in entries:
        if len(salt) not in heads:
            raise ValueError(f"a salt has 16 to 32 bytes, this one has {len(salt)}")
        if type(weight) is not int or not 1 <= weight <= MAX_WEIGHT:
            raise ValueError("a weight is a whole number from 1 to 2^53-1")
        viewer, called = viewer_id.encode(), name.encode()
        parts = (
            heads[len(salt)],
            salt,
            size_of(len(viewer)),
            viewer,
            size_of(len(called)),
            called,
            weight_of(weight),
        )
        add(new(join(parts)).digest())
    return hashes
