"""EventSub's news of support: counted once, tried again when that failed."""

from datetime import timedelta

import structlog

from goldomatic.ledger.change import Cause
from goldomatic.raffle import acting, support
from goldomatic.raffle.events import (
    RaffleDeliveryFailed,
    RaffleDeliverySettled,
    RaffleSubscriptionRevoked,
)
from goldomatic.raffle.state import FailedDelivery
from goldomatic.raffle.support import SupportNews
from goldomatic.service import Service
from goldomatic.twitch import support_wire
from goldomatic.values import Refused

log = structlog.get_logger()

CAUSE = "eventsub:"
CAUSES_KEPT = timedelta(days=30)
RETRIED_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))


async def count(service: Service, kind: str, message_id: str, event: bytes) -> str:
    """Count support that Twitch reported; returns one word for the metrics.

    Raises `Refused` with `service_unavailable` when nothing could be recorded, so that Twitch
    delivers it again. An effect that fails is recorded as failed and tried again later.
    """
    news = news_of(service, kind, event)
    if news is None:
        await _ignored(service, message_id)
        return "ignored"
    try:
        return await _count(service, news, message_id)
    except Refused:
        raise
    except Exception:
        log.exception("raffle_effect_failed", type=kind)
        await _failed(service, kind, message_id, news, event)
        return "failed"


def news_of(service: Service, kind: str, event: bytes) -> SupportNews | None:
    """What an event reports of a viewer; None for what is anonymous, the broadcaster's, or else."""
    found = support_wire.support(kind, event)
    if found is None or str(found.viewer_id) == service.settings.twitch_broadcaster_id:
        return None
    return SupportNews(
        viewer_id=found.viewer_id, effect=found.effect, amount=found.amount, months=found.months
    )


async def _ignored(service: Service, message_id: str) -> None:
    await service.ledger.change(lambda state, now: (), cause=Cause(f"{CAUSE}{message_id}"))


async def _count(service: Service, news: SupportNews, message_id: str) -> str:
    rules = acting.options(service)
    changed = await service.ledger.change(
        lambda state, now: support.count(state.raffle, news, rules),
        cause=Cause(f"{CAUSE}{message_id}"),
    )
    if changed.repeated:
        return "duplicate"
    return "accepted" if changed.events else "ignored"


async def _failed(
    service: Service, kind: str, message_id: str, news: SupportNews, event: bytes
) -> None:
    failed = RaffleDeliveryFailed(
        viewer_id=news.viewer_id, message_id=message_id, type=kind, attempt=1
    )
    await service.ledger.change(
        lambda state, now: [failed],
        cause=Cause(f"{CAUSE}{message_id}"),
        keep={_key(message_id): event},
    )


def _key(message_id: str) -> str:
    return f"delivery:{message_id}"


async def retry(service: Service) -> None:
    """Try again what failed, after 1, 5, 30, 120 and 720 minutes; then give it up."""
    now = service.clock()
    for failed in list(service.state.raffle.failed.durable.values()):
        if now - failed.failed_at >= RETRIED_AFTER[failed.attempt - 1]:
            await _retry(service, failed)


async def _retry(service: Service, failed: FailedDelivery) -> None:
    key = _key(failed.message_id)
    event = await service.store.kept(service.channel, key)
    news = news_of(service, failed.type, event) if event else None
    settled = RaffleDeliverySettled(message_id=failed.message_id, applied=news is not None)
    rules = acting.options(service)
    try:
        await service.ledger.change(
            lambda state, now: (
                [
                    *(support.count(state.raffle, news, rules) if news else ()),
                    settled,
                ]
                if failed.message_id in state.raffle.failed
                else ()
            ),
            drop=[key],
        )
    except Refused:
        raise
    except Exception:
        log.exception("raffle_effect_failed", type=failed.type, attempt=failed.attempt + 1)
        await _failed_again(service, failed, news)


async def _failed_again(service: Service, failed: FailedDelivery, news: SupportNews | None) -> None:
    if failed.attempt >= len(RETRIED_AFTER) or news is None:
        given_up = RaffleDeliverySettled(message_id=failed.message_id, applied=False)
        await service.ledger.change(lambda state, now: [given_up], drop=[_key(failed.message_id)])
        return
    again = RaffleDeliveryFailed(
        viewer_id=news.viewer_id,
        message_id=failed.message_id,
        type=failed.type,
        attempt=failed.attempt + 1,
    )
    await service.ledger.change(lambda state, now: [again])


async def revoked(service: Service, kind: str, status: str) -> None:
    """Remember that Twitch ended a subscription, for the diagnostics."""
    event = RaffleSubscriptionRevoked(type=kind[:100], status=status[:100])
    await service.ledger.change(
        lambda state, now: [] if state.raffle.revoked.get(event.type) == event.status else [event]
    )
