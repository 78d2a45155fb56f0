"""goldomatic.toml is written whole or not at all, and only for its owner."""

import tomllib
from pathlib import Path

import pytest

from goldomatic.config import Settings
from goldomatic.setup.settings_file import SettingsFileError, names_in, write
from goldomatic.setup.steps import MADE_UP, Place, make_secrets

OLD = """# mine
port = 9000  # as ever
GOLDOMATIC_TWITCH_CLIENT_ID = "old"
subscriber_badges = [
  "subscriber",
  "founder",
]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "goldomatic.toml"
    path.write_text(OLD)
    return path


def test_only_what_is_set_changes(file: Path) -> None:
    write(file, {"TWITCH_CLIENT_ID": 'new "id" \\ Ж', "HOST": "::1"})
    text = file.read_text("utf-8")
    assert text.startswith("# mine\nport = 9000  # as ever\n")
    read = tomllib.loads(text)
    assert read["twitch_client_id"] == 'new "id" \\ Ж'
    assert (read["host"], read["port"], len(read["subscriber_badges"])) == ("::1", 9000, 2)
    assert "GOLDOMATIC_TWITCH_CLIENT_ID" not in text


def test_a_setting_can_be_removed(file: Path) -> None:
    write(file, {"TWITCH_CLIENT_ID": None, "PUBLIC_URL": None})
    assert names_in(file) == {"PORT", "SUBSCRIBER_BADGES"}


def test_the_file_is_for_its_owner_alone(file: Path, tmp_path: Path) -> None:
    file.chmod(0o644)
    write(file, {"SECRET_KEY": "x" * 40})
    assert file.stat().st_mode & 0o777 == 0o600
    write(tmp_path / "new.toml", {"SECRET_KEY": "x" * 40})
    assert (tmp_path / "new.toml").stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"goldomatic.toml", "new.toml"}


@pytest.mark.parametrize("broken", ["port = ", "[table]\nport = 1\n", "a = 1\na = 2\n"])
def test_what_cannot_be_written_well_is_not_written(file: Path, broken: str) -> None:
    file.write_text(broken)
    with pytest.raises(SettingsFileError) as caught:
        write(file, {"SECRET_KEY": "a secret that must not be told"})
    assert file.read_text() == broken
    assert "secret that" not in str(caught.value)


def test_a_value_of_several_lines_is_not_cut_in_two(file: Path) -> None:
    with pytest.raises(SettingsFileError):
        write(file, {"SUBSCRIBER_BADGES": "subscriber"})
    assert file.read_text() == OLD


def test_secrets_are_made_once(file: Path) -> None:
    place = Place(file, {"GOLDOMATIC_API_KEY": "given by a variable"})
    assert make_secrets(place) == ["SECRET_KEY", "TWITCH_EVENTSUB_SECRET"]
    assert make_secrets(place) == []
    settings = place.settings()
    assert len(settings.secret_key.reveal()) >= 32
    assert isinstance(settings, Settings)


def test_all_secrets_are_made_where_there_is_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "goldomatic.toml", {})
    assert tuple(make_secrets(place)) == MADE_UP
    place.settings()
