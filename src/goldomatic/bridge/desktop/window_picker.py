"""Chooses the game's window where several are open."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import label, ok_and_cancel
from goldomatic.bridge.inject import GameWindow


class WindowPicker(QDialog):
    """`choose` gets the window, or None for whichever is in front."""

    def __init__(
        self,
        texts: Texts,
        windows: Sequence[GameWindow],
        choose: Callable[[GameWindow | None], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._windows: list[GameWindow | None] = [None, *windows]
        self._choose = choose
        self.setWindowTitle(texts("windows.title"))
        self.setMinimumWidth(480)
        self.list = QListWidget()
        self.list.setAccessibleName(texts("windows.title"))
        self.list.addItem(QListWidgetItem(texts("windows.any")))
        for window in windows:
            text = texts("windows.item", process=window.process, pid=window.pid, title=window.title)
            self.list.addItem(QListWidgetItem(text))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(lambda _: self.accept())
        told = "windows.intro" if windows else "windows.none"
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts(told), role="muted", wrap=True))
        layout.addWidget(self.list)
        layout.addLayout(ok_and_cancel(self, texts))

    def accept(self) -> None:
        self._choose(self._windows[self.list.currentRow()])
        super().accept()
