"""What may not be logged is taken out wherever it stands."""

import time
from typing import Any

import pytest

from goldomatic.web.masking import Masking

OURS = ["ours-123456", "ours-123456-longer", "with space+&=", "abc"]


def masked(**event: Any) -> dict[str, Any]:
    return dict(Masking(OURS)(None, "info", event))


@pytest.mark.parametrize(
    "name",
    ["token", "accessToken", "refresh_token", "client_secret", "Authorization", "X-MGM-ApiKey",
     "api_key", "password", "Set-Cookie", "TWITCH_EVENTSUB_SECRET"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["plain", b"plain", 12345, ["plain"], {"a": "plain"}])
def test_the_value_of_a_secret_name_is_masked(name: str, value: object) -> None:
    assert masked(**{name: value}) == {name: "***"}
    assert masked(data={name: value}) == {"data": {name: "***"}}


def test_whether_a_secret_is_set_may_be_logged() -> None:
    assert masked(token=None, has_secret=True) == {"token": None, "has_secret": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("header bearer  abc", "header bearer  ***"),
        ("see eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln now", "see *** now"),
        ("PASS oauth:a1b2c3", "PASS oauth:***"),
        ("to bob.smith+x@mail.example.org, now", "to ***, now"),
        ("/cb?code=xyz&state=s&a=1", "/cb?code=***&state=***&a=1"),
        ("?access_token=xyz&a=1", "?access_token=***&a=1"),
        ("{'client_secret': 'xyz', 'a': 1}", "{'client_secret': '***', 'a': 1}"),
        ('{"refresh_token":"xyz"}', '{"refresh_token":"***"}'),
        ("token=b'xyz', a", "token=b'***', a"),
        ("token=bar a", "token=*** a"),
        ("Authorization: xyz", "Authorization: ***"),
        ("postgresql://gold:pa:ss@db:5432/x", "postgresql://gold:***@db:5432/x"),
        ("ours-123456", "***"),
        ("xours-123456-longery", "x***y"),
        ("q=with%20space%2B%26%3D", "q=***"),
        ("q=with+space%2B%26%3D", "q=***"),
        ("abc", "abc"),
        ("nothing to hide: 42 @ noon", "nothing to hide: 42 @ noon"),
    ],
)
def test_what_looks_like_a_secret_is_masked_in_text(text: str, expected: str) -> None:
    assert masked(event=text) == {"event": expected}


def test_containers_of_every_kind_are_searched() -> None:
    class Thing:
        def __repr__(self) -> str:
            return "Thing(ours-123456)"

    event = masked(
        headers=[(b"authorization", b"Basic eHg="), (b"host", b"gold")],
        nested={"a": [{"b": ("x", "ours-123456")}]},
        thing=Thing(),
        error=ValueError("Bearer abc"),
        keyed={"ours-123456": 1, b"ours-123456": 2, 3: 4},
        number=1.5,
        raw=b"ours-123456 \xff",
    )
    assert event == {
        "headers": [["authorization", "***"], ["host", "gold"]],
        "nested": {"a": [{"b": ["x", "***"]}]},
        "thing": "Thing(***)",
        "error": "ValueError('Bearer ***')",
        "keyed": {"***": 2, "3": 4},
        "number": 1.5,
        "raw": "*** \\xff",
    }


def test_endless_nesting_ends() -> None:
    loop: list[Any] = ["ours-123456"]
    loop.append(loop)
    assert "ours" not in str(masked(loop=loop))


def test_nothing_of_ours_to_hide_is_no_error() -> None:
    assert Masking([])(None, "info", {"event": "hello"}) == {"event": "hello"}


@pytest.mark.parametrize(
    "part", ["a", "a.", "token", "a@", "eyJ", "://a:", "Bearer ", "a@a.", "?code=", "token="]
)
def test_a_long_hostile_text_is_masked_in_linear_time(part: str) -> None:
    masking = Masking(OURS)
    text = part * (100_000 // len(part))
    began = time.process_time()
    masking.text(text)
    assert time.process_time() - began < 2
