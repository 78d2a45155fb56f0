"""The contract that every store keeps: secrets, snapshots, forgetting, read tables, queries."""

from dataclasses import replace

import pytest

from goldomatic.ledger.event import ViewerForgotten
from goldomatic.ledger.store import (
    Batch,
    ConflictError,
    Delete,
    Put,
    RowChange,
    Snapshot,
    Statement,
    Store,
    UnavailableError,
)
from goldomatic.values import ChannelId, ViewerId
from support.ledger import (
    CHANNEL,
    OTHER_CHANNEL,
    POOL,
    Counted,
    Entered,
    LogBuilder,
    Names,
    names,
    pool,
    whole_log,
)

VIEWER, OTHER = ViewerId("42"), ViewerId("43")


def entered(viewer: ViewerId, personal: Names | None = None) -> Entered:
    return Entered(viewer_id=viewer, source="chat", personal=personal or names("Thrall"))


def row(viewer: str, name: str, channel: ChannelId = CHANNEL) -> Put:
    return Put(POOL, (channel, viewer, name, name, "chat", 5, 1))


async def test_secrets_are_kept_until_dropped(store: Store) -> None:
    log = LogBuilder()
    await store.append(replace(log.batch(Counted()), keep={"a": b"\0\xff", "b": b""}))
    assert await store.kept(CHANNEL, "a") == b"\0\xff"
    assert await store.kept(CHANNEL, "b") == b""
    await store.append(replace(log.batch(Counted()), keep={"a": b"new"}, drop=["b", "none"]))
    assert await store.kept(CHANNEL, "a") == b"new"
    assert await store.kept(CHANNEL, "b") is None


def test_a_batch_replaces_secrets_in_the_order_of_its_commands() -> None:
    batch = Batch(CHANNEL, 0)
    batch.replace_kept({"a": b"1", "b": b"1"}, [])
    batch.replace_kept({}, ["a"])
    batch.replace_kept({"c": b"2"}, ["c", "b"])
    batch.replace_kept({"b": b"3"}, [])
    assert batch.keep == {"c": b"2", "b": b"3"}
    assert batch.drop == ["a"]


async def test_a_snapshot_is_replaced_and_found_by_version(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(Counted()))
    await store.save_snapshot(CHANNEL, 1, log.snapshot(b"one"))
    await store.append(log.batch(Counted()))
    await store.save_snapshot(CHANNEL, 1, log.snapshot(b"\0two"))
    assert await store.load_snapshot(CHANNEL, 1) == Snapshot(2, log.head, b"\0two")
    assert await store.load_snapshot(CHANNEL, 2) is None
    assert await store.query("SELECT count(*) FROM snapshots") == [(1,)]


async def test_forgetting_erases_only_the_viewers_earlier_personal_values(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(entered(VIEWER), entered(OTHER)))
    await store.append(log.batch(ViewerForgotten(viewer_id=VIEWER, actor="operator")))
    await store.append(log.batch(entered(VIEWER)))
    events = await whole_log(store)
    assert [event.personal is None for event in events] == [True, False, True, False]
    assert [event.personal_hash is None for event in events] == [False, False, True, False]


async def test_what_a_forgetting_batch_holds_besides_is_left_alone(store: Store) -> None:
    """The store erases up to `after`; what comes with the batch is the writer's business."""
    log = LogBuilder()
    await store.append(log.batch(entered(VIEWER)))
    await store.append(
        log.batch(ViewerForgotten(viewer_id=VIEWER, actor="operator"), entered(VIEWER))
    )
    events = await whole_log(store)
    assert [event.personal is None for event in events] == [True, True, False]


async def test_forgetting_is_per_channel(store: Store) -> None:
    mine, other = LogBuilder(), LogBuilder(OTHER_CHANNEL)
    await store.append(mine.batch(entered(VIEWER)))
    await store.append(other.batch(entered(VIEWER)))
    await store.append(mine.batch(ViewerForgotten(viewer_id=VIEWER, actor="operator")))
    [event] = await store.read(OTHER_CHANNEL, 0)
    assert event.personal is not None


async def test_forgetting_removes_snapshots_and_refuses_older_ones(store: Store) -> None:
    log = LogBuilder()
    await store.append(log.batch(entered(VIEWER)))
    stale = log.snapshot(b"knows the name")
    await store.save_snapshot(CHANNEL, 1, stale)
    await store.append(log.batch(ViewerForgotten(viewer_id=VIEWER, actor="operator")))
    assert await store.load_snapshot(CHANNEL, 1) is None
    await store.save_snapshot(CHANNEL, 1, stale)
    assert await store.load_snapshot(CHANNEL, 1) is None
    fresh = log.snapshot(b"knows nothing")
    await store.save_snapshot(CHANNEL, 1, fresh)
    assert await store.load_snapshot(CHANNEL, 1) == fresh


async def test_rows_are_put_replaced_and_deleted(store: Store) -> None:
    log = LogBuilder()
    await store.append(replace(log.batch(Counted()), rows=[row("1", "Aa"), row("2", "Bb")]))
    changes: list[RowChange] = [row("2", "Зул"), Delete(POOL, (CHANNEL, "1")), row("3", "Cc")]
    await store.append(replace(log.batch(Counted()), rows=changes))
    assert await pool(store) == [("2", "Зул"), ("3", "Cc")]


async def test_rows_can_be_cleared_and_written_apart(store: Store) -> None:
    await store.write_rows([row("1", "Aa"), row("1", "Bb", OTHER_CHANNEL)])
    await store.clear_tables(CHANNEL, [POOL])
    assert await pool(store) == []
    assert await pool(store, OTHER_CHANNEL) == [("1", "Bb")]
    await store.write_rows([row(str(n), f"N{n}") for n in range(100, 600)])
    await store.write_rows([Delete(POOL, (CHANNEL, str(n))) for n in range(102, 600)])
    await store.write_rows([])
    assert await pool(store) == [("100", "N100"), ("101", "N101")]


async def test_queries_take_question_marks(store: Store) -> None:
    await store.write_rows([row("1", "50%"), row("2", "what?"), row("3", "Aa")])
    found = await store.query(
        "SELECT viewer_id FROM pool_members WHERE character_name LIKE '%0\\%' ESCAPE '\\'"
        " AND channel = ?",
        CHANNEL,
    )
    assert found == [("1",)]
    found = await store.query(
        "SELECT viewer_id, '?', 7 % 4 FROM pool_members WHERE character_name = 'what?'"
    )
    assert found == [("2", "?", 3)]
    text = "SELECT viewer_id FROM pool_members WHERE enrolled_at = ? AND viewer_id > ? ORDER BY 1"
    assert await store.query(text, 5, "1") == [("2",), ("3",)]


async def test_a_wrong_query_is_no_outage(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)binding|placeholder") as failure:
        await store.query("SELECT ?", 1, 2)
    assert not isinstance(failure.value, UnavailableError)
    assert await store.query("SELECT ?", "still here") == [("still here",)]


async def test_plain_tables_are_changed_together_or_not_at_all(store: Store) -> None:
    add = "INSERT INTO login_sessions VALUES (?, ?, ?, ?, ?)"
    drop = "DELETE FROM login_sessions WHERE channel = ?"
    rows = [Statement(add, (name, CHANNEL, "1", 5, 5)) for name in (b"one", b"two")]
    assert await store.execute(*rows) == [1, 1]
    with pytest.raises(ConflictError):
        await store.execute(Statement(drop, (CHANNEL,)), *rows, rows[0])
    assert await store.query("SELECT count(*) FROM login_sessions") == [(2,)]
    assert await store.execute(Statement(drop, (CHANNEL,)), Statement(drop, ("none",))) == [2, 0]
