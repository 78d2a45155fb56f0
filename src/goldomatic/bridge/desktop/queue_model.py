"""The queue as a table for Qt: the bridge's rows, arranged, with what each cell says."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from goldomatic.bridge.desktop import theme
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.picture import Filter, SortKey, arrange
from goldomatic.bridge.view import Row

COLUMNS: tuple[SortKey, ...] = (
    "id",
    "character",
    "viewer",
    "gold",
    "status",
    "accepted_at",
    "created_at",
)
"""Each column by what it is sorted by; the last shows what the addon has done about the row."""

_SHORT_ID = 8
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class QueueModel(QAbstractTableModel):
    """Rows stand for payouts; a new picture keeps what is the same where it is."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._all: Sequence[Row] = ()
        self._shown: list[Row] = []
        self._filter: Filter = "all"
        self._search = ""
        self._key: SortKey = "created_at"
        self._descending = True

    def take(self, rows: Sequence[Row]) -> None:
        """Show these payouts."""
        self._all = rows
        self._arrange()

    def narrow(self, show: Filter, search: str) -> None:
        """Show only payouts with this status and these words in id, name or viewer."""
        self._filter, self._search = show, search
        self._arrange()

    def row(self, number: int) -> Row:
        return self._shown[number]

    def find(self, payout_id: str) -> int | None:
        """The number of the row that shows a payout."""
        ids = [row.id for row in self._shown]
        return ids.index(payout_id) if payout_id in ids else None

    @property
    def hides_all(self) -> bool:
        """There are payouts, but the filter lets none through."""
        return bool(self._all) and not self._shown

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._texts(f"queue.{COLUMNS[section]}")
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self._shown[index.row()], COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == "gold":
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and (row.stuck or row.doubt):
            return QBrush(QColor(theme.WARN))
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._key = COLUMNS[column]
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        found = arrange(
            self._all,
            show=self._filter,
            search=self._search,
            key=self._key,
            descending=self._descending,
        )
        if found == self._shown:
            return
        if [row.id for row in found] == [row.id for row in self._shown]:
            self._shown = found
            self.dataChanged.emit(self.index(0, 0), self.index(len(found) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._shown = found
        self.endResetModel()

    def _text(self, row: Row, column: SortKey) -> str:
        match column:
            case "id":
                return row.id[:_SHORT_ID]
            case "character":
                return row.character
            case "viewer":
                return row.viewer
            case "gold":
                return f"{row.gold}g"
            case "status":
                return self._status(row)
            case "accepted_at":
                if row.accepted_at is None:
                    return ""
                return self._texts("queue.yes_at", time=_clock(row.accepted_at))
            case "created_at":
                told = (f"whisper.{row.whisper}", f"queued.{row.queued}")
                return ", ".join(text for key in told if (text := self._texts(key)))

    def _status(self, row: Row) -> str:
        if row.doubt:
            return self._texts("status.doubt")
        return self._texts("status.stuck" if row.stuck else f"status.{row.status}")

    def _tip(self, row: Row, column: SortKey) -> str | None:
        if column == "id":
            return row.id
        if row.doubt:
            return self._texts("queue.doubt")
        return self._texts("queue.stuck") if row.stuck else None


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone():%H:%M}"
