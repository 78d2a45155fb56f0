import pytest

from goldomatic.fairdraw import frozen
from goldomatic.fairdraw.frozen import freeze
from goldomatic.fairdraw.merkle import leaf_hash, proves

ONE, TWO, THREE = (bytes([i]) * 32 for i in (1, 2, 3))


def test_a_frozen_list_knows_its_root_weights_and_proofs() -> None:
    entrants = [(ONE, 5), (TWO, 1), (THREE, 10)]
    made = freeze(entrants)
    assert (made.count, made.total_weight) == (3, 16)
    assert (made.hashes, made.weights) == ([ONE, TWO, THREE], [5, 1, 10])
    for index, entrant in enumerate(entrants):
        assert proves(made.proof(index), leaf_hash(*entrant), index, 3, made.root)


def test_order_and_weights_belong_to_the_root() -> None:
    roots = {freeze(entrants).root for entrants in ([(ONE, 1), (TWO, 2)], [(TWO, 2), (ONE, 1)])}
    roots.add(freeze([(ONE, 2), (TWO, 1)]).root)
    assert len(roots) == 3


@pytest.mark.parametrize(
    ("entrants", "why"),
    [
        ([], "at least one entrant"),
        ([(ONE[:31], 1)], "32 bytes"),
        ([(ONE, 1), (TWO, 1), (ONE, 1)], "twice"),
        ([(ONE, 0)], "from 1 to 2\\^53-1"),
        ([(ONE, 5), (TWO, -1)], "from 1 to 2\\^53-1"),
        ([(ONE, 2**53)], "from 1 to 2\\^53-1"),
        ([(ONE, 1.5)], "whole number"),
        ([(ONE, 1), (TWO, True)], "whole number"),
    ],
)
def test_an_unsound_list_is_refused(entrants: list[tuple[bytes, int]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        freeze(entrants)


def test_the_total_weight_stays_below_2_63() -> None:
    most = 2**53 - 1
    entrants = [(number.to_bytes(32, "big"), most) for number in range(1024)]
    assert freeze(entrants).total_weight == 1024 * most
    with pytest.raises(ValueError, match="below 2\\^63"):
        freeze([*entrants, (ONE, 1024)])


def test_too_many_entrants_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "MAX_ENTRANTS", 2)
    freeze([(ONE, 1), (TWO, 1)])
    with pytest.raises(ValueError, match="at most 2 entrants, not 3"):
        freeze([(ONE, 1), (TWO, 1), (THREE, 1)])
