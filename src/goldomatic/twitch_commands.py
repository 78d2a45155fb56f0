"""`goldomatic twitch`: look at the connection with Twitch, and mend it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goldomatic.operator_commands import FAILED, FATAL, config_option, runs, working

if TYPE_CHECKING:
    from goldomatic.twitch.helix import Helix
    from goldomatic.twitch.subscriptions import Wanted
    from goldomatic.twitch.tokens import Bearer


@click.group()
def twitch() -> None:
    """Look at the connection with Twitch, and subscribe to its events.

    \b
    Examples:
      goldomatic twitch diagnose
      goldomatic twitch subscribe
    """


@twitch.command()
@config_option
@runs
async def setup(config: Path) -> int:
    """Connect the service with a channel, step by step. Can be run again at any time.

    Makes the secrets, asks for the application's client id and secret, has broadcaster and bot
    confirm at Twitch, checks everything by real calls, and writes goldomatic.toml for your eyes
    only.

    \b
    Examples:
      goldomatic twitch setup
      goldomatic twitch setup --config /etc/goldomatic.toml

    \b
    Exit codes: 0 all works, 1 could not be done, 2 something does not work yet or wrong usage or
    settings, 3 the database cannot be used.
    """
    from goldomatic.setup.settings_file import SettingsFileError
    from goldomatic.setup.steps import Place
    from goldomatic.setup.terminal import run

    try:
        return await run(Place(config))
    except SettingsFileError as error:
        click.echo(str(error), err=True)
        return FATAL


@twitch.command()
@config_option
@runs
async def diagnose(config: Path) -> int:
    """Look at everything that has to work at Twitch, and say what does not. Changes nothing.

    What it prints holds no secret, name or address: it may be shown to whoever helps. The codes are
    explained in docs/troubleshooting.md.

    \b
    Examples:
      goldomatic twitch diagnose
      goldomatic twitch diagnose --config /etc/goldomatic.toml

    \b
    Exit codes: 0 all works, 1 could not be done, 2 something does not work or wrong usage or
    settings, 3 the database cannot be used.
    """
    from goldomatic.checks.looking import has_failed, look
    from goldomatic.checks.table import lines
    from goldomatic.web.i18n import texts
    from goldomatic.web.masking import Masking

    async with working(config) as service:
        findings = await look(service)
        masked = Masking(secret.reveal() for secret in service.settings.secrets())
    for line in lines(findings, texts("en")):
        click.echo(masked.text(line))
    return FAILED if has_failed(findings) else 0


@twitch.command()
@config_option
@click.option("--base", metavar="URL", help="Address of the service. Default: the setting's.")
@runs
async def subscribe(config: Path, base: str | None) -> int:
    """Subscribe the service to chat, follows, subscriptions, gifts and cheers by webhook, now.

    `goldomatic serve` does it by itself; this is for looking at what Twitch says to it.

    Types that are there already are left alone; one that fails does not stop the others.

    \b
    Examples:
      goldomatic twitch subscribe
      goldomatic twitch subscribe --base https://gold.example.org

    \b
    Exit codes: 0 all are there, 1 could not be done, 2 some could not be made or wrong usage or
    settings, 3 the database cannot be used.
    """
    from goldomatic.reception.by_webhook import wanted_at
    from goldomatic.twitch.app_token import AppToken
    from goldomatic.twitch.subscriptions import ListingError, listed, plan
    from goldomatic.twitch.tokens import Bearer

    async with working(config, ledger=False) as service:
        secret, oauth, helix = (
            service.settings.twitch_eventsub_secret,
            service.accounts.oauth,
            service.helix,
        )
        if secret is None or oauth is None or not helix.broadcaster_id:
            click.echo(
                "Set GOLDOMATIC_TWITCH_CLIENT_ID, _CLIENT_SECRET, _EVENTSUB_SECRET and"
                " _BROADCASTER_ID first.",
                err=True,
            )
            return FATAL
        source = AppToken(oauth, service.clock)
        token = await source.get()
        if token is None:
            click.echo(f"Twitch gave no token: {source.problem}", err=True)
            return FATAL
        bearer = Bearer(token, source)
        wanted = wanted_at((base or service.settings.public_url).rstrip("/"))
        try:
            present = await listed(helix, bearer)
        except ListingError as error:
            click.echo(f"Twitch did not list the subscriptions: {error}", err=True)
            return FATAL
        todo = plan(wanted, present.subscriptions, helix.broadcaster_id, service.clock())
        made = await _made(helix, bearer, todo.create, secret.reveal())
    for each in wanted:
        click.echo(f"{each.kind:<30} {made.get(each, 'present')}")
    return FAILED if any(state.startswith("failed") for state in made.values()) else 0


async def _made(
    helix: "Helix", bearer: "Bearer", missing: "list[Wanted]", secret: str
) -> "dict[Wanted, str]":
    """Create what is missing; how each of them went, in a word or with Twitch's reason."""
    from goldomatic.twitch.subscriptions import create

    made = {}
    for each in missing:
        transport = {"method": "webhook", "callback": each.place, "secret": secret}
        failure = await create(helix, bearer, each, transport)
        made[each] = f"failed: {failure.reason}" if failure else "made"
    return made
