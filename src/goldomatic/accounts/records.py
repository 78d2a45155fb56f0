"""What is known of somebody who has signed in."""

from datetime import datetime

from msgspec import Struct

from goldomatic.values import ViewerId


class Account(Struct, frozen=True):
    """A Twitch account that has signed in here; its e-mail address only `AccountStore` gives."""

    viewer_id: ViewerId
    login: str
    display_name: str
    image: str | None = None
    """Address of the picture at Twitch."""
    is_broadcaster: bool = False
    """Whether it is the account of GOLDOMATIC_TWITCH_BROADCASTER_ID: the only administrator."""

    @property
    def name(self) -> str:
        """The name to show: display name, else login, else the id; blank ones are skipped."""
        return self.display_name.strip() or self.login.strip() or self.viewer_id


class SignedIn(Struct, frozen=True):
    """An account with the login session that a request came by."""

    account: Account
    session: bytes
    """Hash of the cookie: the key of the session, not the cookie."""
    expires_at: datetime


class Tokens(Struct, frozen=True):
    """Tokens that Twitch has given out for an account. Shown as `***` wherever they are printed."""

    access: str
    refresh: str | None
    scopes: frozenset[str]
    expires_at: datetime

    def __repr__(self) -> str:
        return "Tokens(***)"


class StoredTokens(Struct, frozen=True):
    """Tokens as they stand in the store; `version` grows with every change."""

    tokens: Tokens
    checked_at: datetime
    """When Twitch last said that they are good."""
    version: int
