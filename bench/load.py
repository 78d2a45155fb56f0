"""Load on a loopback address: signed requests made before, sent by wrk or at a steady rate."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from goldomatic.config import Secret
from goldomatic.values import ChannelId, rfc3339, utc_now

BROADCASTER = ChannelId("778812345")
EVENTSUB_SECRET = Secret("bench-eventsub-secret")
EXTENSION_SECRET = Secret(base64.b64encode(bytes(range(32))).decode())
WRK_SCRIPT = Path(__file__).with_name("requests.lua")


class Result(NamedTuple):
    """What a run gave: rate in requests a second, latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int


def chat_notification(number: int, text: str) -> bytes:
    """A `channel.chat.message` notification of the size that Twitch sends (about 1.2 KB)."""
    return json.dumps(
        {
            "subscription": {
                "id": "10dca021-12e2-42a3-a324-5224a298caa5",
                "status": "enabled",
                "type": "channel.chat.message",
                "version": "1",
                "condition": {"broadcaster_user_id": BROADCASTER, "user_id": "900112233"},
                "transport": {"method": "webhook", "callback": "https://gold.example/eventsub"},
                "created_at": "2026-11-20T17:05:41.120934557Z",
                "cost": 0,
            },
            "event": {
                "broadcaster_user_id": BROADCASTER,
                "broadcaster_user_login": "goldforge_live",
                "broadcaster_user_name": "GoldForge_Live",
                "chatter_user_id": str(410_000_000 + number),
                "chatter_user_login": f"chatter{number}",
                "chatter_user_name": f"Chatter{number}",
                "message_id": str(uuid4()),
                "message": {
                    "text": text,
                    "fragments": [
                        {
                            "type": "text",
                            "text": text,
                            "cheermote": None,
                            "emote": None,
                            "mention": None,
                        }
                    ],
                },
                "color": "#1E90FF",
                "badges": [{"set_id": "subscriber", "id": "3", "info": "5"}],
                "message_type": "text",
                "cheer": None,
                "reply": None,
                "channel_points_custom_reward_id": None,
                "channel_points_animation_id": None,
                "source_broadcaster_user_id": None,
                "source_broadcaster_user_login": None,
                "source_broadcaster_user_name": None,
                "source_message_id": None,
                "source_badges": None,
            },
        }
    ).encode()


def letters(number: int) -> str:
    """A character name for every number below 26^8."""
    name = ""
    for _ in range(8):
        number, rest = divmod(number, 26)
        name += chr(ord("a") + rest)
    return name.capitalize()


def signed_request(port: int, number: int) -> bytes:
    """The bytes of one HTTP request: viewer `number` enrols under a name of their own."""
    body = chat_notification(number, f"!twgold {letters(number)}")
    message_id, timestamp = str(uuid4()), rfc3339(utc_now())
    signed = message_id.encode() + timestamp.encode() + body
    digest = hmac.new(EVENTSUB_SECRET.reveal().encode(), signed, hashlib.sha256).hexdigest()
    head = (
        "POST /api/twitch/eventsub HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n"
        "Content-Type: application/json\r\n"
        f"Twitch-Eventsub-Message-Id: {message_id}\r\n"
        "Twitch-Eventsub-Message-Retry: 0\r\n"
        "Twitch-Eventsub-Message-Type: notification\r\n"
        f"Twitch-Eventsub-Message-Signature: sha256={digest}\r\n"
        f"Twitch-Eventsub-Message-Timestamp: {timestamp}\r\n"
        "Twitch-Eventsub-Subscription-Type: channel.chat.message\r\n"
        "Twitch-Eventsub-Subscription-Version: 1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def token(viewer: str = "410000001") -> str:
    """An Extension token of a viewer, valid for an hour."""

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {
        "exp": int(time.time()) + 3600,
        "opaque_user_id": f"U{viewer}",
        "user_id": viewer,
        "channel_id": BROADCASTER,
        "role": "viewer",
    }
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    key = base64.b64decode(EXTENSION_SECRET.reveal())
    return (signed + b"." + part(hmac.digest(key, signed, "sha256"))).decode()


def wrk_post(port: int, first: int, count: int, seconds: int, callers: int) -> Result:
    """wrk with requests `first` to `first + count` in order, each sent once."""
    with tempfile.NamedTemporaryFile(suffix=".requests") as file:
        for number in range(first, first + count):
            request = signed_request(port, number)
            file.write(b"%010d" % len(request) + request)
        file.flush()
        script = ["-s", str(WRK_SCRIPT)]
        return _wrk(port, seconds, callers, script, ["--", file.name])


def wrk_get(port: int, path: str, seconds: int, callers: int) -> Result:
    """wrk with one GET and an Extension token."""
    header = ["-H", f"Authorization: Bearer {token()}"]
    return _wrk(port, seconds, callers, header, [], path)


def _wrk(
    port: int, seconds: int, callers: int, options: list[str], rest: list[str], path: str = "/"
) -> Result:
    command = ["wrk", "-t1", f"-c{callers}", f"-d{seconds}s", "--latency", *options]
    address = f"http://127.0.0.1:{port}{path}"
    done = subprocess.run(
        [*command, address, *rest], capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    return _read_wrk(done.stdout)


def _read_wrk(text: str) -> Result:
    def milliseconds(mark: str) -> float:
        found = re.search(rf"{mark}%\s+([\d.]+)(us|ms|s)", text)
        if found is None:
            raise RuntimeError(f"wrk said: {text}")
        return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]

    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    sockets = re.search(r"Socket errors: (.*)", text)
    errors = (int(bad[1]) if bad else 0) + (1 if sockets else 0)
    return Result(rate, milliseconds("50"), milliseconds("99"), errors)


async def steady(port: int, first: int, rate: int, seconds: int, callers: int) -> Result:
    """Requests at a steady rate, sent when they are due whatever the answers do."""
    requests = [signed_request(port, number) for number in range(first, first + rate * seconds)]
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(callers):
        connections.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    took: list[float] = []
    errors = 0

    async def send(request: bytes, due: float) -> None:
        nonlocal errors
        reader, writer = await connections.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        took.append((time.perf_counter() - due) * 1000)
        errors += not head.startswith(b"HTTP/1.1 200")
        connections.put_nowait((reader, writer))

    start = time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = start + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(send(request, due))
    seconds_taken = time.perf_counter() - start
    while not connections.empty():
        connections.get_nowait()[1].close()
    return Result(len(took) / seconds_taken, *_percentiles(took), errors)


def _percentiles(took: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(took, n=100)
    return cuts[49], cuts[98]


def chunks(first: int, size: int) -> Iterator[int]:
    """First numbers of runs that never use a viewer twice."""
    while True:
        yield first
        first += size
