"""The service over HTTP: `python bench/service_http.py`. Server and load share the cores.

Enrolments are signed EventSub notifications of 1.2 KB, each from another viewer under another
name, and each is durable before its 200. Rounds alternate between what is compared; figures are
medians of rounds.
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

import load
from rows import Row, finish

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from support.postgres import cluster, server  # noqa: E402

CALLERS = 64
ROUNDS = 3
SECONDS = 4
REQUESTS_A_ROUND = 45_000
WARM_UP = 2_000
STEADY_RATE = 1_000


class Target:
    """A running target and the viewers that it has not seen yet."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self.port = port
        self._process = process
        self._next = 0

    def post(self) -> load.Result:
        """One round of enrolments at saturation."""
        return load.wrk_post(
            self.port, self._take(REQUESTS_A_ROUND), REQUESTS_A_ROUND, SECONDS, CALLERS
        )

    def warm_up(self) -> None:
        load.wrk_post(self.port, self._take(WARM_UP * 10), WARM_UP * 10, 1, CALLERS)

    def steady(self) -> load.Result:
        """Enrolments at 1,000 a second."""
        first = self._take(STEADY_RATE * SECONDS)
        return asyncio.run(load.steady(self.port, first, STEADY_RATE, SECONDS, CALLERS))

    def get_state(self) -> load.Result:
        return load.wrk_get(self.port, "/api/roulette/state", SECONDS, CALLERS)

    def _take(self, count: int) -> int:
        first = self._next
        self._next += count
        return first


@contextmanager
def target(kind: str, database_url: str) -> Iterator[Target]:
    """A target as a process of its own, ended by its own id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(HERE / "target.py"), kind, database_url, str(port)]
    process = subprocess.Popen(command, cwd=HERE)
    try:
        _await_answer(port)
        yield Target(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await_answer(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the target did not start")


def _median(results: list[load.Result]) -> load.Result:
    if any(result.errors for result in results):
        raise RuntimeError(f"answers other than 2xx: {results}")
    return load.Result(*(statistics.median(column) for column in zip(*results, strict=True)))


def enrolments(name: str, database_url: str, idle_url: str) -> list[Row]:
    """Signed notifications on one store, against the same endpoint without the ledger."""
    with target("no-ledger", idle_url) as bare, target("service", database_url) as real:
        bare.warm_up()
        real.warm_up()
        pairs = [(bare.post(), real.post()) for _ in range(ROUNDS)]
        steady = _median([real.steady() for _ in range(ROUNDS)])
    without, with_ledger = (_median(list(side)) for side in zip(*pairs, strict=True))
    ratio = with_ledger.rate / without.rate
    return [
        Row(f"{name}: rate", f"{with_ledger.rate:,.0f}/s", "≥ 4,000/s", with_ledger.rate >= 4000),
        Row(
            f"{name}: rate / same endpoint without the ledger",
            f"{ratio:.2f}",
            "≥ 0.5",
            ratio >= 0.5,
        ),
        Row(
            f"{name}: p99 at saturation",
            f"{with_ledger.p99:.0f} ms",
            "< 80 ms",
            with_ledger.p99 < 80,
        ),
        Row(f"{name}: p99 at 1,000/s", f"{steady.p99:.1f} ms", "< 20 ms", steady.p99 < 20),
    ]


def polled_state(idle_urls: tuple[str, str]) -> list[Row]:
    """The polled route, against one of the same framework that only checks the token."""
    with target("bare", idle_urls[0]) as bare, target("service", idle_urls[1]) as real:
        bare.get_state()
        real.get_state()
        pairs = [(bare.get_state(), real.get_state()) for _ in range(ROUNDS)]
    checked, state = (_median(list(side)) for side in zip(*pairs, strict=True))
    ratio = state.rate / checked.rate
    return [
        Row("GET state: rate", f"{state.rate:,.0f}/s", "", True),
        Row("GET state: rate / only the token check", f"{ratio:.2f}", "≥ 0.7", ratio >= 0.7),
    ]


def measure() -> list[Row]:
    """All rows, SQLite first."""
    with TemporaryDirectory(prefix="goldomatic-bench-") as directory:
        files = (f"sqlite:///{directory}/{number}.db" for number in range(10))
        rows = enrolments("enrol, SQLite", next(files), next(files))
        with cluster() as template, server(template) as running:
            rows += enrolments("enrol, PostgreSQL", running.create_database(), next(files))
        return rows + polled_state((next(files), next(files)))


if __name__ == "__main__":
    finish(measure())
