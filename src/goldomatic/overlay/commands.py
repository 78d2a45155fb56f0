"""`goldomatic overlay`: the link for the browser source of a streaming program."""

import os
from pathlib import Path

import click

from goldomatic.config import Settings, SettingsError
from goldomatic.ledger.stores import sqlite_path
from goldomatic.ledger.terminal import NoDatabase, runs
from goldomatic.operator_commands import config_option

OPERATOR = "operator"


@click.group()
def overlay() -> None:
    """The overlay that OBS shows over the game.

    \b
    Examples:
      goldomatic overlay link
      goldomatic overlay link --renew
    """


@overlay.command()
@config_option
@click.option("--renew", is_flag=True, help="Make a new link; every earlier one is void at once.")
@runs
async def link(config: Path, renew: bool) -> None:
    """Print the overlay's link, for a browser source in OBS.

    It is signed with GOLDOMATIC_SECRET_KEY and shows the overlay, nothing else; it is the same
    each time until it is renewed. A service may go on running.

    \b
    Examples:
      goldomatic overlay link
      goldomatic overlay link --renew

    \b
    Exit codes: 0 done, 2 wrong usage or settings, 3 the database cannot be used.
    """
    try:
        settings = Settings.load(os.environ, config)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    if settings.secret_key_is_made_up:
        raise click.UsageError(
            "GOLDOMATIC_SECRET_KEY is not set, so the service cannot know a link that is made here."
        )
    click.echo(await _link(settings, renew))


async def _link(settings: Settings, renew: bool) -> str:
    from goldomatic.app import build_service
    from goldomatic.channel import renew_overlay_link
    from goldomatic.overlay.api import link_url

    path = sqlite_path(settings.database_url)
    if path is not None and not path.is_file():
        raise NoDatabase(f"there is no database file {path}: start the service first.")
    service = build_service(settings)
    try:
        await service.store.open()
        await service.ledger.start()
        if renew:
            await service.ledger.change(renew_overlay_link(OPERATOR))
        return link_url(service)
    finally:
        await service.ledger.stop()
        await service.store.close()
        await service.helix.aclose()
