"""Forgetting a viewer from the command line, also while a service runs."""

from typing import Any, NamedTuple

from goldomatic.ledger.change import Decision
from goldomatic.ledger.store import Store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.values import ChannelId, ViewerId

_ERASED = """
    SELECT count(*) FROM events
    WHERE channel = ? AND viewer = ? AND personal IS NULL AND personal_hash IS NOT NULL"""


class Forgotten(NamedTuple):
    """What forgetting did: events erased, and whether nothing of them is left in the files."""

    erased: int
    scrubbed: bool


async def forget(
    store: Store, writer: ChannelWriter[Any], viewer: ViewerId, decision: Decision[Any]
) -> Forgotten:
    """Run the decision that forgets a viewer, and clean up behind it.

    `writer` must be started. Raises the decision's `Refused`, and `UnavailableError`.
    """
    before = await _erased(store, writer.channel, viewer)
    await writer.change(decision)
    after = await _erased(store, writer.channel, viewer)
    return Forgotten(after - before, await store.scrub())


async def _erased(store: Store, channel: ChannelId, viewer: ViewerId) -> int:
    return int((await store.query(_ERASED, channel, viewer))[0][0])
