"""Who calls from the Extension panel: Twitch's signed tokens read into our words.

The token is all that the panel can prove. Its claims, and what each may be used for, are in
`Caller`; a token is never part of a message, a repr or a log line.
"""

import base64
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from goldomatic.twitch.wire import displayable
from goldomatic.values import Code, Refused, ViewerId

_LEEWAY = timedelta(seconds=30)
_MIN_KEY_BYTES = 32


class Role(StrEnum):
    """What the caller is in the channel. `external` is for tokens that a service makes itself."""

    VIEWER = "viewer"
    MODERATOR = "moderator"
    BROADCASTER = "broadcaster"
    EXTERNAL = "external"


class Caller(msgspec.Struct, frozen=True):
    """What a valid token says of the one who holds it."""

    viewer_id: ViewerId | None
    """Proven identity; None while the viewer has not shared it with the Extension."""
    opaque_id: str | None
    """Twitch's alias for a session. It proves nobody: only a partition of rate limits."""
    display_name: str
    role: Role
    expires_at: datetime

    @property
    def rate_key(self) -> str | None:
        """Partition of this caller's rate limits; None where only the address can be one."""
        if self.viewer_id:
            return f"viewer:{self.viewer_id}"
        return f"opaque:{self.opaque_id}" if self.opaque_id else None


class _Claims(msgspec.Struct):
    exp: int | float
    aud: Any = msgspec.UNSET
    channel_id: str | None = None
    role: str | None = None
    user_id: str | None = None
    nameid: str | None = None
    sub: str | None = None
    opaque_user_id: str | None = None
    name: str | None = None
    unique_name: str | None = None
    display_name: str | None = None

    def ids(self) -> str:
        """What becomes part of keys and records, joined to be checked at once."""
        return "".join(
            (self.user_id or "", self.nameid or "", self.sub or "", self.opaque_user_id or "")
        )


class _Verified(msgspec.Struct, frozen=True):
    caller: Caller
    refused_from: datetime


_claims_decoder = msgspec.json.Decoder(_Claims)


class ExtensionTokens:
    """Verifies the tokens that the Extension's panel sends as `Authorization: Bearer`.

    A verified token is remembered until it expires (the least recently used of `capacity` goes
    first), so that a panel that polls costs one look-up. For one event loop: takes no lock.
    """

    def __init__(
        self,
        secret_base64: str,
        client_id: str | None = None,
        channel_id: str | None = None,
        *,
        capacity: int = 10_000,
    ) -> None:
        """`secret_base64` is the Extension's secret as Twitch's console shows it.

        With `client_id` an audience that a token carries must name it; with `channel_id` a token
        of another channel is refused. Raises `ValueError` when the secret is not base64 or too
        short for HS256.
        """
        self._key = OctKey.import_key(_decoded(secret_base64))
        self._client_id = client_id or None
        self._channel_id = channel_id
        self._capacity = capacity
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        # Header members beyond the registered ones are to be ignored (RFC 7515, section 4).
        self._registry = jws.JWSRegistry(algorithms=["HS256"], strict_check_header=False)

    def verify(self, token: str, now: datetime) -> Caller:
        """The caller that `token` proves at `now`.

        Raises `Refused`: `unauthorized` when the token is malformed, not signed by HS256 with our
        secret, more than 30 s past `exp`, without `exp`, for another audience, of role external,
        or with a claim of a wrong type; `wrong_channel` when it is another channel's.
        """
        # The digest, not the text: what opens our routes should not lie about in memory.
        key = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(key)
        if known is None:
            known = self._read(token, now)
        elif now >= known.refused_from:
            del self._verified[key]
            raise _expired()
        self._verified[key] = known
        self._verified.move_to_end(key)
        if len(self._verified) > self._capacity:
            self._verified.popitem(last=False)
        return known.caller

    def _read(self, token: str, now: datetime) -> _Verified:
        claims = self._claims(token)
        if claims is None or not claims.ids().isprintable():
            raise Refused(Code.UNAUTHORIZED, "The token is not valid.")
        refused_from = _refused_from(claims.exp)
        if now >= refused_from:
            raise _expired()
        if not self._is_for_us(claims.aud):
            raise Refused(Code.UNAUTHORIZED, "The token is for another audience.")
        if claims.role == Role.EXTERNAL:
            raise Refused(Code.UNAUTHORIZED, "A token of this role is not accepted.")
        if self._channel_id and claims.channel_id not in (None, self._channel_id):
            raise Refused(Code.WRONG_CHANNEL, "The token is for another channel.")
        return _Verified(_caller(claims, refused_from - _LEEWAY), refused_from)

    def _claims(self, token: str) -> _Claims | None:
        try:
            signed = jws.deserialize_compact(token, self._key, registry=self._registry)
            return _claims_decoder.decode(signed.payload or b"")
        except (JoseError, ValueError, TypeError, RecursionError):
            # The header is anybody's JSON and is read before the signature is checked: whatever
            # trips over it is a refusal. None instead of raising here, so that no exception
            # with the token's words in it hangs on the refusal as its context.
            return None

    def _is_for_us(self, aud: Any) -> bool:
        if self._client_id is None or aud is msgspec.UNSET:
            return True
        return self._client_id in aud if isinstance(aud, list) else aud == self._client_id


def _decoded(secret_base64: str) -> bytes:
    setting = "The Extension secret (GOLDOMATIC_TWITCH_EXTENSION_SECRET)"
    try:
        key = base64.b64decode(secret_base64.strip(), validate=True)
    except ValueError:
        raise ValueError(f"{setting} must be base64, as Twitch's console shows it.") from None
    if len(key) < _MIN_KEY_BYTES:
        raise ValueError(f"{setting} must decode to at least {_MIN_KEY_BYTES} bytes.")
    return key


def _refused_from(exp: float) -> datetime:
    try:
        return datetime.fromtimestamp(exp, UTC) + _LEEWAY
    except (OverflowError, ValueError, OSError):
        raise Refused(Code.UNAUTHORIZED, "The token's expiry is not an instant.") from None


def _expired() -> Refused:
    return Refused(Code.UNAUTHORIZED, "The token has expired.")


def _caller(claims: _Claims, expires_at: datetime) -> Caller:
    viewer_id = claims.user_id or claims.nameid or claims.sub
    named = claims.name or claims.unique_name or claims.display_name
    return Caller(
        viewer_id=ViewerId(viewer_id) if viewer_id else None,
        opaque_id=claims.opaque_user_id or None,
        display_name=displayable(named or "") or viewer_id or "",
        role=_role(claims.role),
        expires_at=expires_at,
    )


def _role(text: str | None) -> Role:
    try:
        return Role(text or Role.VIEWER)
    except ValueError:
        # A role that Twitch may add one day gives no rights here, but does not lock people out.
        return Role.VIEWER
