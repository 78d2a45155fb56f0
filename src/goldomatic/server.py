"""Runs the service under uvicorn: one process, stopped gracefully by SIGTERM or Ctrl-C."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from litestar.types import ASGIApp

from goldomatic.app import build_app, build_service
from goldomatic.config import Settings
from goldomatic.ledger import garbage
from goldomatic.ledger.store import SchemaError, UnavailableError
from goldomatic.ledger.stores import MissingDriverError, open_store
from goldomatic.schedule import JOBS, Job
from goldomatic.service import Service
from goldomatic.values import utc_now
from goldomatic.web import logs

log = structlog.get_logger()

GRACE_SECONDS = 5
SWITCH_INTERVAL_SECONDS = 0.00005
"""How long the event loop may make the ledger's thread wait for the interpreter."""


class Server(uvicorn.Server):
    """uvicorn that ends the live connections before it waits for connections to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A stop that was asked for is an ordinary end, not a death by that signal."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; what lives as long as the service is not searched for garbage again."""
        await super().startup(sockets=sockets)
        garbage.settle()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.feed.close()
        self._service.overlay_feed.close()
        await super().shutdown(sockets)


def server(
    settings: Settings,
    service: Service,
    *,
    jobs: tuple[Job, ...] = JOBS,
    front: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> Server:
    """A server for a service, ready to `run` or `await serve()`; `front` may stand before it."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    config = uvicorn.Config(
        front(build_app(service, jobs=jobs)),
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


class AddressTakenError(Exception):
    """The address to listen on cannot be had."""


def listener(settings: Settings) -> socket.socket:
    """A socket bound to the address of the settings; raises `AddressTakenError`."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's delay on accepted connections.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise AddressTakenError(
            f"cannot listen on {host} port {port} ({error.strerror}): "
            "set GOLDOMATIC_PORT to another one"
        ) from error
    return bound


def serve(settings: Settings) -> int:
    """Run the service until it is told to stop; the process's exit code."""
    logs.configure(settings)
    logs.announce(settings)
    try:
        asyncio.run(_try_store(settings))
        bound = listener(settings)
    except (MissingDriverError, SchemaError, UnavailableError) as error:
        log.error("the ledger cannot be opened", reason=str(error))
        return 1
    except AddressTakenError as error:
        log.error(str(error))
        return 1
    running = server(settings, build_service(settings))
    log.info("listening", url=settings.public_url)
    running.run(sockets=[bound])
    return 0 if running.started else 1


async def _try_store(settings: Settings) -> None:
    """Open the ledger's store and close it: what is wrong with it is better said in a sentence."""
    store = open_store(settings.database_url, utc_now)
    try:
        await store.open()
    finally:
        await store.close()
