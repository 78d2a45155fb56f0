"""The way to Twitch and back: OpenID Connect's authorization code flow.

Everything that binds a sign-in to a browser follows from one random cookie: state, nonce and PKCE
verifier are derived from it and kept nowhere. The store knows the cookie's hash, takes it back
once, and so a callback works once.
"""

import base64
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlencode

import structlog
from litestar.datastructures import Cookie

from goldomatic.accounts import rules
from goldomatic.accounts.records import Account
from goldomatic.accounts.sessions import LoginSessions, hash_of, random_value
from goldomatic.accounts.store import AccountStore, StartedSignIn
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.tokens import from_answer, masked
from goldomatic.ledger.store import UnavailableError
from goldomatic.twitch.account_wire import Profile, TokenAnswer
from goldomatic.twitch.id_tokens import Identity, IdTokenError, IdTokens, KeysUnavailableError
from goldomatic.twitch.oauth import OAuth, OAuthFailed
from goldomatic.values import ChannelId, Clock, ViewerId

log = structlog.get_logger()

CALLBACK = "/api/auth/callback/twitch"
_CLAIMS = (
    '{"id_token":{"email":null,"email_verified":null,"picture":null,"preferred_username":null}}'
)
_CLAIMS_WITHOUT_EMAIL = '{"id_token":{"picture":null,"preferred_username":null}}'


class SignInError(StrEnum):
    """Why a sign-in did not complete: the `error` that `/` is given."""

    CLOSED = "SignInClosed"
    """The service has no Twitch application."""
    DENIED = "AccessDenied"
    """Whoever it was did not consent."""
    CALLBACK = "OAuthCallback"
    """What came back does not belong to this browser, or proves nobody."""
    UNAVAILABLE = "TwitchUnavailable"
    """Twitch, or our database, did not answer."""
    RATE_LIMITED = "RateLimited"
    """Too many sign-ins were begun from this address."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a browser goes next, and the cookies that it takes along."""

    location: str
    cookies: tuple[Cookie, ...] = ()
    account: Account | None = None
    """Who has signed in, where the sign-in is complete."""


class SignIn:
    """Sends browsers to Twitch and takes them back."""

    def __init__(
        self,
        store: AccountStore,
        tokens: TokenStore,
        sessions: LoginSessions,
        oauth: OAuth,
        id_tokens: IdTokens,
        profile: Callable[[str], Awaitable[Profile | str]],
        clock: Clock,
        *,
        public_url: str,
        broadcaster: ChannelId | None,
        store_email: bool,
    ) -> None:
        """`profile` gives the profile of an access token's account, or why there is none."""
        self._store = store
        self._tokens = tokens
        self._sessions = sessions
        self._oauth = oauth
        self._id_tokens = id_tokens
        self._profile = profile
        self._clock = clock
        self._redirect_uri = public_url + CALLBACK
        self._broadcaster = ViewerId(broadcaster) if broadcaster else None
        self._store_email = store_email

    async def start(self, return_to: str, *, as_broadcaster: bool = False) -> Way:
        """The way to Twitch. Raises `UnavailableError` when it cannot be remembered."""
        value = random_value()
        started = StartedSignIn(return_to, as_broadcaster, self._clock())
        await self._store.start_sign_in(hash_of(value), started)
        scopes = rules.scopes_for(broadcaster=as_broadcaster, store_email=self._store_email)
        challenge = _text(sha256(_derived(value, "verifier").encode()).digest())
        location = self._oauth.authorize_url(
            redirect_uri=self._redirect_uri,
            scope=" ".join(scopes),
            state=_derived(value, "state"),
            nonce=_derived(value, "nonce"),
            code_challenge=challenge,
            code_challenge_method="S256",
            claims=_CLAIMS if self._store_email else _CLAIMS_WITHOUT_EMAIL,
        )
        seconds = int(rules.SIGN_IN_TAKES.total_seconds())
        cookie = self._sessions.cookie(self._sessions.sign_in_name, value, seconds)
        return Way(location, (cookie,))

    async def finish(self, answer: Mapping[str, str], cookies: Mapping[str, str]) -> Way:
        """The way on from Twitch: signed in, or to `/?error=…`. Never raises for what came."""
        try:
            return await self._finished(answer, cookies)
        except _NotSignedIn as stop:
            log.warning("sign_in_failed", error=stop.error, reason=stop.reason)
            return self.failed(stop.error)
        except UnavailableError as error:
            log.warning("sign_in_failed", error=SignInError.UNAVAILABLE, reason=str(error))
            return self.failed(SignInError.UNAVAILABLE)

    def failed(self, error: SignInError) -> Way:
        """Back to the home page, which says that it did not work."""
        gone = self._sessions.no_cookie(self._sessions.sign_in_name)
        return Way(f"/?{urlencode({'error': error})}", (gone,))

    async def _finished(self, answer: Mapping[str, str], cookies: Mapping[str, str]) -> Way:
        value = cookies.get(self._sessions.sign_in_name, "")
        if not value or not _same(answer.get("state", ""), _derived(value, "state")):
            raise _NotSignedIn(SignInError.CALLBACK, "another browser's state, or none")
        started = await self._store.take_sign_in(hash_of(value))
        if started is None or self._clock() >= started.started_at + rules.SIGN_IN_TAKES:
            raise _NotSignedIn(SignInError.CALLBACK, "used already, or too old")
        if "error" in answer:
            denied = answer["error"] == "access_denied"
            error = SignInError.DENIED if denied else SignInError.CALLBACK
            raise _NotSignedIn(error, "Twitch sent an error back")
        tokens = await self._exchanged(answer.get("code", ""), value)
        identity = await self._identified(tokens, value)
        if self._must_consent_to_more(identity, tokens, started):
            return await self.start(started.return_to, as_broadcaster=True)
        account, given = await self._enter(identity, tokens, cookies)
        return Way(started.return_to, given, account)

    def _must_consent_to_more(
        self, identity: Identity, tokens: TokenAnswer, started: StartedSignIn
    ) -> bool:
        """Nobody says beforehand who they are: the broadcaster is asked for the rest now."""
        is_broadcaster = identity.viewer_id == self._broadcaster
        wanted = rules.scopes_for(broadcaster=True, store_email=self._store_email)
        lacks = not tokens.scopes.issuperset(wanted)
        return is_broadcaster and lacks and not started.as_broadcaster

    async def _exchanged(self, code: str, value: str) -> TokenAnswer:
        if not code:
            raise _NotSignedIn(SignInError.CALLBACK, "no code")
        answer = await self._oauth.exchange(code, _derived(value, "verifier"), self._redirect_uri)
        if isinstance(answer, TokenAnswer):
            return answer
        is_down = isinstance(answer, OAuthFailed)
        raise _NotSignedIn(
            SignInError.UNAVAILABLE if is_down else SignInError.CALLBACK,
            f"the code was not exchanged: {answer.reason}",
        )

    async def _identified(self, tokens: TokenAnswer, value: str) -> Identity:
        if not tokens.id_token:
            raise _NotSignedIn(SignInError.CALLBACK, "no id token")
        try:
            return await self._id_tokens.verify(tokens.id_token, _derived(value, "nonce"))
        except IdTokenError as error:
            raise _NotSignedIn(SignInError.CALLBACK, f"the id token: {error}") from None
        except KeysUnavailableError as error:
            raise _NotSignedIn(SignInError.UNAVAILABLE, str(error)) from None

    async def _enter(
        self, identity: Identity, tokens: TokenAnswer, cookies: Mapping[str, str]
    ) -> tuple[Account, tuple[Cookie, ...]]:
        """Write account, tokens and session in one transaction."""
        account, email = await self._account(identity, tokens.access)
        now = self._clock()
        cookie, changes = self._sessions.begin(account.viewer_id, cookies)
        kept = from_answer(tokens, now)
        await self._store.write(
            [
                self._store.put_account(account, email if self._store_email else None, now),
                self._tokens.put(account.viewer_id, kept, now),
                *changes,
            ]
        )
        gone = self._sessions.no_cookie(self._sessions.sign_in_name)
        log.info("signed_in", viewer=masked(account.viewer_id))
        return account, (cookie, gone)

    async def _account(self, identity: Identity, access_token: str) -> tuple[Account, str | None]:
        """What Helix says of the account; if it says nothing, what is known, and the id token."""
        viewer_id = identity.viewer_id
        is_broadcaster = viewer_id == self._broadcaster
        told = await self._profile(access_token)
        if isinstance(told, Profile) and told.viewer_id == viewer_id:
            name = told.display_name or identity.display_name
            found = Account(viewer_id, told.login, name, told.image, is_broadcaster)
            return found, told.email or identity.email
        reason = told if isinstance(told, str) else "another account"
        log.warning("profile_not_read", viewer=masked(viewer_id), reason=reason)
        known = await self._store.find(viewer_id)
        account = Account(
            viewer_id,
            known.login if known else identity.display_name.lower(),
            identity.display_name or (known.display_name if known else ""),
            identity.image or (known.image if known else None),
            is_broadcaster,
        )
        return account, identity.email or await self._store.email(viewer_id)


class _NotSignedIn(Exception):  # noqa: N818 - an expected end
    def __init__(self, error: SignInError, reason: str) -> None:
        super().__init__(reason)
        self.error = error
        self.reason = reason


def _derived(value: str, purpose: str) -> str:
    """State, nonce or verifier of the sign-in that a cookie's value stands for."""
    return _text(hmac.digest(value.encode("utf-8", "surrogateescape"), purpose.encode(), "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
