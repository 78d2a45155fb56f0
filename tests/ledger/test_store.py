"""The contract that every store keeps: the log, causes and order."""

import asyncio
from dataclasses import replace

import pytest

from goldomatic.ledger.event import StoredEvent, to_micros
from goldomatic.ledger.store import Batch, ConflictError, Delete, Put, Store, UnavailableError
from goldomatic.values import ViewerId
from support.ledger import (
    CHANNEL,
    OTHER_CHANNEL,
    POOL,
    START,
    Counted,
    Entered,
    LogBuilder,
    Ticks,
    names,
    opened,
    pool,
    whole_log,
)


def row(viewer: str, name: str = "Thrall", position: int = 1) -> tuple[str | int, ...]:
    return (CHANNEL, viewer, name, name, "chat", 5, position)


async def test_an_empty_store_has_nothing(store: Store) -> None:
    assert await store.position(CHANNEL) == 0
    assert await store.read(CHANNEL, 0) == []
    assert await store.channels() == []
    assert await store.known_causes(CHANNEL, ["a"]) == {}
    assert await store.kept(CHANNEL, "seed") is None
    assert await store.load_snapshot(CHANNEL, 1) is None


async def test_an_event_comes_back_byte_for_byte(store: Store) -> None:
    log = LogBuilder()
    personal = names("Зûl")
    batch = log.batch(
        Entered(viewer_id=ViewerId("42"), source="chat", personal=personal), cause="chat:ü-1"
    )
    await store.append(batch)
    [stored] = await store.read(CHANNEL, 0)
    assert isinstance(stored, StoredEvent)
    assert stored == batch.events[0]
    assert type(stored.data) is bytes
    assert type(stored.personal) is bytes
    assert stored.viewer == "42"


async def test_absent_values_stay_absent(store: Store) -> None:
    await store.append(LogBuilder().batch(Counted()))
    [stored] = await store.read(CHANNEL, 0)
    assert (stored.viewer, stored.cause, stored.personal, stored.personal_hash) == (None,) * 4


async def test_values_are_kept_to_the_last_bit(store: Store) -> None:
    event = StoredEvent(1, -(2**63), "T", "", "", bytes(range(256)), b"", b"\0" * 32, b"\xff" * 32)
    await store.append(Batch(CHANNEL, 0, events=[event]))
    assert await store.read(CHANNEL, 0) == [event]


async def test_reading_goes_on_after_a_position_in_order(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(*[Counted(amount=n) for n in range(1, 8)]))
    assert [event.position for event in await store.read(CHANNEL, 0)] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.position for event in await store.read(CHANNEL, 3, limit=2)] == [4, 5]
    assert await store.read(CHANNEL, 7) == []
    assert await store.position(CHANNEL) == 7


async def test_walking_gives_everything_in_pieces(store: Store) -> None:
    log = LogBuilder()
    for _ in range(6):
        await store.append(log.batch(*[Counted()] * 2_000))
    pieces = [piece async for piece in store.walk(CHANNEL, 500)]
    assert len(pieces) > 1
    assert [event.position for piece in pieces for event in piece] == list(range(501, 12_001))


async def test_walking_sees_what_is_appended_meanwhile(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(Counted()))
    seen = []
    async for piece in store.walk(CHANNEL):
        seen += [event.position for event in piece]
        if len(seen) < 3:
            await store.append(log.batch(Counted()))
    assert seen == [1, 2, 3]


async def test_a_taken_position_is_a_conflict(store: Store) -> None:
    await store.append(LogBuilder().batch(Counted()))
    with pytest.raises(ConflictError):
        await store.append(LogBuilder().batch(Counted(amount=2)))
    assert len(await whole_log(store)) == 1


async def test_a_gap_is_a_conflict(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(Counted()))
    log.batch(Counted())
    with pytest.raises(ConflictError):
        await store.append(log.batch(Counted()))
    assert await store.position(CHANNEL) == 1


async def test_a_batch_without_events_also_has_its_place(store: Store) -> None:
    """A refusal that is remembered was decided on the log up to `after`, and on no other."""
    await store.append(LogBuilder().batch(Counted()))
    with pytest.raises(ConflictError):
        await store.append(Batch(CHANNEL, 0, causes=[("late", 0)]))
    await store.append(Batch(CHANNEL, 1, causes=[("timely", 0)]))
    assert await store.known_causes(CHANNEL, ["late", "timely"]) == {"timely": 0}


async def test_a_known_cause_is_a_conflict(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(Counted(), cause="chat:1"))
    again = log.batch(Counted(), cause="chat:1")
    with pytest.raises(ConflictError):
        await store.append(again)
    assert await store.position(CHANNEL) == 1
    assert await store.known_causes(CHANNEL, ["chat:1", "chat:2"]) == {"chat:1": 1}


async def test_of_a_failing_batch_nothing_is_left(store: Store) -> None:
    log = LogBuilder()
    first = log.batch(Counted(), cause="chat:1")
    await store.append(replace(first, keep={"seed": b"old"}))
    failing = log.batch(Counted(), cause="chat:1")
    failing.causes.insert(0, ("chat:2", 2))
    failing.rows.append(Put(POOL, row("7")))
    failing.keep["other"] = b"new"
    failing.drop.append("seed")
    with pytest.raises(ConflictError):
        await store.append(failing)
    assert await store.position(CHANNEL) == 1
    assert await store.known_causes(CHANNEL, ["chat:2"]) == {}
    assert await pool(store) == []
    assert await store.kept(CHANNEL, "seed") == b"old"
    assert await store.kept(CHANNEL, "other") is None


async def test_a_row_that_cannot_be_written_fails_the_batch_and_is_no_conflict(
    store: Store,
) -> None:
    """Deciding again would not help, and trying again neither."""
    batch = LogBuilder().batch(Counted())
    batch.rows.append(Put(POOL, (CHANNEL, "7", None, "Thrall", "chat", 5, 1)))
    with pytest.raises(Exception, match=r"(?i)null") as failure:
        await store.append(batch)
    assert not isinstance(failure.value, ConflictError | UnavailableError)
    assert await store.position(CHANNEL) == 0
    await store.append(LogBuilder().batch(Counted()))


async def test_many_causes_are_looked_up_at_once(store: Store) -> None:
    batch = LogBuilder().batch(Counted())
    batch.causes += [(f"chat:{n}", n) for n in range(300)]
    await store.append(batch)
    asked = [f"chat:{n}" for n in range(100, 500)]
    known = await store.known_causes(CHANNEL, asked)
    assert known == {f"chat:{n}": n for n in range(100, 300)}
    assert await store.known_causes(CHANNEL, []) == {}


async def test_old_causes_are_pruned_by_prefix_and_age(database_url: str) -> None:
    clock = Ticks()
    async with opened(database_url, clock) as store:
        log = LogBuilder()
        await store.append(log.batch(Counted(), cause="chat:1"))
        await store.append(log.batch(Counted(), cause="claim:1"))
        await store.append(log.batch(Counted(), cause="chatter:1"))
        clock.now = START.replace(day=25)
        await store.append(log.batch(Counted(), cause="chat:2"))
        before = to_micros(START.replace(day=24))
        assert await store.prune_causes(CHANNEL, "chat:", before) == 1
        assert await store.prune_causes(CHANNEL, "chat:", before) == 0
        asked = ["chat:1", "claim:1", "chatter:1", "chat:2"]
        known = await store.known_causes(CHANNEL, asked)
        assert known == {"claim:1": 2, "chatter:1": 3, "chat:2": 4}


async def test_channels_do_not_see_each_other(store: Store) -> None:
    mine, other = LogBuilder(), LogBuilder(OTHER_CHANNEL)
    first = mine.batch(Counted(), cause="chat:1")
    first.rows.append(Put(POOL, row("7")))
    await store.append(replace(first, keep={"seed": b"mine"}))
    await store.append(other.batch(Counted(), Counted(), cause="chat:1"))
    await store.save_snapshot(CHANNEL, 1, mine.snapshot())
    assert await store.channels() == sorted([CHANNEL, OTHER_CHANNEL])
    assert (await store.position(CHANNEL), await store.position(OTHER_CHANNEL)) == (1, 2)
    assert len(await store.read(CHANNEL, 0)) == 1
    assert await store.kept(OTHER_CHANNEL, "seed") is None
    assert await store.load_snapshot(OTHER_CHANNEL, 1) is None
    assert await store.prune_causes(OTHER_CHANNEL, "chat:", 2**62) == 1
    assert await store.known_causes(CHANNEL, ["chat:1"]) == {"chat:1": 1}
    await store.clear_tables(OTHER_CHANNEL, [POOL])
    assert await pool(store) == [("7", "Thrall")]


async def test_what_is_closed_is_unavailable(database_url: str) -> None:
    async with opened(database_url) as store:
        await store.append(LogBuilder().batch(Counted()))
    await store.close()
    with pytest.raises(UnavailableError):
        await store.position(CHANNEL)
    with pytest.raises(UnavailableError):
        await store.append(LogBuilder().batch(Counted()))


async def test_everything_is_there_after_reopening(database_url: str) -> None:
    log = LogBuilder()
    async with opened(database_url) as store:
        await store.append(replace(log.batch(Counted(), cause="chat:1"), keep={"seed": b"s"}))
    async with opened(database_url) as store:
        assert len(await whole_log(store)) == 1
        assert await store.known_causes(CHANNEL, ["chat:1"]) == {"chat:1": 1}
        assert await store.kept(CHANNEL, "seed") == b"s"
        await store.append(log.batch(Counted()))


async def test_one_process_leads(store: Store) -> None:
    assert await store.lead(CHANNEL)
    assert await store.lead(CHANNEL)
    assert await store.lead(OTHER_CHANNEL)


async def test_many_reads_at_once_are_all_answered(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(*[Counted()] * 50))
    answers = await asyncio.gather(*[store.read(CHANNEL, n) for n in range(50)])
    assert [len(events) for events in answers] == list(range(50, 0, -1))


async def test_a_row_goes_by_its_last_change(store: Store) -> None:
    batch = LogBuilder().batch(Counted())
    batch.rows += [
        Put(POOL, row("1", "Aa")),
        Delete(POOL, (CHANNEL, "1")),
        Put(POOL, row("2", "Bb")),
        Put(POOL, row("2", "Bbb")),
        Put(POOL, row("3", "Cc")),
        Delete(POOL, (CHANNEL, "3")),
        Delete(POOL, (CHANNEL, "4")),
        Put(POOL, row("4", "Dd")),
    ]
    await store.append(batch)
    assert await pool(store) == [("2", "Bbb"), ("4", "Dd")]
