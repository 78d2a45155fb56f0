"""The `goldomatic` command."""

import os
import sys
from pathlib import Path

import click

from goldomatic import __version__
from goldomatic.addon.commands import addon
from goldomatic.bridge.desktop.commands import desktop
from goldomatic.bridge.terminal import bridge
from goldomatic.extension_build.commands import extension
from goldomatic.fairdraw.commands import verify
from goldomatic.ledger.commands import ledger
from goldomatic.operator_commands import config_option, raffle
from goldomatic.overlay.commands import overlay
from goldomatic.secret_commands import secrets
from goldomatic.twitch_commands import twitch

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="goldomatic")
def main() -> None:
    """Giveaways on Twitch that anyone can check.

    \b
    Examples:
      goldomatic demo                 see everything run, without Twitch or the game
      goldomatic serve                run the service for a channel
      goldomatic verify DRAW.json     check a draw
      goldomatic bridge               connect the service with the game, on the streamer's machine
    """


@main.command()
@config_option
@click.option(
    "--setup", is_flag=True, help="Make missing secrets, and show the address of the set-up."
)
def serve(config: Path, setup: bool) -> None:
    """Run the service (EBS) for a channel.

    All settings are GOLDOMATIC_* variables or lines of goldomatic.toml; see docs/settings.md.

    \b
    Examples:
      GOLDOMATIC_SECRET_KEY=… goldomatic serve
      goldomatic serve --config /etc/goldomatic.toml
      goldomatic serve --setup

    \b
    Exit codes: 0 stopped, 1 could not start, 2 wrong usage or settings, 3 the database cannot be
    used.
    """
    from goldomatic.config import SettingsError
    from goldomatic.server import RESTART
    from goldomatic.server import serve as run
    from goldomatic.setup.desk import Desk
    from goldomatic.setup.settings_file import SettingsFileError
    from goldomatic.setup.steps import Place, make_secrets

    place = Place(config)
    desk = Desk(place)
    try:
        # Somebody who starts it for the first time, by hand, has nothing set yet.
        if setup or (sys.stdin.isatty() and sys.stdout.isatty() and not config.exists()):
            make_secrets(place)
        code = RESTART
        while code == RESTART:
            code = run(place.settings(), desk, invite=setup)
    except (SettingsError, SettingsFileError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    raise SystemExit(code)


@main.command()
@click.option(
    "--interval",
    type=click.Choice(["10", "20", "30", "60", "300"]),
    default="20",
    show_default=True,
    help="Seconds from one spin to the next.",
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the ledger in this SQLite file; otherwise it is thrown away at the end.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the crowd.")
def demo(interval: str, database: Path | None, seed: int) -> None:
    """Run everything with a simulated Twitch, without an account and without the game.

    GOLDOMATIC_PORT and GOLDOMATIC_HOST move it. Draws are as real as in `serve`, and so are the
    bridge and the addon; only the chat, the game and the person in front of it are played.

    \b
    Examples:
      goldomatic demo
      GOLDOMATIC_PORT=9000 goldomatic demo --interval 60

    \b
    Exit codes: 0 stopped, 1 could not start, 2 wrong usage.
    """
    import asyncio
    from tempfile import TemporaryDirectory

    from goldomatic.config import SettingsError
    from goldomatic.server import AddressTakenError
    from goldomatic.simulation.demo import DemoOptions, run_demo

    with TemporaryDirectory(prefix="goldomatic-demo-") as scratch:
        options = DemoOptions(
            database=(database or Path(scratch) / "demo.db").absolute(),
            folder=Path(scratch),
            spin_interval_seconds=int(interval),
            seed=seed,
        )
        try:
            code = asyncio.run(run_demo(options, os.environ))
        except SettingsError as error:
            click.echo(str(error), err=True)
            raise SystemExit(2) from None
        except AddressTakenError as error:
            click.echo(f"goldomatic demo: {error}", err=True)
            code = 1
        except KeyboardInterrupt:
            code = 0
    raise SystemExit(code)


main.add_command(verify)
main.add_command(ledger)
main.add_command(twitch)
main.add_command(raffle)
main.add_command(secrets)
main.add_command(extension)
main.add_command(overlay)
main.add_command(addon)
main.add_command(bridge)
main.add_command(desktop)
