"""The operator's hand: Sync, the actions of a row, and what the game is told about them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldomatic.bridge.inject.recording import DRY_WINDOW
from goldomatic.bridge.view import RowAction
from goldomatic.simulation.asgi import Answer
from support.bridge_game import Rig, bridged, status, winners
from support.gate import Gate
from support.service import Stage

Three = tuple[Stage, Gate, Rig]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path) as found:
        found[2].bridge.read_log()
        await found[2].hello()
        yield found


async def consented(stage: Stage, number: int = 1) -> list[str]:
    """Winners who have consented; their ids."""
    ids = await winners(stage, number)
    for payout in (await stage.operator("GET", "/api/payouts")).json():
        answer = await stage.accept(payout["id"], payout["characterName"])
        assert answer.status_code == 200
    return ids


# D-04
async def test_without_the_game_sync_moves_and_types_nothing(three: Three) -> None:
    stage, way, rig = three
    await consented(stage)
    rig.game.injector.window = None
    rig.clock.advance(61)
    await rig.settle(3)
    assert not rig.bridge.view.can_sync
    assert rig.bridge.view.step == "searching"
    await rig.bridge.sync()
    assert rig.told[-1] == "Sync/Inject: WoW not foreground."
    assert (way.changes(), rig.game.lines) == ([], [])


# D-05
async def test_a_game_that_comes_to_the_front_is_noticed(three: Three) -> None:
    stage, _, rig = three
    await consented(stage)
    rig.game.injector.window = None
    rig.clock.advance(61)
    await rig.settle(3)
    pictures = []
    rig.bridge.subscribe(pictures.append)
    rig.game.injector.window = DRY_WINDOW
    await rig.bridge.watch_window()
    view = rig.bridge.view
    assert (view.can_sync, view.step, view.in_front) == (True, "ready", True)
    assert view.window == DRY_WINDOW


async def test_the_game_counts_for_a_minute_after_the_operator_has_turned_to_the_bridge(
    three: Three,
) -> None:
    stage, _way, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    other = DRY_WINDOW
    rig.game.injector.elsewhere = True
    await rig.bridge.watch_window()
    view = rig.bridge.view
    assert (view.window, view.in_front, view.can_sync) == (other, False, True)
    await rig.bridge.sync()
    assert await status(stage, payout_id) == "InProgress"
    await rig.settle(3)
    assert rig.game.typed("ReceiveGold") == []
    assert rig.bridge.view.waiting_lines >= 1
    rig.game.injector.elsewhere = False
    await rig.settle(3)
    assert len(rig.game.typed("ReceiveGold")) == 1


# D-06
async def test_sync_moves_first_and_types_then(three: Three) -> None:
    stage, way, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(3)
    seen_at_typing: list[list[tuple[str, str]]] = []
    hear = rig.game.injector.answer
    assert hear is not None

    def note(line: str) -> None:
        seen_at_typing.append(way.changes())
        hear(line)

    rig.game.injector.answer = note
    await rig.bridge.sync()
    assert f"PATCH InProgress {payout_id}" in rig.told
    await rig.settle(3)
    line = f'/run ReceiveGold("{payout_id}:Norinn:10000000;")'
    assert rig.game.lines.count(line) == 1
    assert ("PATCH", f"/api/payouts/{payout_id}/status") in seen_at_typing[0]
    assert f"Injected ReceiveGold chunk ({len(line)} chars)." in rig.told
    assert rig.bridge.view.rows[0].queued == "answered"


# D-07
async def test_twelve_winners_are_queued_whole_and_in_order(three: Three) -> None:
    stage, _, rig = three
    ids = await consented(stage, 12)
    await rig.settle(3)
    await rig.bridge.sync()
    await rig.settle(10)
    typed = [call[0] for call in rig.game.typed("ReceiveGold")]
    assert len(typed) >= 3
    assert [entry.split(":")[0] for text in typed for entry in text.split(";") if entry] == ids
    assert list(rig.game.queue) == ids


# D-08
async def test_with_no_payouts_sync_says_so(three: Three) -> None:
    _, way, rig = three
    await rig.settle(2)
    await rig.bridge.sync()
    assert rig.told[-1] == "Sync/Inject: no Pending payouts."
    assert way.changes() == []


# D-32
async def test_those_without_consent_are_left_out_unless_the_operator_insists(
    three: Three,
) -> None:
    stage, _, rig = three
    first, second = await winners(stage, 2)
    await stage.accept(second, "Noriab")
    await rig.settle(3)
    await rig.bridge.sync()
    assert "Sync/Inject: 1 without consent left out." in rig.told
    assert [await status(stage, each) for each in (first, second)] == ["Pending", "InProgress"]
    await rig.bridge.sync(without_consent=True)
    await rig.settle(3)
    assert await status(stage, first) == "InProgress"
    lines = rig.game.lines
    whisper = next(n for n, line in enumerate(lines) if "NotifyWinnerWhisper" in line)
    mail = next(n for n, line in enumerate(lines) if "ReceiveGold" in line and first in line)
    assert whisper < mail


async def test_a_payout_that_cannot_be_moved_is_left_out(three: Three) -> None:
    stage, _, rig = three
    first, second = await consented(stage, 2)
    await rig.settle(3)
    await stage.patch(first, "Cancelled")
    await rig.bridge.sync()
    await rig.settle(3)
    assert list(rig.game.queue) == [second]
    assert any("PATCH InProgress" in text and "not_allowed" in text for text in rig.told)


async def test_headless_queues_consented_payouts_by_itself(tmp_path: Path) -> None:
    async with bridged(tmp_path, auto_sync=True) as (stage, _, rig):
        rig.bridge.read_log()
        await rig.hello()
        rig.game.consents = True
        ids = await winners(stage, 2)
        await rig.settle(10)
        assert list(rig.game.queue) == ids
        assert len(rig.game.typed("ReceiveGold")) <= 2


# D-30
@pytest.mark.parametrize(
    ("action", "begun", "then"),
    [
        ("mark_sent", True, "Sent"),
        ("mark_failed", True, "Failed"),
        ("mark_failed", False, "Failed"),
        ("cancel", True, "Cancelled"),
        ("cancel", False, "Cancelled"),
        ("unlock", True, "Pending"),
    ],
)
async def test_the_actions_of_a_row(
    three: Three, action: RowAction, begun: bool, then: str
) -> None:
    stage, way, rig = three
    (payout_id,) = await winners(stage, 1)
    if begun:
        await stage.patch(payout_id, "InProgress")
    await rig.settle(1)
    way.calls.clear()
    assert await rig.bridge.act(payout_id, action) is None
    (sent,) = way.to("/status", "PATCH")
    assert json.loads(sent.body) == {"status": then}
    assert await status(stage, payout_id) == then
    assert f"Manual {then} {payout_id} (Norinn)" in rig.told
    assert len(rig.bridge.view.rows) == (1 if then == "Pending" else 0)


# D-30
async def test_a_refused_action_shows_its_code_and_the_row_anew(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await rig.settle(1)
    await stage.patch(payout_id, "Sent")
    refusal = await rig.bridge.act(payout_id, "unlock")
    assert refusal == "terminal_status_change_not_allowed"
    assert any("terminal_status_change_not_allowed" in text for text in rig.told)
    assert rig.bridge.view.rows == ()
    assert await rig.bridge.act(payout_id, "unlock") == "not_found"


# D-30
async def test_a_row_offers_what_its_status_allows(three: Three) -> None:
    stage, _way, rig = three
    (payout_id,) = await winners(stage, 1)
    await rig.bridge.refresh()
    (row,) = rig.bridge.view.rows
    assert set(row.actions) == {"mark_failed", "cancel"}
    for forbidden in ("mark_sent", "unlock", "reinject", "renotify"):
        assert await rig.bridge.act(payout_id, forbidden) == "not_allowed"
    await rig.settle(2)
    assert "renotify" in rig.bridge.view.rows[0].actions
    await stage.patch(payout_id, "InProgress")
    await rig.settle(1)
    assert set(rig.bridge.view.rows[0].actions) == {
        *("mark_sent", "mark_failed", "cancel", "unlock", "reinject")
    }


# D-31
async def test_a_payout_without_a_confirmation_becomes_stuck(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    await rig.bridge.sync()
    await rig.settle(3)
    rig.clock.advance(29 * 60)
    assert not rig.bridge.view.rows[0].stuck
    rig.clock.advance(2 * 60)
    assert rig.bridge.view.rows[0].stuck
    assert await status(stage, payout_id) == "InProgress"
    assert await rig.bridge.act(payout_id, "mark_failed") is None
    assert await status(stage, payout_id) == "Failed"


async def test_a_doubtful_mail_is_shown(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    await rig.bridge.sync()
    await rig.settle(3)
    rig.game.tag(f"[MGM_DOUBT:{payout_id}]")
    await rig.settle(60)
    assert rig.bridge.view.rows[0].doubt
    assert len(rig.game.typed("ReceiveGold")) == 1


@pytest.mark.parametrize("action", ["cancel", "mark_failed", "unlock"])
async def test_what_is_not_to_be_paid_any_more_leaves_the_games_queue(
    three: Three, action: RowAction
) -> None:
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    await rig.bridge.sync()
    await rig.settle(3)
    assert list(rig.game.queue) == [payout_id]
    assert await rig.bridge.act(payout_id, action) is None
    await rig.settle(5)
    assert rig.game.queue == {}
    assert rig.game.typed("ReceiveGold")[-1] == (f"{payout_id}:Norinn:0;",)
    await rig.settle(60)
    assert len(rig.game.typed("ReceiveGold")) == 2
    if action == "unlock":
        await rig.bridge.sync()
        await rig.settle(5)
        assert list(rig.game.queue) == [payout_id]
        assert rig.game.typed("ReceiveGold")[-1] == (f"{payout_id}:Norinn:10000000?;",)


async def test_what_was_typed_in_vain_is_typed_again_with_a_mark(three: Three) -> None:
    """The addon may have taken it all the same, and a crash have eaten its answers."""
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    rig.game.answers = False
    await rig.bridge.sync()
    await rig.settle(400)
    assert rig.bridge.view.rows[0].queued == "silent"
    rig.game.lines.clear()
    await rig.bridge.act(payout_id, "reinject")
    await rig.settle(4)
    assert rig.game.typed("ReceiveGold")[0] == (f"{payout_id}:Norinn:10000000?;",)


async def test_what_another_bridge_has_begun_is_handed_over_with_a_mark(three: Three) -> None:
    """Two bridges sync at the same time, or the memory of one was lost: two games, one payout."""
    stage, _, rig = three
    ids = await consented(stage, 2)
    await rig.settle(2)
    await stage.patch(ids[0], "InProgress")
    await rig.bridge.sync()
    await rig.settle(4)
    assert rig.game.typed("ReceiveGold") == [
        (f"{ids[0]}:Noriaa:10000000?;{ids[1]}:Noriab:10000000;",)
    ]


@pytest.mark.parametrize("action", ["reinject", "unlock"])
async def test_a_payout_that_is_not_ours_is_taken_over_with_a_mark(
    three: Three, action: RowAction
) -> None:
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await stage.patch(payout_id, "InProgress")
    await rig.settle(3)
    assert rig.game.typed("ReceiveGold") == []
    assert await rig.bridge.act(payout_id, action) is None
    await rig.settle(3)
    if action == "unlock":
        assert rig.game.typed("ReceiveGold") == [(f"{payout_id}:Norinn:0;",)]
        await rig.bridge.sync()
        await rig.settle(3)
    assert rig.game.typed("ReceiveGold")[-1] == (f"{payout_id}:Norinn:10000000?;",)


async def test_what_the_broadcaster_cancels_leaves_the_games_queue_too(three: Three) -> None:
    stage, way, rig = three
    ids = await consented(stage, 2)
    await rig.settle(2)
    await rig.bridge.sync()
    await rig.settle(4)
    await stage.patch(ids[0], "Cancelled")
    rig.game.mail(ids[1])
    way.answers = [Answer(503)] * 4
    await rig.settle(6)
    assert rig.game.queue == {}
    withdrawn = [call[0] for call in rig.game.typed("ReceiveGold") if ":0;" in call[0]]
    assert withdrawn == [f"{ids[0]}:Noriaa:0;"]


async def test_a_game_that_has_forgotten_is_told_again_with_a_mark(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await consented(stage)
    await rig.settle(2)
    await rig.bridge.sync()
    await rig.settle(4)
    rig.game.queue.clear()
    rig.game.lines.clear()
    rig.game.tag("[MGM_HELLO]1.0.0")
    await rig.settle(4)
    assert rig.game.typed("ReceiveGold") == [(f"{payout_id}:Norinn:10000000?;",)]
    assert list(rig.game.queue) == [payout_id]
    await rig.bridge.act(payout_id, "reinject")
    await rig.settle(4)
    assert len(rig.game.typed("ReceiveGold")) == 2


async def test_when_the_service_is_gone_an_action_alarms_and_retry_looks_again(
    three: Three,
) -> None:
    stage, way, rig = three
    (payout_id,) = await winners(stage, 1)
    await rig.settle(1)
    way.down = True
    refusal = await rig.bridge.act(payout_id, "cancel")
    assert refusal is not None
    alert = rig.bridge.view.alert
    assert alert is not None
    assert (alert.kind, alert.title) == ("api_unreachable", "API unreachable")
    way.down = False
    await rig.bridge.retry()
    assert rig.bridge.view.alert is None
    assert rig.bridge.view.api == "online"
    assert await status(stage, payout_id) == "Pending"
