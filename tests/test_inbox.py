"""What Twitch delivers: signed, forged, repeated, reordered, odd; and what becomes of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldomatic import channel
from goldomatic.ledger.event import ViewerForgotten
from goldomatic.payouts.events import PayoutCreated
from goldomatic.roulette.events import EnrolmentRefused, PoolMemberEnrolled
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits, Forgery
from goldomatic.simulation.eventsub_messages import ChatLine, SharedChatSource, signature
from goldomatic.values import ViewerId
from support.clock import FakeClock
from support.service import (
    ANNA,
    BORIS,
    CLARA,
    EVENTSUB_SECRET,
    OWNER,
    Stage,
    millisecond,
    running,
    viewer,
)

PATH = "/api/twitch/eventsub"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


async def post(
    stage: Stage,
    body: bytes,
    *,
    message_type: str = "notification",
    message_id: str = "delivery-1",
    timestamp: str | None = None,
) -> Any:
    """A signed delivery of any body."""
    timestamp = timestamp or millisecond(stage.clock())
    headers = {
        "Twitch-Eventsub-Message-Id": message_id,
        "Twitch-Eventsub-Message-Timestamp": timestamp,
        "Twitch-Eventsub-Message-Signature": signature(
            EVENTSUB_SECRET, message_id, timestamp, body
        ),
        "Twitch-Eventsub-Message-Type": message_type,
    }
    return await stage.request("POST", PATH, content=body, headers=headers)


def chat_body(text: str = "!twgold Norinn", **changes: Any) -> dict[str, Any]:
    """A chat notification with a single badge, as little as there can be."""
    event = {
        "message_id": "message-1",
        "broadcaster_user_id": OWNER.id,
        "chatter_user_id": ANNA.id,
        "chatter_user_name": ANNA.display_name,
        "message": {"text": text},
        "badges": [{"set_id": "subscriber", "id": "0", "info": "1"}],
    }
    return {"subscription": {"type": "channel.chat.message"}, "event": event | changes}


async def post_json(stage: Stage, content: Any) -> int:
    answer = await post(stage, json.dumps(content).encode())
    return int(answer.status_code)


# G-02
async def test_a_subscribers_command_makes_a_pool_row_and_no_payout(stage: Stage) -> None:
    delivery = await stage.chat(ANNA, "!twgold Norinn")
    assert delivery.statuses == [200]
    assert delivery.attempts[0].body == b""
    assert stage.pool() == {ANNA.id: "Norinn"}
    assert await stage.recorded(PayoutCreated) == []
    answer = await stage.as_viewer(ANNA, "GET", "/api/pool/me")
    assert answer.json() == {"isEnrolled": True, "characterName": "Norinn"}


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
    assert await stage.events() == []


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


# G-08: the badges `subscriber` and `founder` count, `premium` does not.
@pytest.mark.parametrize(
    ("changes", "enters"),
    [
        ({}, True),
        ({"founder": True}, True),
        ({"tier": None}, False),
        ({"tier": None, "vip": True}, False),
        ({"tier": None, "prime": True}, False),
        ({"tier": None, "moderator": True}, False),
        ({"vip": True, "prime": True}, True),
    ],
)
async def test_badges_decide_who_may_enter(
    stage: Stage, changes: dict[str, Any], enters: bool
) -> None:
    chatter = viewer(77, **changes)
    delivery = await stage.chat(chatter, "!twgold Norinn")
    assert (delivery.statuses, delivery.attempts[0].body) == ([200], b"")
    assert stage.pool() == ({chatter.id: "Norinn"} if enters else {})
    if not enters:
        (refused,) = await stage.recorded(EnrolmentRefused)
        assert refused.code == "not_subscriber"


# G-08
async def test_which_badges_count_is_a_setting(tmp_path: Path) -> None:
    async with running(tmp_path, subscriber_badges=("vip", "premium")) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(viewer(77, tier=None, prime=True), "!twgold Kael")
        assert list(stage.pool().values()) == ["Kael"]


# G-09
async def test_the_word_with_one_argument_is_a_command(stage: Stage) -> None:
    for number, (text, name) in enumerate(
        [
            ("  !TwGoLd\tName  ", "Name"),
            ("!twgold Ёжик", "Ёжик"),
            ("!TWGOLD \u00a0 Other", "Other"),
        ]
    ):
        chatter = viewer(number)
        assert (await stage.chat(chatter, text)).statuses == [200]
        assert stage.pool()[chatter.id] == name


# G-09
async def test_what_is_no_command_leaves_no_trace(stage: Stage) -> None:
    for text in (
        "!twgold",
        "!twgold ",
        "!twgold A B",
        "hi !twgold Name",
        "!twgoldName",
        "!twgold2 Name",
        "twgold Name",
        "!twgold\u200bName",
    ):
        assert (await stage.chat(ANNA, text)).statuses == [200]
        assert await stage.events() == [], text


# G-09
async def test_invisible_ends_and_actions_are_cleaned_first(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn", invisible_suffix=True)
    await stage.chat(BORIS, "!twgold Kael", action=True)
    assert stage.pool() == {ANNA.id: "Norinn", BORIS.id: "Kael"}


async def test_a_line_from_another_channel_of_a_shared_chat_is_ignored(stage: Stage) -> None:
    elsewhere = SharedChatSource(broadcaster=viewer(99), message_id="there")
    here = SharedChatSource(broadcaster=OWNER, message_id="here")
    await stage.chat(ANNA, "!twgold Norinn", source=elsewhere)
    await stage.chat(BORIS, "!twgold Kael", source=here)
    assert stage.pool() == {BORIS.id: "Kael"}


async def test_a_line_of_another_broadcaster_is_ignored(stage: Stage) -> None:
    assert await post_json(stage, chat_body(broadcaster_user_id="12345")) == 200
    assert await stage.events() == []


async def test_a_line_without_its_ids_is_ignored(stage: Stage) -> None:
    for field in ("message_id", "chatter_user_id"):
        for value in ("", None):
            changes: dict[str, Any] = {field: value}
            assert await post_json(stage, chat_body(**changes)) == 200
    assert await stage.events() == []


# G-10
async def test_a_name_another_viewer_holds_is_refused_silently(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    delivery = await stage.chat(BORIS, "!twgold norinn")
    assert (delivery.statuses, delivery.attempts[0].body) == ([200], b"")
    assert stage.pool() == {ANNA.id: "Norinn"}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert (refused.viewer_id, refused.code) == (BORIS.id, "character_name_taken_in_pool")


# G-11
async def test_entering_again_frees_the_old_name(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Kael"}
    await stage.chat(BORIS, "!twgold Norinn")
    assert stage.pool() == {ANNA.id: "Kael", BORIS.id: "Norinn"}


# G-12
async def test_a_bad_name_leaves_no_row(stage: Stage) -> None:
    for name in ("A", "Abcdefghijklm", "Bad:Name", "Ab12"):
        assert (await stage.chat(ANNA, f"!twgold {name}")).statuses == [200]
    assert stage.pool() == {}
    refusals = await stage.recorded(EnrolmentRefused)
    assert [refused.code for refused in refusals] == ["invalid_character_name"] * 4


# G-16
async def test_who_has_an_active_payout_is_ignored_until_it_ended(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Norinn"}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert refused.code == "active_payout_exists"
    await stage.patch(payout, "Failed")
    await stage.chat(ANNA, "!twgold Kael")
    assert stage.pool() == {ANNA.id: "Kael"}


# G-17
async def test_after_ten_wins_the_cap_is_reached(stage: Stage) -> None:
    for number in range(10):
        payout = await stage.win(number * 300, (ANNA, "Norinn"))
        await stage.patch(payout, "InProgress")
        assert (await stage.patch(payout, "Sent")).status_code == 200
        assert stage.pool() == {}
    await stage.chat(ANNA, "!twgold Norinn")
    assert stage.pool() == {}
    (refused,) = await stage.recorded(EnrolmentRefused)
    assert refused.code == "lifetime_cap_reached"
    answer = await stage.claim(ANNA, "Norinn")
    assert (answer.status_code, answer.json()["code"]) == (409, "lifetime_cap_reached")


# G-44
async def test_a_name_that_does_not_exist_in_the_game_enters_and_can_fail(stage: Stage) -> None:
    payout = await stage.win(0, (ANNA, "Nosuchname"))
    assert (await stage.patch(payout, "Failed")).json()["status"] == "Failed"
    assert stage.pool() == {ANNA.id: "Nosuchname"}


async def test_no_helix_call_is_made_for_a_chat_command(tmp_path: Path) -> None:
    """An address that nobody listens at would cost an error in the log and seconds of time."""
    async with running(tmp_path, twitch_api_url="http://127.0.0.1:9/helix") as stage:
        assert (await stage.chat(ANNA, "!twgold Norinn")).statuses == [200]
        assert stage.pool() == {ANNA.id: "Norinn"}


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


async def test_a_forgotten_viewer_may_enter_again(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    forget = channel.forget_viewer(ViewerId(ANNA.id), "operator")
    await stage.service.ledger.change(forget)
    assert stage.pool() == {}
    assert len(await stage.recorded(ViewerForgotten)) == 1
    await stage.chat(ANNA, "!twgold Norinn")
    assert stage.pool() == {ANNA.id: "Norinn"}
