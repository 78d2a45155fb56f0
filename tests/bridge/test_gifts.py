"""Gifts on the streamer's side: list, wheel, whisper, answer; with the real service."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldomatic.bridge.console import status_line
from goldomatic.bridge.gift_client import ServiceGift
from goldomatic.bridge.settings import changed
from goldomatic.bridge.view import GiftRow
from goldomatic.setting_texts import Secret
from goldomatic.simulation.asgi import Answer
from support.bridge_game import Rig, bridged, item
from support.gate import Gate
from support.service import ANNA, API_KEY, BORIS, Stage

Three = tuple[Stage, Gate, Rig]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path) as found:
        await found[2].hello()
        yield found


async def ask(stage: Stage, name: str = "Norinn", user: Any = ANNA) -> str:
    """A viewer's request from chat; its id."""
    assert (await stage.chat(user, f"!twgift {name}")).accepted
    return (await requests(stage))[-1]["id"]


async def requests(stage: Stage) -> list[dict[str, Any]]:
    """The open requests."""
    found: list[dict[str, Any]] = (await stage.operator("GET", "/api/gift-requests")).json()
    return found


def row(rig: Rig) -> GiftRow:
    [found] = rig.bridge.view.gifts
    return found


def bodies(way: Gate, ending: str) -> list[Any]:
    return [json.loads(call.body) for call in way.to(ending) if call.status == 200]


# D-36, Q-17, Q-18
async def test_from_the_request_to_the_confirmation_each_step_once(three: Three) -> None:
    stage, way, rig = three
    gift_id = await ask(stage, "Норинн")
    await rig.settle(3)
    assert rig.game.typed("MGM_RequestGiftItems") == [(gift_id,)]
    assert row(rig).step == "spinning"
    wheel = row(rig).wheel
    assert wheel is not None
    assert wheel.items == ("Thing 1", "Саронитовая руда", "Thing 3")
    assert way.to("/select-item") == []
    before = stage.clock.now
    while not way.to("/select-item"):
        rig.clock.advance(0.1)
        await rig.look()
    assert 3 <= (stage.clock.now - wheel.started_at).total_seconds() <= 5.2
    assert stage.clock.now - before < timedelta(seconds=5)
    assert row(rig).item == wheel.items[wheel.index]
    await rig.settle(4)
    assert rig.game.typed("MGM_RequestGiftConfirmation") == [(gift_id, "Норинн")]
    assert row(rig).step == "whispered"
    for _ in range(2):
        rig.game.tag(f"[MGM_GIFT_ACCEPT:{gift_id}]")
        await rig.settle(3)
    assert bodies(way, "/confirm") == [{"confirmed": True}]
    assert len(way.to("/items", "POST")) == len(way.to("/select-item")) == 1
    assert len(rig.game.typed("MGM_RequestGiftItems")) == 1
    assert len(rig.game.typed("MGM_RequestGiftConfirmation")) == 1
    assert await requests(stage) == []
    drawn = bodies(way, "/select-item")[0]["item"]
    assert drawn in rig.game.bags
    assert rig.game.typed("MGM_CloseGift") == [(gift_id, str(drawn["id"]), str(drawn["count"]))]
    assert (row(rig).step, row(rig).item) == ("to_mail", drawn["name"])
    assert f"[MGM_ITEMS] selected item '{drawn['name']}' for {gift_id}" in rig.told
    assert f"[MGM_GIFT_ACCEPT] confirm OK {gift_id}" in rig.told
    assert len(way.to("/confirm")) == 1


async def test_the_console_shows_the_gift_and_what_is_to_be_mailed(three: Three) -> None:
    stage, _, rig = three
    gift_id = await ask(stage, "Норинн")
    await ask(stage, "Torgan", BORIS)
    await rig.settle(8)
    gift = rig.bridge.view.gifts[0]
    until = gift.timeout_at.astimezone() if gift.timeout_at else None
    many = f"{gift.count} x " if gift.count > 1 else ""
    item = f"{many}{gift.item} (bag {gift.place})"
    said = status_line(rig.bridge.view)
    assert f"gift for Норинн, {item}: whispered until {until:%H:%M:%S} · 1 gift(s) waiting" in said
    rig.game.tag(f"[MGM_GIFT_ACCEPT:{gift_id}]")
    await rig.look()
    assert f"to mail: {item} to Норинн" in status_line(rig.bridge.view)


#
async def test_empty_bags_fail_the_request(three: Three) -> None:
    stage, way, rig = three
    rig.game.bags = []
    gift_id = await ask(stage)
    await rig.settle(6)
    (call,) = way.to(f"/api/gift-requests/{gift_id}", "PATCH")
    assert json.loads(call.body) == {"state": "Failed", "reason": "no_items_available"}
    assert way.to("/items", "POST") == way.to("/select-item") == []
    assert await requests(stage) == []
    assert (row(rig).step, row(rig).reason) == ("failed", "no_items_available")


#
async def test_many_wheels_of_a_service_without_a_draw_are_uniform(three: Three) -> None:
    stage, way, rig = three
    gift_id = await ask(stage)
    await rig.bridge.watch_gifts()
    counted: Counter[str] = Counter()
    seconds = []
    delivery = rig.bridge._delivery._gifts
    body = {"items": rig.game.bags}
    for _ in range(300):
        way.answers = [Answer(404, {"detail": "Not Found"}, {})]
        rig.bridge._desk.outbox.put("gift_items", gift_id, body, rig.clock())
        (message,) = rig.bridge._desk.outbox.due(rig.clock())
        await delivery.items(message)
        wheel = row(rig).wheel
        assert wheel is not None
        counted[wheel.items[wheel.index]] += 1
        seconds.append(wheel.seconds)
        rig.bridge._desk.state.execute("DELETE FROM outbox")
    assert set(counted) == {each["name"] for each in rig.game.bags}
    assert all(60 < times < 140 for times in counted.values()), counted
    assert 3 <= min(seconds) < 3.1
    assert 4.9 < max(seconds) <= 5
    assert 3.8 < sum(seconds) / len(seconds) < 4.2


# D-37
async def test_fewer_than_fifteen_requests_a_minute_whatever_happens(three: Three) -> None:
    stage, way, rig = three
    rig.game.accepts = True
    await ask(stage)
    for people in range(3):
        way.calls.clear()
        for _ in range(60):
            await rig.bridge.watch_gifts()
            await rig.look()
            while people and await rig.bridge.type_next():
                await rig.look()
            rig.clock.advance(1)
        asked = [call for call in way.calls if "gift-requests" in call.path]
        assert len(asked) < 15, (people, len(asked))
        assert len([call for call in asked if call.method == "GET"]) <= 12
        await stage.service.gifts.tick()
        if people == 0:
            await ask(stage, "Torgan", BORIS)
    assert {each.step for each in rig.bridge.view.gifts} == {"to_mail"}


async def test_an_idle_queue_is_looked_at_every_poll_but_at_least_every_15_seconds(
    three: Three,
) -> None:
    _, way, rig = three
    for poll, looks in ((600, 4), (5, 12)):
        await rig.bridge.apply(changed(rig.settings, poll_seconds=poll), Secret(API_KEY))
        way.calls.clear()
        for _ in range(60):
            await rig.bridge.watch_gifts()
            rig.clock.advance(1)
        assert len(way.to("/api/gift-requests", "GET")) == looks


MALFORMED = [
    "[{]",
    "[1, 2]",
    "[" * 2000,
    '[{"name":"x"}]',
    json.dumps([item(1, count=0)]),
    json.dumps([item(1, bagId=9)]),
    json.dumps([item(1, id="7073")]),
    json.dumps([item(1, slotId=0)]),
    json.dumps([item(1, id=2**40)]),
    json.dumps([item(1) | {"name": ""}]),
    "[NaN]",
]


async def test_a_malformed_list_changes_nothing_and_is_asked_for_again(three: Three) -> None:
    stage, way, rig = three
    rig.game.answers = False
    gift_id = await ask(stage)
    await rig.settle(2)
    way.calls.clear()
    for text in MALFORMED:
        rig.game.tag(f"[MGM_ITEMS:{gift_id}]{text}")
        await rig.look()
    rig.game.tag(f"[MGM_ITEMS:{gift_id}]")
    await rig.look()
    assert way.changes() == []
    assert sum("[MGM_ITEMS] JSON error" in text for text in rig.told) == len(MALFORMED) + 1
    await rig.settle(2)
    assert len(rig.game.typed("MGM_RequestGiftItems")) == 2
    rig.game.list_bags(gift_id)
    await rig.settle(7)
    assert len(way.to("/select-item")) == 1


async def test_forged_tags_change_nothing(three: Three) -> None:
    stage, way, rig = three
    rig.game.answers = False
    gift_id = await ask(stage)
    await rig.settle(2)
    listed = json.dumps([item(9, "Forged")])
    forged = (f"[MGM_ITEMS:{gift_id}]{listed}", f"[MGM_GIFT_ACCEPT:{gift_id}]",
              f"[MGM_DID:gift:{gift_id}]", f"[MGM_ITEMS:{gift_id}][]")  # fmt: skip
    for text in forged:
        rig.game.write(text, f"Bob whispers: {text}", f"Bob says: {text} k=AAAAAAAAAAAA.17")
    await rig.settle(2)
    assert way.changes() == []
    assert [each["state"] for each in await requests(stage)] == ["SelectingItem"]
    assert rig.bridge.view.log.ignored == 12


@pytest.mark.parametrize("where", ["SelectingItem", "WaitingConfirmation"])
async def test_tags_at_the_wrong_time_or_about_nobody_are_refused_and_forgotten(
    three: Three, where: str
) -> None:
    stage, _, rig = three
    rig.game.answers = where == "WaitingConfirmation"
    gift_id = await ask(stage)
    await rig.settle(8)
    stranger = "00000000-0000-4000-8000-00000000000a"
    rig.game.list_bags(stranger)
    rig.game.tag(f"[MGM_GIFT_ACCEPT:{stranger}]")
    if where == "SelectingItem":
        rig.game.tag(f"[MGM_GIFT_ACCEPT:{gift_id}]")
    await rig.settle(2)
    assert [each["state"] for each in await requests(stage)] == [where]
    assert len(rig.bridge._desk.outbox) == 0
    assert any("not_found" in text for text in rig.told)
    assert rig.bridge.view.api == "online"


async def test_a_list_that_does_not_come_is_asked_for_three_times(three: Three) -> None:
    stage, _, rig = three
    rig.game.answers, rig.game.chatty = False, True
    await ask(stage)
    await rig.settle(70)
    assert len(rig.game.typed("MGM_RequestGiftItems")) == 3
    assert any("about the items for the gift of Norinn" in text for text in rig.told)
    assert row(rig).step == "silent"


async def test_a_whisper_that_does_not_arrive_is_told_again(three: Three) -> None:
    stage, _, rig = three
    gift_id = await ask(stage)
    await rig.settle(8)
    rig.game.tag(f"[MGM_UNDELIVERED:{gift_id}]")
    await rig.settle(2)
    assert row(rig).step == "undelivered"
    await rig.settle(62)
    assert len(rig.game.typed("MGM_RequestGiftConfirmation")) == 2
    assert await rig.bridge.act_on_gift(gift_id, "renotify") is None
    await rig.settle(2)
    assert len(rig.game.typed("MGM_RequestGiftConfirmation")) == 3


@pytest.mark.parametrize(
    ("action", "reason"), [("decline", "receiver_declined"), ("fail", "failed")]
)
async def test_the_operator_declines_or_fails_and_retries(
    three: Three, action: Any, reason: str
) -> None:
    stage, _, rig = three
    gift_id = await ask(stage)
    await rig.settle(8)
    assert row(rig).actions == ("decline", "fail", "renotify")
    assert await rig.bridge.act_on_gift(gift_id, action) is None
    await rig.settle(3)
    assert (row(rig).reason, row(rig).actions) == (reason, ("retry",))
    assert rig.game.typed("MGM_CloseGift") == [(gift_id,)], "a late answer means nothing"
    assert await rig.bridge.act_on_gift(gift_id, "decline") == "not_allowed"
    assert await rig.bridge.act_on_gift(gift_id, "retry") is None
    await rig.settle(2)
    assert row(rig).state == "SelectingItem"
    assert row(rig).id != gift_id
    assert await rig.bridge.act_on_gift(gift_id, "retry") == "not_found"


async def test_a_refused_action_shows_what_has_become_of_the_request(three: Three) -> None:
    stage, way, rig = three
    gift_id = await ask(stage)
    await rig.settle(8)
    way.lose_answers = 1
    assert "no connection" in (await rig.bridge.act_on_gift(gift_id, "decline") or "")
    assert await rig.bridge.act_on_gift(gift_id, "decline") == "invalid_state"
    await rig.settle(1)
    assert row(rig).step == "failed"


async def test_a_mailed_gift_is_taken_off_the_list_and_out_of_the_game(three: Three) -> None:
    stage, _, rig = three
    rig.game.accepts = True
    gift_id = await ask(stage)
    await rig.settle(12)
    await rig.restart()
    assert (row(rig).step, row(rig).actions) == ("to_mail", ("mailed",))
    assert await rig.bridge.act_on_gift(gift_id, "mailed") is None
    await rig.settle(2)
    assert rig.bridge.view.gifts == ()
    assert rig.game.typed("MGM_CloseGift")[-1] == (gift_id,)


async def test_a_list_that_was_drawn_before_is_gone_on_with(three: Three) -> None:
    stage, way, rig = three
    gift_id = await ask(stage)
    path = f"/api/gift-requests/{gift_id}/items"
    drawn = await stage.operator("POST", path, json={"items": [item(8), item(9)]})
    assert drawn.status_code == 200, drawn.text
    await rig.settle(9)
    assert bodies(way, "/select-item") == [{"item": drawn.json()["item"]}]


async def test_an_answer_that_was_overtaken_does_not_turn_the_clock_back(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _, rig = three
    await ask(stage)
    await rig.settle(8)
    desk, older = rig.bridge._desk, await rig.bridge._desk.gifts.open()

    async def slow() -> list[ServiceGift]:
        rig.clock.advance(0.1)
        rig.bridge._gifts.took(await desk.gifts.confirm(older[0].id, confirmed=True))
        return older

    monkeypatch.setattr(desk.gifts, "open", slow)
    rig.clock.advance(20)
    await rig.bridge.watch_gifts()
    assert row(rig).step == "to_mail"


async def test_a_service_without_gifts_is_left_alone(three: Three) -> None:
    _, way, rig = three
    way.answers = [Answer(404, None, {})]
    rig.clock.advance(20)
    await rig.bridge.watch_gifts()
    way.calls.clear()
    await rig.settle(60)
    assert way.to("/api/gift-requests") == []
    assert rig.bridge.view.gifts == ()
