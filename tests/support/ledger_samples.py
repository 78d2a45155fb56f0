"""Makes the sample databases that every later version must be able to open.

    PYTHONPATH=tests python -m support.ledger_samples

Writes tests/samples/ledger-v1.sqlite, ledger-v1.sql (PostgreSQL, as plain SQL) and
ledger-v1.json, which says what is in them. Samples that have shipped are never made again: a
new schema gets new ones beside them.
"""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from goldomatic.ledger.change import Cause
from goldomatic.ledger.store import Store
from goldomatic.values import ChannelId, Refused
from support.ledger import (
    CHANNEL,
    OTHER_CHANNEL,
    Circle,
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
from support.postgres import binary, cluster, server

SAMPLES = Path(__file__).parents[1] / "samples"
NAME = "ledger-v1"


class Expected(msgspec.Struct):
    """What a sample holds for one channel."""

    events: int
    erased: int
    head: str
    pool: list[tuple[str, str]]
    count: int
    causes: dict[str, int]
    seed: str | None


async def live(store: Store, channel: ChannelId, clock: Ticks) -> None:
    """Everything that a ledger can hold: names, refusals, causes, secrets, a forgotten viewer."""
    async with started(store, channel=channel, clock=clock) as writer:
        for number in range(1, 21):
            entry = enter(str(number), f"Зул{number}", record_refusal=True)
            await writer.change(entry, cause=Cause(f"chat:{number}"))
        try:
            taken = enter("99", "Зул1", record_refusal=True)
            await writer.change(taken, cause=Cause("claim:99"))
        except Refused:
            await writer.change(count(7), keep={"seed": b"\x00kept\xff"})
        for number in (3, 5, 8):
            await writer.change(leave(str(number)))
        await writer.change(forget("4"))
        await writer.change(forget("5"))
        await writer.change(enter("5", "Again"))
        snapshot_position = writer.position
    async with started(store, channel=channel, clock=clock) as writer:
        assert writer.position == snapshot_position
        await writer.change(count(5), cause=Cause("chat:after-snapshot"))
        # No snapshot of the end: the sample has one in the middle and a tail behind it.
        writer._snapshot_at = writer.position


async def describe(store: Store, channel: ChannelId) -> Expected:
    """What a store holds for a channel."""
    events = await whole_log(store, channel)
    async with started(store, channel=channel) as writer:
        writer._snapshot_at = writer.position
        total = writer.model.count.durable
    erased = [e for e in events if e.personal is None and e.personal_hash is not None]
    asked = ["chat:1", "claim:99", "chat:after-snapshot", "chat:unknown"]
    seed = await store.kept(channel, "seed")
    return Expected(
        events=len(events),
        erased=len(erased),
        head=events[-1].hash.hex(),
        pool=await pool(store, channel),
        count=total,
        causes=await store.known_causes(channel, asked),
        seed=None if seed is None else seed.hex(),
    )


async def fill(url: str) -> dict[str, Expected]:
    """Make a sample database; gives what is in it."""
    # Clocks of their own: the stores do not read theirs equally often.
    async with opened(url, Ticks()) as store:
        for channel in (CHANNEL, OTHER_CHANNEL):
            await live(store, channel, Ticks())
            assert await store.load_snapshot(channel, Circle.version) is not None
        return {channel: await describe(store, channel) for channel in (CHANNEL, OTHER_CHANNEL)}


def dump(url: str) -> str:
    """A database as plain SQL, without comments and commands of one program only."""
    command = [str(binary("pg_dump")), "--inserts", "--no-owner", "--no-privileges", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line for line in text.splitlines() if not line.startswith(("--", "\\")) and line]
    return "\n".join(lines) + "\n"


def make(directory: Path) -> None:
    """Write the samples into a directory."""
    file = directory / f"{NAME}.sqlite"
    file.unlink(missing_ok=True)
    expected = asyncio.run(fill(f"sqlite:///{file}"))
    with cluster() as template, server(template) as running:
        url = running.create_database()
        assert asyncio.run(fill(url)) == expected
        (directory / f"{NAME}.sql").write_text(dump(url))
    described: dict[str, Any] = msgspec.to_builtins(expected)
    text = msgspec.json.format(msgspec.json.encode(described), indent=2)
    (directory / f"{NAME}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    os.umask(0o022)
    make(SAMPLES)
