"""What the game is doing and the Sync button (UI-302 without a game, UI-303 with one)."""

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import button, card, label, restyle
from goldomatic.bridge.settings import Injection
from goldomatic.bridge.view import Step, View

STRATEGIES: dict[Injection, str] = {"post_message": "PostMessage", "send_input": "SendInput"}

_STATES: dict[Step, str] = {
    "searching": "warn",
    "found": "good",
    "waiting_for_mailbox": "warn",
    "ready": "good",
}


class SyncPanel:
    """The card above the queue."""

    def __init__(
        self,
        texts: Texts,
        *,
        sync: Callable[[bool], None],
        detect: Callable[[], None],
        strategy: str,
    ) -> None:
        self._texts = texts
        self.state = label(role="heading")
        self.state.setProperty("state", "warn")
        self.window = label(role="muted")
        self.hint = label(role="muted", wrap=True)
        self.summary = label()
        self.last_event = label(role="muted", wrap=True)
        self.strategy = label(role="muted")
        self.update = QLabel()
        self.update.setTextFormat(Qt.TextFormat.RichText)
        self.update.setOpenExternalLinks(True)
        self.without_consent = QCheckBox(texts("sync.without_consent"))
        self.without_consent.setToolTip(texts("sync.without_consent_tip"))
        self.sync: QPushButton = button(
            texts("sync.button"), lambda: sync(self.without_consent.isChecked()), primary=True
        )
        self.sync.setShortcut("Ctrl+Return")
        self.sync.setToolTip(texts("sync.button_tip"))
        self.detect = button(texts("sync.detect"), detect)
        self.show_strategy(strategy)
        self.frame = self._lay_out()

    def show_strategy(self, name: str) -> None:
        self.strategy.setText(self._texts("sync.strategy", name=name))

    def take(self, view: View) -> None:
        """Show a new picture."""
        self.state.setText(self._texts(f"step.{view.step}"))
        restyle(self.state, state=_STATES[view.step])
        self.window.setVisible(view.window is not None)
        if view.window is not None:
            found = self._texts("sync.window", process=view.window.process, pid=view.window.pid)
            ready = self._texts("step.ready")
            self.window.setText(f"{found} ✓ {ready}" if view.step == "ready" else found)
        self.hint.setText(self._hint(view))
        self.sync.setEnabled(view.can_sync)
        self.detect.setVisible(view.window is None)
        self.summary.setText(
            self._texts("sync.summary", pending=view.pending, in_progress=view.in_progress)
        )
        self.last_event.setText(
            self._texts("sync.last_event", text=view.last_event) if view.last_event else ""
        )
        self._show_update(view)

    def _hint(self, view: View) -> str:
        if view.typing is not None:
            return self._texts("step.typing")
        if view.waiting_lines and not view.in_front:
            waiting = self._texts("step.waiting_lines", count=view.waiting_lines)
            behind = "behind_hint" if view.window is not None else "searching_hint"
            return f"{waiting}. {self._texts(f'step.{behind}')}"
        return self._texts(f"step.{view.step}_hint")

    def _show_update(self, view: View) -> None:
        told = view.update
        self.update.setVisible(told.state in ("newer", "too_old"))
        text = escape(update_text(self._texts, view))
        if told.url and told.url.startswith(("https://", "http://")):
            link = f'<a href="{escape(told.url)}">{escape(self._texts("sync.more_info"))}</a>'
            text = f"{text} {link}"
        self.update.setText(text)

    def _lay_out(self) -> QFrame:
        words = QVBoxLayout()
        for line in (self.state, self.window, self.hint):
            words.addWidget(line)
        hands = QVBoxLayout()
        hands.addWidget(self.sync)
        hands.addWidget(self.detect)
        hands.addWidget(self.without_consent)
        top = QHBoxLayout()
        top.addLayout(words, stretch=1)
        top.addLayout(hands)
        bottom = QHBoxLayout()
        bottom.addWidget(self.summary)
        bottom.addStretch()
        bottom.addWidget(self.strategy)
        frame = card()
        layout = QVBoxLayout(frame)
        layout.addLayout(top)
        layout.addLayout(bottom)
        layout.addWidget(self.last_event)
        layout.addWidget(self.update)
        return frame


def update_text(texts: Texts, view: View) -> str:
    """What is known about newer versions; in Russian by the product's fixed sentences."""
    if texts.language == "ru":
        return view.update.text
    return texts(f"update.{view.update.state}", latest=view.update.latest.removeprefix("v"))
