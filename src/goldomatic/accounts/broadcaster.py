"""The broadcaster's token, by which the service acts for the channel, and how healthy it is."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from msgspec import Struct

from goldomatic.accounts import rules
from goldomatic.accounts.records import StoredTokens
from goldomatic.accounts.store import AccountStore
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.tokens import AccountTokens
from goldomatic.ledger.store import UnavailableError
from goldomatic.twitch.account_wire import Validity
from goldomatic.twitch.oauth import OAuth, OAuthRefused
from goldomatic.twitch.tokens import header_text
from goldomatic.values import ChannelId, Clock, ViewerId

log = structlog.get_logger()

COPY_KEPT = timedelta(seconds=30)
HEALTH_KEPT = timedelta(seconds=60)
NOT_CONNECTED: Final = (
    "Broadcaster Twitch account is not connected. Please sign in as the broadcaster."
)


class TwitchHealth(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whether the broadcaster's token is good for everything that is needed.

    `status` is `ok`, `reauth_required` (sign in again) or `unknown` (Twitch did not say).
    """

    status: str
    reason: str | None = None
    missing_scopes: list[str] | None = None


class TokenReport(Struct, frozen=True, rename="camel"):
    """The state of the broadcaster's stored token, for diagnostics. Holds no part of it."""

    ok: bool
    reason: str | None
    expires_at_unix: int | None
    has_refresh_token: bool
    account_row_found: bool
    path_used: str


class BroadcasterToken:
    """A source of the broadcaster's token: from their sign-in, else from the settings.

    False where there can never be one. The bot's token comes from one of its own.
    """

    def __init__(
        self,
        broadcaster: ChannelId | None,
        static: str | None,
        accounts: AccountStore,
        store: TokenStore,
        tokens: AccountTokens | None,
        oauth: OAuth | None,
        clock: Clock,
        needed: frozenset[str] = rules.NEEDED_OF_BROADCASTER,
    ) -> None:
        """Without `tokens` and `oauth` nobody can sign in, and the settings' token is all.

        Raises `ValueError` when `static` could not stand in an HTTP header.
        """
        self._viewer_id = ViewerId(broadcaster) if broadcaster else None
        self._static = header_text(static) or None
        self._accounts = accounts
        self._store = store
        self._tokens = tokens
        self._oauth = oauth
        self._clock = clock
        self._needed = needed
        self._copy: tuple[datetime, StoredTokens] | None = None
        # Nothing renews that token, so what it may do does not change.
        self._static_scopes: frozenset[str] | None = None
        self._health: tuple[datetime, TwitchHealth] | None = None

    def __bool__(self) -> bool:
        return bool(self._static or (self._viewer_id and self._tokens))

    def __repr__(self) -> str:
        return "BroadcasterToken(***)"

    async def get(self) -> str | None:
        """The token to use now, or None when there is none."""
        stored = await self._fresh()
        return stored.tokens.access if stored else self._static

    async def refresh(self, rejected: str) -> str | None:
        """A token in place of `rejected`, which Twitch answered with 401."""
        self._copy = None
        stored = await self._stored()
        if stored is not None and stored.tokens.access == rejected and self._viewer_id:
            stored = await self._renewed(stored)
        fresh = stored.tokens.access if stored else self._static
        if fresh == rejected:
            fresh = self._static
        return fresh if fresh != rejected else None

    async def scopes(self) -> frozenset[str] | None:
        """What the token may be used for; None where it is not known."""
        stored = await self._fresh()
        if stored is not None:
            return stored.tokens.scopes
        if self._static is None or self._oauth is None:
            return None
        if self._static_scopes is None:
            answer = await self._oauth.validate(self._static)
            self._static_scopes = answer.scopes if isinstance(answer, Validity) else None
        return self._static_scopes

    def forget_copy(self) -> None:
        """The stored token has changed."""
        self._copy = self._health = None

    async def health(self) -> TwitchHealth:
        """Whether the broadcaster has to sign in again; asks Twitch once a minute at most."""
        now = self._clock()
        if self._health is None or now - self._health[0] >= HEALTH_KEPT:
            self._health = now, await self._asked_health()
        return self._health[1]

    async def report(self) -> TokenReport:
        """The state of the stored token, without asking Twitch."""
        stored = await self._stored()
        if stored is None:
            found = self._viewer_id is not None and await self._accounts.find(self._viewer_id)
            return TokenReport(False, "no_account", None, False, bool(found), "notFound")
        expires_at = stored.tokens.expires_at
        expired = self._clock() >= expires_at
        return TokenReport(
            ok=not expired,
            reason="expired" if expired else None,
            expires_at_unix=int(expires_at.timestamp()),
            has_refresh_token=stored.tokens.refresh is not None,
            account_row_found=True,
            path_used="byUserTwitchId",
        )

    async def _asked_health(self) -> TwitchHealth:
        token = await self.get()
        if token is None or self._oauth is None:
            return TwitchHealth("reauth_required", NOT_CONNECTED)
        answer = await self._oauth.validate(token)
        if isinstance(answer, OAuthRefused) and (renewed := await self.refresh(token)):
            answer = await self._oauth.validate(renewed)
        if isinstance(answer, OAuthRefused):
            return TwitchHealth("reauth_required", f"validate_{answer.status}")
        if not isinstance(answer, Validity):
            return TwitchHealth("unknown", f"validate_{answer.reason.removeprefix('http_')}")
        if missing := sorted(self._needed.difference(answer.scopes)):
            return TwitchHealth("reauth_required", "missing_scopes", missing)
        return TwitchHealth("ok")

    async def _fresh(self) -> StoredTokens | None:
        now = self._clock()
        if self._copy is not None and now - self._copy[0] < COPY_KEPT:
            stored: StoredTokens | None = self._copy[1]
        else:
            stored = await self._stored()
        if stored is None:
            return None
        if stored.tokens.expires_at - rules.BROADCASTER_REFRESH_BEFORE <= now:
            stored = await self._renewed(stored)
        self._copy = (now, stored) if stored else None
        return stored

    async def _stored(self) -> StoredTokens | None:
        if self._viewer_id is None or self._tokens is None:
            return None
        try:
            return await self._store.find(self._viewer_id)
        except UnavailableError as error:
            log.warning("broadcaster_token_not_read", reason=str(error))
            return None

    async def _renewed(self, stored: StoredTokens) -> StoredTokens | None:
        if self._viewer_id is None or self._tokens is None:
            return stored
        try:
            return await self._tokens.renew(self._viewer_id, stored)
        except UnavailableError as error:
            log.warning("broadcaster_token_not_renewed", reason=str(error))
            return stored
