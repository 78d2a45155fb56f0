"""`goldomatic overlay`: the link for the browser source of a streaming program."""

from pathlib import Path

import click

from goldomatic.operator_commands import config_option, runs, working

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
    from goldomatic.channel import renew_overlay_link
    from goldomatic.overlay.api import link_url

    async with working(config) as service:
        if service.settings.secret_key_is_made_up:
            raise click.UsageError(
                "GOLDOMATIC_SECRET_KEY is not set, so the service cannot know a link that is made"
                " here."
            )
        if renew:
            await service.ledger.change(renew_overlay_link(OPERATOR))
        click.echo(link_url(service))
