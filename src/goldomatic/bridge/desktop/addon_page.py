"""The step of the set-up that installs the addon."""

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWizardPage

from goldomatic.addon.install import (
    CannotInstallError,
    WrongFolderError,
    find_addons_folder,
    install,
)
from goldomatic.addon.package import NAME, TOC, AddonMissingError, load_package, toc_version
from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import button, label, restyle


class AddonPage(QWizardPage):
    """Says whether the addon is in the game's folder, and puts it there."""

    def __init__(self, texts: Texts, core: Core, preferences: Preferences) -> None:
        super().__init__()
        self._texts = texts
        self._core = core
        self._preferences = preferences
        self.state = label(wrap=True)
        self.install = button(texts("wizard.addon_install"), self.put_in, primary=True)
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts("wizard.addon"), role="title"))
        layout.addWidget(label(texts("wizard.addon_text"), wrap=True))
        layout.addWidget(self.state)
        layout.addWidget(self.install)
        layout.addStretch()

    def initializePage(self) -> None:
        try:
            own, there = load_package().version, installed_version(self._folder())
        except (AddonMissingError, WrongFolderError, OSError) as error:
            self._say("addon_failed", "bad", reason=error)
            return
        if there is None:
            self._say("addon_missing", "warn")
        elif there == own:
            self._say("addon_current", "good", version=own)
        else:
            self._say("addon_old", "warn", installed=there, version=own)
        texts = "addon_install" if there is None else "addon_update"
        self.install.setText(self._texts(f"wizard.{texts}"))

    def put_in(self) -> None:
        """Install the addon, replacing one that is there."""
        folder = self._folder()
        self.install.setEnabled(False)

        def work() -> str:
            try:
                install(load_package(), folder)
            except (AddonMissingError, WrongFolderError, CannotInstallError) as error:
                return str(error)
            return ""

        self._core.ask(lambda _: asyncio.to_thread(work), self._done)

    def _done(self, trouble: str) -> None:
        self.install.setEnabled(True)
        if trouble:
            self._say("addon_failed", "bad", reason=trouble)
        else:
            self._say("addon_installed", "good")

    def _folder(self) -> Path:
        return Path(self._preferences.settings.game_folder or "")

    def _say(self, key: str, state: str, **values: object) -> None:
        self.state.setText(self._texts(f"wizard.{key}", **values))
        restyle(self.state, state=state)


def installed_version(game: Path) -> str | None:
    """The version of the addon in a game's folder, `?` if it names none; None without it.

    Raises `WrongFolderError`, `OSError`.
    """
    toc = find_addons_folder(game) / NAME / TOC
    return (toc_version(toc.read_bytes()) or "?") if toc.is_file() else None
