"""A scripted streamer: does over HTTP what the bridge and the game addon do for a person."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

import httpx2
import structlog

from goldomatic.simulation.service_calls import ServiceCalls, ServiceUnreachable
from goldomatic.values import Clock, rfc3339, utc_now

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a person takes, in seconds; each pause is drawn between half and full length."""

    poll: float = 1.0
    who: float = 2.0
    whisper: float = 3.0
    consent: float = 6.0
    mail: float = 8.0


class PayoutStep(StrEnum):
    """What a payout needs next; each is done by one HTTP call."""

    BEGIN = "begin"
    CONFIRM_ACCEPTANCE = "confirm_acceptance"
    MARK_SENT = "mark_sent"


def next_step(payout: Mapping[str, Any]) -> PayoutStep | None:
    """The step that `PayoutAdminDto` calls for, from the state alone; None at its end."""
    match payout["status"]:
        case "Pending":
            return PayoutStep.BEGIN
        case "InProgress" if payout["winnerAcceptedWillingToReceiveAt"] is None:
            return PayoutStep.CONFIRM_ACCEPTANCE
        case "InProgress":
            return PayoutStep.MARK_SENT
        case _:
            return None


class ScriptedStreamer:
    """Finds candidates online or not, and brings every payout to `Sent`.

    It keeps nothing that matters: after a restart it goes on from what the service says, and
    whether a candidate is online depends on `seed` and the cycle only, so that a repeated
    report is identical.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        seed: int = 0,
        online_chance: float = 0.85,
        pace: Pace | None = None,
        clock: Clock = utc_now,
        backoff: float = 0.5,
    ) -> None:
        self._seed = seed
        self._online_chance = online_chance
        self._pace = pace or Pace()
        self._clock = clock
        self._rng = random.Random(seed)
        self._http = httpx2.AsyncClient(timeout=10.0, trust_env=False)
        self._calls = ServiceCalls(self._http, base_url, api_key, rng=self._rng, backoff=backoff)
        self._judged: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, once. Raises `ApiKeyRefused` when the key is wrong."""
        # Two loops, for a winner's pauses must not make the streamer miss a candidate.
        loops = {
            asyncio.create_task(self._repeat(self.judge_candidate)),
            asyncio.create_task(self._repeat(self.advance_payouts)),
        }
        ending = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({ending, *loops}, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            for task in (ending, *loops):
                task.cancel()
            await asyncio.gather(ending, *loops, return_exceptions=True)
            await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _repeat(self, act: Callable[[], Awaitable[None]]) -> NoReturn:
        while True:
            try:
                await act()
            except ServiceUnreachable as silence:
                _log.error("service_unreachable", reason=str(silence))
            await self._linger(self._pace.poll)

    async def judge_candidate(self) -> None:
        """Ask for a candidate and, once per cycle, report whether the game finds them online."""
        answer = await self._calls.call("GET", "/api/roulette/candidate")
        if answer.status_code != 200:
            return
        candidate = answer.json()
        cycle, name = candidate["spinCycleId"], candidate["characterName"]
        if cycle == self._judged:
            return
        _log.info("candidate_seen", character=name, viewer=candidate["twitchDisplayName"])
        await self._linger(self._pace.who)
        report = {
            "schemaVersion": 1,
            "spinCycleId": cycle,
            "characterName": name,
            "online": self.finds_online(cycle),
            "capturedAt": rfc3339(self._clock()),
        }
        answer = await self._calls.call("POST", "/api/roulette/verify-candidate", body=report)
        self._judged = cycle
        _tell(answer, "candidate_reported", character=name, online=report["online"])

    def finds_online(self, spin_cycle_id: str) -> bool:
        """What `/who` says in that cycle: always the same for one seed."""
        lot = random.Random(f"{self._seed}:{spin_cycle_id}").random()
        return lot < self._online_chance

    async def advance_payouts(self) -> None:
        """Take every active payout one step further, oldest first."""
        active = [("status", "Pending"), ("status", "InProgress")]
        answer = await self._calls.call("GET", "/api/payouts", query=active)
        if answer.status_code != 200:
            _tell(answer, "payouts_listed")
            return
        for payout in answer.json():
            await self._advance(payout)

    async def _advance(self, payout: Mapping[str, Any]) -> None:
        address, name = f"/api/payouts/{payout['id']}", payout["characterName"]
        match next_step(payout):
            case PayoutStep.BEGIN:
                await self._linger(self._pace.whisper)
                answer = await self._patch(address, "InProgress")
                _tell(answer, "winner_whispered", character=name)
            case PayoutStep.CONFIRM_ACCEPTANCE:
                await self._linger(self._pace.consent)
                answer = await self._calls.call(
                    "POST", f"{address}/confirm-acceptance", body={"characterName": name}
                )
                _tell(answer, "winner_accepted", character=name)
            case PayoutStep.MARK_SENT:
                await self._linger(self._pace.mail)
                answer = await self._patch(address, "Sent")
                _tell(answer, "gold_mailed", character=name, gold=payout["goldAmount"])

    async def _patch(self, address: str, status: str) -> httpx2.Response:
        return await self._calls.call("PATCH", f"{address}/status", body={"status": status})

    async def _linger(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._rng.uniform(0.5, 1.0))


def _tell(answer: httpx2.Response, event: str, **facts: Any) -> None:
    """Log what happened; a refusal is an ordinary outcome, for others act on payouts too."""
    if answer.is_success:
        _log.info(event, **facts)
        return
    _log.warning(f"{event}_refused", status=answer.status_code, code=_code(answer), **facts)


def _code(answer: httpx2.Response) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get("code") if isinstance(body, dict) else None
