"""The lots are fair: counted over many fixed seeds, so that the outcome never wavers.

Each chi-square limit is the value that fair lots exceed once in a thousand times.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from itertools import permutations

import pytest

from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.frozen import Frozen, freeze
from goldomatic.fairdraw.stream import Stream

Order = tuple[int, ...]
Chances = dict[Order, Fraction]


def list_of(weights: Iterable[int]) -> Frozen:
    return freeze([(i.to_bytes(32, "big"), weight) for i, weight in enumerate(weights)])


def orders(frozen: Frozen, draws: int, alternates: int = 0) -> Iterator[Order]:
    for number in range(draws):
        seed = sha256(number.to_bytes(8, "big")).digest()
        yield tuple(draw(seed, "statistics", frozen, alternates=alternates))


def chi_square(seen: Mapping[Order, int], chances: Chances) -> float:
    assert sum(chances.values()) == 1
    assert set(seen) <= set(chances)
    draws = sum(seen.values())
    return float(
        sum(
            (seen.get(key, 0) - draws * chance) ** 2 / (draws * chance)
            for key, chance in chances.items()
        )
    )


def chances_of_orders(weights: list[int]) -> Chances:
    """Drawing without replacement: each time in proportion to what remains."""
    chances: Chances = {}
    for order in permutations(range(len(weights))):
        chance, total = Fraction(1), sum(weights)
        for index in order:
            chance *= Fraction(weights[index], total)
            total -= weights[index]
        chances[order] = chance
    return chances


def evenly(count: int) -> Chances:
    return {(index,): Fraction(1, count) for index in range(count)}


# G-29
@pytest.mark.parametrize(("entrants", "limit"), [(3, 13.82), (7, 22.46), (10, 27.88)])
def test_every_entrant_wins_equally_often(entrants: int, limit: float) -> None:
    seen = Counter(orders(list_of([1] * entrants), 20_000))
    assert chi_square(seen, evenly(entrants)) < limit


#
def test_a_weighted_winner_is_as_frequent_as_the_weight() -> None:
    draws = 100_000
    seen = Counter(orders(list_of([1_000_000, 2_500_000, 500_000]), draws))
    for index, share in enumerate((0.25, 0.625, 0.125)):
        assert abs(seen[index,] / draws - share) < 0.01
    chances: Chances = {(0,): Fraction(2, 8), (1,): Fraction(5, 8), (2,): Fraction(1, 8)}
    assert chi_square(seen, chances) < 13.82


@pytest.mark.parametrize(
    ("weights", "limit"), [([1, 1, 1, 1], 49.73), ([5, 1, 3], 20.52), ([2, 7, 1, 4], 49.73)]
)
def test_the_whole_order_has_the_right_chances(weights: list[int], limit: float) -> None:
    seen = Counter(orders(list_of(weights), 20_000, alternates=len(weights) - 1))
    assert chi_square(seen, chances_of_orders(weights)) < limit


@pytest.mark.parametrize(("below", "limit"), [(5, 18.47), (129, 183.19), (200, 266.39)])
def test_numbers_below_are_uniform(below: int, limit: float) -> None:
    stream = Stream(bytes(32), "statistics", bytes(32), "")
    seen: Counter[Order] = Counter((stream.below(below),) for _ in range(40_000))
    assert chi_square(seen, evenly(below)) < limit
