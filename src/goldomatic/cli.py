"""The `goldomatic` command."""

import os
from pathlib import Path

import click

from goldomatic import __version__
from goldomatic.fairdraw.commands import verify

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
CONFIG_FILE = Path("goldomatic.toml")


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="goldomatic")
def main() -> None:
    """Giveaways on Twitch that anyone can check.

    \b
    Examples:
      goldomatic demo                 see everything run, without Twitch or the game
      goldomatic serve                run the service for a channel
      goldomatic verify DRAW.json     check a draw
    """


@main.command()
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=CONFIG_FILE,
    show_default=True,
    help="Settings file; GOLDOMATIC_* variables win over it.",
)
def serve(config: Path) -> None:
    """Run the service (EBS) for a channel.

    All settings are GOLDOMATIC_* variables or lines of goldomatic.toml; see docs/settings.md.

    \b
    Examples:
      GOLDOMATIC_SECRET_KEY=… goldomatic serve
      goldomatic serve --config /etc/goldomatic.toml

    \b
    Exit codes: 0 stopped, 1 could not start, 2 wrong usage or settings.
    """
    from goldomatic.config import Settings, SettingsError
    from goldomatic.server import serve as run

    try:
        settings = Settings.load(os.environ, config)
    except SettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    raise SystemExit(run(settings))


main.add_command(verify)
