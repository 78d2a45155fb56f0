"""The roulette's JSON routes over HTTP: state, membership and candidate."""

from pathlib import Path
from typing import Any

import pytest

from goldomatic import channel
from goldomatic.roulette.events import SpinCycleResolved
from goldomatic.values import ViewerId
from support.answers import code
from support.service import ANNA, BORIS, CLARA, Stage, running

STATE = "/api/roulette/state"
CLAIM = "/api/payouts/claim"


async def state(stage: Stage) -> dict[str, Any]:
    answer = await stage.as_viewer(ANNA, "GET", STATE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# The state


# G-19
async def test_the_state_has_exactly_six_fields_and_millisecond_instants(stage: Stage) -> None:
    stage.clock.at(0.1239)
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick()
    found = await state(stage)
    cycle = found.pop("currentSpinCycleId")
    assert found == {
        "nextSpinAt": "2026-11-21T12:05:00.000Z",
        "serverNow": "2026-11-21T12:00:00.123Z",
        "spinIntervalSeconds": 300,
        "poolParticipantCount": 1,
        "spinPhase": "collecting",
    }
    assert len(cycle) == 36
    assert cycle == cycle.lower()


# G-25
async def test_on_the_boundary_the_next_spin_is_five_minutes_away(stage: Stage) -> None:
    stage.clock.at(300)
    assert (await state(stage))["nextSpinAt"] == "2026-11-21T12:10:00.000Z"
    stage.clock.at(299.999)
    assert (await state(stage))["nextSpinAt"] == "2026-11-21T12:05:00.000Z"


# G-26, G-28
async def test_phases_of_a_cycle_as_viewers_see_them(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    seen, cycles = [], []
    for seconds in (0, 239, 240, 269, 270, 299, 300, 539, 540):
        await stage.tick(seconds)
        found = await state(stage)
        seen.append(found["spinPhase"])
        cycles.append(found["currentSpinCycleId"])
    first = ["collecting", "collecting", "spinning", "spinning", "verification", "verification"]
    assert seen == [*first, "collecting", "collecting", "spinning"]
    assert len(set(cycles[:6])) == 1
    assert len(set(cycles[6:])) == 1
    assert cycles[0] != cycles[6]


# G-27
async def test_a_cycle_that_began_with_an_empty_pool_is_idle_to_its_end(stage: Stage) -> None:
    assert (await state(stage))["spinPhase"] == "idle"
    await stage.tick(0)
    await stage.chat(ANNA, "!twgold Norinn")
    for seconds in (1, 240, 270, 299):
        await stage.tick(seconds)
        found = await state(stage)
        assert (found["spinPhase"], found["currentSpinCycleId"]) == ("idle", None)
        assert found["poolParticipantCount"] == 1
    await stage.tick(300)
    found = await state(stage)
    assert found["spinPhase"] == "collecting"
    assert found["currentSpinCycleId"] is not None


# G-27
async def test_a_pool_that_is_empty_now_is_idle(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    await stage.patch(payout, "InProgress")
    assert (await state(stage))["spinPhase"] == "spinning"
    await stage.patch(payout, "Sent")
    found = await state(stage)
    assert (found["spinPhase"], found["currentSpinCycleId"]) == ("idle", None)


async def test_the_interval_is_a_setting(tmp_path: Path) -> None:
    async with running(tmp_path, spin_interval_seconds=60) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        seen = []
        for seconds in (0, 47, 48, 54, 60):
            await stage.tick(seconds)
            seen.append((await state(stage))["spinPhase"])
        assert seen == ["collecting", "collecting", "spinning", "verification", "collecting"]
        assert (await state(stage))["spinIntervalSeconds"] == 60


# G-20
async def test_a_token_without_identity_sees_the_state_and_nothing_personal(stage: Stage) -> None:
    assert (await stage.as_viewer(None, "GET", STATE)).status_code == 200
    for path in ("/api/pool/me", "/api/payouts/my-last"):
        answer = await stage.as_viewer(None, "GET", path)
        assert code(answer) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    answer = await stage.as_viewer(None, "POST", CLAIM, json={"characterName": "Norinn"})
    assert code(answer) == (401, "unauthorized")


async def test_membership(stage: Stage) -> None:
    answer = await stage.as_viewer(ANNA, "GET", "/api/pool/me")
    assert answer.json() == {"isEnrolled": False, "characterName": None}
    await stage.chat(ANNA, "!twgold Norinn")
    answer = await stage.as_viewer(ANNA, "GET", "/api/pool/me")
    assert answer.json() == {"isEnrolled": True, "characterName": "Norinn"}
    answer = await stage.as_viewer(BORIS, "GET", "/api/pool/me")
    assert answer.json() == {"isEnrolled": False, "characterName": None}


# The candidate


# G-50
async def test_the_candidate_is_told_from_the_draw_to_the_report(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    for seconds in (0, 239):
        await stage.tick(seconds)
        answer = await stage.operator("GET", "/api/roulette/candidate")
        assert (answer.status_code, answer.content) == (204, b"")
    await stage.tick(240)
    candidate = await stage.candidate()
    cycle = candidate["spinCycleId"]
    assert candidate == {
        "spinCycleId": cycle,
        "characterName": "Norinn",
        "twitchDisplayName": "Viewer_1",
        "spinPhase": "spinning",
        "selectedAt": "2026-11-21T12:04:00.000Z",
        "verificationDeadline": "2026-11-21T12:05:30.000Z",
    }
    await stage.tick(299)
    assert (await stage.candidate())["spinPhase"] == "verification"
    await stage.report(candidate)
    answer = await stage.operator("GET", "/api/roulette/candidate")
    assert (answer.status_code, answer.content) == (204, b"")


# G-50
async def test_the_candidate_is_told_until_the_deadline_of_its_cycle(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    for seconds in (0, 240, 300):
        await stage.tick(seconds)
    await stage.tick(330)
    assert (await stage.candidate())["characterName"] == "Norinn"
    stage.clock.at(330.001)
    answer = await stage.operator("GET", "/api/roulette/candidate")
    assert answer.status_code == 204
    await stage.tick()
    (closed,) = await stage.recorded(SpinCycleResolved)
    assert closed.result == "unverified"


async def test_a_candidate_who_was_forgotten_is_not_told(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    await stage.tick(0)
    await stage.tick(240)
    name = (await stage.candidate())["characterName"]
    who = {"Norinn": ANNA, "Kael": BORIS}[name]
    await stage.service.ledger.change(channel.forget_viewer(ViewerId(who.id), "operator"))
    assert (await stage.operator("GET", "/api/roulette/candidate")).status_code == 204
    stage.clock.at(270)
    shown = (await stage.as_viewer(CLARA, "GET", "/api/panel/snapshot")).json()
    assert shown["roulette"]["spinPhase"] == "verification"
    assert shown["candidateCharacterName"] is None


# G-55
@pytest.mark.parametrize(
    "path",
    ["/api/roulette/pause", "/api/roulette/resume", "/api/roulette/spin", "/api/roulette/retry"],
)
async def test_nothing_pauses_resumes_or_starts_a_spin(stage: Stage, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert code(await stage.operator(method, path)) == (404, "not_found")
        assert code(await stage.as_owner(method, path)) == (404, "not_found")
