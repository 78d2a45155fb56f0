"""Finding the game on a computer."""

from pathlib import Path

import pytest

from goldomatic.bridge.game_folder import find_games, judge


def game(folder: Path, *, of_335: bool = True, program: str = "Wow.exe") -> Path:
    (folder / "Data").mkdir(parents=True)
    (folder / program).touch()
    (folder / "Data" / ("lichking.MPQ" if of_335 else "common.MPQ")).touch()
    return folder


def prefix(home: Path, name: str = ".wine") -> Path:
    folder = home / name
    (folder / "drive_c").mkdir(parents=True)
    return folder


def test_a_folder_is_judged_by_program_and_data(tmp_path: Path) -> None:
    assert judge(game(tmp_path / "a", program="WoW.EXE")) == "good"
    assert judge(game(tmp_path / "b", of_335=False)) == "other"
    assert judge(tmp_path) == "missing"
    assert judge(tmp_path / "nowhere") == "missing"


@pytest.mark.parametrize(
    "place",
    [
        ".wine/drive_c/World of Warcraft",
        ".wine/drive_c/Games/WoW 3.3.5a",
        ".wine/drive_c/Program Files (x86)/World of Warcraft",
        ".local/share/wineprefixes/wow/drive_c/WoW",
        "Games/wow/drive_c/Games/WoW",
        ".local/share/bottles/bottles/wow/drive_c/Games/WoW",
        ".steam/steam/steamapps/compatdata/123/pfx/drive_c/Games/WoW",
        "Games/WoW 3.3.5a",
    ],
)
def test_the_usual_places_are_searched(tmp_path: Path, place: str) -> None:
    folder = game(tmp_path / place)

    assert find_games(tmp_path) == [folder]


def test_the_registry_of_a_wine_prefix_is_read(tmp_path: Path) -> None:
    wine = prefix(tmp_path)
    deep = game(wine / "drive_c" / "a" / "b" / "c" / "d" / "WoW")
    (wine / "system.reg").write_text(
        'WINE REGISTRY Version 2\n\n[Software\\\\Other] 1\n"InstallPath"="C:\\\\no"\n\n'
        "[Software\\\\Wow6432Node\\\\Blizzard Entertainment\\\\World of Warcraft] 1234\n"
        '#time=1d\n"InstallPath"="C:\\\\a\\\\b\\\\c\\\\d\\\\WoW\\\\"\n'
    )

    assert find_games(tmp_path) == [deep]


def test_the_right_version_comes_first_and_nothing_twice(tmp_path: Path) -> None:
    wine = prefix(tmp_path)
    newer = game(wine / "drive_c" / "Games" / "A", of_335=False)
    right = game(wine / "drive_c" / "Games" / "B")

    assert find_games(tmp_path) == [right, newer]


def test_a_prefix_given_by_the_environment_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wine = prefix(tmp_path, "elsewhere")
    folder = game(wine / "drive_c" / "WoW")
    monkeypatch.setenv("WINEPREFIX", str(wine))

    assert find_games(tmp_path / "home") == [folder]


def test_a_huge_disk_does_not_keep_the_search_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldomatic.bridge.game_folder.MOST_LOOKED_AT", 20)
    wine = prefix(tmp_path)
    for number in range(30):
        (wine / "drive_c" / "Games" / f"{number:02}").mkdir(parents=True)
    game(wine / "drive_c" / "Games" / "zz")

    assert find_games(tmp_path) == []
