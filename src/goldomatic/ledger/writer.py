"""One writer per channel: takes what waits, decides each in turn, commits them together."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Generic, TypeVar

import structlog

from goldomatic.ledger import chain
from goldomatic.ledger.causes import KnownCauses, untold
from goldomatic.ledger.change import Cause, Changed, Command, Decision, Gauges, Listener
from goldomatic.ledger.draft import Draft
from goldomatic.ledger.event import Codec, Recorded, StoredEvent
from goldomatic.ledger.garbage import unsearched
from goldomatic.ledger.model import Model
from goldomatic.ledger.snapshots import Snapshots
from goldomatic.ledger.store import Batch, ConflictError, Store, UnavailableError
from goldomatic.values import ChannelId, Clock, Code, Refused

log = structlog.get_logger()
MAX_BATCH = 256
MAX_WAITING = 5_000
MAX_LOST_RACES = 1_000


def unavailable() -> Refused:
    """The ledger cannot take or prove a change now; asking again is safe."""
    return Refused(
        Code.SERVICE_UNAVAILABLE,
        "The service cannot record changes right now.",
        details={"retryAfter": 1},
    )


M = TypeVar("M", bound=Model)


class ChannelWriter(Generic[M]):
    """The ledger of one channel: its state in memory and the only hand that changes it."""

    def __init__(
        self,
        channel: ChannelId,
        model: M,
        store: Store,
        codec: Codec,
        clock: Clock,
        gauges: Gauges | None = None,
    ) -> None:
        self.channel = channel
        self.model = model
        self.position = 0
        self._head = chain.first_hash(channel)
        self._store = store
        self._codec = codec
        self._clock = clock
        self._gauges = gauges
        self._waiting: deque[Command[M]] = deque()
        self._wake = asyncio.Event()
        self._listeners: list[Listener] = []
        self._causes = KnownCauses(channel, store)
        self._unsure = False
        self._snapshots = Snapshots(channel, store, model.version)
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fold the log, from the newest usable snapshot, and begin to take commands."""
        if snapshot := await self._snapshots.load():
            self.model.load(snapshot.state)
            self.position, self._head = snapshot.position, snapshot.head
        await self._catch_up(tell=False)
        self._task = asyncio.create_task(self._run(), name=f"ledger-{self.channel}")

    async def stop(self) -> None:
        """Answer everything that was accepted, keep a snapshot, and end."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._snapshots.saved()
        if self.position > self._snapshots.position:
            await self.keep_snapshot()

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop after each commit, in the order of the log."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> int:
        """Commands that wait for the writer now."""
        return len(self._waiting)

    async def change(
        self,
        decision: Decision[M],
        *,
        cause: Cause | None = None,
        keep: Mapping[str, bytes] | None = None,
        drop: Sequence[str] = (),
        heavy: bool = False,
    ) -> Changed:
        """Decide on the present state and return once the events are durable.

        `cause` makes it count once. `keep` and `drop` write and remove secrets beside the log
        in the same transaction, if there are events. A `heavy` decision and its fold run in a
        thread while the writer waits, so that readers go on.

        Raises the decision's `Refused` (after its events are durable), or `Refused` with
        `service_unavailable` when the queue is full or the database does not answer; then the
        change may or may not be there, and the same cause can be sent again.
        """
        if self._closing or len(self._waiting) >= MAX_WAITING:
            raise unavailable()
        answer: asyncio.Future[Changed] = asyncio.get_running_loop().create_future()
        self._waiting.append(Command(decision, answer, cause, keep or {}, drop, heavy))
        self._wake.set()
        return await answer

    async def refresh(self) -> None:
        """Fold what other processes have committed since."""
        await self.change(lambda _state, _now: ())

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._gather()
            count = 1 if self._waiting[0].heavy else min(len(self._waiting), MAX_BATCH)
            commands = [self._waiting.popleft() for _ in range(count)]
            try:
                with unsearched(commands[0].heavy):
                    await self._settle(commands)
            except Exception as error:
                log.exception("ledger_writer_failed", channel=self.channel)
                self._give_up(commands, error)

    async def _gather(self) -> None:
        """Let requests that have arrived already join the batch: larger ones cost less each."""
        waiting = 0
        while waiting < len(self._waiting) < MAX_BATCH:
            waiting = len(self._waiting)
            await asyncio.sleep(0)

    async def _settle(self, commands: list[Command[M]]) -> None:
        started = perf_counter()
        try:
            recorded = await self._commit(commands)
        except UnavailableError as error:
            log.error("ledger_unavailable", channel=self.channel, reason=str(error))
            if self._gauges:
                self._gauges.unavailable()
            self._give_up(commands, unavailable())
            return
        except Exception as error:
            log.exception("ledger_batch_failed", channel=self.channel, commands=len(commands))
            if len(commands) == 1:
                self._give_up(commands, error)
                return
            self._give_up((), error)  # One is at fault, and only its caller may suffer for it.
            for command in commands:
                await self._settle([command])
            return
        if self._gauges and recorded:
            seconds = perf_counter() - started
            self._gauges.committed(len(commands), len(recorded), seconds, len(self._waiting))
        for command in commands:
            command.settle()
        self._tell(recorded, own=True)
        if self._snapshots.due(self.position):
            self._begin_snapshot()

    def _give_up(self, commands: Sequence[Command[M]], error: Exception) -> None:
        self.model.rollback()
        self._unsure = True
        for command in commands:
            command.fail(error)

    async def _commit(self, commands: list[Command[M]]) -> list[Recorded]:
        for _ in range(MAX_LOST_RACES):
            if self._unsure:
                await self._catch_up()
                self._unsure = False
            batch, recorded = await self._decide(commands)
            if await self._causes.learn(untold(commands, batch)):
                self.model.rollback()
                continue
            if not batch.events and not batch.causes:
                self.model.rollback()
                if await self._store.position(self.channel) == self.position:
                    return []
                await self._catch_up()
                continue
            if batch.forget:  # A snapshot on its way would bring back what is erased here.
                await self._snapshots.saved()
            try:
                await self._store.append(batch)
            except ConflictError:
                self.model.rollback()
                if self._gauges:
                    self._gauges.conflict()
                await self._learn_why(commands)
                continue
            self._accept(batch)
            return recorded
        raise UnavailableError(f"lost {MAX_LOST_RACES} races for the next position")

    def _accept(self, batch: Batch) -> None:
        self.model.commit()
        if batch.events:
            self.position, self._head = batch.events[-1].position, batch.events[-1].hash
        if batch.forget:
            self._snapshots.erased()
        self._causes.remember(batch.causes)

    async def _learn_why(self, commands: list[Command[M]]) -> None:
        """After a conflict: fold what others committed, and which causes they handled."""
        before = self.position
        await self._catch_up()
        learned = await self._causes.learn(c.cause.key for c in commands if c.cause)
        if self.position > before or learned:
            return
        if (present := await self._store.position(self.channel)) < before:
            raise UnavailableError(
                f"the log ends at {present}, but this process has read up to {before}: "
                "the database lost events; restart the service to go on from what there is"
            )

    async def _decide(self, commands: list[Command[M]]) -> tuple[Batch, list[Recorded]]:
        batch = Batch(self.channel, self.position)
        draft = Draft(batch, self._head, self.model, self._codec)
        for command in commands:
            known = self._known(command, draft)
            if known is not None:
                command.outcome = Changed((), known)
                continue
            now = self._clock()
            if command.heavy:
                await asyncio.to_thread(self._draft, command, draft, now)
            else:
                self._draft(command, draft, now)
        return batch, draft.recorded

    def _draft(self, command: Command[M], draft: Draft, now: datetime) -> None:
        """Decide a command and fold what it gives; readers see nothing of it yet."""
        try:
            decided = command.decision(self.model, now)
        except Refused as refused:
            decided = refused
        except Exception as error:
            log.exception("decision_failed", channel=self.channel)
            command.outcome = error
            return
        draft.take(command, decided, now)

    def _known(self, command: Command[M], draft: Draft) -> int | None:
        if command.cause is None:
            return None
        known = draft.known_cause(command.cause)
        return self._causes.get(command.cause.key) if known is None else known

    async def _catch_up(self, *, tell: bool = True) -> None:
        check = chain.ChainCheck(self.channel, self.position, self._head)
        async for events in self._store.walk(self.channel, self.position):
            check.follow(events)
            recorded = [self._fold(event) for event in events]
            self.model.commit()
            self.position, self._head = check.position, check.head
            if tell:
                self._tell(recorded, own=False)

    def _fold(self, stored: StoredEvent) -> Recorded:
        recorded = self._codec.decode(stored)
        self.model.evolve(recorded)
        return recorded

    def _tell(self, recorded: Sequence[Recorded], *, own: bool) -> None:
        if not recorded:
            return
        for listener in self._listeners:
            try:
                listener(recorded, own)
            except Exception:
                log.exception("ledger_listener_failed", channel=self.channel)

    async def keep_snapshot(self) -> None:
        """Keep the present state for the next start; what goes wrong is only logged."""
        await self._snapshots.saved()
        self._begin_snapshot()
        await self._snapshots.saved()

    def _begin_snapshot(self) -> None:
        self._snapshots.save(self.position, self._head, self.model.dumping())
