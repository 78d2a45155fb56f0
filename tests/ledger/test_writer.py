"""What a caller of `change` may rely on: order, durability, one answer for each command."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from goldomatic.ledger import writer as writer_module
from goldomatic.ledger.change import Changed, Decision
from goldomatic.ledger.event import Event, Recorded, ViewerForgotten
from goldomatic.ledger.store import Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import Code, Refused, ViewerId
from support.faults import FaultyStore
from support.ledger import (
    CODEC,
    Circle,
    Counted,
    Entered,
    EntryRefused,
    Left,
    Ticks,
    count,
    enter,
    forget,
    leave,
    opened,
    pool,
    started,
    whole_log,
)

Writer = ChannelWriter[Circle]


@pytest_asyncio.fixture
async def faulty(sqlite_url: str) -> AsyncIterator[FaultyStore]:
    async with opened(sqlite_url) as store:
        yield FaultyStore(store)


@pytest_asyncio.fixture
async def writer(faulty: FaultyStore) -> AsyncIterator[Writer]:
    async with started(faulty.as_store, clock=Ticks()) as running:
        yield running


async def fill_up(writer: Writer, faulty: FaultyStore) -> "asyncio.Task[Changed]":
    """Hold the writer in an append, so that what follows has to wait together."""
    faulty.gate.clear()
    faulty.arrived.clear()
    first = asyncio.create_task(writer.change(count(100)))
    await faulty.arrived.wait()
    return first


async def test_a_change_answers_with_its_events_in_their_place(store: Store) -> None:
    async with started(store, clock=Ticks()) as writer:
        await writer.change(count())
        changed = await writer.change(enter("1", "Thrall"))
    [recorded] = changed.events
    [_, stored] = await whole_log(store)
    assert recorded == CODEC.decode(stored)
    assert recorded.position == 2
    assert recorded.event.viewer_id == "1"
    assert not changed.repeated
    assert await pool(store) == [("1", "Thrall")]


async def test_what_waits_is_committed_together_in_order(
    writer: Writer, faulty: FaultyStore
) -> None:
    first = await fill_up(writer, faulty)
    changes = [writer.change(count(n)) for n in range(50)]
    waiting = asyncio.gather(*changes)
    await asyncio.sleep(0)
    assert writer.waiting == 50
    faulty.gate.set()
    answers = await waiting
    assert [answer.events[0].position for answer in answers] == list(range(2, 52))
    assert [answer.events[0].event.amount for answer in answers] == list(range(50))
    assert (await first).events[0].position == 1
    assert [len(batch.events) for batch in faulty.batches] == [1, 50]


async def test_a_batch_has_a_limit(
    writer: Writer, faulty: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_BATCH", 8)
    first = await fill_up(writer, faulty)
    waiting = asyncio.gather(*[writer.change(count()) for _ in range(20)])
    await asyncio.sleep(0)
    faulty.gate.set()
    await asyncio.gather(first, waiting)
    assert [len(batch.events) for batch in faulty.batches] == [1, 8, 8, 4]


async def test_decisions_of_one_batch_see_each_other(writer: Writer, faulty: FaultyStore) -> None:
    first = await fill_up(writer, faulty)
    rivals = [writer.change(enter(str(n), "Thrall")) for n in range(3)]
    waiting = asyncio.gather(*rivals, return_exceptions=True)
    await asyncio.sleep(0)
    faulty.gate.set()
    answers = await waiting
    await first
    assert [type(answer) for answer in answers] == [Changed, Refused, Refused]
    assert writer.model.members.durable.keys() == {"0"}


async def test_nothing_is_answered_or_shown_before_it_is_durable(
    writer: Writer, faulty: FaultyStore
) -> None:
    heard: list[Recorded] = []
    writer.listen(lambda events, own: heard.extend(events))
    faulty.gate.clear()
    accepted = asyncio.create_task(writer.change(enter("1", "Thrall")))
    refused = asyncio.create_task(writer.change(enter("2", "Thrall", record_refusal=True)))
    await faulty.arrived.wait()
    assert writer.model.members.get(ViewerId("1")) is not None
    assert not writer.model.members.durable
    assert writer.position == 0
    assert not accepted.done()
    assert not refused.done()
    assert not heard
    faulty.gate.set()
    await accepted
    with pytest.raises(Refused):
        await refused
    assert writer.model.members.durable.keys() == {"1"}
    assert [recorded.position for recorded in heard] == [1, 2]


async def test_a_refusal_comes_with_its_durable_events(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
        with pytest.raises(Refused) as refusal:
            await writer.change(enter("2", "Thrall", record_refusal=True))
    assert refusal.value.code is Code.DUPLICATE_ENROLLMENT
    events = [CODEC.decode(stored).event for stored in await whole_log(store)]
    assert isinstance(events[0], Entered)
    assert events[1:] == [EntryRefused(viewer_id=ViewerId("2"), reason="taken")]


async def test_a_refusal_may_be_raised_as_well(writer: Writer) -> None:
    def decide(state: Circle, now: datetime) -> Sequence[Event]:
        raise Refused(Code.NOT_FOUND, "Nobody.", events=[Counted(amount=5)])

    with capture_logs() as logs, pytest.raises(Refused, match="Nobody"):
        await writer.change(decide)
    assert writer.model.count.durable == 5
    assert logs == []


async def test_a_decision_that_breaks_fails_only_its_caller(
    writer: Writer, faulty: FaultyStore
) -> None:
    def broken(state: Circle, now: datetime) -> Sequence[Event]:
        raise ZeroDivisionError

    first = await fill_up(writer, faulty)
    waiting = asyncio.gather(
        writer.change(count()), writer.change(broken), writer.change(count()),
        return_exceptions=True,
    )  # fmt: skip
    await asyncio.sleep(0)
    faulty.gate.set()
    answers = await waiting
    await first
    assert [type(answer) for answer in answers] == [Changed, ZeroDivisionError, Changed]
    assert [len(batch.events) for batch in faulty.batches] == [1, 2]


async def test_an_event_that_cannot_be_recorded_fails_only_its_caller(
    writer: Writer, faulty: FaultyStore
) -> None:
    """Neither the fold, nor the bytes, nor the read row of one command may harm another."""
    poison: list[Decision[Circle]] = [
        lambda state, now: [Left(viewer_id=ViewerId("\ud800"))],
        lambda state, now: [Entered(viewer_id=ViewerId("9"), source=None)],  # type: ignore[arg-type]
        lambda state, now: [Counted(amount="many")],  # type: ignore[arg-type]
    ]
    first = await fill_up(writer, faulty)
    healthy = [writer.change(count()) for _ in range(4)]
    sick = [writer.change(decision) for decision in poison]
    mixed = [healthy[0], sick[0], healthy[1], sick[1], sick[2], healthy[2], healthy[3]]
    waiting = asyncio.gather(*mixed, return_exceptions=True)
    await asyncio.sleep(0)
    faulty.gate.set()
    answers = await waiting
    await first
    assert [isinstance(answer, Changed) for answer in answers] == [
        True, False, True, False, False, True, True,
    ]  # fmt: skip
    assert not any(isinstance(answer, Refused) for answer in answers)
    assert writer.model.count.durable == 104
    assert not writer.model.members.durable
    assert len(await whole_log(faulty.as_store)) == 5


async def test_a_heavy_change_is_not_searched_for_garbage(writer: Writer) -> None:
    searched: list[bool] = []

    def decide(state: Circle, now: datetime) -> Sequence[Event]:
        searched.append(gc.isenabled())
        return []

    await writer.change(decide, heavy=True)
    await writer.change(decide)
    assert searched == [False, True]


async def test_a_heavy_decision_does_not_hold_up_readers(writer: Writer) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def heavy(state: Circle, now: datetime) -> Sequence[Event]:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return [Counted(amount=state.count.value + 1)]

    await writer.change(count(41))
    task = asyncio.create_task(writer.change(heavy, heavy=True))
    other = asyncio.create_task(writer.change(count(0)))
    await begun.wait()
    assert writer.model.count.durable == 41
    go_on.set()
    assert (await task).events[0].event.amount == 42
    assert (await other).events[0].position == 3


async def test_a_caller_that_went_away_does_not_undo_its_change(
    writer: Writer, faulty: FaultyStore
) -> None:
    faulty.gate.clear()
    task = asyncio.create_task(writer.change(count(7)))
    await faulty.arrived.wait()
    task.cancel()
    faulty.gate.set()
    await writer.change(count())
    assert task.cancelled()
    assert writer.model.count.durable == 8


async def test_listeners_hear_everything_in_order_and_none_harms_the_next(writer: Writer) -> None:
    heard: list[tuple[int, bool]] = []

    def broken(events: Sequence[Recorded], own: bool) -> None:
        raise ZeroDivisionError

    writer.listen(broken)
    writer.listen(lambda events, own: heard.extend((event.position, own) for event in events))
    await asyncio.gather(*[writer.change(count()) for _ in range(10)])
    await writer.change(lambda state, now: ())
    assert heard == [(position, True) for position in range(1, 11)]


async def test_positions_grow_while_the_clock_steps_back(store: Store) -> None:
    clock = Ticks()
    async with started(store, clock=clock) as writer:
        await writer.change(count())
        clock.now = clock.now.replace(year=2020)
        await writer.change(count())
        clock.now = clock.now.replace(year=1969)
        await writer.change(count())
    events = await whole_log(store)
    assert [event.position for event in events] == [1, 2, 3]
    years = [CODEC.decode(event).at.year for event in events]
    assert years == [2026, 2020, 1969]


async def test_forgetting_reaches_into_its_own_batch(writer: Writer, faulty: FaultyStore) -> None:
    """Names that wait in the same batch never reach the disk."""
    first = await fill_up(writer, faulty)
    waiting = asyncio.gather(
        writer.change(enter("1", "Thrall")),
        writer.change(enter("2", "Jaina")),
        writer.change(forget("1")),
        writer.change(enter("1", "Garrosh")),
    )
    await asyncio.sleep(0)
    faulty.gate.set()
    await asyncio.gather(first, waiting)
    assert len(faulty.batches) == 2
    events = await whole_log(faulty.as_store)
    assert [event.personal is not None for event in events] == [False, False, True, False, True]
    assert events[1].personal_hash is not None
    assert events[3].type == ViewerForgotten.__name__
    assert await pool(faulty.as_store) == [("1", "Garrosh"), ("2", "Jaina")]


async def test_leaving_and_entering_again_in_one_batch(writer: Writer, faulty: FaultyStore) -> None:
    first = await fill_up(writer, faulty)
    decisions = [enter("1", "Thrall"), leave("1"), enter("2", "Thrall"), leave("2")]
    waiting = asyncio.gather(*[writer.change(decision) for decision in decisions])
    await asyncio.sleep(0)
    faulty.gate.set()
    await asyncio.gather(first, waiting)
    assert await pool(faulty.as_store) == []
    assert len(writer.model.members) == 0
