"""The bridge in a thread of its own, and how the window talks to it.

The bridge lives in an asyncio loop, the window in Qt's. Nothing of one is touched by the other:
the window asks by `ask`, the bridge tells by Qt signals, which Qt hands over between threads.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance, Slot

from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.inject import Injector

_T = TypeVar("_T")

SECONDS_TO_STOP = 5.0


class Core(QObject):
    """Runs one bridge. Made, used and stopped in Qt's thread."""

    view_changed = Signal(object)
    """A `View`."""
    event_added = Signal(object)
    """An `Entry` of the event log."""
    ended = Signal(object)
    """The bridge could not be made, or has ended by itself, by this exception."""
    stumbled = Signal(object)
    """A question has ended in this exception; the bridge works on."""
    _waiting = Signal()

    def __init__(self, make: Callable[[], tuple[Bridge, Injector]]) -> None:
        """`make` is called in the bridge's thread; so is the injector's `aclose` at the end."""
        super().__init__()
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._bridge: Bridge | None = None
        self._injector: Injector | None = None
        self._thread = threading.Thread(target=self._run, name="bridge", daemon=True)
        # Calls for Qt's thread, which the bare signal wakes.
        self._calls: SimpleQueue[Callable[[], object]] = SimpleQueue()
        # Queued also where the answer is there at once: never in the midst of the caller.
        self._waiting.connect(self._call_all, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        self._thread.start()

    def ask(
        self,
        question: Callable[[Bridge], Awaitable[_T]],
        then: Callable[[_T], None] | None = None,
    ) -> None:
        """Await `question(bridge)` in the bridge's loop, then call `then` in Qt's thread.

        What it raises goes to `stumbled`. Nothing happens after `stop`.
        """
        if self._loop.is_closed():
            return
        future = asyncio.run_coroutine_threadsafe(self._ask(question), self._loop)
        future.add_done_callback(lambda done: self._done(done, then))

    @property
    def injector(self) -> Injector:
        """For questions of `ask`, which run in the bridge's thread."""
        if self._injector is None:
            raise asyncio.CancelledError
        return self._injector

    def stop(self) -> None:
        """End the bridge and wait for its thread; a line that is being typed is withdrawn."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end)
            self._thread.join(SECONDS_TO_STOP)

    async def _ask(self, question: Callable[[Bridge], Awaitable[_T]]) -> _T:
        if self._bridge is None:
            raise asyncio.CancelledError
        return await question(self._bridge)

    def _done(self, future: "Future[_T]", then: Callable[[_T], None] | None) -> None:
        try:
            result = future.result()
        except CancelledError:
            return
        except Exception as error:
            self._tell(self.stumbled, error)
            return
        if then is not None:
            self._in_qt(lambda: then(result))

    def _tell(self, signal: SignalInstance, value: object) -> None:
        self._in_qt(lambda: signal.emit(value))

    def _in_qt(self, call: Callable[[], object]) -> None:
        """Have `call` made in Qt's thread, soon and in order."""
        self._calls.put(call)
        self._waiting.emit()

    @Slot()
    def _call_all(self) -> None:
        while not self._calls.empty():
            self._calls.get()()

    def _end(self) -> None:
        if self._bridge is not None:
            self._bridge.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:
            self._tell(self.ended, error)
        finally:
            self._bridge = None
            self._cancel_rest()
            self._loop.close()

    async def _serve(self) -> None:
        bridge, injector = self._make()
        self._bridge, self._injector = bridge, injector
        try:
            for entry in reversed(bridge.events.entries):
                self._tell(self.event_added, entry)
            bridge.events.subscribe(lambda entry: self._tell(self.event_added, entry))
            bridge.subscribe(lambda view: self._tell(self.view_changed, view))
            self._tell(self.view_changed, bridge.view)
            await bridge.run()
        finally:
            await injector.aclose()

    def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
