"""An HTTP server on loopback that answers by a script, well or badly, and remembers the calls."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """One scripted reaction to a request.

    `hangs` never answers; `breaks` closes after the headers promised a body, or before any byte
    when there is no status; `pause` is in seconds before each byte of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False
    pause: float = 0.0


def reply(status: int, content: object = None, **headers: str) -> Reply:
    body = b"" if content is None else json.dumps(content).encode()
    return Reply(status, body, {name.replace("_", "-"): text for name, text in headers.items()})


Script = list[Reply | Callable[[Call], Reply]]


class ScriptedHttp:
    """Serves `script` one step a request; a request past its end is answered 599."""

    def __init__(self, *script: Reply | Callable[[Call], Reply]) -> None:
        self.script: Script = list(script)
        self.calls: list[Call] = []
        self.asked = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._over = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen on a free port, or on the former one after `stop`."""
        self._over.clear()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._over.set()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> "ScriptedHttp":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            call = await _read(reader)
            self.calls.append(call)
            self.asked.set()
            step = self.script.pop(0) if self.script else Reply(599)
            await self._answer(step if isinstance(step, Reply) else step(call), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, told: Reply, writer: asyncio.StreamWriter) -> None:
        if told.hangs:
            await self._over.wait()
            return
        if told.breaks and not told.body:
            return
        writer.write(_head(told))
        await writer.drain()
        if told.breaks:
            return
        if not told.pause:
            writer.write(told.body)
        for letter in told.body if told.pause else b"":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), told.pause)
            writer.write(bytes([letter]))
            await writer.drain()


def _head(told: Reply) -> bytes:
    lines = [f"HTTP/1.1 {told.status} Scripted", "Connection: close"]
    if told.status != 204:
        lines.append(f"Content-Length: {len(told.body)}")
    lines += [f"{name}: {text}" for name, text in told.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _read(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): text.strip()
        for name, _, text in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Call(method, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)
