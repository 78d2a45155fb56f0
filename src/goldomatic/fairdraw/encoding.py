"""The byte forms that the format is built from. Hexadecimal is lowercase everywhere."""

from collections.abc import Iterable
from struct import Struct

FORMAT = "goldomatic-draw/1"

HASH_BYTES = 32

u32 = Struct(">I").pack
u64 = Struct(">Q").pack


def lp(value: bytes | str) -> bytes:
    """Length-prefixed bytes: u32 big-endian length, then the bytes; text as UTF-8.

    The prefix keeps fields apart: "ab" + "c" and "a" + "bc" give different bytes. Raises
    `UnicodeEncodeError`, a `ValueError`, for text that has no UTF-8 form.
    """
    data = value.encode() if isinstance(value, str) else value
    return u32(len(data)) + data


def unhex(text: str, size: int = HASH_BYTES) -> bytes:
    """The `size` bytes that `text` shows; raises `ValueError` unless it is exactly that."""
    (value,) = unhex_each([text])
    if len(value) != size:
        raise ValueError(f"expected {2 * size} hexadecimal digits, found {len(text)}")
    return value


def unhex_each(texts: Iterable[str]) -> list[bytes]:
    """Bytes of each text, of any length; raises `ValueError` for anything but lowercase hex."""
    texts = list(texts)
    try:
        values = list(map(bytes.fromhex, texts))
    except ValueError:
        values = []
    # Written back, because `fromhex` forgives capitals and spaces.
    if list(map(bytes.hex, values)) != texts:
        raise ValueError("not lowercase hexadecimal digits, two for each byte")
    return values
