"""How often somebody may ask to enter: windows of an hour, kept in the store.

A window begins with the first request that is counted. What is counted survives a restart and is
shared by all processes. Addresses stand there only as keyed hashes.
"""

import hmac
import math
from datetime import timedelta

from goldomatic.ledger.event import from_micros, to_micros
from goldomatic.ledger.store import Statement
from goldomatic.service import Service
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.limits import address_key

WINDOW = timedelta(hours=1)
PER_ADDRESS = 10
PER_VIEWER = 5

_COUNT = """
    INSERT INTO raffle_limits (channel, key, started_at, count) VALUES (?, ?, ?, 1)
    ON CONFLICT (channel, key) DO UPDATE SET
      count = CASE WHEN raffle_limits.started_at <= ? THEN 1 ELSE raffle_limits.count + 1 END,
      started_at = CASE WHEN raffle_limits.started_at <= ?
        THEN excluded.started_at ELSE raffle_limits.started_at END
    WHERE raffle_limits.started_at <= ? OR raffle_limits.count < ?"""


async def count_address(service: Service, scope: object) -> None:
    """One request to enter from an address; raises `RATE_LIMIT_IP`."""
    address = address_key(service.gate.address(scope))
    secret = service.settings.secret_key.reveal().encode()
    mark = hmac.digest(secret, b"raffle address " + address.encode(), "sha256").hex()
    if not await _counted(service, f"ip:{mark}", PER_ADDRESS):
        raise await _refused(
            service,
            f"ip:{mark}",
            Code.RATE_LIMIT_IP,
            "Too many requests. Please try again later.",
        )


async def count_viewer(service: Service, viewer_id: ViewerId) -> None:
    """One request to enter of a viewer; raises `RATE_LIMIT_USER`."""
    if not await _counted(service, f"user:{viewer_id}", PER_VIEWER):
        raise await _refused(
            service,
            f"user:{viewer_id}",
            Code.RATE_LIMIT_USER,
            "Too many submissions. Please try again later.",
        )


async def prune(service: Service) -> None:
    """Forget windows that have ended."""
    before = to_micros(service.clock() - WINDOW)
    text = "DELETE FROM raffle_limits WHERE channel = ? AND started_at <= ?"
    await service.store.execute(Statement(text, (service.channel, before)))


async def _counted(service: Service, key: str, most: int) -> bool:
    """Count a request in one statement, so that those that come together are all counted."""
    now = service.clock()
    ended = to_micros(now - WINDOW)
    given = (service.channel, key, to_micros(now), ended, ended, ended, most)
    (changed,) = await service.store.execute(Statement(_COUNT, given))
    return changed == 1


async def _refused(service: Service, key: str, code: Code, message: str) -> Refused:
    rows = await service.store.query(
        "SELECT started_at FROM raffle_limits WHERE channel = ? AND key = ?", service.channel, key
    )
    now = service.clock()
    begun = from_micros(rows[0][0]) if rows else now
    seconds = math.ceil((begun + WINDOW - now).total_seconds())
    return Refused(code, message, details={"retryAfter": max(1, seconds)})
