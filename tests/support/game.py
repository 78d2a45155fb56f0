"""The addon in a simulated client, and what a bridge would make of the client's log."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from goldomatic.simulation.wow_client import ClientSettings, WowClient
from support.addon_files import ADDON

NONCE = "GAMETESTKEY2"
PAYOUT = "0b0e4f0e-1111-4000-8000-000000000001"
OTHER_PAYOUT = "0b0e4f0e-2222-4000-8000-000000000002"
CYCLE = "c5c1e000-3333-4000-8000-000000000003"
GIFT = "91f70000-4444-4000-8000-000000000004"
GOLD = 10_000_000

WINNER_TEXT = (
    "Поздравляю, ты победил в розыгрыше! Дай мне своё согласие на получение награды - "
    "ответь на это сообщение одной фразой: !twgold"
)
SENT_TEXT = "Награда отправлена тебе на почту, проверяй ящик!"
GIFT_TEXT = "Тебе выбран подарок! Для подтверждения ответь одной фразой: !twgift"

_SIGNED = re.compile(r"(\[MGM_[A-Z_]+(?::[^\]]*)?\].*?) k=([A-Z2-9]{12})\.(\d+)")
_PART = re.compile(r"(\[[^\]]*\]) (\d+)/(\d+) (.*)")


class Game(WowClient):
    """A client with the addon, whose player is called Streamer."""

    def __init__(self, folder: Path, settings: ClientSettings | None = None) -> None:
        super().__init__(folder, addons=[ADDON], settings=settings)
        self.nonce = NONCE

    def enter(self) -> "Game":
        """Log in, hear the bridge's hello, and let the login's own lines pass."""
        self.log_in()
        self.hello()
        self.run_for(0.5)
        return self

    def hello(self, nonce: str = NONCE) -> None:
        self.nonce = nonce
        self.call("MGM_Hello", nonce)

    def call(self, door: str, *arguments: str) -> None:
        """Call one of the addon's functions as `/run` does."""
        quoted = ", ".join('"' + "".join(map(_escape, one)) + '"' for one in arguments)
        self.run_lua(f"{door}({quoted})")

    def outbox(self) -> list[str]:
        """Tags that wait for the bridge's acknowledgement, oldest first; parts are joined."""
        text = self.lua(
            "(function() local lines = {} for _, entry in ipairs(MimironsGoldOMaticDB.outbox) do"
            ' lines[#lines + 1] = entry.tag end return table.concat(lines, "\\n") end)()'
        )
        return joined(text.split("\n")) if text else []

    def told(self, kind: str) -> list[str]:
        """The waiting tags of one kind, such as "ACCEPT"."""
        return [tag for tag in self.outbox() if re.match(rf"\[MGM_{kind}[:\]]", tag)]

    def shown(self) -> list[str]:
        """The tags that the chat window shows."""
        return [line for line in self.chat_lines if "[MGM_" in line]

    def read(self, nonce: str | None = None) -> dict[int, str]:
        """The signed tags in the log file by their numbers, as a bridge reads them."""
        found = {}
        for line in self.log_bytes().decode(errors="replace").splitlines():
            signed = _SIGNED.search(line)
            if signed and signed[2] == (nonce or self.nonce):
                found[int(signed[3])] = signed[1]
        return found

    def tags(self) -> list[str]:
        """The signed tags in the log file, each once, parts joined."""
        return joined([tag for _, tag in sorted(self.read().items())])

    def acknowledge(self) -> None:
        """Say what the bridge says about everything that it has read."""
        numbers = sorted(self.read())
        for start in range(0, len(numbers), 15):
            self.call("MGM_Ack", self.nonce, ",".join(map(str, numbers[start : start + 15])))

    def wait_for(self, tag: str, within: float = 15.0) -> float:
        """Seconds until the tag stands in the log file."""
        start = self.clock.seconds
        self.run_until(lambda: tag in self.tags(), within=within)
        return self.clock.seconds - start

    def rows(self) -> list[tuple[str, str, str]]:
        """The queue: (payout id, name, state)."""
        text = self.lua(
            "(function() local rows = {} for _, row in ipairs(MimironsGoldOMaticDB.queue) do"
            ' rows[#rows + 1] = row.payoutId .. ";" .. row.characterName .. ";" .. row.state end'
            ' return table.concat(rows, "\\n") end)()'
        )
        return [tuple(row.split(";")) for row in text.split("\n")] if text else []  # type: ignore[misc]

    def watch(self, function: str) -> Callable[[], int]:
        """Counts the calls of one of the client's functions from now on."""
        counter = f"test_{function}_calls"
        self.run_lua(
            f'{counter} = 0; hooksecurefunc("{function}", function() {counter} = {counter} + 1 end)'
        )
        return lambda: int(self.lua(counter))

    def saved(self, expression: str) -> Any:
        return self.lua(f"MimironsGoldOMaticDB.{expression}")


def joined(lines: list[str]) -> list[str]:
    """Tags of lines in the order of their numbers; an unfinished set is left out."""
    tags: list[str] = []
    parts: list[str] = []
    for line in lines:
        part = _PART.fullmatch(line)
        if part is None:
            tags.append(line)
            continue
        if part[2] == "1":
            parts = []
        parts.append(part[4])
        if len(parts) == int(part[3]):
            tags.append(part[1] + "".join(parts))
    return tags


def _escape(letter: str) -> str:
    if letter in '\\"':
        return "\\" + letter
    if " " <= letter <= "~" and letter != "|":
        return letter
    return "".join(f"\\{byte:03}" for byte in letter.encode())
