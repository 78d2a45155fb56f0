"""Runs the service under uvicorn: one process, stopped gracefully by SIGTERM or Ctrl-C."""

import socket
import sys

import structlog
import uvicorn

from goldomatic.app import build_app, build_service
from goldomatic.config import Settings
from goldomatic.schedule import JOBS, Job
from goldomatic.service import Service
from goldomatic.web import logs

log = structlog.get_logger()

GRACE_SECONDS = 5
SWITCH_INTERVAL_SECONDS = 0.0005
"""How long the event loop may make the ledger's thread wait for the interpreter."""


class Server(uvicorn.Server):
    """uvicorn that ends the live connections before it waits for connections to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.feed.close()
        await super().shutdown(sockets)


def server(settings: Settings, service: Service, *, jobs: tuple[Job, ...] = JOBS) -> Server:
    """A server for a service, ready to `run` or `await serve()`."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    config = uvicorn.Config(
        build_app(service, jobs=jobs),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, service)


def serve(settings: Settings) -> int:
    """Run the service until it is told to stop; the process's exit code."""
    logs.configure(settings)
    logs.announce(settings)
    running = server(settings, build_service(settings))
    log.info("listening", url=settings.public_url)
    running.run()
    return 0 if running.started else 1
