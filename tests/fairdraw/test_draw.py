from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairdraw.forgeries import Json
from fairdraw.sample_draws import check
from fairdraw.vectors import VECTORS, pairs
from goldomatic.fairdraw.draw import draw, pick_few, pick_many
from goldomatic.fairdraw.frozen import freeze
from goldomatic.fairdraw.stream import Stream

Pick = Callable[[Sequence[int], int, Callable[[int], int]], list[int]]

WEIGHTS = st.lists(st.integers(1, 2**53 - 1) | st.integers(1, 5) | st.just(1), min_size=1)
SEEDS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("vector", VECTORS["orders"], ids=lambda vector: vector["name"])
def test_orders_of_the_vectors(vector: Json) -> None:
    frozen = freeze(pairs(vector["entrants"]))
    assert frozen.root.hex() == vector["root"]
    seed, order = bytes.fromhex(vector["seed"]), vector["order"]
    for alternates in (0, 1, 2, frozen.count - 1, frozen.count, 10 * frozen.count):
        drawn = draw(seed, vector["drawId"], frozen, vector["publicValue"], alternates)
        assert drawn == order[: alternates + 1]


# G-29
@given(SEEDS)
def test_a_single_entrant_always_wins(seed: bytes) -> None:
    assert draw(seed, "alone", freeze([(bytes(32), 7)]), alternates=3) == [0]


@given(WEIGHTS, SEEDS)
def test_the_full_order_is_a_permutation(weights: list[int], seed: bytes) -> None:
    frozen = freeze([(i.to_bytes(32, "big"), weight) for i, weight in enumerate(weights)])
    order = draw(seed, "d", frozen, alternates=len(weights))
    assert sorted(order) == list(range(len(weights)))


@given(WEIGHTS, SEEDS, st.data())
def test_few_many_and_the_independent_code_agree(
    weights: list[int], seed: bytes, data: st.DataObject
) -> None:
    picks = data.draw(st.integers(1, len(weights)))
    few = pick_few(weights, picks, Stream(seed, "d", bytes(32), "").below)
    assert few == pick_many(weights, picks, Stream(seed, "d", bytes(32), "").below)
    assert few == check.order(weights, picks, check.stream(seed, "d", bytes(32), ""))


#
@pytest.mark.parametrize("pick", [pick_few, pick_many])
@pytest.mark.parametrize(
    ("ticket", "winner"),
    [(0, 0), (999_999, 0), (1_000_000, 1), (3_499_999, 1), (3_500_000, 2), (3_999_999, 2)],
)
def test_the_owner_of_the_ticket_wins(pick: Pick, ticket: int, winner: int) -> None:
    assert pick([1_000_000, 2_500_000, 500_000], 1, lambda total: ticket) == [winner]


@pytest.mark.parametrize("pick", [pick_few, pick_many])
def test_the_drawn_leave_with_all_their_tickets(pick: Pick) -> None:
    tickets: Iterator[tuple[int, int]] = iter([(4, 10), (4, 8), (3, 5), (2, 3)])

    def below(total: int) -> int:
        ticket, expected_total = next(tickets)
        assert total == expected_total
        return ticket

    assert pick([3, 2, 3, 2], 4, below) == [1, 2, 3, 0]


def test_a_negative_number_of_alternates_is_refused() -> None:
    with pytest.raises(ValueError, match="alternates cannot be -1"):
        draw(bytes(32), "d", freeze([(bytes(32), 1)]), alternates=-1)


def test_a_long_order_begins_like_a_short_one() -> None:
    frozen = freeze([(i.to_bytes(32, "big"), i % 7 + 1) for i in range(500)])
    orders = [draw(bytes(32), "d", frozen, alternates=n) for n in (0, 10, 43, 44, 45, 100, 499)]
    assert [len(order) for order in orders] == [1, 11, 44, 45, 46, 101, 500]
    assert all(order == orders[-1][: len(order)] for order in orders)
