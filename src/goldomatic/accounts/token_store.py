"""The table of tokens, sealed at rest, in SQLite and PostgreSQL alike."""

from datetime import datetime

import msgspec
import structlog

from goldomatic.accounts.records import StoredTokens, Tokens
from goldomatic.accounts.vault import SealError, Vault
from goldomatic.ledger.event import from_micros, to_micros
from goldomatic.ledger.store import Statement, Store
from goldomatic.values import ChannelId, ViewerId

log = structlog.get_logger()


class _Sealed(msgspec.Struct, array_like=True):
    access: str
    refresh: str | None


class TokenStore:
    """Tokens of a channel's accounts. Every method raises `UnavailableError` if it cannot be done.

    Where several could renew the same tokens, one of them holds the row by a lease; it holds
    across processes, and ends by itself where its holder has died.
    """

    def __init__(self, store: Store, channel: ChannelId, vault: Vault) -> None:
        self._store = store
        self._channel = channel
        self._vault = vault

    async def find(self, viewer_id: ViewerId) -> StoredTokens | None:
        """The tokens of an account; None also where the secret that sealed them is gone."""
        text = """
            SELECT sealed, scopes, expires_at, checked_at, version FROM account_tokens
            WHERE channel = ? AND viewer_id = ?"""
        rows = await self._store.query(text, self._channel, viewer_id)
        if not rows:
            return None
        sealed, scopes, expires_at, checked_at, version = rows[0]
        try:
            opened = msgspec.msgpack.decode(
                self._vault.open(sealed, self._place(viewer_id)), type=_Sealed
            )
        except SealError as error:
            log.error("stored_tokens_unreadable", reason=str(error))
            return None
        tokens = Tokens(
            opened.access, opened.refresh, frozenset(scopes.split()), from_micros(expires_at)
        )
        return StoredTokens(tokens, from_micros(checked_at), version)

    async def unreadable(self) -> int:
        """How many accounts' tokens none of the secrets opens."""
        return sum(not self._opens(viewer_id, sealed) for viewer_id, sealed in await self._all())

    async def outdated(self) -> int:
        """How many accounts' tokens a former secret has sealed."""
        return sum(
            not self._vault.is_current(sealed) and self._opens(viewer_id, sealed)
            for viewer_id, sealed in await self._all()
        )

    async def _all(self) -> list[tuple[ViewerId, bytes]]:
        text = "SELECT viewer_id, sealed FROM account_tokens WHERE channel = ?"
        rows = await self._store.query(text, self._channel)
        return [(ViewerId(viewer_id), sealed) for viewer_id, sealed in rows]

    def _opens(self, viewer_id: ViewerId, sealed: bytes) -> bool:
        try:
            self._vault.open(sealed, self._place(viewer_id))
        except SealError:
            return False
        return True

    def put(self, viewer_id: ViewerId, tokens: Tokens, now: datetime) -> Statement:
        """Write new tokens over old ones; a lease on them ends."""
        text = """
            INSERT INTO account_tokens
              (channel, viewer_id, sealed, scopes, expires_at, checked_at, version, leased_until)
            VALUES (?, ?, ?, ?, ?, ?, 1, 0)
            ON CONFLICT (channel, viewer_id) DO UPDATE SET
              sealed = excluded.sealed, scopes = excluded.scopes,
              expires_at = excluded.expires_at, checked_at = excluded.checked_at,
              version = account_tokens.version + 1, leased_until = 0"""
        given = (
            self._channel,
            viewer_id,
            self._sealed(viewer_id, tokens),
            " ".join(sorted(tokens.scopes)),
            to_micros(tokens.expires_at),
            to_micros(now),
        )
        return Statement(text, given)

    async def replace(
        self, viewer_id: ViewerId, version: int, tokens: Tokens, now: datetime
    ) -> bool:
        """Write renewed tokens in place of those of a version; False where others were quicker."""
        text = """
            UPDATE account_tokens SET sealed = ?, scopes = ?, expires_at = ?, checked_at = ?,
              version = version + 1, leased_until = 0
            WHERE channel = ? AND viewer_id = ? AND version = ?"""
        given = (
            self._sealed(viewer_id, tokens),
            " ".join(sorted(tokens.scopes)),
            to_micros(tokens.expires_at),
            to_micros(now),
            self._channel,
            viewer_id,
            version,
        )
        return await self._store.execute(Statement(text, given)) == [1]

    async def lease(
        self, viewer_id: ViewerId, version: int, now: datetime, until: datetime
    ) -> bool:
        """Be the one who renews the tokens of a version, until an instant; False if it is another.

        The lease is a row in the store, so it holds across processes and ends with a crash.
        """
        text = """
            UPDATE account_tokens SET leased_until = ?
            WHERE channel = ? AND viewer_id = ? AND version = ? AND leased_until <= ?"""
        given = (to_micros(until), self._channel, viewer_id, version, to_micros(now))
        return await self._store.execute(Statement(text, given)) == [1]

    async def release(self, viewer_id: ViewerId, version: int) -> None:
        """Give a lease back whose renewal did not work."""
        text = """
            UPDATE account_tokens SET leased_until = 0
            WHERE channel = ? AND viewer_id = ? AND version = ?"""
        await self._store.execute(Statement(text, (self._channel, viewer_id, version)))

    async def checked(self, viewer_id: ViewerId, version: int, now: datetime) -> None:
        """Remember that Twitch has called these tokens good."""
        text = """
            UPDATE account_tokens SET checked_at = ?
            WHERE channel = ? AND viewer_id = ? AND version = ?"""
        await self._store.execute(
            Statement(text, (to_micros(now), self._channel, viewer_id, version))
        )

    def drop(self, viewer_id: ViewerId) -> Statement:
        """Forget the tokens of an account."""
        text = "DELETE FROM account_tokens WHERE channel = ? AND viewer_id = ?"
        return Statement(text, (self._channel, viewer_id))

    def drop_version(self, viewer_id: ViewerId, version: int) -> Statement:
        """Forget the tokens of an account unless they have changed since."""
        text = "DELETE FROM account_tokens WHERE channel = ? AND viewer_id = ? AND version = ?"
        return Statement(text, (self._channel, viewer_id, version))

    async def drop_unused(self, *acting: ViewerId) -> int:
        """Forget tokens on which no login stands any more: how many.

        Those of the accounts that the service acts by stay.
        """
        kept = "".join(" AND viewer_id <> ?" for _ in acting)
        text = f"""
            DELETE FROM account_tokens WHERE channel = ?{kept} AND NOT EXISTS (
              SELECT 1 FROM login_sessions s WHERE s.channel = account_tokens.channel
              AND s.viewer_id = account_tokens.viewer_id)"""  # noqa: S608
        return sum(await self._store.execute(Statement(text, (self._channel, *acting))))

    async def reseal(self) -> int:
        """Seal by the present secret what a former one has sealed: how many rows."""
        text = "SELECT viewer_id, sealed, version FROM account_tokens WHERE channel = ?"
        done = 0
        for viewer_id, sealed, version in await self._store.query(text, self._channel):
            if self._vault.is_current(sealed):
                continue
            place = self._place(viewer_id)
            try:
                anew = self._vault.seal(self._vault.open(sealed, place), place)
            except SealError:
                continue
            change = """
                UPDATE account_tokens SET sealed = ?
                WHERE channel = ? AND viewer_id = ? AND version = ?"""
            given = (anew, self._channel, viewer_id, version)
            done += sum(await self._store.execute(Statement(change, given)))
        return done

    def _sealed(self, viewer_id: ViewerId, tokens: Tokens) -> bytes:
        content = msgspec.msgpack.encode(_Sealed(tokens.access, tokens.refresh))
        return self._vault.seal(content, self._place(viewer_id))

    def _place(self, viewer_id: ViewerId) -> str:
        return f"account_tokens/{self._channel}/{viewer_id}"
