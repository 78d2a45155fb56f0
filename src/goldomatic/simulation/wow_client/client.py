"""The client as a whole: its process, its sessions, its time, and the hands and eyes on it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from goldomatic.simulation.wow_client.addon_files import read_addon
from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.clock import ClientClock
from goldomatic.simulation.wow_client.faults import FaultBook
from goldomatic.simulation.wow_client.frame_view import FrameView
from goldomatic.simulation.wow_client.keyboard import Keyboard
from goldomatic.simulation.wow_client.log_writer import ChatLogWriter
from goldomatic.simulation.wow_client.realm import Realm
from goldomatic.simulation.wow_client.session import Session, World
from goldomatic.simulation.wow_client.settings import ClientSettings
from goldomatic.simulation.wow_client.timeline import Timeline

STARTED = datetime(2026, 4, 5, 18, 0, tzinfo=UTC)


class NotLoggedInError(RuntimeError):
    """There is no interface: the client stands at the character list, or does not run."""


class WowClient:
    """The game on the streamer's computer, and the realm it plays on.

    `folder` is the game folder: `Logs/WoWChatLog.txt` and `WTF/` appear below it. Time passes only
    in `step`, `run_for` and `run_until`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        addons: Sequence[Path] = (),
        settings: ClientSettings | None = None,
        character: str = "Streamer",
        started: datetime = STARTED,
    ) -> None:
        self.settings = settings or ClientSettings()
        self.faults = FaultBook()
        self.clock = ClientClock(started)
        self.timeline = Timeline(self.clock)
        self.realm = Realm(self.timeline, self.settings.realm)
        self.player = self.realm.settle(character, online=False)
        self.world = World(folder, self.clock, self.realm, self.settings, self.faults)
        self.keyboard = Keyboard(self.clock, self.settings.char_above_127)
        self._addons = [
            read_addon(path, out_of_date=self.settings.load_out_of_date) for path in addons
        ]
        self.log = ChatLogWriter(folder / "Logs", self.settings.log)
        self._session: Session | None = None
        self._wish: str | None = None

    # Life

    def log_in(self) -> None:
        """Enter the world: the stock interface, the addons, PLAYER_ENTERING_WORLD."""
        if self._session is not None:
            raise RuntimeError("the character is in the world already")
        self._enter()
        self.world.who.refresh()
        self.realm.connect(self.player, Arrivals(self))
        self.session.load(self._addons)

    def _enter(self) -> None:
        self._session = Session(self.world, self.player, self.log, self._ask)

    def reload(self) -> None:
        """`/reload`: saved variables are written, everything else of the interface is lost."""
        self.session.end()
        if self.settings.log.reload_flushes:
            self.log.flush()
        self._enter()
        self.session.load(self._addons)

    def log_out(self) -> None:
        """To the character list; whether that writes the log is not established (2.4)."""
        self.session.end()
        self._leave()
        if self.settings.log.logout_flushes:
            self.log.flush()

    def quit(self) -> None:
        """A clean exit: saved variables and the log are written."""
        if self._session is not None:
            self.session.end()
            self._leave()
        self.log.close()
        self._new_process()

    def crash(self) -> None:
        """The process dies: nothing is saved, the log's buffer is lost."""
        self._leave()
        self.log.crash()
        self._new_process()

    def _leave(self) -> None:
        self.realm.disconnect()
        self.keyboard.clear()
        self._session = None
        self._wish = None

    def _new_process(self) -> None:
        self.log = ChatLogWriter(self.world.folder / "Logs", self.settings.log)

    def _ask(self, wish: str) -> None:
        self._wish = wish

    @property
    def session(self) -> Session:
        if self._session is None:
            raise NotLoggedInError("nobody is in the world")
        return self._session

    @property
    def in_world(self) -> bool:
        return self._session is not None

    # Time

    def step(self, elapsed: float | None = None) -> None:
        """One screen frame: arrivals, input, OnUpdate, then the reload that was asked for."""
        elapsed = self.settings.frame_seconds if elapsed is None else elapsed
        self.clock.advance(elapsed)
        self.timeline.run_due()
        if self._session is not None:
            self.keyboard.deliver(self.session.machine)
            self.session.update(elapsed)
        wish, self._wish = self._wish, None
        if wish is not None and self._session is not None:
            {"reload": self.reload, "logout": self.log_out, "quit": self.quit}[wish]()

    def run_for(self, seconds: float) -> None:
        """Let that much time pass, frame by frame."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end - 1e-9:
            self.step(min(self.settings.frame_seconds, end - self.clock.seconds))

    def run_until(self, true: Callable[[], Any], *, within: float = 30.0) -> None:
        """Let time pass until something holds. Raises `TimeoutError` after `within` seconds."""
        end = self.clock.seconds + within
        while not true():
            if self.clock.seconds >= end:
                raise TimeoutError(f"not within {within} s")
            self.step()

    # Hands and eyes

    def type_line(self, line: str, *, pause: float = 0.12) -> None:
        """Type a line into the chat box as section 8.3 asks: Enter, wait, characters, Enter."""
        self.keyboard.press("ENTER")
        self.run_for(pause)
        for letter in line:
            self.keyboard.char(letter)
        self.run_for(0.06)
        self.keyboard.press("ENTER")
        self.run_for(0.06)

    def realm_whisper(self, sender: str, text: str) -> None:
        """Somebody of the realm whispers to the player; the realm's rules apply."""
        speaker = self.realm.online(sender)
        if speaker is None:
            raise ValueError(f"{sender} is not online")
        self.world.chat.say(speaker, "WHISPER", text, self.player.name)

    def frame(self, name: str) -> FrameView:
        """A named widget. Raises `KeyError` when there is none."""
        return FrameView.named(self.session.machine, name)

    def lua(self, expression: str) -> Any:
        """The value of an expression in the addons' environment."""
        return self.session.machine.evaluate(expression)

    def run_lua(self, code: str) -> None:
        """Run code as `/run` would, without typing it; an error counts as a script error."""
        self.session.machine.run_script(code)

    @property
    def chat_lines(self) -> list[str]:
        """What the first chat window shows, oldest first, as the eye sees it."""
        return self.frame("ChatFrame1").lines

    def new_globals(self) -> set[str]:
        """Global names that the addons have made, without `this`, `arg1` and the like."""
        session = self.session
        return session.machine.global_names() - session.stock_globals - _HANDLER_GLOBALS

    def log_bytes(self) -> bytes:
        """What the log file holds now; what the client has not written is not in it."""
        path = self.log.path
        return path.read_bytes() if path and path.exists() else b""

    def check(self) -> None:
        """Raises `ClientFaultsError` when a script failed or tried something forbidden."""
        self.faults.check()

    def __enter__(self) -> "WowClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process as a crash does, then reports faults if nothing else failed."""
        self.crash()
        if kind is None:
            self.check()


_HANDLER_GLOBALS = {"this", "event", *(f"arg{i}" for i in range(1, 13))}


class Arrivals:
    """What the realm sends, handed to the session that is there when it arrives."""

    def __init__(self, client: WowClient) -> None:
        self._client = client

    def chat(self, kind: str, text: str, sender: Character | None, channel: str = "") -> None:
        self._client.session.chat_api.deliver(kind, text, sender, channel)

    def notice(self, string: str, *values: str) -> None:
        session = self._client.session
        session.chat_api.deliver(
            "SYSTEM", session.machine.text_call("formatted", string, *values), None
        )

    def who_results(self, rows: list[Character], total: int) -> None:
        self._client.session.who_api.results(rows, total)

    def mail_answer(
        self, number: int, refusal: str | None, places: tuple[tuple[int, int], ...]
    ) -> None:
        self._client.session.mail_api.answered(number, refusal, places)

    def mailbox(self) -> None:
        self._client.session.mail_api.show()

    def money(self, copper: int) -> None:
        self._client.session.mail_api.money(copper)

    def disconnected(self) -> None:
        self._client.log_out()
