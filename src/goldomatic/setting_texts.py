"""How the text of a setting becomes its value.

Every parser raises `ValueError` with the end of a sentence that begins with the setting's name
("… is not a whole number"). No message repeats the text: it may be a secret in the wrong place.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network
Parser = Callable[[str], Any]


class Secret:
    """A secret text that shows itself as `***` wherever it is printed, logged or formatted.

    Not a `str`, so that it can be neither joined nor encoded by accident; `reveal()` is the only
    way to the text. Empty is false.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def matches(self, candidate: str) -> bool:
        """Whether `candidate` is the secret, compared in constant time; an empty one never is."""
        mine, theirs = self._text.encode(), candidate.encode("utf-8", "surrogateescape")
        return bool(mine) and hmac.compare_digest(mine, theirs)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))


def plain(text: str) -> str:
    return text


def secret(text: str) -> Secret:
    return Secret(text)


def header_secret(text: str) -> Secret:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("has characters that no HTTP header can carry")
    return Secret(text)


def eventsub_secret(text: str) -> Secret:
    """Twitch takes 10 to 100 ASCII characters as the secret of a subscription."""
    if not (text.isascii() and 10 <= len(text) <= 100):
        raise ValueError("is not 10 to 100 ASCII characters")
    return Secret(text)


def base64_secret(text: str) -> Secret:
    """Standard base64 of at least 32 bytes, as Twitch's console shows an extension secret."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(key) < 32:
        raise ValueError("is base64 of less than 32 bytes")
    return Secret(text)


def switch(text: str) -> bool:
    meaning = {"true": True, "1": True, "yes": True, "on": True}
    meaning |= {"false": False, "0": False, "no": False, "off": False}
    try:
        return meaning[text.lower()]
    except KeyError:
        raise ValueError("is neither true nor false") from None


def whole(low: int, high: int) -> Parser:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return int(text)

    return parse


def spin_interval(text: str) -> int:
    """Whole seconds that divide an hour, so that spins fall on the same minutes of every hour."""
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or int(text) < 10 or 3600 % int(text):
        raise ValueError("is not a number of seconds of at least 10 that divides 3600")
    return int(text)


def one_of(*words: str) -> Parser:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"is not one of {', '.join(words)}")
        return text.lower()

    return parse


def twitch_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        raise ValueError("is not a numeric Twitch user id")
    return text


def url(*schemes: str) -> Parser:
    def parse(text: str) -> str:
        parts = _split(text)
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"is not a URL that starts with {' or '.join(schemes)}://")
        return text.rstrip("/")

    return parse


def database_url(text: str) -> str:
    """`sqlite:///relative`, `sqlite:////absolute` or `postgresql://…`."""
    if text.startswith("sqlite:///") and text.removeprefix("sqlite:///") not in ("", ":memory:"):
        return text
    parts = _split(text)
    if parts is not None and parts.scheme == "postgresql" and len(text) > len("postgresql://"):
        return text
    raise ValueError("is neither sqlite:///PATH nor postgresql://…")


def words(text: str) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, text.split(",")) if part)


def hosts(text: str) -> tuple[str, ...]:
    """Host names; each stands for its subdomains as well."""
    found = tuple(part.lower() for part in words(text))
    if not found or not all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) for host in found):
        raise ValueError("is not a comma-separated list of host names")
    return found


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part, strict=False) for part in words(text))
    except ValueError:
        raise ValueError("is not a comma-separated list of IP addresses and networks") from None


def origins(text: str) -> tuple[str, ...]:
    found = tuple(part.rstrip("/").lower() for part in words(text))
    if not all(map(_is_origin, found)):
        raise ValueError("is not a comma-separated list of origins such as https://example.org")
    return found


def _is_origin(text: str) -> bool:
    parts = _split(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return text == f"{parts.scheme}://{parts.netloc}" and not set("*@").intersection(text)


def _split(text: str) -> SplitResult | None:
    """The parts of a URL, or nothing where it is malformed (a bad port or bracket)."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts
