"""Everything about accounts that the rest of the service uses, put together."""

from urllib.parse import urlsplit

from goldomatic.accounts.records import Account
from goldomatic.accounts.sessions import LoginSessions
from goldomatic.accounts.store import AccountStore
from goldomatic.accounts.vault import Vault
from goldomatic.config import Settings
from goldomatic.ledger.store import Store
from goldomatic.values import ChannelId, Clock


class Accounts:
    """Accounts of one channel: see `goldomatic.accounts.guard` for how routes use them."""

    def __init__(self, settings: Settings, store: Store, channel: ChannelId, clock: Clock) -> None:
        vault = Vault(settings.secret_key.reveal())
        public = urlsplit(settings.public_url)
        self.own_origin = f"{public.scheme}://{public.netloc}".lower()
        self.store = AccountStore(store, channel, settings.twitch_broadcaster_id, vault)
        self.sessions = LoginSessions(self.store, vault, clock, https=public.scheme == "https")

    def used(self, account: Account) -> None:
        """A request came by a login session of the account."""
