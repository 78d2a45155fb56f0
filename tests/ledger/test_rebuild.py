"""The read tables hold nothing that the events do not give, and come back from them."""

import asyncio
from random import Random

import pytest

from goldomatic.ledger import postgres, sqlite
from goldomatic.ledger.chain import BrokenChainError
from goldomatic.ledger.rebuild import check_chain, differences, rebuild
from goldomatic.ledger.store import ConflictError, Delete, Put, Snapshot, Store, UnavailableError
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import Refused
from support.ledger import (
    CHANNEL,
    CODEC,
    OTHER_CHANNEL,
    POOL,
    Circle,
    Counted,
    LogBuilder,
    count,
    enter,
    forget,
    leave,
    opened,
    pool,
    started,
)


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite, postgres):
        monkeypatch.setattr(module, "WALK_CHUNK", 40)


async def live(writer: ChannelWriter[Circle], random: Random, changes: int) -> None:
    """A little life of a channel: entries, refusals, departures, forgetting."""
    for _ in range(changes):
        viewer = str(random.randrange(30))
        choices = [enter(viewer, f"N{random.randrange(40)}"), leave(viewer), forget(viewer)]
        try:
            await writer.change(random.choice([*choices, choices[0], choices[0]]))
        except Refused:
            await writer.change(count())


async def rebuilt(store: Store) -> None:
    await rebuild(store, CHANNEL, Circle(), CODEC, [POOL])


async def found(store: Store) -> list[tuple[str, str]]:
    """Viewer and kind of each difference."""
    given = await differences(store, CHANNEL, Circle(), CODEC, [POOL])
    return sorted(
        (d.key[1], "missing" if d.found is None else "extra" if d.expected is None else "other")
        for d in given
    )


async def test_a_rebuild_gives_the_tables_that_the_service_wrote(store: Store) -> None:
    async with started(store) as writer, started(store, channel=OTHER_CHANNEL) as other:
        await live(writer, Random(5), 250)
        await other.change(enter("1", "Elsewhere"))
    text = "SELECT * FROM pool_members ORDER BY channel, viewer_id"
    written = await store.query(text)
    assert len(written) > 10
    assert await found(store) == []
    await store.clear_tables(CHANNEL, [POOL])
    await store.write_rows([Put(POOL, (CHANNEL, "999", "x", "x", "x", 1, 1))])
    await rebuilt(store)
    assert await store.query(text) == written


async def test_every_difference_is_found_and_mended(store: Store) -> None:
    async with started(store) as writer:
        for viewer in range(8):
            await writer.change(enter(str(viewer), f"N{viewer}"))
    await store.write_rows(
        [
            Delete(POOL, (CHANNEL, "3")),
            Put(POOL, (CHANNEL, "5", "N5", "Changed", "chat", 1, 6)),
            Put(POOL, (CHANNEL, "99", "N99", "N99", "chat", 1, 6)),
        ]
    )
    assert await found(store) == [("3", "missing"), ("5", "other"), ("99", "extra")]
    await rebuilt(store)
    assert await found(store) == []
    assert ("5", "N5") in await pool(store)


async def test_comparing_goes_on_over_many_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldomatic.ledger.rebuild.PAGE", 7)
    async with started(store) as writer:
        for viewer in range(50):
            await writer.change(enter(str(viewer), f"N{viewer}"))
    assert await found(store) == []
    await store.write_rows([Delete(POOL, (CHANNEL, "49"))])
    assert await found(store) == [("49", "missing")]


async def test_a_service_may_run_while_the_tables_are_rebuilt(store: Store) -> None:
    random = Random(9)
    async with started(store) as writer:
        await live(writer, random, 300)
        finished = asyncio.Event()

        async def go_on_living() -> int:
            turns = 0
            while not finished.is_set():
                await live(writer, random, 3)
                turns += 1
            return turns

        living = asyncio.create_task(go_on_living())
        for _ in range(3):
            await rebuilt(store)
        finished.set()
        assert await living > 3
        assert await found(store) == []


async def test_a_rebuild_replaces_the_snapshot(store: Store) -> None:
    """A snapshot is not covered by the chain: somebody could have changed it."""
    async with started(store) as writer:
        await writer.change(count(3))
    honest = await store.load_snapshot(CHANNEL, Circle.version)
    assert honest is not None
    forged = honest._replace(state=honest.state.replace(b"\x03", b"\x63"))
    assert forged != honest
    await store.save_snapshot(CHANNEL, Circle.version, forged)
    await rebuilt(store)
    assert await store.load_snapshot(CHANNEL, Circle.version) == honest


async def test_rows_that_deadlock_are_written_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(store) as writer:
        await writer.change(enter("1", "Thrall"))
    write, failures = store.write_rows, [ConflictError("deadlock")] * 3

    async def sometimes(rows: list[Put]) -> None:
        if failures:
            raise failures.pop()
        await write(rows)

    monkeypatch.setattr(store, "write_rows", sometimes)
    await rebuilt(store)
    assert await pool(store) == [("1", "Thrall")]
    failures += [ConflictError("deadlock")] * 100
    with pytest.raises(UnavailableError, match="attempts"):
        await rebuilt(store)


async def test_rows_that_change_while_they_are_compared_are_no_difference(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(store) as writer:
        for viewer in "123":
            await writer.change(enter(viewer, f"N{viewer}"))
        await store.write_rows([Delete(POOL, (CHANNEL, "3"))])
        query, changes = store.query, [leave("1"), enter("4", "N4"), leave("2")]

        async def busy(text: str, *parameters: object) -> list[tuple[object, ...]]:
            while changes and "pool_members" in text:
                await writer.change(changes.pop())
            return await query(text, *parameters)

        monkeypatch.setattr(store, "query", busy)
        assert await found(store) == [("3", "missing")]


async def test_a_broken_chain_is_not_built_on(store: Store) -> None:
    log = LogBuilder()
    batch = log.batch(Counted(), Counted())
    batch.events[1] = log.batch(Counted()).events[0]
    await store.append(batch)
    with pytest.raises(BrokenChainError, match="position 2"):
        await check_chain(store, CHANNEL)
    with pytest.raises(BrokenChainError, match="position 2"):
        await rebuilt(store)


async def test_progress_is_told_and_an_empty_log_is_fine(database_url: str) -> None:
    async with opened(database_url) as store:
        checked = await check_chain(store, CHANNEL)
        assert (checked.position, checked.erased, checked.found_at) == (0, 0, None)
        await rebuilt(store)
        snapshot = await store.load_snapshot(CHANNEL, Circle.version)
        assert snapshot == Snapshot(0, LogBuilder().head, Circle().dump())
        async with started(store) as writer:
            await asyncio.gather(*[writer.change(count()) for _ in range(100)])
        seen: list[int] = []
        await rebuild(store, CHANNEL, Circle(), CODEC, [POOL], seen.append)
        assert seen == [40, 80, 100]


async def test_a_head_that_was_written_down_is_found(store: Store) -> None:
    log = LogBuilder()
    first = log.head
    await store.append(log.batch(*[Counted()] * 60))
    written_down = log.head
    await store.append(log.batch(*[Counted()] * 60))
    for head, position in ((written_down, 60), (log.head, 120), (first, 0), (bytes(32), None)):
        checked = await check_chain(store, CHANNEL, look_for=head)
        assert checked.found_at == position
