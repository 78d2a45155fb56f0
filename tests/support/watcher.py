"""Somebody who watches the live feed."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2

from support.service import Stage


class Told(NamedTuple):
    """One message of the feed."""

    id: int | None
    name: str
    data: dict[str, Any]


class Watcher:
    """Reads a stream and keeps what it is told; `ended` is set when the service closes it."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.comments = 0
        self.retry: int | None = None
        self.ended = asyncio.Event()
        self._news = asyncio.Event()

    def named(self, name: str) -> list[Told]:
        return [each for each in self.told if each.name == name]

    def data(self, name: str) -> list[dict[str, Any]]:
        return [each.data for each in self.named(name)]

    async def next(self, name: str, count: int = 1) -> Told:
        """The newest message of that name, once there have been so many."""
        async with asyncio.timeout(20):
            while len(self.named(name)) < count:
                self._news.clear()
                await self._news.wait()
        return self.named(name)[count - 1]

    async def end(self) -> None:
        async with asyncio.timeout(20):
            await self.ended.wait()

    async def read(self, answer: httpx2.Response) -> None:
        """Read to the end; a message that is not well formed fails the test."""
        fields: dict[str, str] = {}
        try:
            async for line in answer.aiter_lines():
                self._line(line, fields)
        finally:
            self.ended.set()
            self._news.set()

    def _line(self, line: str, fields: dict[str, str]) -> None:
        if line.startswith(":"):
            self.comments += 1
        elif line:
            key, _, value = line.partition(": ")
            assert key in ("id", "event", "data", "retry"), line
            fields[key] = value
        elif "event" in fields:
            position = int(fields["id"]) if "id" in fields else None
            self.told.append(Told(position, fields["event"], json.loads(fields["data"])))
            fields.clear()
        else:
            self.retry = int(fields.pop("retry", 0)) or self.retry
        self._news.set()


@asynccontextmanager
async def watching(
    stage: Stage,
    token: str | None = None,
    last_event_id: Any = None,
    cookies: Mapping[str, str] | None = None,
) -> AsyncIterator[Watcher]:
    """Watch the feed, as the holder of a token, with a login, or as anybody."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if last_event_id is not None:
        headers["Last-Event-ID"] = str(last_event_id)
    async with watched(stage, "/api/live", first="state", headers=headers) as watcher:
        yield watcher


@asynccontextmanager
async def watched(
    stage: Stage, path: str, *, first: str, headers: dict[str, str] | None = None
) -> AsyncIterator[Watcher]:
    """Watch a feed, once it has sent a message of the name `first`."""
    watcher = Watcher()
    async with stage.http.stream("GET", stage.url + path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        reading = asyncio.create_task(watcher.read(answer))
        try:
            await watcher.next(first)
            yield watcher
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
