"""Runs the service under uvicorn: one process, stopped gracefully by SIGTERM or Ctrl-C."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

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
from goldomatic.setup.desk import Desk
from goldomatic.values import utc_now
from goldomatic.web import logs

log = structlog.get_logger()

GRACE_SECONDS = 5
KEEP_ALIVE_SECONDS = 65
"""Longer than a reverse proxy keeps an idle connection (nginx 60), so that it never asks on one
that is just being closed."""
MOST_FILES = 65_536
NO_DATABASE = 3
RESTART = -1
"""What `serve` gives back when the set-up asked for a start with new settings."""

SWITCH_INTERVAL_SECONDS = 0.00005
"""How long the event loop may make the ledger's thread wait for the interpreter."""


class Server(uvicorn.Server):
    """uvicorn that ends the live connections before it waits for connections to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self.on_started: Callable[[], None] = lambda: None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A stop that was asked for is an ordinary end, not a death by that signal."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; what lives as long as the service is not searched for garbage again."""
        await super().startup(sockets=sockets)
        self.on_started()
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
    desk: Desk | None = None,
) -> Server:
    """A server for a service, ready to `run` or `await serve()`; `front` may stand before it."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    config = uvicorn.Config(
        front(build_app(service, jobs=jobs, desk=desk)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, service)


def allow_many_connections() -> None:
    """Take as many open files as the system lets this process have: each live page is one."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # A sandbox may forbid it; systemd's unit has set the limit itself.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


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


def serve(settings: Settings, desk: Desk | None = None, *, invite: bool = False) -> int:
    """Run the service until it is told to stop; the process's exit code, or `RESTART`.

    With a `desk` the service has a set-up page; its address is shown in a terminal, and anywhere
    with `invite`.
    """
    logs.configure(settings)
    logs.announce(settings)
    allow_many_connections()
    try:
        asyncio.run(_try_store(settings))
        bound = listener(settings)
    except (MissingDriverError, SchemaError, UnavailableError) as error:
        log.error("the ledger cannot be opened", reason=str(error))
        return NO_DATABASE
    except AddressTakenError as error:
        log.error(str(error))
        return 1
    running = server(settings, build_service(settings), desk=desk)
    log.info("listening", url=settings.public_url)
    again = False
    if desk is not None:

        def restart() -> None:
            nonlocal again
            again = running.should_exit = True

        desk.restart = restart
        if invite or sys.stdout.isatty():
            running.on_started = partial(_invite, desk, bound)
    running.run(sockets=[bound])
    return RESTART if again else 0 if running.started else 1


def _invite(desk: Desk, bound: socket.socket) -> None:
    """Show the set-up's address to whoever sits at the terminal; never to a log."""
    port = bound.getsockname()[1]
    sys.stdout.write(f"Set-up: {desk.address(f'http://localhost:{port}')}\n")
    sys.stdout.flush()


async def _try_store(settings: Settings) -> None:
    """Open the ledger's store and close it: what is wrong with it is better said in a sentence."""
    store = open_store(settings.database_url, utc_now)
    try:
        await store.open()
    finally:
        await store.close()
