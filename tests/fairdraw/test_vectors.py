"""The test vectors are what the independent code makes, and stay what they are."""

from hashlib import sha256

from fairdraw.make_vectors import VECTORS, text, vectors


def test_the_vectors_are_made_by_the_independent_code() -> None:
    assert VECTORS.read_text(encoding="utf-8") == text(vectors())


def test_the_vectors_never_change() -> None:
    # Another digest here means another format: give it a new name and keep reading the old one.
    digest = sha256(VECTORS.read_bytes()).hexdigest()
    assert digest == "dde0011cdaac14740df23e3a5d60f2d92e23cbd346e27f210c701727daf339fe"
