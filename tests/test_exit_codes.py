"""Every command ends with the codes of docs/commands.md."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldomatic.cli import main

BESIDE_THE_SERVICE = (
    "twitch diagnose",
    "twitch subscribe",
    "raffle recalc",
    "raffle sync",
    "raffle check",
    "secrets rotate",
    "secrets forget-former",
    "overlay link",
)


def run(command: str, folder: Path, **settings: str) -> tuple[int, str]:
    given = {f"GOLDOMATIC_{name}": value for name, value in settings.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(main, command.split(), env=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.mark.parametrize("command", [*BESIDE_THE_SERVICE, "serve", "twitch setup"])
def test_settings_that_do_not_load_are_2(command: str, tmp_path: Path) -> None:
    (tmp_path / "goldomatic.toml").write_text('secret_key = "short"\nport = "many"\n')
    code, told = run(command, tmp_path)
    assert code == 2
    assert "GOLDOMATIC_PORT" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", BESIDE_THE_SERVICE)
def test_a_database_that_is_not_there_is_3_and_not_made(command: str, tmp_path: Path) -> None:
    settings = "secret_key = 'a secret key that is long enough for all'\n"
    (tmp_path / "goldomatic.toml").write_text(settings)
    code, told = run(command, tmp_path, TWITCH_BROADCASTER_ID="1")
    assert code == 3
    assert "there is no database file goldomatic.db" in told
    assert [each.name for each in tmp_path.iterdir()] == ["goldomatic.toml"]


@pytest.mark.parametrize("command", [*BESIDE_THE_SERVICE, "ledger check", "serve"])
def test_a_file_that_is_no_database_is_3(command: str, tmp_path: Path) -> None:
    (tmp_path / "goldomatic.db").write_text("this is a letter to my grandmother\n" * 100)
    (tmp_path / "goldomatic.toml").write_text(
        "secret_key = 'a secret key that is long enough for all'\n"
    )
    program = [sys.executable, "-c", "from goldomatic.cli import main; main()"]
    if command == "serve":
        done = subprocess.run(
            [*program, command], cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        code, told = done.returncode, (done.stdout + done.stderr).decode()
    else:
        code, told = run(command, tmp_path)
    assert code == 3, told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [*BESIDE_THE_SERVICE, "ledger check", "serve", "verify x"])
def test_wrong_usage_is_2(command: str, tmp_path: Path) -> None:
    assert run(f"{command} --no-such-option", tmp_path)[0] == 2
