"""What is particular to PostgreSQL: outages, time-outs, races and leadership."""

import asyncio
import time
from typing import Any

import psycopg
import pytest

from goldomatic.ledger import sql
from goldomatic.ledger.change import Cause
from goldomatic.ledger.event import ViewerForgotten
from goldomatic.ledger.postgres import PostgresStore
from goldomatic.ledger.postgres_sql import placeholders
from goldomatic.ledger.store import ConflictError, SchemaError, Statement, UnavailableError
from goldomatic.values import Refused, ViewerId, utc_now
from support.ledger import (
    CHANNEL,
    OTHER_CHANNEL,
    Counted,
    Entered,
    LogBuilder,
    count,
    names,
    opened,
    started,
    whole_log,
)
from support.postgres import PostgresServer
from support.proxy import proxy

pytestmark = pytest.mark.postgres

# What a call may take at most while the server does not answer: a connection attempt is given up
# after two seconds, and so is a call on a connection; the rest is for a busy machine.
GIVEN_UP = 6.0


async def given_up(call: Any) -> float:
    """Seconds until a call ends as unavailable."""
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        await call
    return time.monotonic() - began


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def rows(url: str, text: str) -> list[Any]:
    """First column of what the server answers on a connection of its own."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        answer = await connection.execute(text.encode())
        return [row[0] for row in await answer.fetchall()]


async def backends(url: str, condition: str = "true") -> list[int]:
    """Process ids of the server's other connections to the database."""
    return await rows(url, f"SELECT pid {OTHERS} AND {condition}")


async def terminate_all(url: str) -> None:
    assert all(await rows(url, f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}"))


async def test_both_kinds_of_address_work(own_postgres: PostgresServer) -> None:
    log = LogBuilder()
    async with opened(own_postgres.socket_url()) as store:
        await store.append(log.batch(Counted()))
    async with opened(own_postgres.url()) as store:
        await store.append(log.batch(Counted()))
        assert len(await whole_log(store)) == 2


async def test_a_stopped_server_is_an_outage_that_ends_with_its_return(
    own_postgres: PostgresServer,
) -> None:
    async with opened(own_postgres.url()) as store, started(store) as writer:
        await writer.change(count(), cause=Cause("chat:1"))
        assert await store.lead(CHANNEL)
        own_postgres.stop()
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(Refused):
                await writer.change(count(), cause=Cause("chat:2"))
            assert await given_up(store.lead(CHANNEL)) < GIVEN_UP
            assert time.monotonic() - began < 2 * GIVEN_UP
        own_postgres.start()
        assert (await writer.change(count(), cause=Cause("chat:2"))).events[0].position == 2
        assert await store.position(CHANNEL) == 2
        assert await store.lead(CHANNEL)


async def test_the_next_append_works_after_a_restart_that_nobody_noticed(
    own_postgres: PostgresServer,
) -> None:
    log = LogBuilder()
    async with opened(own_postgres.url()) as store:
        await store.append(log.batch(Counted()))
        assert await store.position(CHANNEL) == 1
        own_postgres.stop()
        own_postgres.start()
        await store.append(log.batch(Counted()))
        assert await store.position(CHANNEL) == 2


async def test_a_frozen_server_is_given_up_and_nothing_is_doubled(postgres_url: str) -> None:
    """It accepts connections and takes bytes, but nobody is there: nothing may hang."""
    async with (
        proxy(postgres_url) as between,
        opened(between.url) as store,
        started(store) as writer,
    ):
        await writer.change(count(), cause=Cause("chat:1"))
        between.freeze()
        began = time.monotonic()
        with pytest.raises(Refused):
            await writer.change(count(), cause=Cause("chat:2"))
        assert time.monotonic() - began < GIVEN_UP
        assert await given_up(store.position(CHANNEL)) < GIVEN_UP
        assert await given_up(store.read(CHANNEL, 0)) < GIVEN_UP
        between.thaw()
        # The frozen append may have been carried out when the server went on.
        again = await writer.change(count(), cause=Cause("chat:2"))
        assert again.repeated_at in (None, 2)
        assert writer.model.count.durable == 2
        assert len(await whole_log(store)) == 2


async def test_a_crash_loses_nothing_that_was_answered(own_postgres: PostgresServer) -> None:
    async with opened(own_postgres.url()) as store, started(store) as writer:
        numbers = iter(range(10_000))
        answered: list[str] = []
        crashed = asyncio.Event()

        async def caller() -> None:
            while not crashed.is_set():
                key = f"chat:{next(numbers)}"
                try:
                    await writer.change(count(), cause=Cause(key))
                    answered.append(key)
                except Refused:
                    return

        callers = [asyncio.create_task(caller()) for _ in range(8)]
        while len(answered) < 200:
            await writer.refresh()
        own_postgres.crash()
        crashed.set()
        await asyncio.gather(*callers)
        own_postgres.start()
        await writer.refresh()
        causes = [event.cause for event in await whole_log(store)]
        assert set(answered) <= set(causes)
        assert len(causes) == len(set(causes))
        assert writer.model.count.durable == len(causes)


async def test_terminated_connections_are_replaced(postgres_url: str) -> None:
    log = LogBuilder()
    async with opened(postgres_url) as store:
        await store.append(log.batch(Counted()))
        assert await store.position(CHANNEL) == 1
        assert await store.lead(CHANNEL)
        for _ in range(2):
            await terminate_all(postgres_url)
            await store.append(log.batch(Counted()))
            await store.read(CHANNEL, 0)
            assert await store.lead(CHANNEL)
        assert len(await whole_log(store)) == 3


async def test_a_lock_that_somebody_holds_is_waited_for_only_so_long(postgres_url: str) -> None:
    log = LogBuilder()
    async with opened(postgres_url) as store:
        batch = log.batch(Counted())
        async with await psycopg.AsyncConnection.connect(postgres_url) as other:
            await other.execute("LOCK TABLE events IN SHARE MODE")
            assert await given_up(store.append(batch)) < GIVEN_UP
            await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            assert await given_up(store.position(CHANNEL)) < GIVEN_UP
        await store.append(batch)


async def test_a_slow_call_is_waited_for_and_an_endless_one_is_not(postgres_url: str) -> None:
    """The server is there, as a second connection shows: a busy disk is no outage."""
    store = PostgresStore(postgres_url, utc_now, patience=1, limit=1.6)
    await store.open()
    assert len(await store.query("SELECT pg_sleep(0.8)")) == 1
    assert await given_up(store.query("SELECT pg_sleep(30)")) < GIVEN_UP
    assert await store.query("SELECT 1") == [(1,)]
    await store.close()


async def test_a_server_without_free_connections_is_not_taken_for_gone(
    own_postgres: PostgresServer,
) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute(b"CREATE ROLE few LOGIN CONNECTION LIMIT 1")
        connection.execute(b"GRANT ALL ON SCHEMA public TO few")
    url = own_postgres.url().replace("postgres@", "few@")
    store = PostgresStore(url, utc_now, patience=1, limit=5)
    await store.open()
    async with store._writer.use() as db:
        await db.execute("SELECT pg_sleep(0.8)")
    await store.close()


async def test_a_cancelled_read_leaves_its_connection_usable(postgres_url: str) -> None:
    async with opened(postgres_url) as store:
        for _ in range(6):
            read = asyncio.create_task(store.query("SELECT pg_sleep(1.5)"))
            while not await backends(postgres_url, "query LIKE '%sleep%' AND state = 'active'"):
                pass
            read.cancel()
            with pytest.raises(asyncio.CancelledError):
                await read
        assert await store.query("SELECT 1") == [(1,)]


async def test_of_two_appends_at_once_one_wins(postgres_url: str) -> None:
    async with opened(postgres_url) as first, opened(postgres_url) as second:
        log = LogBuilder()
        for _ in range(20):
            here, head = log.position, log.head
            mine = log.batch(Counted(amount=1), cause=f"a:{here}")
            won = (log.position, log.head)
            log.position, log.head = here, head
            theirs = log.batch(Counted(amount=2), cause=f"b:{here}")
            results = await asyncio.gather(
                first.append(mine), second.append(theirs), return_exceptions=True
            )
            assert sorted(type(result).__name__ for result in results) == [
                "ConflictError",
                "NoneType",
            ]
            if results[0] is None:
                log.position, log.head = won
        assert len(await whole_log(first)) == 20


async def test_commits_reach_the_disk_even_where_the_database_says_otherwise(
    postgres_url: str,
) -> None:
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
    store = PostgresStore(postgres_url, utc_now)
    await store.open()
    async with store._writer.use() as db:
        row = await (await db.execute("SHOW synchronous_commit")).fetchone()
        assert row == ("on",)
    await store.close()


async def test_a_page_of_a_long_log_does_not_read_the_rest(postgres_url: str) -> None:
    """Also before the first ANALYZE, as after restoring a dump."""
    log = LogBuilder()
    async with opened(postgres_url) as store:
        for _ in range(10):
            await store.append(log.batch(*[Counted()] * 1_000))
        text = "EXPLAIN (ANALYZE, TIMING OFF) " + sql.READ
        plan = "\n".join(row[0] for row in await store.query(text, CHANNEL, 2_000, 10))
        assert "Sort" not in plan
        assert "rows=10 " in plan.partition("\n")[2]


async def test_one_of_several_processes_leads(postgres_url: str) -> None:
    async with opened(postgres_url) as first, opened(postgres_url) as second:
        assert await first.lead(CHANNEL)
        assert not await second.lead(CHANNEL)
        assert await second.lead(OTHER_CHANNEL)
        assert not await first.lead(OTHER_CHANNEL)
        assert await first.lead(CHANNEL)
    async with opened(postgres_url) as second:
        assert await second.lead(CHANNEL)


async def test_leadership_is_lost_with_its_connection(postgres_url: str) -> None:
    async with opened(postgres_url) as first, opened(postgres_url) as second:
        assert await first.lead(CHANNEL)
        await terminate_all(postgres_url)
        assert await second.lead(CHANNEL)
        assert not await first.lead(CHANNEL)


WAITING = "wait_event_type = 'Lock'"
ACCOUNT = "INSERT INTO accounts VALUES (?, '1', 'a', 'A', NULL, NULL, 0, 0)"


def patient(url: str) -> PostgresStore:
    """A store that waits for a lock as long as a busy machine may take."""
    return PostgresStore(url, utc_now, patience=30)


@pytest.mark.parametrize("first", ["forgets", "keeps"])
async def test_who_forgets_and_who_keeps_a_snapshot_see_each_other(
    postgres_url: str, first: str
) -> None:
    """Two processes at once: whoever is first is held up by somebody else before the commit."""
    log = LogBuilder()
    forgetful, keeper = stores = [patient(postgres_url), patient(postgres_url)]
    for store in stores:
        await store.open()
    await keeper.append(
        log.batch(Entered(viewer_id=ViewerId("1"), source="chat", personal=names("Thrall")))
    )
    await keeper.execute(Statement(ACCOUNT, (CHANNEL,)))
    known = log.snapshot(b"knows Thrall")
    forgetting = log.batch(ViewerForgotten(viewer_id=ViewerId("1"), actor="operator"))

    async def forget() -> None:
        await forgetful.append(forgetting)

    async def keep() -> None:
        await keeper.save_snapshot(CHANNEL, 1, known)

    hold = {
        "forgets": b"SELECT * FROM accounts FOR UPDATE",
        "keeps": b"INSERT INTO snapshots VALUES ('%s', 1, 1, '', '')" % CHANNEL.encode(),
    }[first]
    async with await psycopg.AsyncConnection.connect(postgres_url) as somebody:
        await somebody.execute(hold)
        steps = [forget, keep] if first == "forgets" else [keep, forget]
        begun: list[asyncio.Task[None]] = []
        for step in steps:
            begun.append(asyncio.create_task(step()))
            await until_held_up(postgres_url, begun[-1], len(begun))
        await somebody.rollback()
    await asyncio.gather(*begun)
    assert await keeper.load_snapshot(CHANNEL, 1) is None
    for store in stores:
        await store.close()


async def until_held_up(url: str, task: "asyncio.Task[None]", count: int) -> None:
    """Wait until so many connections wait for a lock, or the task need not."""
    async with asyncio.timeout(20):
        while not task.done() and len(await backends(url, WAITING)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_conflict_is_not_an_outage_for_the_connection(postgres_url: str) -> None:
    log = LogBuilder()
    async with opened(postgres_url) as store:
        await store.append(log.batch(Counted()))
        [before] = await backends(postgres_url)
        for _ in range(10):
            with pytest.raises(ConflictError):
                await store.append(LogBuilder().batch(Counted()))
        assert await backends(postgres_url) == [before]
        await store.append(log.batch(Counted()))


async def test_a_database_in_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(b"CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(SchemaError, match="LATIN1: create it with ENCODING 'UTF8'"):
        async with opened(postgres_server.url("latin")):
            pass
    postgres_server.drop_database(postgres_server.url("latin"))


async def test_a_database_that_is_not_there_is_unavailable(postgres_server: PostgresServer) -> None:
    with pytest.raises(UnavailableError, match='database "nowhere" does not exist'):
        async with opened(postgres_server.url("nowhere")):
            pass


def test_question_marks_become_placeholders() -> None:
    assert placeholders("SELECT '?', '%', x % 2 FROM t WHERE a = ? AND b LIKE ?") == (
        "SELECT '?', '%%', x %% 2 FROM t WHERE a = %s AND b LIKE %s"
    )
