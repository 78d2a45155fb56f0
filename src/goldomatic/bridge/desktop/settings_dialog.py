"""The settings (UI-306): OK saves and applies at once, Cancel forgets."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from goldomatic.bridge.desktop.sync_panel import STRATEGIES
from goldomatic.bridge.desktop.texts import LANGUAGES, Texts
from goldomatic.bridge.desktop.widgets import button, label, ok_and_cancel, restyle
from goldomatic.bridge.settings import (
    RETRIES,
    BridgeSettings,
    OpenChatKey,
    TagMatch,
)
from goldomatic.bridge.tail import log_path

_AUTOMATIC = -1


class SettingsDialog(QDialog):
    """`keep` saves and applies; it raises `OSError` where that fails, and the dialog stays."""

    def __init__(
        self,
        texts: Texts,
        settings: BridgeSettings,
        keep: Callable[[BridgeSettings], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._settings = settings
        self._keep = keep
        self.setWindowTitle(texts("settings.title"))
        self.setMinimumWidth(600)
        self._make_fields(settings)
        self.path = label(role="muted", wrap=True)
        self.told = label(wrap=True)
        self.told.hide()
        self._lay_out()
        for field in (self.game_folder, self.chat_log):
            field.textChanged.connect(lambda *_: self._show_path())
        self._show_path()

    def settings(self) -> BridgeSettings:
        """What the fields say; numbers out of range are pulled into it."""
        pause = self.character_ms.value()
        return BridgeSettings(
            service_url=self._settings.service_url,
            poll_seconds=self.poll.value(),
            injection=self.injection.currentData(),
            retries=self.retries.value(),
            game_folder=self.game_folder.text(),
            chat_log=self.chat_log.text(),
            open_chat_key=self.open_chat_key.currentData(),
            character_ms=None if pause == _AUTOMATIC else pause,
            idle_seconds=self.idle.value(),
            auto_sync=self.auto_sync.isChecked(),
            motion=self.motion.isChecked(),
            tag_match=self.tags.currentData(),
            own_character=self.own_character.text(),
            language=self.language.currentData(),
        )

    def accept(self) -> None:
        try:
            self._keep(self.settings())
        except OSError as error:
            self._say("connection.cannot_save", reason=error.strerror or str(error))
            return
        super().accept()

    def _make_fields(self, settings: BridgeSettings) -> None:
        texts = self._texts
        # Wider than what counts, so that a number may be typed and is then pulled into range.
        self.poll = self._number(1, 9999, settings.poll_seconds, texts("settings.seconds"))
        self.poll.setToolTip(texts("settings.poll_hint"))
        self.retries = self._number(*RETRIES, settings.retries, "")
        self.injection = _choice(settings.injection, STRATEGIES)
        self.injection.setToolTip(texts("settings.injection_hint"))
        keys = {key: texts(f"settings.open_{key}") for key in get_args(OpenChatKey)}
        self.open_chat_key = _choice(settings.open_chat_key, keys)
        pause = _AUTOMATIC if settings.character_ms is None else settings.character_ms
        self.character_ms = self._number(_AUTOMATIC, 200, pause, texts("settings.milliseconds"))
        self.character_ms.setSpecialValueText(texts("settings.automatic"))
        self.idle = QDoubleSpinBox()
        self.idle.setRange(0, 60)
        self.idle.setDecimals(1)
        self.idle.setSuffix(texts("settings.seconds"))
        self.idle.setValue(settings.idle_seconds)
        self.auto_sync = QCheckBox(texts("settings.auto_sync"))
        self.auto_sync.setChecked(settings.auto_sync)
        self.motion = QCheckBox(texts("settings.motion"))
        self.motion.setChecked(settings.motion)
        tags = {key: texts(f"settings.tags_{key}") for key in get_args(TagMatch)}
        self.tags = _choice(settings.tag_match, tags)
        self.own_character = QLineEdit(settings.own_character or "")
        self.game_folder = QLineEdit(settings.game_folder or "")
        self.chat_log = QLineEdit(settings.chat_log or "")
        self.chat_log.setPlaceholderText(texts("settings.chat_log_hint"))
        languages = {"": texts("settings.language_system"), **LANGUAGES}
        self.language = _choice(settings.language, languages)

    def _number(self, low: int, high: int, value: int, suffix: str) -> QSpinBox:
        field = QSpinBox()
        field.setRange(low, high)
        field.setSuffix(suffix)
        field.setValue(value)
        return field

    def _lay_out(self) -> None:
        texts, form = self._texts, QFormLayout()
        form.addRow(texts("settings.poll"), self.poll)
        form.addRow("", label(texts("settings.poll_hint"), role="muted"))
        form.addRow(texts("settings.injection"), self.injection)
        form.addRow("", label(texts("settings.injection_hint"), role="muted", wrap=True))
        form.addRow(texts("settings.retries"), self.retries)
        self._row(form, "settings.game_folder", self.game_folder, self._choose_folder)
        self._row(form, "settings.chat_log", self.chat_log, self._choose_log)
        form.addRow("", self.path)
        form.addRow(texts("settings.open_chat_key"), self.open_chat_key)
        form.addRow(texts("settings.character_ms"), self.character_ms)
        form.addRow(texts("settings.idle"), self.idle)
        form.addRow("", self.auto_sync)
        form.addRow("", self.motion)
        form.addRow(texts("settings.tags"), self.tags)
        form.addRow(texts("settings.own_character"), self.own_character)
        form.addRow(texts("settings.language"), self.language)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.told)
        layout.addLayout(ok_and_cancel(self, texts))

    def _row(
        self, form: QFormLayout, key: str, field: QLineEdit, choose: Callable[[], None]
    ) -> None:
        browse = button(self._texts("button.browse"), choose)
        browse.setAutoDefault(False)
        name = self._texts(key).replace("&", "")
        browse.setAccessibleName(f"{name}: {self._texts('button.browse')}")
        row = QHBoxLayout()
        row.addWidget(field)
        row.addWidget(browse)
        caption = label(self._texts(key))
        caption.setBuddy(field)
        form.addRow(caption, row)

    def _choose_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(
            self, self._texts("settings.choose_folder"), self.game_folder.text()
        )
        if found:
            self.game_folder.setText(found)

    def _choose_log(self) -> None:
        found, _ = QFileDialog.getOpenFileName(
            self, self._texts("settings.choose_log"), self.chat_log.text(), "*.txt"
        )
        if found:
            self.chat_log.setText(found)

    def _show_path(self) -> None:
        path = log_path(self.settings())
        if path is None:
            self.path.setText(self._texts("settings.no_path"))
        else:
            self.path.setText(self._texts("settings.path", path=path))

    def _say(self, key: str, **values: object) -> None:
        self.told.setText(self._texts(key, **values))
        restyle(self.told, state="bad")
        self.told.show()


def _choice(value: str, choices: Mapping[Any, str]) -> QComboBox:
    field = QComboBox()
    for key, text in choices.items():
        field.addItem(text, key)
    field.setCurrentIndex(field.findData(value))
    return field
