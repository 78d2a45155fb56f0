"""The raffle with 100,000 entries: `python bench/raffle.py`. Server and reader share the cores.

The service runs as it is, on SQLite; a second process asks for leaderboard and status over HTTP
every few milliseconds and notes how long each answer took, also while a session ends.
"""

import asyncio
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from goldomatic import channel
from goldomatic.ledger import garbage
from goldomatic.ledger.event import Event
from goldomatic.raffle import acting, proofs
from goldomatic.raffle.events import (
    RaffleEntrant,
    RaffleEntrySubmitted,
    RaffleProfile,
    RaffleViewerSignedIn,
    RaffleViewerSynced,
)
from goldomatic.raffle.weights import UNIT
from goldomatic.service import Service
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ViewerId
from rows import Row, finish
from served import served

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.accounts import sign_in_directly

FEW, MANY = 1_000, 100_000
AT_ONCE = 500
PATHS = ("/api/leaderboard", "/api/status")
ASKED_EVERY_SECONDS = 0.005
SECONDS = 5.0
EXPORTS = 3


def main() -> None:
    if sys.argv[1:2] == ["ask"]:
        ask(sys.argv[2], float(sys.argv[3]))
        return
    finish(measure())


def measure() -> list[Row]:
    """All figures of the raffle."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with served() as (service, url):
        garbage.settle()
        await acting.start_session(service, "bench", "bench")
        await fill(service, 0, FEW)
        few = await asked(url, SECONDS, changing(service))
        await fill(service, FEW, MANY)
        many = await asked(url, SECONDS, changing(service))
        told = await asked(url, None, export(service, url))
        drawn = await draw(service)
        started = time.perf_counter()
        during = await asked(url, None, end(service, url))
        ended = time.perf_counter() - started
        started = time.perf_counter()
        await acting.start_session(service, "next", "bench")
        again = time.perf_counter() - started
    return [*reading(few, many), *drawn, exporting(told), *ending(ended, during), moving(again)]


async def fill(service: Service, first: int, until: int) -> None:
    """Viewers with different weights, each with an entry."""
    session_id = service.state.raffle.active_id.durable or ""
    for start in range(first, until, AT_ONCE):
        events: list[Event] = []
        for number in range(start, start + AT_ONCE):
            viewer_id = ViewerId(str(410_000_000 + number))
            names = RaffleProfile(
                login=f"chatter{number}", display_name=f"Chatter{number}", salt=os.urandom(16)
            )
            entrant = RaffleEntrant(name=f"Chatter{number}", salt=os.urandom(16))
            events += [
                RaffleViewerSignedIn(viewer_id=viewer_id, personal=names),
                RaffleViewerSynced(
                    viewer_id=viewer_id,
                    is_follower=True,
                    is_subscriber=None,
                    total=UNIT + number * 7919 % (9 * UNIT),
                ),
                RaffleEntrySubmitted(
                    viewer_id=viewer_id,
                    entry_id=number + 1,
                    session_id=session_id,
                    personal=entrant,
                ),
            ]
        await service.ledger.change(channel.record(*events), heavy=True)


async def changing(service: Service) -> None:
    """A change of the pool every 100 ms, so that answers are not the same one all the time."""
    number = 0
    while True:
        number += 1
        event = RaffleViewerSynced(
            viewer_id=ViewerId("410000000"),
            is_follower=True,
            is_subscriber=None,
            total=UNIT + number,
        )
        await service.ledger.change(channel.record(event))
        await asyncio.sleep(0.1)


async def end(service: Service, url: str) -> None:
    """The broadcaster ends the session over HTTP."""
    async with owner(service, url) as browser:
        answer = await browser.post("/api/admin/session/end")
    assert answer.status_code == 200, answer.text[:200]
    assert f'"updatedCount":{MANY - 1},'.encode() in answer.content


async def export(service: Service, url: str) -> None:
    """The broadcaster takes all entries as a file, some times."""
    async with owner(service, url) as browser:
        for _ in range(EXPORTS):
            answer = await browser.get("/api/admin/export/entries.csv")
            assert answer.status_code == 200, answer.text[:200]
            assert answer.content.count(b"\r\n") == MANY + 1


@asynccontextmanager
async def owner(service: Service, url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that the broadcaster has signed in with."""
    who = SimulatedUser(id=str(service.channel), login="owner", display_name="Owner")
    cookies, _ = await sign_in_directly(service, who)
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Origin": url,
        "Sec-Fetch-Site": "same-origin",
    }
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, timeout=60, trust_env=False, verify=False
    ) as browser:
        yield browser


async def asked(url: str, seconds: float | None, work: Coroutine[Any, Any, None]) -> list[float]:
    """How long answers took (ms) while `work` ran, until it ended or for so many seconds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "ask",
        url,
        str(seconds or 60),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    running = asyncio.create_task(work)
    if seconds is None:
        await running
        process.terminate()
    told, _ = await process.communicate()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found: list[float] = [float(line) for line in told.split()]
    return found


def ask(url: str, seconds: float) -> None:
    """Ask again and again; print how long each answer took, in milliseconds."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    for path in PATHS:
        _once(connection, path)
    print("ready", flush=True)
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number += 1
        taken = _once(connection, PATHS[number % len(PATHS)])
        print(f"{taken:.3f}", flush=True)
        time.sleep(ASKED_EVERY_SECONDS)


def _once(connection: http.client.HTTPConnection, path: str) -> float:
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    taken = (time.perf_counter() - started) * 1000
    assert answer.status == 200, (answer.status, content[:200])
    json.loads(content)
    return taken


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def reading(few: list[float], many: list[float]) -> list[Row]:
    """Leaderboard and status, with few and with many entries."""
    small, large = p99(few), p99(many)
    return [
        Row(
            f"leaderboard and status, {FEW:,} entries: p99",
            f"{small:.1f} ms",
            "< 15 ms",
            small < 15,
        ),
        Row(
            f"leaderboard and status, {MANY:,} entries: p99",
            f"{large:.1f} ms",
            "< 15 ms",
            large < 15,
        ),
        Row(
            "the same: median with many / with few",
            f"{statistics.median(many) / statistics.median(few):.2f}",
            "≤ 1.5",
            statistics.median(many) / statistics.median(few) <= 1.5,
        ),
    ]


async def draw(service: Service) -> list[Row]:
    """A weighted draw with the proof of its winner, and until it is durable and published."""
    started, processor = time.perf_counter(), time.process_time()
    drawn = await acting.draw(service, hidden=False, actor="bench")
    durable, used = time.perf_counter() - started, time.process_time() - processor
    steps = await proofs.steps_of(service, drawn.winner.draw_id)
    assert steps is not None
    record = await proofs.record(service, drawn.winner.draw_id, steps)
    assert record.winner is not None
    assert record.entrant_count == MANY
    decided = await decision(service)
    what = f"weighted draw among {MANY:,}"
    return [
        Row(f"{what}, with its proof", f"{decided * 1000:.0f} ms", "< 500 ms", decided < 0.5),
        Row(
            f"{what}, until it is durable", f"{durable * 1000:.0f} ms ({used:.2f} s CPU)", "", True
        ),
    ]


async def decision(service: Service) -> float:
    """Seconds for freezing, drawing and proving in a thread, the best of three."""
    from goldomatic.fairdraw.draw import draw as draw_order
    from goldomatic.raffle.drawing import ALTERNATES, freeze

    raffle = service.state.raffle
    session_id = raffle.active_id.durable or ""

    def work() -> float:
        started = time.process_time()
        pool = raffle.pool(session_id)
        weights = raffle.weights(pool)
        frozen = freeze(pool, weights, "bench")
        order = draw_order(bytes(32), "bench", frozen, alternates=ALTERNATES)
        frozen.proof(order[0])
        return time.process_time() - started

    return min([work() for _ in range(3)])


def ending(seconds: float, during: list[float]) -> list[Row]:
    """The end of a session with everybody in it, and its readers meanwhile."""
    worst = max(during)
    return [
        Row(
            f"session end with carry-over, {MANY:,} entrants",
            f"{seconds:.1f} s",
            "< 10 s",
            seconds < 10,
        ),
        Row(
            "the same: longest answer to a reader meanwhile",
            f"{worst:.0f} ms of {len(during)}",
            "< 100 ms",
            worst < 100,
        ),
    ]


def exporting(during: list[float]) -> Row:
    """Readers while everybody's entry is written to a file."""
    worst = max(during)
    what = f"{MANY:,} entries as CSV, {EXPORTS} times: longest answer to a reader meanwhile"
    return Row(what, f"{worst:.0f} ms of {len(during)}", "< 100 ms", worst < 100)


def moving(seconds: float) -> Row:
    """The next session takes over everybody."""
    return Row(f"session start, {MANY - 1:,} entries move", f"{seconds:.1f} s", "", True)


if __name__ == "__main__":
    main()
