"""A strict double of the roulette's operator API: its transitions, and nothing forgiven."""

import json
from dataclasses import dataclass, field
from typing import Any

from goldomatic.simulation.asgi import (
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    drop_connection,
    read_request,
    run_lifespan,
    send_answer,
)
from goldomatic.values import parse_rfc3339

API_KEY = "operator-key-of-the-tests"
ALLOWED = {
    ("Pending", "InProgress"),
    ("Pending", "Cancelled"),
    ("Pending", "Failed"),
    ("InProgress", "Sent"),
    ("InProgress", "Cancelled"),
    ("InProgress", "Failed"),
    ("InProgress", "Pending"),
}
REPORT = {"schemaVersion", "spinCycleId", "characterName", "online", "capturedAt"}
Trouble = Answer | None
"""What the next request meets: an answer of the queue, or None for a lost connection."""


@dataclass
class StrictService:
    """Candidate, verification and payouts as the operator's routes define them, in memory.

    `troubles` meet the next requests instead of an answer; with `lost_answers` so many requests
    are carried out and their connection is dropped.
    """

    candidate: dict[str, Any] | None = None
    payouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    lost_answers: int = 0
    calls: list[str] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def propose(self, name: str, number: int = 1) -> None:
        self.candidate = {
            "spinCycleId": f"00000000-0000-4000-8000-{number:012d}",
            "characterName": name,
            "twitchDisplayName": f"{name}_tv",
            "spinPhase": "verification",
            "selectedAt": "2026-11-21T06:41:07.000Z",
            "verificationDeadline": "2026-11-21T06:42:07.000Z",
        }

    def win(self, name: str, status: str = "Pending", accepted: str | None = None) -> str:
        payout_id = f"10000000-0000-4000-8000-{len(self.payouts):012d}"
        self.payouts[payout_id] = {
            "id": payout_id,
            "twitchUserId": "410000001",
            "twitchDisplayName": f"{name}_tv",
            "characterName": name,
            "goldAmount": 1000,
            "enrollmentRequestId": f"spin:{len(self.payouts):032x}",
            "status": status,
            "createdAt": "2026-11-21T06:41:07.000Z",
            "isRewardSentAnnouncedToChat": False,
            "updatedAt": None,
            "winnerAcceptedWillingToReceiveAt": accepted,
            "spinCycleId": None,
        }
        return payout_id

    def status(self, payout_id: str) -> str:
        return str(self.payouts[payout_id]["status"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send, _nothing)
            return
        request = await read_request(scope, receive)
        trouble = self.troubles.pop(0) if self.troubles else self._answer(request)
        if trouble is not None and self.lost_answers and request.method != "GET":
            self.lost_answers -= 1
            trouble = None
        if trouble is None:
            await drop_connection(send)
            return
        await send_answer(send, trouble)

    def _answer(self, request: Request) -> Answer:
        if request.headers.get("x-mgm-apikey") != API_KEY:
            return refusal(403, "forbidden_apikey")
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case "GET", ["api", "roulette", "candidate"]:
                return Answer(204) if self.candidate is None else Answer(200, self.candidate)
            case "POST", ["api", "roulette", "verify-candidate"]:
                return self._verify(request)
            case "GET", ["api", "payouts"]:
                wanted = request.many("status")
                rows = [row for row in self.payouts.values() if row["status"] in wanted]
                return Answer(200, rows)
            case "PATCH", ["api", "payouts", payout_id, "status"]:
                return self._patch(request, payout_id)
            case "POST", ["api", "payouts", payout_id, "confirm-acceptance"]:
                return self._accept(request, payout_id)
        return refusal(404, "not_found")

    def _verify(self, request: Request) -> Answer:
        report = request.json_object()
        self.calls.append("verify")
        self.reports.append(report)
        typed = isinstance(report.get("online"), bool) and report.get("schemaVersion") == 1
        if set(report) != REPORT or not typed:
            return refusal(400, "invalid_payload")
        parse_rfc3339(report["capturedAt"])
        if self.candidate is None:
            same = len({json.dumps(earlier["online"]) for earlier in self.reports}) == 1
            return Answer(200, {"result": "already_resolved"}) if same else refusal(409, "changed")
        if any(report[key] != self.candidate[key] for key in ("spinCycleId", "characterName")):
            return refusal(400, "out_of_sequence")
        name, self.candidate = self.candidate["characterName"], None
        if report["online"]:
            self.win(name)
        return Answer(200, {"result": "pending_created" if report["online"] else "offline"})

    def _patch(self, request: Request, payout_id: str) -> Answer:
        row, wanted = self.payouts.get(payout_id), request.json_object().get("status")
        if row is None:
            return refusal(404, "not_found")
        self.calls.append(f"{row['characterName']}:{wanted}")
        if wanted != row["status"] and (row["status"], wanted) not in ALLOWED:
            return refusal(409, "terminal_status_change_not_allowed")
        row["status"] = wanted
        return Answer(200, {key: row[key] for key in list(row)[:9]})

    def _accept(self, request: Request, payout_id: str) -> Answer:
        row = self.payouts.get(payout_id)
        if row is None:
            return refusal(404, "not_found")
        self.calls.append(f"{row['characterName']}:accepted")
        if request.json_object() != {"characterName": row["characterName"]}:
            return refusal(400, "invalid_character_name")
        if row["status"] not in ("Pending", "InProgress"):
            return refusal(409, "terminal_status_change_not_allowed")
        row["winnerAcceptedWillingToReceiveAt"] = "2026-11-21T06:41:37.000Z"
        return Answer(200)


async def _nothing() -> None:
    return


def refusal(status: int, code: str, **headers: str) -> Answer:
    payload = {"code": code, "message": code, "details": {}}
    return Answer(status, payload, {key.replace("_", "-"): one for key, one in headers.items()})
