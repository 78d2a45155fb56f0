import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.fairdraw.encoding import lp, unhex, unhex_each


def test_a_length_prefix_counts_bytes_not_letters() -> None:
    assert lp("Ж") == b"\x00\x00\x00\x02\xd0\x96"
    assert lp(b"") == b"\x00\x00\x00\x00"


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_prefixed_fields_never_run_into_each_other(one: list[bytes], two: list[bytes]) -> None:
    assert (b"".join(map(lp, one)) == b"".join(map(lp, two))) == (one == two)


def test_text_without_utf8_form_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        lp("\ud800")


@given(st.lists(st.binary(max_size=40)))
def test_hex_comes_back_as_bytes(values: list[bytes]) -> None:
    assert unhex_each(value.hex() for value in values) == values


@pytest.mark.parametrize("text", ["AB", "a", "g0", "a b", " ab", "ab\n", "0x", "١٢", "ａｂ"])
def test_only_lowercase_hex_is_hex(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        unhex_each(["ab", text])


def test_hex_of_another_length_is_refused() -> None:
    assert unhex("ab" * 32) == b"\xab" * 32
    with pytest.raises(ValueError, match="expected 64 hexadecimal digits, found 62"):
        unhex("ab" * 31)
