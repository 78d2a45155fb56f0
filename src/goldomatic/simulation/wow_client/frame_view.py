"""What a test sees of a widget: its state as the client's scripts would read it."""

from dataclasses import dataclass
from typing import Any

from goldomatic.simulation.wow_client.machine import LuaMachine, to_lua, to_text


class CannotTouchError(RuntimeError):
    """The operator cannot do that: the widget is hidden, disabled, or takes no such click."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One anchor point; `relative` is a widget's name, or None for a nameless one."""

    point: str
    relative: str | None
    relative_point: str
    x: float
    y: float


class FrameView:
    """A live view of one widget."""

    def __init__(self, machine: LuaMachine, widget: Any) -> None:
        self._machine, self._widget = machine, widget

    @classmethod
    def named(cls, machine: LuaMachine, name: str) -> "FrameView":
        widget = machine.raw_global(name)
        if widget is None or machine.sim[b"state"][widget] is None:
            raise KeyError(f"there is no widget called {name}")
        return cls(machine, widget)

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call a method of the widget; several results come as a tuple."""
        return self._machine.ask_widget(self._widget, method, *arguments)

    @property
    def name(self) -> str | None:
        name = self._state(b"name")
        return None if name is None else str(to_text(name))

    @property
    def kind(self) -> str:
        return str(self.ask("GetObjectType"))

    @property
    def visible(self) -> bool:
        return bool(self.ask("IsVisible"))

    @property
    def shown(self) -> bool:
        return bool(self.ask("IsShown"))

    @property
    def text(self) -> str:
        """The text of a button, edit box or font string as it is seen; "" for none."""
        if self.kind in ("ScrollingMessageFrame", "MessageFrame"):
            return "\n".join(self.lines)
        return str(self._machine.call("plain", self.ask("GetText") or ""))

    @property
    def enabled(self) -> bool:
        return bool(self._state(b"enabled"))

    @property
    def checked(self) -> bool:
        return bool(self._state(b"checked"))

    @property
    def alpha(self) -> float:
        return float(self.ask("GetEffectiveAlpha" if self._state(b"is_frame") else "GetAlpha"))

    @property
    def strata(self) -> str:
        return str(self.ask("GetFrameStrata"))

    @property
    def size(self) -> tuple[float, float]:
        return (float(self.ask("GetWidth")), float(self.ask("GetHeight")))

    @property
    def rect(self) -> tuple[float, float, float, float] | None:
        """Left, bottom, width, height on a screen of 1024x768; None without anchors."""
        found = self.ask("GetRect")
        return None if found is None else tuple(found)

    @property
    def anchors(self) -> list[Anchor]:
        found = []
        for index in range(1, int(self.ask("GetNumPoints")) + 1):
            point, relative, relative_point, x, y = self.ask("GetPoint", index)
            name = FrameView(self._machine, relative).name if relative is not None else None
            found.append(Anchor(point, name, relative_point, x, y))
        return found

    @property
    def lines(self) -> list[str]:
        """The lines of a message frame, oldest first, as they are seen."""
        lines = self._state(b"lines")
        return [self._machine.call("plain", line) for line in lines.values()] if lines else []

    @property
    def children(self) -> list["FrameView"]:
        return [FrameView(self._machine, one) for one in self._state(b"children").values()]

    @property
    def regions(self) -> list["FrameView"]:
        return [FrameView(self._machine, one) for one in self._state(b"regions").values()]

    @property
    def texts(self) -> list[str]:
        """Every text that is visible in it, its children included, in the order of creation."""
        found = [
            region.text for region in self.regions if region.kind == "FontString" and region.visible
        ]
        for child in self.children:
            if child.visible:
                own = [child.text] if child.kind == "EditBox" else []
                found += own + child.texts
        return [text for text in found if text]

    def click(self, button: str = "LeftButton") -> None:
        """The operator clicks it. Raises `CannotTouchError`."""
        self._touch("mouse_click", button)

    def hover(self, over: bool = True) -> None:
        self._touch("mouse_hover", over)

    def drag(self, dx: float, dy: float, button: str = "LeftButton") -> None:
        """The operator drags it that far."""
        self._touch("mouse_drag", button, dx, dy)

    def field(self, name: str) -> Any:
        """A field that scripts have set on the widget."""
        return to_text(self._widget[to_lua(name)])

    def find_named(self, suffix: str) -> "FrameView":
        """The widget whose name is this one's plus `suffix`. Raises `KeyError`."""
        return FrameView.named(self._machine, f"{self.name}{suffix}")

    def find(self, text: str) -> "FrameView":
        """The visible descendant that shows this text. Raises `KeyError`."""
        for child in [*self.children, *self.regions]:
            if not child.visible:
                continue
            if child.kind in ("Button", "CheckButton", "FontString") and child.text == text:
                return child
            try:
                return child.find(text)
            except KeyError:
                continue
        raise KeyError(f"{self.name} shows no {text!r}")

    def _touch(self, how: str, *arguments: Any) -> None:
        problem = self._machine.call(how, self._widget, *arguments)
        if problem:
            raise CannotTouchError(f"{self.name or self.kind} {problem}")

    def _state(self, key: bytes) -> Any:
        return self._machine.sim[b"state"][self._widget][key]
