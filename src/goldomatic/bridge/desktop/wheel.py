"""The wheel that draws a gift: turns for as long as the bridge says and stops at its item."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from goldomatic.bridge.desktop import theme
from goldomatic.bridge.desktop.texts import Texts
from goldomatic.bridge.view import Wheel
from goldomatic.values import utc_now

SIZE = 176
MOST = 24
"""Sectors that can be told apart; of a longer list those around the drawn item are shown."""
TURNS = 6
_COLOURS = (theme.IRON, theme.BORDER, theme.SURFACE)


class WheelView(QWidget):
    """Shows a wheel, turning or still; `clock` tells the present instant."""

    def __init__(self, texts: Texts, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._texts = texts
        self._clock = clock
        self.motion = True
        self.wheel: Wheel | None = None
        self._names: list[str] = []
        self._winner = 0
        self.angle = 0.0
        """Degrees by which the wheel has turned; the drawn sector is then at the pointer."""
        self.animation = QVariantAnimation(self)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.valueChanged.connect(self._turn)
        self.animation.finished.connect(self._stopped)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(SIZE, SIZE)

    def take(self, wheel: Wheel | None) -> None:
        """Show this wheel; a new one turns for the rest of its time, if motion is wanted."""
        self.setVisible(wheel is not None)
        if wheel is None or wheel == self.wheel:
            self.wheel = wheel
            return
        self.wheel = wheel
        self._names, self._winner = _shown(wheel)
        self.animation.stop()
        end = TURNS * 360.0 - (self._winner + 0.5) * 360.0 / len(self._names)
        left = wheel.seconds - (self._clock() - wheel.started_at).total_seconds()
        if left <= 0 or not self.motion:
            self._turn(end)
            self._stopped()
            return
        self.setAccessibleName(self._texts("gift.wheel_turns", count=len(wheel.items)))
        self.animation.setStartValue(end - TURNS * 360.0 * min(1.0, left / wheel.seconds))
        self.animation.setEndValue(end)
        self.animation.setDuration(round(left * 1000))
        self.animation.start()

    def _turn(self, angle: float) -> None:
        self.angle = angle
        self.update()

    def _stopped(self) -> None:
        if self.wheel is not None:
            item = self.wheel.items[self.wheel.index]
            self.setAccessibleName(self._texts("gift.wheel_stands", item=item))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QPointF(SIZE / 2, SIZE / 2), SIZE / 2 - 10.0
        # Angle 0 of the wheel is at the pointer on the right.
        painter.save()
        painter.translate(middle)
        painter.rotate(self.angle)
        self._paint_sectors(painter, radius)
        painter.restore()
        painter.setPen(QPen(QColor(theme.GOLD), 2))
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(QColor(theme.GOLD))
        tip, back = SIZE - 18.0, SIZE - 2.0
        painter.drawPolygon(
            QPolygonF(
                [QPointF(tip, SIZE / 2), QPointF(back, SIZE / 2 - 7), QPointF(back, SIZE / 2 + 7)]
            )
        )
        painter.drawEllipse(middle, 5, 5)
        painter.end()

    def _paint_sectors(self, painter: QPainter, radius: float) -> None:
        number = len(self._names)
        span = 360.0 / number
        still = self.animation.state() != QVariantAnimation.State.Running
        around = QRectF(-radius, -radius, 2 * radius, 2 * radius)
        font = painter.font()
        font.setPixelSize(10 if number > 10 else 11)
        painter.setFont(font)
        for place, name in enumerate(self._names):
            drawn = still and place == self._winner
            painter.setPen(QPen(QColor(theme.PAGE), 1))
            painter.setBrush(QColor(theme.GOLD if drawn else _COLOURS[_colour(place, number)]))
            # Qt counts sixteenths of a degree, against the clock.
            painter.drawPie(around, round(-place * span * 16), round(-span * 16))
            painter.save()
            painter.rotate((place + 0.5) * span)
            painter.setPen(QColor(theme.INSET if drawn else theme.TEXT))
            room = QRectF(12, -8, radius - 16, 16)
            name = painter.fontMetrics().elidedText(
                name, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), name)
            painter.restore()


def _shown(wheel: Wheel) -> tuple[list[str], int]:
    """The names that are shown, and which of them was drawn."""
    number = len(wheel.items)
    if number <= MOST:
        return list(wheel.items), wheel.index
    first = wheel.index - MOST // 2
    return [wheel.items[(first + place) % number] for place in range(MOST)], MOST // 2


def _colour(place: int, number: int) -> int:
    """Neighbours differ, the last and the first too."""
    return 2 if place == number - 1 and number % 2 else place % 2
