"""The whole program: one bridge, its window, and the first set-up."""

from collections.abc import Callable

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication, QMessageBox

from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.desktop import theme
from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.event_window import EventModel
from goldomatic.bridge.desktop.main_window import MainWindow
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.texts import choose, texts
from goldomatic.bridge.desktop.widgets import message
from goldomatic.bridge.desktop.wizard import Wizard
from goldomatic.bridge.inject import InjectionError, Injector
from goldomatic.bridge.inject.missing import MissingInjector
from goldomatic.bridge.inject.recording import DryRunInjector
from goldomatic.bridge.inject.system import open_injector
from goldomatic.bridge.settings import BridgeSettings, FolderTakenError, changed

OpenInjector = Callable[[BridgeSettings], Injector]


class Program:
    """Made after the `QApplication`; `start` shows the window, `stop` ends the bridge."""

    def __init__(
        self,
        application: QApplication,
        preferences: Preferences,
        *,
        dry_run: bool = False,
        injector: OpenInjector = open_injector,
    ) -> None:
        self._application = application
        self._preferences = preferences
        self._dry_run = dry_run
        self._open_injector = injector
        self._translator = QTranslator()
        self.exit_code = 0
        self.events = EventModel()
        self.core = Core(self._make)
        self.core.event_added.connect(self.events.add)
        self.core.ended.connect(self._ended)
        self.core.stumbled.connect(self._stumbled)
        self.window: MainWindow | None = None
        self.wizard: Wizard | None = None
        theme.apply(application)
        # Closing the window ends the program; remaking it for another language must not.
        application.setQuitOnLastWindowClosed(False)

    def start(self) -> None:
        self.window = self._make_window()
        self.core.start()
        if not self._preferences.complete:
            self.open_wizard()

    def stop(self) -> None:
        """End the bridge; returns when it has ended."""
        self.core.stop()

    def open_wizard(self) -> None:
        """The set-up, with the alerts of what is not set up yet held back."""
        if self.window is None:
            return
        self.window.alerts.held = True
        self.wizard = Wizard(self.window.texts, self.core, self._preferences, self.window)
        if self.window.view is not None:
            self.wizard.check.take(self.window.view)
        self.wizard.language_chosen.connect(self._choose_language)
        self.wizard.finished.connect(self._wizard_done)
        self.wizard.open()

    def _make(self) -> tuple[Bridge, Injector]:
        """Called in the bridge's thread. What is not there to type with is told, not fatal."""
        preferences, trouble = self._preferences, ""

        def show(line: str) -> None:
            bridge.events.add(f"[dry run] {line}")

        injector: Injector
        try:
            dry = self._dry_run
            injector = DryRunInjector(show) if dry else self._open_injector(preferences.settings)
        except InjectionError as error:
            trouble = str(error)
            injector = MissingInjector(trouble)
        bridge = Bridge(preferences.settings, preferences.key, injector, preferences.folder)
        if trouble:
            bridge.events.add(trouble, "error")
        return bridge, injector

    def _make_window(self) -> MainWindow:
        language = choose(self._preferences.settings.language, QLocale.system().name())
        self._translate_qt(language)
        window = MainWindow(
            texts(language), self.core, self._preferences, self.events, dry_run=self._dry_run
        )
        window.closed.connect(self._leave)
        window.language_changed.connect(self._remake)
        window.wizard_wanted.connect(self.open_wizard)
        window.show()
        return window

    def _translate_qt(self, language: str) -> None:
        """What Qt says by itself: menus of text fields, file dialogs."""
        self._application.removeTranslator(self._translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{language}", folder):
            self._application.installTranslator(self._translator)

    def _remake(self) -> None:
        """The window again, in the language that is set now."""
        old = self.window
        if old is None:
            return
        self.window = self._make_window()
        self.window.picked = old.picked
        if old.view is not None:
            self.window.take(old.view)
        old.closed.disconnect(self._leave)
        old.close()
        old.deleteLater()

    def _choose_language(self, code: str) -> None:
        self._preferences.keep(changed(self._preferences.settings, language=code))
        # The box that was used to choose is part of what is replaced.
        QTimer.singleShot(0, self._remake_with_wizard)

    def _remake_with_wizard(self) -> None:
        if self.wizard is not None:
            self.wizard.finished.disconnect(self._wizard_done)
            self.wizard.close()
        self._remake()
        self.open_wizard()

    def _wizard_done(self) -> None:
        self.wizard = None
        if self.window is not None:
            self.window.alerts.held = False
            if self.window.view is not None:
                self.window.take(self.window.view)

    def _leave(self) -> None:
        self.stop()
        self._application.exit(self.exit_code)

    def _ended(self, error: Exception) -> None:
        if self.window is None:
            return
        said = self.window.texts
        if isinstance(error, FolderTakenError):
            text = said("app.already_running", folder=self._preferences.folder)
        else:
            text = said("app.ended", reason=f"{type(error).__name__}: {error}")
        self.exit_code = 1
        answers = (said("button.close"),)
        window = self.window
        message(
            window,
            said("app.name"),
            text,
            answers,
            lambda _: window.close(),
            icon=QMessageBox.Icon.Critical,
        )

    def _stumbled(self, error: Exception) -> None:
        if self.window is not None:
            self.window.tell(self.window.texts("app.name"), f"{type(error).__name__}: {error}")
