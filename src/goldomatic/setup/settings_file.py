"""Writing goldomatic.toml: whole or not at all, for its owner's eyes only.

Rules: lines that are not concerned stay as they are, comments among them; a file that could not be
read back as it was meant is not written.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from goldomatic.setting_table import PREFIX

_LINE = re.compile(r"^\s*([A-Za-z_]+)\s*=")


class SettingsFileError(Exception):
    """The file cannot be written; the text says why and holds no value."""


def write(path: Path, changes: Mapping[str, str | None]) -> None:
    """Set settings by their names without prefix; None removes one.

    Raises `SettingsFileError` when the file cannot be written, or not without losing something.
    """
    wanted = {name.upper(): value for name, value in changes.items()}
    try:
        old = path.read_text("utf-8") if path.exists() else ""
        before = _read(old)
        new = _changed(old, wanted)
        if _read(new) != _expected(before, wanted):
            raise SettingsFileError(f"{path} has a form that cannot be changed by a program.")
        _replace(path, new)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be written ({type(error).__name__}).") from None


def _changed(old: str, wanted: Mapping[str, str | None]) -> str:
    lines, done = [], set()
    for line in old.splitlines():
        found = _LINE.match(line)
        name = found[1].upper().removeprefix(PREFIX) if found else ""
        if name not in wanted:
            lines.append(line)
        elif name not in done:
            done.add(name)
            lines += _line(name, wanted[name])
    for name in wanted:
        if name not in done:
            lines += _line(name, wanted[name])
    return "\n".join(lines) + "\n"


def _line(name: str, value: str | None) -> list[str]:
    # A JSON string is a TOML string as well.
    return [] if value is None else [f"{name.lower()} = {json.dumps(value, ensure_ascii=False)}"]


def _read(text: str) -> dict[str, object]:
    content = tomllib.loads(text)
    return {key.upper().removeprefix(PREFIX): value for key, value in content.items()}


def _expected(before: Mapping[str, object], wanted: Mapping[str, str | None]) -> dict[str, object]:
    merged = {**before, **wanted}
    return {name: value for name, value in merged.items() if value is not None}


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def names_in(path: Path) -> set[str]:
    """The settings that a file gives a value; raises `SettingsFileError`."""
    try:
        content = _read(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsFileError(f"{path} cannot be read ({type(error).__name__}).") from None
    return {name for name, value in content.items() if value not in ("", [])}
