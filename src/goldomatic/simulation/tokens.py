"""OAuth tokens and grants that the simulated Twitch has given out."""

import random
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

APP_LIFETIME = timedelta(days=60)
USER_LIFETIME = timedelta(hours=4)
CODE_LIFETIME = timedelta(minutes=10)
DEVICE_LIFETIME = timedelta(minutes=30)
PUBLIC_REFRESH_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `user_id` None makes it an app token."""

    value: str
    client_id: str
    user_id: str | None
    scopes: frozenset[str]
    expires_at: datetime

    @property
    def is_app(self) -> bool:
        return self.user_id is None


@dataclass(frozen=True, slots=True)
class UserAuthorization:
    """What an authorization or refresh gives: an access token and the token to renew it."""

    access: Token
    refresh_token: str


@dataclass(frozen=True, slots=True)
class _Renewal:
    client_id: str
    user_id: str
    scopes: frozenset[str]
    ends: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a user agreed to on the sign-in page, waiting to be exchanged for tokens."""

    client_id: str
    user_id: str
    scopes: frozenset[str]
    redirect_uri: str
    nonce: str | None
    challenge: str | None
    """The PKCE challenge (S256), where the application sent one."""
    claims: frozenset[str]
    """Further claims that the id token is to have."""
    expires_at: datetime


class Codes:
    """Authorization codes: each is exchanged once."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._waiting: dict[str, Consent] = {}

    def issue(self, consent: Consent) -> str:
        code = _secret(self._rng, 30)
        self._waiting[code] = consent
        return code

    def take(self, code: str, client_id: str, now: datetime) -> Consent | None:
        """The consent behind a code, unless it is used up, expired or another client's."""
        consent = self._waiting.get(code)
        if consent is None or consent.client_id != client_id:
            return None
        del self._waiting[code]
        return consent if now < consent.expires_at else None


@dataclass(slots=True, kw_only=True)
class Device:
    """A device that waits for its code to be entered; `user_id` says by whom it was."""

    code: str
    user_code: str
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    user_id: str | None = None


class Devices:
    """Device codes: entered by a person, exchanged once by the device."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._waiting: dict[str, Device] = {}

    def begin(self, client_id: str, scopes: Iterable[str], now: datetime) -> Device:
        device = Device(
            code=_secret(self._rng, 40),
            user_code="".join(self._rng.choices(string.ascii_uppercase, k=8)),
            client_id=client_id,
            scopes=frozenset(scopes),
            expires_at=now + DEVICE_LIFETIME,
        )
        self._waiting[device.code] = device
        return device

    def entered(self, user_code: str, user_id: str, now: datetime) -> bool:
        """Somebody enters a code and consents; whether there is such a code."""
        for device in self._waiting.values():
            if device.user_code == user_code and now < device.expires_at:
                device.user_id = user_id
                return True
        return False

    def find(self, code: str, client_id: str, now: datetime) -> Device | None:
        device = self._waiting.get(code)
        known = device is not None and device.client_id == client_id
        return device if device and known and now < device.expires_at else None

    def take(self, device: Device) -> None:
        del self._waiting[device.code]


class Tokens:
    """Every live token. `rotates` issues a new refresh token at each refresh, as Twitch may."""

    def __init__(
        self,
        rng: random.Random,
        *,
        rotates: bool = True,
        user_lifetime: timedelta = USER_LIFETIME,
    ) -> None:
        self._rng = rng
        self._user_lifetime = user_lifetime
        self._rotates = rotates
        self._access: dict[str, Token] = {}
        self._renewals: dict[str, _Renewal] = {}
        self._grants: dict[tuple[str, str], frozenset[str]] = {}

    def issue_app(self, client_id: str, now: datetime) -> Token:
        return self._issue(client_id, None, frozenset(), now + APP_LIFETIME)

    def authorize(
        self,
        client_id: str,
        user_id: str,
        scopes: Iterable[str],
        now: datetime,
        *,
        public: bool = False,
    ) -> UserAuthorization:
        """`user_id` consents to `scopes` for `client_id`; Twitch remembers the grant."""
        granted = frozenset(scopes)
        self._grants[client_id, user_id] = self.granted(client_id, user_id) | granted
        ends = now + PUBLIC_REFRESH_LIFETIME if public else None
        return self._authorized(_Renewal(client_id, user_id, granted, ends), now)

    def granted(self, client_id: str, user_id: str) -> frozenset[str]:
        """All scopes that the user ever granted to the client and has not withdrawn."""
        return self._grants.get((client_id, user_id), frozenset())

    def refresh(
        self, client_id: str, refresh_token: str, now: datetime
    ) -> UserAuthorization | None:
        renewal = self._renewals.get(refresh_token)
        if renewal is None or renewal.client_id != client_id:
            return None
        if renewal.ends is not None and now >= renewal.ends:
            return None
        if self._rotates or renewal.ends is not None:
            del self._renewals[refresh_token]
            return self._authorized(renewal, now)
        return UserAuthorization(self._access_for(renewal, now), refresh_token)

    def find(self, value: str, now: datetime) -> Token | None:
        """The live token of that value; an expired one is unknown."""
        token = self._access.get(value)
        return token if token is not None and now < token.expires_at else None

    def revoke(self, value: str) -> bool:
        return self._access.pop(value, None) is not None

    def expire_all(self) -> None:
        """End every access token; refresh tokens and grants stay."""
        self._access.clear()

    def disconnect(self, client_id: str, user_id: str) -> None:
        """The user withdraws the grant: access tokens and refresh tokens die with it."""
        self._grants.pop((client_id, user_id), None)
        self._access = {
            value: token
            for value, token in self._access.items()
            if (token.client_id, token.user_id) != (client_id, user_id)
        }
        self._renewals = {
            value: renewal
            for value, renewal in self._renewals.items()
            if (renewal.client_id, renewal.user_id) != (client_id, user_id)
        }

    def _authorized(self, renewal: _Renewal, now: datetime) -> UserAuthorization:
        refresh_token = _secret(self._rng, 50)
        self._renewals[refresh_token] = renewal
        return UserAuthorization(self._access_for(renewal, now), refresh_token)

    def _access_for(self, renewal: _Renewal, now: datetime) -> Token:
        return self._issue(
            renewal.client_id, renewal.user_id, renewal.scopes, now + self._user_lifetime
        )

    def _issue(
        self, client_id: str, user_id: str | None, scopes: frozenset[str], expires_at: datetime
    ) -> Token:
        token = Token(_secret(self._rng, 30), client_id, user_id, scopes, expires_at)
        self._access[token.value] = token
        return token


def _secret(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(string.ascii_lowercase + string.digits, k=length))
