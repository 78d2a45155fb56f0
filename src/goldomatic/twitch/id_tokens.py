"""Who has signed in: Twitch's id tokens, verified by the keys that Twitch publishes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from goldomatic.twitch.account_wire import address, picture, shown
from goldomatic.twitch.oauth import OAuth, OAuthFailed
from goldomatic.values import Clock, ViewerId

KEYS_KEPT = timedelta(hours=24)
KEYS_ASKED_EVERY = timedelta(seconds=10)
"""An unknown key is a reason to ask for the keys again, but not for every forged token."""

_LEEWAY = timedelta(seconds=60)
_LONGEST_TOKEN = 16_384


class IdTokenError(Exception):
    """The id token proves nobody; the text says why, and nothing of the token."""


class KeysUnavailableError(Exception):
    """Twitch's keys cannot be had now, so that nothing can be verified."""


class Identity(msgspec.Struct, frozen=True):
    """Whom an id token proves."""

    viewer_id: ViewerId
    display_name: str
    image: str | None
    email: str | None
    """In lower case, and only if Twitch calls it verified."""

    def __repr__(self) -> str:
        return f"Identity(…{self.viewer_id[-4:]})"


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    exp: int | float
    aud: Any
    nonce: str | None = None
    iat: int | float | None = None
    azp: str | None = None
    preferred_username: str | None = None
    picture: str | None = None
    email: str | None = None
    email_verified: Any = False


class IdTokens:
    """Verifies id tokens that were issued to one application. For one event loop."""

    def __init__(self, oauth: OAuth, clock: Clock) -> None:
        self._oauth = oauth
        self._clock = clock
        self._keys: KeySet | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()
        # The one algorithm that Twitch signs with: a token does not choose its own.
        self._registry = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)

    async def verify(self, token: str, nonce: str) -> Identity:
        """The identity that `token` proves to the browser that was given `nonce`.

        Raises `IdTokenError` when it is not signed by RS256 with one of Twitch's keys, from
        another issuer, for another application, more than a minute past `exp` or not yet issued,
        with another nonce, or without a numeric subject; `KeysUnavailableError` when Twitch does
        not give its keys.
        """
        signed = self._parsed(token)
        claims = self._claims(await self._verified(token, signed))
        self._check(claims, nonce)
        verified = claims.email_verified is True
        return Identity(
            viewer_id=ViewerId(claims.sub),
            display_name=shown(claims.preferred_username),
            image=picture(claims.picture),
            email=address(claims.email) if verified else None,
        )

    def _parsed(self, token: str) -> jws.CompactSignature:
        if len(token) > _LONGEST_TOKEN:
            raise IdTokenError("it is too long")
        try:
            return jws.extract_compact(token.encode(), registry=self._registry)
        except (JoseError, ValueError, TypeError, RecursionError):
            raise IdTokenError("it is malformed") from None

    async def _verified(self, token: str, signed: jws.CompactSignature) -> bytes:
        kid = signed.headers().get("kid")
        if not isinstance(kid, str) or not kid:
            raise IdTokenError("it names no key")
        try:
            key = (await self._keys_with(kid)).get_by_kid(kid)
            checked = jws.deserialize_compact(token, key, registry=self._registry)
        except (JoseError, ValueError, TypeError, RecursionError):
            raise IdTokenError("it is not signed by a key of Twitch") from None
        return checked.payload or b""

    def _claims(self, payload: bytes) -> _Claims:
        try:
            return msgspec.json.decode(payload, type=_Claims)
        except (ValueError, RecursionError):
            raise IdTokenError("a claim is missing or of a wrong type") from None

    def _check(self, claims: _Claims, nonce: str) -> None:
        now = self._clock()
        client_id = self._oauth.client_id
        audience = claims.aud if isinstance(claims.aud, list) else [claims.aud]
        if claims.iss != self._oauth.issuer:
            raise IdTokenError("it is from another issuer")
        if client_id not in audience or claims.azp not in (None, client_id):
            raise IdTokenError("it is for another application")
        if len(audience) > 1 and claims.azp is None:
            raise IdTokenError("it does not say which application it was issued to")
        if now >= _instant(claims.exp) + _LEEWAY:
            raise IdTokenError("it has expired")
        if claims.iat is not None and _instant(claims.iat) > now + _LEEWAY:
            raise IdTokenError("it is issued in the future")
        if claims.nonce != nonce:
            raise IdTokenError("it was asked for by another browser")
        if not (claims.sub.isascii() and claims.sub.isdecimal() and len(claims.sub) <= 20):
            raise IdTokenError("its subject is no Twitch user id")

    async def _keys_with(self, kid: str) -> KeySet:
        """The keys, asked for anew when they are old or `kid` is not among them."""
        async with self._asking:
            now = self._clock()
            if self._keys is None or self._is_due(kid, now):
                self._asked_at = now
                await self._ask()
            if self._keys is None:
                raise KeysUnavailableError("Twitch has not given its keys")
            return self._keys

    def _is_due(self, kid: str, now: datetime) -> bool:
        if self._asked_at is None or now - self._asked_at >= KEYS_KEPT:
            return True
        known = self._keys is not None and any(key.kid == kid for key in self._keys)
        return not known and now - self._asked_at >= KEYS_ASKED_EVERY

    async def _ask(self) -> None:
        """Keys that cannot be had or read leave those that we have in use."""
        answer = await self._oauth.keys()
        if isinstance(answer, OAuthFailed):
            return
        try:
            self._keys = KeySet.import_key_set(msgspec.json.decode(answer))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return


def _instant(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise IdTokenError("a time in it is not an instant") from None
