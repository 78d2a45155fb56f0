"""The service under measurement, as a process of its own: `python bench/target.py KIND URL PORT`.

KIND: `service` is the real one; `no-ledger` answers EventSub without recording anything;
`bare` is one endpoint of the same framework that checks the token and nothing else.
"""

import sys
from typing import Any

import uvicorn
from litestar import Litestar, get

from goldomatic.app import build_service
from goldomatic.config import Settings
from goldomatic.ledger.change import Changed
from goldomatic.server import SWITCH_INTERVAL_SECONDS, server
from goldomatic.values import utc_now
from goldomatic.web import logs
from goldomatic.web.auth import Gate
from goldomatic.web.limits import RateLimits
from goldomatic.web.wire import AnyRequest
from load import BROADCASTER, EVENTSUB_SECRET, EXTENSION_SECRET

UNLIMITED = 1_000_000


def settings(database_url: str, port: int) -> Settings:
    return Settings(
        database_url=database_url,
        port=port,
        environment="development",
        log_level="error",
        twitch_broadcaster_id=BROADCASTER,
        twitch_eventsub_secret=EVENTSUB_SECRET,
        twitch_extension_secret=EXTENSION_SECRET,
        reads_per_minute=UNLIMITED,
    )


async def answer_at_once(*_: Any, **__: Any) -> Changed:
    return Changed(())


def bare(used: Settings) -> Litestar:
    from goldomatic.app import _extension_tokens

    gate = Gate(used, RateLimits(used), _extension_tokens(used), utc_now)

    @get("/api/roulette/state")
    async def checked(request: AnyRequest) -> dict[str, str]:
        return {"role": gate._verified(request.scope).role}

    return Litestar([checked], openapi_config=None, logging_config=None)


def main() -> None:
    kind, database_url, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    used = settings(database_url, port)
    logs.configure(used)
    if kind == "bare":
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        uvicorn.run(bare(used), port=port, log_config=None, access_log=False, ws="none")
        return
    service = build_service(used)
    if kind == "no-ledger":
        service.ledger.change = answer_at_once  # type: ignore[method-assign]
    server(used, service, jobs=()).run()


main()
