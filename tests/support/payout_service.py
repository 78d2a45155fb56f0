"""The operator's routes of the service over real HTTP, with answers that a test can bend."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from goldomatic.values import rfc3339

KEY = "an-operator-key-of-the-tests"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def payout(number: int, name: str = "Norinn", **changes: Any) -> dict[str, Any]:
    """A payout as the service tells it; the higher the number, the newer."""
    facts = {
        "id": str(UUID(int=number)),
        "twitchDisplayName": f"Viewer_{number}",
        "characterName": name,
        "goldAmount": 1000,
        "status": "Pending",
        "createdAt": rfc3339(NOON + timedelta(seconds=number)),
        "updatedAt": None,
        "winnerAcceptedWillingToReceiveAt": rfc3339(NOON + timedelta(minutes=1)),
    }
    return facts | changes


def gift(number: int, name: str = "Norinn", **changes: Any) -> dict[str, Any]:
    """A gift request as the service tells it."""
    now = datetime.now(UTC)
    facts = {
        "id": str(UUID(int=9000 + number)),
        "viewerDisplayName": f"Viewer_{number}",
        "characterName": name,
        "state": "Pending",
        "selectedItem": None,
        "queuePosition": number,
        "createdAt": rfc3339(now),
        "timeoutAt": rfc3339(now + timedelta(seconds=60)) if "state" in changes else None,
        "failureReason": None,
    }
    return facts | changes


@dataclass
class PayoutService:
    """What the service holds and how it behaves."""

    url: str = ""
    payouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gifts: list[dict[str, Any]] = field(default_factory=list)
    """The open gift requests, the active one first."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request that carried the right key, oldest first."""
    down: bool = False
    refusal: str = ""
    """A code with which every PATCH is refused."""
    version: dict[str, Any] = field(default_factory=lambda: {"version": "0.1.0"})

    def hold(self, *payouts: dict[str, Any]) -> None:
        """These payouts are active now, and no others."""
        self.payouts = {each["id"]: each for each in payouts}

    def patches(self) -> list[str]:
        return [request for request in self.requests if request.startswith("PATCH")]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON for a request with the right key."""
        self.requests.append(f"{method} {path} {body}" if body else f"{method} {path}")
        if self.down:
            return 503, {"code": "service_unavailable", "message": "down"}
        if path == "/api/version":
            return 200, self.version
        if path == "/api/roulette/candidate":
            return 204, None
        if path in ("/api/payouts", "/api/payouts/pending"):
            return 200, list(self.payouts.values())
        if path.startswith("/api/gift-requests"):
            return self._give(path.partition("?")[0].split("/")[3:], body)
        found = self.payouts.get(path.split("/")[3])
        if found is None:
            return 404, {"code": "not_found", "message": "no such payout"}
        if method == "PATCH":
            return self._patch(found, body["status"])
        return 200, found

    def _give(self, parts: list[str], body: Any) -> tuple[int, Any]:
        if not parts:
            return 200, self.gifts
        found = next((gift for gift in self.gifts if gift["id"] == parts[0]), None)
        if found is None:
            return 404, {"code": "not_found", "message": "no such request"}
        match parts[1:]:
            case ["items"]:
                index = len(body["items"]) // 2
                return 200, {"items": body["items"], "index": index}
            case ["select-item"]:
                found |= {"state": "WaitingConfirmation", "selectedItem": body["item"]}
            case ["confirm"]:
                found["state"] = "Completed" if body["confirmed"] else "Failed"
                found["failureReason"] = None if body["confirmed"] else "receiver_declined"
            case _:
                found |= {"state": body["state"], "failureReason": body["reason"] or "failed"}
        if found["state"] in ("Completed", "Failed"):
            self.gifts.remove(found)
        return 200, found

    def _patch(self, found: dict[str, Any], status: str) -> tuple[int, Any]:
        if self.refusal:
            return 409, {"code": self.refusal, "message": "refused"}
        found["status"] = status
        if status not in ("Pending", "InProgress"):
            del self.payouts[found["id"]]
        return 200, found


@contextmanager
def payout_service() -> Iterator[PayoutService]:
    """The service on a free port of this machine."""
    service = PayoutService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("X-MGM-ApiKey") == KEY:
                status, answer = service.answer(self.command, self.path, body)
            else:
                status, answer = 403, {"code": "forbidden_apikey", "message": "wrong key"}
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
