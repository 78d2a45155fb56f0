"""The step of the set-up that finds the game's folder."""

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QListWidget, QVBoxLayout, QWizardPage

from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import button, label, restyle
from goldomatic.bridge.game_folder import find_games, judge
from goldomatic.bridge.settings import changed

_STATES = {"good": "good", "other": "warn", "missing": "bad"}


class FolderPage(QWizardPage):
    """Offers what is found on this computer; any other folder with the game may be chosen."""

    def __init__(self, texts: Texts, core: Core, preferences: Preferences) -> None:
        super().__init__()
        self._texts = texts
        self._core = core
        self._preferences = preferences
        self.told = label(role="muted", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(texts("wizard.folder"))
        self.list.currentTextChanged.connect(lambda _: self._judge())
        self.verdict = label(wrap=True)
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts("wizard.folder"), role="title"))
        layout.addWidget(label(texts("wizard.folder_text"), wrap=True))
        layout.addWidget(self.told)
        layout.addWidget(self.list)
        layout.addWidget(button(texts("wizard.folder_choose"), self._choose))
        layout.addWidget(self.verdict)

    def initializePage(self) -> None:
        if saved := self._preferences.settings.game_folder:
            self.offer(Path(saved))
        self.told.setText(self._texts("wizard.folder_searching"))
        self._core.ask(lambda _: asyncio.to_thread(find_games), self._found)

    def isComplete(self) -> bool:
        chosen = self.chosen()
        return chosen is not None and judge(chosen) != "missing"

    def validatePage(self) -> bool:
        settings = changed(self._preferences.settings, game_folder=str(self.chosen()))
        try:
            self._preferences.keep(settings)
        except OSError as error:
            reason = error.strerror or str(error)
            self._say(self._texts("connection.cannot_save", reason=reason), "bad")
            return False
        self._core.ask(lambda bridge: bridge.apply(settings, self._preferences.key))
        return True

    def chosen(self) -> Path | None:
        if self.list.currentRow() < 0:
            return None
        return Path(self.list.currentItem().text())

    def offer(self, folder: Path) -> None:
        """Put a folder into the list and choose it."""
        texts = [self.list.item(row).text() for row in range(self.list.count())]
        if str(folder) not in texts:
            self.list.insertItem(0, str(folder))
            texts.insert(0, str(folder))
        self.list.setCurrentRow(texts.index(str(folder)))

    def _found(self, folders: list[Path]) -> None:
        chosen = self.chosen()
        for folder in reversed(folders):
            self.offer(folder)
        if chosen is not None:
            self.offer(chosen)
        self.told.setText(self._texts(f"wizard.folder_{'found' if folders else 'none'}"))

    def _choose(self) -> None:
        start = str(self.chosen() or Path.home())
        title = self._texts("settings.choose_folder")
        if found := QFileDialog.getExistingDirectory(self, title, start):
            self.offer(Path(found))

    def _judge(self) -> None:
        chosen = self.chosen()
        if chosen is not None:
            verdict = judge(chosen)
            self._say(self._texts(f"wizard.folder_{verdict}"), _STATES[verdict])
        self.completeChanged.emit()

    def _say(self, text: str, state: str) -> None:
        self.verdict.setText(text)
        restyle(self.verdict, state=state)
