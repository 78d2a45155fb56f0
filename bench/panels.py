"""Open panels: `python bench/panels.py`. How soon one is shown, and what 500 cost the service.

The service is `goldomatic serve` with its clock running: a draw every 20 seconds, and two entries a
second through signed chat lines. Every panel does what the extension's script does: it asks when it
is opened and once in its period, 60 seconds while news come through Twitch's PubSub and 15 without,
and at once when a whisper tells its viewer of news. Each request is a connection of its own.
"""

import asyncio
import os
import random
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import load
from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from rows import Row, finish

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.chromium import chromium
from extension.stage import SOON, opened, staged
from support.service import ANNA

PANELS = 500
SECONDS = 60
OPENED_WITHIN = 10.0
PERIOD_WITH_NEWS = 60.0
PERIOD_WITHOUT = 15.0
ENTRIES_PER_SECOND = 2
SPIN_SECONDS = 20
LIMIT = 0.25
SHOWN_WITHIN_MS = 300
WATCH_POOL = """
if (location.pathname.endsWith("panel.html")) {
  const look = () => {
    if (document.querySelector("#pool")?.textContent === "Pool: 1 gnome") {
      window.shownAt = performance.now();
    } else requestAnimationFrame(look);
  };
  look();
}
"""
CLIENT = "bench-extension"
FIRST_VIEWER = 410_000_000


def twitch() -> FakeTwitch:
    owner = SimulatedUser(
        id=load.BROADCASTER, login="goldforge_live", display_name="GoldForge", broadcaster=True
    )
    made = FakeTwitch(owner, clients=[], rng=random.Random(1))
    made.extension = Extension(CLIENT, load.EXTENSION_SECRET.reveal(), owner.id)
    return made


@asynccontextmanager
async def service(twitch_url: str, folder: str, *, push: bool) -> AsyncIterator[tuple[int, int]]:
    """`goldomatic serve` as a process of its own: its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "ENVIRONMENT": "development",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/panels-{push}.db",
        "SPIN_INTERVAL_SECONDS": str(SPIN_SECONDS),
        "LOG_LEVEL": "error",
        "TWITCH_BROADCASTER_ID": load.BROADCASTER,
        "TWITCH_EVENTSUB_SECRET": load.EVENTSUB_SECRET.reveal(),
        "TWITCH_EXTENSION_CLIENT_ID": CLIENT,
        "TWITCH_EXTENSION_SECRET": load.EXTENSION_SECRET.reveal(),
        "TWITCH_API_URL": f"{twitch_url}/helix",
    }
    if push:
        settings["TWITCH_EXTENSION_OWNER_ID"] = load.BROADCASTER
    env = os.environ | {f"GOLDOMATIC_{name}": value for name, value in settings.items()}
    command = [str(Path(sys.executable).with_name("goldomatic")), "serve"]
    process = await asyncio.create_subprocess_exec(*command, env=env, cwd=folder)
    try:
        for _ in range(300):
            try:
                if (await ask(port, "/api/health")).startswith(b"HTTP/1.1 200"):
                    break
            except OSError:
                await asyncio.sleep(0.05)
        else:
            raise RuntimeError("the service did not start")
        yield port, process.pid
    finally:
        process.terminate()
        await process.wait()


async def exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


async def ask(port: int, path: str, token: str = "") -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{bearer}Connection: close\r\n\r\n"
    return await exchange(port, request.encode())


class Crowd:
    """The open panels, and those who write in chat."""

    def __init__(self, port: int, fake: FakeTwitch, *, push: bool) -> None:
        self._port = port
        self._fake = fake
        self._push = push
        self._rng = random.Random(1)
        self.questions = 0
        self.refused = 0

    async def run(self) -> None:
        """A minute from the first panel on."""
        people = [asyncio.create_task(self._panel(number)) for number in range(PANELS)]
        people.append(asyncio.create_task(self._chat()))
        await asyncio.sleep(SECONDS)
        for each in people:
            each.cancel()
        for ended in await asyncio.gather(*people, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def _panel(self, number: int) -> None:
        viewer = str(FIRST_VIEWER + number)
        token = load.token(viewer)
        queue = self._fake.broker.listen("broadcast", f"whisper-U{viewer}")
        await asyncio.sleep(self._rng.uniform(0, OPENED_WITHIN))
        await ask(self._port, "/api/version")
        period = PERIOD_WITH_NEWS if self._push else PERIOD_WITHOUT
        due = time.monotonic()
        while True:
            answer = await ask(self._port, "/api/panel/snapshot", token)
            self.questions += 1
            self.refused += not answer.startswith(b"HTTP/1.1 200")
            due += period * (self._rng.uniform(0.5, 1.0) if self.questions <= PANELS else 1.0)
            await self._until_due_or_told(queue, due)

    async def _until_due_or_told(self, queue: "asyncio.Queue[tuple[str, str]]", due: float) -> None:
        while (left := due - time.monotonic()) > 0:
            try:
                target, _ = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                return
            if target != "broadcast":
                return

    async def _chat(self) -> None:
        number = 0
        while True:
            viewer = self._rng.randrange(PANELS) if number % 2 else 10_000 + number
            line = load.signed_request(self._port, viewer)
            await exchange(
                self._port, line.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
            )
            number += 1
            await asyncio.sleep(1 / ENTRIES_PER_SECOND)


async def minute(folder: str, *, push: bool) -> tuple[float, Crowd, int]:
    """The share of a core that a minute took, who asked, and how many messages went out."""
    fake = twitch()
    async with (
        serve_asgi(fake) as twitch_url,
        service(twitch_url, folder, push=push) as (port, process_id),
    ):
        crowd = Crowd(port, fake, push=push)
        process = psutil.Process(process_id)
        before, started = process.cpu_times(), time.monotonic()
        await crowd.run()
        after, took = process.cpu_times(), time.monotonic() - started
        used = after.user + after.system - before.user - before.system
        await fake.aclose()
    return used / took, crowd, len(fake.broker.sent)


async def shown(folder: Path) -> list[float]:
    """ms from the navigation of the panel's frame until it shows the size of the pool."""
    took = []
    async with staged(folder) as stage, chromium() as browser:
        await stage.service.chat(ANNA, "!twgold Norinn")
        for _ in range(7):
            async with opened(browser, stage, script=WATCH_POOL) as panel:
                await panel.id("countdown").wait_for(state="visible", timeout=SOON)
                took.append(await panel.evaluate("() => window.shownAt"))
    return took


def first_paint() -> Row:
    """The first time warms the service and the browser up."""
    with TemporaryDirectory(prefix="goldomatic-bench-") as folder:
        took = statistics.median(asyncio.run(shown(Path(folder)))[2:])
    return Row(
        "A panel is opened: until it shows the pool",
        f"{took:.0f} ms",
        f"< {SHOWN_WITHIN_MS} ms",
        took < SHOWN_WITHIN_MS,
    )


def measure() -> list[Row]:
    """With news through PubSub, and by asking alone."""
    paint = first_paint()
    with TemporaryDirectory(prefix="goldomatic-bench-") as folder:
        share, crowd, sent = asyncio.run(minute(folder, push=True))
        polled, askers, _ = asyncio.run(minute(folder, push=False))
    if crowd.refused or askers.refused or not sent:
        raise RuntimeError(f"refused: {crowd.refused}, {askers.refused}; messages: {sent}")
    return [
        paint,
        Row(
            f"{PANELS} panels, a minute, PubSub on: processor of the service",
            f"{share:.1%} of a core",
            f"< {LIMIT:.0%}",
            share < LIMIT,
        ),
        Row("the same: requests, messages to Twitch", f"{crowd.questions}, {sent}", "", True),
        Row(f"{PANELS} panels, a minute, asking alone", f"{polled:.1%} of a core", "", True),
        Row("the same: requests", str(askers.questions), "", True),
    ]


if __name__ == "__main__":
    finish(measure())
