"""The event log (UI-308): the newest 400 lines, the newest first."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QListView, QVBoxLayout, QWidget

from goldomatic.bridge.desktop import theme
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import action, button, label
from goldomatic.bridge.event_log import KEPT, Entry

_COLOURS = {"warning": theme.WARN, "error": theme.ERROR_TEXT, "done": theme.SUCCESS_TEXT}
_NOWHERE = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractListModel):
    """The kept lines."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: deque[Entry] = deque()

    def add(self, entry: Entry) -> None:
        """A new line; the oldest goes where there are too many."""
        self.beginInsertRows(_NOWHERE, 0, 0)
        self._entries.appendleft(entry)
        self.endInsertRows()
        if len(self._entries) > KEPT:
            self.beginRemoveRows(_NOWHERE, KEPT, KEPT)
            self._entries.pop()
            self.endRemoveRows()

    def clear(self) -> None:
        self.beginResetModel()
        self._entries.clear()
        self.endResetModel()

    def lines(self) -> list[str]:
        """All lines, the newest first."""
        return [str(entry) for entry in self._entries]

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return str(entry)
        if role == Qt.ItemDataRole.ForegroundRole and entry.level in _COLOURS:
            return QBrush(QColor(_COLOURS[entry.level]))
        return None


class EventWindow(QDialog):
    """Stays open beside the main window. `cleared` is called when the operator empties the log."""

    def __init__(
        self, texts: Texts, model: EventModel, parent: QWidget, cleared: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._model = model
        self._cleared = cleared
        self.setWindowTitle(texts("log.title"))
        self.resize(760, 420)
        self.list = QListView()
        self.list.setModel(model)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(texts("log.title"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.addAction(action(self, "", self.copy, "Ctrl+C"))
        self.told = label(role="muted", wrap=True)
        hands = QHBoxLayout()
        hands.addWidget(button(texts("log.copy"), self.copy))
        hands.addWidget(button(texts("log.export"), self._choose_file))
        hands.addWidget(button(texts("log.clear"), self.clear))
        hands.addStretch()
        hands.addWidget(button(texts("button.close"), self.close))
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(self.told)
        layout.addLayout(hands)

    def copy(self) -> None:
        """Copy the line that is selected."""
        index = self.list.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(str(index.data()))

    def clear(self) -> None:
        """Empty the log."""
        self._model.clear()
        self._cleared()

    def export(self, file: Path) -> None:
        """Write all lines into a text file."""
        lines = self._model.lines()
        try:
            file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            self.told.setText(self._texts("log.cannot_export", reason=reason))
            return
        self.told.setText(self._texts("log.exported", count=len(lines), path=file))

    def _choose_file(self) -> None:
        start = str(Path.home() / self._texts("log.export_name"))
        name, _ = QFileDialog.getSaveFileName(self, self._texts("log.title"), start, "*.txt")
        if name:
            self.export(Path(name))
