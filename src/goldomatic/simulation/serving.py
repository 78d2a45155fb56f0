"""Serves an ASGI application on loopback inside the running event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal

import uvicorn

KEEP_ALIVE_SECONDS = 65
"""Longer than clients keep an idle connection, so that none asks on one that is being closed."""


class ServerDidNotStart(RuntimeError):  # noqa: N818 - says what happened
    """The application refused to start; its own log says why."""


class _InLoopServer(uvicorn.Server):
    """uvicorn that leaves the process's signals alone and never ends the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.ending = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets=sockets)
        except SystemExit as refusal:
            raise ServerDidNotStart("the application refused to start") from refusal
        self.listening.set()

    async def main_loop(self) -> None:
        # As uvicorn's, but the end need not wait for the next tick: it would cost every test.
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), 0.1)


@asynccontextmanager
async def serve_asgi(
    app: Any,
    *,
    port: int = 0,
    lifespan: Literal["on", "off", "auto"] = "auto",
    shutdown_seconds: int = 1,
) -> AsyncIterator[str]:
    """Yield the base URL (`http://127.0.0.1:<port>`, no slash) at which `app` answers.

    `port` 0 takes a free one. On exit no new connection is accepted, running requests get
    `shutdown_seconds`, then they are cancelled, and the application's lifespan ends. Raises
    `ServerDidNotStart` when the application's own start-up fails.
    """
    # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        app,
        lifespan=lifespan,
        log_config=None,
        access_log=False,
        date_header=False,
        ws="websockets-sansio",
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=shutdown_seconds,
    )
    server = _InLoopServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _until_listening(server, serving)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.ending.set()
        await asyncio.gather(serving, return_exceptions=True)
        listener.close()


async def _until_listening(server: _InLoopServer, serving: "asyncio.Task[None]") -> None:
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait({listening, serving}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    if serving.done():
        serving.result()
        raise ServerDidNotStart("the server ended before it listened")
