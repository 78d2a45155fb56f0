"""The bridge: wires its parts and runs them in one event loop."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from goldomatic.bridge import picture
from goldomatic.bridge.delivery import Delivery
from goldomatic.bridge.desk import Bell, Desk
from goldomatic.bridge.dispatcher import Dispatcher
from goldomatic.bridge.due_gifts import DueGifts
from goldomatic.bridge.errands import Errands
from goldomatic.bridge.event_log import EventLog
from goldomatic.bridge.gift_client import GiftClient
from goldomatic.bridge.gift_hand import GiftHand
from goldomatic.bridge.gift_queue import GiftQueue
from goldomatic.bridge.inject import GameWindow, Injector
from goldomatic.bridge.intake import Intake
from goldomatic.bridge.operator import Operator
from goldomatic.bridge.outbox import Outbox
from goldomatic.bridge.payout_list import PayoutList
from goldomatic.bridge.planner import Planner
from goldomatic.bridge.seen import Seen
from goldomatic.bridge.service_client import ServiceClient
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.state import BridgeState
from goldomatic.bridge.timing import SystemTime, Time, Timing
from goldomatic.bridge.updates import Updates
from goldomatic.bridge.view import GiftAction, RowAction, UpdateView, View
from goldomatic.bridge.watch import CandidateWatch
from goldomatic.setting_texts import Secret

_AFTER_AN_ERROR = 1.0
_LONG = 3600.0
_log = logging.getLogger(__name__)


class Bridge:
    """One streamer's bridge. Make it, `await run()`; cancel the task or call `stop` to end it.

    All methods belong to the loop in which `run` is awaited; a window in another thread uses
    `asyncio.run_coroutine_threadsafe`. What is learned is on disk in `folder` before it is acted
    upon, so it may be killed at any moment. Making it raises `FolderTakenError` while another
    bridge uses the folder, and `OSError` where it cannot be written. It is made in the thread in
    which it runs.
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
        time = time or SystemTime()
        state = BridgeState(folder)
        client = ServiceClient(settings.service_url, api_key, time, settings.retries)
        self._desk = desk = Desk(
            settings=settings,
            client=client,
            injector=injector,
            state=state,
            time=time,
            timing=timing or Timing(),
            events=EventLog(time),
            nonce=state.nonce(),
            seen=Seen(state),
            outbox=Outbox(state),
            errands=Errands(state),
            gifts=GiftClient(client),
            due_gifts=DueGifts(state),
            lots=random.SystemRandom(),
            changed=self._changed,
        )
        self._updates = Updates(desk)
        self._update_bell = Bell()
        self._intake = Intake(desk, asked_for_update=self._update_bell.ring)
        self._planner = Planner(desk, self._intake.log_test)
        self._dispatcher = Dispatcher(desk, self._planner)
        self._payouts = PayoutList(desk)
        self._gifts = GiftQueue(desk)
        self._delivery = Delivery(desk, self._gifts)
        self._watch = CandidateWatch(desk)
        self._operator = Operator(desk, self._payouts, self._dispatcher)
        self._gift_hand = GiftHand(desk, self._gifts, self._dispatcher)
        self._listeners: list[Callable[[View], None]] = []
        self._telling = False
        self._ending = asyncio.Event()
        self._intake.follow()

    @property
    def events(self) -> EventLog:
        """What the operator is told, line by line."""
        return self._desk.events

    async def run(self) -> None:
        """Work until `stop`, or until cancelled; then the state's file is closed."""
        if self._desk.state.set_aside is not None:
            text = f"The memory was broken; it is kept as {self._desk.state.set_aside.name}"
            self.events.add(text, "error")
        steps = (
            self._tail,
            self._poll,
            self._deliver,
            self._type,
            self._watch_window,
            self._watch_candidate,
            self._watch_gifts,
            self._answer_updates,
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._for_ever(step)) for step in steps]
                tasks.append(group.create_task(self._look_for_update()))
                await self._ending.wait()
                for task in tasks:
                    task.cancel()
        finally:
            await self.close()

    def stop(self) -> None:
        """End `run` soon."""
        self._ending.set()

    async def close(self) -> None:
        """Give everything back; `run` does it itself. The injector stays the caller's."""
        await self._desk.client.aclose()
        self._desk.state.close()

    @property
    def view(self) -> View:
        """The present picture."""
        return picture.draw(self._desk, self._intake.path, self._dispatcher.waiting)

    def subscribe(self, listener: Callable[[View], None]) -> Callable[[], None]:
        """Call `listener` in the loop's thread for each new picture; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def apply(self, settings: BridgeSettings, api_key: Secret | None) -> None:
        """Take other settings at once. Saving them is the caller's."""
        desk = self._desk
        desk.settings = settings
        desk.client.use(settings.service_url, api_key, settings.retries)
        self._intake.follow()
        self._gifts.look_again()
        self._changed()
        for bell in (desk.poll_bell, desk.delivery_bell, desk.typing_bell):
            bell.ring()

    async def choose_window(self, window: GameWindow | None) -> None:
        """Use this window of the game alone; None uses whichever is in front."""
        self._desk.chosen = window
        await self._dispatcher.watch()

    async def refresh(self) -> None:
        """Look at the payouts now; with `auto_sync`, put the consented ones into the game."""
        if await self._payouts.poll() and self._desk.settings.auto_sync:
            await self._operator.sync_consented()

    async def sync(self, *, without_consent: bool = False) -> None:
        """Put the consented pending payouts into the game's mail queue."""
        await self._operator.sync(without_consent=without_consent)

    async def act(self, payout_id: str, action: RowAction) -> str | None:
        """A row's action, confirmed by the operator: None, or the code of the refusal."""
        return await self._operator.act(payout_id, action)

    async def act_on_gift(self, gift_id: str, action: GiftAction) -> str | None:
        """An action on a gift, confirmed by the operator: None, or the code of the refusal."""
        return await self._gift_hand.act(gift_id, action)

    async def check_update(self) -> UpdateView:
        """Ask for the newest version."""
        return await self._updates.check()

    async def retry(self) -> None:
        """The alert's Retry."""
        await self._operator.retry()

    def dismiss(self) -> None:
        """The alert's OK."""
        self._desk.known.alert = None
        self._changed()

    # What `run` does again and again, for whoever drives a bridge by hand.

    def read_log(self) -> bool:
        """Take in what the game has written; True if more may wait."""
        return self._intake.look()

    async def deliver(self) -> None:
        """One attempt for each message to the service that is due."""
        await self._delivery.deliver()

    async def type_next(self) -> bool:
        """Type the line whose turn it is; False if there is none or now is not the time."""
        return await self._dispatcher.step()

    async def watch_window(self) -> None:
        """Learn whether the game is in front."""
        await self._dispatcher.watch()

    async def watch_candidate(self) -> None:
        """Ask the service whom to look for."""
        await self._watch.step()

    async def watch_gifts(self) -> None:
        """Ask the service for the gift queue, if it is time."""
        await self._gifts.step()

    async def _for_ever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except sqlite3.Error as error:
                self.events.add(f"The memory cannot be used: {error}", "error")
                await self._desk.time.sleep(_AFTER_AN_ERROR)
            except Exception as error:
                # One part that fails must not take the others with it.
                _log.exception("a step of the bridge failed")
                self.events.add(f"Internal error: {type(error).__name__}", "error")
                await self._desk.time.sleep(_AFTER_AN_ERROR)

    async def _tail(self) -> None:
        more = self.read_log()
        await self._desk.time.sleep(0 if more else self._intake.pause())

    async def _poll(self) -> None:
        await self.refresh()
        await self._desk.poll_bell.wait(self._desk.time, self._desk.settings.poll_seconds)

    async def _deliver(self) -> None:
        await self.deliver()
        await self._desk.delivery_bell.wait(self._desk.time, self._delivery.seconds_left())

    async def _type(self) -> None:
        desk = self._desk
        if await self.type_next():
            await desk.time.sleep(desk.timing.typing)
        else:
            await desk.typing_bell.wait(desk.time, _LONG)

    async def _watch_window(self) -> None:
        await self.watch_window()
        if self._desk.known.in_front:
            self._desk.typing_bell.ring()
        await self._desk.time.sleep(self._desk.timing.window)

    async def _watch_candidate(self) -> None:
        await self.watch_candidate()
        await self._desk.time.sleep(self._desk.timing.candidate)

    async def _watch_gifts(self) -> None:
        await self.watch_gifts()
        await self._desk.gift_bell.wait(self._desk.time, self._gifts.seconds_left())

    async def _answer_updates(self) -> None:
        if await self._update_bell.wait(self._desk.time, _LONG):
            await self._updates.answer_in_game()

    async def _look_for_update(self) -> None:
        await self._updates.check(silent=True)

    def _changed(self) -> None:
        """Tell the listeners once, after whatever is changing now."""
        if self._listeners and not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._telling = False
        if self._ending.is_set():
            return
        view = self.view
        for listener in tuple(self._listeners):
            listener(view)
