"""The streamer's bridge as a process of its own: latency, a huge log, idling: `bench/bridge.py`.

The bridge runs headless and types nothing; a service that only takes notes stands in for the real
one, so that what is measured is the bridge.
"""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psutil

from rows import Row

LINES = 100
IDLE_SECONDS = 60
WAKINGS = 50
HUGE = 2_000_000_000
LATENCY_LIMIT = 0.25
START_LIMIT = 1.0
MEMORY_LIMIT_MB = 60
IDLE_LIMIT = 0.01


@dataclass
class Notes:
    """A service that answers everything and remembers when each status change arrived."""

    changes: dict[str, float] = field(default_factory=dict)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                at = time.perf_counter()
                _, _, rest = head.lower().partition(b"content-length: ")
                await reader.readexactly(int(rest.partition(b"\r\n")[0] or 0))
                self._note(head.split(b" ")[1].decode(), at)
                body = b'{"version":"0.0.1"}' if b"/version" in head else b"[]"
                if b"/candidate" in head:
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                    continue
                length = str(len(body)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: " + length + b"\r\n\r\n" + body)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def _note(self, path: str, at: float) -> None:
        self.asked.set()
        parts = path.split("/")
        if parts[-1] == "status":
            self.changes.setdefault(parts[-2], at)


@asynccontextmanager
async def notes() -> AsyncIterator[Notes]:
    found = Notes()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


def spawn(service: Notes, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("goldomatic")), "bridge", "--dry-run"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GOLDOMATIC_BRIDGE_FOLDER": str(folder / "bridge"),
            "GOLDOMATIC_BRIDGE_API_KEY": "a-key-of-the-benchmark",
            "GOLDOMATIC_BRIDGE_SERVICE_URL": f"http://127.0.0.1:{service.port}",
            "GOLDOMATIC_BRIDGE_CHAT_LOG": str(log),
            "GOLDOMATIC_BRIDGE_TAG_MATCH": "strict",
        },
        stdout=subprocess.DEVNULL,
    )


@asynccontextmanager
async def bridge(service: Notes, folder: Path, log: Path) -> AsyncIterator[psutil.Process]:
    """A running bridge, ended by its own process id."""
    started = spawn(service, folder, log)
    try:
        await asyncio.wait_for(service.asked.wait(), 20)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(10)


async def latencies(folder: Path) -> list[float]:
    """Seconds from a line in the log to its request at the service, for each line."""
    log = folder / "WoWChatLog.txt"
    log.touch()
    lots = random.Random(1)
    written: dict[str, float] = {}
    async with notes() as service, bridge(service, folder, log):
        await asyncio.sleep(1)
        for _ in range(LINES):
            payout_id = str(UUID(int=lots.getrandbits(128), version=4))
            with log.open("a") as file:
                written[payout_id] = time.perf_counter()
                file.write(f"11/21 12:00:00.123  [MGM_CONFIRM:{payout_id}]\r\n")
            await asyncio.sleep(lots.uniform(0.1, 0.3))
        await asyncio.sleep(1)
        return [service.changes[each] - at for each, at in written.items()]


async def start(folder: Path, size: int) -> tuple[float, float]:
    """Seconds until the bridge has read its first new line, and the megabytes it then holds."""
    log = folder / "WoWChatLog.txt"
    line = b"11/21 12:00:00.123  Bob says: some words of other people\r\n"
    with log.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(line * 2000)
    payout_id = "00000000-0000-4000-8000-00000000000a"
    began = time.perf_counter()
    async with notes() as service, bridge(service, folder, log) as process:
        while payout_id not in service.changes:
            # The bridge begins at the end that it finds; the line counts once it has looked.
            with log.open("ab") as file:
                file.write(f"11/21 12:00:00.123  [MGM_CONFIRM:{payout_id}]\r\n".encode())
            await asyncio.sleep(0.02)
        took = service.changes[payout_id] - began
        return took, process.memory_info().rss / 1_000_000


async def idling(folder: Path) -> float:
    """Share of one core that an idle bridge takes."""
    log = folder / "WoWChatLog.txt"
    log.touch()
    async with notes() as service, bridge(service, folder, log) as process:
        await asyncio.sleep(2)
        before = process.cpu_times()
        await asyncio.sleep(IDLE_SECONDS)
        after = process.cpu_times()
        return (after.user + after.system - before.user - before.system) / IDLE_SECONDS


async def waking() -> float:
    """Share of one core that the machine takes for waking an empty loop five times a second."""
    before = time.process_time()
    for _ in range(WAKINGS):
        await asyncio.sleep(0.2)
    return (time.process_time() - before) / (WAKINGS * 0.2)


def measure() -> list[Row]:
    """All figures of the bridge."""
    rows = []
    with TemporaryDirectory(prefix="goldomatic-bench-") as name:
        folder = Path(name)
        for part in ("a", "b", "c", "d"):
            (folder / part).mkdir()
        took = asyncio.run(latencies(folder / "a"))
        middle, late = statistics.median(took), statistics.quantiles(took, n=100)[98]
        what, limit = "log line to request", f"< {LATENCY_LIMIT * 1000:.0f} ms"
        rows.append(
            Row(f"{what}: median", f"{middle * 1000:.0f} ms", limit, middle < LATENCY_LIMIT)
        )
        rows.append(Row(f"{what}: p99", f"{late * 1000:.0f} ms", "", True))
        small, _ = asyncio.run(start(folder / "b", 0))
        large, memory = asyncio.run(start(folder / "c", HUGE))
        cost = max(0.0, large - small)
        figure = f"{cost * 1000:.0f} ms"
        rows.append(Row("2 GB log: added to the start", figure, "< 1 s", cost < START_LIMIT))
        within, limit = memory < MEMORY_LIMIT_MB, f"< {MEMORY_LIMIT_MB} MB"
        rows.append(Row("2 GB log: resident", f"{memory:.0f} MB", limit, within))
        share = asyncio.run(idling(folder / "d"))
        rows.append(Row("idle: of one core", f"{share:.2%}", "< 1 %", share < IDLE_LIMIT))
        bare = asyncio.run(waking())
        rows.append(Row("a loop that only wakes as often: of one core", f"{bare:.2%}", "", True))
    return rows


if __name__ == "__main__":
    for row in measure():
        print(*row)
