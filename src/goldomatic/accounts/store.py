"""The tables of accounts, login sessions and sign-ins, in SQLite and PostgreSQL alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from goldomatic.accounts import rules
from goldomatic.accounts.records import Account
from goldomatic.ledger.event import from_micros, to_micros
from goldomatic.ledger.store import Statement, Store
from goldomatic.values import ChannelId, ViewerId

_ACCOUNT = "a.viewer_id, a.login, a.display_name, a.image"


class FoundSession(Struct, frozen=True):
    """A login session as it is kept, perhaps past its end."""

    hash: bytes
    account: Account
    created_at: datetime
    seen_at: datetime


class StartedSignIn(Struct, frozen=True):
    """A sign-in that went to Twitch."""

    return_to: str
    as_broadcaster: bool
    started_at: datetime


class AccountStore:
    """Accounts of one channel. Every method raises `UnavailableError` when it cannot be done."""

    def __init__(self, store: Store, channel: ChannelId, broadcaster: ChannelId | None) -> None:
        self._store = store
        self._channel = channel
        self._broadcaster = broadcaster

    async def write(self, changes: Sequence[Statement]) -> list[int]:
        """Make changes in one transaction: how many rows each has changed."""
        return await self._store.execute(*changes)

    # Accounts

    async def find(self, viewer_id: ViewerId) -> Account | None:
        """Somebody who has signed in and is not forgotten."""
        text = f"SELECT {_ACCOUNT} FROM accounts a WHERE a.channel = ? AND a.viewer_id = ?"  # noqa: S608
        rows = await self._store.query(text, self._channel, viewer_id)
        return self._account(rows[0]) if rows else None

    async def email(self, viewer_id: ViewerId) -> str | None:
        """The address of an account, in lower case; not to be shown in lists or written to logs."""
        text = "SELECT email FROM accounts WHERE channel = ? AND viewer_id = ?"
        rows = await self._store.query(text, self._channel, viewer_id)
        return rows[0][0] if rows else None

    async def sharing_email(self, viewer_id: ViewerId) -> frozenset[ViewerId]:
        """The other accounts that have the same address as this one."""
        text = """
            SELECT other.viewer_id FROM accounts own
            JOIN accounts other ON other.channel = own.channel AND other.email = own.email
            WHERE own.channel = ? AND own.viewer_id = ? AND other.viewer_id <> own.viewer_id"""
        rows = await self._store.query(text, self._channel, viewer_id)
        return frozenset(ViewerId(row[0]) for row in rows)

    def put_account(self, account: Account, email: str | None, now: datetime) -> Statement:
        """Write an account that signs in; what was known of it before is replaced."""
        at = to_micros(now)
        text = """
            INSERT INTO accounts
              (channel, viewer_id, login, display_name, image, email, created_at, signed_in_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (channel, viewer_id) DO UPDATE SET
              login = excluded.login, display_name = excluded.display_name,
              image = excluded.image, email = excluded.email,
              signed_in_at = excluded.signed_in_at"""
        names = (account.viewer_id, account.login, account.display_name, account.image)
        return Statement(text, (self._channel, *names, email, at, at))

    # Login sessions

    async def session(self, hash_: bytes) -> FoundSession | None:
        """A login session by the hash of its cookie."""
        text = f"""
            SELECT {_ACCOUNT}, s.created_at, s.seen_at FROM login_sessions s
            JOIN accounts a ON a.channel = s.channel AND a.viewer_id = s.viewer_id
            WHERE s.hash = ? AND s.channel = ?"""  # noqa: S608
        rows = await self._store.query(text, hash_, self._channel)
        if not rows:
            return None
        *account, created_at, seen_at = rows[0]
        return FoundSession(
            hash_, self._account(account), from_micros(created_at), from_micros(seen_at)
        )

    async def touch(self, hash_: bytes, now: datetime) -> None:
        """Remember that a session is used."""
        text = "UPDATE login_sessions SET seen_at = ? WHERE hash = ?"
        await self._store.execute(Statement(text, (to_micros(now), hash_)))

    def add_session(self, hash_: bytes, viewer_id: ViewerId, now: datetime) -> list[Statement]:
        """Write a new session."""
        text = "INSERT INTO login_sessions VALUES (?, ?, ?, ?, ?)"
        at = to_micros(now)
        return [Statement(text, (hash_, self._channel, viewer_id, at, at))]

    def drop_session(self, hash_: bytes) -> Statement:
        """End one session."""
        return Statement("DELETE FROM login_sessions WHERE hash = ?", (hash_,))

    def drop_sessions(self, viewer_id: ViewerId) -> Statement:
        """End every session of an account."""
        text = "DELETE FROM login_sessions WHERE channel = ? AND viewer_id = ?"
        return Statement(text, (self._channel, viewer_id))

    async def sessions_of(self, viewer_id: ViewerId) -> int:
        """How many login sessions an account has, ended ones among them until they are pruned."""
        text = "SELECT count(*) FROM login_sessions WHERE channel = ? AND viewer_id = ?"
        return int((await self._store.query(text, self._channel, viewer_id))[0][0])

    async def prune(self, now: datetime) -> int:
        """Remove sessions and sign-ins that have ended: how many."""
        idle, longest = now - rules.SESSION_IDLE, now - rules.SESSION_LONGEST
        sessions = (
            "DELETE FROM login_sessions WHERE channel = ? AND (seen_at <= ? OR created_at <= ?)"
        )
        started = to_micros(now - rules.SIGN_IN_TAKES)
        gone = await self._store.execute(
            Statement(sessions, (self._channel, to_micros(idle), to_micros(longest))),
            Statement(
                "DELETE FROM sign_ins WHERE channel = ? AND started_at <= ?",
                (self._channel, started),
            ),
        )
        return sum(gone)

    # Sign-ins under way

    async def start_sign_in(self, hash_: bytes, sign_in: StartedSignIn) -> None:
        """Remember a sign-in that goes to Twitch."""
        text = "INSERT INTO sign_ins VALUES (?, ?, ?, ?, ?)"
        at = to_micros(sign_in.started_at)
        given = (hash_, self._channel, sign_in.return_to, int(sign_in.as_broadcaster), at)
        await self._store.execute(Statement(text, given))

    async def take_sign_in(self, hash_: bytes) -> StartedSignIn | None:
        """A sign-in that comes back from Twitch; it comes back once."""
        text = """
            SELECT return_to, as_broadcaster, started_at FROM sign_ins
            WHERE hash = ? AND channel = ?"""
        rows = await self._store.query(text, hash_, self._channel)
        taken = Statement("DELETE FROM sign_ins WHERE hash = ?", (hash_,))
        if not rows or (await self._store.execute(taken)) == [0]:
            return None
        return_to, as_broadcaster, started_at = rows[0]
        return StartedSignIn(return_to, bool(as_broadcaster), from_micros(started_at))

    def _account(self, row: Sequence[Any]) -> Account:
        viewer_id, login, display_name, image = row
        return Account(
            viewer_id=ViewerId(viewer_id),
            login=login,
            display_name=display_name,
            image=image,
            is_broadcaster=viewer_id == self._broadcaster,
        )
