"""Small pieces that the window is put together from."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QWidget,
)

from goldomatic.bridge.desktop.texts import Texts


def card() -> QFrame:
    frame = QFrame()
    frame.setProperty("card", "true")
    return frame


def label(text: str = "", *, role: str = "", wrap: bool = False) -> QLabel:
    """Plain text: what comes from the service or the game is never taken for markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def button(text: str, clicked: Callable[[], object], *, primary: bool = False) -> QPushButton:
    made = QPushButton(text)
    made.clicked.connect(lambda: clicked())
    if primary:
        made.setProperty("primary", "true")
    return made


def ok_and_cancel(dialog: QDialog, texts: Texts) -> QHBoxLayout:
    """The last row of a dialog: Enter takes what was chosen, Escape leaves it."""
    row = QHBoxLayout()
    row.addStretch()
    ok = button(texts("button.ok"), dialog.accept, primary=True)
    ok.setDefault(True)
    row.addWidget(ok)
    row.addWidget(button(texts("button.cancel"), dialog.reject))
    return row


def action(
    parent: QWidget, text: str, triggered: Callable[[], object], shortcut: str = ""
) -> QAction:
    made = QAction(text, parent)
    made.triggered.connect(lambda: triggered())
    if shortcut:
        made.setShortcut(QKeySequence(shortcut))
    return made


def restyle(widget: QWidget, **properties: str) -> None:
    """Change properties that the style sheet goes by."""
    if all(widget.property(name) == value for name, value in properties.items()):
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    # Without it a label keeps the margins that it had, and its text lies on the new border.
    QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def message(
    parent: QWidget,
    title: str,
    text: str,
    answers: tuple[str, ...],
    chosen: Callable[[int], object],
    *,
    default: int = 0,
    icon: QMessageBox.Icon = QMessageBox.Icon.NoIcon,
) -> QMessageBox:
    """A modal question that does not stop the program; `chosen` gets the number of the answer.

    `default` is the number of the answer for Enter; the last one is for Escape.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    box.setIcon(icon)
    roles = QMessageBox.ButtonRole
    buttons = [
        box.addButton(answer, roles.RejectRole if number else roles.AcceptRole)
        for number, answer in enumerate(answers)
    ]
    box.setDefaultButton(buttons[default])
    box.setEscapeButton(buttons[-1])
    box.buttonClicked.connect(lambda pressed: chosen(buttons.index(pressed)))
    box.open()
    return box


def ask(
    parent: QWidget, texts: Texts, title: str, question: str, yes: Callable[[], object]
) -> QMessageBox:
    """A yes-or-no question; Enter and Escape both say no."""
    return message(
        parent,
        title,
        question,
        (texts("button.yes"), texts("button.no")),
        lambda number: yes() if number == 0 else None,
        default=1,
        icon=QMessageBox.Icon.Question,
    )
