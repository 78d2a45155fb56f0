"""The routes of the gift queue over real HTTP: who may come in, what they answer and refuse."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from goldomatic.gifts.events import (
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftRequestStateChanged,
    GiftState,
)
from support.gifts import REQUESTS, GiftStage, code, gift_service, item
from support.service import ANNA, BORIS, CHANNEL, CLARA, viewer

NOBODY = "00000000-0000-4000-8000-000000000000"


#
async def test_who_asks_first_is_served_at_once(gifts: GiftStage) -> None:
    answer = await gifts.ask(ANNA, " Norinn ")
    assert answer.status_code == 201
    request = answer.json()
    assert str(UUID(request.pop("id"))) in answer.text
    assert request == {
        "streamerId": CHANNEL,
        "viewerId": ANNA.id,
        "viewerDisplayName": ANNA.id,
        "characterName": "Norinn",
        "state": "SelectingItem",
        "selectedItem": None,
        "queuePosition": 1,
        "estimatedWaitSeconds": 0,
        "createdAt": "2026-11-21T12:00:00.000Z",
        "updatedAt": "2026-11-21T12:00:00.000Z",
        "timeoutAt": "2026-11-21T12:01:00.000Z",
        "failureReason": None,
    }


#
async def test_who_asks_later_waits_in_order(gifts: GiftStage) -> None:
    await gifts.asked(ANNA, "Anna")
    for user, place in ((BORIS, 2), (CLARA, 3)):
        told = (await gifts.ask(user, "Name")).json()
        assert (told["state"], told["queuePosition"]) == ("Pending", place)
        assert told["estimatedWaitSeconds"] == (place - 1) * 65
        assert told["timeoutAt"] is None
    assert [row["queuePosition"] for row in await gifts.open()] == [1, 2, 3]


#
async def test_once_for_each_viewer_and_one_at_a_time(gifts: GiftStage) -> None:
    first = await gifts.asked(ANNA, "Anna")
    again = await gifts.ask(ANNA, "Kael")
    assert code(again) == (409, "gift_request_active")
    assert again.json()["message"] == "Active gift request already exists."
    await gifts.patch(first, "Failed")
    second = await gifts.asked(ANNA, "Anna")
    await gifts.bring_to(second, GiftState.COMPLETED)
    never = await gifts.ask(ANNA, "Anna")
    assert code(never) == (409, "gift_already_used")
    assert never.json()["message"] == "!twgift can be used once per streamer."
    assert len(await gifts.stage.recorded(GiftRequestInitiated)) == 2
    refused = [each.code for each in await gifts.stage.recorded(GiftRequestRefused)]
    assert refused == ["gift_request_active", "gift_already_used"]


#
async def test_what_cannot_be_asked_for_is_said_and_nothing_is_recorded(gifts: GiftStage) -> None:
    for name in ("Ab1", "A", "", "x" * 13, "Bad:Name", "Ab cd"):
        assert code(await gifts.ask(ANNA, name)) == (400, "invalid_character_name"), name
    for body in ({"characterName": 5}, {"streamerId": None}, {"streamerId": 7}):
        odd = {"streamerId": CHANNEL, "characterName": "Norinn"} | body
        answer = await gifts.stage.as_viewer(ANNA, "POST", REQUESTS, json=odd)
        assert code(answer) == (400, "invalid_payload"), odd
    for other in ("1", "", "  ", f"{CHANNEL}0"):
        assert code(await gifts.ask(ANNA, "Norinn", streamerId=other)) == (403, "wrong_channel")
    # The name is looked at first.
    assert code(await gifts.ask(ANNA, "Ab1", streamerId="1")) == (400, "invalid_character_name")
    path = "/api/streamers/1/gift-queue"
    assert code(await gifts.stage.as_viewer(ANNA, "GET", path)) == (403, "wrong_channel")
    for content in (b"", b"not json", b"[]", b"[" * 100_000, b"\xff"):
        answer = await gifts.stage.as_viewer(ANNA, "POST", REQUESTS, content=content)
        assert code(answer) == (400, "invalid_payload"), content[:10]
    assert gifts.position == 0


#
async def test_who_may_not_come_in(gifts: GiftStage) -> None:
    queue = f"/api/streamers/{CHANNEL}/gift-queue"
    for method, path in (("GET", queue), ("POST", REQUESTS)):
        answer = await gifts.stage.request(method, path, json={})
        assert code(answer) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert code(await gifts.ask(None, "Norinn")) == (401, "unauthorized"), "identity is needed"
    assert await gifts.seen_by(None) == []
    operators = [
        ("GET", REQUESTS),
        ("PATCH", f"{REQUESTS}/{NOBODY}"),
        ("GET", f"{REQUESTS}/{NOBODY}/items"),
        *(
            ("POST", f"{REQUESTS}/{NOBODY}/{what}")
            for what in ("items", "select-item", "confirm", "again")
        ),
    ]
    for method, path in operators:
        for headers in ({}, {"X-MGM-ApiKey": "wrong"}):
            answer = await gifts.stage.request(method, path, headers=headers, json={})
            assert code(answer) == (403, "forbidden_apikey"), (method, path)
        token = {"Authorization": f"Bearer {gifts.stage.token(ANNA)}"}
        if (method, path) != ("GET", REQUESTS):
            answer = await gifts.stage.request(method, path, headers=token, json={})
            assert code(answer) == (403, "forbidden_apikey"), (method, path)
    assert gifts.position == 0


#
@pytest.mark.parametrize("unknown", [NOBODY, "not-a-uuid", "%00", NOBODY.upper()])
async def test_what_there_is_not_is_not_found(gifts: GiftStage, unknown: str) -> None:
    answers = [
        await gifts.patch(unknown, "Failed"),
        await gifts.select(unknown),
        await gifts.confirm(unknown),
        await gifts.draw(unknown),
        await gifts.act(unknown, "again"),
        await gifts.stage.operator("GET", f"{REQUESTS}/{unknown}/items"),
    ]
    assert [code(answer) for answer in answers] == [(404, "not_found")] * 6
    assert gifts.position == 0


async def test_an_id_may_be_written_in_capitals(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    assert (await gifts.select(request.upper())).json()["id"] == request


#
async def test_the_selected_item_comes_back_whole(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    gifts.stage.clock.advance(10)
    answer = await gifts.select(request, item() | {"quality": 4})
    assert answer.status_code == 200
    told = answer.json()
    assert told["state"] == "WaitingConfirmation"
    assert told["selectedItem"] == item()
    assert told["timeoutAt"] == "2026-11-21T12:05:10.000Z"
    assert told["queuePosition"] == 1
    *_, selected, changed = await gifts.stage.events()
    assert isinstance(selected.event, GiftItemSelected)
    assert isinstance(changed.event, GiftRequestStateChanged)
    position = gifts.position
    # Once more is no event.
    assert (await gifts.select(request)).json() == told
    assert gifts.position == position


#
async def test_an_item_is_selected_in_its_turn_only(gifts: GiftStage) -> None:
    request, waiting = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    refused = await gifts.select(waiting)
    assert code(refused) == (409, "invalid_state")
    assert refused.json()["message"] == "Gift request is not in SelectingItem state."
    await gifts.select(request)
    assert code(await gifts.select(request, item(5))) == (409, "invalid_state")
    assert (await gifts.open())[0]["selectedItem"] == item()


#
async def test_who_agrees_has_had_a_gift_and_the_next_is_served(gifts: GiftStage) -> None:
    request, _ = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    early = await gifts.confirm(request)
    assert code(early) == (409, "invalid_state")
    assert early.json()["message"] == "Gift request not waiting confirmation."
    await gifts.select(request)
    told = (await gifts.confirm(request)).json()
    assert (told["state"], told["queuePosition"], told["timeoutAt"]) == ("Completed", 0, None)
    assert await gifts.states() == {"Boris": "SelectingItem"}
    rows = await gifts.stage.service.store.query(
        "SELECT streamer_id, viewer_id, gift_request_id FROM gift_usage"
    )
    assert rows == [(CHANNEL, ANNA.id, request)]
    position = gifts.position
    assert (await gifts.confirm(request)).json() == told
    assert gifts.position == position
    assert code(await gifts.confirm(request, confirmed=False)) == (409, "invalid_state")


#
async def test_who_declines_has_had_none(gifts: GiftStage) -> None:
    request, _ = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    await gifts.select(request)
    told = (await gifts.confirm(request, confirmed=False)).json()
    assert (told["state"], told["failureReason"]) == ("Failed", "receiver_declined")
    assert await gifts.stage.service.store.query("SELECT 1 FROM gift_usage") == []
    assert await gifts.states() == {"Boris": "SelectingItem"}


#
async def test_what_is_over_stays_over(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    await gifts.bring_to(request, GiftState.COMPLETED)
    position = gifts.position
    for state in GiftState:
        assert code(await gifts.patch(request, state.value)) == (409, "invalid_state"), state
    assert gifts.position == position


async def test_the_operator_fails_a_request_with_a_reason(gifts: GiftStage) -> None:
    request, waiting = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    told = (await gifts.patch(waiting, "FAILED", reason=" Не  в игре ")).json()
    assert (told["state"], told["failureReason"]) == ("Failed", "Не  в игре")
    position = gifts.position
    # The first reason stays.
    assert (await gifts.patch(waiting, "failed", reason="x")).json() == told
    assert gifts.position == position
    assert (await gifts.patch(request, "failed")).json()["failureReason"] == "failed"
    for state in ("Pending", "SelectingItem", "ItemSelected", "WaitingConfirmation", "Completed"):
        third = await gifts.asked(ANNA, "Anna")
        assert code(await gifts.patch(third, state)) == (409, "invalid_state")
        await gifts.patch(third, "Failed")


async def test_the_operator_completes_a_request_that_waits_for_consent(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    await gifts.select(request)
    told = (await gifts.patch(request, "completed", reason="ignored")).json()
    assert (told["state"], told["failureReason"]) == ("Completed", None)
    assert code(await gifts.ask(ANNA, "Anna")) == (409, "gift_already_used")


ODD_ITEMS: list[Any] = [
    None,
    [],
    *({key: value for key, value in item().items() if key != left_out} for left_out in item()),
    *(item() | {key: None} for key in item()),
    *(item(name=name) for name in ("", "x" * 201, "nul\0", 7)),
    *(item(link="x" * 1001), item(texture="two\nlines"), item(bagId=5), item(bagId=-1)),
    *(item(id=number) for number in (-1, 2**31, "7073", 7.5, True)),
    *(item(count=0), item(slotId=0), item(slotId="1")),
]
ODD_BODIES: list[tuple[str, Any]] = [
    *(("", body) for body in ({}, {"state": "Done"}, {"state": None}, {"state": 5})),
    *(("", {"state": "Failed", "reason": reason}) for reason in (5, "x" * 201, "two\nlines")),
    *(("/confirm", body) for body in ({}, {"confirmed": "true"}, {"confirmed": None}, 5)),
    *(("/select-item", {"item": odd}) for odd in ODD_ITEMS),
    *(("/items", {"items": [item(1), odd]}) for odd in ODD_ITEMS),
    *(("/items", body) for body in ({}, {"items": []}, {"items": {}}, {"items": None})),
    ("/items", {"items": [item(1), item(6, bagId=1, slotId=2)]}),
    ("/items", {"items": [item(number, bagId=0) for number in range(501)]}),
]


async def test_what_cannot_be_read_changes_nothing(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    position = gifts.position
    for what, body in ODD_BODIES:
        method, path = "POST" if what else "PATCH", f"{REQUESTS}/{request}{what}"
        answer = await gifts.stage.operator(method, path, json=body)
        assert code(answer) == (400, "invalid_payload"), (what, body)
    for content in (b"", b"{", b"\xff", b"[" * 100_000, b'{"item": {"name": "\\ud800"}}'):
        path = f"{REQUESTS}/{request}/select-item"
        answer = await gifts.stage.operator("POST", path, content=content)
        assert code(answer) == (400, "invalid_payload"), content[:10]
    assert gifts.position == position


# Made again


async def test_a_failed_request_is_made_again_once(gifts: GiftStage) -> None:
    request, _ = await gifts.asked(ANNA, "Anna"), await gifts.asked(BORIS, "Boris")
    assert code(await gifts.act(request, "again")) == (409, "invalid_state")
    await gifts.patch(request, "Failed")
    made = await gifts.act(request, "again")
    assert made.status_code == 201
    assert made.json()["id"] != request
    assert made.json()["viewerId"] == ANNA.id
    assert await gifts.states() == {"Boris": "SelectingItem", "Anna": "Pending"}
    position = gifts.position
    repeated = await gifts.act(request, "again")
    assert (repeated.status_code, repeated.json()) == (200, made.json())
    assert gifts.position == position


async def test_who_has_asked_again_is_not_asked_for_twice(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    await gifts.patch(request, "Failed")
    second = await gifts.asked(ANNA, "Anna")
    assert code(await gifts.act(request, "again")) == (409, "gift_request_active")
    await gifts.bring_to(second, GiftState.COMPLETED)
    position = gifts.position
    assert code(await gifts.act(request, "again")) == (409, "gift_already_used")
    assert gifts.position == position


# What is seen


#
async def test_a_viewer_sees_their_own_row_and_whose_item_is_sought(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    for user, name in ((BORIS, "Boris"), (CLARA, "Clara")):
        await gifts.asked(user, name)

    async def names(user: Any) -> list[tuple[str, int]]:
        seen = await gifts.seen_by(user)
        return [(row["characterName"], row["queuePosition"]) for row in seen]

    assert await names(CLARA) == [("Anna", 1), ("Clara", 3)]
    assert await names(ANNA) == [("Anna", 1)]
    assert await names(viewer(9)) == await names(None) == [("Anna", 1)]
    await gifts.select(request)
    assert await names(CLARA) == [("Clara", 3)], "what waits for consent is its owner's matter"
    assert await names(ANNA) == [("Anna", 1)]
    assert await names(None) == []


async def test_the_panel_is_told_the_same(gifts: GiftStage) -> None:
    request = await gifts.asked(ANNA, "Anna")
    await gifts.asked(BORIS, "Boris")
    told = await gifts.snapshot(BORIS)
    assert told["giftQueue"] == await gifts.seen_by(BORIS)
    assert told["myGift"]["characterName"] == "Boris"
    assert (await gifts.snapshot(None))["myGift"] is None
    assert (await gifts.snapshot(CLARA))["myGift"] is None
    await gifts.bring_to(request, GiftState.COMPLETED)
    ended = (await gifts.snapshot(ANNA))["myGift"]
    assert (ended["state"], ended["queuePosition"]) == ("Completed", 0)
    gifts.stage.clock.advance(15 * 60 - 1)
    assert (await gifts.snapshot(ANNA))["myGift"] == ended
    gifts.stage.clock.advance(1)
    assert (await gifts.snapshot(ANNA))["myGift"] is None


async def test_an_open_request_is_shown_before_an_ended_one(gifts: GiftStage) -> None:
    await gifts.patch(await gifts.asked(ANNA, "Anna"), "Failed")
    second = await gifts.asked(ANNA, "Kael")
    assert (await gifts.snapshot(ANNA))["myGift"]["id"] == second


async def test_the_operators_list_is_cut_and_filtered(gifts: GiftStage) -> None:
    for user in (ANNA, BORIS, CLARA):
        await gifts.asked(user, "Name")
    whole = await gifts.open()
    assert await gifts.open("?limit=2") == whole[:2]
    assert await gifts.open(f"?streamerId={CHANNEL}") == whole
    assert await gifts.open("?streamerId=1") == []
    for limit in ("0", "-1", "x", "1.5", "9" * 10):
        answer = await gifts.stage.operator("GET", f"{REQUESTS}?limit={limit}")
        assert code(answer) == (400, "invalid_payload"), limit


async def test_the_list_says_what_each_request_says(gifts: GiftStage) -> None:
    """The list is put together from kept pieces; a request alone is encoded whole."""
    odd = item(name='"queuePosition":1,"estimatedWaitSeconds":0', link='\\"')
    request = await gifts.asked(ANNA, "Anna")
    second = await gifts.asked(BORIS, "Boris")
    assert len(await gifts.open()) == 2
    told = (await gifts.select(request, odd)).json()
    assert (await gifts.open())[0] == told
    await gifts.confirm(request)
    gifts.stage.clock.advance(5)
    (row,) = await gifts.open()
    assert (row["id"], row["state"], row["queuePosition"]) == (second, "SelectingItem", 1)
    assert row == (await gifts.seen_by(BORIS))[0]


async def test_without_a_configured_channel_any_is_served(tmp_path: Path) -> None:
    async with gift_service(tmp_path, twitch_broadcaster_id=None) as gifts:
        token = gifts.stage.token(ANNA, channel_id="77")
        for streamer, expected in (("", 403), ("x" * 65, 403), ("nul\0", 403), ("77", 201)):
            body = {"streamerId": streamer, "characterName": "Norinn"}
            answer = await gifts.stage.with_token(token, "POST", REQUESTS, json=body)
            assert answer.status_code == expected
        (row,) = await gifts.open("?streamerId=77")
        assert row["streamerId"] == "77"


async def test_a_browser_of_the_extension_may_ask(gifts: GiftStage) -> None:
    origin = {"Origin": "https://extensionclient.ext-twitch.tv"}
    preflight = origin | {"Access-Control-Request-Method": "POST"}
    allowed = await gifts.stage.request("OPTIONS", REQUESTS, headers=preflight)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    operators = await gifts.stage.request("OPTIONS", f"{REQUESTS}/{NOBODY}", headers=preflight)
    assert "Access-Control-Allow-Origin" not in operators.headers
