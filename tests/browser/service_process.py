"""`goldomatic serve` as a process of its own, with what Twitch and the bridge would send it."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from goldomatic.simulation.eventsub_messages import (
    CHAT_MESSAGE,
    ChatLine,
    chat_event,
    message_body,
    nanosecond_timestamp,
    signature,
)
from goldomatic.simulation.users import SimulatedUser
from support.ports import free_port

START_SECONDS = 60.0
STOP_SECONDS = 30.0
ANSWER_SECONDS = 30.0
API_KEY = "operator-key-of-this-test"
SECRET = "eventsub-secret-of-this-test"
BROADCASTER = SimulatedUser(id="4242", login="streamer", display_name="Streamer", broadcaster=True)


class ServiceProcess:
    """The service on a free port of the loopback interface, started and stopped at will."""

    def __init__(self, folder: Path, spin_interval_seconds: int, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._interval = spin_interval_seconds
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and return when the service is healthy."""
        with (self._folder / "service.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("goldomatic"),
                "serve",
                env=self._environment(),
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._healthy():
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Ask the service to stop, and return when it has."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

    def log(self) -> str:
        return (self._folder / "service.log").read_text()

    def _environment(self) -> dict[str, str]:
        settings = {
            "ENVIRONMENT": "development",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{self._folder}/ledger.db",
            "SPIN_INTERVAL_SECONDS": str(self._interval),
            "API_KEY": API_KEY,
            "TWITCH_EVENTSUB_SECRET": SECRET,
            "TWITCH_BROADCASTER_ID": BROADCASTER.id,
            **self._settings,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GOLDOMATIC_")}
        return inherited | {f"GOLDOMATIC_{name}": value for name, value in settings.items()}

    async def _healthy(self) -> bool:
        try:
            async with httpx2.AsyncClient() as http:
                return (await http.get(f"{self.url}/api/health")).status_code == 200
        except httpx2.TransportError:
            return False

    async def say(self, viewer: int, text: str) -> None:
        """A subscriber writes a line of chat: one signed EventSub notification."""
        chatter = SimulatedUser(
            id=str(viewer), login=f"viewer{viewer}", display_name=f"V{viewer}", tier="1000"
        )
        event = chat_event(ChatLine(chatter=chatter, text=text), BROADCASTER, str(uuid4()))
        subscription = {"id": str(uuid4()), "type": CHAT_MESSAGE, "version": "1"}
        body = message_body({"subscription": subscription, "event": event})
        message_id, sent_at = str(uuid4()), nanosecond_timestamp(datetime.now(UTC), 9)
        headers = {
            "content-type": "application/json",
            "Twitch-Eventsub-Message-Id": message_id,
            "Twitch-Eventsub-Message-Timestamp": sent_at,
            "Twitch-Eventsub-Message-Signature": signature(SECRET, message_id, sent_at, body),
            "Twitch-Eventsub-Message-Type": "notification",
            "Twitch-Eventsub-Subscription-Type": CHAT_MESSAGE,
            "Twitch-Eventsub-Subscription-Version": "1",
        }
        async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as http:
            answer = await http.post(
                f"{self.url}/api/twitch/eventsub", content=body, headers=headers
            )
        assert answer.status_code == 200, answer.text

    async def operate(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """A request of the bridge, with the API key."""
        headers = {"X-MGM-ApiKey": API_KEY}
        async with httpx2.AsyncClient(headers=headers, timeout=ANSWER_SECONDS) as http:
            return await http.request(method, f"{self.url}{path}", json=body)

    async def winner(self, within: float) -> dict[str, Any]:
        """The next payout: a candidate is drawn, and reported as online in time."""
        async with asyncio.timeout(within):
            while True:
                answer = await self.operate("GET", "/api/roulette/candidate")
                if answer.status_code == 200:
                    candidate = answer.json()
                    verdict = await self._reported(candidate)
                    # On a busy machine a report may come too late: then the next round's counts.
                    if verdict.status_code == 200:
                        return candidate | verdict.json()
                    assert verdict.json()["code"] == "out_of_sequence", verdict.text
                await asyncio.sleep(0.1)

    async def _reported(self, candidate: dict[str, Any]) -> httpx2.Response:
        report = {
            "schemaVersion": 1,
            "spinCycleId": candidate["spinCycleId"],
            "characterName": candidate["characterName"],
            "online": True,
            "capturedAt": candidate["selectedAt"],
        }
        return await self.operate("POST", "/api/roulette/verify-candidate", report)

    async def overlay_link(self) -> str:
        """The overlay's link, from the command line beside the service."""
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("goldomatic"),
            "overlay",
            "link",
            env=self._environment(),
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0
        return printed.decode().strip()

    async def move(self, payout_id: str, status: str) -> None:
        """Move a payout on."""
        answer = await self.operate("PATCH", f"/api/payouts/{payout_id}/status", {"status": status})
        assert answer.status_code == 200, answer.text
