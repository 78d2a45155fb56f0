"""`goldomatic raffle`, and what all commands share that work beside the running service."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from goldomatic.config import CONFIG_FILE, Settings, SettingsError
from goldomatic.ledger.stores import sqlite_path
from goldomatic.ledger.terminal import NoDatabase, exit_codes
from goldomatic.values import Refused

if TYPE_CHECKING:
    from goldomatic.service import Service

P = ParamSpec("P")

FAILED = 2
"""Something was found, or Twitch refused something."""
FATAL = 1
WRONG_SETTINGS = 2
TOLD_EVERY = 50

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=CONFIG_FILE,
    show_default=True,
    help="Settings file; GOLDOMATIC_* variables win over it.",
)


def runs(work: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
    """A command from a coroutine function that gives the exit code; what fails at all has its own.

    The exit codes of all commands are in docs/commands.md.
    """

    @wraps(work)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        with exit_codes():
            try:
                code = asyncio.run(work(*arguments, **options))
            except SettingsError as error:
                click.echo(str(error), err=True)
                raise SystemExit(WRONG_SETTINGS) from None
        raise SystemExit(code or 0)

    return run


@asynccontextmanager
async def working(config: Path, *, ledger: bool = True) -> AsyncIterator["Service"]:
    """The service's parts without its routes and timers; others may serve meanwhile.

    The database must be there already.
    """
    from goldomatic.app import build_service

    settings = Settings.load(os.environ, config)
    path = sqlite_path(settings.database_url)
    if path is not None and not path.is_file():
        raise NoDatabase(f"there is no database file {path}: start the service first.")
    service = build_service(settings)
    try:
        await service.store.open()
        if ledger:
            await service.ledger.start()
        yield service
    finally:
        if ledger:
            await service.ledger.stop()
        await service.accounts.aclose(5.0)
        await service.helix.aclose()
        await service.store.close()


@click.group()
def raffle() -> None:
    """Recompute weights, ask Twitch about everybody, look for what does not fit.

    \b
    Examples:
      goldomatic raffle recalc
      goldomatic raffle check
    """


@raffle.command()
@config_option
@runs
async def recalc(config: Path) -> int:
    """Compute all weights anew by the present settings; carry-over stays.

    \b
    Examples:
      goldomatic raffle recalc
      goldomatic raffle recalc --config /etc/goldomatic.toml

    \b
    Exit codes: 0 done, 1 could not be done, 2 wrong usage or settings, 3 the database cannot be
    used.
    """
    from goldomatic.raffle import acting

    async with working(config) as service:
        count = await acting.recalculate(service, "operator")
    click.echo(f"Recalculated weights for {count} users.")
    return 0


@raffle.command()
@config_option
@runs
async def sync(config: Path) -> int:
    """Ask Twitch about the follow and subscription of everybody who has signed in.

    Goes on after a failure, and tells how far it is every 50.

    \b
    Examples:
      goldomatic raffle sync
      goldomatic raffle sync --config /etc/goldomatic.toml

    \b
    Exit codes: 0 done, 1 could not be done, 2 Twitch did not say everything or wrong usage or
    settings, 3 the database cannot be used.
    """
    from goldomatic.raffle import asking

    async with working(config) as service:
        viewers = sorted(service.state.raffle.members.durable)
        unclear = 0
        for done, viewer_id in enumerate(viewers, 1):
            try:
                told = await asking.sync(service, viewer_id, force=True)
                unclear += told.reason is not None
            except Refused as refused:
                click.echo(f"{refused.code}", err=True)
                unclear += 1
            if done % TOLD_EVERY == 0:
                click.echo(f"{done} of {len(viewers)}")
        click.echo(f"{len(viewers)} users, {unclear} of whom Twitch did not say everything.")
        return FAILED if unclear else 0


@raffle.command()
@config_option
@runs
async def check(config: Path) -> int:
    """Look for what does not fit together. Changes nothing; ids are masked.

    \b
    Examples:
      goldomatic raffle check
      goldomatic raffle check --config /etc/goldomatic.toml

    \b
    Exit codes: 0 nothing found, 1 could not be done, 2 something was found or wrong usage or
    settings, 3 the database cannot be used.
    """
    from goldomatic.raffle.checkup import findings

    async with working(config) as service:
        found = await findings(service)
    for finding in found:
        click.echo(f"{finding.what}: {len(finding.which)}")
        for each in finding.which[:10]:
            click.echo(f"  {each}")
    return FAILED if any(finding.which for finding in found) else 0
