"""Addon folders: the table of contents and the files it names (section 7.5)."""

import re
from dataclasses import dataclass
from pathlib import Path

INTERFACE = 30300


class AddonRefusedError(ValueError):
    """The client would not list or load this addon."""


@dataclass(frozen=True)
class Addon:
    """What a `.toc` says."""

    name: str
    folder: Path
    tags: dict[str, str]
    files: tuple[str, ...]

    @property
    def interface(self) -> int:
        found = re.match(r"\d+", self.tags.get("Interface", ""))
        return int(found[0]) if found else 0

    @property
    def saved_variables(self) -> list[str]:
        return _words(self.tags.get("SavedVariables", ""))

    @property
    def saved_per_character(self) -> list[str]:
        return _words(self.tags.get("SavedVariablesPerCharacter", ""))


def read_addon(folder: Path, *, out_of_date: bool = False) -> Addon:
    """Read `<folder>/<folder>.toc`. A byte order mark hides the first line, as in the client.

    Raises `AddonRefusedError` when the file is missing, or written for another interface.
    """
    name = folder.name
    toc = folder / f"{name}.toc"
    if not toc.is_file():
        raise AddonRefusedError(
            f"no {name}.toc in {folder}: the client lists folders by that name only"
        )
    tags: dict[str, str] = {}
    files: list[str] = []
    for line in toc.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"##\s*([^:]+?)\s*:\s*(.*?)\s*$", line):
            tags[found[1]] = found[2]
        elif line.strip() and not line.lstrip("\ufeff").startswith("#"):
            files.append(line.strip())
    addon = Addon(name, folder, tags, tuple(files))
    if addon.interface < INTERFACE and not out_of_date:
        raise AddonRefusedError(
            f"{name} is out of date: interface {addon.interface}, not {INTERFACE}"
        )
    return addon


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,\s]+", text) if word]
