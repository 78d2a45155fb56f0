"""The last step of the set-up: what works and, in plain words, what is still missing."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWizardPage

from goldomatic.bridge.desktop.core import Core
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import label, restyle
from goldomatic.bridge.view import View

POINTS = ("service", "window", "log", "addon", "logtest")


class CheckPage(QWizardPage):
    """Follows the bridge's pictures, so that each point turns good while the operator acts."""

    def __init__(self, texts: Texts, core: Core) -> None:
        super().__init__()
        self._texts = texts
        self._seen: set[str] = set()
        self.points: dict[str, QLabel] = {}
        self.outcome = label(wrap=True)
        layout = QVBoxLayout(self)
        layout.addWidget(label(texts("wizard.check"), role="title"))
        layout.addWidget(label(texts("wizard.check_text"), wrap=True))
        layout.addWidget(label(texts("wizard.check_command"), role="code"))
        layout.addWidget(label(texts("wizard.check_wait"), role="muted", wrap=True))
        for point in POINTS:
            self.points[point] = label(wrap=True)
            layout.addWidget(self.points[point])
        layout.addStretch()
        layout.addWidget(self.outcome)
        core.view_changed.connect(self.take)

    def take(self, view: View) -> None:
        """Show what the picture says."""
        path = view.log.path or ""
        log = "check_log_missing" if path else "check_log_unknown"
        found = [
            self._say("service", "check_service_missing", good=view.api == "online"),
            self._say("window", "check_window_missing", good=view.window is not None),
            self._say("log", log, good=view.log.exists, path=path),
            self._say(
                "addon", "check_addon_missing", good=view.addon is not None, version=view.addon
            ),
            self._say(
                "logtest", "check_logtest_missing", good=bool(view.log_test), result=view.log_test
            ),
        ]
        done = all(found)
        self.outcome.setText(self._texts("wizard.done_text" if done else "wizard.done_not"))
        restyle(self.outcome, state="good" if done else "warn")

    def _say(self, point: str, missing: str, *, good: bool, **values: object) -> bool:
        """What has worked once stays good: switching to this window takes the game's front away."""
        if good:
            self._seen.add(point)
            text = self._texts(f"wizard.check_{point}", **values)
        elif point in self._seen:
            return True
        else:
            text = self._texts(f"wizard.{missing}", **values)
        self.points[point].setText(f"{'✓' if good else '○'}  {text}")
        restyle(self.points[point], state="good" if good else "warn")
        return good
