"""Finds the game on this computer: a folder with `WoW.exe`, as version 3.3.5 has it."""

import os
import re
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

PROGRAM = "wow.exe"
MOST_LOOKED_AT = 3_000
"""Folders that one search opens at most, so that it ends within seconds on any disk."""

Judgement = Literal["good", "other", "missing"]

_ARCHIVE = "lichking.mpq"
_BELOW_ROOT = ("", "Games", "Program Files", "Program Files (x86)")
_DEEP = 3
_SHALLOW = 1
_REGISTRY_KEYS = (
    r"SOFTWARE\WOW6432Node\Blizzard Entertainment\World of Warcraft",
    r"SOFTWARE\Blizzard Entertainment\World of Warcraft",
)
_PREFIXES = (
    ".wine",
    ".local/share/wineprefixes/*",
    ".local/share/lutris/runners/wine/*/prefix",
    "Games/*",
    "PlayOnLinux's virtual drives/*",
    ".PlayOnLinux/wineprefix/*",
    ".local/share/bottles/bottles/*",
    ".var/app/com.usebottles.bottles/data/bottles/bottles/*",
    ".steam/steam/steamapps/compatdata/*/pfx",
    ".local/share/Steam/steamapps/compatdata/*/pfx",
)
_INSTALL_PATH = re.compile(
    r"^\[Software\\\\(?:Wow6432Node\\\\)?Blizzard Entertainment\\\\World of Warcraft\].*?"
    r'^"InstallPath"="(?P<path>[^"]*)"',
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


def judge(folder: Path) -> Judgement:
    """Whether a folder holds the game, and whether it is of version 3.3.5 by its data."""
    if inside(folder, PROGRAM) is None:
        return "missing"
    data = inside(folder, "data")
    return "good" if data is not None and inside(data, _ARCHIVE) is not None else "other"


def inside(folder: Path, name: str) -> Path | None:
    """What is called so in a folder, whatever its letter case."""
    try:
        return next((each for each in folder.iterdir() if each.name.lower() == name), None)
    except OSError:
        return None


def find_games(home: Path | None = None) -> list[Path]:
    """Folders of the game on this computer, the likeliest first. Takes up to a few seconds."""
    home = home or Path.home()
    if sys.platform == "win32":
        certain, bases = _registered(), list(_windows_bases())
    else:
        certain, bases = _registered_in_wine(home), list(_wine_bases(home))
    found = [*certain, *_search(bases)]
    known = dict.fromkeys(folder for folder in found if judge(folder) != "missing")
    return sorted(known, key=lambda folder: judge(folder) != "good")


def _search(bases: Iterable[tuple[Path, int]]) -> Iterator[Path]:
    left = MOST_LOOKED_AT
    waiting = list(bases)
    while waiting and left:
        folder, deeper = waiting.pop(0)
        left -= 1
        names = _names(folder)
        if any(name.lower() == PROGRAM for name, _ in names):
            yield folder
        elif deeper:
            below = (folder / name for name, is_folder in names if is_folder)
            waiting += [(each, deeper - 1) for each in below]


def _names(folder: Path) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as entries:
            return [(each.name, each.is_dir(follow_symlinks=False)) for each in entries]
    except OSError:
        return []


def _windows_bases() -> Iterator[tuple[Path, int]]:
    roots = [Path(f"{letter}:\\") for letter in string.ascii_uppercase[2:]]
    for root in roots:
        if root.exists():
            yield from _drive(root)


def _drive(root: Path) -> Iterator[tuple[Path, int]]:
    for name in _BELOW_ROOT:
        yield root / name, _SHALLOW if not name else _DEEP - 1


def _wine_bases(home: Path) -> Iterator[tuple[Path, int]]:
    for prefix in _wine_prefixes(home):
        yield from _drive(prefix / "drive_c")
        for user in ("Desktop", "Downloads", "Games"):
            yield prefix / "drive_c" / user, _SHALLOW
    yield home / "Games", _DEEP


def _wine_prefixes(home: Path) -> Iterator[Path]:
    given = os.environ.get("WINEPREFIX")
    if given:
        yield Path(given)
    for pattern in _PREFIXES:
        for prefix in sorted(home.glob(pattern)):
            if (prefix / "drive_c").is_dir():
                yield prefix


def _registered() -> list[Path]:
    """What the game's installer has written into the registry of Windows."""
    found: list[Path] = []
    if sys.platform == "win32":
        import winreg

        for name in _REGISTRY_KEYS:
            try:
                with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, name) as key:
                    found.append(Path(str(winreg.QueryValueEx(key, "InstallPath")[0])))
            except OSError:
                continue
    return found


def _registered_in_wine(home: Path) -> list[Path]:
    """The same from the registry files of Wine's prefixes."""
    found = []
    for prefix in _wine_prefixes(home):
        try:
            text = (prefix / "system.reg").read_text("utf-8", "replace")
        except OSError:
            continue
        for match in _INSTALL_PATH.finditer(text):
            path = match["path"].replace("\\\\", "\\")
            drive, _, rest = path.partition(":")
            device = prefix / "dosdevices" / f"{drive.lower()}:"
            root = device if device.exists() else prefix / f"drive_{drive.lower()}"
            found.append(root.joinpath(*(part for part in rest.split("\\") if part)))
    return found
