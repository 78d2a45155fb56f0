"""What the operator sees: rows in any order, and the event log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goldomatic.bridge.console import status_line
from goldomatic.bridge.event_log import KEPT, EventLog
from goldomatic.bridge.picture import SortKey, arrange
from goldomatic.bridge.view import Row, View
from support.bridge_game import HandTime, bridged, winners
from support.clock import NOON, FakeClock

NAMES = ["Norinn", "kael", "Ярослав", "Ёлка", "Zed"]


def row(number: int, **changes: Any) -> Row:
    given: dict[str, Any] = {
        "id": f"{number:08d}-d9cb-469f-a165-70867728950e",
        "character": NAMES[number % len(NAMES)],
        "viewer": f"Viewer_{number}",
        "gold": 1000,
        "status": "Pending" if number % 3 else "InProgress",
        "created_at": NOON + timedelta(seconds=number % 7),
        "updated_at": None,
        "accepted_at": NOON if number % 2 else None,
        "whisper": "none",
        "queued": "none",
        "stuck": False,
        "doubt": False,
        "actions": (),
    }
    return Row(**(given | changes))


# D-33
def test_two_hundred_rows_are_filtered_searched_and_sorted() -> None:
    rows = [row(number) for number in range(200)]
    assert len(arrange(rows)) == 200
    assert {each.status for each in arrange(rows, show="pending")} == {"Pending"}
    assert len(arrange(rows, show="pending")) + len(arrange(rows, show="in_progress")) == 200
    assert {each.character for each in arrange(rows, search=" ЯРО ")} == {"Ярослав"}
    found = {each.viewer for each in arrange(rows, search="viewer_17 zed")}
    assert found == {"Viewer_174", "Viewer_179"}
    assert arrange(rows, search="viewer_17 nobody") == []
    assert [each.viewer for each in arrange(rows, search="viewer_174")] == ["Viewer_174"]
    names = [each.character for each in arrange(rows, key="character", descending=False)]
    assert names == sorted(names, key=str.casefold)


# D-33
@pytest.mark.parametrize(
    "key", ["id", "character", "viewer", "gold", "status", "accepted_at", "created_at"]
)
def test_the_order_does_not_depend_on_what_the_poll_brought(key: SortKey) -> None:
    rows = [row(number) for number in range(200)]
    for descending in (True, False):
        found = arrange(rows, key=key, descending=descending)
        assert found == arrange(rows[::-1], key=key, descending=descending)
        assert found[0] != found[-1]


# D-35
def test_the_event_log_keeps_the_newest_400_lines() -> None:
    log = EventLog(HandTime(FakeClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))))
    heard = []
    stop = log.subscribe(heard.append)
    for number in range(450):
        log.add(f"line\n {number}")
    assert len(log.entries) == KEPT == 400
    assert log.entries[0].text == "line 449"
    assert len(heard) == 450
    exported = log.export().splitlines()
    assert len(exported) == 400
    assert exported[0].endswith("  line 449")
    assert exported[0][:8].count(":") == 2
    stop()
    log.clear()
    assert log.entries == ()
    assert log.export() == ""
    log.add("again")
    assert len(heard) == 450


async def test_the_picture_follows_the_service(tmp_path: Path) -> None:
    async with bridged(tmp_path) as (stage, _, rig):
        view = rig.bridge.view
        assert (view.api, view.step, view.rows, view.log.exists) == (
            *("unknown", "searching", ()),
            False,
        )
        pictures: list[View] = []
        stop = rig.bridge.subscribe(pictures.append)
        ids = await winners(stage, 3)
        await stage.patch(ids[0], "InProgress")
        await rig.settle(2)
        view = pictures[-1]
        assert [each.id for each in view.rows] == ids[::-1]
        assert (view.pending, view.in_progress, view.step) == (2, 1, "ready")
        assert [each.status for each in view.rows] == ["Pending", "Pending", "InProgress"]
        assert view.rows[0].viewer.startswith("Viewer_")
        assert view.last_inject_at is not None
        stop()
        told = len(pictures)
        await rig.settle(2)
        assert len(pictures) == told
        text = status_line(rig.bridge.view)
        assert "service online · game in front · addon 1.0.0" in text
        assert "2 pending, 1 in progress" in text
