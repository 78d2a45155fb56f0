"""The operator's settings of the bridge, in a file of the user's own.

They are apart from the service's settings: the bridge runs on the streamer's machine. The API key
is not among them; see `keystore`.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

import msgspec

PREFIX = "GOLDOMATIC_BRIDGE_"
FILE_NAME = "bridge.json"
FOLDER_VARIABLE = PREFIX + "FOLDER"

POLL_SECONDS = (5, 600)
RETRIES = (0, 10)

Injection = Literal["post_message", "send_input"]
OpenChatKey = Literal["enter", "slash", "none"]
TagMatch = Literal["signed", "strict", "anywhere"]


class BridgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator sets. Out-of-range numbers are pulled into their range."""

    service_url: str = "http://127.0.0.1:8000"
    """Address of the service."""
    poll_seconds: int = 15
    """Between two looks at the payouts, 5 to 600."""
    retries: int = 3
    """How often a request is repeated, 0 to 10."""
    game_folder: str | None = None
    """The game's folder, which holds `Logs`."""
    chat_log: str | None = None
    """The chat log itself or its folder, where it is not the game folder's."""
    tag_match: TagMatch = "signed"
    """Which tags count: `signed` by our addon; without signature only at the beginning of a line
    (`strict`) or wherever they stand (`anywhere`)."""
    own_character: str | None = None
    """The operator's character: its whispers to itself count as the beginning (`strict`)."""
    injection: Injection = "post_message"
    """The way that is tried first on Windows."""
    open_chat_key: OpenChatKey = "enter"
    """The key that opens the game's chat box."""
    character_ms: int | None = None
    """Pause after each typed character; None is the pause that the way prescribes."""
    idle_seconds: float = 2.0
    """Nothing is typed until the operator has not touched keyboard and mouse for so long."""
    auto_sync: bool = False
    """Queue consented payouts in the game without waiting for the operator's click."""
    motion: bool = True
    """Whether the wheel of a gift turns in the window; without, it shows the drawn item."""
    language: Literal["", "en", "ru"] = ""
    """Language of the window; empty is the system's."""

    def __post_init__(self) -> None:
        force = msgspec.structs.force_setattr
        force(self, "service_url", self.service_url.strip().rstrip("/"))
        force(self, "poll_seconds", _within(self.poll_seconds, *POLL_SECONDS))
        force(self, "retries", _within(self.retries, *RETRIES))
        force(self, "idle_seconds", min(max(self.idle_seconds, 0.0), 60.0))
        for name in ("game_folder", "chat_log", "own_character"):
            force(self, name, (getattr(self, name) or "").strip() or None)


class FolderTakenError(Exception):
    """Another bridge runs with the same folder."""


class BridgeSettingsError(Exception):
    """A GOLDOMATIC_BRIDGE_* variable cannot be read. Names it, without its value."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where settings and memory of the bridge are kept for this user."""
    if given := environment.get(FOLDER_VARIABLE, "").strip():
        return Path(given)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "goldomatic"


def load(folder: Path, environment: Mapping[str, str] | None = None) -> BridgeSettings:
    """Settings of the file, over which GOLDOMATIC_BRIDGE_* variables win.

    A file that is missing or broken counts as empty. Raises `BridgeSettingsError` for a variable.
    """
    content = _read(folder / FILE_NAME)
    for name in BridgeSettings.__struct_fields__:
        text = (environment or {}).get(PREFIX + name.upper(), "").strip()
        if not text:
            continue
        try:
            msgspec.convert({name: text}, BridgeSettings, strict=False)
        except msgspec.ValidationError as error:
            wrong = str(error).partition(" - at ")[0]
            raise BridgeSettingsError(f"{PREFIX}{name.upper()}: {wrong}") from None
        content[name] = text
    return msgspec.convert(content, BridgeSettings, strict=False)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(file.read_bytes())
        msgspec.convert(content, BridgeSettings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return dict(content)


def changed(settings: BridgeSettings, **changes: Any) -> BridgeSettings:
    """Settings with the changes that are not None, again within their ranges."""
    given = {name: value for name, value in changes.items() if value is not None}
    return BridgeSettings(**(msgspec.structs.asdict(settings) | given))


def save(folder: Path, settings: BridgeSettings) -> None:
    """Write the settings; a crash leaves the old file or the new one. Raises `OSError`."""
    text = msgspec.json.format(msgspec.json.encode(settings), indent=2)
    write_whole(folder / FILE_NAME, text + b"\n")


def write_whole(file: Path, content: bytes) -> None:
    """Replace a file at once by one that only this user may read. Raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Made with mode 0600.
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as new:
        try:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
            new.close()
            Path(new.name).replace(file)
        except BaseException:
            new.close()
            Path(new.name).unlink(missing_ok=True)
            raise


def _within(number: int, low: int, high: int) -> int:
    return min(max(number, low), high)
