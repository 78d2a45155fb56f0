"""Twitch's OAuth service: send somebody to sign in, exchange, renew, validate and revoke tokens.

Answers are values. What Twitch refused for good and what only went wrong are told apart, because
an outage must not sign anybody out. Tokens are never part of a message, a repr or a log line.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

import httpx2
import msgspec

from goldomatic.twitch.account_wire import (
    DeviceCode,
    TokenAnswer,
    Validity,
    device_code,
    token_answer,
    validity,
)
from goldomatic.twitch.http import Answer, Http, NoAnswer, checked_address

_PASSING = frozenset({408, 425, 429})
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class OAuthRefused(msgspec.Struct, frozen=True):
    """Twitch said no, and will say it again."""

    status: int
    reason: str

    @property
    def is_dead_token(self) -> bool:
        """Whether the token has ended: consent withdrawn, password changed, application gone.

        A wrong client secret is refused as well, but says nothing about the token.
        """
        says_token = "token" in self.reason.lower()
        return self.status == 401 or (self.status == 400 and says_token)


class Pending(msgspec.Struct, frozen=True):
    """Nobody has entered the device's code yet; `slower` where Twitch was asked too often."""

    slower: bool = False


class OAuthFailed(msgspec.Struct, frozen=True):
    """There was no usable answer; `reason` is `http_<status>` or a word for what happened."""

    reason: str


class OAuth:
    """The OAuth service for one Twitch application. Close it with `aclose`."""

    def __init__(
        self,
        auth_url: str,
        client_id: str,
        client_secret: str,
        *,
        client: httpx2.AsyncClient | None = None,
        timeout: float = 5.0,
    ) -> None:
        """`timeout` is in seconds and bounds one exchange.

        A `client` that is given stays the giver's to close. Raises `ValueError` when `auth_url`
        is not an http or https address.
        """
        setting = "The OAuth address (GOLDOMATIC_TWITCH_AUTH_URL)"
        self.issuer = checked_address(auth_url, setting)
        self.client_id = client_id
        self._secret = client_secret
        self._http = Http(client, timeout)

    async def aclose(self) -> None:
        """Close the connections, unless the client was given."""
        await self._http.aclose()

    def authorize_url(self, **fields: str) -> str:
        """Where a browser goes to sign in; `fields` as of an OpenID Connect request."""
        given = {"response_type": "code", "client_id": self.client_id, **fields}
        return f"{self.issuer}/authorize?{urlencode(given)}"

    async def exchange(
        self, code: str, verifier: str, redirect_uri: str
    ) -> TokenAnswer | OAuthRefused | OAuthFailed:
        """Tokens for the code that a browser brought back. Once: a code works once."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        return await self._token(fields, code, verifier)

    async def app_token(self) -> TokenAnswer | OAuthRefused | OAuthFailed:
        """A token of the application itself, which manages EventSub subscriptions."""
        return await self._token({"grant_type": "client_credentials"})

    async def refresh(self, refresh_token: str) -> TokenAnswer | OAuthRefused | OAuthFailed:
        """New tokens for old. Once: a repeat could find the refresh token used up."""
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self._token(fields, refresh_token)

    async def begin_device(self, scopes: Iterable[str]) -> DeviceCode | OAuthRefused | OAuthFailed:
        """A code for a person to enter at Twitch, on whatever device they like."""
        form = {"client_id": self.client_id, "scopes": " ".join(scopes)}
        answer = await self._http.exchange("POST", f"{self.issuer}/device", form=form)
        refused = _refusal(answer)
        if isinstance(refused, Answer):
            return device_code(refused.body) or OAuthFailed("invalid_json")
        return refused

    async def poll_device(
        self, code: DeviceCode, scopes: Iterable[str]
    ) -> TokenAnswer | Pending | OAuthRefused | OAuthFailed:
        """The tokens, when somebody has entered the code. They are given once."""
        form = {
            "client_id": self.client_id,
            "scopes": " ".join(scopes),
            "device_code": code.device_code,
            "grant_type": _DEVICE_GRANT,
        }
        answer = await self._http.exchange("POST", f"{self.issuer}/token", form=form)
        refused = _refusal(answer, code.device_code)
        if isinstance(refused, Answer):
            return token_answer(refused.body) or OAuthFailed("invalid_json")
        said = refused.reason.lower().replace(" ", "_")
        if isinstance(refused, OAuthRefused) and refused.status == 400:
            if "slow_down" in said:
                return Pending(slower=True)
            if "authorization_pending" in said:
                return Pending()
        return refused

    async def validate(self, access_token: str) -> Validity | OAuthRefused | OAuthFailed:
        """Whether a token is alive, and what it may be used for."""
        answer = await self._http.exchange(
            "GET",
            f"{self.issuer}/validate",
            headers={"Authorization": f"OAuth {access_token}"},
            secrets=(access_token,),
        )
        if isinstance(refused := _refusal(answer), Answer):
            return validity(refused.body) or OAuthFailed("invalid_json")
        return refused

    async def revoke(self, access_token: str) -> bool:
        """Give a token back; False when Twitch did not take it, which it does not for dead ones."""
        answer = await self._http.exchange(
            "POST",
            f"{self.issuer}/revoke",
            form={"client_id": self.client_id, "token": access_token},
            secrets=(access_token,),
        )
        return isinstance(answer, Answer) and answer.is_success

    async def keys(self) -> bytes | OAuthFailed:
        """The public keys that sign id tokens, as a JSON Web Key Set."""
        answer = await self._http.exchange("GET", f"{self.issuer}/keys")
        if isinstance(answer, Answer) and answer.is_success:
            return answer.body
        return OAuthFailed(_cause(answer))

    async def _token(
        self, fields: dict[str, str], *secrets: str
    ) -> TokenAnswer | OAuthRefused | OAuthFailed:
        form = {"client_id": self.client_id, "client_secret": self._secret, **fields}
        answer = await self._http.exchange("POST", f"{self.issuer}/token", form=form)
        refused = _refusal(answer, self._secret, *secrets)
        if isinstance(refused, Answer):
            return token_answer(refused.body) or OAuthFailed("invalid_json")
        return refused


def _refusal(answer: Answer | NoAnswer, *secrets: str) -> Answer | OAuthRefused | OAuthFailed:
    """The answer itself if it is a success."""
    if isinstance(answer, Answer) and answer.is_success:
        return answer
    if isinstance(answer, NoAnswer) or answer.status >= 500 or answer.status in _PASSING:
        return OAuthFailed(_cause(answer))
    reason = answer.quote
    for secret in filter(None, secrets):
        reason = reason.replace(secret, "[secret]")
    return OAuthRefused(answer.status, reason)


def _cause(answer: Answer | NoAnswer) -> str:
    return answer.cause if isinstance(answer, NoAnswer) else f"http_{answer.status}"
