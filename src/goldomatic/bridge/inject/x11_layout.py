"""Which keys make a character in the layout that is set, and what to change where none does. Pure.

X11 sends key codes; the layout turns them into characters. A keyboard has up to four layouts side
by side (groups), for instance English and Russian, of which the core protocol shows two.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NO_SYMBOL = 0
GROUPS = (0, 1)

Keymap = Mapping[int, Sequence[int]]
"""Key code to its symbols: group 1 plain and shifted, group 2 plain and shifted, and so on."""


class LayoutError(ValueError):
    """The keyboard has no key for a character, and no spare key to give it to."""


@dataclass(frozen=True)
class Stroke:
    """One key, with or without Shift."""

    code: int
    shift: bool


@dataclass(frozen=True)
class Layout:
    """How a text is typed: in which group, by which strokes, after giving spare keys symbols."""

    group: int
    strokes: Mapping[str, Stroke]
    lent: Mapping[int, tuple[int, int]]
    """Spare key codes and the symbols, plain and shifted, that they need for this text."""


def layout_for(text: str, keymap: Keymap, group: int) -> Layout:
    """The layout for ASCII `text`, changing as little as possible from the present `group`.

    Raises `LayoutError`.
    """
    wanted = set(text)
    found = {candidate: _strokes(wanted, keymap, candidate) for candidate in GROUPS}
    best = max(found, key=lambda candidate: (len(found[candidate]), candidate == group))
    strokes, lent = dict(found[best]), {}
    spare = (code for code, symbols in keymap.items() if not any(symbols))
    for plain, shifted in _pairs(wanted - strokes.keys()):
        code = next(spare, None)
        if code is None:
            raise LayoutError(f"the keyboard layout has no key for {plain!r}")
        lent[code] = (ord(plain), ord(shifted))
        strokes[shifted] = Stroke(code, shift=True)
        strokes[plain] = Stroke(code, shift=False)
    return Layout(best, strokes, lent)


def _strokes(wanted: Iterable[str], keymap: Keymap, group: int) -> dict[str, Stroke]:
    strokes: dict[str, Stroke] = {}
    by_symbol = {ord(character): character for character in wanted}
    for code, symbols in keymap.items():
        for level, symbol in enumerate(_group(symbols, group)):
            character = by_symbol.get(symbol)
            if character is not None:
                strokes.setdefault(character, Stroke(code, shift=level == 1))
    return strokes


def _group(symbols: Sequence[int], group: int) -> tuple[int, int]:
    """A key's symbols in one group, by the rules of the core protocol for empty places."""
    padded = (*symbols, NO_SYMBOL, NO_SYMBOL, NO_SYMBOL, NO_SYMBOL)
    plain, shifted = padded[2 * group : 2 * group + 2]
    if group and plain == shifted == NO_SYMBOL:
        plain, shifted = padded[0:2]
    if shifted == NO_SYMBOL:
        letter = chr(plain) if plain < 0x80 else ""
        return (ord(letter.lower()), ord(letter.upper())) if letter.isalpha() else (plain, plain)
    return plain, shifted


def _pairs(characters: Iterable[str]) -> list[tuple[str, str]]:
    """Characters with their capitals, so that the two share a key."""
    pairs = {(letter.lower(), letter.upper()) for letter in characters}
    return sorted(pairs)
