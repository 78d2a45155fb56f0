"""A start from a snapshot and the tail gives the state that the whole log gives."""

import asyncio
from random import Random

import pytest

from goldomatic.ledger import snapshots
from goldomatic.ledger import writer as writer_module
from goldomatic.ledger.store import Batch, Snapshot, Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, Refused
from support.ledger import (
    CHANNEL,
    CODEC,
    Circle,
    count,
    enter,
    forget,
    leave,
    opened,
    started,
    whole_log,
)


async def live_a_little(writer: ChannelWriter[Circle], random: Random, changes: int) -> None:
    choices = [
        lambda: enter(str(random.randrange(40)), f"N{random.randrange(40)}"),
        lambda: leave(str(random.randrange(40))),
        lambda: count(random.randrange(5)),
    ]
    made = [writer.change(random.choice(choices)()) for _ in range(changes)]
    for answer in await asyncio.gather(*made, return_exceptions=True):
        assert not isinstance(answer, BaseException) or isinstance(answer, Refused)


async def folded(store: Store) -> Circle:
    model = Circle()
    for stored in await whole_log(store):
        model.evolve(CODEC.decode(stored))
    model.commit()
    return model


async def test_a_snapshot_and_the_tail_equal_the_whole_log(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SNAPSHOT_EVERY", 70)
    monkeypatch.setattr(writer_module, "MAX_BATCH", 16)
    random = Random(7)
    for _ in range(4):
        async with opened(database_url) as store:
            async with started(store) as writer:
                assert writer.model.dump() == (await folded(store)).dump()
                await live_a_little(writer, random, 200)
                before = await store.load_snapshot(CHANNEL, Circle.version)
                assert before is not None
                assert before.position < writer.position
                state = writer.model.dump()
            assert (await folded(store)).dump() == state
            final = await store.load_snapshot(CHANNEL, Circle.version)
            assert final is not None
            assert (final.position, final.state) == (writer.position, state)


async def test_a_stop_waits_for_the_snapshot_that_is_being_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SNAPSHOT_EVERY", 1)
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
    kept = await store.load_snapshot(CHANNEL, Circle.version)
    assert kept is not None
    assert kept.position == writer.position


async def test_the_tail_is_folded_onto_the_snapshot(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
    async with started(store) as writer:
        await writer.change(enter("2", "Jaina"))
        late = ChannelWriter(CHANNEL, Circle(), store, CODEC, writer._clock)
        await late.start()
        assert late.model.members.durable.keys() == {"1", "2"}
        assert late.position == 2
        await late.stop()


async def test_a_snapshot_of_another_version_is_left_aside(store: Store) -> None:
    async with started(store) as writer:
        await writer.change(count(3))
    snapshot = await store.load_snapshot(CHANNEL, Circle.version)
    assert snapshot is not None
    newer = Circle.version + 1
    await store.save_snapshot(CHANNEL, newer, snapshot._replace(state=b"?"))
    async with started(store) as writer:
        assert writer.model.count.durable == 3


async def test_a_name_does_not_come_back_through_a_snapshot(store: Store) -> None:
    """One process forgets while another, which has not heard of it yet, keeps a snapshot."""
    async with started(store) as writer, started(store) as unaware:
        await writer.change(enter("1", "Thrall"))
        await unaware.refresh()
        await writer.change(forget("1"))
        await unaware.keep_snapshot()
        assert await store.load_snapshot(CHANNEL, Circle.version) is None
        await unaware.refresh()
        assert not unaware.model.members.durable
    snapshot = await store.load_snapshot(CHANNEL, Circle.version)
    assert snapshot is not None
    assert b"Thrall" not in snapshot.state


async def test_after_forgetting_a_new_snapshot_is_made_soon(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SNAPSHOT_EVERY", 10)
    async with started(store) as writer:
        for number in range(12):
            await writer.change(enter(str(number), f"N{number}"))
        await writer.change(forget("3"))
        # The snapshot is taken after the answer, beside the next change.
        await writer._snapshots.saved()
        snapshot = await store.load_snapshot(CHANNEL, Circle.version)
        assert snapshot is not None
        assert snapshot.position == 13


async def test_a_name_does_not_come_back_through_a_snapshot_on_its_way(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots are written beside the work; forgetting waits for one that has begun."""
    save, append = store.save_snapshot, store.append
    done: list[str] = []

    async def save_slowly(channel: ChannelId, version: int, snapshot: Snapshot) -> None:
        await asyncio.sleep(0.05)
        await save(channel, version, snapshot)
        done.append("saved")

    async def append_and_tell(batch: Batch) -> None:
        await append(batch)
        done.append("erased" if batch.forget else "appended")

    monkeypatch.setattr(store, "save_snapshot", save_slowly)
    monkeypatch.setattr(store, "append", append_and_tell)
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
        writer._begin_snapshot()
        await writer.change(count())
        await writer.change(forget("1"))
        assert done == ["appended", "appended", "saved", "erased"]
        assert await store.load_snapshot(CHANNEL, Circle.version) is None
