"""The bridge: wires its parts and runs them in one event loop."""

from collections.abc import Callable
from pathlib import Path

from goldomatic.bridge.inject import GameWindow, Injector
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.timing import SystemTime, Time, Timing
from goldomatic.bridge.view import RowAction, View
from goldomatic.setting_texts import Secret


class Bridge:
    """One streamer's bridge. Make it, `await run()`; cancel the task or call `stop` to end it.

    All methods belong to the loop in which `run` is awaited; a window in another thread uses
    `asyncio.run_coroutine_threadsafe`. What is learned is on disk in `folder` before it is acted
    upon, so it may be killed at any moment.
    """

    def __init__(
        self,
        settings: BridgeSettings,
        api_key: Secret | None,
        injector: Injector,
        folder: Path,
        *,
        time: Time | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._settings = settings
        self._injector = injector
        self._time = time or SystemTime()
        self._timing = timing or Timing()

    async def run(self) -> None:
        """Work until `stop`, or until cancelled."""
        raise NotImplementedError

    def stop(self) -> None:
        """End `run` soon."""

    @property
    def view(self) -> View:
        """The present picture."""
        raise NotImplementedError

    def subscribe(self, listener: Callable[[View], None]) -> Callable[[], None]:
        """Call `listener` in the loop's thread for each new picture; returns what ends it."""
        raise NotImplementedError

    async def apply(self, settings: BridgeSettings, api_key: Secret | None) -> None:
        """Take other settings at once. Saving them is the caller's."""

    async def choose_window(self, window: GameWindow | None) -> None:
        """Use this window of the game alone; None uses whichever is in front."""

    async def refresh(self) -> None:
        """Look at the payouts now."""

    async def sync(self, *, without_consent: bool = False) -> None:
        """Put the consented pending payouts into the game's mail queue."""

    async def act(self, payout_id: str, action: RowAction) -> str | None:
        """A row's action, confirmed by the operator: None, or the code of the refusal."""
        raise NotImplementedError

    async def check_update(self) -> None:
        """Ask for the newest version."""

    async def retry(self) -> None:
        """The alert's Retry."""

    def dismiss(self) -> None:
        """The alert's OK."""
