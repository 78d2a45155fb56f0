import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairdraw.forgeries import Json
from fairdraw.vectors import VECTORS
from goldomatic.fairdraw.entries import entry_hash, entry_hashes

ENTRIES = st.tuples(
    st.binary(min_size=16, max_size=32),
    st.text(max_size=8),
    st.text(max_size=8),
    st.integers(1, 2**53 - 1),
)


@pytest.mark.parametrize("vector", VECTORS["entries"], ids=lambda vector: vector["viewerId"][:9])
def test_entry_hash_of_the_vectors(vector: Json) -> None:
    salt = bytes.fromhex(vector["salt"])
    made = entry_hash(salt, vector["viewerId"], vector["name"], vector["weight"])
    assert made.hex() == vector["hash"]


@given(ENTRIES, ENTRIES)
def test_different_entries_have_different_hashes(
    one: tuple[bytes, str, str, int], two: tuple[bytes, str, str, int]
) -> None:
    assert (entry_hash(*one) == entry_hash(*two)) == (one == two)


def test_hashes_of_many_are_those_of_each() -> None:
    salt = bytes(16)
    many = [(salt, str(number), "Ясень", number + 1) for number in range(5)]
    assert entry_hashes(many) == [entry_hash(*entry) for entry in many]
    assert entry_hashes([]) == []


@pytest.mark.parametrize("size", [0, 15, 33])
def test_a_salt_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 to 32 bytes"):
        entry_hash(bytes(size), "1", "Ada", 1)


@pytest.mark.parametrize("weight", [0, -1, 2**53, 1.0, True])
def test_a_weight_that_is_no_whole_number_in_range_is_refused(weight: int) -> None:
    with pytest.raises(ValueError, match="whole number from 1 to 2\\^53-1"):
        entry_hash(bytes(16), "1", "Ada", weight)
