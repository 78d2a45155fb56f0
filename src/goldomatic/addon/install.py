"""Puts the addon into a game folder, whole or not at all."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from goldomatic.addon.package import NAME, TOC, AddonPackage, toc_version

_NEW = f".{NAME}.new"
_OLD = f".{NAME}.old"
_NEWER_CLIENTS = ("_retail_", "_classic_", "_classic_era_")


class WrongFolderError(ValueError):
    """The folder is not that of a 3.3.5a client; the message tells what it lacks."""


class CannotInstallError(RuntimeError):
    """The folder is right, but the disk refused. Nothing has changed."""


@dataclass(frozen=True)
class Installed:
    """What `install` did. `before` is the version that was there, None for a first installation,
    "?" for one without a version; `changed` is false when exactly this addon was there."""

    folder: Path
    version: str
    before: str | None
    changed: bool


def find_addons_folder(given: Path) -> Path:
    """The `Interface/AddOns` of a game folder; it need not exist yet.

    Takes the game folder, its `Wow.exe`, or the `Interface` or `AddOns` folder in it. Letter case
    does not matter. Raises `WrongFolderError`.
    """
    given = given.expanduser()
    if not given.exists():
        raise WrongFolderError(f"{given} does not exist")
    if given.is_file():
        if given.suffix.lower() != ".exe":
            raise WrongFolderError(f"{given} is a file; name the folder that Wow.exe lies in")
        given = given.parent
    given = given.resolve()
    if given.name.lower() == "addons" and given.parent.name.lower() == "interface":
        given = given.parent.parent
    elif given.name.lower() == "interface":
        given = given.parent
    _check_game(given)
    interface = _child(given, "Interface") or given / "Interface"
    addons = _child(interface, "AddOns") or interface / "AddOns"
    for folder in (interface, addons):
        if folder.exists() and not folder.is_dir():
            raise WrongFolderError(f"{folder} should be a folder, but is a file")
    return addons


def _check_game(folder: Path) -> None:
    for name in _NEWER_CLIENTS:
        if _child(folder, name) or folder.name.lower() == name:
            raise WrongFolderError(
                f"{folder} holds a newer World of Warcraft; the addon is for the 3.3.5a client"
            )
    if _child(folder, "Wow.exe") is None and _child(folder, "Interface") is None:
        raise WrongFolderError(
            f"{folder} is not the game's folder: there is neither Wow.exe nor an Interface folder"
            " in it. Choose the folder that you start the game from"
        )


def _child(folder: Path, name: str) -> Path | None:
    """What is called so in the folder, whatever its case: Wine runs on systems that mind it."""
    if not folder.is_dir():
        return None
    exact = folder / name
    if exact.exists():
        return exact
    return next((one for one in folder.iterdir() if one.name.lower() == name.lower()), None)


def install(package: AddonPackage, game: Path) -> Installed:
    """Install or upgrade the addon in a game folder.

    The new files are written and synced beside the old folder, then the folders change places, so
    that a crash leaves the old addon or the new one; what a crashed run has left behind is cleared
    up. Raises `WrongFolderError`, `CannotInstallError`.
    """
    addons = find_addons_folder(game)
    try:
        return _install(package, addons)
    except OSError as error:
        hint = "; close the game and try again" if isinstance(error, PermissionError) else ""
        raise CannotInstallError(
            f"cannot write to {addons}: {error.strerror or error}{hint}"
        ) from error


def _install(package: AddonPackage, addons: Path) -> Installed:
    target, new, old = addons / NAME, addons / _NEW, addons / _OLD
    if target.is_symlink():
        raise CannotInstallError(f"{target} is a link to another place; remove it first")
    addons.mkdir(parents=True, exist_ok=True)
    _clear_up(target, new, old)
    before = _version_in(target)
    if _holds(target, package):
        return Installed(target, package.version, before, changed=False)
    _write(package, new)
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    _sync(addons)
    shutil.rmtree(old, ignore_errors=True)
    return Installed(target, package.version, before, changed=True)


def _clear_up(target: Path, new: Path, old: Path) -> None:
    if old.exists() and not target.exists():
        old.rename(target)
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _version_in(target: Path) -> str | None:
    if not target.exists():
        return None
    toc = target / TOC
    return (toc_version(toc.read_bytes()) if toc.is_file() else None) or "?"


def _holds(target: Path, package: AddonPackage) -> bool:
    if not target.is_dir():
        return False
    there = {path.name: path for path in target.iterdir()}
    return there.keys() == {name for name, _ in package.files} and all(
        there[name].is_file() and there[name].read_bytes() == content
        for name, content in package.files
    )


def _write(package: AddonPackage, folder: Path) -> None:
    try:
        folder.mkdir()
        for name, content in package.files:
            with (folder / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _sync(folder)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sync(folder: Path) -> None:
    """Make the folder's entries durable, where the system lets a folder be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
