"""The window's texts in every language: one line each of `locale/<language>.toml`."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский"}
"""Every language by its code, under the name that its own speakers give it."""

_FOLDER = Path(__file__).parent / "locale"


class Texts:
    """The texts of one language, as plain text."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """A text with its values filled in; raises `KeyError` for one that lacks."""
        return self._texts[key].format(**values)

    def get(self, key: str, default: str, /) -> str:
        """A text without values, or `default` where there is none."""
        return self._texts.get(key, default)

    def __iter__(self) -> Iterator[str]:
        """Every key, in the order of the file."""
        return iter(self._texts)


@cache
def texts(language: str) -> Texts:
    """The texts of a language that is in `LANGUAGES`."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return Texts(language, dict(_flat(tomllib.load(file))))


def choose(wanted: str, system: str) -> str:
    """The language of the window: the setting, else the system's (`ru_RU`), else English."""
    for language in (wanted, system.replace("-", "_").partition("_")[0].lower()):
        if language in LANGUAGES:
            return language
    return "en"


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(value, f"{prefix}{key}.")
