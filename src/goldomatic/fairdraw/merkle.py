"""Merkle tree of RFC 9162 section 2.1 over the entrants of one draw.

Built level by level from the leaves, an odd last node climbing unchanged: the same tree as the
RFC's recursive split at the largest power of two below n.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import repeat
from struct import Struct

from goldomatic.fairdraw.encoding import u64

Levels = list[list[bytes]]
"""The leaves, then each level of nodes, then the root alone."""

LONGEST_PROOF = 64

_LEAF = Struct(">B32sQ").pack


def leaf_hash(entry: bytes, weight: int) -> bytes:
    """The leaf of one entrant: its hash and its weight, so that neither can be changed."""
    return sha256(b"\x00" + entry + u64(weight)).digest()


def leaf_hashes(entries: Sequence[bytes], weights: Sequence[int]) -> list[bytes]:
    """`leaf_hash` of many 32-byte entry hashes."""
    messages = map(_LEAF, repeat(0), entries, weights)
    return [message.digest() for message in map(sha256, messages)]


def levels_above(leaves: list[bytes]) -> Levels:
    """All levels of the tree; the last holds the root. Raises `ValueError` without a leaf."""
    if not leaves:
        raise ValueError("a Merkle tree needs at least one leaf")
    levels = [leaves]
    while len(level := levels[-1]) > 1:
        each = iter(level)
        above = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(each, each, strict=False)
        ]
        if len(level) % 2:
            above.append(level[-1])
        levels.append(above)
    return levels


def inclusion_proof(levels: Levels, index: int) -> list[bytes]:
    """Hashes beside the way from leaf `index` to the root, lowest first (RFC 9162 2.1.3.1)."""
    if not 0 <= index < len(levels[0]):
        raise ValueError(f"no leaf {index} among {len(levels[0])}")
    proof = []
    for level in levels[:-1]:
        beside = index ^ 1
        if beside < len(level):
            proof.append(level[beside])
        index >>= 1
    return proof


def proves(proof: Sequence[bytes], leaf: bytes, index: int, count: int, root: bytes) -> bool:
    """Whether `leaf` is number `index` of the `count` leaves under `root` (RFC 9162 2.1.3.2)."""
    if not 0 <= index < count or len(proof) > LONGEST_PROOF:
        return False
    place, last, climbing = index, count - 1, leaf
    for beside in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            climbing = sha256(b"\x01" + beside + climbing).digest()
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            climbing = sha256(b"\x01" + climbing + beside).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and climbing == root
