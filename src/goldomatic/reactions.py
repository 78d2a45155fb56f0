"""What follows an event: one table, run after the commit by the process that made it.

A follow-up that must happen at most once is claimed in the ledger before it is tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from goldomatic import channel
from goldomatic.ledger.event import Event, Recorded
from goldomatic.payouts import rules as payouts
from goldomatic.payouts.events import (
    HelixRewardSentAnnouncementFailed,
    HelixRewardSentAnnouncementSucceeded,
    PayoutStatus,
    PayoutStatusChanged,
)
from goldomatic.service import Service
from goldomatic.twitch.helix import Sent
from goldomatic.values import Refused

log = structlog.get_logger()

REWARD_SENT_LINE = "Награда отправлена персонажу {name} на почту, проверяй ящик!"
INTERRUPTED_AFTER = timedelta(minutes=5)
"""An attempt without a result for this long was cut off: nobody can tell what became of it."""


async def announce_reward(service: Service, payout_id: str) -> None:
    """Post the reward-sent line, at most once ever, and record what became of it."""
    claimed = await service.ledger.change(
        lambda state, now: payouts.attempt_announcement(state.payouts, payout_id)
    )
    if not claimed.events:
        return
    name = service.state.payouts.payouts.durable[payout_id].character_name
    if not name:
        await _failed(service, payout_id, "viewer_forgotten")
        return
    answer = await service.helix.send_chat_message(REWARD_SENT_LINE.format(name=name), urgent=True)
    if isinstance(answer, Sent):
        service.metrics.announcements.labels("sent").inc()
        succeeded = HelixRewardSentAnnouncementSucceeded(
            payout_id=payout_id, message_id=answer.message_id or ""
        )
        await service.ledger.change(channel.record(succeeded))
        return
    log.error("reward_announcement_failed", payout_id=payout_id, reason=answer.reason)
    await _failed(service, payout_id, answer.code)


async def _failed(service: Service, payout_id: str, reason: str) -> None:
    service.metrics.announcements.labels("failed").inc()
    event = HelixRewardSentAnnouncementFailed(payout_id=payout_id, reason=reason)
    await service.ledger.change(channel.record(event))


async def on_status_changed(service: Service, event: PayoutStatusChanged) -> None:
    """A payout that is sent is told to the chat."""
    if event.status is PayoutStatus.SENT:
        await announce_reward(service, event.payout_id)


REACTIONS: dict[type[Event], Callable[[Service, Any], Awaitable[None]]] = {
    PayoutStatusChanged: on_status_changed,
}


class Reactions:
    """Runs the follow-ups of this process's own events, and those that a crash left over."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._running: set[asyncio.Task[None]] = set()

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Start the follow-ups of what this process committed."""
        if not own:
            return
        for each in recorded:
            follow_up = REACTIONS.get(type(each.event))
            if follow_up is not None:
                self._start(follow_up(self._service, each.event))

    async def resume(self) -> None:
        """Announce what was sent but never announced, and close attempts that were cut off."""
        state = self._service.state.payouts
        for payout_id in list(state.unannounced.durable):
            await announce_reward(self._service, payout_id)
        before = self._service.clock() - INTERRUPTED_AFTER
        for payout_id, attempted_at in list(state.attempted.durable.items()):
            if attempted_at < before:
                await _failed(self._service, payout_id, "interrupted")

    async def drain(self, seconds: float) -> None:
        """Let what is running finish, for so long at most."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, follow_up: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._guard(follow_up))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _guard(self, follow_up: Awaitable[None]) -> None:
        try:
            await follow_up
        except Refused as refused:
            log.error("reaction_refused", code=refused.code)
        except Exception:
            log.exception("reaction_failed")
