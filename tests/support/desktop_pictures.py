"""Takes pictures of the window for the documents: `python -m support.desktop_pictures FOLDER`.

Run below tests/. The real program runs on an X server without a screen; service and game are the
tests' stand-ins, and nothing is kept.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support.bridge_game import item
from support.payout_service import PayoutService, gift, payout, payout_service
from support.xserver import x_server

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
        _hold(service)
        for language in ("en", "ru"):
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


def _window(folder: Path, own: Path, service: PayoutService, language: str) -> None:
    from support.windows import desk, let_work, until

    request = gift(1, "Миралис", state="SelectingItem", viewerDisplayName="Kotofey")
    service.gifts = [request, gift(2, "Torgan", viewerDisplayName="rune_reader")]
    log = own / "WoWChatLog.txt"
    own.mkdir(parents=True)
    log.touch()
    given = {"language": language, "retries": 0, "tag_match": "strict", "chat_log": str(log)}
    with desk(own, service, settings=given) as opened:
        until(lambda: opened.window.queue.model.rowCount() == 4, "the queue")
        until(opened.window.sync_panel.sync.isEnabled, "Sync enabled")
        until(lambda: any("GiftItems" in line for line in opened.injector.lines), "the list")
        until(lambda: opened.window.view.log.exists, "the log is read from here on")
        opened.window.queue.table.selectRow(0)
        with log.open("a") as file:
            file.write(f"[MGM_ITEMS:{request['id']}]{json.dumps(BAGS)}\r\n")
        until(opened.window.gifts.wheel.isVisible, "the wheel")
        let_work(0.8)
        _take(opened.window.gifts.frame, folder / _name("desktop-wheel", language))
        until(lambda: opened.window.view.gifts[0].step == "whispered", "the item")
        let_work(0.3)
        _take(opened.window, folder / _name("desktop", language))
        opened.window.show_log()
        let_work(0.2)
        _take(opened.window.log, folder / _name("desktop-log", language))
        opened.window.log.close()
        opened.window.open_settings()
        let_work(0.2)
        _take(opened.window.dialog, folder / _name("desktop-settings", language))
        opened.window.dialog.close()
        opened.window.open_connection()
        let_work(0.2)
        _take(opened.window.dialog, folder / _name("desktop-connection", language))
        opened.window.dialog.close()
        service.down = True
        while not opened.questions():
            opened.window._refresh()
            let_work(0.3)
        let_work(0.3)
        _take(opened.question(), folder / _name("desktop-alert", language))
        _take(opened.window, folder / _name("desktop-offline", language))
        service.down = False


def _set_up(folder: Path, own: Path, service: PayoutService, language: str) -> None:
    from support.windows import desk, let_work

    with desk(own, service, key="", settings={"language": language}) as opened:
        wizard = opened.program.wizard
        let_work(0.3)
        _take(wizard, folder / _name("desktop-setup", language))
        for number in range(1, 5):
            wizard.setStartId(number)
            wizard.restart()
            let_work(0.5)
            _take(wizard, folder / _name(f"desktop-setup-{number}", language))


def _name(picture: str, language: str) -> str:
    return f"{picture}.png" if language == "en" else f"{picture}-{language}.png"


def _take(window: object, file: Path) -> None:
    assert window.grab().save(str(file)), file


if __name__ == "__main__":
    main(Path(sys.argv[1]))
