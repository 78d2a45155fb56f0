"""A way to a server that can fall silent: it takes bytes, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Proxy:
    """Forwards TCP connections; between `freeze` and `thaw` it holds everything back."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.url = ""
        """The address of the server, by way of this proxy."""

    def freeze(self) -> None:
        """Hold back everything, also what is on its way already."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forward what was held back, and go on."""
        self._flowing.set()

    def listening(self, port: int) -> None:
        """Now reachable at a port of the loopback address."""
        user = self._target.netloc.rpartition("@")[0]
        self.url = self._target._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection, both ways, until either side ends."""
        await self._flowing.wait()
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        await asyncio.gather(self._forward(reader, back), self._forward(there, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            # One side has hung up on what was held back; the other is told by the end.
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxy(url: str) -> AsyncIterator[Proxy]:
    """A running proxy before the server of an address."""
    running = Proxy(url)
    listener = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.listening(listener.sockets[0].getsockname()[1])
    try:
        yield running
    finally:
        running.thaw()
        listener.close()
        await listener.wait_closed()
