"""Gaps as they go into the ledger: in order, and also when the database is away for a while.

Rules: only the process that leads tells of gaps. One that has lost the lead, as after a sleep, does
not know that another one hears.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from goldomatic.channel import ChannelState
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import from_micros, to_micros
from goldomatic.ledger.store import Statement, UnavailableError
from goldomatic.reception import rules
from goldomatic.service import Service
from goldomatic.twitch.pace import Pace
from goldomatic.values import Code, Refused

log = structlog.get_logger()

AGAIN_SECONDS = 1.0
NOTED_EVERY = timedelta(seconds=15)
MARGIN = timedelta(seconds=2)
"""What was heard so shortly before a crash may not have been recorded."""

_NOTE = "reception:heard"
_PUT_NOTE = """
    INSERT INTO kept (channel, key, value) VALUES (?, ?, ?)
    ON CONFLICT (channel, key) DO UPDATE SET value = excluded.value"""


class Gaps:
    """Records where the chat was not heard."""

    def __init__(self, service: Service, transport: str, pace: Pace) -> None:
        self._service = service
        self._transport = transport
        self._pace = pace
        self._waiting: asyncio.Queue[Decision[ChannelState]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._noted_at: datetime | None = None

    def lose(self, since: datetime, reason: str) -> None:
        """The chat is not heard since an instant."""
        self._waiting.put_nowait(
            lambda state, now: rules.lose(state.reception, since, reason, self._transport)
        )
        self._start()

    def resume(self) -> None:
        """The chat is heard."""
        self._waiting.put_nowait(lambda state, now: rules.resume(state.reception, self._transport))
        self._start()

    async def note(self, heard_at: datetime) -> None:
        """Remember beside the log until when all was well: a quiet log says nothing of that."""
        if self._noted_at is not None and heard_at - self._noted_at < NOTED_EVERY:
            return
        self._noted_at = heard_at
        given = (self._service.channel, _NOTE, to_micros(heard_at).to_bytes(8, "big"))
        await self._service.store.execute(Statement(_PUT_NOTE, given))

    async def last_known_at(self) -> datetime | None:
        """The newest instant at which the service certainly heard; None where it never ran."""
        newest = await self._service.events(self._service.ledger.position, 1)
        noted = await self._service.store.kept(self._service.channel, _NOTE)
        known = [event.at for event in newest]
        if noted:
            known.append(from_micros(int.from_bytes(noted, "big")))
        return max(known) - MARGIN if newest else None

    async def settle(self, seconds: float) -> None:
        """Wait until everything is recorded, for so long at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._waiting.join()
        except TimeoutError:
            log.error("gap_not_recorded", waiting=self._waiting.qsize())
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._record())

    async def _record(self) -> None:
        while True:
            decision = await self._waiting.get()
            while not await self._recorded(decision):
                await self._pace.sleep(AGAIN_SECONDS)
            self._waiting.task_done()

    async def _recorded(self, decision: Decision[ChannelState]) -> bool:
        try:
            if await self._service.store.lead(self._service.channel):
                await self._service.ledger.change(decision)
        except UnavailableError:
            return False
        except Refused as refused:
            return refused.code is not Code.SERVICE_UNAVAILABLE
        return True
