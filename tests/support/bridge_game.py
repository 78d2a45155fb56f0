"""The streamer's machine for tests of the bridge: a chat log, a game that answers, a clock.

The real addon in a simulated client is tested elsewhere; this game answers by the protocol alone,
so that a test can also make it silent, forgetful or a liar.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.inject.recording import RecordingInjector
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.timing import Timing
from goldomatic.setting_texts import Secret
from support.clock import FakeClock
from support.gate import Gate, gate
from support.service import API_KEY, Stage, running, viewer

_RUN = re.compile(r"/run ([\w:]+)\((.*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(\d{3}|.)", re.DOTALL)


class HandTime:
    """The test's clock as the bridge's time: waiting moves it on at once."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.clock()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds)
        await asyncio.sleep(0)


class Game:
    """A log file and an addon that does what it is told, as far as `answers` goes."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "Logs" / "WoWChatLog.txt"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.injector = RecordingInjector()
        self.injector.answer = self.hear
        self.nonce = ""
        self.seq = 17_000_000_000
        self.acknowledged: list[int] = []
        self.outbox: dict[int, str] = {}
        self.online = True
        self.consents = False
        """Winners say yes as soon as they are whispered to."""
        self.mails = False
        """The operator mails at once what is queued."""
        self.answers = True
        self.bags: list[dict[str, Any]] = [item(1), item(2, "Саронитовая руда"), item(3)]
        self.accepts = False
        """Recipients of gifts say yes as soon as they are whispered to."""
        self.chatty = False
        """Other people talk, so that the log grows whatever the addon says."""
        self.whispered: list[str] = []
        self.queue: dict[str, tuple[str, int]] = {}
        self.mailed: list[str] = []

    @property
    def lines(self) -> list[str]:
        return self.injector.lines

    def typed(self, function: str) -> list[tuple[str, ...]]:
        """The arguments of every typed call of a function."""
        calls = (call(line) for line in self.lines)
        return [arguments for name, arguments in calls if name == function]

    def write(self, *lines: str, end: str = "\r\n") -> None:
        """Append lines as the client does, with its time stamp."""
        with self.log.open("ab") as file:
            for line in lines:
                file.write(f"11/21 12:00:00.123  {line}{end}".encode())

    def tag(self, tag: str, *, seq: int | None = None, before: str = "") -> int:
        """Emit a signed tag; its number."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        self.outbox[seq] = tag
        self.write(f"{before}{tag} k={self.nonce}.{seq}")
        return seq

    def repeat(self) -> None:
        """Emit again what is not acknowledged."""
        for seq in set(self.outbox) - set(self.acknowledged):
            self.write(f"{self.outbox[seq]} k={self.nonce}.{seq}")

    def hear(self, line: str) -> None:
        """What was typed, as the addon takes it."""
        name, arguments = call(line)
        if name == "MGM_Hello":
            self.nonce = arguments[0]
            if self.answers:
                self.tag("[MGM_HELLO]1.0.0")
        elif name == "MGM_Ack" and arguments[0] == self.nonce:
            self.acknowledged += spelt_out(arguments[1])
        elif self.answers:
            self._obey(name, arguments)

    def _obey(self, name: str, arguments: tuple[str, ...]) -> None:
        match name:
            case "MGM_RunWhoForSpin":
                self.who(*arguments)
            case "NotifyWinnerWhisper":
                payout_id = arguments[0]
                if payout_id not in self.whispered:
                    self.whispered.append(payout_id)
                self.tag(f"[MGM_DID:whisper:{payout_id}]")
                if self.consents:
                    self.tag(f"[MGM_ACCEPT:{payout_id}]")
            case "ReceiveGold":
                for entry in filter(None, arguments[0].split(";")):
                    self._receive(*entry.split(":"))
            case _:
                self._give(name, arguments[0])

    def _give(self, name: str, gift_id: str) -> None:
        match name:
            case "MGM_RequestGiftItems":
                self.list_bags(gift_id)
            case "MGM_RequestGiftConfirmation":
                self.tag(f"[MGM_DID:gift:{gift_id}]")
                if self.accepts:
                    self.tag(f"[MGM_GIFT_ACCEPT:{gift_id}]")
            case "MGM_CloseGift":
                self.tag(f"[MGM_DID:giftend:{gift_id}]")

    def _receive(self, payout_id: str, character: str, amount: str) -> None:
        if amount == "0":
            self.queue.pop(payout_id, None)
            self.tag(f"[MGM_DID:withdraw:{payout_id}]")
            return
        if payout_id not in self.mailed:
            self.queue.setdefault(payout_id, (character, int(amount.rstrip("?"))))
        self.tag(f"[MGM_DID:queue:{payout_id}]")
        if self.mails:
            self.mail(payout_id)

    def list_bags(self, gift_id: str) -> int:
        listed = json.dumps(self.bags, ensure_ascii=False, separators=(",", ":"))
        return self.tag(f"[MGM_ITEMS:{gift_id}]{listed}")

    def who(self, cycle: str, name: str) -> int:
        return self.tag("[MGM_WHO]" + who_report(cycle, name, online=self.online))

    def mail(self, payout_id: str) -> None:
        """The operator sends the mail, and the realm confirms it."""
        if self.queue.pop(payout_id, None):
            self.mailed.append(payout_id)
            self.tag(f"[MGM_CONFIRM:{payout_id}]")


def item(number: int, name: str = "", **changes: Any) -> dict[str, Any]:
    """A stack as the addon lists it."""
    facts = {
        "name": name or f"Thing {number}",
        "id": 7000 + number,
        "count": number,
        "link": f"item:{7000 + number}:0:0:0:0:0:0:0:80",
        "texture": "INV_Misc_QuestionMark",
        "bagId": 0,
        "slotId": number,
    }
    return facts | changes


def spelt_out(numbers: str) -> list[int]:
    """The numbers of an acknowledgement, `first-last` spelt out."""
    found: list[int] = []
    for each in numbers.split(","):
        first, _, last = each.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def who_report(cycle: str, name: str, *, online: bool = True, **changes: Any) -> str:
    report = {
        "schemaVersion": 1,
        "spinCycleId": cycle,
        "characterName": name,
        "online": online,
        "capturedAt": "2026-11-21T12:04:01Z",
    }
    return json.dumps(report | changes, ensure_ascii=False, separators=(",", ":"))


def call(line: str) -> tuple[str, tuple[str, ...]]:
    """Function and arguments of a typed line, as Lua reads them."""
    found = _RUN.fullmatch(line)
    assert found, line
    assert line.isascii()
    assert len(line) <= 254, len(line)
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', found[2])
    return found[1], tuple(_unescaped(text) for text in texts)


def _unescaped(text: str) -> str:
    def one(found: re.Match[bytes]) -> bytes:
        what = found[1]
        return bytes([int(what)]) if what.isdigit() else what

    return _ESCAPE.sub(one, text.encode()).decode()


class Rig:
    """A bridge between a game and a service, driven by hand."""

    def __init__(
        self, url: str, folder: Path, clock: FakeClock, game: Game | None = None, **settings: Any
    ) -> None:
        self.game = game or Game(folder / "game")
        self.folder = folder / "bridge"
        self.clock = clock
        self.time = HandTime(clock)
        given: dict[str, Any] = {"service_url": url, "game_folder": str(self.game.folder)}
        self.settings = BridgeSettings(**(given | settings))
        self.bridge = self._made()

    def _made(self) -> Bridge:
        return Bridge(
            self.settings,
            Secret(API_KEY),
            self.game.injector,
            self.folder,
            time=self.time,
            timing=Timing(),
        )

    async def restart(self) -> None:
        """End the bridge without a word, as a power failure would, and start it again."""
        await self.bridge.close()
        self.bridge = self._made()

    @property
    def told(self) -> list[str]:
        """What the operator was told, oldest first."""
        return [entry.text for entry in reversed(self.bridge.events.entries)]

    async def look(self) -> None:
        """Read the log and tell the service."""
        self.bridge.read_log()
        await self.bridge.deliver()

    async def settle(self, rounds: int = 12) -> None:
        """Let everything happen that can happen now, and for the next seconds."""
        for each in range(rounds):
            if self.game.chatty:
                self.game.write("Bob says: hello")
            await self.bridge.watch_window()
            await self.bridge.watch_gifts()
            await self.look()
            if each < 12 or each % 5 == 0:
                await self.bridge.watch_candidate()
                await self.bridge.refresh()
            while await self.bridge.type_next():
                self.clock.advance(0.3)
                await self.look()
            self.clock.advance(1)

    async def hello(self) -> None:
        """Let the session begin."""
        await self.bridge.watch_window()
        while not self.game.nonce:
            assert await self.bridge.type_next()
        await self.look()
        self.game.lines.clear()


@asynccontextmanager
async def bridged(tmp_path: Path, **settings: Any) -> AsyncIterator[tuple[Stage, Gate, Rig]]:
    """The real service behind a gate, a game, and a bridge between them."""
    async with (
        running(tmp_path, e2e_harness=True, dev_skip_gift_subscriber_check=True) as stage,
        gate(stage.url) as way,
    ):
        rig = Rig(way.url, tmp_path, stage.clock, **settings)
        try:
            yield stage, way, rig
        finally:
            await rig.bridge.close()


async def winners(stage: Stage, number: int, name: str = "Norinn") -> list[str]:
    """So many pending payouts, made by the service's own test route; their ids."""
    found = []
    for each in range(number):
        person = viewer(100 + each)
        letters = name if number == 1 else name[:-2] + chr(97 + each // 26) + chr(97 + each % 26)
        assert (await stage.chat(person, f"!twgold {letters}")).accepted
        body = {"twitchUserId": person.id}
        answer = await stage.operator("POST", "/api/e2e/prepare-pending-payout", json=body)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["payoutId"])
        stage.clock.advance(0.01)
    return found


async def status(stage: Stage, payout_id: str) -> str:
    answer = await stage.operator("GET", f"/api/payouts/{payout_id}")
    text: str = answer.json()["status"]
    return text
