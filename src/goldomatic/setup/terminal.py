"""`goldomatic twitch setup`: the set-up in a terminal."""

from collections.abc import Awaitable, Callable

import click

from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.checks.findings import Problem
from goldomatic.checks.looking import has_failed
from goldomatic.checks.scopes import Role
from goldomatic.checks.table import lines
from goldomatic.ledger.store import Store
from goldomatic.ledger.stores import open_store
from goldomatic.reception.reception import transport_of
from goldomatic.setup import steps
from goldomatic.setup.steps import Connected, Place, SetupError
from goldomatic.values import utc_now
from goldomatic.web.i18n import Texts, texts

REGISTER = "https://dev.twitch.tv/console/apps/create"


async def run(place: Place) -> int:
    """Ask, connect, check; the exit code."""
    t = texts("en")
    made = steps.make_secrets(place)
    click.echo(f"Secrets made: {', '.join(made)}" if made else "Secrets: there already.")
    await _until_done(t, lambda: _application(place, t))
    await _until_done(t, lambda: _address(place))
    settings = place.settings()
    store = open_store(settings.database_url, utc_now)
    await store.open()
    try:
        await _connect(place, store, "broadcaster", t)
        if click.confirm("\nShall another account than yours write to the chat?", default=False):
            await _connect(place, store, "bot", t)
        found = await steps.look_by(place.settings(), store)
    finally:
        await store.close()
    click.echo("\nHow it stands:\n")
    for line in lines(found, t):
        click.echo(line)
    click.echo(f"\nSettings are in {place.path}. Start the service with: goldomatic serve")
    only_not_running = {finding.problem for finding in found if finding.is_bad} <= {
        Problem.CHAT_NOT_HEARD,
        Problem.GAP_LASTS,
    }
    return 0 if only_not_running or not has_failed(found) else 2


async def _until_done(t: Texts, step: Callable[[], Awaitable[None]]) -> None:
    """Do a step again until Twitch takes what was entered; Ctrl-C ends."""
    while True:
        try:
            await step()
        except SetupError as error:
            _tell(t, error)
            continue
        return


def _tell(t: Texts, error: SetupError) -> None:
    click.echo(f"  {t.raw(f'checks.code.{error.problem}.why')}")
    click.echo(f"  {t.raw(f'checks.code.{error.problem}.do')}")


async def _application(place: Place, t: Texts) -> None:
    settings = place.settings()
    click.echo(f"\n{t.raw('setup.application.text')}\n  {REGISTER}")
    click.echo(f"{t.raw('setup.application.redirect')}\n  {settings.public_url}{CALLBACK}")
    client_id = click.prompt("Client id", default=settings.twitch_client_id or None)
    kept = settings.twitch_client_secret
    hint = " (Enter keeps the present one)" if kept else ""
    given = click.prompt(
        f"Client secret{hint}", hide_input=True, default="" if kept else None, show_default=False
    )
    await steps.use_application(place, client_id.strip(), given.strip() or _revealed(kept))


def _revealed(kept: object) -> str:
    from goldomatic.config import Secret

    return kept.reveal() if isinstance(kept, Secret) else ""


async def _address(place: Place) -> None:
    click.echo("\nCan Twitch reach this service at a public address (https://…)? Without one, as")
    click.echo("behind a router at home, events come by WebSocket, which needs nothing.")
    settings = place.settings()
    is_public = (settings.twitch_eventsub_transport or transport_of(settings)) == "webhook"
    present = settings.public_url if is_public else ""
    hint = f" (Enter keeps {present}, - means none)" if present else ""
    answer = click.prompt(f"Public address{hint}", default=present, show_default=False).strip()
    transport = await steps.use_address(place, "" if answer == "-" else answer)
    click.echo(f"  Events come by {transport}.")


async def _connect(place: Place, store: Store, role: Role, t: Texts) -> None:
    settings = place.settings()
    if await steps.is_connected(settings, store, role):
        click.echo(f"\n{t.raw(f'setup.accounts.{role}')}: {t.raw('setup.done')}.")
        if not click.confirm(f"{t.raw('setup.accounts.reconnect')}?", default=False):
            return
    scopes = steps.scopes_of(settings, role)
    click.echo(f"\n{t.raw(f'setup.role.{role}')}")
    for scope in scopes:
        click.echo(f"  {scope:<28} {t.raw('setup.scope.' + scope.replace(':', '_'))}")
    while True:
        try:
            done = await _connected(place, store, role, scopes)
        except SetupError as error:
            _tell(t, error)
            if click.confirm("Try again?", default=True):
                continue
            return
        click.echo(f"  Connected: {done.name}")
        return


async def _connected(place: Place, store: Store, role: Role, scopes: tuple[str, ...]) -> Connected:
    oauth = steps.oauth_of(place.settings())
    try:
        code = await steps.begin(oauth, scopes)
        click.echo(f"\n  Open {code.verification_uri}\n  and enter the code {code.user_code}\n")
        answer = await steps.wait_for(oauth, code, scopes, role)
    finally:
        await oauth.aclose()
    return await steps.keep(place, store, role, answer)
