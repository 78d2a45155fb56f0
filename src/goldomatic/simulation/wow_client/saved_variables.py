"""The files under `WTF` in which addons' variables outlive a session (section 7.6)."""

from pathlib import Path
from typing import Any

from lupa.lua51 import lua_type

from goldomatic.simulation.wow_client.machine import LuaMachine

_ESCAPES = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x0D: b"\\r", 0x00: b"\\000"}


class UnsavableValueError(ValueError):
    """A value that the client cannot write: a table that contains itself."""


def save(machine: LuaMachine, names: list[str], path: Path) -> None:
    """Write global variables as the client does, keeping the former file as `.bak`."""
    text = b"".join(
        b"\r\n" + name.encode() + b" = " + written(machine.raw_global(name)) + b"\r\n"
        for name in names
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(path.name + ".bak"))
    path.write_bytes(text)


def load(machine: LuaMachine, path: Path) -> bool:
    """Run a saved file. A broken one is skipped, as the client does; whether there was one."""
    if not path.is_file():
        return False
    chunk = machine.compile(path.read_bytes(), f"@{path.name}")
    if isinstance(chunk, str):
        return False
    return machine.guarded(chunk)


def written(value: Any, depth: int = 0, above: tuple[Any, ...] = ()) -> bytes:
    """Lua source of a value; functions and other things that cannot be saved become nil."""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, bytes):
        return b'"' + b"".join(_ESCAPES.get(byte, bytes([byte])) for byte in value) + b'"'
    if isinstance(value, int | float):
        return f"{value:.14g}".encode()
    if lua_type(value) == "table":
        if any(value == outer for outer in above):
            raise UnsavableValueError("a saved table contains itself")
        return _table(value, depth, (*above, value))
    return b"nil"


def _table(table: Any, depth: int, above: tuple[Any, ...]) -> bytes:
    indent = b"\t" * (depth + 1)
    lines = [b"{\r\n"]
    length = 0
    while (value := table[length + 1]) is not None:
        length += 1
        if (text := written(value, depth + 1, above)) != b"nil":
            lines.append(indent + text + f", -- [{length}]\r\n".encode())
        else:
            lines.append(indent + f"nil, -- [{length}]\r\n".encode())
    for key, value in table.items():
        if isinstance(key, int) and 1 <= key <= length:
            continue
        text = written(value, depth + 1, above)
        if text != b"nil" and isinstance(key, bytes | int | float):
            lines.append(indent + b"[" + written(key) + b"] = " + text + b",\r\n")
    lines.append(b"\t" * depth + b"}")
    return b"".join(lines)
