"""What is particular to the SQLite file: full disks, locks, and what is left on the disk."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from goldomatic.ledger import sqlite
from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.ledger.store import Delete, Put, UnavailableError
from goldomatic.values import Code, Refused, utc_now
from support.ledger import CHANNEL, POOL, Counted, LogBuilder, count, enter, forget, opened, started

SIZES = [1, 2, 5, 30, 300]
"""How often a name is repeated; the longest ones fill pages of their own."""


class SmallDisk(SqliteStore):
    """A file that may not grow beyond so many pages: SQLite then fails as on a full disk."""

    async def limit(self, pages: int) -> None:
        await self._writer.run(
            lambda: self._writer.connection.execute(f"PRAGMA max_page_count = {pages}")
        )


async def test_a_full_disk_is_an_outage_that_ends_with_new_space(tmp_path: Path) -> None:
    store = SmallDisk(tmp_path / "ledger.db", utc_now)
    await store.open()
    await store.limit(70)
    answered = 0
    async with started(store) as writer:
        refusal = None
        while refusal is None and answered < 2_000:
            try:
                await writer.change(enter(str(answered), f"Name{answered}" * 20))
                answered += 1
            except Refused as refused:
                refusal = refused
        assert refusal is not None
        assert refusal.code is Code.SERVICE_UNAVAILABLE
        assert answered > 10
        assert await store.position(CHANNEL) == answered
        await store.limit(100_000)
        changed = await writer.change(count())
        assert changed.events[0].position == answered + 1
    await store.close()


async def test_a_locked_file_is_an_outage_that_ends_with_the_lock(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    path = sqlite_url.removeprefix("sqlite:///")
    async with opened(sqlite_url) as store:
        log = LogBuilder()
        batch = log.batch(Counted())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError, match="locked"):
                await store.append(batch)
            assert await store.position(CHANNEL) == 0
            other.execute("ROLLBACK")
        await store.append(batch)


async def test_commits_are_synced_and_erased_bytes_overwritten(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        assert isinstance(store, SqliteStore)
        for lane in (store._writer, store._reader):
            pragmas = [
                lane.connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "secure_delete")
            ]
            assert pragmas == ["wal", 2, 1]


async def test_a_reading_connection_cannot_write(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        with pytest.raises(UnavailableError, match="readonly"):
            await store.query("DELETE FROM events")


def contents(directory: Path) -> bytes:
    """Everything in the files of a directory, one behind the other."""
    return b"".join(file.read_bytes() for file in sorted(directory.iterdir()))


async def test_forgotten_names_are_gone_from_the_files(tmp_path: Path) -> None:
    """With enough events that pages were split, freed and filled again."""
    random = Random(3)
    path = tmp_path / "ledger.db"
    async with opened(f"sqlite:///{path}") as store, started(store) as writer:
        for number in range(400):
            name = f"Secretname{number}x" * random.choice(SIZES)
            await writer.change(enter(str(number), name))
        await writer.keep_snapshot()
        gone = random.sample(range(400), 150)
        for number in gone:
            await writer.change(forget(str(number)))
        assert isinstance(store, SqliteStore)
        assert await store.scrub()
        left = contents(tmp_path)
    for number in range(400):
        secret = f"Secretname{number}x".encode()
        assert (secret in left or secret.upper() in left) == (number not in gone)


async def test_rows_that_moved_leave_no_copies(tmp_path: Path) -> None:
    """SQLite does not clear the unused middle of a page; with these rows copies stay in two."""
    random = Random(36)
    async with opened(f"sqlite:///{tmp_path}/ledger.db") as store:
        for _ in range(3):
            rows = [
                Put(
                    POOL, (CHANNEL, str(v), f"Secret{v}x" * random.choice(SIZES), "n", "chat", 1, 1)
                )
                for v in random.sample(range(300), 300)
            ]
            for first in range(0, 300, 20):
                piece = rows[first : first + 20]
                await store.write_rows([Delete(POOL, put.row[:2]) for put in piece])
                await store.write_rows(piece)
        gone = set(random.sample(range(300), 100))
        await store.write_rows([Delete(POOL, (CHANNEL, str(viewer))) for viewer in gone])
        assert await store.scrub()
        left = {int(number) for number in re.findall(rb"Secret(\d+)x", contents(tmp_path))}
    assert left == set(range(300)) - gone


async def test_scrubbing_waits_for_readers_and_says_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with opened(sqlite_url) as store:
        assert isinstance(store, SqliteStore)
        log = LogBuilder()
        await store.append(log.batch(Counted()))
        path = sqlite_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM events").fetchall()
            await store.append(log.batch(Counted()))
            assert not await store.scrub()
            reader.execute("COMMIT")
            reader.execute("BEGIN IMMEDIATE")
            assert not await store.scrub()
            reader.execute("COMMIT")
        assert await store.scrub()
