"""Where the broadcaster's access token comes from, without ever showing it."""

from typing import Protocol


class TokenSource(Protocol):
    """Gives the access token that Helix is called with.

    A source that knows it will never have a token may be false; Helix is then not configured.
    """

    async def get(self) -> str | None:
        """The token to use now, or None when there is none."""
        ...

    async def refresh(self, rejected: str) -> str | None:
        """A token to use in place of `rejected`, which Twitch answered with 401.

        Returns None when there is no other, so that the caller gives up. `rejected` lets a
        source that several callers share refresh once for all of them.
        """
        ...


def header_text(token: str | None) -> str:
    """A token as it may stand in an HTTP header, "" for none; raises `ValueError`."""
    token = (token or "").strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("An access token is printable ASCII text without spaces.")
    return token


class StaticToken:
    """A token from the settings that nothing can refresh; without one the source is false."""

    __slots__ = ("_token",)

    def __init__(self, token: str | None) -> None:
        """Raises `ValueError` when `token` could not stand in an HTTP header."""
        self._token = header_text(token)

    def __bool__(self) -> bool:
        return bool(self._token)

    def __repr__(self) -> str:
        return f"StaticToken({'set' if self else 'empty'})"

    async def get(self) -> str | None:
        return self._token or None

    async def refresh(self, rejected: str) -> str | None:
        del rejected
        return None


class Bearer:
    """The token of one call, replaced at most once however many attempts the call takes."""

    __slots__ = ("_source", "_was_renewed", "token")

    def __init__(self, token: str, source: TokenSource) -> None:
        self.token = token
        self._source = source
        self._was_renewed = False

    async def renew(self) -> bool:
        """Replace the token that was rejected; False when there is no other to try."""
        if self._was_renewed:
            return False
        self._was_renewed = True
        fresh = await self._source.refresh(self.token)
        if not fresh or fresh == self.token:
            return False
        self.token = fresh
        return True
