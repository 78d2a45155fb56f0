"""The command `goldomatic desktop`."""

import os
import signal
import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where settings and memory are kept, instead of the user's own folder.",
)
@click.option("--dry-run", is_flag=True, help="Type nothing; the event log shows each line.")
def desktop(folder: Path | None, dry_run: bool) -> None:
    """Open the streamer's window: the bridge between the game and the service.

    The first start leads through the set-up: the service's address and API key, the game's
    folder, the addon, and a check of all of it. GOLDOMATIC_BRIDGE_* variables win over what is
    saved; see docs/streamers.md.

    \b
    Examples:
      goldomatic desktop
      goldomatic desktop --dry-run
      GOLDOMATIC_BRIDGE_LANGUAGE=ru goldomatic desktop

    \b
    Exit codes: 0 closed, 1 could not start or was stopped by an error, 2 wrong usage or settings.
    """
    try:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        from goldomatic.bridge.desktop.preferences import Preferences
        from goldomatic.bridge.desktop.program import Program
        from goldomatic.bridge.settings import BridgeSettingsError, default_folder
    except ImportError as error:
        lacks = f"goldomatic desktop: the window's libraries are missing ({error.name})."
        click.echo(f"{lacks} Install them with: pip install 'goldomatic[desktop]'", err=True)
        raise SystemExit(1) from None
    try:
        preferences = Preferences(folder or default_folder(), os.environ)
    except BridgeSettingsError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Gold-o-Matic Desktop")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: application.exit(0))
    # Python hears a signal only when Qt's loop calls it now and then.
    heartbeat = QTimer(interval=300)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    program = Program(application, preferences, dry_run=dry_run)
    program.start()
    code = application.exec()
    program.stop()
    raise SystemExit(code or program.exit_code)
