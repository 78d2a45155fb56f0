"""What is pressed, typed and waited for to bring one line into the game's chat box. Pure.

The game opens its chat box on a key, empties it in the next frame, and only then keeps what is
typed. It takes keys and characters by separate ways, so Enter is a key and a letter is a character.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from goldomatic.bridge.settings import OpenChatKey

MAX_LINE = 254
"""Characters that the chat box takes; all of them are ASCII, so bytes are the same."""


class Key(Enum):
    ENTER = "Enter"
    SLASH = "/"
    ESCAPE = "Escape"


@dataclass(frozen=True)
class Press:
    """A key goes down, is held for so many seconds, and comes up."""

    key: Key
    hold: float
    box_open: bool
    """Whether the chat box is open after it."""


@dataclass(frozen=True)
class Write:
    """One printable ASCII character goes into the open chat box."""

    character: str


@dataclass(frozen=True)
class Wait:
    seconds: float


Step = Press | Write | Wait


@dataclass(frozen=True)
class Pace:
    """Seconds. A frame of the game takes up to about 50 ms when it is busy."""

    after_focus: float
    per_character: float
    hold: float = 0.020
    after_open: float = 0.120
    before_submit: float = 0.060
    after_submit: float = 0.120


class LineError(ValueError):
    """The line cannot be typed: wrong characters, or too long for the chat box."""


def check(line: str) -> None:
    """Raises `LineError` unless `line` is a slash command that any keyboard can type."""
    if not line.startswith("/"):
        raise LineError("only slash commands are typed")
    if len(line) > MAX_LINE:
        raise LineError(f"{len(line)} characters exceed the line limit of {MAX_LINE}")
    if not (line.isascii() and line.isprintable()):
        raise LineError("only printable ASCII is typed; names are written as Lua escapes")
    if "|" in line:
        raise LineError("the chat box doubles |")


_OPENING = {"enter": Key.ENTER, "slash": Key.SLASH}


def steps(line: str, open_chat: OpenChatKey, pace: Pace) -> Iterator[Step]:
    """Everything from the focused game to the wait after sending; `line` passes `check`."""
    yield Wait(pace.after_focus)
    if key := _OPENING.get(open_chat):
        yield Press(key, pace.hold, box_open=True)
        yield Wait(pace.after_open)
    for character in line[1:] if key is Key.SLASH else line:
        yield Write(character)
        yield Wait(pace.per_character)
    yield Wait(pace.before_submit)
    yield Press(Key.ENTER, pace.hold, box_open=False)
    yield Wait(pace.after_submit)
