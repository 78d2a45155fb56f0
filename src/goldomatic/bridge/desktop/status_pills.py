"""The status bar (UI-305): game, mailbox, service, addon, and when a line was typed last."""

from PySide6.QtWidgets import QLabel, QStatusBar

from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import label, restyle
from goldomatic.bridge.view import View

_API = {"unknown": "", "online": "good", "degraded": "bad"}
_MAILBOX = {"unknown": "", "open": "good", "closed": "warn"}


class StatusPills(QStatusBar):
    """Always visible; every pill says its state in words, the colour only repeats it."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self.setSizeGripEnabled(False)
        self.process = self._pill("process_tip")
        self.mailbox = self._pill("mailbox_tip")
        self.api = self._pill("")
        self.addon = self._pill("addon_tip")
        self.last_inject = label(role="muted")
        self.addPermanentWidget(self.last_inject)

    def take(self, view: View) -> None:
        """Show a new picture."""
        found = view.window is not None
        self._say(self.process, "found" if found else "missing", "good" if found else "warn")
        self._say(self.mailbox, view.mailbox, _MAILBOX[view.mailbox])
        self._say(self.api, view.api, _API[view.api])
        self.api.setToolTip(view.api_text)
        if view.addon is None:
            self.addon.setText(self._texts("pill.addon_unknown"))
        else:
            self.addon.setText(self._texts("pill.addon", version=view.addon))
        restyle(self.addon, pill="good" if view.addon else "plain")
        if view.last_inject_at is None:
            self.last_inject.setText(self._texts("pill.last_inject_never"))
        else:
            at = f"{view.last_inject_at.astimezone():%H:%M:%S}"
            self.last_inject.setText(self._texts("pill.last_inject", time=at))

    def _pill(self, tip: str) -> QLabel:
        pill = label()
        pill.setProperty("pill", "plain")
        if tip:
            pill.setToolTip(self._texts(f"pill.{tip}"))
        self.addWidget(pill)
        return pill

    def _say(self, pill: QLabel, state: str, look: str) -> None:
        name = {id(self.process): "process", id(self.mailbox): "mailbox", id(self.api): "api"}
        pill.setText(self._texts(f"pill.{name[id(pill)]}_{state}"))
        restyle(pill, pill=look or "plain")
