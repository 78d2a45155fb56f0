"""Entering through the Extension, over HTTP."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from goldomatic.config import Secret
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.twitch import FakeTwitch
from support.answers import code
from support.service import ANNA, BORIS, OWNER, Stage, running, viewer

CLAIM = "/api/payouts/claim"


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
