"""The route that makes a winner for end-to-end tests: where it is open, and what it leaves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from goldomatic.config import Secret
from goldomatic.fairdraw.record import Status, decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import SpinCandidateForced
from support.service import ANNA, BORIS, OPERATOR, Stage, running

PATH = "/api/e2e/prepare-pending-payout"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path, e2e_harness=True) as running_stage:
        yield running_stage


async def prepare(stage: Stage, viewer_id: Any) -> httpx2.Response:
    return await stage.operator("POST", PATH, json={"twitchUserId": viewer_id})


async def draw_of(stage: Stage, payout_id: str) -> Any:
    payout = (await stage.operator("GET", f"/api/payouts/{payout_id}")).json()
    answer = await stage.request("GET", f"/api/draws/{payout['spinCycleId']}")
    return decode_record(answer.content)


# G-53
async def test_without_the_switch_the_route_is_not_there(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        for headers in ({}, OPERATOR):
            answer = await stage.request(
                "POST", PATH, json={"twitchUserId": ANNA.id}, headers=headers
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert await stage.recorded(PayoutCreated) == []


# G-53
async def test_in_production_the_switch_does_nothing(tmp_path: Path) -> None:
    production: dict[str, Any] = {
        "environment": "production",
        "secret_key": Secret("a secret key that is long enough to serve"),
        "e2e_harness": True,
    }
    async with running(tmp_path, **production) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        answer = await prepare(stage, ANNA.id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_route_needs_the_key(stage: Stage) -> None:
    for headers in ({}, {"X-MGM-ApiKey": "wrong"}):
        answer = await stage.request("POST", PATH, json={"twitchUserId": "1"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_apikey")
    answer = await stage.as_owner("POST", PATH, json={"twitchUserId": "1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden_apikey")


async def test_its_own_two_refusals_have_a_shape_of_their_own(stage: Stage) -> None:
    bodies: list[Any] = [{}, {"twitchUserId": None}, {"twitchUserId": ""}, {"twitchUserId": "  "}]
    for body in bodies:
        answer = await stage.operator("POST", PATH, json=body)
        assert answer.status_code == 400
        assert answer.json() == {"error": "twitchUserId is required."}
    answer = await prepare(stage, ANNA.id)
    assert answer.status_code == 400
    assert answer.json() == {"error": "Viewer is not in the pool; run enrollment first."}
    assert await stage.events() == []


async def test_a_body_that_cannot_be_read_is_an_invalid_payload(stage: Stage) -> None:
    for content in (b"", b"[]", b"\xff", b'{"twitchUserId": 5}'):
        answer = await stage.operator("POST", PATH, content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_payload")


async def test_a_member_becomes_the_winner_at_once(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    answer = await prepare(stage, BORIS.id)
    assert answer.status_code == 200
    assert answer.json() == {"payoutId": answer.json()["payoutId"], "characterName": "Kael"}
    (pending,) = (await stage.operator("GET", "/api/payouts/pending")).json()
    assert pending["id"] == answer.json()["payoutId"]
    assert (pending["twitchUserId"], pending["goldAmount"]) == (BORIS.id, 1000)
    assert pending["twitchDisplayName"] == BORIS.display_name
    (forced,) = await stage.recorded(SpinCandidateForced)
    assert forced.deadline > stage.clock()


async def test_the_record_of_such_a_cycle_says_that_it_was_no_draw(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    payout_id = (await prepare(stage, ANNA.id)).json()["payoutId"]
    assert (await draw_of(stage, payout_id)).winner is None
    await stage.tick(1)
    found = await draw_of(stage, payout_id)
    assert (found.status, found.void_reason) == (Status.VOID, "forced by the test harness")
    assert (found.winner, found.order) == (None, ())
    assert verify(found).verdict is Verdict.VERIFIED


async def test_a_fair_draw_that_is_overruled_is_void_as_well(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    await stage.tick(0)
    for seconds in (240, 270):
        await stage.tick(seconds)
    drawn = (await stage.candidate())["characterName"]
    other = {"Norinn": BORIS, "Kael": ANNA}[drawn]
    payout_id = (await prepare(stage, other.id)).json()["payoutId"]
    await stage.tick(271)
    found = await draw_of(stage, payout_id)
    assert (found.status, found.void_reason) == (Status.VOID, "forced by the test harness")
    assert verify(found).verdict is Verdict.VERIFIED
    answer = await stage.as_viewer(ANNA, "GET", f"/api/draws/{found.draw_id}/receipt")
    assert answer.status_code == 404


async def test_two_winners_at_once_are_two_cycles_with_two_request_ids(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    ids = [(await prepare(stage, person.id)).json()["payoutId"] for person in (ANNA, BORIS)]
    payouts = (await stage.operator("GET", "/api/payouts")).json()
    assert [payout["id"] for payout in payouts] == ids
    assert len({payout["enrollmentRequestId"] for payout in payouts}) == 2
    assert len({payout["spinCycleId"] for payout in payouts}) == 2
    await stage.tick(1)
    for payout_id in ids:
        found = await draw_of(stage, payout_id)
        assert found.status is Status.VOID
        assert verify(found).verdict is Verdict.VERIFIED


async def test_a_result_is_lifted_and_an_old_cycle_is_followed(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    await stage.report(await stage.candidate(), online=False)
    payout_id = (await prepare(stage, ANNA.id)).json()["payoutId"]
    await stage.patch(payout_id, "Failed")
    stage.clock.at(1000)
    assert (await prepare(stage, ANNA.id)).status_code == 200
    assert (await draw_of(stage, payout_id)).status is Status.VOID


async def test_what_the_verification_refuses_is_refused(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    payout_id = (await prepare(stage, ANNA.id)).json()["payoutId"]
    answer = await prepare(stage, ANNA.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "active_payout_exists")
    await stage.patch(payout_id, "Failed")
    candidate = await stage.candidate()
    assert candidate["characterName"] == "Norinn"
    assert candidate["verificationDeadline"] == "2026-11-21T13:00:00.000Z"
    assert (await stage.report(candidate)).json()["result"] == "pending_created"


async def test_a_lifted_result_is_gone_from_the_list_of_draws(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    await prepare(stage, BORIS.id)
    for seconds in (300, 540, 570):
        await stage.tick(seconds)
    await stage.report(await stage.candidate(), online=False)
    assert (await stage.request("GET", "/api/draws")).json()[0]["result"] == "offline"
    answer = await prepare(stage, BORIS.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "active_payout_exists")
    assert (await stage.request("GET", "/api/draws")).json()[0]["result"] is None


async def test_the_cycles_after_it_are_fair_again(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    await prepare(stage, ANNA.id)
    for seconds in (0, 240, 270, 300, 540):
        await stage.tick(seconds)
    candidate = await stage.candidate()
    assert candidate["characterName"] == "Kael"
    await stage.tick(570)
    answer = await stage.request("GET", f"/api/draws/{candidate['spinCycleId']}")
    found = decode_record(answer.content)
    assert found.status is Status.REVEALED
    assert verify(found).verdict is Verdict.VERIFIED


async def test_many_at_once_make_one_payout_each(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(BORIS, "!twgold Kael")
    answers = await asyncio.gather(
        *(prepare(stage, person.id) for person in (ANNA, BORIS, ANNA, BORIS, ANNA))
    )
    assert {answer.status_code for answer in answers} <= {200, 400, 409}
    created = await stage.recorded(PayoutCreated)
    assert len({event.enrollment_request_id for event in created}) == len(created)
    assert len({event.viewer_id for event in created}) == len(created)
