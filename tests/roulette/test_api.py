"""The roulette's JSON routes over HTTP: state, membership, candidate, report, claim."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx2
import pytest

from goldomatic import channel
from goldomatic.config import Secret
from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import PoolMemberEnrolled, SpinCandidateSelected, SpinCycleResolved
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.values import ViewerId
from support.service import ANNA, BORIS, CLARA, OWNER, Stage, running, viewer

STATE = "/api/roulette/state"
CLAIM = "/api/payouts/claim"


async def state(stage: Stage) -> dict[str, Any]:
    answer = await stage.as_viewer(ANNA, "GET", STATE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose shape is checked."""
    body = answer.json()
    assert sorted(body) == ["code", "details", "message"]
    assert isinstance(body["message"], str)
    assert isinstance(body["details"], dict)
    return answer.status_code, body["code"]


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


# The claim


# G-13
async def test_a_claim_enters_and_its_repeat_changes_nothing(stage: Stage) -> None:
    first = await stage.claim(ANNA, " Norinn ", "request-1")
    again = await stage.claim(ANNA, "Kael", "request-1")
    assert first.status_code == 201
    assert again.status_code == 200
    stored = {"characterName": "Norinn", "enrollmentRequestId": "request-1"}
    assert first.json() == again.json() == stored
    assert stage.pool() == {ANNA.id: "Norinn"}
    assert len(await stage.recorded(PoolMemberEnrolled)) == 1


# G-13
async def test_the_repeat_of_a_replacing_claim_gives_its_own_name(stage: Stage) -> None:
    await stage.claim(ANNA, "Norinn", "request-1")
    await stage.claim(ANNA, "Kael", "request-2")
    first = await stage.claim(ANNA, "Jaina", "request-1")
    second = await stage.claim(ANNA, "Jaina", "request-2")
    assert (first.json()["characterName"], second.json()["characterName"]) == ("Norinn", "Kael")
    assert stage.pool() == {ANNA.id: "Kael"}


# G-13
async def test_claims_of_one_request_at_once_enter_once(tmp_path: Path) -> None:
    async with running(tmp_path, writes_per_minute=1000) as stage:
        claims = (stage.claim(ANNA, "Norinn", "request-1") for _ in range(10))
        answers = await asyncio.gather(*claims)
        assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
        assert len(await stage.recorded(PoolMemberEnrolled)) == 1


# G-13, G-14
async def test_a_request_id_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        assert (await stage.claim(ANNA, "Norinn", "request-1")).status_code == 201
    async with running(tmp_path) as stage:
        assert (await stage.claim(ANNA, "Norinn", "request-1")).status_code == 200
        answer = await stage.claim(BORIS, "Kael", "request-1")
        assert code(answer) == (409, "duplicate_enrollment")


# G-14
async def test_a_request_id_of_another_viewer_is_a_duplicate(stage: Stage) -> None:
    await stage.claim(ANNA, "Norinn", "request-1")
    answer = await stage.claim(BORIS, "Kael", "request-1")
    assert code(answer) == (409, "duplicate_enrollment")
    assert answer.json()["message"] == "EnrollmentRequestId belongs to another user."
    assert stage.pool() == {ANNA.id: "Norinn"}


async def test_a_refused_claim_may_be_repeated_with_the_same_id(stage: Stage) -> None:
    await stage.claim(BORIS, "Norinn", "request-1")
    answer = await stage.claim(ANNA, "Norinn", "request-2")
    assert code(answer) == (409, "character_name_taken_in_pool")
    await stage.claim(BORIS, "Kael", "request-3")
    assert (await stage.claim(ANNA, "Norinn", "request-2")).status_code == 201


# G-10
async def test_a_claim_of_a_name_that_is_taken_is_refused(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    answer = await stage.claim(BORIS, "NORINN")
    assert code(answer) == (409, "character_name_taken_in_pool")
    assert answer.json()["message"] == "Character name is taken by another viewer."


# G-12
async def test_names_a_claim_refuses(tmp_path: Path) -> None:
    async with running(tmp_path, writes_per_minute=1000) as stage:
        for name in ("A", "Abcdefghijklm", "Bad:Name", "Ab12", "Ab cd", "", "  "):
            answer = await stage.claim(ANNA, name)
            assert code(answer) == (400, "invalid_character_name"), name
            assert answer.json()["message"] == "Invalid character name."
        assert stage.pool() == {}


# G-12
@pytest.mark.parametrize("name", ["Ab", "Ёжик", "Abcdefghijkl"])
async def test_names_a_claim_takes(stage: Stage, name: str) -> None:
    assert (await stage.claim(ANNA, name)).status_code == 201
    assert stage.pool() == {ANNA.id: name}


async def test_odd_claims_are_invalid_payloads(tmp_path: Path) -> None:
    async with running(tmp_path, writes_per_minute=1000) as stage:
        ids: list[Any] = ["", "   ", None, 5, [], "x" * 201, "nul\u0000"]
        for request_id in ids:
            body = {"characterName": "Norinn", "enrollmentRequestId": request_id}
            answer = await stage.as_viewer(ANNA, "POST", CLAIM, json=body)
            assert code(answer) == (400, "invalid_payload"), request_id
        bodies: list[Any] = [{}, {"characterName": None}, {"characterName": 5}, [], "x", None, 7]
        for odd in bodies:
            answer = await stage.as_viewer(ANNA, "POST", CLAIM, json=odd)
            assert code(answer) == (400, "invalid_payload"), odd
        for content in (b"", b"not json", b"\xff", b"[" * 100_000, b'{"characterName": "\\ud800"}'):
            answer = await stage.as_viewer(ANNA, "POST", CLAIM, content=content)
            assert code(answer) == (400, "invalid_payload"), content[:20]
        answer = await stage.as_viewer(ANNA, "POST", CLAIM, content=b" " * 1_048_577)
        assert code(answer) == (413, "payload_too_large")
        assert stage.pool() == {}


async def test_fields_a_claim_does_not_know_are_ignored(stage: Stage) -> None:
    body = {"characterName": "Norinn", "enrollmentRequestId": "request 1 ёж", "extra": [1]}
    answer = await stage.as_viewer(ANNA, "POST", CLAIM, json=body)
    assert answer.status_code == 201
    assert answer.json()["enrollmentRequestId"] == "request 1 ёж"


# G-15
async def test_without_helix_no_claim_is_a_subscribers(tmp_path: Path) -> None:
    async with running(tmp_path, dev_skip_subscriber_check=False) as stage:
        answer = await stage.claim(ANNA, "Norinn")
        assert code(answer) == (403, "not_subscriber")
        assert answer.json()["message"] == (
            "Subscriber verification requires Helix configuration or DevSkipSubscriberCheck."
        )
        assert stage.pool() == {}


# G-15
async def test_production_ignores_the_switch_that_skips_the_check(tmp_path: Path) -> None:
    production: dict[str, Any] = {
        "environment": "production",
        "secret_key": Secret("a secret key that is long enough to serve"),
        "dev_skip_subscriber_check": True,
    }
    async with running(tmp_path, **production) as stage:
        assert code(await stage.claim(ANNA, "Norinn")) == (403, "not_subscriber")


# G-15
async def test_with_helix_a_claim_is_taken_on_its_word(tmp_path: Path) -> None:
    app = Client("app-client-id", "app-client-secret")
    stranger = viewer(50, tier=None)
    twitch = FakeTwitch(OWNER, [ANNA, BORIS, stranger], clients=[app], rng=random.Random(7))
    token = twitch.authorize(app.id, OWNER, ["channel:read:subscriptions"]).access.value
    async with twitch.serve() as url:
        settings: dict[str, Any] = {
            "dev_skip_subscriber_check": False,
            "twitch_api_url": f"{url}/helix",
            "twitch_client_id": app.id,
            "twitch_broadcaster_token": Secret(token),
        }
        async with running(tmp_path, **settings) as stage:
            assert (await stage.claim(ANNA, "Norinn")).status_code == 201
            assert code(await stage.claim(stranger, "Kael")) == (403, "not_subscriber")
            twitch.faults.add(Fault(route="subscriptions", status=503))
            assert code(await stage.claim(BORIS, "Kael")) == (403, "not_subscriber")
            assert (await stage.claim(BORIS, "Kael")).status_code == 201


# G-16
async def test_a_claim_during_an_active_payout_is_refused(stage: Stage) -> None:
    await stage.win(0, (ANNA, "Norinn"))
    answer = await stage.claim(ANNA, "Kael")
    assert code(answer) == (409, "active_payout_exists")
    assert answer.json()["message"] == "User already has an active payout."


async def test_a_claims_display_name_comes_from_the_token(stage: Stage) -> None:
    token = stage.token(ANNA, name="Анна", display_name="not this")
    body = {"characterName": "Norinn", "enrollmentRequestId": "request-1"}
    await stage.with_token(token, "POST", CLAIM, json=body)
    (enrolled,) = await stage.recorded(PoolMemberEnrolled)
    assert enrolled.personal.display_name == "Анна"
    await stage.claim(BORIS, "Kael")
    enrolled = (await stage.recorded(PoolMemberEnrolled))[-1]
    assert enrolled.personal.display_name == BORIS.id, "Twitch's own tokens carry no name"


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
    await stage.tick(330.001)
    answer = await stage.operator("GET", "/api/roulette/candidate")
    assert answer.status_code == 204
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


# The report


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


# G-55
@pytest.mark.parametrize(
    "path",
    ["/api/roulette/pause", "/api/roulette/resume", "/api/roulette/spin", "/api/roulette/retry"],
)
async def test_nothing_pauses_resumes_or_starts_a_spin(stage: Stage, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert code(await stage.operator(method, path)) == (404, "not_found")
        assert code(await stage.as_owner(method, path)) == (404, "not_found")
