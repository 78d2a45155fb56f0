"""The gift queue with 10,000 that wait: `python bench/gifts.py`. Server and caller share the cores.

The service runs as it is, on SQLite; a second process asks for gifts, looks at the queue as a
viewer and lists it as the operator, over HTTP, and notes how long each answer took.
"""

import asyncio
import base64
import http.client
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from goldomatic import channel
from goldomatic.config import Secret
from goldomatic.gifts.events import GiftRequestInitiated, Recipient
from goldomatic.ledger.event import Event
from goldomatic.service import Service
from goldomatic.simulation.extension_tokens import extension_token
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ViewerId, utc_now
from rows import Row, finish
from served import CHANNEL, served

FEW, MANY = 100, 10_000
AT_ONCE = 500
TIMES = 400
LIMIT = 20.0
"""Milliseconds in which 99 of 100 answers are there."""

KEY = "an-operator-key-of-the-bench"
SECRET = base64.b64encode(b"an extension secret of the bench").decode()

Taken = dict[str, list[float]]


def main() -> None:
    if sys.argv[1:2] == ["ask"]:
        print(json.dumps(ask(sys.argv[2], int(sys.argv[3]))))
        return
    finish(measure())


def measure() -> list[Row]:
    """All figures of the gift queue."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with served(
        api_key=Secret(KEY),
        twitch_extension_secret=Secret(SECRET),
        dev_skip_gift_subscriber_check=True,
        writes_per_minute=1_000_000,
        operator_per_minute=1_000_000,
    ) as (service, url):
        await fill(service, 0, FEW)
        few = await asked(url, 1)
        await fill(service, FEW, MANY)
        many = await asked(url, 2)
    return [*rows_of(few, FEW), *rows_of(many, MANY), *ratios(few, many)]


async def fill(service: Service, first: int, until: int) -> None:
    """Viewers who wait."""
    for start in range(first, until, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, until))
        events: list[Event] = [
            GiftRequestInitiated(
                gift_request_id=f"00000000-0000-4000-8000-{number:012d}",
                streamer_id=CHANNEL,
                viewer_id=ViewerId(str(410_000_000 + number)),
                source="chat",
                commitment="00" * 32,
                personal=Recipient(
                    display_name=f"Chatter{number}", character_name="Ясень", salt=os.urandom(16)
                ),
            )
            for number in numbers
        ]
        await service.ledger.change(channel.record(*events), heavy=True)


async def asked(url: str, turn: int) -> Taken:
    """How long answers took (ms) in another process, by what was asked."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "ask", url, str(turn)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent,
    )
    told, _ = await process.communicate()
    taken: Taken = json.loads(told)
    return taken


def ask(url: str, turn: int) -> Taken:
    """Ask for a gift, look at the queue, list it: again and again."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    taken: Taken = {"create": [], "view": [], "list": []}
    queue, requests = f"/api/streamers/{CHANNEL}/gift-queue", "/api/gift-requests"
    body = json.dumps({"streamerId": CHANNEL, "characterName": "Norinn"})
    for number in range(TIMES):
        viewer_id = str(420_000_000 + turn * 1_000_000 + number)
        user = SimulatedUser(id=viewer_id, login=f"asker{number}", display_name=f"Asker{number}")
        token = extension_token(SECRET, user, CHANNEL, now=utc_now())
        bearer = {"Authorization": f"Bearer {token}"}
        taken["create"].append(_once(connection, "POST", requests, bearer, body))
        taken["view"].append(_once(connection, "GET", queue, bearer))
        taken["list"].append(_once(connection, "GET", requests, {"X-MGM-ApiKey": KEY}))
    return taken


def _once(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str | None = None,
) -> float:
    started = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    taken = (time.perf_counter() - started) * 1000
    assert answer.status in (200, 201), (answer.status, content[:200])
    return taken


NAMES = {
    "create": "ask for a gift",
    "view": "a viewer's queue",
    "list": "the operator's whole list",
}


def rows_of(taken: Taken, count: int) -> list[Row]:
    """The slowest hundredth of each answer."""
    return [
        Row(f"{name}, {count:,} wait: p99", f"{p99(taken[what]):.1f} ms", f"< {LIMIT:.0f} ms",
            p99(taken[what]) < LIMIT)
        for what, name in NAMES.items()
    ]  # fmt: skip


def ratios(few: Taken, many: Taken) -> list[Row]:
    """What does not grow with the queue."""
    found = []
    for what in ("create", "view"):
        ratio = statistics.median(many[what]) / statistics.median(few[what])
        found.append(
            Row(
                f"{NAMES[what]}: median with {MANY:,} / with {FEW:,}",
                f"{ratio:.2f}",
                "≤ 1.5",
                ratio <= 1.5,
            )
        )
    return found


def p99(values: list[Any]) -> float:
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    main()
