"""The report about the candidate, over HTTP."""

import asyncio
from typing import Any

import pytest

from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import SpinCandidateSelected, SpinCycleResolved
from support.answers import code
from support.service import ANNA, BORIS, Stage

STATE = "/api/roulette/state"


async def state(stage: Stage) -> dict[str, Any]:
    answer = await stage.as_viewer(ANNA, "GET", STATE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# G-31
async def test_a_candidate_online_becomes_a_pending_payout(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    candidate = await stage.candidate()
    answer = await stage.report(candidate)
    assert answer.status_code == 200
    assert answer.json()["result"] == "pending_created"
    (payout,) = (await stage.operator("GET", "/api/payouts/pending")).json()
    assert payout == {
        "id": answer.json()["payoutId"],
        "twitchUserId": ANNA.id,
        "twitchDisplayName": "Viewer_1",
        "characterName": "Norinn",
        "goldAmount": 1000,
        "enrollmentRequestId": f"spin:{candidate['spinCycleId'].replace('-', '')}",
        "status": "Pending",
        "createdAt": "2026-11-21T12:04:00.000Z",
        "isRewardSentAnnouncedToChat": False,
    }
    assert stage.pool() == {ANNA.id: "Norinn"}


# G-32
async def test_a_candidate_offline_means_no_winner_this_cycle(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    await stage.tick(0)
    await stage.tick(240)
    candidate = await stage.candidate()
    answer = await stage.report(candidate, online=False)
    assert (answer.status_code, answer.json()) == (200, {"result": "offline", "payoutId": None})
    answer = await stage.report(candidate, online=True)
    resolved = {"result": "already_resolved", "payoutId": None}
    assert (answer.status_code, answer.json()) == (200, resolved)
    for seconds in (250, 270, 299):
        await stage.tick(seconds)
    assert len(await stage.recorded(SpinCandidateSelected)) == 1
    assert (await stage.operator("GET", "/api/payouts")).json() == []
    assert len(stage.pool()) == 2


# G-33
async def test_reports_that_are_refused(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    cycle = (await state(stage))["currentSpinCycleId"]
    early = {"spinCycleId": cycle, "characterName": "Norinn"}
    assert code(await stage.report(early)) == (400, "out_of_sequence")
    assert code(await stage.report(early, online=False)) == (400, "out_of_sequence")
    await stage.tick(240)
    candidate = await stage.candidate()
    other = "00000000-0000-4000-8000-000000000000"
    for changes, expected in [
        ({"schemaVersion": 2}, "invalid_payload"),
        ({"schemaVersion": "1"}, "invalid_payload"),
        ({"schemaVersion": None}, "invalid_payload"),
        ({"characterName": "B4d"}, "invalid_character_name"),
        ({"characterName": ""}, "invalid_character_name"),
        ({"characterName": None}, "invalid_payload"),
        ({"spinCycleId": other}, "out_of_sequence"),
        ({"spinCycleId": "no-uuid"}, "invalid_payload"),
        ({"spinCycleId": 5}, "invalid_payload"),
        ({"characterName": "Kael"}, "out_of_sequence"),
        ({"characterName": "Kael", "online": False}, "out_of_sequence"),
        ({"online": "yes"}, "invalid_payload"),
        ({"online": None}, "invalid_payload"),
        ({"capturedAt": "yesterday"}, "invalid_payload"),
        ({"capturedAt": "2026-04-04T12:00:01"}, "invalid_payload"),
        ({"capturedAt": "0001-01-01T00:00:00+23:00"}, "invalid_payload"),
        ({"capturedAt": 5}, "invalid_payload"),
    ]:
        answer = await stage.report(candidate, **changes)  # type: ignore[arg-type]
        assert code(answer) == (400, expected), changes
    for content in (b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000):
        answer = await stage.operator("POST", "/api/roulette/verify-candidate", content=content)
        assert code(answer) == (400, "invalid_payload"), content[:10]
    assert await stage.recorded(PayoutCreated) == []


# G-33
async def test_names_and_ids_of_a_report_may_differ_in_case(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    candidate = await stage.candidate()
    cycle = candidate["spinCycleId"].upper()
    answer = await stage.report(candidate, characterName=" nORINN ", spinCycleId=cycle)
    assert answer.json()["result"] == "pending_created"


# G-34
@pytest.mark.parametrize(("seconds", "accepted"), [(329, True), (330, True), (331, False)])
async def test_reports_around_the_deadline(stage: Stage, seconds: float, accepted: bool) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    for moment in (0, 240):
        await stage.tick(moment)
    candidate = await stage.candidate()
    await stage.tick(300)
    await stage.tick(seconds)
    answer = await stage.report(candidate)
    if accepted:
        assert answer.json()["result"] == "pending_created"
        assert len(await stage.recorded(PayoutCreated)) == 1
    else:
        assert code(answer) == (400, "out_of_sequence")


# G-35
async def test_a_repeated_report_makes_no_second_payout(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    candidate = await stage.candidate()
    results = [(await stage.report(candidate)).json()["result"] for _ in range(3)]
    assert results == ["pending_created", "already_resolved", "already_resolved"]
    assert len(await stage.recorded(PayoutCreated)) == 1


# G-35
async def test_reports_at_once_make_one_payout(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    candidate = await stage.candidate()
    answers = await asyncio.gather(*(stage.report(candidate) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    results = sorted(answer.json()["result"] for answer in answers)
    assert results == ["already_resolved"] * 19 + ["pending_created"]
    assert len(await stage.recorded(PayoutCreated)) == 1


# G-30, G-36
async def test_a_winner_with_an_active_payout_is_not_drawn_again(stage: Stage) -> None:
    await stage.win(0, (ANNA, "Norinn"), (BORIS, "Kael"))
    winner = next(iter(await stage.recorded(SpinCandidateSelected))).viewer_id
    await stage.tick(300)
    await stage.tick(540)
    second = (await stage.recorded(SpinCandidateSelected))[1]
    assert {winner, second.viewer_id} == {ANNA.id, BORIS.id}
    await stage.report(await stage.candidate())
    await stage.tick(600)
    await stage.tick(840)
    assert (await stage.operator("GET", "/api/roulette/candidate")).status_code == 204
    closed = (await stage.recorded(SpinCycleResolved))[-1]
    assert closed.result == "nobody_eligible"
    assert (await state(stage))["spinPhase"] == "completed"
