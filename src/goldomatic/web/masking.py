"""Takes secrets out of log events, wherever in an event they stand.

Three nets, each for what the others let through: the names of keys, the shape of values, and the
exact secrets of this deployment.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from structlog.types import EventDict, WrappedLogger

MASK = "***"
_SHORTEST_EXACT = 4
_DEEPEST = 8

_NAMES = r"(?:token|secret|authori[sz]ation|api[-_]?key|password|passwd|cookie|credential)"
_NAMES_A_SECRET = re.compile(_NAMES, re.IGNORECASE)

# Repeats are bounded wherever a long hostile text could make a search quadratic.
_SHAPES = (
    (re.compile(r"\b(bearer|basic|oauth)(\s+)[^\s\"',;]+", re.IGNORECASE), rf"\1\2{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"), MASK),
    (re.compile(r"\boauth:[^\s\"',;]+", re.IGNORECASE), f"oauth:{MASK}"),
    # A name and its value in running text: a query string, a form, a header, a repr.
    (
        re.compile(
            rf"({_NAMES}[\w-]{{0,40}}[\"']?\s?[=:]\s?(?:b(?=[\"']))?+[\"']?)"
            rf"(?!{re.escape(MASK)}|bearer\s|basic\s|oauth\s)[^\s&\"',;)}}\]]+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"([?&](?:code|state|sig|signature)=)[^\s&\"']+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), MASK),
    # The password of a URL such as postgresql://name:password@host.
    (re.compile(r"(://[^\s:/@]{0,64}:)[^\s/]{1,256}(?=@)"), rf"\1{MASK}"),
)


class Masking:
    """A structlog processor; `secrets` are the revealed secrets of this deployment."""

    def __init__(self, secrets: Iterable[str]) -> None:
        long_enough = [each for each in secrets if len(each) >= _SHORTEST_EXACT]
        forms = {form(each) for each in long_enough for form in (str, quote, quote_plus)}
        # Longest first: a secret that contains another must not leave its rest behind.
        exact = sorted(forms, key=len, reverse=True)
        self._exact = re.compile("|".join(map(re.escape, exact))) if exact else None

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._value(key, value, 0) for key, value in event.items()}

    def text(self, text: str) -> str:
        """`text` without what looks like a secret or is one of ours."""
        if self._exact is not None:
            text = self._exact.sub(MASK, text)
        for pattern, replacement in _SHAPES:
            text = pattern.sub(replacement, text)
        return text

    def _value(self, key: object, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(key, str | bytes) and _NAMES_A_SECRET.search(_as_text(key)):
            return MASK
        return self._part(value, depth)

    def _part(self, value: Any, depth: int) -> Any:
        """Numbers stay; containers are searched; whatever else there is becomes masked text."""
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, str | bytes):
            return self.text(_as_text(value))
        if depth < _DEEPEST and isinstance(value, Mapping):
            items = value.items()
            return {self._key(key): self._value(key, each, depth + 1) for key, each in items}
        if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return self._sequence(list(value), depth)
        return self.text(repr(value))

    def _sequence(self, items: list[Any], depth: int) -> list[Any]:
        """A pair that begins with a name, as ASGI headers do, is treated as key and value."""
        if len(items) == 2 and isinstance(items[0], str | bytes):
            return [self._part(items[0], depth + 1), self._value(items[0], items[1], depth + 1)]
        return [self._part(each, depth + 1) for each in items]

    def _key(self, key: object) -> str:
        return self.text(_as_text(key) if isinstance(key, str | bytes) else repr(key))


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
