from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairdraw.forgeries import Json
from fairdraw.vectors import VECTORS, pairs
from goldomatic.fairdraw.merkle import (
    LONGEST_PROOF,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    levels_above,
    proves,
)

TREES = [pytest.param(tree, id=f"{len(tree['leaves'])} leaves") for tree in VECTORS["trees"]]

# Published test data of Certificate Transparency: eight leaves, and the roots over the first n.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_certificate_transparency(size: int) -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(data)).digest() for data in CT_LEAVES[:size]]
    assert levels_above(leaves)[-1] == [bytes.fromhex(CT_ROOTS[size - 1])]


@pytest.mark.parametrize("tree", TREES)
def test_leaves_root_and_proofs_of_the_vectors(tree: Json) -> None:
    entrants = pairs(tree["entrants"])
    leaves = leaf_hashes(*zip(*entrants, strict=True))
    levels = levels_above(leaves)
    assert [leaf.hex() for leaf in leaves] == tree["leaves"]
    assert [leaf_hash(*entrant) for entrant in entrants] == leaves
    assert levels[-1][0].hex() == tree["root"]
    proofs = [inclusion_proof(levels, index) for index in range(len(leaves))]
    assert [[step.hex() for step in proof] for proof in proofs] == tree["proofs"]


def test_no_leaf_no_tree() -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        levels_above([])


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    levels = levels_above([bytes([i]) * 32 for i in range(3)])
    with pytest.raises(ValueError, match=f"no leaf {index} among 3"):
        inclusion_proof(levels, index)


@given(st.integers(1, 70), st.data())
def test_a_proof_proves_its_leaf_at_its_index_and_nothing_else(
    count: int, data: st.DataObject
) -> None:
    leaves = [sha256(bytes([i])).digest() for i in range(count)]
    levels = levels_above(leaves)
    root = levels[-1][0]
    index, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    proof = inclusion_proof(levels, index)
    assert proves(proof, leaves[index], index, count, root)
    assert proves(proof, leaves[other], index, count, root) == (index == other)
    assert proves(proof, leaves[index], other, count, root) == (index == other)
    assert not proves([*proof, root], leaves[index], index, count, root)
    assert not proves(proof[:-1], leaves[index], index, count, root) or count == 1
    assert not proves(proof, leaves[index], index, count, bytes(32))
    for step in range(len(proof)):
        changed = [*proof[:step], bytes(32), *proof[step + 1 :]]
        assert not proves(changed, leaves[index], index, count, root)


def test_nothing_is_proved_outside_the_list() -> None:
    leaf = bytes(32)
    assert proves([], leaf, 0, 1, leaf)
    assert not proves([], leaf, 1, 1, leaf)
    assert not proves([], leaf, -1, 1, leaf)
    assert not proves([leaf] * (LONGEST_PROOF + 1), leaf, 0, 2**80, leaf)


def test_a_node_cannot_pass_for_a_leaf() -> None:
    leaves = [sha256(bytes([i])).digest() for i in range(4)]
    levels = levels_above(leaves)
    left, right = levels[1]
    assert proves([right], left, 0, 2, levels[-1][0])  # only if the count could be forged
    assert not proves([right], left, 0, 4, levels[-1][0])


def test_a_proof_longer_than_the_tree_proves_nothing() -> None:
    left, right = (sha256(bytes([i])).digest() for i in range(2))
    root = levels_above([left, right])[-1][0]
    assert proves([left], right, 1, 2, root)
    assert not proves([left], right, 0, 1, root)
