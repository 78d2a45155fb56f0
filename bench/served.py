"""The service as it is, on an SQLite file of its own, for a process that asks it over HTTP."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from goldomatic.app import build_app, build_service
from goldomatic.config import Settings
from goldomatic.server import SWITCH_INTERVAL_SECONDS
from goldomatic.service import Service
from goldomatic.simulation.serving import serve_asgi
from goldomatic.values import ChannelId

CHANNEL = ChannelId("778812345")


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[tuple[Service, str]]:
    """Yield the service and its address; without its jobs, so that nothing happens by itself."""
    with TemporaryDirectory(prefix="goldomatic-bench-") as directory:
        service = build_service(
            Settings(
                environment="development",
                database_url=f"sqlite:///{directory}/bench.db",
                log_level="error",
                twitch_broadcaster_id=CHANNEL,
                reads_per_minute=1_000_000,
                **settings,
            )
        )
        sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
        async with serve_asgi(build_app(service, jobs=()), lifespan="on") as url:
            yield service, url
