"""Login sessions: an opaque cookie in the browser, its hash with us."""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import structlog
from litestar.datastructures import Cookie

from goldomatic.accounts import rules
from goldomatic.accounts.records import SignedIn
from goldomatic.accounts.store import AccountStore
from goldomatic.accounts.vault import Vault
from goldomatic.ledger.store import Statement, UnavailableError
from goldomatic.values import Clock, ViewerId

log = structlog.get_logger()

_TOKEN_BYTES = 32


class LoginSessions:
    """Begins, finds and ends login sessions, and gives each its CSRF token."""

    def __init__(self, store: AccountStore, vault: Vault, clock: Clock, *, https: bool) -> None:
        self._store = store
        self._csrf_key = vault.derive(b"csrf")
        self._clock = clock
        self._https = https
        # A cookie of this prefix can be set by this host alone, over HTTPS, for all paths.
        prefix = "__Host-" if https else ""
        self.cookie_name = f"{prefix}goldomatic_session"
        self.visitor_name = f"{prefix}goldomatic_visitor"
        self.sign_in_name = f"{prefix}goldomatic_sign_in"

    async def find(self, cookies: Mapping[str, str]) -> SignedIn | None:
        """Who a request's cookies prove; a session that is used goes on."""
        value = cookies.get(self.cookie_name)
        if not value:
            return None
        now = self._clock()
        found = await self._store.session(hash_of(value))
        if found is None or now >= rules.session_end(found.created_at, found.seen_at):
            return None
        if now - found.seen_at >= rules.SEEN_EVERY:
            await self._touch(found.hash, now)
        expires_at = rules.session_end(found.created_at, max(found.seen_at, now))
        return SignedIn(found.account, found.hash, expires_at)

    async def _touch(self, session: bytes, now: datetime) -> None:
        try:
            await self._store.touch(session, now)
        except UnavailableError as error:
            # Who can be read can stay: the next request writes it.
            log.warning("session_not_touched", reason=str(error))

    def begin(
        self, viewer_id: ViewerId, cookies: Mapping[str, str]
    ) -> tuple[Cookie, list[Statement]]:
        """A new session's cookie, and what is to be written for it.

        The session that the browser had before ends: no cookie outlives a sign-in.
        """
        value = random_value()
        changes = self._store.add_session(hash_of(value), viewer_id, self._clock())
        if old := cookies.get(self.cookie_name):
            changes.insert(0, self._store.drop_session(hash_of(old)))
        return self.cookie(self.cookie_name, value, rules.SESSION_LONGEST.days * 86_400), changes

    def cookie(self, name: str, value: str, max_age: int | None) -> Cookie:
        """A cookie that no script reads and no other site's page sends along with a form."""
        return Cookie(
            key=name,
            value=value,
            path="/",
            max_age=max_age,
            httponly=True,
            samesite="lax",
            secure=self._https,
        )

    def no_cookie(self, name: str) -> Cookie:
        """What removes a cookie from the browser."""
        return self.cookie(name, "", 0)

    def csrf_token(self, signed_in: SignedIn | None, visitor: str | None = None) -> str:
        """The token of a login session, or of a visitor's cookie where nobody has signed in."""
        if signed_in is not None:
            return self._mark(b"session" + signed_in.session)
        return self._mark(b"visitor" + hash_of(visitor)) if visitor else ""

    def is_csrf_token(
        self, given: str, signed_in: SignedIn | None, visitor: str | None = None
    ) -> bool:
        """Whether a request brought the right token; compared in constant time."""
        wanted = self.csrf_token(signed_in, visitor)
        return bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode())

    def _mark(self, subject: bytes) -> str:
        return _text(hmac.digest(self._csrf_key, subject, "sha256"))


def random_value() -> str:
    """An opaque value for a cookie: 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(value: str) -> bytes:
    """What is kept of a cookie; whoever reads the database cannot sign in with it."""
    return sha256(value.encode("utf-8", "surrogateescape")).digest()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
