"""The scripted streamer: every payout to its end, whatever happens in between."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from goldomatic.simulation.asgi import Answer
from goldomatic.simulation.service_calls import ApiKeyRefused
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.streamer import Pace, PayoutStep, ScriptedStreamer, next_step
from simulation.payout_service import API_KEY, StrictService, refusal
from simulation.stage import until

QUICK = Pace(poll=0.01, who=0.01, whisper=0.01, consent=0.01, mail=0.01)
TO_SENT = ["Thaldor:InProgress", "Thaldor:accepted", "Thaldor:Sent"]


@pytest.fixture
def service() -> StrictService:
    return StrictService()


@pytest.fixture
async def url(service: StrictService) -> AsyncIterator[str]:
    async with serve_asgi(service) as base:
        yield base


class Shift:
    """A streamer at work until the end of the block."""

    def __init__(self, url: str, api_key: str = API_KEY, **settings: Any) -> None:
        settings = {"pace": QUICK, "backoff": 0.01, "online_chance": 1.0, **settings}
        self.streamer = ScriptedStreamer(url, api_key, **settings)
        self._stop = asyncio.Event()

    async def __aenter__(self) -> "Shift":
        self._running = asyncio.create_task(self.streamer.run(self._stop))
        return self

    async def __aexit__(self, *failure: object) -> None:
        self._stop.set()
        await asyncio.wait_for(self._running, 5)


async def test_a_candidate_is_found_paid_and_told(url: str, service: StrictService) -> None:
    service.propose("Thaldor")
    with capture_logs() as log:
        async with Shift(url):
            await until(lambda: "Thaldor:Sent" in service.calls)
            await asyncio.sleep(0.05)
    assert service.calls == ["verify", *TO_SENT]
    assert [entry["event"] for entry in log] == [
        "candidate_seen",
        "candidate_reported",
        "winner_whispered",
        "winner_accepted",
        "gold_mailed",
    ]
    assert log[-1]["gold"] == 1000


async def test_somebody_offline_is_reported_and_not_paid(url: str, service: StrictService) -> None:
    service.propose("Thaldor")
    async with Shift(url, online_chance=0.0):
        await until(lambda: service.candidate is None)
        await asyncio.sleep(0.05)
    assert [report["online"] for report in service.reports] == [False]
    assert service.payouts == {}


async def test_who_is_online_depends_on_seed_and_cycle_only(url: str) -> None:
    cycles = [f"cycle-{number}" for number in range(400)]
    found: list[dict[str, bool]] = []
    for seed, order in ((1, cycles), (1, cycles[::-1]), (2, cycles)):
        streamer = ScriptedStreamer(url, API_KEY, seed=seed, online_chance=0.8)
        found.append({cycle: streamer.finds_online(cycle) for cycle in order})
        await streamer.aclose()
    assert found[0] == found[1] != found[2]
    assert 290 <= sum(found[0].values()) <= 350


async def test_a_refused_report_is_not_repeated(url: str, service: StrictService) -> None:
    service.propose("Thaldor")
    streamer = ScriptedStreamer(url, API_KEY, pace=QUICK)
    service.troubles = [Answer(200, service.candidate), refusal(409, "active_payout_exists")]
    with capture_logs() as log:
        await streamer.judge_candidate()
        await streamer.judge_candidate()
    await streamer.aclose()
    assert service.calls == []
    assert log[-1]["event"] == "candidate_reported_refused"
    assert log[-1]["code"] == "active_payout_exists"


async def test_a_new_cycle_is_judged_anew(url: str, service: StrictService) -> None:
    async with Shift(url):
        for number in (1, 2, 3):
            service.propose("Thaldor", number)
            await until(lambda: service.candidate is None)
    assert len({report["spinCycleId"] for report in service.reports}) == 3


@pytest.mark.parametrize(
    ("status", "accepted", "expected"),
    [
        ("Pending", None, TO_SENT),
        ("InProgress", None, TO_SENT[1:]),
        ("InProgress", "2026-11-21T06:41:37.000Z", TO_SENT[2:]),
        ("Pending", "2026-11-21T06:41:37.000Z", [TO_SENT[0], TO_SENT[2]]),
    ],
)
async def test_it_resumes_where_the_service_says(
    url: str, service: StrictService, status: str, accepted: str | None, expected: list[str]
) -> None:
    payout = service.win("Thaldor", status, accepted)
    async with Shift(url):
        await until(lambda: service.status(payout) == "Sent")
        await asyncio.sleep(0.05)
    assert service.calls == expected


async def test_a_restart_in_the_middle_repeats_nothing(url: str, service: StrictService) -> None:
    payouts = [service.win(name) for name in ("Thaldor", "Ravadrin", "Мирадор")]
    restarts = 0
    while restarts < 40 and {service.status(payout) for payout in payouts} != {"Sent"}:
        restarts += 1
        shift = ScriptedStreamer(url, API_KEY, pace=QUICK, backoff=0.01)
        stop = asyncio.Event()
        running = asyncio.create_task(shift.run(stop))
        await asyncio.sleep(0.03)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [service.status(payout) for payout in payouts] == ["Sent"] * 3
    moves = [call for call in service.calls if call.endswith((":InProgress", ":Sent"))]
    assert len(moves) == len(set(moves)) == 6
    # A call that was cut off in flight may be made again; it changes nothing the second time.
    assert len(service.calls) - 9 <= restarts
    assert restarts > 2


async def test_several_winners_take_turns_oldest_first(url: str, service: StrictService) -> None:
    payouts = [service.win(name) for name in ("Thaldor", "Ravadrin")]
    async with Shift(url):
        await until(lambda: {service.status(one) for one in payouts} == {"Sent"})
    assert service.calls[:2] == ["Thaldor:InProgress", "Ravadrin:InProgress"]
    assert service.calls.index("Thaldor:Sent") < service.calls.index("Ravadrin:Sent")


async def test_429_waits_as_long_as_it_is_told(url: str, service: StrictService) -> None:
    payout = service.win("Thaldor")
    service.troubles = [refusal(429, "rate_limited", Retry_After="1") for _ in range(2)]
    began = time.monotonic()
    async with Shift(url):
        await until(lambda: service.status(payout) == "Sent")
    assert time.monotonic() - began >= 1.0
    assert service.calls == TO_SENT


async def test_503_and_lost_connections_are_outlived(url: str, service: StrictService) -> None:
    payout = service.win("Thaldor")
    service.troubles = [refusal(503, "service_unavailable"), None, refusal(502, "x"), None]
    with capture_logs() as log:
        async with Shift(url):
            await until(lambda: service.status(payout) == "Sent")
    assert service.calls == TO_SENT
    events = [entry["event"] for entry in log]
    assert events.count("service_busy") == 2
    assert events.count("service_connection_lost") == 2


async def test_a_lost_answer_is_asked_for_again_without_harm(
    url: str, service: StrictService
) -> None:
    service.propose("Thaldor")
    streamer = ScriptedStreamer(url, API_KEY, pace=QUICK, backoff=0.01, online_chance=1.0)
    service.lost_answers = 2
    await streamer.judge_candidate()
    assert len(service.payouts) == 1
    assert [report["online"] for report in service.reports] == [True] * 3
    for _ in TO_SENT:
        service.lost_answers = 1
        await streamer.advance_payouts()
    await streamer.aclose()
    assert service.calls[3:] == [call for call in TO_SENT for _ in range(2)]
    assert [payout["status"] for payout in service.payouts.values()] == ["Sent"]


async def test_a_service_that_comes_late_is_waited_for(service: StrictService) -> None:
    async with serve_asgi(service) as url:
        pass
    payout = service.win("Thaldor")
    with capture_logs() as log:
        async with Shift(url):
            await until(lambda: any(entry["event"] == "service_unreachable" for entry in log))
            async with serve_asgi(service, port=int(url.rpartition(":")[2])):
                await until(lambda: service.status(payout) == "Sent")
    assert service.calls == TO_SENT


async def test_a_payout_that_somebody_cancelled_is_let_go(url: str, service: StrictService) -> None:
    payout = service.win("Thaldor", "InProgress", "2026-11-21T06:41:37.000Z")
    streamer = ScriptedStreamer(url, API_KEY, pace=Pace(mail=0.3))
    advancing = asyncio.create_task(streamer.advance_payouts())
    await asyncio.sleep(0.1)
    service.payouts[payout]["status"] = "Cancelled"
    with capture_logs() as log:
        await advancing
        await streamer.advance_payouts()
    await streamer.aclose()
    assert service.status(payout) == "Cancelled"
    assert service.calls == ["Thaldor:Sent"]
    assert [entry["event"] for entry in log] == ["gold_mailed_refused"]
    assert log[0]["code"] == "terminal_status_change_not_allowed"


async def test_a_wrong_key_ends_the_work_at_once(url: str) -> None:
    streamer = ScriptedStreamer(url, "wrong", pace=QUICK)
    with pytest.raises(ApiKeyRefused):
        await asyncio.wait_for(streamer.run(asyncio.Event()), 5)


async def test_stopping_and_cancelling_leave_no_task(url: str) -> None:
    before = len(asyncio.all_tasks())
    async with Shift(url):
        await asyncio.sleep(0.05)
    running = asyncio.create_task(ScriptedStreamer(url, API_KEY, pace=Pace()).run(asyncio.Event()))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(asyncio.all_tasks()) == before


@pytest.mark.parametrize(
    ("status", "accepted", "step"),
    [
        ("Pending", None, PayoutStep.BEGIN),
        ("InProgress", None, PayoutStep.CONFIRM_ACCEPTANCE),
        ("InProgress", "2026-11-21T06:41:37.000Z", PayoutStep.MARK_SENT),
        ("Sent", "2026-11-21T06:41:37.000Z", None),
        ("Failed", None, None),
        ("Expired", None, None),
    ],
)
def test_the_next_step_follows_from_the_state(
    status: str, accepted: str | None, step: PayoutStep | None
) -> None:
    payout = {"status": status, "winnerAcceptedWillingToReceiveAt": accepted}
    assert next_step(payout) is step
