"""`goldomatic addon`: the zip for others, the installation for this computer."""

import hashlib
from pathlib import Path

import click

from goldomatic.addon.install import CannotInstallError, WrongFolderError
from goldomatic.addon.install import install as installed
from goldomatic.addon.package import NAME, AddonMissingError, AddonPackage, load_package


@click.group()
def addon() -> None:
    """Pack the in-game addon, or install it into a game folder.

    \b
    Examples:
      goldomatic addon install "C:\\Games\\WoW 3.3.5a"
      goldomatic addon build --out dist
    """


@addon.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="this folder",
    help="Folder that the zip is written to; it is made if need be.",
)
def build(out: Path) -> None:
    """Write the addon as a zip that is unpacked into the game's Interface/AddOns.

    The same version gives the same bytes on every computer.

    \b
    Examples:
      goldomatic addon build
      goldomatic addon build --out dist

    \b
    Exit codes: 0 written, 1 could not be written, 2 wrong usage.
    """
    package = _package("build")
    content = package.zip_bytes()
    path = out / f"{NAME}-{package.version}.zip"
    try:
        out.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".zip.part")
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        raise _failure("build", f"cannot write {path}: {error.strerror or error}", 1) from None
    click.echo(f"{path}  {len(content)} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


@addon.command()
@click.argument("game_dir", type=click.Path(path_type=Path))
def install(game_dir: Path) -> None:
    """Install or upgrade the addon in GAME_DIR, the folder that Wow.exe lies in.

    The addon is replaced as a whole; what it has saved stays. A running game sees a new version
    after it was restarted.

    \b
    Examples:
      goldomatic addon install "C:\\Games\\WoW 3.3.5a"
      goldomatic addon install ~/.wine/drive_c/WoW

    \b
    Exit codes: 0 installed, 1 could not be written, 2 not a game folder.
    """
    try:
        done = installed(_package("install"), game_dir)
    except WrongFolderError as error:
        raise _failure("install", str(error), 2) from None
    except CannotInstallError as error:
        raise _failure("install", str(error), 1) from None
    if not done.changed:
        click.echo(f"{NAME} {done.version} is installed already: {done.folder}")
    elif done.before is None:
        click.echo(f"{NAME} {done.version} installed: {done.folder}")
        click.echo("Restart the game; at the character list, tick it under AddOns.")
    else:
        click.echo(f"{NAME} {done.before} replaced by {done.version}: {done.folder}")
        click.echo("Restart the game.")


def _package(command: str) -> AddonPackage:
    try:
        return load_package()
    except AddonMissingError as error:
        raise _failure(command, str(error), 1) from None


def _failure(command: str, message: str, code: int) -> click.exceptions.Exit:
    click.echo(f"goldomatic addon {command}: {message}.", err=True)
    return click.exceptions.Exit(code)
