"""The texts of the pages in every language, and which language a reader gets.

A text is one line of `locale/<language>.toml`, or of `locale/<part>.<language>.toml` for a larger
part, named by its section and key. `{name}` stands for a value; a text that depends on a number
is a table of plural forms.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский"}
"""Every language by its code, under the name that its own speakers give it."""

DEFAULT = "en"
COOKIE = "lang"

_FOLDER = Path(__file__).parent / "locale"
_LONGEST_HEADER = 1_000
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

Forms = Mapping[str, str]


class Texts:
    """The texts of one language. What it returns is safe in HTML, whatever the values hold."""

    def __init__(self, language: str, texts: Mapping[str, str | Forms]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> Markup:
        """A text with its values filled in; raises `KeyError` for a key or value that lacks."""
        return _fill(self.raw(key), values)

    def count(self, key: str, number: int, /, **values: object) -> Markup:
        """A text in the plural form of `number`, which stands in it as `{number}`."""
        forms = self._texts[key]
        if isinstance(forms, str):
            raise KeyError(f"{key} has no plural forms")
        text = forms[plural_form(self.language, number)]
        return _fill(text, {"number": self.number(number), **values})

    def raw(self, key: str, /) -> str:
        """A text as it is written, with its placeholders."""
        text = self._texts[key]
        if not isinstance(text, str):
            raise KeyError(f"{key} has plural forms: use count")
        return text

    def number(self, value: int) -> str:
        """A whole number with its thousands set apart."""
        separator = "," if self.language == "en" else _THIN_SPACE
        return f"{value:,}".replace(",", separator)

    def keys(self) -> Iterator[str]:
        """Every key, in the order of the file."""
        return iter(self._texts)

    def forms(self, key: str) -> Forms:
        """A text by its plural forms; a text without them stands under `other`."""
        text = self._texts[key]
        return {"other": text} if isinstance(text, str) else text


def _fill(text: str, values: Mapping[str, object]) -> Markup:
    return escape(text).format(**values)


def plural_form(language: str, number: int) -> str:
    """Which form a whole number takes, in the words of Unicode's plural rules."""
    if language != "ru":
        return "one" if number == 1 else "other"
    tens, ones = number % 100, number % 10
    if ones == 1 and tens != 11:
        return "one"
    if 2 <= ones <= 4 and not 12 <= tens <= 14:
        return "few"
    return "many"


@cache
def texts(language: str) -> Texts:
    """The texts of a language that is in `LANGUAGES`."""
    ending = f"{language}.toml"
    files = sorted(_FOLDER.glob(f"*{ending}"), key=lambda path: path.name.removesuffix(ending))
    found = (_flat(tomllib.loads(path.read_text("utf-8"))) for path in files)
    return Texts(language, dict(chain.from_iterable(found)))


_PLURALS = frozenset({"one", "few", "many", "other"})


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str | Forms]]:
    for key, value in table.items():
        if isinstance(value, str) or _PLURALS.issuperset(value):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")


def choose(asked: str | None, remembered: str | None, accept_language: str) -> str:
    """The language of a page: asked for in the address, else remembered, else the browser's."""
    for language in (asked, remembered, *_accepted(accept_language[:_LONGEST_HEADER])):
        if language is not None and language in LANGUAGES:
            return language
    return DEFAULT


def _accepted(header: str) -> list[str]:
    """Languages of an Accept-Language header without their regions, the best liked first."""
    wishes = []
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter.strip())
        if weight > 0:
            wishes.append((-weight, tag.strip().lower().partition("-")[0]))
    return [language for _, language in sorted(wishes, key=lambda wish: wish[0])]


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
