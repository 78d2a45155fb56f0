"""Everything about accounts that the rest of the service uses, put together."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog

from goldomatic.accounts import rules
from goldomatic.accounts.broadcaster import BroadcasterToken
from goldomatic.accounts.journal import TokenJournal
from goldomatic.accounts.records import Account
from goldomatic.accounts.sessions import LoginSessions
from goldomatic.accounts.sign_in import SignIn
from goldomatic.accounts.store import AccountStore
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.tokens import AccountTokens
from goldomatic.accounts.vault import Vault
from goldomatic.config import Secret, Settings
from goldomatic.ledger.store import Store
from goldomatic.twitch.account_wire import Profile
from goldomatic.twitch.helix import Helix
from goldomatic.twitch.id_tokens import IdTokens
from goldomatic.twitch.oauth import OAuth
from goldomatic.twitch.standing import own_profile
from goldomatic.values import ChannelId, Clock, ViewerId

log = structlog.get_logger()

PROFILE_SECONDS = 4.0
"""Somebody who signs in does not wait longer for Helix."""


class Accounts:
    """Accounts of one channel: see `goldomatic.accounts.guard` for how routes use them.

    `listeners` are told of everybody who has signed in, after it is durable; what they do happens
    beside the answer. `is_follower` is what the raffle knows of an account.
    """

    def __init__(self, settings: Settings, store: Store, channel: ChannelId, clock: Clock) -> None:
        former = settings.former_secret_key
        vault = Vault(settings.secret_key.reveal(), [former.reveal()] if former else [])
        public = urlsplit(settings.public_url)
        broadcaster = settings.twitch_broadcaster_id
        static = settings.twitch_broadcaster_token
        self.own_origin = f"{public.scheme}://{public.netloc}".lower()
        self.store = AccountStore(store, channel, broadcaster)
        self.token_store = token_store = TokenStore(store, channel, vault)
        self.sessions = LoginSessions(self.store, vault, clock, https=public.scheme == "https")
        self.oauth = _oauth(settings)
        journal = TokenJournal(settings.state_directory, channel, vault)
        self.tokens = (
            AccountTokens(token_store, self.store, self.oauth, clock, journal=journal)
            if self.oauth
            else None
        )

        def source(
            account: ChannelId | None, given: Secret | None, *needed: str
        ) -> BroadcasterToken:
            token = given.reveal() if given else None
            scopes = frozenset(needed)
            return BroadcasterToken(
                account, token, self.store, token_store, self.tokens, self.oauth, clock, scopes
            )

        self.broadcaster = source(broadcaster, static, *rules.NEEDED_OF_BROADCASTER)
        self.bot = source(settings.twitch_bot_id, None, *rules.BOT_SCOPES)
        self.sign_in: SignIn | None = None
        self.listeners: list[Callable[[Account], Awaitable[None]]] = []
        self.is_follower: Callable[[ViewerId], bool] = lambda _: False
        self._settings = settings
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, helix: Helix) -> None:
        """Open sign-in where there is a Twitch application; profiles are read by `helix`."""
        if self.oauth is None:
            return

        async def profile(access_token: str) -> Profile | str:
            try:
                async with asyncio.timeout(PROFILE_SECONDS):
                    return await own_profile(helix, access_token)
            except TimeoutError:
                return "timeout"

        self.sign_in = SignIn(
            self.store,
            self.token_store,
            self.sessions,
            self.oauth,
            IdTokens(self.oauth, self._clock),
            profile,
            self._clock,
            public_url=self._settings.public_url,
            broadcaster=self._settings.twitch_broadcaster_id,
            store_email=self._settings.store_email,
        )

    async def open(self) -> None:
        """Seal anew what a former secret has sealed; to be called when the store is open."""
        if resealed := await self.token_store.reseal():
            log.info("stored_tokens_sealed_anew", count=resealed)

    def used(self, account: Account) -> None:
        """A request came by a login session of the account."""
        if self.tokens is not None:
            self.tokens.used(account)

    def signed_in(self, account: Account) -> None:
        """Somebody has signed in: their session and tokens are durable."""
        if account.is_broadcaster:
            self.broadcaster.forget_copy()
        for listener in self.listeners:
            self.beside(listener(account))

    async def sign_out(self, account: Account, session: bytes, *, everywhere: bool) -> None:
        """End one login session, or all of an account.

        With the last session a viewer's tokens are given back to Twitch. The broadcaster's stay,
        because the service acts by them, until they sign out everywhere.
        """
        viewer_id = account.viewer_id
        drop = self.store.drop_sessions(viewer_id) if everywhere else None
        await self.store.write([drop or self.store.drop_session(session)])
        if everywhere and account.is_broadcaster:
            self.broadcaster.forget_copy()
        keeps = account.is_broadcaster and not everywhere
        if self.tokens and not keeps and await self.store.sessions_of(viewer_id) == 0:
            self.beside(self.tokens.drop(viewer_id))

    async def tend(self) -> None:
        """What is done by the clock: ended sessions go, the broadcaster's tokens stay fresh."""
        await self.store.prune(self._clock())
        settings = self._settings
        ids = (settings.twitch_broadcaster_id, settings.twitch_bot_id)
        acting = [ViewerId(each) for each in ids if each is not None]
        await self.token_store.drop_unused(*acting)
        if self.tokens is not None:
            for each in acting:
                await self.tokens.attend(each)

    async def settled(self) -> None:
        """Return when nothing is under way beside the requests."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.tokens is not None:
            await self.tokens.settled()

    async def aclose(self, seconds: float) -> None:
        """Let what is under way end, for so many seconds, and close the connections."""
        try:
            async with asyncio.timeout(seconds):
                await self.settled()
        except TimeoutError:
            log.warning("accounts_not_settled")
        if self.oauth is not None:
            await self.oauth.aclose()

    def beside(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        """Do something that no answer waits for; what goes wrong is logged."""

        async def run() -> None:
            try:
                await work
            except Exception:
                log.exception("account_follow_up_failed")

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def sign_in_origins(settings: Settings) -> list[str]:
    """Where a browser is led on its way through sign-in, besides the page that it comes from."""
    auth, own = urlsplit(settings.twitch_auth_url), urlsplit(settings.public_url)
    passed = {"id.twitch.tv": ["https://www.twitch.tv"]}
    origins = [f"{auth.scheme}://{auth.netloc}", *passed.get(auth.netloc, [])]
    return [*origins, f"{own.scheme}://{own.netloc}"]


def _oauth(settings: Settings) -> OAuth | None:
    client_id, secret = settings.twitch_client_id, settings.twitch_client_secret
    if not client_id or not secret:
        return None
    return OAuth(settings.twitch_auth_url, client_id, secret.reveal())
