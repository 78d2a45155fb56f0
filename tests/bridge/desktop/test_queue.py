"""The queue (UI-304): actions of a row, filter, search, sorting, selection."""

import pytest
from PySide6.QtCore import Qt

from goldomatic.values import rfc3339
from support.payout_service import NOON, PayoutService, payout
from support.windows import Desk, press, until


def shown(desk: Desk) -> list[str]:
    model = desk.window.queue.model
    return [model.row(number).character for number in range(model.rowCount())]


def choose(desk: Desk, name: str) -> None:
    desk.window.queue.table.selectRow(shown(desk).index(name))


def cell(desk: Desk, row: int, column: int) -> str:
    model = desk.window.queue.model
    return str(model.data(model.index(row, column)))


@pytest.mark.parametrize(
    ("action", "status", "sent"),
    [
        ("mark_sent", "InProgress", "Sent"),
        ("mark_failed", "Pending", "Failed"),
        ("cancel", "InProgress", "Cancelled"),
        ("unlock", "InProgress", "Pending"),
    ],
)
def test_an_action_is_confirmed_and_sent(
    open_desk, service: PayoutService, action: str, status: str, sent: str
) -> None:
    # D-30
    service.hold(payout(1, status=status))
    desk = open_desk()
    until(lambda: shown(desk) == ["Norinn"], "the row")
    choose(desk, "Norinn")
    press(desk.window.queue.buttons[action])
    assert "Norinn" in desk.question().informativeText()
    desk.answer(1)
    assert service.patches() == [], "No means no"

    press(desk.window.queue.buttons[action])
    desk.answer(0)

    until(lambda: service.patches(), "the PATCH")
    assert service.patches() == [
        f"PATCH /api/payouts/00000000-0000-0000-0000-000000000001/status {{'status': '{sent}'}}"
    ]


def test_a_refusal_is_shown_with_its_code_and_the_row_refreshed(
    open_desk, service: PayoutService
) -> None:
    # D-30
    service.hold(payout(1, status="InProgress"))
    desk = open_desk()
    until(lambda: shown(desk) == ["Norinn"], "the row")
    choose(desk, "Norinn")
    service.refusal = "terminal_status_change_not_allowed"
    press(desk.window.queue.buttons["cancel"])
    service.hold(payout(2, "Torgan"))
    service.payouts |= {payout(1)["id"]: payout(1, status="InProgress")}
    desk.answer(0)

    until(lambda: desk.questions() == 1, "the refusal")
    assert "terminal_status_change_not_allowed" in desk.question().text()
    assert desk.question().informativeText() == "The payout is closed already."
    until(lambda: "Torgan" in shown(desk), "the fresh rows")


def test_which_actions_a_row_allows(open_desk, service: PayoutService) -> None:
    service.hold(payout(1), payout(2, "Torgan", status="InProgress"))
    desk = open_desk()
    until(lambda: len(shown(desk)) == 2, "the rows")
    assert not any(each.isEnabled() for each in desk.window.queue.buttons.values())

    choose(desk, "Norinn")
    allowed = {name for name, each in desk.window.queue.buttons.items() if each.isEnabled()}
    assert allowed == {"mark_failed", "cancel"}

    choose(desk, "Torgan")
    allowed = {name for name, each in desk.window.queue.buttons.items() if each.isEnabled()}
    assert allowed == {"mark_sent", "mark_failed", "cancel", "unlock", "reinject"}


def test_renotify_types_the_whisper_again(open_desk, service: PayoutService) -> None:
    service.hold(payout(1, winnerAcceptedWillingToReceiveAt=None))
    desk = open_desk()
    until(lambda: any("NotifyWinner" in line for line in desk.injector.lines), "the whisper")
    choose(desk, "Norinn")
    until(desk.window.queue.buttons["renotify"].isEnabled, "Re-notify")

    press(desk.window.queue.buttons["renotify"])

    until(
        lambda: sum("NotifyWinner" in line for line in desk.injector.lines) == 2, "whispered again"
    )


def test_a_stuck_row_is_marked_in_words_and_colour(open_desk, service: PayoutService) -> None:
    # D-31
    service.hold(payout(1, status="InProgress", updatedAt=rfc3339(NOON)))
    desk = open_desk()
    until(lambda: shown(desk) == ["Norinn"], "the row")
    model = desk.window.queue.model

    assert cell(desk, 0, 4) == "! In progress, stuck"
    assert "30 minutes" in model.data(model.index(0, 4), Qt.ItemDataRole.ToolTipRole)
    assert model.data(model.index(0, 4), Qt.ItemDataRole.ForegroundRole) is not None
    choose(desk, "Norinn")
    press(desk.window.queue.buttons["mark_failed"])
    desk.answer(0)
    until(lambda: "Failed" in "".join(service.patches()), "failed by hand")


def test_what_a_row_says(open_desk, service: PayoutService) -> None:
    service.hold(payout(1, "Элриндэль"))
    desk = open_desk()
    until(lambda: shown(desk) == ["Элриндэль"], "the row")

    assert [cell(desk, 0, column) for column in range(5)] == [
        "00000000",
        "Элриндэль",
        "Viewer_1",
        "1000g",
        "Pending",
    ]
    assert cell(desk, 0, 5).startswith("✓ ")
    model = desk.window.queue.model
    tip = model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert tip == "00000000-0000-0000-0000-000000000001"


def test_200_rows_keep_filter_order_search_and_selection_while_polling(
    open_desk, service: PayoutService
) -> None:
    # D-33
    names = [f"{first}{second}mir" for first in "BCDFGHJKLM" for second in "aeiouyаеио"]
    rows = [
        payout(2 * number + half, f"{name}{'a' * half}", status=("Pending", "InProgress")[half])
        for number, name in enumerate(names)
        for half in (0, 1)
    ]
    service.hold(*rows)
    desk = open_desk(injector=None)
    queue = desk.window.queue
    until(lambda: len(shown(desk)) == 200, "200 rows")
    assert shown(desk)[0] == rows[-1]["characterName"], "newest first"

    queue.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    queue.filter.setCurrentIndex(queue.filter.findData("in_progress"))
    assert len(shown(desk)) == 100
    queue.search.setText("  BEM viewer ")
    assert shown(desk) == ["Bemira"]
    queue.search.setText("emir")
    expected = sorted(shown(desk), key=str.casefold)
    assert len(expected) == 10
    choose(desk, expected[3])
    chosen = queue.selected()
    assert chosen is not None

    for number in range(5):
        new = payout(900 + number, f"Bnew{'xyzuv'[number]}")
        service.payouts |= {new["id"]: new}
        service.payouts.pop(rows[number]["id"])
        polls = len(service.requests)
        desk.window._refresh()
        until(lambda polls=polls: len(service.requests) > polls, "a poll")
    ids = set(service.payouts)
    until(lambda: {row.id for row in desk.window.view.rows} == ids, "the last poll")

    still = queue.selected()
    assert still is not None
    assert still.id == chosen.id
    assert queue.table.selectionModel().selectedRows()[0].data() == chosen.id[:8]
    assert shown(desk) == sorted(shown(desk), key=str.casefold)
    assert all("emir" in name for name in shown(desk))
    queue.filter.setCurrentIndex(0)
    queue.search.clear()
    until(lambda: len(shown(desk)) == 200, "all rows again")


def test_an_empty_queue_and_an_empty_filter_say_so(open_desk, service: PayoutService) -> None:
    desk = open_desk()
    until(lambda: desk.window.pills.api.text() == "API online", "the service")
    note = desk.window.queue._note
    assert "No payouts." in note.text()

    service.hold(payout(1))
    desk.window._refresh()
    until(lambda: shown(desk) == ["Norinn"], "the row")
    assert not note.isVisible()
    desk.window.queue.search.setText("nobody")
    desk.window.take(desk.window.view)
    assert "No payout matches" in note.text()
