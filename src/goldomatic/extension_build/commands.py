"""`goldomatic extension`: make the archive for Twitch."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from goldomatic import __version__
from goldomatic.config import PREFIX
from goldomatic.extension_build.archive import archive, transfer
from goldomatic.extension_build.files import Build, published
from goldomatic.extension_build.review import closure, review

VIEWS = {
    "Panel Viewer Path": "panel.html",
    "Config Path": "config.html",
    "Live Config Path": "live_config.html",
}
PANEL_HEIGHT = 496
LANGUAGES = ("en", "ru")
MOST_TRANSFER = 15_000
"""Bytes that the panel may load, each file compressed by gzip."""


@click.group()
def extension() -> None:
    """The Twitch extension: panel, configuration and live configuration."""


@extension.command()
@click.option(
    "--ebs-url",
    default=lambda: os.environ.get(f"{PREFIX}PUBLIC_URL", ""),
    show_default=f"{PREFIX}PUBLIC_URL",
    help="Address of the service, which the views ask: https and no path.",
)
@click.option(
    "--version", "number", default=__version__, show_default=True, help="Version of the extension."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; dist/goldomatic-extension-VERSION.zip if none is named.",
)
@click.option(
    "--development", is_flag=True, help="For Twitch's Dev Rig: with a form to enter without chat."
)
def build(ebs_url: str, number: str, output: Path | None, development: bool) -> None:
    """Write the archive that is uploaded to Twitch, and check it by Twitch's rules.

    The same sources and options give the same bytes. What to enter in Twitch's console is printed;
    see docs/extension.md.

    \b
    Examples:
      goldomatic extension build --ebs-url https://gold.example.org
      goldomatic extension build --ebs-url https://gold.example.org --output panel.zip

    \b
    Exit codes: 0 written, 1 a rule is broken and nothing was written, 2 wrong usage.
    """
    made = Build(version=number, ebs_url=ebs_url, development=development)
    files = published(made)
    broken = review(files, made)
    size = max(transfer(files, panel_files(files, language)) for language in LANGUAGES)
    if size >= MOST_TRANSFER and not development:
        broken.append(f"panel.html: loads {size:,} bytes, and {MOST_TRANSFER:,} are the most")
    if broken:
        raise click.ClickException("\n  ".join(["Nothing was written:", *broken]))
    path = output or Path("dist") / f"goldomatic-extension-{number}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive(files))
    click.echo(f"Written: {path} ({path.stat().st_size:,} bytes, {len(files)} files)")
    click.echo(f"The panel loads {size:,} bytes (gzip).\n")
    _explain(files, ebs_url, number)


def panel_files(files: Mapping[str, bytes], language: str) -> set[str]:
    """What every viewer's browser loads for the panel, in a language."""
    return closure(files, "panel.html", lazy=False) | {f"panel/texts.{language}.js"}


def _explain(files: Mapping[str, bytes], ebs_url: str, number: str) -> None:
    """What belongs into the forms of Twitch's console for this version."""
    click.echo(f"In Twitch's developer console, version {number}:")
    for label, name in VIEWS.items():
        if name in files:
            click.echo(f"  {label:<40} {name}")
    click.echo(f"  {'Panel Height':<40} {PANEL_HEIGHT}")
    click.echo(f"  {'Allowlist for URL Fetching Domains':<40} {urlsplit(ebs_url).netloc or '-'}")
    click.echo("  Identity link (Request Identity Link)    yes")
