"""Where the addon lies in the source tree."""

from pathlib import Path

ADDON = Path(__file__).parents[2] / "addon" / "MimironsGoldOMatic"


def toc_lines() -> list[str]:
    return (ADDON / f"{ADDON.name}.toc").read_text(encoding="utf-8").splitlines()


def lua_files() -> list[Path]:
    """The Lua files in the order in which the client loads them."""
    return [ADDON / line for line in toc_lines() if line and not line.startswith("#")]
