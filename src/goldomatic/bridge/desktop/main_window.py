"""The window: game and Sync on top, the queue below, menus and status bar around them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QMenu, QVBoxLayout, QWidget

from goldomatic import __version__
from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.desktop.alerts import Alerts
from goldomatic.bridge.desktop.connection_form import ConnectionDialog
from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.event_window import EventModel, EventWindow
from goldomatic.bridge.desktop.gift_panel import GiftPanel
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.queue_panel import QueuePanel
from goldomatic.bridge.desktop.settings_dialog import SettingsDialog
from goldomatic.bridge.desktop.status_pills import StatusPills
from goldomatic.bridge.desktop.sync_panel import STRATEGIES, SyncPanel, update_text
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import action, ask, message
from goldomatic.bridge.desktop.window_picker import WindowPicker
from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.view import GiftAction, GiftRow, Row, RowAction, View


class MainWindow(QMainWindow):
    """Shows the bridge's pictures and asks it for what the operator wants.

    `language_changed` says that the windows must be made anew; `wizard_wanted` that the operator
    asked for the set-up; `closed` that the program is to end.
    """

    language_changed = Signal()
    wizard_wanted = Signal()
    closed = Signal()

    def __init__(
        self,
        texts: Texts,
        core: Core,
        preferences: Preferences,
        events: EventModel,
        *,
        dry_run: bool = False,
    ) -> None:
        super().__init__()
        self.texts = texts
        self._core = core
        self._preferences = preferences
        self.view: View | None = None
        self.picked: GameWindow | None = None
        self.dialog: QDialog | None = None
        self.setWindowTitle(texts("app.name") + (f": {texts('step.dry_run')}" if dry_run else ""))
        self.resize(1000, 680)
        self.sync_panel = SyncPanel(
            texts,
            sync=self.sync,
            detect=self.detect,
            strategy=STRATEGIES[preferences.settings.injection],
        )
        self.gifts = GiftPanel(texts, self.act_on_gift)
        self.gifts.wheel.motion = preferences.settings.motion
        self.queue = QueuePanel(texts, self.act)
        self.pills = StatusPills(texts)
        self.log = EventWindow(texts, events, self, self._clear_events)
        self.alerts = Alerts(
            texts,
            self,
            retry=lambda: core.ask(lambda bridge: bridge.retry()),
            dismiss=lambda: core.ask(_dismiss),
            leave=self._ask_to_leave,
        )
        self._lay_out()
        self._make_menus()
        core.view_changed.connect(self.take)

    def take(self, view: View) -> None:
        """Show a new picture."""
        self.view = view
        self.sync_panel.take(view)
        self.gifts.take(view)
        self.queue.take(view)
        self.pills.take(view)
        self.alerts.take(view.alert)

    def sync(self, without_consent: bool) -> None:
        """Queue the winners in the game, and give the game the keyboard back: the click has
        taken it away, and nothing is typed until the game is in front."""

        async def sync_and_return(bridge: Bridge) -> None:
            window = bridge.view.window
            await bridge.sync(without_consent=without_consent)
            if window is not None and isinstance(self._core.injector, Typist):
                await self._core.injector.bring_to_front(window)

        self._core.ask(sync_and_return)

    def act(self, row: Row, name: RowAction) -> None:
        """A row's action; a refusal is shown with its code."""
        self._core.ask(lambda bridge: bridge.act(row.id, name), self._acted)

    def act_on_gift(self, row: GiftRow, name: GiftAction) -> None:
        """A gift's action; a refusal is shown with its code."""
        self._core.ask(lambda bridge: bridge.act_on_gift(row.id, name), self._acted)

    def detect(self) -> None:
        """Look for the game now; where several windows are open, ask for one."""
        picked = self.picked
        self._core.ask(lambda bridge: bridge.choose_window(picked))
        self._core.ask(lambda _: self._core.injector.windows(), self._detected)

    def pick_window(self) -> None:
        self._core.ask(lambda _: self._core.injector.windows(), self._show_picker)

    def open_settings(self) -> None:
        self._show(SettingsDialog(self.texts, self._preferences.settings, self.keep, self))

    def open_connection(self) -> None:
        self._show(ConnectionDialog(self.texts, self._core, self._preferences, self))

    def keep(self, settings: BridgeSettings) -> None:
        """Save settings and use them at once. Raises `OSError`."""
        before, key = self._preferences.settings, self._preferences.key
        self._preferences.keep(settings)

        async def apply(bridge: Bridge) -> None:
            if isinstance(self._core.injector, Typist):
                self._core.injector.apply(settings)
            await bridge.apply(settings, key)

        self._core.ask(apply)
        self.sync_panel.show_strategy(STRATEGIES[settings.injection])
        self.gifts.wheel.motion = settings.motion
        if settings.language != before.language:
            self.language_changed.emit()

    def show_log(self) -> None:
        self.log.show()
        self.log.raise_()
        self.log.activateWindow()

    def check_update(self) -> None:
        self._core.ask(lambda bridge: bridge.check_update(), lambda _: self._tell_update())

    def show_about(self) -> None:
        body = self.texts("about.body", version=__version__)
        self.tell(self.texts("about.title"), body)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._core.view_changed.disconnect(self.take)
        super().closeEvent(event)
        self.closed.emit()

    def _lay_out(self) -> None:
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(12)
        layout.addWidget(self.sync_panel.frame)
        layout.addWidget(self.gifts.frame)
        layout.addWidget(self.queue, stretch=1)
        self.setCentralWidget(middle)
        self.setStatusBar(self.pills)

    def _make_menus(self) -> None:
        texts = self.texts
        file = self._menu("menu.file")
        file.addAction(action(self, texts("menu.settings_item"), self.open_settings, "Ctrl+,"))
        file.addAction(action(self, texts("menu.connection_item"), self.open_connection))
        file.addAction(action(self, texts("menu.wizard_item"), self.wizard_wanted.emit))
        file.addSeparator()
        file.addAction(action(self, texts("menu.exit"), self.close, "Ctrl+Q"))
        settings = self._menu("menu.settings")
        settings.addAction(action(self, texts("menu.settings_item"), self.open_settings))
        settings.addAction(action(self, texts("menu.window_item"), self.pick_window))
        self.menuBar().addAction(action(self, texts("menu.log"), self.show_log, "Ctrl+L"))
        about = self._menu("menu.help")
        about.addAction(action(self, texts("menu.update_item"), self.check_update))
        about.addAction(action(self, texts("menu.about_item"), self.show_about))
        self.addAction(action(self, "", self.queue.search.setFocus, "Ctrl+F"))
        self.addAction(action(self, "", self._refresh, "F5"))

    def _menu(self, key: str) -> QMenu:
        menu = QMenu(self.texts(key), self)
        self.menuBar().addMenu(menu)
        return menu

    def _refresh(self) -> None:
        self._core.ask(lambda bridge: bridge.refresh())

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.open()

    def _acted(self, refusal: str | None) -> None:
        if refusal is not None:
            words = self.texts.get(f"refusal.{refusal}", "")
            self.tell(self.texts("action.refused", code=refusal), words)

    def _detected(self, windows: Sequence[GameWindow]) -> None:
        if len(windows) > 1 and self.picked is None:
            self._show_picker(windows)

    def _show_picker(self, windows: Sequence[GameWindow]) -> None:
        self._show(WindowPicker(self.texts, windows, self._pick, self))

    def _pick(self, window: GameWindow | None) -> None:
        self.picked = window
        self._core.ask(lambda bridge: bridge.choose_window(window))

    def _tell_update(self) -> None:
        if self.view is not None:
            title = self.texts("menu.update_item").replace("&", "")
            self.tell(title, update_text(self.texts, self.view))

    def tell(self, title: str, text: str) -> None:
        self.dialog = message(self, title, text, (self.texts("button.ok"),), lambda _: None)

    def _ask_to_leave(self) -> None:
        title = self.texts("button.exit").replace("&", "")
        ask(self, self.texts, title, self.texts("alert.exit_question"), self.close)

    def _clear_events(self) -> None:
        self._core.ask(_clear)


async def _dismiss(bridge: Bridge) -> None:
    bridge.dismiss()


async def _clear(bridge: Bridge) -> None:
    bridge.events.clear()
