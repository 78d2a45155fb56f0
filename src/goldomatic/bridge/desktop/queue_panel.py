"""The queue of payouts with its filter and the actions of a row (UI-304)."""

from collections.abc import Callable
from functools import partial
from typing import get_args

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from goldomatic.bridge.desktop.queue_model import COLUMNS, QueueModel
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import action, ask, button, label, restyle
from goldomatic.bridge.picture import Filter
from goldomatic.bridge.view import Row, RowAction, View

_CONFIRMED: frozenset[RowAction] = frozenset({"mark_sent", "mark_failed", "cancel", "unlock"})
_FILTERS: tuple[Filter, ...] = get_args(Filter)


class QueuePanel(QWidget):
    """`act` is called with a payout and what the operator wants done, after any confirmation."""

    def __init__(self, texts: Texts, act: Callable[[Row, RowAction], None]) -> None:
        super().__init__()
        self._texts = texts
        self._act = act
        self._chosen: str | None = None
        self.model = QueueModel(texts, self)
        self.table = self._make_table()
        self.filter, self.search = self._make_filter()
        self.buttons = self._make_buttons()
        self._of = label(texts("action.of_none"), role="muted")
        self._note = label(role="muted", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._show_actions()

    def take(self, view: View) -> None:
        """Show a new picture; what is selected stays selected."""
        bar = self.table.verticalScrollBar()
        place = bar.value()
        self.model.take(view.rows)
        self._restore()
        bar.setValue(place)
        self._show_note(view)
        self._show_actions()

    def selected(self) -> Row | None:
        """The payout that the buttons are about."""
        number = None if self._chosen is None else self.model.find(self._chosen)
        return None if number is None else self.model.row(number)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName(self._texts("queue.heading"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.setSortingEnabled(True)
        table.sortByColumn(COLUMNS.index("created_at"), Qt.SortOrder.DescendingOrder)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(COLUMNS.index("character"), QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COLUMNS.index("viewer"), QHeaderView.ResizeMode.Stretch)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.selectionModel().selectionChanged.connect(lambda *_: self._choose())
        return table

    def _make_filter(self) -> tuple[QComboBox, QLineEdit]:
        show = QComboBox()
        for value in _FILTERS:
            show.addItem(self._texts(f"queue.filter_{value}"), value)
        search = QLineEdit()
        search.setPlaceholderText(self._texts("queue.search"))
        search.setAccessibleName(self._texts("queue.search"))
        search.setClearButtonEnabled(True)
        show.currentIndexChanged.connect(lambda *_: self._narrow())
        search.textChanged.connect(lambda *_: self._narrow())
        return show, search

    def _make_buttons(self) -> dict[RowAction, QPushButton]:
        order: tuple[RowAction, ...] = get_args(RowAction)
        return {
            name: button(self._texts(f"action.{name}"), partial(self.do, name)) for name in order
        }

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(label(self._texts("queue.heading"), role="heading"))
        top.addStretch()
        caption = label(self._texts("queue.filter"))
        caption.setBuddy(self.filter)
        top.addWidget(caption)
        top.addWidget(self.filter)
        self.search.setMinimumWidth(220)
        top.addWidget(self.search)
        bottom = QHBoxLayout()
        for each in self.buttons.values():
            bottom.addWidget(each)
        bottom.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self._note)
        layout.addWidget(self._of)
        layout.addLayout(bottom)

    def _narrow(self) -> None:
        self.model.narrow(self.filter.currentData(), self.search.text())
        self._restore()
        self._show_actions()

    def _choose(self) -> None:
        indexes = self.table.selectionModel().selectedRows()
        if indexes:
            self._chosen = self.model.row(indexes[0].row()).id
        self._show_actions()

    def _restore(self) -> None:
        row = None if self._chosen is None else self.model.find(self._chosen)
        if row is not None and not self.table.selectionModel().isRowSelected(row):
            self.table.selectRow(row)

    def _show_note(self, view: View) -> None:
        key = ""
        if view.api == "degraded":
            key = "queue.offline"
        elif self.model.hides_all:
            key = "queue.empty_filtered"
        elif not view.rows:
            key = "queue.empty"
        self._note.setText(self._texts(key) if key else "")
        self._note.setVisible(bool(key))
        restyle(self._note, state="warn" if view.api == "degraded" else "")

    def _show_actions(self) -> None:
        row = self.selected()
        for name, each in self.buttons.items():
            each.setEnabled(row is not None and name in row.actions)
        about = "action.of_none" if row is None else "action.of"
        self._of.setText(self._texts(about, character=row.character if row else ""))

    def do(self, name: RowAction) -> None:
        """An action on the selected row, which the operator confirms where it matters."""
        row = self.selected()
        if row is None or name not in row.actions:
            return
        if name not in _CONFIRMED:
            self._act(row, name)
            return
        question = self._texts(f"action.confirm_{name}", character=row.character)
        title = self._texts(f"action.{name}").replace("&", "")
        ask(self, self._texts, title, question, lambda: self._act(row, name))

    def _show_menu(self, point: QPoint) -> None:
        row = self.selected()
        if row is None:
            return
        menu = QMenu(self)
        for name in row.actions:
            text = self._texts(f"action.{name}")
            menu.addAction(action(menu, text, partial(self.do, name)))
        menu.addSeparator()
        copy = self._texts("queue.copy_id")
        menu.addAction(action(menu, copy, lambda: QGuiApplication.clipboard().setText(row.id)))
        menu.popup(self.table.viewport().mapToGlobal(point))
