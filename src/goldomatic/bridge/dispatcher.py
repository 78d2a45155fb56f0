"""Types what is due, one line at a time, while the game is in front and nobody else types."""

from datetime import datetime, timedelta

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.errands import Kind
from goldomatic.bridge.inject import GameWindow, InjectionError
from goldomatic.bridge.planner import Planned, Planner
from goldomatic.bridge.view import Alert

REMEMBERED = timedelta(seconds=60)
"""A window that was in front so short a time ago is still the operator's game."""


_WHAT: dict[Kind, str] = {
    "whisper": "winner whisper",
    "queue": "mail",
    "withdraw": "withdrawn mail",
    "who": "online check",
    "items": "items for the gift",
    "gift": "gift whisper",
    "giftend": "ended gift",
}


class Dispatcher:
    """Watches the game's window and types into it."""

    def __init__(self, desk: Desk, planner: Planner) -> None:
        self._desk = desk
        self._planner = planner
        self._front_at = desk.time.now() - REMEMBERED
        self._held_until = desk.time.now()

    async def watch(self) -> None:
        """Learn whether the game is in front."""
        window = await self._window()
        known, now = self._desk.known, self._desk.time.now()
        before = (known.window, known.in_front)
        if window is not None:
            known.window, self._front_at = window, now
        elif known.window is not None and not await self._is_recent(known.window):
            known.window = None
        known.in_front = window is not None
        if before != (known.window, known.in_front):
            self._desk.changed()
            self._desk.typing_bell.ring()

    async def _is_recent(self, window: GameWindow) -> bool:
        if self._desk.time.now() - self._front_at >= REMEMBERED:
            return False
        return any(each.pid == window.pid for each in await self._desk.injector.windows())

    async def _window(self) -> GameWindow | None:
        window = await self._desk.injector.foreground()
        chosen = self._desk.chosen
        return window if chosen is None or (window and window.pid == chosen.pid) else None

    def release(self) -> None:
        """Try again at once after a failure."""
        self._held_until = self._desk.time.now()
        self._desk.typing_bell.ring()

    @property
    def waiting(self) -> int:
        """How many lines are due."""
        return sum(1 for _ in self._planner.due(self._desk.time.now()))

    async def step(self) -> bool:
        """Type the next line if one is due and may be typed; True if it was."""
        now = self._desk.time.now()
        self._tell_of_silence(now)
        if now < self._held_until:
            return False
        planned = self._planner.next(now)
        if planned is None:
            return False
        window = await self._window()
        if window is None:
            return False
        if await self._desk.injector.idle_seconds() < self._desk.settings.idle_seconds:
            return False
        return await self._type(window, planned)

    def _tell_of_silence(self, now: datetime) -> None:
        """The operator hears once that a command was typed three times in vain."""
        for errand in self._planner.silent(now):
            if errand.trouble == "undelivered":
                text = (
                    f"The whisper to {errand.name} reached nobody {errand.times} times: Re-notify"
                )
            else:
                what = _WHAT[errand.kind]
                text = f"The addon has not answered about the {what} of {errand.name}: type /reload"
            self._desk.errands.trouble(errand.kind, errand.subject, "silent")
            self._desk.events.add(text, "warning")

    async def _type(self, window: GameWindow, planned: Planned) -> bool:
        desk = self._desk
        with desk.state.change():
            planned.before()
        desk.known.typing = planned.line
        desk.changed()
        try:
            await desk.injector.type_line(window, planned.line)
        except InjectionError as error:
            with desk.state.change():
                planned.undo(error)
            self._failed(error)
            return False
        finally:
            desk.known.typing = None
            desk.changed()
        desk.known.last_inject_at = desk.time.now()
        with desk.state.change():
            planned.after()
        if desk.known.alert is not None and desk.known.alert.kind == "injection_failed":
            desk.known.alert = None
        desk.changed()
        return True

    def _failed(self, error: InjectionError) -> None:
        code = f" ({error.system_code})" if error.system_code else ""
        self._desk.events.add(f"Injection failed: {error}{code}", "error")
        self._held_until = self._desk.time.now() + timedelta(
            seconds=self._desk.settings.poll_seconds
        )
        if error.code == "window_lost":
            self._held_until = self._desk.time.now() + timedelta(seconds=self._desk.timing.window)
            return
        self._desk.alarm(
            Alert(
                kind="injection_failed", title="Injection failed", body=f"{error}{code}", retry=True
            )
        )
