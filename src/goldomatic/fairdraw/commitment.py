"""The promise: the hash of the seed, published before anyone enters."""

from hashlib import sha256

SEED_BYTES = 32


def commit(seed: bytes) -> bytes:
    """SHA-256 of the 32 secret bytes of one draw; raises `ValueError` for another length."""
    return sha256(checked_seed(seed)).digest()


def checked_seed(seed: bytes) -> bytes:
    """The seed itself; raises `ValueError` unless it has 32 bytes."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, this one has {len(seed)}")
    return seed
