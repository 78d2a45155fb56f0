"""The test vectors are what the independent code makes, and stay what they are."""

from hashlib import sha256

from fairdraw.make_vectors import VECTORS, text, vectors


def test_the_vectors_are_made_by_the_independent_code() -> None:
    assert VECTORS.read_text(encoding="utf-8") == text(vectors())


def test_the_vectors_never_change() -> None:
    # Another digest here means another format: give it a new name and keep reading the old one.
    digest = sha256(VECTORS.read_bytes()).hexdigest()
    assert digest == "0da94976a7b2038ff19574386c205b11d09b993eee2f6f8ca8b740d522722c3d"
