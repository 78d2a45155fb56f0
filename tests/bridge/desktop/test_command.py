"""The command `goldomatic desktop` as a program of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from goldomatic.cli import main
from support.waiting import until


def start(folder: Path, **variables: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DISPLAY": "", **variables}
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return subprocess.Popen(
        [Path(sys.executable).with_name("goldomatic"), "desktop", "--folder", folder],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_help_says_what_it_does() -> None:
    result = CliRunner().invoke(main, ["desktop", "--help"])

    assert result.exit_code == 0
    assert "--dry-run" in result.output
    assert "Exit codes:" in result.output


def test_a_wrong_variable_is_wrong_usage(tmp_path: Path) -> None:
    program = start(tmp_path, GOLDOMATIC_BRIDGE_POLL_SECONDS="often")

    _, told = program.communicate(timeout=120)

    assert program.returncode == 2
    assert "GOLDOMATIC_BRIDGE_POLL_SECONDS" in told
    assert "often" not in told


def test_it_starts_without_a_game_and_ends_on_a_signal(tmp_path: Path) -> None:
    program = start(tmp_path)
    until(lambda: (tmp_path / "bridge.db").exists(), "the bridge works", seconds=30)

    program.send_signal(signal.SIGTERM)
    _, told = program.communicate(timeout=120)

    assert program.returncode == 0, told
    assert "Traceback" not in told
