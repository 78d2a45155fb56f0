"""`goldomatic bridge`: the streamer's side without a window."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import click

from goldomatic.bridge import settings as files
from goldomatic.bridge.keystore import KEY_VARIABLE, KeyStore


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where settings and memory are kept; otherwise this user's own folder.",
)
@click.option("--service", "service_url", help="Address of the service, for this run.")
@click.option("--game", type=click.Path(path_type=Path), help="The game's folder, for this run.")
@click.option("--log", type=click.Path(path_type=Path), help="The chat log itself, for this run.")
@click.option("--dry-run", is_flag=True, help="Show what would be typed; type nothing.")
@click.option("--no-sync", is_flag=True, help="Do not put consented payouts into the game.")
@click.option("--check", is_flag=True, help="Test the connection and end.")
@click.option("--save-key", is_flag=True, help="Ask for the API key, keep it and end.")
def bridge(
    folder: Path | None,
    service_url: str | None,
    game: Path | None,
    log: Path | None,
    dry_run: bool,
    no_sync: bool,
    check: bool,
    save_key: bool,
) -> None:
    """Connect the service with the game on this machine, without a window.

    Reads the game's chat log, tells the service what the addon reports, and types the addon's
    commands into the game while it is in front. Settings are bridge.json in the folder, or
    GOLDOMATIC_BRIDGE_* variables; see docs/bridge.md.

    \b
    Examples:
      goldomatic bridge --save-key
      goldomatic bridge --check --service https://gold.example.org
      goldomatic bridge --game "C:\\Games\\WoW 3.3.5a"
      goldomatic bridge --dry-run --log ~/wow/Logs/WoWChatLog.txt

    \b
    Exit codes: 0 stopped, 1 could not start or the check failed, 2 wrong usage or settings.
    """
    folder = folder or files.default_folder()
    keys = KeyStore(folder)
    if save_key:
        raise SystemExit(_save_key(keys))
    try:
        settings = files.load(folder, os.environ)
    except files.BridgeSettingsError as error:
        click.echo(f"goldomatic bridge: {error}", err=True)
        raise SystemExit(2) from None
    settings = files.changed(
        settings,
        service_url=service_url,
        game_folder=game and str(game),
        chat_log=log and str(log),
        auto_sync=not no_sync,
    )
    if check:
        raise SystemExit(asyncio.run(_check(settings, keys)))
    raise SystemExit(_run(settings, keys, folder, dry_run=dry_run))


def _save_key(keys: KeyStore) -> int:
    asked = sys.stdin.isatty()
    text = click.prompt("API key", hide_input=True) if asked else sys.stdin.readline()
    try:
        place = keys.save(text)
    except (ValueError, OSError) as error:
        click.echo(f"goldomatic bridge: the key {error}", err=True)
        return 1
    where = {"keyring": "in the system's key ring", "file": "in a file that only you may read"}
    click.echo(f"The key is kept {where[place]}.")
    return 0


async def _check(settings: files.BridgeSettings, keys: KeyStore) -> int:
    from goldomatic.bridge.service_client import check_connection

    found = keys.load()
    wrong = await check_connection(settings.service_url, found[0] if found else None)
    click.echo(wrong or f"Connected to {settings.service_url}.", err=wrong is not None)
    return 0 if wrong is None else 1


def _run(settings: files.BridgeSettings, keys: KeyStore, folder: Path, *, dry_run: bool) -> int:
    from goldomatic.bridge.inject import InjectionError

    try:
        return asyncio.run(_work(settings, keys, folder, dry_run=dry_run))
    except InjectionError as error:
        click.echo(f"goldomatic bridge: {error} Use --dry-run to look on.", err=True)
    except files.FolderTakenError as error:
        click.echo(f"goldomatic bridge: {error}", err=True)
    except OSError as error:
        click.echo(f"goldomatic bridge: {folder}: {error.strerror or error}", err=True)
    return 1


async def _work(
    settings: files.BridgeSettings, keys: KeyStore, folder: Path, *, dry_run: bool
) -> int:
    from goldomatic.bridge.bridge import Bridge
    from goldomatic.bridge.console import Console
    from goldomatic.bridge.inject.recording import DryRunInjector
    from goldomatic.bridge.inject.system import open_injector

    found = keys.load()
    if found is None:
        text = f"No API key: save one with --save-key or set {KEY_VARIABLE}."
        click.echo(f"goldomatic bridge: {text}", err=True)
        return 2
    injector = DryRunInjector(_show) if dry_run else open_injector(settings)
    try:
        program = Bridge(settings, found[0], injector, folder)
        Console(program)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers; there Ctrl-C ends the loop by itself.
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, program.stop)
        await program.run()
    finally:
        await injector.aclose()
    return 0


def _show(line: str) -> None:
    click.echo(f"{'':8} {'would':>7}  {line}")
