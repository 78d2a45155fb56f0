"""The steps of the set-up, which terminal and browser share. Each may be done again at any time."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from goldomatic.accounts.records import Tokens
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.vault import Vault
from goldomatic.checks.findings import Finding, Problem
from goldomatic.checks.looking import answers_at, look
from goldomatic.checks.scopes import Role, needed_of
from goldomatic.config import Settings
from goldomatic.ledger.store import Store
from goldomatic.reception.reception import Transport, is_reachable, transport_of
from goldomatic.setting_table import PREFIX
from goldomatic.setup import settings_file
from goldomatic.twitch.account_wire import DeviceCode, Profile, TokenAnswer, Validity
from goldomatic.twitch.helix import Helix
from goldomatic.twitch.oauth import OAuth, OAuthFailed, OAuthRefused, Pending
from goldomatic.twitch.standing import own_profile
from goldomatic.twitch.tokens import StaticToken
from goldomatic.values import ChannelId, ViewerId, utc_now

MADE_UP = ("SECRET_KEY", "API_KEY", "TWITCH_EVENTSUB_SECRET")
"""Secrets that nobody has to choose."""


class SetupError(Exception):
    """A step could not be done: `problem` says why, in the words of the checks."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class Connected(Struct, frozen=True):
    """An account whose tokens are stored."""

    role: Role
    name: str


class Place(NamedTuple):
    """Where the settings are: the file that is written, and the variables that win over it."""

    path: Path
    env: Mapping[str, str] = os.environ

    def settings(self) -> Settings:
        """The settings as they are now; raises `SettingsError`."""
        return Settings.load(self.env, self.path)

    def write(self, **changes: str | None) -> None:
        """Set settings in the file; raises `SettingsFileError`."""
        settings_file.write(self.path, changes)


def make_secrets(place: Place) -> list[str]:
    """Make up what is missing of the secrets that nobody has to choose: which they were."""
    given = {name for name in MADE_UP if place.env.get(PREFIX + name, "").strip()}
    given |= settings_file.names_in(place.path)
    made = [name for name in MADE_UP if name not in given]
    if made:
        place.write(**{name: secrets.token_urlsafe(32) for name in made})
    return made


async def use_application(place: Place, client_id: str, client_secret: str) -> None:
    """Check an application by a real call and keep it; raises `SetupError`."""
    oauth = OAuth(place.settings().twitch_auth_url, client_id, client_secret)
    try:
        answer = await oauth.app_token()
    finally:
        await oauth.aclose()
    if isinstance(answer, OAuthRefused):
        raise SetupError(Problem.APPLICATION_REFUSED)
    if isinstance(answer, OAuthFailed):
        raise _not_now(answer)
    place.write(TWITCH_CLIENT_ID=client_id, TWITCH_CLIENT_SECRET=client_secret)


async def use_address(place: Place, public_url: str) -> Transport:
    """Keep a public address, or none, and the way of the events that goes with it.

    Raises `SetupError` for an address that Twitch could not reach; nothing is kept then.
    """
    public_url = public_url.strip().rstrip("/")
    if not public_url:
        place.write(PUBLIC_URL=None, TWITCH_EVENTSUB_TRANSPORT="websocket")
        return "websocket"
    if not is_reachable(public_url) or not await answers_at(public_url):
        raise SetupError(Problem.ADDRESS_NOT_REACHED)
    place.write(PUBLIC_URL=public_url, TWITCH_EVENTSUB_TRANSPORT="webhook")
    return "webhook"


def oauth_of(settings: Settings) -> OAuth:
    """The application of the settings; raises `SetupError` where there is none."""
    secret = settings.twitch_client_secret
    if not settings.twitch_client_id or secret is None:
        raise SetupError(Problem.SETTINGS_MISSING)
    return OAuth(settings.twitch_auth_url, settings.twitch_client_id, secret.reveal())


def scopes_of(settings: Settings, role: Role) -> tuple[str, ...]:
    """What the account has to consent to."""
    chosen = settings.twitch_eventsub_transport or transport_of(settings)
    return needed_of(role, chosen or "websocket")


async def is_connected(settings: Settings, store: Store, role: Role) -> bool:
    """Whether tokens of an account are stored, and can be read."""
    channel, bot = settings.twitch_broadcaster_id, settings.twitch_bot_id
    account = channel if role == "broadcaster" else bot
    if not channel or not account:
        return False
    former = settings.former_secret_key
    vault = Vault(settings.secret_key.reveal(), [former.reveal()] if former else [])
    return await TokenStore(store, channel, vault).find(ViewerId(account)) is not None


async def begin(oauth: OAuth, scopes: tuple[str, ...]) -> DeviceCode:
    """A code for a person to enter at Twitch; raises `SetupError`."""
    code = await oauth.begin_device(scopes)
    if isinstance(code, OAuthRefused):
        raise SetupError(Problem.APPLICATION_REFUSED)
    if isinstance(code, OAuthFailed):
        raise _not_now(code)
    return code


def _not_now(failed: OAuthFailed) -> SetupError:
    """Twitch did not answer, or answered with a fault of its own."""
    answered = failed.reason.startswith("http_") or failed.reason == "invalid_json"
    return SetupError(Problem.TWITCH_IN_TROUBLE if answered else Problem.TWITCH_UNREACHABLE)


async def wait_for(
    oauth: OAuth, code: DeviceCode, scopes: tuple[str, ...], role: Role
) -> TokenAnswer:
    """The tokens, once somebody has entered the code; raises `SetupError` when it has ended."""
    interval = max(1, code.interval)
    for _ in range(code.expires_in // interval):
        await asyncio.sleep(interval)
        answer = await oauth.poll_device(code, scopes)
        if isinstance(answer, TokenAnswer):
            return answer
        if isinstance(answer, Pending):
            interval += 5 if answer.slower else 0
            continue
        if isinstance(answer, OAuthRefused):
            break
    is_bot = role == "bot"
    raise SetupError(Problem.BOT_NOT_CONNECTED if is_bot else Problem.BROADCASTER_NOT_CONNECTED)


async def keep(place: Place, store: Store, role: Role, answer: TokenAnswer) -> Connected:
    """Check tokens by real calls, and keep them and whose they are; raises `SetupError`.

    A channel's ledger belongs to its broadcaster: another one than before is refused.
    """
    settings = place.settings()
    oauth = oauth_of(settings)
    helix = Helix(settings.twitch_api_url, oauth.client_id, StaticToken(None), "")
    try:
        said = await oauth.validate(answer.access)
        profile = await own_profile(helix, answer.access)
    finally:
        await oauth.aclose()
        await helix.aclose()
    if not isinstance(said, Validity) or not isinstance(profile, Profile):
        raise SetupError(Problem.TWITCH_IN_TROUBLE)
    if not said.scopes.issuperset(scopes_of(settings, role)):
        is_bot = role == "bot"
        raise SetupError(Problem.BOT_SCOPES_MISSING if is_bot else Problem.SCOPES_MISSING)
    before = settings.twitch_broadcaster_id
    if role == "broadcaster" and before not in (None, profile.viewer_id):
        raise SetupError(Problem.BROADCASTER_OTHER_ACCOUNT)
    channel = ChannelId(profile.viewer_id) if role == "broadcaster" else before
    if channel is None:
        raise SetupError(Problem.BROADCASTER_NOT_CONNECTED)
    vault = Vault(settings.secret_key.reveal())
    now = utc_now()
    ends = now + timedelta(seconds=answer.expires_in)
    tokens = Tokens(answer.access, answer.refresh, said.scopes, ends)
    kept = TokenStore(store, channel, vault).put(ViewerId(profile.viewer_id), tokens, now)
    await store.execute(kept)
    if role == "broadcaster":
        place.write(TWITCH_BROADCASTER_ID=profile.viewer_id)
    else:
        is_own = profile.viewer_id == channel
        place.write(TWITCH_BOT_ID=None if is_own else profile.viewer_id)
    return Connected(role, profile.display_name or profile.login)


async def look_by(settings: Settings, store: Store) -> list[Finding]:
    """The look at everything by settings that no running service has yet."""
    from goldomatic.app import build_service

    service = build_service(settings, store=store)
    try:
        return await look(service)
    finally:
        await service.accounts.aclose(5.0)
        await service.helix.aclose()
