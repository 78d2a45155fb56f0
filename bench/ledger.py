"""How fast the ledger is: python bench/ledger.py [events].

Durable commands a second with 1, 16 and 64 callers on SQLite and PostgreSQL, then a log of a
million events on each: checking, rebuilding, exporting it and starting with it. A command enrols
a viewer: one event, one remembered cause, one row of a read table. Prints a table; ends with code
1 when a limit is missed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from goldomatic import channel
from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.ledger import chain
from goldomatic.ledger.change import Cause
from goldomatic.ledger.event import Event, StoredEvent, personal_digest
from goldomatic.ledger.export import export
from goldomatic.ledger.rebuild import check_chain, rebuild
from goldomatic.ledger.snapshots import SNAPSHOT_EVERY
from goldomatic.ledger.store import Batch, Store
from goldomatic.ledger.stores import open_store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.roulette.events import Entrant, PoolMemberEnrolled, PoolMemberRemoved
from goldomatic.roulette.rules import Entry
from goldomatic.values import ChannelId, ViewerId, utc_now
from rows import Row, table

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.postgres import cluster, server

CHANNEL = ChannelId("778812345")
CALLERS = (1, 16, 64)
EVENTS = 1_000_000
POOL = 100_000
BATCH = 5_000
SECONDS, ROUNDS = 1.0, 3
START_LIMIT, REBUILD_LIMIT = 5.0, 90.0
SALT = bytes(16)

Addresses = dict[str, Callable[[], str]]
"""A new, empty database of each kind."""


def measure(events: int = EVENTS) -> list[Row]:
    """All figures; takes a few minutes with a million events."""
    with addresses() as stores:
        rows = asyncio.run(_rates(stores))
        for name, address in stores.items():
            rows += asyncio.run(_log(name, address(), events))
    return rows


@contextmanager
def addresses() -> Iterator[Addresses]:
    """Both kinds of database, in directories that are removed afterwards."""
    numbers = count()
    with (
        TemporaryDirectory(prefix="goldomatic-bench-") as directory,
        cluster() as template,
        server(template) as running,
    ):
        yield {
            "SQLite": lambda: f"sqlite:///{directory}/{next(numbers)}.db",
            "PostgreSQL": running.create_database,
        }


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """An open store."""
    store = open_store(url, utc_now)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _rates(stores: Addresses) -> list[Row]:
    """Commands a second; the rounds alternate, so that a busy moment hurts all alike."""
    runs: dict[tuple[str, int], list[tuple[float, list[float]]]] = {}
    for _ in range(ROUNDS):
        for name, address in stores.items():
            for callers in CALLERS:
                runs.setdefault((name, callers), []).append(await _run(address(), callers))
    rows = []
    for (name, callers), results in runs.items():
        rate, alone = _median(results), _median(runs[name, 1])
        taken = sorted(seconds for _, times in results for seconds in times)
        p50, p99 = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
        what = f"{name}: durable enrolments, {callers} callers"
        figure = f"{rate:,.0f}/s ({rate / alone:.1f} x 1 caller), p50 {p50:.2f}, p99 {p99:.2f} ms"
        rows.append(Row(what, figure, "", kept=True))
    return rows


def _median(results: Sequence[tuple[float, list[float]]]) -> float:
    return sorted(rate for rate, _ in results)[len(results) // 2]


async def _run(url: str, callers: int) -> tuple[float, list[float]]:
    """Commands a second and the seconds of each, while the callers never pause."""
    async with opened(url) as store:
        writer = ChannelWriter(CHANNEL, ChannelState(CHANNEL), store, CODEC, utc_now)
        await writer.start()
        numbers, times = count(), list[float]()
        began = perf_counter()
        end = began + SECONDS

        async def caller() -> None:
            while (sent := perf_counter()) < end:
                number = next(numbers)
                decision = channel.enrol(_entry(number))
                await writer.change(decision, cause=Cause(f"chat:{number}"))
                times.append(perf_counter() - sent)

        await asyncio.gather(*[caller() for _ in range(callers)])
        taken = perf_counter() - began
        await writer.stop()
        return len(times) / taken, times


async def _log(name: str, url: str, events: int) -> list[Row]:
    """A long log: what an operator waits for."""
    log = Log()
    async with opened(url) as store:
        await log.grow(store, events)
        rows = [
            await _timed(f"{name}: check {events:,} events", lambda: check_chain(store, CHANNEL)),
            await _timed(f"{name}: export {events:,} events", lambda: _export(store)),
            await _timed(
                f"{name}: rebuild from {events:,} events",
                lambda: rebuild(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES),
                REBUILD_LIMIT * events / EVENTS,
            ),
        ]
        await log.grow(store, SNAPSHOT_EVERY - 1)
        tail = f"{SNAPSHOT_EVERY - 1:,} of {log.position:,} events behind the snapshot"
        rows.append(await _timed(f"{name}: start, {tail}", lambda: _start(store), START_LIMIT))
    return rows


class Log:
    """Writes a long log straight into a store: viewers who enter, return and, one in ten, leave."""

    def __init__(self) -> None:
        self.position = 0
        self._head = chain.first_hash(CHANNEL)

    async def grow(self, store: Store, events: int) -> None:
        """Add so many events."""
        end = self.position + events
        while self.position < end:
            batch = Batch(CHANNEL, self.position)
            for _ in range(min(BATCH, end - self.position)):
                batch.events.append(self._next())
            await store.append(batch)

    def _next(self) -> StoredEvent:
        self.position += 1
        at, cause = 1_790_000_000_000_000 + self.position, f"chat:{self.position}"
        kind, viewer, data, personal = CODEC.encode(_event(self.position))
        digest = None if personal is None else personal_digest(personal)
        content = (self.position, at, kind, viewer, cause, data)
        self._head = chain.link(self._head, *content, digest)
        return StoredEvent(*content, personal, digest, self._head)


async def _timed(
    what: str, work: Callable[[], Awaitable[object]], limit: float | None = None
) -> Row:
    began = perf_counter()
    await work()
    taken = perf_counter() - began
    if limit is None:
        return Row(what, f"{taken:.1f} s", "", kept=True)
    return Row(what, f"{taken:.1f} s ({taken / limit:.0%})", f"{limit:g} s", kept=taken <= limit)


async def _export(store: Store) -> None:
    async for _ in export(store, CHANNEL):
        pass


async def _start(store: Store) -> None:
    writer = ChannelWriter(CHANNEL, ChannelState(CHANNEL), store, CODEC, utc_now)
    await writer.start()
    await writer.stop()


def _event(number: int) -> Event:
    viewer_id = _viewer(number % POOL)
    if number % 10 == 9:
        return PoolMemberRemoved(viewer_id=viewer_id, reason="sent")
    entry = _entry(number % POOL)
    names = Entrant(display_name=entry.display_name, character_name=entry.character_name, salt=SALT)
    return PoolMemberEnrolled(viewer_id=viewer_id, source="chat", personal=names)


def _entry(number: int) -> Entry:
    return Entry(
        viewer_id=_viewer(number),
        display_name=f"Chatter{number}",
        character_name=_letters(number),
        source="chat",
        subscriber=True,
        salt=SALT,
    )


def _viewer(number: int) -> ViewerId:
    return ViewerId(str(410_000_000 + number))


def _letters(number: int) -> str:
    """A number as a character name."""
    name = ""
    for _ in range(8):
        number, letter = divmod(number, 26)
        name += chr(ord("a") + letter)
    return name.title()


def main() -> int:
    rows = measure(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
    print(table(rows))
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
