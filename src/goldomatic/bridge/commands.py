"""The lines that are typed into the game: ASCII, at most 254 characters, never cut. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from goldomatic.values import COPPER_PER_GOLD

LONGEST_LINE = 254
"""The game's chat box takes 255 letters; ASCII makes bytes and letters one."""

_RECEIVE = "ReceiveGold"
_SAY = "DEFAULT_CHAT_FRAME:AddMessage"


class LineLimitError(Exception):
    """Something cannot be said in one line and may not be cut."""

    def __init__(self, function: str) -> None:
        super().__init__(f"{function}: longer than the line limit of {LONGEST_LINE} characters")


class MailEntry(NamedTuple):
    """An entry of the game's mail queue. No copper withdraws the payout; `claimed` says that the
    addon had taken it before, so that it asks the operator whether the mail has gone already."""

    payout_id: str
    character_name: str
    copper: int
    claimed: bool = False

    @property
    def text(self) -> str:
        mark = "?" if self.claimed else ""
        return f"{self.payout_id.lower()}:{self.character_name}:{self.copper}{mark};"


def copper(gold: int) -> int:
    """Copper of so many gold pieces."""
    return gold * COPPER_PER_GOLD


def quoted(text: str) -> str:
    """Text as the inside of a Lua string in quotes: bytes beyond ASCII, and `|`, as escapes.

    An edit box doubles `|`, and typed Cyrillic depends on keyboard layout and code page.
    """
    return "".join(_escaped(byte) for byte in text.encode("utf-8", "replace"))


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character in '"\\':
        return "\\" + character
    if character == "|" or not 0x20 <= byte < 0x7F:
        return f"\\{byte:03d}"
    return character


def _line(function: str, *arguments: str) -> str:
    inside = ",".join(f'"{quoted(each)}"' for each in arguments)
    return f"/run {function}({inside})"


def _fits(line: str) -> bool:
    return len(line) <= LONGEST_LINE


def call(function: str, *arguments: str) -> str:
    """`/run function("…","…")`; raises `LineLimitError`."""
    line = _line(function, *arguments)
    if not _fits(line):
        raise LineLimitError(function)
    return line


def hello(nonce: str) -> str:
    """Hands the session key over."""
    return call("MGM_Hello", nonce)


def acknowledge(nonce: str, numbers: Sequence[int]) -> tuple[str, int]:
    """As many numbers as one line takes, from the first on: the line and how many they are."""
    taken = 1
    while taken < len(numbers) and _fits(_acknowledgement(nonce, numbers[: taken + 1])):
        taken += 1
    return _acknowledgement(nonce, numbers[:taken]), taken


def _acknowledgement(nonce: str, numbers: Sequence[int]) -> str:
    return _line("MGM_Ack", nonce, ",".join(_spans(numbers)))


def _spans(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers that follow each other as `first-last`, the others alone."""
    first = last = numbers[0]
    for number in (*numbers[1:], None):
        if number == last + 1:
            last = number
            continue
        yield str(first) if first == last else f"{first}-{last}"
        if number is not None:
            first = last = number


def log_test_result(nonce: str, result: str) -> str:
    """What the log test has shown."""
    return call("MGM_LogTest", nonce, result)


def winner_whisper(payout_id: str, character_name: str) -> str:
    """Has the addon whisper to a winner."""
    return call("NotifyWinnerWhisper", payout_id.lower(), character_name)


def online_check(spin_cycle_id: str, character_name: str) -> str:
    """Has the addon ask whether a candidate is online."""
    return call("MGM_RunWhoForSpin", spin_cycle_id.lower(), character_name)


def gift_items(gift_id: str) -> str:
    """Has the addon list what the bags hold."""
    return call("MGM_RequestGiftItems", gift_id.lower())


def gift_confirmation(gift_id: str, character_name: str) -> str:
    """Has the addon whisper to the recipient of a gift."""
    return call("MGM_RequestGiftConfirmation", gift_id.lower(), character_name)


def close_gift(gift_id: str, item: tuple[int, int] | None) -> str:
    """Tells the addon that a request has ended: with so many of an item to mail, or with none."""
    return call("MGM_CloseGift", gift_id.lower(), *map(str, item or ()))


def mail_queue(entries: Iterable[MailEntry]) -> Iterator[tuple[str, tuple[MailEntry, ...]]]:
    """Lines for the game's mail queue, packed greedily in order, each with its entries.

    Raises `LineLimitError` at an entry that does not even fit alone.
    """
    packed: tuple[MailEntry, ...] = ()
    for entry in entries:
        call(_RECEIVE, entry.text)
        if packed and not _fits(_receive((*packed, entry))):
            yield _receive(packed), packed
            packed = ()
        packed = (*packed, entry)
    if packed:
        yield _receive(packed), packed


def _receive(entries: Iterable[MailEntry]) -> str:
    return _line(_RECEIVE, "".join(entry.text for entry in entries))


def chat_lines(text: str) -> list[str]:
    """A message for the operator's chat window: as many lines as it takes, broken at spaces."""
    lines: list[str] = []
    said = ""
    for word in text.split():
        longer = f"{said} {word}".lstrip()
        if said and not _fits(_line(_SAY, longer)):
            lines.append(call(_SAY, said))
            longer = word
        said = longer
    return [*lines, call(_SAY, said)]
