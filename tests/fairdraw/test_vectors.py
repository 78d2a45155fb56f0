"""The test vectors are what the independent code makes, and stay what they are."""

import json
from hashlib import sha256

from fairdraw.make_vectors import VECTORS, text, vectors


def test_the_vectors_are_made_by_the_independent_code() -> None:
    assert VECTORS.read_text(encoding="utf-8") == text(vectors())


def test_the_vectors_never_change() -> None:
    # Another digest here means another format: give it a new name and keep reading the old one.
    made = json.loads(VECTORS.read_bytes())
    digest = sha256(text(made).encode()).hexdigest()
    assert digest == "4518a4dc47f253e7a2bb08a2b18ea20e2f7d494e3a549ebac3c275d364118f66"
    # What was there before draws among things is as it was.
    made["records"] = [each for each in made["records"] if each["name"] != "gift"]
    made["forgeries"] = [each for each in made["forgeries"] if each["of"] != "gift"]
    digest = sha256(text(made).encode()).hexdigest()
    assert digest == "0da94976a7b2038ff19574386c205b11d09b993eee2f6f8ca8b740d522722c3d"
