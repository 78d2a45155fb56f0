"""Several processes on one database, and processes that are killed."""

import asyncio
from random import Random

import pytest

from goldomatic.ledger.change import Cause
from goldomatic.ledger.event import StoredEvent
from goldomatic.ledger.store import Store
from goldomatic.ledger.stores import sqlite_path
from support.ledger import CHANNEL, CODEC, Circle, count, enter, leave, opened, started, whole_log
from support.workers import Answer, answers, worker


def by_cause(events: list[StoredEvent]) -> dict[str, int]:
    """Position of each cause; every cause made one event, none is there twice."""
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    causes = {event.cause or "": event.position for event in events}
    assert len(causes) == len(events)
    return causes


def cause_of(name: str, number: int) -> str:
    return f"shared:{number}" if number % 5 == 0 else f"{name}:{number}"


async def test_two_processes_write_one_ledger(database_url: str) -> None:
    """Neither knows of the other; every command is answered once and stands in the log once."""
    amount = 300
    async with opened(database_url):
        pass

    async def run(name: str) -> list[Answer]:
        async with worker(database_url, name, amount=amount) as process:
            told = [answer async for answer in answers(process)]
            assert await process.wait() == 0
            return told

    async with asyncio.timeout(60):
        told = dict(zip("ab", await asyncio.gather(run("a"), run("b")), strict=True))
    async with opened(database_url) as store:
        events = await whole_log(store)
        model = await restarted(store)
    causes = by_cause(events)
    assert len(events) == 2 * amount - amount // 5
    for name, given in told.items():
        assert sorted(answer.number for answer in given) == list(range(amount))
        for number, outcome, position in given:
            if outcome != "refused":
                assert position == causes[cause_of(name, number)]
    for number in range(0, amount, 5):
        outcomes = [answer.outcome for given in told.values() for answer in given
                    if answer.number == number]  # fmt: skip
        assert outcomes.count("repeated") == 1, (number, outcomes)
    kinds = [type(CODEC.decode(event).event).__name__ for event in events]
    assert kinds.count("Entered") == len(model.members) == len(model.names) == amount // 2
    assert kinds.count("Counted") == model.count.durable


async def restarted(store: Store) -> Circle:
    async with started(store) as writer:
        return writer.model


@pytest.mark.slow
async def test_a_killed_process_loses_nothing_that_it_answered(database_url: str) -> None:
    """kill -9 in the middle of its work, again and again on one database."""
    random = Random(11)
    # To PostgreSQL a killed client is no more than a lost connection.
    kills = 15 if sqlite_path(database_url) else 5
    done: set[int] = set()
    async with asyncio.timeout(100):
        for _ in range(kills):
            first = min(set(range(len(done) + 1)) - done)
            async with worker(database_url, "a", first=first) as process:
                async for answer in answers(process, random.randrange(1, 120)):
                    done.add(answer.number)
                # Not at the line that was just read: it has gone on since.
                await asyncio.sleep(random.random() / 100)
                process.kill()
                async for answer in answers(process):
                    done.add(answer.number)
    async with opened(database_url) as store:
        causes = by_cause(await whole_log(store))
        assert {cause_of("a", number) for number in done} <= causes.keys()
        assert await store.known_causes(CHANNEL, causes) == causes
        rows = await store.query("SELECT viewer_id FROM pool_members")
        model = await restarted(store)
        assert {row[0] for row in rows} == model.members.durable.keys()
        async with started(store) as writer:
            repeated = await writer.change(lambda state, now: (), cause=Cause("a:1"))
            assert repeated.repeated_at == causes["a:1"]


async def test_a_refusal_on_a_stale_state_is_decided_again(database_url: str) -> None:
    async with (
        opened(database_url) as here,
        opened(database_url) as there,
        started(here) as writer,
        started(there) as other,
    ):
        for cause in (None, Cause("claim:1"), Cause("claim:2", remember_refusal=False)):
            await writer.change(enter("1", "Thrall"))
            await other.refresh()
            await writer.change(leave("1"))
            # The other one has not heard that the name is free.
            assert "Thrall" in other.model.names
            changed = await other.change(enter("2", "Thrall"), cause=cause)
            assert len(changed.events) == 1
            await other.change(leave("2"))


async def test_what_others_commit_is_told_to_listeners(database_url: str) -> None:
    heard: list[tuple[int, bool]] = []
    async with (
        opened(database_url) as here,
        opened(database_url) as there,
        started(here) as writer,
        started(there) as other,
    ):
        other.listen(lambda events, own: heard.extend((e.position, own) for e in events))
        await writer.change(count())
        await writer.change(count())
        await other.refresh()
        await other.change(count())
        await writer.change(count())
        await other.refresh()
    assert heard == [(1, False), (2, False), (3, True), (4, False)]
