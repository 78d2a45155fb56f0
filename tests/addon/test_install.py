"""Installation into a game folder: found, explained, whole or not at all."""

import errno
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldomatic import __version__
from goldomatic.addon.commands import addon
from goldomatic.addon.install import (
    CannotInstallError,
    WrongFolderError,
    find_addons_folder,
    install,
)
from goldomatic.addon.package import AddonPackage, load_package

OLDER = AddonPackage(
    "0.0.9",
    (
        ("MimironsGoldOMatic.toc", b"## Interface: 30300\n## Version: 0.0.9\nOld.lua\n"),
        ("Old.lua", b"-- old\n"),
    ),
)


@pytest.fixture(name="game")
def game_folder(tmp_path: Path) -> Path:
    game = tmp_path / "WoW 3.3.5a"
    (game / "Interface" / "AddOns" / "Blizzard_ArenaUI").mkdir(parents=True)
    (game / "Wow.exe").write_bytes(b"MZ")
    return game


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "inside", [".", "Wow.exe", "Interface", "Interface/AddOns"], ids=lambda one: one
)
def test_any_place_in_the_game_leads_to_its_addons(game: Path, inside: str) -> None:
    assert find_addons_folder(game / inside) == game / "Interface" / "AddOns"


def test_letter_case_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "interface" / "addons").mkdir(parents=True)
    (tmp_path / "WoW.exe").write_bytes(b"MZ")
    assert find_addons_folder(tmp_path) == tmp_path / "interface" / "addons"


def test_a_fresh_client_without_addons_gets_the_folders(tmp_path: Path) -> None:
    (tmp_path / "Wow.exe").write_bytes(b"MZ")
    done = install(load_package(), tmp_path)
    assert done.folder == tmp_path / "Interface" / "AddOns" / "MimironsGoldOMatic"
    assert files_in(done.folder) == dict(load_package().files)


def test_wrong_folders_are_explained_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(WrongFolderError, match="does not exist"):
        find_addons_folder(tmp_path / "nowhere")
    with pytest.raises(WrongFolderError, match=r"neither Wow\.exe nor an Interface folder"):
        find_addons_folder(tmp_path)
    note = tmp_path / "note.txt"
    note.write_text("")
    with pytest.raises(WrongFolderError, match=r"is a file; name the folder"):
        find_addons_folder(note)
    retail = tmp_path / "World of Warcraft"
    (retail / "_retail_" / "Interface").mkdir(parents=True)
    for newer in (retail, retail / "_retail_"):
        with pytest.raises(WrongFolderError, match=r"for the 3\.3\.5a client"):
            find_addons_folder(newer)
    odd = tmp_path / "odd"
    (odd / "Interface").mkdir(parents=True)
    (odd / "Interface" / "AddOns").write_text("")
    with pytest.raises(WrongFolderError, match="should be a folder"):
        find_addons_folder(odd)


def test_a_first_installation(game: Path) -> None:
    done = install(load_package(), game)
    assert (done.before, done.version, done.changed) == (None, __version__, True)
    assert files_in(done.folder) == dict(load_package().files)
    assert {path.name for path in done.folder.parent.iterdir()} == {
        "Blizzard_ArenaUI",
        "MimironsGoldOMatic",
    }


def test_an_upgrade_replaces_every_file(game: Path) -> None:
    install(OLDER, game)
    done = install(load_package(), game)
    assert (done.before, done.version, done.changed) == ("0.0.9", __version__, True)
    assert files_in(done.folder) == dict(load_package().files)


def test_the_same_version_again_writes_nothing(game: Path) -> None:
    first = install(load_package(), game)
    at = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    again = install(load_package(), game)
    assert (again.before, again.changed) == (__version__, False)
    assert {path: path.stat().st_mtime_ns for path in again.folder.iterdir()} == at


def test_a_folder_that_somebody_has_changed_is_made_whole(game: Path) -> None:
    folder = install(load_package(), game).folder
    (folder / "Who.lua").unlink()
    assert install(load_package(), game).changed
    assert files_in(folder) == dict(load_package().files)


def names_of_leftovers(game: Path) -> set[str]:
    return {path.name for path in (game / "Interface" / "AddOns").iterdir()} - {
        "Blizzard_ArenaUI",
        "MimironsGoldOMatic",
    }


@pytest.mark.parametrize("fails_at", range(4))
def test_a_full_disk_leaves_the_old_addon(
    game: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    folder = install(OLDER, game).folder
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) > fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(CannotInstallError, match="No space left on device"):
        install(load_package(), game)
    monkeypatch.undo()
    assert files_in(folder) == dict(OLDER.files)
    assert names_of_leftovers(game) == set()


@pytest.mark.parametrize("at_rename", [0, 1])
def test_a_rename_that_fails_leaves_the_old_addon(
    game: Path, monkeypatch: pytest.MonkeyPatch, at_rename: int
) -> None:
    folder = install(OLDER, game).folder
    real, calls = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == at_rename + 1:
            raise PermissionError(errno.EACCES, "in use")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(CannotInstallError, match="close the game and try again"):
        install(load_package(), game)
    monkeypatch.undo()
    assert files_in(folder) == dict(OLDER.files)
    assert install(load_package(), game).changed
    assert names_of_leftovers(game) == set()


class PulledPlug(BaseException):
    """The computer stopped."""


@pytest.mark.parametrize("at_rename", [0, 1])
def test_after_a_power_cut_the_next_run_finds_a_whole_addon(
    game: Path, monkeypatch: pytest.MonkeyPatch, at_rename: int
) -> None:
    install(OLDER, game)
    real, calls = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == at_rename + 1:
            raise PulledPlug
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PulledPlug):
        install(load_package(), game)
    monkeypatch.undo()
    done = install(load_package(), game)
    assert (done.before, done.changed) == ("0.0.9", True)
    assert files_in(done.folder) == dict(load_package().files)
    assert names_of_leftovers(game) == set()


def test_a_linked_folder_is_left_alone(game: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (game / "Interface" / "AddOns" / "MimironsGoldOMatic").symlink_to(elsewhere)
    with pytest.raises(CannotInstallError, match="is a link"):
        install(load_package(), game)
    assert list(elsewhere.iterdir()) == []


def test_the_command_says_what_it_did(game: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    first = runner.invoke(addon, ["install", str(game)])
    assert first.exit_code == 0
    assert f"MimironsGoldOMatic {__version__} installed: " in first.output
    assert "is installed already" in runner.invoke(addon, ["install", str(game)]).output
    install(OLDER, game)
    upgraded = runner.invoke(addon, ["install", str(game)]).output
    assert f"MimironsGoldOMatic 0.0.9 replaced by {__version__}: " in upgraded
    wrong = runner.invoke(addon, ["install", str(tmp_path / "nowhere")])
    assert wrong.exit_code == 2
    assert wrong.output == f"goldomatic addon install: {tmp_path / 'nowhere'} does not exist.\n"
