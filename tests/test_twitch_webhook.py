"""Deliveries: signed, forged, repeated, reordered, odd."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldomatic.raffle.events import RaffleSubscriptionRevoked
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits, Forgery
from goldomatic.simulation.eventsub_messages import ChatLine
from support.clock import FakeClock
from support.deliveries import PATH, chat_body, post, post_json
from support.service import (
    ANNA,
    BORIS,
    CLARA,
    Stage,
    millisecond,
    running,
    viewer,
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


# G-03
@pytest.mark.parametrize("forgery", list(Forgery))
async def test_a_forged_delivery_is_refused_and_changes_nothing(
    stage: Stage, forgery: Forgery
) -> None:
    delivery = await stage.forged(ANNA, "!twgold Norinn", forgery)
    assert delivery.statuses == [401]
    assert json.loads(delivery.attempts[0].body)["code"] == "unauthorized"
    assert await stage.events() == []


# G-03
@pytest.mark.parametrize(
    ("age", "status"), [(-601, 401), (-600, 200), (0, 200), (600, 200), (601, 401), (86_400, 401)]
)
async def test_a_delivery_counts_for_ten_minutes(stage: Stage, age: int, status: int) -> None:
    line = ChatLine(chatter=ANNA, text="!twgold Norinn")
    delivery = await stage.sender.deliver(line, age=timedelta(seconds=age))
    assert delivery.statuses == [status]
    assert bool(stage.pool()) is (status == 200)


# G-04, as replaced: an empty secret closes the route.
async def test_without_a_secret_the_route_is_closed(tmp_path: Path) -> None:
    async with running(tmp_path, twitch_eventsub_secret=None) as stage:
        assert (await stage.chat(ANNA, "!twgold Norinn")).statuses == [401]
        answer = await stage.request("POST", PATH, json=chat_body())
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthorized"
        assert "GOLDOMATIC_TWITCH_EVENTSUB_SECRET" in answer.json()["message"]
        assert await stage.events() == []


# G-05
async def test_a_challenge_is_answered_with_exactly_its_text(stage: Stage) -> None:
    assert (await stage.sender.verify_callback()).statuses == [200]
    assert stage.sender.subscription.status == "enabled"
    body = chat_body() | {"challenge": 'pogchamp-"kappa"\n ёж '}
    answer = await post(stage, json.dumps(body).encode())
    assert (answer.status_code, answer.text) == (200, 'pogchamp-"kappa"\n ёж ')
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    assert await stage.events() == []


async def test_a_conduit_in_front_may_hand_its_requests_on(stage: Stage) -> None:
    shard = {"challenge": "kappa", "conduit_shard": {"conduit_id": "c0ffee", "shard": "0"}}
    answer = await post(stage, json.dumps(shard).encode())
    assert (answer.status_code, answer.text) == (200, "kappa")
    body = chat_body()
    body["subscription"]["transport"] = {"method": "conduit", "conduit_id": "c0ffee"}
    answer = await post(stage, json.dumps(body).encode())
    assert (answer.status_code, len(await stage.events())) == (200, 1)


# G-06
async def test_what_is_not_a_chat_line_is_accepted_and_ignored(stage: Stage) -> None:
    contents: list[dict[str, Any]] = [
        {},
        {"subscription": {"type": "channel.follow"}, "event": {"user_id": "1"}},
        {"subscription": {"type": "channel.chat.message"}},
        {"subscription": {"type": "channel.chat.message"}, "event": None},
        {"subscription": {}, "event": {}},
        {"subscription": None, "event": {}},
        {"event": chat_body()["event"]},
        chat_body() | {"subscription": {"type": "channel.chat.notification"}},
    ]
    for content in contents:
        answer = await post(stage, json.dumps(content).encode())
        assert (answer.status_code, answer.content) == (200, b""), content
    assert await stage.events() == []


# G-06
async def test_an_empty_body_counts_as_an_empty_object(stage: Stage) -> None:
    assert (await post(stage, b"")).status_code == 200


async def test_a_revocation_is_accepted(stage: Stage) -> None:
    assert (await stage.sender.revoke()).statuses == [200]
    body = json.dumps(chat_body()).encode()
    assert (await post(stage, body, message_type="revocation")).status_code == 200
    kinds = {type(recorded.event) for recorded in await stage.events()}
    assert kinds == {RaffleSubscriptionRevoked}


# G-07
async def test_a_message_delivered_twice_enrols_once(stage: Stage) -> None:
    first = await stage.chat(ANNA, "!twgold Norinn")
    again = await stage.sender.redeliver(first.message_id)
    assert (first.statuses, again.statuses) == ([200], [200])
    same_line = await stage.chat(ANNA, "!twgold Norinn", message_id=first.event_message_id)
    assert same_line.statuses == [200]
    assert len(await stage.recorded(PoolMemberEnrolled)) == 1


# G-07
async def test_a_refused_message_stays_refused_when_its_reason_is_gone(stage: Stage) -> None:
    await stage.chat(BORIS, "!twgold Norinn")
    refused = await stage.chat(ANNA, "!twgold norinn")
    await stage.chat(BORIS, "!twgold Kael")
    assert (await stage.sender.redeliver(refused.message_id)).statuses == [200]
    assert stage.pool() == {BORIS.id: "Kael"}
    await stage.chat(ANNA, "!twgold norinn")
    assert stage.pool() == {BORIS.id: "Kael", ANNA.id: "norinn"}


# G-07
async def test_a_message_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as stage:
        first = await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(ANNA, "!twgold Kael")
        sent = stage.sender._sent
    async with running(tmp_path) as stage:
        stage.sender._sent = sent
        assert (await stage.sender.redeliver(first.message_id)).statuses == [200]
        assert stage.pool() == {ANNA.id: "Kael"}


# G-07
async def test_copies_that_arrive_at_once_enrol_once(stage: Stage) -> None:
    first = await stage.chat(CLARA, "hello")
    lines = [
        stage.chat(ANNA, f"!twgold Norinn{'n' * (number % 3)}", message_id="the-same")
        for number in range(20)
    ]
    deliveries = await asyncio.gather(*lines)
    assert first.statuses == [200]
    assert {status for delivery in deliveries for status in delivery.statuses} == {200}
    assert len(await stage.recorded(PoolMemberEnrolled)) == 1


# G-07
async def test_duplicated_and_reordered_deliveries_each_count_once(stage: Stage) -> None:
    stage.sender.habits = DeliveryHabits(attempts=1, duplicate_rate=0.5, reorder_window=6)
    people = [viewer(number) for number in range(10, 40)]
    delivered = []
    for number, person in enumerate(people):
        name = "Name" + chr(ord("a") + number // 6) + chr(ord("a") + number % 6)
        delivered += await stage.sender.enqueue(ChatLine(chatter=person, text=f"!twgold {name}"))
    delivered += await stage.sender.flush()
    assert len(delivered) > len(people)
    assert all(delivery.statuses == [200] for delivery in delivered)
    assert len(await stage.recorded(PoolMemberEnrolled)) == len(people) == len(stage.pool())


async def test_a_body_that_cannot_be_read_is_an_invalid_payload(stage: Stage) -> None:
    for body in (
        b"not json",
        b"[]",
        b"1",
        b'"text"',
        b"null",
        b'{"event": ',
        b"\xff\xfe{}",
        b'{"subscription": "\xff"}',
        b"[" * 100_000,
        b'{"event": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    ):
        answer = await post(stage, body)
        assert answer.status_code == 400, body[:40]
        assert answer.json()["code"] == "invalid_payload"
        assert sorted(answer.json()) == ["code", "details", "message"]
    assert (await stage.chat(ANNA, "!twgold Norinn")).statuses == [200]


async def test_a_body_of_more_than_a_megabyte_is_refused(stage: Stage) -> None:
    answer = await post(stage, b" " * 1_048_577)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    padded = json.dumps(chat_body()).encode().ljust(1_048_576)
    assert (await post(stage, padded)).status_code == 200
    assert stage.pool() == {ANNA.id: "Norinn"}


async def test_ten_thousand_badges_are_read(stage: Stage) -> None:
    badges = [{"set_id": f"badge-{number}", "id": "1", "info": ""} for number in range(10_000)]
    assert await post_json(stage, chat_body(badges=badges)) == 200
    assert stage.pool() == {}
    badges.append({"set_id": "founder", "id": "0", "info": ""})
    assert await post_json(stage, chat_body(badges=badges, message_id="message-2")) == 200
    assert stage.pool() == {ANNA.id: "Norinn"}


async def test_odd_fields_never_enrol_and_never_break(stage: Stage) -> None:
    oddities: list[dict[str, Any]] = [
        {"message": None},
        {"message": "!twgold Norinn"},
        {"message": {"text": None}},
        {"message": {"text": 5}},
        {"message": []},
        {"badges": None},
        {"badges": "subscriber"},
        {"badges": [None, 1, "x"]},
        {"badges": [{"set_id": 1}]},
        {"chatter_user_id": 5},
        {"chatter_user_id": "4\u0000"},
        {"message_id": {"a": 1}},
        {"message_id": "a\nb"},
        {"broadcaster_user_id": 7},
    ]
    for number, changes in enumerate(oddities):
        body = chat_body(**({"message_id": f"message-{number}"} | changes))
        assert await post_json(stage, body) == 200, changes
        assert stage.pool() == {}, changes


async def test_odd_fields_that_do_not_matter_do_no_harm(stage: Stage) -> None:
    oddities: list[dict[str, Any]] = [
        {"chatter_user_name": 5},
        {"chatter_user_name": None},
        {"color": {}},
        {"x": 1},
    ]
    for number, changes in enumerate(oddities):
        body = chat_body(message_id=f"message-{number}", chatter_user_id=f"{number}7", **changes)
        body["event"]["message"]["text"] = "!twgold Name" + "abcd"[number]
        assert await post_json(stage, body) == 200
        assert len(stage.pool()) == number + 1, changes


async def test_only_post_is_answered(stage: Stage) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = await stage.request(method, PATH)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


# G-23
async def test_deliveries_are_never_limited(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=5, operator_per_minute=5) as stage:
        deliveries = await asyncio.gather(*(stage.chat(ANNA, "hello") for _ in range(200)))
        assert {status for each in deliveries for status in each.statuses} == {200}


async def test_the_last_delivery_is_seen_on_the_set_up_page(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(tmp_path, clock) as stage:
        setup = (await stage.as_owner("GET", "/api/broadcaster/session")).json()["setup"]
        assert setup["eventSubLastEventAt"] is None
        await stage.forged(ANNA, "hello", Forgery.OTHER_KEY)
        setup = (await stage.as_owner("GET", "/api/broadcaster/session")).json()["setup"]
        assert setup["eventSubLastEventAt"] is None
        await stage.chat(ANNA, "hello")
        setup = (await stage.as_owner("GET", "/api/broadcaster/session")).json()["setup"]
        assert setup["eventSubLastEventAt"] == millisecond(clock())
