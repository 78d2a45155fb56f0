"""The first set-up, step by step: connection, game folder, addon, and a check of everything."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QVBoxLayout, QWidget, QWizard, QWizardPage

from goldomatic.bridge.desktop.addon_page import AddonPage
from goldomatic.bridge.desktop.check_page import CheckPage
from goldomatic.bridge.desktop.connection_form import ConnectionForm
from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.folder_page import FolderPage
from goldomatic.bridge.desktop.preferences import Preferences
from goldomatic.bridge.desktop.texts import LANGUAGES, Texts
from goldomatic.bridge.desktop.widgets import label

_BUTTONS = {
    QWizard.WizardButton.BackButton: "button.back",
    QWizard.WizardButton.NextButton: "button.next",
    QWizard.WizardButton.FinishButton: "button.finish",
    QWizard.WizardButton.CancelButton: "button.later",
}


class Wizard(QWizard):
    """`language_chosen` gets the code of another language: the windows are to be made anew."""

    language_chosen = Signal(str)

    def __init__(
        self, texts: Texts, core: Core, preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(texts("wizard.title"))
        self.setWizardStyle(QWizard.WizardStyle.ClassicStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.resize(680, 580)
        for which, key in _BUTTONS.items():
            self.setButtonText(which, texts(key))
        for which in (QWizard.WizardButton.NextButton, QWizard.WizardButton.FinishButton):
            self.button(which).setProperty("primary", "true")
        self.welcome = WelcomePage(texts, self.language_chosen.emit)
        self.connection = ConnectionPage(texts, core, preferences)
        self.folder = FolderPage(texts, core, preferences)
        self.addon = AddonPage(texts, core, preferences)
        self.check = CheckPage(texts, core)
        for page in (self.welcome, self.connection, self.folder, self.addon, self.check):
            self.addPage(page)


class WelcomePage(QWizardPage):
    """What is going to happen, and in which language."""

    def __init__(self, texts: Texts, choose: Callable[[str], object]) -> None:
        super().__init__()
        self.language = QComboBox()
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(self.language.findData(texts.language))
        self.language.currentIndexChanged.connect(lambda _: choose(self.language.currentData()))
        form = QFormLayout()
        form.addRow(texts("wizard.language"), self.language)
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts("wizard.welcome"), role="title"))
        layout.addWidget(label(texts("wizard.welcome_text"), wrap=True))
        layout.addSpacing(12)
        layout.addLayout(form)
        layout.addStretch()


class ConnectionPage(QWizardPage):
    """Address and key; they are saved on the way to the next page."""

    def __init__(self, texts: Texts, core: Core, preferences: Preferences) -> None:
        super().__init__()
        self.form = ConnectionForm(texts, core, preferences)
        self._saved: tuple[str, str] | None = None
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts("wizard.connection"), role="title"))
        layout.addWidget(self.form)
        layout.addStretch()

    def validatePage(self) -> bool:
        if self._saved == self._typed():
            return True
        self.form.save(self._go_on)
        return False

    def _typed(self) -> tuple[str, str]:
        return self.form.url.text(), self.form.key.text()

    def _go_on(self) -> None:
        self._saved = self._typed()
        self.wizard().next()
