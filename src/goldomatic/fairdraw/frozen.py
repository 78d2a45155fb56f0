"""The list of entrants of one draw, fixed for good."""

from collections.abc import Sequence

from goldomatic.fairdraw.encoding import HASH_BYTES
from goldomatic.fairdraw.entries import MAX_WEIGHT
from goldomatic.fairdraw.merkle import inclusion_proof, leaf_hashes, levels_above

MAX_ENTRANTS = 5_000_000

TOTAL_WEIGHT_LIMIT = 2**63


class Frozen:
    """A frozen list: entry hashes and weights in order, and the Merkle tree over them.

    Keeps the whole tree, so that the proof for an entrant costs O(log n). Nothing in it may be
    changed; `freeze` makes it.
    """

    __slots__ = ("_levels", "hashes", "total_weight", "weights")

    def __init__(self, hashes: list[bytes], weights: list[int]) -> None:
        _check(hashes, weights)
        self.hashes = hashes
        self.weights = weights
        self.total_weight = sum(weights)
        if self.total_weight >= TOTAL_WEIGHT_LIMIT:
            raise ValueError("the total weight must stay below 2^63")
        self._levels = levels_above(leaf_hashes(hashes, weights))

    @property
    def root(self) -> bytes:
        return self._levels[-1][0]

    @property
    def count(self) -> int:
        return len(self.hashes)

    def proof(self, index: int) -> list[bytes]:
        """Inclusion proof of entrant `index`, lowest hash first; `ValueError` for no such."""
        return inclusion_proof(self._levels, index)


def freeze(entries: Sequence[tuple[bytes, int]]) -> Frozen:
    """Fix the list of (entry hash, weight) in the order given.

    Raises `ValueError` for an empty list, more than 5,000,000 entrants, a hash that is not 32
    bytes or comes twice, a weight outside 1 .. 2^53-1, or a total of 2^63 and more.
    """
    return Frozen([entry for entry, _ in entries], [weight for _, weight in entries])


def _check(hashes: list[bytes], weights: list[int]) -> None:
    if not hashes:
        raise ValueError("a draw needs at least one entrant")
    if len(hashes) > MAX_ENTRANTS:
        raise ValueError(f"a draw has at most {MAX_ENTRANTS:,} entrants, not {len(hashes):,}")
    if set(map(len, hashes)) != {HASH_BYTES}:
        raise ValueError(f"an entry hash has {HASH_BYTES} bytes")
    if len(set(hashes)) != len(hashes):
        raise ValueError("the same entry hash stands in the list twice")
    if set(map(type, weights)) != {int}:
        raise ValueError("a weight is a whole number")
    if min(weights) < 1 or max(weights) > MAX_WEIGHT:
        raise ValueError("a weight is a whole number from 1 to 2^53-1")
