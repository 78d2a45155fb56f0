"""Twitch's JSON about accounts read into our words: tokens, profiles, subscriptions. Pure."""

from typing import Any

import msgspec

from goldomatic.twitch.wire import ABSENT, displayable, text_of

LONGEST_TEXT = 512


class TokenAnswer(msgspec.Struct, frozen=True):
    """What `/token` gives. Shown without its tokens."""

    access: str
    refresh: str | None
    scopes: frozenset[str]
    expires_in: int
    """Seconds."""
    id_token: str | None

    def __repr__(self) -> str:
        return "TokenAnswer(***)"


class DeviceCode(msgspec.Struct, frozen=True):
    """What `/device` gives: a person enters `user_code` at `verification_uri`.

    `expires_in` and `interval` are seconds: how long it works, how often to ask.
    """

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int = 1800
    interval: int = 5

    def __repr__(self) -> str:
        return "DeviceCode(***)"


class Validity(msgspec.Struct, frozen=True):
    """What `/validate` says of a live token."""

    scopes: frozenset[str]
    expires_in: int
    user_id: str | None
    login: str | None


class Profile(msgspec.Struct, frozen=True):
    """An account as Twitch shows it to its owner."""

    viewer_id: str
    login: str
    display_name: str
    image: str | None
    email: str | None

    def __repr__(self) -> str:
        return f"Profile(…{self.viewer_id[-4:]})"


class Subscription(msgspec.Struct, frozen=True):
    """A subscription to the channel, without months: Twitch does not tell them."""

    tier: str | None
    is_gift: bool


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: int = 0
    refresh_token: str | None = None
    id_token: str | None = None
    scope: Any = None


class _Validity(msgspec.Struct):
    expires_in: int = 0
    scopes: list[str] | None = None
    user_id: str | None = None
    login: str | None = None


class _User(msgspec.Struct):
    id: str
    login: str
    display_name: msgspec.Raw = ABSENT
    profile_image_url: msgspec.Raw = ABSENT
    email: msgspec.Raw = ABSENT


class _Users(msgspec.Struct):
    data: list[_User]


class _Subscription(msgspec.Struct):
    tier: msgspec.Raw = ABSENT
    is_gift: Any = False


class _Subscriptions(msgspec.Struct):
    data: list[_Subscription]


def token_answer(body: bytes) -> TokenAnswer | None:
    """Read an answer of `/token`; None when it holds no access token.

    `scope` may be a list, as Twitch sends it, or words in one string, as OAuth has it.
    """
    try:
        read = msgspec.json.decode(body, type=_TokenAnswer)
    except (ValueError, RecursionError):
        return None
    if not _is_token(read.access_token):
        return None
    refresh = read.refresh_token
    return TokenAnswer(
        access=read.access_token,
        refresh=refresh if refresh and _is_token(refresh) else None,
        scopes=_scopes(read.scope),
        expires_in=max(0, read.expires_in),
        id_token=read.id_token,
    )


def device_code(body: bytes) -> DeviceCode | None:
    """Read an answer of `/device`; None when it cannot be shown to anybody."""
    try:
        read = msgspec.json.decode(body, type=DeviceCode)
    except (ValueError, RecursionError):
        return None
    is_web = read.verification_uri.startswith(("https://", "http://"))
    texts = (read.device_code, read.user_code, read.verification_uri)
    return read if is_web and all(map(_is_token, texts)) else None


def validity(body: bytes) -> Validity | None:
    """Read an answer of `/validate`; None when it cannot be read."""
    try:
        read = msgspec.json.decode(body, type=_Validity)
    except (ValueError, RecursionError):
        return None
    return Validity(frozenset(read.scopes or ()), read.expires_in, read.user_id, read.login)


def profile(body: bytes) -> Profile | None:
    """Read the first user of `/users`; None when there is none."""
    try:
        users = msgspec.json.decode(body, type=_Users).data
    except (ValueError, RecursionError):
        return None
    if not users:
        return None
    user = users[0]
    return Profile(
        viewer_id=user.id,
        login=shown(user.login),
        display_name=shown(text_of(user.display_name)),
        image=picture(text_of(user.profile_image_url)),
        email=address(text_of(user.email)),
    )


def subscription(body: bytes) -> Subscription | None:
    """Read the first row of `/subscriptions`; None when there is none."""
    try:
        rows = msgspec.json.decode(body, type=_Subscriptions).data
    except (ValueError, RecursionError):
        return None
    return Subscription(text_of(rows[0].tier), rows[0].is_gift is True) if rows else None


def shown(text: str | None) -> str:
    """A name from Twitch as we keep it: printable, of bounded length."""
    return displayable(text or "").strip()[:LONGEST_TEXT]


def picture(url: str | None) -> str | None:
    """The address of a picture; only HTTPS, and nothing that could end an attribute."""
    if not url or len(url) > LONGEST_TEXT or not url.startswith("https://"):
        return None
    return url if url.isascii() and url.isprintable() and not set(url) & set(" \"'<>") else None


def address(email: str | None) -> str | None:
    """An e-mail address in the form in which two are compared."""
    text = shown(email).lower()
    return text if "@" in text else None


def _is_token(text: str) -> bool:
    """Whether it can stand in a header."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _scopes(scope: Any) -> frozenset[str]:
    if isinstance(scope, str):
        return frozenset(scope.split())
    if isinstance(scope, list):
        return frozenset(word for word in scope if isinstance(word, str))
    return frozenset()
