"""Address and key of the service, to be tested and saved (UI-301)."""

import asyncio
import sys
from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import button, label, restyle
from goldomatic.bridge.service_client import check_connection
from goldomatic.bridge.settings import changed
from goldomatic.setting_texts import Secret, header_secret
from goldomatic.values import Code


class ConnectionForm(QWidget):
    """Fields, `Test connection`, and what came of it. An empty key means the one that is saved."""

    def __init__(self, texts: Texts, core: Core, preferences: Preferences) -> None:
        super().__init__()
        self._texts = texts
        self._core = core
        self._preferences = preferences
        self.url = QLineEdit(preferences.settings.service_url)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        if preferences.key:
            self.key.setPlaceholderText(texts("connection.key_saved"))
        self.test = button(texts("connection.test"), self.try_it)
        self.told = label(wrap=True)
        self.told.setAccessibleName(texts("connection.test"))
        self._lay_out()

    def try_it(self) -> None:
        """Ask the service with the typed values; nothing is saved."""
        try:
            key = self._typed_key()
        except ValueError as error:
            self.say(self._texts("connection.bad_key", reason=error), "bad")
            return
        url = self.url.text()
        self.test.setEnabled(False)
        self.say(self._texts("connection.testing"), "")
        self._core.ask(lambda _: check_connection(url, key), self._tried)

    def save(self, then: Callable[[], None]) -> None:
        """Save and use the typed values, then call `then`; where it fails, say why and stay."""
        typed, preferences = self.key.text().strip(), self._preferences
        settings = changed(preferences.settings, service_url=self.url.text())

        def keep() -> str | None:
            try:
                if typed:
                    preferences.keep_key(typed)
                preferences.keep(settings)
            except ValueError as error:
                return self._texts("connection.bad_key", reason=error)
            except OSError as error:
                reason = error.strerror or str(error)
                return self._texts("connection.cannot_save", reason=reason)
            return None

        def kept(trouble: str | None) -> None:
            if trouble is not None:
                self.say(trouble, "bad")
                return
            self._core.ask(lambda bridge: bridge.apply(preferences.settings, preferences.key))
            then()

        # A key ring may ask its owner for a password and wait for the answer.
        self._core.ask(lambda _: asyncio.to_thread(keep), kept)

    def say(self, text: str, state: str) -> None:
        self.told.setText(text)
        restyle(self.told, state=state)

    def _typed_key(self) -> Secret | None:
        typed = self.key.text().strip()
        return header_secret(typed) if typed else self._preferences.key

    def _tried(self, trouble: str | None) -> None:
        self.test.setEnabled(True)
        if trouble is None:
            self.say(self._texts("connection.connected"), "good")
        elif trouble.startswith(Code.FORBIDDEN_APIKEY):
            self.say(self._texts("connection.forbidden"), "bad")
        else:
            self.say(trouble, "bad")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self._texts("connection.url"), self.url)
        form.addRow(self._texts("connection.key"), self.key)
        kept = "key_windows" if sys.platform == "win32" else "key_other"
        form.addRow("", label(self._texts(f"connection.{kept}"), role="muted", wrap=True))
        row = QHBoxLayout()
        row.addWidget(self.test)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label(self._texts("connection.intro"), role="muted", wrap=True))
        layout.addLayout(form)
        layout.addLayout(row)
        layout.addWidget(self.told)


class ConnectionDialog(QDialog):
    """The form as a dialog of its own."""

    def __init__(self, texts: Texts, core: Core, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(texts("connection.title"))
        self.setMinimumWidth(520)
        self.form = ConnectionForm(texts, core, preferences)
        self.save = button(texts("button.save"), lambda: self.form.save(self.accept), primary=True)
        self.save.setDefault(True)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.save)
        row.addWidget(button(texts("button.cancel"), self.reject))
        layout = QVBoxLayout(self)
        layout.addWidget(self.form)
        layout.addStretch()
        layout.addLayout(row)
