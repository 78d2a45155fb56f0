"""Commands in a chat line, and what Helix answers, in our words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.twitch.wire import (
    Delivery,
    command,
    complaint,
    delivery,
    has_rows,
)

# A small alphabet of what is special somewhere; drawing from all of Unicode is slow to set up.
TEXT = st.text("!aTW_0 \t\n\u3000\x00\x01İıſ\u212aЖ\u0301\U000e0000😀", max_size=30)


# G-09
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!twgold Name", ("!twgold", "Name")),
        ("  !TwGoLd\tName  ", ("!twgold", "Name")),
        ("!TWGOLD \u3000\n Имя", ("!twgold", "Имя")),
        ("!twgift Name", ("!twgift", "Name")),
        ("!twgolden Name", ("!twgolden", "Name")),
        ("!twgold Bad:Name", ("!twgold", "Bad:Name")),
        ("!twgold İ", ("!twgold", "İ")),
        ("!twgold\x00 Name", None),
        ("!twgold", None),
        ("!twgold ", None),
        ("!twgold A B", None),
        ("hi !twgold A", None),
        ("twgold A", None),
        ("! twgold A", None),
        ("!!twgold A", None),
        ("", None),
    ],
)
def test_a_command_is_one_word_and_one_argument(
    text: str, expected: tuple[str, str] | None
) -> None:
    assert command(text) == expected


# G-09
@pytest.mark.parametrize(
    "word",
    [
        "!twgİft",
        "!twgıft",
        "!twgi\u0307ft",
        "!ｔｗｇｏｌｄ",
        "!twgοld",
        "!\u212aing",
        "!ﬁsh",
        "!ſub",
    ],
)
def test_letters_that_fold_or_look_like_ascii_make_no_command(word: str) -> None:
    assert command(f"{word} Name") is None


def test_a_very_long_text_is_judged_at_once() -> None:
    assert command("!twgold" + " " * 200_000 + "a b") is None
    assert command("!" + "a" * 200_000) is None


@given(TEXT)
def test_any_text_is_a_command_or_none(text: str) -> None:
    found = command(text)
    if found:
        word, argument = found
        assert word.isascii()
        assert word == word.casefold()
        assert text.split() == [text.split()[0], argument]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"data":[{"message_id":"m","is_sent":true}]}', Delivery(True, "m", "", "")),
        (b'{"data":[{"is_sent":true,"drop_reason":null}]}', Delivery(True, None, "", "")),
        (b'{"data":[{"message_id":"m"}]}', Delivery(True, "m", "", "")),
        (
            b"""{"data":[{"message_id":"","is_sent":false,
            "drop_reason":{"code":"msg_duplicate","message":"Same\\u0000 text"}}]}""",
            Delivery(False, None, "msg_duplicate", "Same text"),
        ),
        (b'{"data":[{"is_sent":false,"drop_reason":{"code":5}}]}', Delivery(False, None, "", "")),
        (b'{"data":[{"is_sent":false}]}', Delivery(False, None, "", "")),
        (b'{"data":[{}]}', None),
        (b'{"data":[]}', None),
        (b'{"data":null}', None),
        (b'{"data":[null]}', None),
        (b'{"data":[{"is_sent":"yes"}]}', None),
        (b"{}", None),
        (b"[]", None),
        (b"<html>", None),
        (b'{"data":' + b"[" * 100_000, None),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_what_became_of_a_line(body: bytes, expected: Delivery | None) -> None:
    assert delivery(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"data":[{}]}', True),
        (b'{"data":[1]}', True),
        (b'{"data":[]}', False),
        (b'{"data":{"a":1}}', False),
        (b'{"data":"x"}', False),
        (b"{}", False),
        (b"", False),
        (b"[1]", False),
        (b'{"data":' + b"[" * 100_000, False),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_whether_rows_are_listed(body: bytes, expected: bool) -> None:
    assert has_rows(body) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"status":401,"message":"Missing scope"}', "Missing scope"),
        (b'{"message":"a\\u0000\\nb"}', "ab"),
        (b'{"message":7}', ""),
        (b"{}", ""),
        (b"<html>", ""),
        (b'{"message":"\xff"}', ""),
        (b'{"message":' + b"[" * 100_000, ""),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_what_an_error_says(body: bytes, expected: str) -> None:
    assert complaint(body) == expected
