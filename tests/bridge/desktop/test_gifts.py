"""The gift row: wheel, item, recipient, countdown, and the operator's buttons."""

import json
from datetime import timedelta

import pytest
from PySide6.QtCore import QEasingCurve, Qt
from PySide6.QtTest import QTest

from goldomatic.bridge.desktop.texts import texts
from goldomatic.bridge.desktop.wheel import MOST, WheelView
from goldomatic.bridge.settings import changed
from goldomatic.bridge.view import Wheel
from goldomatic.values import utc_now
from support.bridge_game import item
from support.payout_service import PayoutService, gift
from support.windows import Desk, application, press, until

ITEM = {"selectedItem": item(2, "Саронитовая руда", count=20, bagId=1, slotId=4)}


def rows(desk: Desk) -> list[str]:
    held = desk.window.gifts.list
    return [held.item(number).text() for number in range(held.count())]


def offered(desk: Desk) -> set[str]:
    return {name for name, each in desk.window.gifts.buttons.items() if each.isVisible()}


def test_no_requests_take_no_room(open_desk) -> None:
    desk = open_desk()
    until(lambda: any("gift-requests" in each for each in desk.service.requests), "the question")
    assert not desk.window.gifts.frame.isVisible()
    assert not desk.window.gifts.second.isActive()


# D-36
def test_the_row_counts_down_and_the_buttons_act(open_desk, service: PayoutService) -> None:
    service.gifts = [gift(1, "Норинн", state="WaitingConfirmation", **ITEM), gift(2, "Torgan")]
    desk = open_desk()
    until(lambda: len(rows(desk)) == 2, "the rows")
    first, second = rows(desk)
    assert first.startswith("Норинн (Viewer_1) · Саронитовая руда × 20 (bag 1/4) · ")
    assert second == "Torgan (Viewer_2) · number 2 in the queue"
    assert desk.window.gifts.second.isActive()
    seconds = int(first.rsplit(":", 1)[1])
    until(lambda: int(rows(desk)[0].rsplit(":", 1)[1]) != seconds, "a second less")
    assert offered(desk) >= {"decline", "fail"}
    desk.window.gifts.list.setCurrentRow(1)
    assert offered(desk) == {"fail"}
    desk.window.gifts.list.setCurrentRow(0)

    press(desk.window.gifts.buttons["decline"])
    assert "Норинн" in desk.question().informativeText()
    desk.answer(1)
    press(desk.window.gifts.buttons["decline"])
    desk.answer(0)
    until(lambda: any("confirm" in each for each in service.requests), "the refusal")
    assert [each for each in service.requests if "confirm" in each] == [
        f"POST /api/gift-requests/{gift(1)['id']}/confirm {{'confirmed': False}}"
    ]
    until(lambda: any("declined" in row for row in rows(desk)), "the end of it")


def test_by_keys_alone_in_russian(open_desk, service: PayoutService) -> None:
    service.gifts = [gift(1, "Норинн", state="SelectingItem"), gift(2, "Torgan")]
    desk = open_desk(settings={"language": "ru"})
    until(lambda: len(rows(desk)) == 2, "the rows")
    assert "сумки" in rows(desk)[0]
    desk.window.activateWindow()
    desk.window.gifts.list.setFocus()
    QTest.keyClick(desk.window.gifts.list, Qt.Key.Key_Down)
    QTest.keyClick(desk.window.gifts.list, Qt.Key.Key_Tab)
    fail = desk.window.gifts.buttons["fail"]
    assert fail.hasFocus()
    QTest.keyClick(fail, Qt.Key.Key_Space)
    desk.answer(0)
    until(lambda: service.patches(), "the PATCH")
    assert "'Failed'" in service.patches()[0]
    assert gift(2)["id"] in service.patches()[0]


# Q-17, D-36
def test_the_wheel_turns_until_the_item_is_selected_and_stops_at_it(
    open_desk, service: PayoutService
) -> None:
    request = gift(1, state="SelectingItem")
    service.gifts = [request]
    desk = open_desk(settings={"tag_match": "strict"})
    log = desk.preferences.folder / "WoWChatLog.txt"
    log.touch()
    desk.window.keep(changed(desk.preferences.settings, chat_log=str(log)))
    until(lambda: any("RequestGiftItems" in line for line in desk.injector.lines), "the question")
    until(lambda: desk.window.view.log.exists, "the log is read from here on")
    listed = json.dumps([item(1), item(2), item(3)])
    with log.open("a") as file:
        file.write(f"11/21 12:00:00.123  [MGM_ITEMS:{request['id']}]{listed}\r\n")
    wheel = desk.window.gifts.wheel
    until(wheel.isVisible, "the wheel")
    turning = wheel.wheel
    assert not any("select-item" in each for each in service.requests)
    before = wheel.angle
    until(lambda: wheel.angle != before, "it turns")
    assert wheel.accessibleName() == "The wheel turns over the items: 3"
    until(lambda: any("select-item" in each for each in service.requests), "the item")
    assert 3 <= turning.seconds <= 5
    assert utc_now() >= turning.started_at + timedelta(seconds=turning.seconds)
    until(lambda: wheel.accessibleName() == "The wheel has stopped at Thing 2", "it stands")
    until(lambda: "Thing 2 × 2 (bag 0/2)" in rows(desk)[0], "the item's name")
    assert sum("select-item" in each for each in service.requests) == 1


def test_a_wheel_without_motion_shows_the_item_at_once() -> None:
    application()
    view = WheelView(texts("en"))
    view.motion = False
    view.take(Wheel(items=("One", "Two"), index=1, started_at=utc_now(), seconds=4.0))
    assert view.accessibleName() == "The wheel has stopped at Two"
    assert view.animation.state() == view.animation.State.Stopped


@pytest.mark.parametrize(
    ("number", "index"), [(1, 0), (2, 1), (7, 3), (24, 23), (200, 0), (200, 150)]
)
def test_where_a_wheel_stops(number: int, index: int) -> None:
    application()
    view = WheelView(texts("en"))
    names = tuple(f"Thing {each}" for each in range(number))
    long_ago = utc_now() - timedelta(minutes=1)
    view.take(Wheel(items=names, index=index, started_at=long_ago, seconds=4.0))
    shown = min(number, MOST)
    span = 360 / shown
    at_pointer = int((-view.angle % 360) / span)
    assert view._names[at_pointer] == f"Thing {index}"
    assert view.accessibleName() == f"The wheel has stopped at Thing {index}"
    assert len(view._names) == shown
    assert view.animation.easingCurve().type() == QEasingCurve.Type.OutCubic
    assert not view.grab().isNull()
