"""From a line of the chat log to a tag of the addon, and whether to believe it. Pure.

The rules are those of docs/bridge-protocol.md. Whatever else stands in a line is other people's
text and is never looked at.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from goldomatic.bridge.settings import TagMatch

_STAMP = re.compile(
    r"(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}-\d\d-\d\d) \d{1,2}:\d\d:\d\d(?:\.\d{1,6})? +"
)
# Some clients reduce links in brackets to plain text, hence brackets may be missing.
_HEAD = re.compile(r"\[?MGM_(?P<kind>[A-Z]+(?:_[A-Z]+)*)(?P<argument>(?::[0-9A-Za-z-]*)*)\]?")
_SIGNATURE = re.compile(r" k=([A-Z2-9]{12})\.(\d{1,15})(?!\S)")
_PART = re.compile(r" (\d{1,4})/(\d{1,4}) (.*)", re.DOTALL)
_UUID = re.compile(r"[0-9a-fA-F-]{36}")
MOST_PARTS = 1000


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One tag as it stood in a line. `text` is what follows the head, without the signature."""

    kind: str
    argument: str = ""
    text: str = ""
    nonce: str | None = None
    seq: int = 0
    part: int = 0
    """Number of this part, from 1; 0 says that the tag is whole."""
    parts: int = 0
    bracketed: bool = True
    leading: bool = False
    """Nothing but a time stamp, or the operator's own whisper, stood before it."""

    @property
    def head(self) -> str:
        """The tag's bracketed part, as protocols and messages show it."""
        return f"[MGM_{self.kind}{':' if self.argument else ''}{self.argument}]"

    @property
    def subject(self) -> str | None:
        """The UUID that the argument is or ends with, in lower case; None if there is none."""
        return read_uuid(self.argument.rpartition(":")[2])


def read_tag(line: str, own_character: str | None = None) -> Tag | None:
    """The first tag of a line, believed or not; None if there is none."""
    stamp = _STAMP.match(line)
    body = line[stamp.end() :] if stamp else line
    found = _HEAD.search(body)
    if found is None:
        return None
    rest = body[found.end() :]
    nonce, seq = None, 0
    for signature in _SIGNATURE.finditer(rest):
        nonce, seq = signature[1], int(signature[2])
        rest_end = signature.start()
    if nonce is not None:
        rest = rest[:rest_end]
    part, parts = 0, 0
    if framed := _PART.match(rest):
        part, parts, rest = int(framed[1]), int(framed[2]), framed[3]
    return Tag(
        kind=found["kind"],
        argument=found["argument"].lstrip(":"),
        text=rest,
        nonce=nonce,
        seq=seq,
        part=part,
        parts=parts,
        bracketed=found[0].startswith("[") and found[0].endswith("]"),
        leading=body[: found.start()] in _leads(own_character),
    )


def _leads(own_character: str | None) -> tuple[str, ...]:
    if not own_character:
        return ("",)
    return ("", f"To {own_character}: ", f"{own_character} whispers: ")


def refusal(tag: Tag, nonce: str, match: TagMatch) -> str | None:
    """Why a tag does not count, as the operator reads it; None if it does.

    A signature of the present session always counts and another one never does. Without any, the
    tag counts in the modes for addons that do not sign.
    """
    if tag.nonce is not None:
        return None if tag.nonce == nonce else "ignored foreign tag"
    if match == "signed" or not tag.bracketed:
        return "ignored unsigned tag"
    if match == "strict" and not tag.leading:
        return "ignored embedded tag"
    return None


def unsigned_key(tag: Tag, line: str) -> str:
    """By what an unsigned tag is known again: the same words of the same kind count once."""
    match tag.kind:
        case "WHO":
            return f"who:{tag.text.strip()}"
        case "ITEMS":
            # A list that was malformed is asked for again; a good one counts once in any case.
            return f"items:{tag.argument.lower()}:{tag.text.strip()}"
        case "UPDATE_CHECK" | "LOGTEST":
            return f"{tag.kind.lower()}:{line}"
        case _:
            return f"{tag.kind.lower()}:{tag.argument.lower()}"


def read_json(text: str, opening: str) -> Any:
    """The JSON value that begins at the first `opening` bracket, whatever follows it.

    Raises `LookupError` if there is no such bracket, `ValueError` for bad JSON.
    """
    start = text.find(opening)
    if start < 0:
        raise LookupError(opening)
    value, _ = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, start)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_uuid(text: str) -> str | None:
    """A UUID of 36 characters in lower case; None for anything else."""
    if not _UUID.fullmatch(text):
        return None
    try:
        found = str(UUID(text))
    except ValueError:
        return None
    return found if found == text.lower() else None


class Joiner:
    """Puts split tags together. The parts of one tag have consecutive numbers.

    Nothing is remembered over a restart: the addon repeats the parts until the whole is
    acknowledged.
    """

    MOST_UNFINISHED = 20

    def __init__(self) -> None:
        self._sets: dict[str, tuple[int, dict[int, Tag]]] = {}

    def join(self, tag: Tag) -> tuple[Tag, tuple[int, ...]] | None:
        """The whole tag and the numbers of all its parts, once the last has come.

        A newer set replaces an unfinished one; a part of an older set is dropped.
        """
        if not 1 <= tag.part <= tag.parts <= MOST_PARTS:
            return None
        first = tag.seq - tag.part
        known, parts = self._sets.pop(tag.head, (first, {}))
        if first > known or any(each.parts != tag.parts for each in parts.values()):
            known, parts = first, {}
        if first == known:
            parts[tag.part] = tag
        if len(parts) < tag.parts:
            self._sets[tag.head] = (known, parts)
            for oldest in list(self._sets)[: -self.MOST_UNFINISHED]:
                del self._sets[oldest]
            return None
        ordered = [parts[number] for number in sorted(parts)]
        text = "".join(each.text for each in ordered)
        whole = msgspec.structs.replace(tag, text=text, part=0, parts=0)
        return whole, tuple(each.seq for each in ordered)

    def pending(self) -> Iterator[str]:
        """Heads of the sets that are not complete."""
        yield from self._sets
