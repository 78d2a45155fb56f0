"""Databases of every age are brought up to date, and only ours are touched."""

import asyncio
import sqlite3
from contextlib import closing

import psycopg
import pytest

from goldomatic.ledger import schema
from goldomatic.ledger.store import SchemaError
from goldomatic.ledger.stores import sqlite_path
from support.ledger import CHANNEL, Counted, LogBuilder, opened, whole_log

NEXT = (2, "-- One more column; with two statements.\nALTER TABLE payouts ADD COLUMN realm TEXT;\n")


def run(database_url: str, *statements: str) -> None:
    """Change a database behind the ledger's back."""
    path = sqlite_path(database_url)
    if path is not None:
        with closing(sqlite3.connect(path)) as file, file:
            for statement in statements:
                file.execute(statement)
        return
    with psycopg.connect(database_url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def set_version(database_url: str, version: int) -> None:
    if sqlite_path(database_url):
        run(database_url, f"PRAGMA user_version = {version}")
    else:
        run(database_url, f"INSERT INTO schema_version SELECT {version}")


def with_next(monkeypatch: pytest.MonkeyPatch) -> int:
    """Pretend that a later version has one more migration; gives its number."""
    known = schema.migrations
    number = known("sqlite")[-1][0] + 1
    migration = (number, NEXT[1])
    monkeypatch.setattr(schema, "migrations", lambda dialect: [*known(dialect), migration])
    return number


# I-6
async def test_an_existing_database_is_migrated_and_keeps_its_log(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = LogBuilder()
    async with opened(database_url) as store:
        await store.append(log.batch(Counted()))
    with_next(monkeypatch)
    for _ in range(2):
        async with opened(database_url) as store:
            await store.append(log.batch(Counted()))
            assert await store.query("SELECT realm FROM payouts") == []
    async with opened(database_url) as store:
        assert len(await whole_log(store)) == 3


async def test_an_empty_database_gets_every_migration(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_next(monkeypatch)
    async with opened(database_url) as store:
        assert await store.query("SELECT realm FROM payouts") == []


async def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url):
        pass
    known = schema.migrations
    broken = "CREATE TABLE halfway (channel TEXT);\nCREATE TABLE halfway (channel TEXT);"
    number = known("sqlite")[-1][0] + 1
    with monkeypatch.context() as patch:
        patch.setattr(schema, "migrations", lambda dialect: [*known(dialect), (number, broken)])
        with pytest.raises(Exception, match="halfway"):
            async with opened(database_url):
                pass
    async with opened(database_url) as store:
        with pytest.raises(Exception, match="halfway"):
            await store.query("SELECT * FROM halfway")


async def test_a_newer_schema_is_refused_with_advice(database_url: str) -> None:
    async with opened(database_url):
        pass
    set_version(database_url, 99)
    known = schema.migrations("sqlite")[-1][0]
    with pytest.raises(
        SchemaError,
        match=f"^the database has schema 99, this version knows up to {known}: "
        "install the newer version of the service$",
    ):
        async with opened(database_url):
            pass


async def test_the_tables_of_another_program_are_left_alone(database_url: str) -> None:
    run(database_url, "CREATE TABLE events (title TEXT)", "INSERT INTO events VALUES ('a party')")
    with pytest.raises(SchemaError, match="another program"):
        async with opened(database_url):
            pass
    with pytest.raises(SchemaError, match="another program"):
        async with opened(database_url):
            pass


async def test_several_processes_may_open_an_empty_database_at_once(database_url: str) -> None:
    async def use() -> None:
        async with opened(database_url) as store:
            assert await store.position(CHANNEL) == 0

    await asyncio.gather(*[use() for _ in range(6)])


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    for dialect in ("sqlite", "postgresql"):
        found = schema.migrations(dialect)
        assert [version for version, _ in found] == list(range(1, len(found) + 1))
        assert all("BYTES" not in script for _, script in found)
