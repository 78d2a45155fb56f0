"""Everything can be reached and done without a mouse, and says what it is."""

from collections.abc import Iterator
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from goldomatic.bridge.desktop.window_picker import WindowPicker
from goldomatic.bridge.inject import GameWindow
from support.payout_service import PayoutService, payout
from support.windows import Desk, until

INPUTS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)


def inputs(window: QWidget) -> list[QWidget]:
    """What an operator can use in a window now."""
    return [
        each
        for each in window.findChildren(QWidget)
        if isinstance(each, INPUTS)
        and each.isVisibleTo(window)
        and each.isEnabled()
        and each.window() is window
        and not isinstance(each, QHeaderView)
        and not isinstance(each.parent(), (QAbstractSpinBox, QComboBox, QLineEdit, QTableView))
        and each.objectName() != "qt_menubar_ext_button"
    ]


def reached_by_tab(window: QWidget) -> set[QWidget]:
    """Everything that Tab goes through, once round."""
    window.activateWindow()
    window.setFocus()
    reached: set[QWidget] = set()
    for _ in range(80):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        focused = window.focusWidget()
        if focused is not None:
            reached.add(focused)
    return reached


def name_of(window: QWidget, each: QWidget) -> str:
    labels = [label for label in window.findChildren(QLabel) if label.buddy() is each]
    text = each.text() if isinstance(each, QAbstractButton) else ""
    return each.accessibleName() or text or "".join(label.text() for label in labels)


def windows_of(desk: Desk) -> Iterator[QWidget]:
    """The main window, then one dialog after the other."""
    yield desk.window
    for show in (desk.window.open_settings, desk.window.open_connection, desk.window.show_log):
        show()
        shown = desk.window.log if show == desk.window.show_log else desk.window.dialog
        yield cast("QDialog", shown)
        cast("QDialog", shown).close()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_input_is_reached_by_tab_and_has_a_name(
    open_desk, service: PayoutService, language: str
) -> None:
    service.hold(payout(1, status="InProgress"))
    desk = open_desk(settings={"language": language})
    until(lambda: desk.window.queue.model.rowCount() == 1, "the row")
    desk.window.queue.table.selectRow(0)
    for window in windows_of(desk):
        used = inputs(window)
        assert len(used) >= 4
        assert [each for each in used if not name_of(window, each)] == []
        missed = [name_of(window, each) for each in set(used) - reached_by_tab(window)]
        assert missed == [], window.windowTitle()


def test_escape_closes_a_dialog_and_enter_accepts_it(open_desk) -> None:
    desk = open_desk()
    desk.window.open_settings()
    dialog = desk.window.dialog
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()

    chosen: list[GameWindow | None] = []
    windows = [GameWindow("WoW", 1, "one", 1), GameWindow("WoW", 2, "two", 2)]
    picker = WindowPicker(desk.window.texts, windows, chosen.append, desk.window)
    picker.open()
    QTest.keyClick(picker.list, Qt.Key.Key_Down)
    QTest.keyClick(picker.list, Qt.Key.Key_Down)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert chosen == [windows[1]]


def test_sync_filter_and_search_have_shortcuts(open_desk, service: PayoutService) -> None:
    service.hold(payout(1))
    desk = open_desk()
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    desk.window.activateWindow()

    QTest.keyClick(desk.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.queue.search.hasFocus()
    QTest.keyClicks(desk.window.queue.search, "norinn")
    assert desk.window.queue.model.rowCount() == 1
    QTest.keyClick(desk.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    until(lambda: any("ReceiveGold" in line for line in desk.injector.lines), "the line")


def test_several_games_are_told_apart_by_choice(open_desk, service: PayoutService) -> None:
    one, two = GameWindow("WoW", 1, "one", 1), GameWindow("WoW", 2, "two", 2)
    desk = open_desk()

    async def both() -> tuple[GameWindow, ...]:
        return one, two

    desk.injector.windows = both
    desk.injector.window = one
    until(lambda: desk.window.view.window == one, "the game")
    desk.window.detect()
    until(lambda: isinstance(desk.window.dialog, WindowPicker), "the question")
    picker = cast("WindowPicker", desk.window.dialog)
    assert [picker.list.item(row).text() for row in range(3)] == [
        "Whichever is in front",
        "WoW PID:1 — one",
        "WoW PID:2 — two",
    ]
    picker.list.setCurrentRow(2)
    picker.accept()

    until(lambda: not desk.window.view.in_front, "the other window is not the chosen one")
    desk.injector.window = two
    until(lambda: desk.window.view.window == two, "the chosen window")
