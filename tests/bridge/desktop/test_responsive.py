"""The window lives while the bridge works."""

import asyncio
import threading
import time
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QTimer

from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings
from support.payout_service import PayoutService, payout
from support.user32 import FakeWindows
from support.windows import desk, press, until

LONGEST_PAUSE = 0.25


def test_the_window_answers_while_250_characters_are_typed(
    open_desk, service: PayoutService
) -> None:
    # D-38
    service.hold(*(payout(number, f"Abcdefghij{'klmn'[number]}") for number in range(4)))
    windows, tried = FakeWindows(), threading.Event()

    async def paced(seconds: float) -> None:
        await asyncio.sleep(seconds)
        if "ReceiveGold" in windows.typed():
            await asyncio.to_thread(tried.wait, 30)

    typist = Typist(windows.screen(), BridgeSettings(character_ms=5), sleep=paced)
    opened = open_desk(injector=typist)
    panel, search = opened.window.sync_panel, opened.window.queue.search
    until(panel.sync.isEnabled, "Sync enabled")
    beats: list[float] = []
    heart = QTimer(interval=5)
    heart.timeout.connect(lambda: beats.append(time.monotonic()))
    press(panel.sync)
    until(lambda: "ReceiveGold" in windows.typed(), "typing has begun")
    until(lambda: "hands off" in panel.hint.text(), "the hint")
    search.setText("nobody")
    assert opened.window.queue.model.rowCount() == 0, "the filter works meanwhile"
    search.clear()
    heart.start()
    tried.set()

    until(lambda: windows.typed().count(";") == 4, "the line")

    heart.stop()
    line = windows.typed()[windows.typed().index("/run ReceiveGold") :]
    assert len(line) >= 250
    pauses = [later - earlier for earlier, later in pairwise(beats)]
    # On a busy machine everything takes longer; a window that is held up stands for the whole line.
    assert max(pauses) < max(LONGEST_PAUSE, (beats[-1] - beats[0]) / 3)


def test_closing_mid_line_withdraws_it(open_desk, service: PayoutService) -> None:
    service.hold(payout(1))
    windows = FakeWindows()
    typist = Typist(windows.screen(), BridgeSettings(character_ms=5), sleep=asyncio.sleep)
    opened = open_desk(injector=typist)
    until(opened.window.sync_panel.sync.isEnabled, "Sync enabled")
    press(opened.window.sync_panel.sync)
    until(lambda: "ReceiveG" in windows.typed(), "typing has begun")

    opened.window.close()

    assert not opened.program.core._thread.is_alive()
    assert windows.typed()[-1] != ")"
    posted = [call for call in windows.calls if call[0] == "post"]
    assert [call[3] for call in posted[-2:]] == [0x1B, 0x1B], "Escape"


def test_a_second_bridge_in_one_folder_says_so_and_ends(
    open_desk, service: PayoutService, tmp_path: Path
) -> None:
    first = open_desk()
    with desk(first.preferences.folder, service) as second:
        until(lambda: second.questions() == 1, "the message")
        assert "already uses this folder" in second.question().informativeText()
        second.answer(0)
        assert not second.window.isVisible()
        assert second.program.exit_code == 1
    until(lambda: first.window.pills.api.text() == "API online", "the first goes on")
