"""The gift queue: the wheel, one row for each request, and what can be done with the chosen one."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import get_args

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
)

from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.wheel import WheelView
from goldomatic.bridge.desktop.widgets import ask, button, card, label
from goldomatic.bridge.view import GiftAction, GiftRow, View
from goldomatic.values import utc_now

_CONFIRMED: frozenset[GiftAction] = frozenset({"decline", "fail"})
_HEIGHT = 112


class GiftPanel:
    """The card between Sync and the queue of gold; hidden while there is nothing to show.

    `act` is called with a request and what the operator wants done, after any confirmation.
    """

    def __init__(
        self,
        texts: Texts,
        act: Callable[[GiftRow, GiftAction], None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._texts = texts
        self._act = act
        self._clock = clock
        self._rows: tuple[GiftRow, ...] = ()
        self._chosen: str | None = None
        self.wheel = WheelView(texts, clock)
        self.list = QListWidget()
        self.list.setAccessibleName(texts("gift.heading"))
        self.list.setMaximumHeight(_HEIGHT)
        self.list.currentRowChanged.connect(self._choose)
        self.heading = label(texts("gift.heading"), role="heading")
        order: tuple[GiftAction, ...] = get_args(GiftAction)
        self.buttons: dict[GiftAction, QPushButton] = {
            name: button(texts(f"gift_action.{name}"), partial(self.do, name)) for name in order
        }
        self.frame = self._lay_out()
        # Only the countdown needs it; it runs while there is one.
        self.second = QTimer(self.frame, interval=1000)
        self.second.timeout.connect(self._count_down)

    def take(self, view: View) -> None:
        """Show a new picture; what is chosen stays chosen."""
        self._rows = view.gifts
        self.frame.setVisible(bool(self._rows))
        self.wheel.take(next((row.wheel for row in self._rows if row.wheel is not None), None))
        self._fill()
        if any(row.timeout_at is not None for row in self._rows):
            self.second.start()
        else:
            self.second.stop()
        self._show_actions()

    def selected(self) -> GiftRow | None:
        """The request that the buttons are about."""
        return next((row for row in self._rows if row.id == self._chosen), None)

    def do(self, name: GiftAction) -> None:
        """An action on the chosen request, which the operator confirms where it matters."""
        row = self.selected()
        if row is None or name not in row.actions:
            return
        if name not in _CONFIRMED:
            self._act(row, name)
            return
        question = self._texts(f"gift_action.confirm_{name}", recipient=row.recipient)
        title = self._texts(f"gift_action.{name}").replace("&", "")
        ask(self.frame, self._texts, title, question, lambda: self._act(row, name))

    def _fill(self) -> None:
        self.list.blockSignals(True)
        while self.list.count() > len(self._rows):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(self._rows):
            self.list.addItem(QListWidgetItem())
        if self.selected() is None:
            self._chosen = self._rows[0].id if self._rows else None
        for number, row in enumerate(self._rows):
            self.list.item(number).setText(self._told(row))
            if row.id == self._chosen:
                self.list.setCurrentRow(number)
        self.list.blockSignals(False)

    def _count_down(self) -> None:
        for number, row in enumerate(self._rows):
            if row.timeout_at is not None:
                self.list.item(number).setText(self._told(row))

    def _told(self, row: GiftRow) -> str:
        parts = [f"{row.recipient} ({row.viewer})"]
        if row.item is not None:
            many = f" × {row.count}" if row.count > 1 else ""
            parts.append(self._texts("gift.item", item=row.item + many, place=row.place))
        parts.append(self._texts(f"gift_step.{row.step}", position=row.position))
        if row.reason:
            parts.append(self._texts.get(f"gift_reason.{row.reason}", row.reason))
        if row.timeout_at is not None:
            left = max(0, round((row.timeout_at - self._clock()).total_seconds()))
            parts.append(f"{left // 60}:{left % 60:02d}")
        return " · ".join(parts)

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._rows):
            self._chosen = self._rows[number].id
        self._show_actions()

    def _show_actions(self) -> None:
        row = self.selected()
        for name, each in self.buttons.items():
            offered = row is not None and name in row.actions
            each.setEnabled(offered)
            each.setVisible(offered)

    def _lay_out(self) -> QFrame:
        hands = QHBoxLayout()
        for each in self.buttons.values():
            hands.addWidget(each)
        hands.addStretch()
        words = QVBoxLayout()
        words.addWidget(self.heading)
        words.addWidget(self.list)
        words.addLayout(hands)
        frame = card()
        layout = QHBoxLayout(frame)
        layout.addWidget(self.wheel, alignment=Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, stretch=1)
        frame.setVisible(False)
        return frame
