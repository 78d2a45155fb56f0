"""The modal alert (UI-307): shown once for each trouble, gone when the trouble is."""

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox, QWidget

from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.desktop.widgets import message
from goldomatic.bridge.view import Alert


class Alerts:
    """`retry` and `dismiss` tell the bridge; `leave` ends the program after a question."""

    def __init__(
        self,
        texts: Texts,
        parent: QWidget,
        *,
        retry: Callable[[], None],
        dismiss: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self._texts = texts
        self._parent = parent
        self._retry = retry
        self._dismiss = dismiss
        self._leave = leave
        self._shown: Alert | None = None
        self.box: QMessageBox | None = None
        self.held = False
        """While something else has the operator's attention, such as the first set-up."""

    def take(self, alert: Alert | None) -> None:
        """Show the picture's alert, or put away the one whose trouble has passed."""
        if alert == self._shown or self.held:
            return
        self._put_away()
        self._shown = alert
        if alert is not None:
            self._show(alert)

    def _show(self, alert: Alert) -> None:
        names = ("button.retry", "button.exit") if alert.retry else ("button.ok",)
        body = self._texts(f"alert.{alert.kind}_body")
        self.box = message(
            self._parent,
            self._texts(f"alert.{alert.kind}"),
            f"{body}\n\n{alert.body}",
            tuple(self._texts(name) for name in names),
            self._chosen,
            icon=QMessageBox.Icon.Warning,
        )

    def _chosen(self, number: int) -> None:
        alert, self.box = self._shown, None
        if alert is None:
            return
        if not alert.retry:
            self._dismiss()
        elif number == 0:
            # The bridge drops its alert before it tries again; a new one may be the same.
            self._shown = None
            self._retry()
        else:
            self._leave()

    def _put_away(self) -> None:
        if self.box is not None:
            box, self.box = self.box, None
            box.blockSignals(True)
            box.close()
