"""What happens by the clock: one table of jobs, run by one process at a time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from goldomatic import channel
from goldomatic.channel import ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.event import Event, to_micros
from goldomatic.ledger.store import UnavailableError
from goldomatic.raffle import acting, deliveries, limits
from goldomatic.roulette import spin
from goldomatic.service import Service
from goldomatic.values import Code, Refused

log = structlog.get_logger()

CHAT_CAUSES_KEPT = timedelta(hours=48)
STUCK_AFTER = timedelta(hours=1)


class Job(NamedTuple):
    """Something that is done again and again."""

    name: str
    every: timedelta
    run: Callable[[Service], Awaitable[None]]
    leader_only: bool = True


async def spin_tick(service: Service) -> None:
    """Do everything that the roulette's clock asks for now, one step after the other.

    A step that cannot be done, as when a seed is lost, must not hold up the others.
    """
    if not service.settings.roulette:
        return
    failed: set[spin.Step] = set()
    state = service.state.roulette
    while step := spin.due(state, service.clock(), service.interval, failed):
        if not await STEPS[step](service):
            failed.add(step)


async def begin_cycle(service: Service, *, after_winner: bool = False) -> bool:
    """Begin the cycle of the present if it has not begun; whether it did. See `spin.roll`."""
    spin_cycle_id, seed = str(service.lots.uuid()), service.lots.seed()
    old = service.state.roulette.current.durable
    old_seed = await _seed(service, old.spin_cycle_id) if old else None

    def decide(state: ChannelState, now: datetime) -> list[Event]:
        return spin.roll(
            state.roulette,
            now,
            service.interval,
            spin_cycle_id=spin_cycle_id,
            commitment=commit(seed),
            old_seed=old_seed,
            after_winner=after_winner,
        )

    undrawn = [_seed_key(old.spin_cycle_id)] if old and old.candidate is None else []
    keep = {_seed_key(spin_cycle_id): seed}
    return bool((await service.ledger.change(decide, keep=keep, drop=undrawn)).events)


async def _draw(service: Service) -> bool:
    cycle = service.state.roulette.current.durable
    if cycle is None:
        return False
    seed = await _seed(service, cycle.spin_cycle_id)
    if seed is None:
        log.error("draw_seed_lost", draw_id=cycle.spin_cycle_id)
    decision = channel.draw(cycle.spin_cycle_id, seed)
    return bool((await service.ledger.change(decision, heavy=True)).events)


async def _reveal(service: Service) -> bool:
    cycle = spin.unrevealed(service.state.roulette, service.clock())
    if cycle is None:
        return False
    cycle_id = cycle.spin_cycle_id
    seed = await _seed(service, cycle_id)
    if seed is None:
        log.error("draw_seed_lost", draw_id=cycle_id)
        return False
    revealed = await service.ledger.change(
        lambda state, now: spin.reveal(state.roulette, now, spin_cycle_id=cycle_id, seed=seed),
        drop=[_seed_key(cycle_id)],
    )
    return bool(revealed.events)


async def _lapse(service: Service) -> bool:
    lapsed = await service.ledger.change(lambda state, now: spin.lapse(state.roulette, now))
    return bool(lapsed.events)


STEPS: dict[spin.Step, Callable[[Service], Awaitable[bool]]] = {
    "reveal": _reveal,
    "lapse": _lapse,
    "roll": begin_cycle,
    "draw": _draw,
}


def _seed_key(draw_id: str) -> str:
    return f"seed:{draw_id}"


async def _seed(service: Service, draw_id: str) -> bytes | None:
    return await service.store.kept(service.channel, _seed_key(draw_id))


async def expire_payouts(service: Service) -> None:
    """Close payouts that have been active for more than a day."""
    await service.ledger.change(channel.expire_payouts)


async def prune_causes(service: Service) -> None:
    """Forget what Twitch will not deliver again, and whose hour is over."""
    before = to_micros(service.clock() - CHAT_CAUSES_KEPT)
    await service.store.prune_causes(service.channel, "chat:", before)
    before = to_micros(service.clock() - deliveries.CAUSES_KEPT)
    await service.store.prune_causes(service.channel, deliveries.CAUSE, before)
    await limits.prune(service)


async def count_requests(service: Service) -> None:
    """Tell the metrics how many payouts and gift requests stand where, and how many too long."""
    payouts = service.state.payouts
    stuck_before = service.clock() - STUCK_AFTER
    active = (payouts.payouts.durable[payout_id] for payout_id in payouts.active.durable.values())
    service.metrics.record_payouts(
        Counter(payout.status.value for payout in payouts.payouts.durable.values()),
        sum(payout.created_at < stuck_before for payout in active),
    )
    requests = service.state.gifts.requests.durable.values()
    service.metrics.record_gift_requests(Counter(request.state.value for request in requests))
    service.metrics.queue_depth.set(service.ledger.waiting)


async def tend_accounts(service: Service) -> None:
    """Remove login sessions that have ended; keep the broadcaster's token fresh and validated."""
    await service.accounts.tend()


async def tend_raffle(service: Service) -> None:
    """Reveal what has been hidden long enough; try again what failed of Twitch's news."""
    await acting.reveal_overdue(service)
    await deliveries.retry(service)


async def tend_reception(service: Service) -> None:
    """Hear Twitch's events in the one process that leads; mend what is missing."""
    await service.reception.tend()


async def tend_gifts(service: Service) -> None:
    """End gift requests whose time is over, and serve the next."""
    await service.gifts.tick()


async def refresh(service: Service) -> None:
    """Fold what other processes have committed."""
    await service.ledger.refresh()


async def keep_panels_informed(service: Service) -> None:
    """Tell open panels that news still reach them."""
    if service.push is not None:
        service.push.keep_alive()


JOBS = (
    Job("spin", timedelta(seconds=1), spin_tick),
    Job("raffle", timedelta(seconds=1), tend_raffle),
    Job("gifts", timedelta(seconds=1), tend_gifts),
    Job("refresh", timedelta(milliseconds=500), refresh, leader_only=False),
    Job("reactions", timedelta(minutes=1), lambda service: service.reactions.resume()),
    Job("reception", timedelta(seconds=2), tend_reception, leader_only=False),
    Job("news", timedelta(seconds=5), keep_panels_informed),
    Job("expire", timedelta(hours=1), expire_payouts),
    Job("prune", timedelta(hours=1), prune_causes),
    Job("accounts", timedelta(minutes=4), tend_accounts),
    Job("gauges", timedelta(seconds=5), count_requests, leader_only=False),
)


class Schedule:
    """Runs the jobs until it is stopped; a failing job is logged and tried again in its turn."""

    def __init__(self, service: Service, jobs: tuple[Job, ...] = JOBS) -> None:
        self._service = service
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin: every job runs once at once."""
        self._tasks = [asyncio.create_task(self._repeat(job), name=job.name) for job in self._jobs]

    async def stop(self) -> None:
        """End after what is running has been cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, job: Job) -> None:
        while True:
            await self._attempt(job)
            await asyncio.sleep(self._pause(job))

    async def _attempt(self, job: Job) -> None:
        try:
            if job.leader_only and not await self._service.store.lead(self._service.channel):
                return
            await job.run(self._service)
        except UnavailableError as error:
            log.warning("job_postponed", job=job.name, reason=str(error))
        except Refused as refused:
            level = "warning" if refused.code is Code.SERVICE_UNAVAILABLE else "error"
            getattr(log, level)("job_refused", job=job.name, code=refused.code)
        except Exception:
            log.exception("job_failed", job=job.name)

    def _pause(self, job: Job) -> float:
        """Seconds to the next turn; jobs of a second or more keep to the beat of the clock."""
        period = job.every.total_seconds()
        if period > 1:
            return period
        return period - self._service.clock().timestamp() % period
