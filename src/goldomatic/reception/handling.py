"""What a socket has heard, handled in order. Twitch does not repeat it, so it must not be lost."""

import asyncio

import structlog

from goldomatic.inbox import EVENTSUB, Delivered
from goldomatic.service import Service
from goldomatic.twitch.eventsub import Notification
from goldomatic.twitch.pace import Pace
from goldomatic.values import Code, Refused

log = structlog.get_logger()

AT_ONCE = 256
AGAIN_SECONDS = 1.0


class Handling:
    """Starts the handlers of the inbox as messages come; many may wait for one commit together.

    While the database is away a message waits in memory and is tried again each second.
    """

    def __init__(self, service: Service, pace: Pace) -> None:
        self._service = service
        self._pace = pace
        self._waiting: asyncio.Queue[tuple[str, Notification]] = asyncio.Queue()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether everything that was taken has been handled."""
        return self._waiting.empty() and not self._running

    def take(self, message_id: str, notification: Notification) -> None:
        """Handle a message, beside whoever brings it."""
        self._waiting.put_nowait((message_id, notification))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._start())

    async def settle(self, seconds: float) -> None:
        """Let what has been taken be handled, for so long at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._waiting.join()
                while self._running:
                    await asyncio.wait(self._running)
        except TimeoutError:
            log.error("messages_not_handled", waiting=self._waiting.qsize() + len(self._running))
        for task in (self._task, *self._running):
            if task is not None:
                task.cancel()

    async def _start(self) -> None:
        while True:
            message_id, notification = await self._waiting.get()
            await self._room.acquire()
            task = asyncio.create_task(self._handle(message_id, notification))
            self._running.add(task)
            task.add_done_callback(self._ended)
            self._waiting.task_done()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._room.release()

    async def _handle(self, message_id: str, notification: Notification) -> None:
        kind = notification.subscription_type
        handler = EVENTSUB.get(kind)
        result = "unhandled"
        while handler is not None:
            try:
                result = await handler(
                    self._service, Delivered(kind, message_id, notification.event)
                )
                break
            except Refused as refused:
                if refused.code is not Code.SERVICE_UNAVAILABLE:
                    result = refused.code
                    break
                log.warning("message_waits_for_the_ledger", type=kind)
                await self._pace.sleep(AGAIN_SECONDS)
            except Exception:
                log.exception("message_not_handled", type=kind)
                result = "failed"
                break
        self._service.metrics.count_delivery(result)
