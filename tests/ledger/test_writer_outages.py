"""What happens when the database is slow, gone, or refuses; and when the writer stops."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec.structs import replace
from structlog.testing import capture_logs

from goldomatic.ledger import writer as writer_module
from goldomatic.ledger.chain import BrokenChainError
from goldomatic.ledger.change import Cause, Changed
from goldomatic.ledger.store import ConflictError, Store, UnavailableError
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import Code, Refused, utc_now
from support.faults import FaultyStore
from support.ledger import (
    CHANNEL,
    CODEC,
    Circle,
    Counted,
    LogBuilder,
    count,
    enter,
    opened,
    started,
    whole_log,
)

Writer = ChannelWriter[Circle]


@pytest_asyncio.fixture
async def faulty(sqlite_url: str) -> AsyncIterator[FaultyStore]:
    async with opened(sqlite_url) as store:
        yield FaultyStore(store)


class CountedGauges:
    """What the metrics would have been told."""

    def __init__(self) -> None:
        self.commits: list[tuple[int, int]] = []
        self.conflicts = 0
        self.outages = 0

    def committed(self, commands: int, events: int, seconds: float, waiting: int) -> None:
        self.commits.append((commands, events))

    def conflict(self) -> None:
        self.conflicts += 1

    def unavailable(self) -> None:
        self.outages += 1


async def refused_as_unavailable(writer: Writer, amount: int = 1) -> None:
    with pytest.raises(Refused) as refusal:
        await writer.change(count(amount))
    assert refusal.value.code is Code.SERVICE_UNAVAILABLE
    assert refusal.value.details == {"retryAfter": 1}


async def test_an_outage_is_a_refusal_and_ends_by_itself(faulty: FaultyStore) -> None:
    async with started(faulty.as_store) as writer:
        await writer.change(count())
        faulty.down = True
        await refused_as_unavailable(writer)
        await refused_as_unavailable(writer)
        with pytest.raises(Refused):
            await writer.refresh()
        faulty.down = False
        assert (await writer.change(count())).events[0].position == 2
        assert writer.model.count.durable == 2


async def test_a_failed_append_leaves_no_trace(faulty: FaultyStore) -> None:
    async with started(faulty.as_store) as writer:
        faulty.fail_before = [UnavailableError("disk full")]
        with pytest.raises(Refused):
            await writer.change(enter("1", "Thrall"), keep={"seed": b"s"})
        assert len(writer.model.members) == 0
        assert await faulty.kept(CHANNEL, "seed") is None
        await writer.change(enter("2", "Thrall"))
    assert len(await whole_log(faulty.as_store)) == 1


async def test_a_full_queue_refuses_at_once(
    faulty: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_WAITING", 10)
    async with started(faulty.as_store) as writer:
        faulty.gate.clear()
        first = asyncio.create_task(writer.change(count()))
        await faulty.arrived.wait()
        waiting = [asyncio.create_task(writer.change(count())) for _ in range(10)]
        await asyncio.sleep(0)
        await refused_as_unavailable(writer)
        faulty.gate.set()
        assert len(await asyncio.gather(first, *waiting)) == 11
        await writer.change(count())
    assert len(await whole_log(faulty.as_store)) == 12


async def test_stopping_answers_what_was_accepted(faulty: FaultyStore) -> None:
    async with started(faulty.as_store) as writer:
        faulty.gate.clear()
        tasks = [asyncio.create_task(writer.change(count())) for _ in range(300)]
        await faulty.arrived.wait()
        stopping = asyncio.create_task(writer.stop())
        await asyncio.sleep(0)
        await refused_as_unavailable(writer)
        faulty.gate.set()
        answers = await asyncio.gather(*tasks)
        await stopping
    assert {answer.events[0].position for answer in answers} == set(range(1, 301))
    snapshot = await faulty.load_snapshot(CHANNEL, Circle.version)
    assert snapshot is not None
    assert snapshot.position == 300


async def test_stopping_without_a_database_answers_too(faulty: FaultyStore) -> None:
    async with started(faulty.as_store) as writer:
        await writer.change(count())
        faulty.gate.clear()
        tasks = [asyncio.create_task(writer.change(count())) for _ in range(3)]
        await asyncio.sleep(0)
        faulty.down = True
        faulty.gate.set()
        await writer.stop()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, Refused) for answer in answers)
    faulty.down = False


async def test_a_conflict_that_never_ends_is_given_up(
    faulty: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_LOST_RACES", 5)
    async with started(faulty.as_store) as writer:
        faulty.fail_before = [ConflictError("deadlock") for _ in range(7)]
        await refused_as_unavailable(writer)
        assert (await writer.change(count())).events[0].position == 1


async def test_a_log_that_lost_events_is_not_written_on(store: Store) -> None:
    """After a failover to a copy that lags behind, going on would tear a hole into the chain."""
    async with started(store) as writer, started(store) as other:
        await writer.change(count())
        await other.refresh()
        # The writer is told of a position that the database does not have any more.
        writer.position, writer._head = 5, bytes(32)
        with capture_logs() as logs:
            await refused_as_unavailable(writer)
            await refused_as_unavailable(writer)
        assert all("restart the service" in log["reason"] for log in logs)
        await other.change(count())
        writer.position = 0
    assert len(await whole_log(store)) == 2


async def test_a_broken_chain_stops_the_start(store: Store) -> None:
    log = LogBuilder()
    batch = log.batch(Counted(), Counted(), Counted())
    batch.events[2] = replace(batch.events[2], data=b'{"amount":1000}')
    await store.append(batch)
    with pytest.raises(BrokenChainError) as broken:
        async with started(store):
            pass
    assert broken.value.position == 3


async def test_the_metrics_are_told(faulty: FaultyStore) -> None:
    gauges = CountedGauges()
    writer = ChannelWriter(CHANNEL, Circle(), faulty.as_store, CODEC, utc_now, gauges)
    await writer.start()
    await writer.change(count())
    faulty.fail_before = [UnavailableError("gone"), ConflictError("lost")]
    await refused_as_unavailable(writer)
    changed = await asyncio.gather(*[writer.change(count(), cause=Cause(f"{n}")) for n in (1, 2)])
    await writer.stop()
    assert all(isinstance(answer, Changed) for answer in changed)
    assert gauges.commits == [(1, 1), (2, 2)]
    assert (gauges.conflicts, gauges.outages) == (1, 1)
