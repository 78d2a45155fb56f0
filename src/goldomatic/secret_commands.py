"""`goldomatic secrets`: change the key that encrypts stored tokens."""

import secrets as random_secrets
from pathlib import Path

import click

from goldomatic.operator_commands import FATAL, config_option, runs, working


@click.group()
def secrets() -> None:
    """Change the secret key without losing what it has encrypted.

    \b
    Examples:
      goldomatic secrets rotate
      goldomatic secrets forget-former
    """


@secrets.command()
@config_option
@runs
async def rotate(config: Path) -> int:
    """Make a new secret key and keep the present one as the former; then restart the service.

    At its start the service encrypts stored tokens anew. Logins, and the overlay's link, end with
    the old key. Refuses while tokens still need the key before the present one.

    \b
    Examples:
      goldomatic secrets rotate
      goldomatic secrets rotate --config /etc/goldomatic.toml

    \b
    Exit codes: 0 done, 1 could not be done, 2 wrong usage or settings, 3 the database cannot be
    used.
    """
    from goldomatic.setup.settings_file import SettingsFileError, names_in
    from goldomatic.setup.steps import Place

    place = Place(config)
    settings = place.settings()
    try:
        if "SECRET_KEY" not in names_in(config):
            click.echo(f"GOLDOMATIC_SECRET_KEY does not stand in {config}.", err=True)
            return FATAL
        if await _outdated(config):
            click.echo("Start the service once, so that it encrypts stored tokens anew.", err=True)
            return FATAL
        former = settings.secret_key.reveal()
        fresh = random_secrets.token_urlsafe(32)
        place.write(SECRET_KEY=fresh, FORMER_SECRET_KEY=former)
    except SettingsFileError as error:
        click.echo(str(error), err=True)
        return FATAL
    click.echo("There is a new secret key. Restart the service, then: secrets forget-former")
    return 0


@secrets.command("forget-former")
@config_option
@runs
async def forget_former(config: Path) -> int:
    """Remove the former secret key, when nothing is encrypted with it any more.

    \b
    Examples:
      goldomatic secrets forget-former
      goldomatic secrets forget-former --config /etc/goldomatic.toml

    \b
    Exit codes: 0 done, 1 could not be done, 2 wrong usage or settings, 3 the database cannot be
    used.
    """
    from goldomatic.setup.settings_file import SettingsFileError
    from goldomatic.setup.steps import Place

    if await _outdated(config):
        click.echo("Start the service once, so that it encrypts stored tokens anew.", err=True)
        return FATAL
    try:
        Place(config).write(FORMER_SECRET_KEY=None)
    except SettingsFileError as error:
        click.echo(str(error), err=True)
        return FATAL
    click.echo("The former secret key is gone.")
    return 0


async def _outdated(config: Path) -> int:
    """How many stored tokens another key than the present one has encrypted."""
    async with working(config, ledger=False) as service:
        return await service.accounts.token_store.outdated()
