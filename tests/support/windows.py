"""The desktop program as its operator has it, in this process and without a screen."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox

from goldomatic.bridge import settings as files
from goldomatic.bridge.desktop.main_window import MainWindow
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.program import Program
from goldomatic.bridge.inject import Injector
from goldomatic.bridge.inject.recording import RecordingInjector
from goldomatic.bridge.settings import BridgeSettings
from support.payout_service import KEY, PayoutService


def application() -> QApplication:
    """The one application of this process."""
    found = QCoreApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(["goldomatic"])


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Let Qt work until `condition` holds; fail with `what` if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        application().processEvents()
        time.sleep(0.002)


def let_work(seconds: float) -> None:
    """Let Qt work for so long."""
    QTest.qWait(round(seconds * 1000))


@dataclass
class Desk:
    """A running program and what it talks to."""

    program: Program
    preferences: Preferences
    service: PayoutService
    injector: Any

    @property
    def window(self) -> MainWindow:
        assert self.program.window is not None
        return self.program.window

    @property
    def lines(self) -> list[str]:
        """What the event log says, the newest first."""
        return self.program.events.lines()

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def question(self) -> QMessageBox:
        """The message box that is open now."""
        boxes = [
            each
            for each in application().topLevelWidgets()
            if isinstance(each, QMessageBox) and each.isVisible()
        ]
        assert len(boxes) == 1, f"{len(boxes)} message boxes are open"
        return boxes[0]

    def questions(self) -> int:
        return sum(
            isinstance(each, QMessageBox) and each.isVisible()
            for each in application().topLevelWidgets()
        )

    def answer(self, number: int) -> None:
        """Press a button of the open message box, counted from 0."""
        self.question().buttons()[number].click()


def press(button: QAbstractButton) -> None:
    """Press a button as an operator can: not one that is disabled or hidden."""
    assert button.isEnabled(), f"{button.text()} is disabled"
    assert button.isVisible(), f"{button.text()} is not shown"
    button.click()


@contextmanager
def desk(
    folder: Path,
    service: PayoutService,
    *,
    key: str = KEY,
    injector: Injector | None = None,
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> Iterator[Desk]:
    """A program with its settings in `folder`; an empty `key` makes it a first start."""
    given = {"service_url": service.url, "language": "en", "idle_seconds": 0.0, "poll_seconds": 600}
    files.save(folder, BridgeSettings(**(given | (settings or {}))))
    preferences = Preferences(folder, {}, use_keyring=False)
    if key:
        preferences.keep_key(key)
    used = injector or RecordingInjector()
    program = Program(application(), preferences, injector=lambda _: used, **options)
    program.start()
    try:
        yield Desk(program, preferences, service, used)
    finally:
        program.stop()
        if program.window is not None:
            # Its dialogs are its children.
            program.window.blockSignals(True)
            program.window.close()
            program.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        application().processEvents()
