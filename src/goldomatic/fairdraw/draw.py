"""Who wins: the order in which a frozen list is drawn, without replacement."""

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from itertools import accumulate

from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.stream import Stream

Below = Callable[[int], int]


def draw(
    seed: bytes, draw_id: str, frozen: Frozen, public_value: str = "", alternates: int = 0
) -> list[int]:
    """Indexes into the frozen list: the winner, then up to `alternates` who would follow.

    The same inputs give the same order for ever, and asking for more alternates only makes it
    longer. Raises `ValueError` for a seed that is not 32 bytes or a negative `alternates`.
    """
    if alternates < 0:
        raise ValueError(f"the number of alternates cannot be {alternates}")
    picks = min(alternates + 1, frozen.count)
    below = Stream(seed, draw_id, frozen.root, public_value).below
    # Walking the gaps costs picks², building the tree costs count; they meet about here.
    pick = pick_few if picks * picks <= 4 * frozen.count else pick_many
    return pick(frozen.weights, picks, below)


def pick_few(weights: Sequence[int], picks: int, below: Below) -> list[int]:
    """The order for a handful of picks: one pass over the weights, then a walk over the gaps.

    A drawn entrant leaves a gap in the running weights; a number drawn from what remains is
    moved past every gap that begins at or before it.
    """
    total = sum(weights)
    uniform = total == len(weights)
    running = range(1, total + 1) if uniform else list(accumulate(weights))
    gaps: list[tuple[int, int]] = []
    order = []
    for _ in range(picks):
        point = below(total)
        for start, weight in gaps:
            if point < start:
                break
            point += weight
        index = bisect_right(running, point)
        weight = weights[index]
        insort(gaps, (running[index] - weight, weight))
        total -= weight
        order.append(index)
    return order


def pick_many(weights: Sequence[int], picks: int, below: Below) -> list[int]:
    """The same order for many picks, O(log n) each, by a Fenwick tree of the weights."""
    running = [0, *accumulate(weights)]
    tree = [running[i] - running[i & (i - 1)] for i in range(len(running))]
    total = running[-1]
    order = []
    for _ in range(picks):
        index = _first_above(tree, below(total))
        total -= weights[index]
        _take_out(tree, index, weights[index])
        order.append(index)
    return order


def _first_above(tree: list[int], point: int) -> int:
    """First index whose running weight exceeds `point`; one without weight never is."""
    size = len(tree)
    passed, step = 0, 1 << (size.bit_length() - 1)
    while step:
        ahead = passed + step
        if ahead < size and tree[ahead] <= point:
            passed = ahead
            point -= tree[ahead]
        step >>= 1
    return passed


def _take_out(tree: list[int], index: int, weight: int) -> None:
    place, size = index + 1, len(tree)
    while place < size:
        tree[place] -= weight
        place += place & -place
