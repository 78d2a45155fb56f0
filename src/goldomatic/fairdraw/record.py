"""The published record of a draw and a viewer's receipt: the JSON that anyone can check.

Shapes only: whether their contents hold together is for `verify` to say.
"""

from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Struct

from goldomatic.fairdraw.encoding import FORMAT
from goldomatic.fairdraw.frozen import MAX_ENTRANTS
from goldomatic.fairdraw.report import shown

MAX_ORDER = 10_000

MAX_RECORD_BYTES = 512 * 1024 * 1024

# A million values above what the largest honest record needs.
_MOST_VALUES = 2 * MAX_ENTRANTS + 1_000_000


class Status(StrEnum):
    """How far a draw has come; `void` ends one that was called off."""

    COMMITTED = "committed"
    FROZEN = "frozen"
    REVEALED = "revealed"
    VOID = "void"


# Untracked by the garbage collector, which halves the time to read a million of them.
class Entrant(Struct, frozen=True, gc=False):
    """One line of the public list: entry hash (hex) and weight, no person."""

    hash: str
    weight: int


class Opening(Struct, frozen=True, rename="camel"):
    """What an entry hash was made of; `salt` in hex."""

    salt: str
    viewer_id: str
    name: str
    weight: int


class Winner(Struct, frozen=True):
    """The winner's place in the list; `opening` is None once the viewer asked to be forgotten."""

    index: int
    opening: Opening | None
    proof: tuple[str, ...]


class DrawRecord(Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything published about one draw. Hashes, root and seed in hex, instants in RFC 3339.

    The defaults are what stands there before the draw has come so far. `openings` has only a
    draw among things: what every entry was made of, in the order of the list.
    """

    format: str
    draw_id: str
    channel_id: str
    kind: str
    status: Status
    commitment: str
    committed_at: str
    frozen_at: str | None = None
    revealed_at: str | None = None
    root: str | None = None
    entrant_count: int = 0
    total_weight: int = 0
    entrants: tuple[Entrant, ...] = ()
    public_value: str = ""
    seed: str | None = None
    order: tuple[int, ...] = ()
    winner: Winner | None = None
    void_reason: str | None = None
    openings: tuple[Opening, ...] | msgspec.UnsetType = msgspec.UNSET


class Receipt(Struct, frozen=True, kw_only=True, rename="camel"):
    """One viewer's proof of being in the frozen list, with the weight they were given."""

    format: str
    draw_id: str
    index: int
    opening: Opening
    proof: tuple[str, ...]
    root: str


class _Header(Struct):
    format: str


Document = TypeVar("Document", DrawRecord, Receipt)


def decode_record(data: bytes) -> DrawRecord:
    """Read a record from JSON; raises `ValueError` with a sentence when it is not one."""
    return _decode(data, DrawRecord, "draw record")


def decode_receipt(data: bytes) -> Receipt:
    """Read a receipt from JSON; raises `ValueError` with a sentence when it is not one."""
    return _decode(data, Receipt, "receipt")


def encode(document: DrawRecord | Receipt) -> bytes:
    """The JSON of a record or receipt, compact, UTF-8."""
    return msgspec.json.encode(document)


def _decode(data: bytes, shape: type[Document], name: str) -> Document:
    # Counted first, because a hostile list would fill the memory before its length is known.
    if len(data) > MAX_RECORD_BYTES or data.count(b",") > _MOST_VALUES:
        raise ValueError(f"too large for a {name}")
    try:
        return msgspec.json.decode(data, type=shape)
    except (ValueError, RecursionError) as reason:
        raise ValueError(f"not a {name}: {_why(data, reason)}") from reason


def _why(data: bytes, reason: Exception) -> str:
    """A foreign format explains a wrong shape better than the first field that differs."""
    try:
        found = msgspec.json.decode(data, type=_Header).format
    except (ValueError, RecursionError):
        return str(reason)
    if found == FORMAT:
        return str(reason)
    return f"its format is {shown(found)}, this program knows {FORMAT}"
