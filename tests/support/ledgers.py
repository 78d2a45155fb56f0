"""A channel's ledger alone: what a process leaves behind that was killed in the middle."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from goldomatic.channel import CODEC, ChannelState
from goldomatic.ledger.chain import ChainCheck
from goldomatic.ledger.event import StoredEvent
from goldomatic.ledger.sqlite import SqliteStore
from goldomatic.ledger.store import Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, Clock
from support.service import CHANNEL


@asynccontextmanager
async def bare_ledger(directory: Path, clock: Clock) -> AsyncIterator[ChannelWriter[ChannelState]]:
    """The ledger of `running` in that directory, with no reactions and no timers."""
    store = SqliteStore(directory / "goldomatic.db", clock)
    await store.open()
    writer = ChannelWriter(CHANNEL, ChannelState(CHANNEL), store, CODEC, clock)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()
        await store.close()


async def checked_log(store: Store, channel: ChannelId = CHANNEL) -> list[StoredEvent]:
    """All events of a channel; raises when the chain is broken."""
    events = [event async for chunk in store.walk(channel) for event in chunk]
    ChainCheck(channel).follow(events)
    return events
