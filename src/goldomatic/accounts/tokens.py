"""Tokens that Twitch gave for accounts: kept fresh, renewed by one at a time, dropped when dead.

Who renews holds the row by a lease in the store, so that two processes on one database never use
the same refresh token twice; the others wait for what comes of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from goldomatic.accounts import rules
from goldomatic.accounts.journal import Entry, TokenJournal
from goldomatic.accounts.records import Account, StoredTokens, Tokens
from goldomatic.accounts.store import AccountStore
from goldomatic.accounts.token_store import TokenStore
from goldomatic.ledger.store import UnavailableError
from goldomatic.twitch.account_wire import TokenAnswer
from goldomatic.twitch.oauth import OAuth, OAuthFailed, OAuthRefused
from goldomatic.values import Clock, ViewerId

log = structlog.get_logger()

LEASE = timedelta(seconds=15)
"""Longer than a renewal can take; after a crash the next one waits so long."""

AGAIN_AFTER = timedelta(seconds=60)
"""After a failure Twitch is left alone for so long."""

WAIT_SECONDS = 8.0
_LOOK_SECONDS = 0.05
_MOST_KNOWN = 10_000


class AccountTokens:
    """The tokens of a channel's accounts. For one event loop."""

    def __init__(
        self,
        store: TokenStore,
        accounts: AccountStore,
        oauth: OAuth,
        clock: Clock,
        *,
        journal: TokenJournal | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._oauth = oauth
        self._clock = clock
        self._journal = journal
        self._sleep = sleep
        self._turns: dict[ViewerId, asyncio.Lock] = {}
        self._not_before: dict[ViewerId, datetime] = {}
        self._due: dict[ViewerId, datetime] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def used(self, account: Account) -> None:
        """A request came by a login of the account: look after its tokens, beside the request."""
        now = self._clock()
        if now < self._due.get(account.viewer_id, now):
            return
        if len(self._due) >= _MOST_KNOWN:
            self._due.clear()
            self._not_before.clear()
        # Until it is known better, so that the next request does not look again.
        self._due[account.viewer_id] = now + AGAIN_AFTER
        task = asyncio.create_task(self._look_after(account.viewer_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Return when nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def attend(self, viewer_id: ViewerId) -> None:
        """Renew tokens that end soon; otherwise have them validated once an hour.

        Tokens that Twitch calls dead are dropped, and the logins that stood on them end.
        """
        await self.recover(viewer_id)
        stored = await self._store.find(viewer_id)
        if stored is None:
            self._due[viewer_id] = self._clock() + rules.CHECKED_EVERY
            return
        now = self._clock()
        if stored.tokens.expires_at - rules.VIEWER_REFRESH_BEFORE < now:
            stored = await self.renew(viewer_id, stored)
        elif now - stored.checked_at >= rules.CHECKED_EVERY:
            stored = await self._validate(viewer_id, stored)
        if stored is not None:
            self._plan(viewer_id, stored)

    async def renew(self, viewer_id: ViewerId, stored: StoredTokens) -> StoredTokens | None:
        """Tokens in place of `stored`: renewed here or by another. None when they are dead.

        Where Twitch cannot renew them now, those that there are.
        """
        turn = self._turns.setdefault(viewer_id, asyncio.Lock())
        try:
            async with turn:
                return await self._renewed_by_one(viewer_id, stored)
        finally:
            if not turn.locked():
                self._turns.pop(viewer_id, None)

    async def recover(self, viewer_id: ViewerId) -> None:
        """Take tokens into the store that Twitch gave, and that the store could not take then."""
        if self._journal is not None:
            for entry in await self._journal.find(viewer_id):
                await self._take_over(entry)

    async def _take_over(self, entry: Entry) -> None:
        """Write renewed tokens; where others are newer, theirs stay."""
        now = self._clock()
        await self._store.replace(entry.viewer_id, entry.version, entry.tokens, now)
        if self._journal is not None:
            await self._journal.drop(entry)

    async def drop(self, viewer_id: ViewerId) -> None:
        """Forget the tokens of an account, and give them back to Twitch."""
        stored = await self._store.find(viewer_id)
        await self._accounts.write([self._store.drop(viewer_id)])
        if stored is not None and not await self._oauth.revoke(stored.tokens.access):
            log.info("token_not_revoked", viewer=masked(viewer_id))

    async def _look_after(self, viewer_id: ViewerId) -> None:
        try:
            await self.attend(viewer_id)
        except UnavailableError as error:
            log.warning("tokens_not_looked_after", reason=str(error))
        except Exception:
            log.exception("tokens_not_looked_after", viewer=masked(viewer_id))

    def _plan(self, viewer_id: ViewerId, stored: StoredTokens) -> None:
        """When to look again: before they end, and an hour after the last validation."""
        ends = stored.tokens.expires_at - rules.VIEWER_REFRESH_BEFORE
        due = min(ends, stored.checked_at + rules.CHECKED_EVERY)
        now = self._clock()
        # What is due already could not be done now.
        self._due[viewer_id] = due if due > now else now + AGAIN_AFTER

    async def _renewed_by_one(
        self, viewer_id: ViewerId, stored: StoredTokens
    ) -> StoredTokens | None:
        await self.recover(viewer_id)
        current = await self._store.find(viewer_id)
        if current is None or current.version != stored.version:
            return current
        now, refresh_token = self._clock(), stored.tokens.refresh
        if refresh_token is None or now < self._not_before.get(viewer_id, now):
            return stored
        if not await self._store.lease(viewer_id, stored.version, now, now + LEASE):
            return await self._others_renewal(viewer_id, stored)
        # Whoever waits may go away; what Twitch has sent must be kept all the same.
        renewal = asyncio.create_task(self._renewed(viewer_id, stored, refresh_token))
        self._tasks.add(renewal)
        renewal.add_done_callback(self._tasks.discard)
        return await asyncio.shield(renewal)

    async def _renewed(
        self, viewer_id: ViewerId, stored: StoredTokens, refresh_token: str
    ) -> StoredTokens | None:
        answer = await self._oauth.refresh(refresh_token)
        now = self._clock()
        if isinstance(answer, TokenAnswer):
            fresh = from_answer(answer, now, stored.tokens)
            self._not_before.pop(viewer_id, None)
            entry = Entry(viewer_id, stored.version, fresh)
            if self._journal is not None:
                await self._journal.write(entry)
            try:
                await self._take_over(entry)
            except UnavailableError as error:
                log.error("tokens_wait_in_the_journal", reason=str(error))
            return StoredTokens(fresh, now, stored.version + 1)
        if isinstance(answer, OAuthRefused) and answer.is_dead_token:
            await self._bury(viewer_id, stored.version)
            return None
        await self._failed(viewer_id, stored, answer)
        return stored

    async def _others_renewal(
        self, viewer_id: ViewerId, stored: StoredTokens
    ) -> StoredTokens | None:
        """Wait for what another process makes of the tokens."""
        looks = round(WAIT_SECONDS / _LOOK_SECONDS)
        for _ in range(looks):
            await self._sleep(_LOOK_SECONDS)
            current = await self._store.find(viewer_id)
            if current is None or current.version != stored.version:
                return current
        return stored

    async def _validate(self, viewer_id: ViewerId, stored: StoredTokens) -> StoredTokens | None:
        answer = await self._oauth.validate(stored.tokens.access)
        now = self._clock()
        if isinstance(answer, OAuthRefused) and answer.is_dead_token:
            return await self.renew(viewer_id, stored)
        if isinstance(answer, OAuthRefused | OAuthFailed):
            await self._failed(viewer_id, stored, answer)
            return stored
        await self._store.checked(viewer_id, stored.version, now)
        return StoredTokens(stored.tokens, now, stored.version)

    async def _failed(
        self, viewer_id: ViewerId, stored: StoredTokens, why: OAuthRefused | OAuthFailed
    ) -> None:
        now = self._clock()
        self._not_before[viewer_id] = now + AGAIN_AFTER
        await self._store.release(viewer_id, stored.version)
        log.warning("tokens_not_renewed", viewer=masked(viewer_id), reason=why.reason)

    async def _bury(self, viewer_id: ViewerId, version: int) -> None:
        """Twitch wants logins to end whose tokens have died.

        Whoever has consented anew meanwhile has tokens of another version, which live.
        """
        self._not_before.pop(viewer_id, None)
        if await self._accounts.write([self._store.drop_version(viewer_id, version)]) == [0]:
            return
        await self._accounts.write([self._accounts.drop_sessions(viewer_id)])
        log.warning("consent_withdrawn", viewer=masked(viewer_id))


def from_answer(answer: TokenAnswer, now: datetime, old: Tokens | None = None) -> Tokens:
    """Tokens to be kept. What a renewal leaves out stays as it was."""
    return Tokens(
        access=answer.access,
        refresh=answer.refresh or (old.refresh if old else None),
        scopes=answer.scopes or (old.scopes if old else frozenset()),
        expires_at=now + timedelta(seconds=answer.expires_in),
    )


def masked(viewer_id: ViewerId) -> str:
    """An id as logs and diagnostics show it: its last four characters."""
    return f"...{viewer_id[-4:]}" if len(viewer_id) > 4 else viewer_id
