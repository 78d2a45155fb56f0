from hashlib import sha256

import pytest

from goldomatic.fairdraw.commitment import commit


def test_commitment_is_the_hash_of_the_seed() -> None:
    seed = bytes(range(32))
    assert commit(seed) == sha256(seed).digest()


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commit(b"x" * size)
