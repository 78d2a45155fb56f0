"""Takes pictures of the window for the documents: `python -m support.desktop_pictures FOLDER`.

Run below tests/. The real program runs on an X server without a screen; service and game are the
tests' stand-ins, and nothing is kept.
"""

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from goldomatic.bridge.desktop.texts import texts
from goldomatic.bridge.inject import GameWindow, InjectionError
from goldomatic.bridge.inject.recording import RecordingInjector
from goldomatic.bridge.inject.screen import TITLE
from goldomatic.bridge.settings import BridgeSettings, changed
from support.bridge_game import item
from support.payout_service import PayoutService, gift, payout, payout_service
from support.xserver import x_server

if TYPE_CHECKING:
    from support.windows import Desk

BAGS = [
    item(number, name, count=count)
    for number, (name, count) in enumerate(
        (
            *(("Runic Healing Potion", 5), ("Саронитовая руда", 20), ("Frost Lotus", 3)),
            *(("Рунический посох", 1), ("Eternal Fire", 10), ("Свиток: дух", 4)),
        ),
        1,
    )
]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with x_server() as display, TemporaryDirectory() as scratch, payout_service() as service:
        os.environ |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        for language in ("en", "ru"):
            _hold(service)
            _window(folder, Path(scratch) / language, service, language)
            _set_up(folder, Path(scratch) / f"{language}-new", service, language)


def _hold(service: PayoutService) -> None:
    now = datetime.now(UTC)

    def ago(minutes: float) -> str:
        return (now - timedelta(minutes=minutes)).isoformat()

    service.version = {"version": "0.2.0", "releaseNotesUrl": "https://gold.example/0.2.0"}
    service.hold(
        _payout("6E0D", "Norinn", twitchDisplayName="GnomeFan", createdAt=ago(1)),
        _payout(
            "91AB",
            "Элриндэль",
            twitchDisplayName="Snezhok",
            createdAt=ago(6),
            winnerAcceptedWillingToReceiveAt=None,
        ),
        _payout(
            "2C44",
            "Torgan",
            twitchDisplayName="rune_reader",
            createdAt=ago(12),
            updatedAt=ago(8),
            status="InProgress",
        ),
        _payout(
            "D3F0",
            "Миралис",
            twitchDisplayName="Kotofey",
            createdAt=ago(70),
            updatedAt=ago(45),
            status="InProgress",
        ),
    )


def _payout(beginning: str, name: str, **facts: Any) -> dict[str, Any]:
    return payout(0, name, **facts) | {"id": f"{beginning.lower()}3a52-1111-4000-8000-000000000000"}


class _TwoGames(RecordingInjector):
    async def windows(self) -> Sequence[GameWindow]:
        return [GameWindow("Wow", 4242, TITLE, 1), GameWindow("Wow", 5150, TITLE, 2)]


class _Pictures:
    """The window of one language, and what it is told while its pictures are taken."""

    def __init__(self, folder: Path, log: Path, opened: "Desk", language: str) -> None:
        self.folder, self.log, self.language = folder, log, language
        self.opened, self.window = opened, opened.window

    def take(self, window: object, name: str) -> None:
        from support.windows import let_work

        let_work(0.3)
        _take(window, self.folder / _name(f"desktop{name}", self.language))

    def log_says(self, line: str) -> None:
        with self.log.open("a") as file:
            file.write(f"{line}\r\n")

    def take_alert(self, name: str) -> None:
        from support.windows import until

        until(lambda: self.opened.questions() == 1, f"the alert {name}")
        self.take(self.opened.question(), f"-alert{name}")

    def take_dialogs(self) -> None:
        from support.windows import until

        window = self.window
        for name, show in (
            ("settings", window.open_settings),
            ("connection", window.open_connection),
            ("windows", window.pick_window),
        ):
            before = window.dialog
            show()
            until(lambda before=before: window.dialog is not before, name)
            self.take(window.dialog, f"-{name}")
            window.dialog.close()

    def take_gift(self, gift_id: str) -> None:
        from support.windows import let_work, until

        window = self.window
        until(lambda: any("GiftItems" in line for line in self.opened.injector.lines), "the list")
        window.queue.table.selectRow(0)
        self.log_says(f"[MGM_ITEMS:{gift_id}]{json.dumps(BAGS)}")
        until(window.gifts.wheel.isVisible, "the wheel")
        let_work(0.5)
        self.take(window.gifts.frame, "-wheel")
        until(lambda: window.view.gifts[0].step == "whispered", "the item")
        self.take(window, "")
        self.log_says(f"[MGM_GIFT_ACCEPT:{gift_id}]")
        until(lambda: any(row.step == "to_mail" for row in window.view.gifts), "the gift")
        self.take(window.gifts.frame, "-gift")

    def take_troubles(self, service: PayoutService) -> None:
        from support.windows import let_work

        opened, injector = self.opened, self.opened.injector
        injector.failures = [InjectionError("PostMessage failed with Windows error 5")] * 9
        self.window.sync(without_consent=False)
        self.take_alert("-not-typed")
        injector.failures.clear()
        opened.answer(0)
        closed = service.payouts[_payout("2C44", "Torgan")["id"]]
        closed["status"], service.refusal = "Cancelled", "terminal_status_change_not_allowed"
        self.log_says(f"[MGM_CONFIRM:{closed['id']}]")
        self.take_alert("-closed")
        opened.answer(0)
        service.refusal, closed["status"] = "", "InProgress"
        self.window.show_log()
        self.take(self.window.log, "-log")
        self.window.log.close()
        service.down = True
        while not opened.questions():
            self.window._refresh()
            let_work(0.3)
        self.take_alert("")
        self.take(self.window, "-offline")
        service.down = False


def _window(folder: Path, own: Path, service: PayoutService, language: str) -> None:
    from support.windows import desk, until

    request = gift(1, "Миралис", state="SelectingItem", viewerDisplayName="Kotofey")
    service.gifts = [request, gift(2, "Torgan", viewerDisplayName="rune_reader")]
    log = own / "WoWChatLog.txt"
    own.mkdir(parents=True)
    log.touch()
    given = {"language": language, "retries": 0, "tag_match": "strict", "chat_log": str(log)}
    with desk(own, service, settings=given, injector=RecordingInjector(None)) as opened:
        window = opened.window
        pictures = _Pictures(folder, log, opened, language)
        until(lambda: window.queue.model.rowCount() == 4, "the queue")
        until(lambda: window.view.log.exists, "the log is read from here on")
        pictures.take(window, "-idle")
        window.sync(without_consent=True)
        pictures.take_alert("-no-game")
        opened.answer(0)
        opened.injector.window = GameWindow("Wow", 4242, TITLE, 1)
        until(window.sync_panel.sync.isEnabled, "Sync enabled")
        pictures.take_gift(request["id"])
        pictures.take_troubles(service)
    plain = BridgeSettings(language=language, game_folder="/games/WoW 3.3.5a")
    games = _TwoGames()
    with desk(
        own / "dialogs", service, settings=msgspec.to_builtins(plain), injector=games
    ) as opened:
        _Pictures(folder, log, opened, language).take_dialogs()


def _set_up(folder: Path, own: Path, service: PayoutService, language: str) -> None:
    from support.windows import desk, let_work, until

    with desk(own, service, key="", settings={"language": language}) as opened:
        wizard, searching = opened.program.wizard, texts(language)("wizard.folder_searching")
        let_work(0.3)
        _take(wizard, folder / _name("desktop-setup", language))
        for number in range(1, 5):
            if number == 3:
                opened.window.keep(
                    changed(opened.preferences.settings, game_folder=str(_game(own)))
                )
            wizard.setStartId(number)
            wizard.restart()
            let_work(0.5)
            told = getattr(wizard.currentPage(), "told", None)
            if told is not None:
                until(lambda told=told: told.text() != searching, "the search for the game")
            _take(wizard, folder / _name(f"desktop-setup-{number}", language))


def _game(own: Path) -> Path:
    """A folder that looks like the game's."""
    folder = own / "WoW"
    (folder / "Interface" / "AddOns").mkdir(parents=True)
    (folder / "Wow.exe").touch()
    return folder


def _name(picture: str, language: str) -> str:
    return f"{picture}.png" if language == "en" else f"{picture}-{language}.png"


def _take(window: object, file: Path) -> None:
    assert window.grab().save(str(file)), file


if __name__ == "__main__":
    main(Path(sys.argv[1]))
