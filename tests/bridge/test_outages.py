"""A bridge that is killed, a service that is gone, a log that is cut: nothing lost or doubled."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from goldomatic.payouts.events import PayoutCreated, PayoutStatusChanged
from goldomatic.setting_texts import Secret
from goldomatic.simulation.asgi import Answer
from support.bridge_game import Rig, bridged, status, winners
from support.gate import Gate
from support.service import ANNA, API_KEY, Stage

Three = tuple[Stage, Gate, Rig]
Step = Callable[[Stage, Rig], Awaitable[None]]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path, auto_sync=True) as found:
        found[2].bridge.read_log()
        yield found


# A whole story in steps, each of which leaves the world as a crash would find it.


async def candidate(stage: Stage, rig: Rig) -> None:
    stage.clock.at(-1)
    await stage.chat(ANNA, "!twgold Норинн")
    await stage.tick(0)
    await stage.tick(240)


async def ask(stage: Stage, rig: Rig) -> None:
    await rig.bridge.watch_window()
    await rig.bridge.watch_candidate()
    while await rig.bridge.type_next():
        pass


async def read(stage: Stage, rig: Rig) -> None:
    rig.bridge.read_log()


async def deliver(stage: Stage, rig: Rig) -> None:
    await rig.bridge.deliver()


async def poll(stage: Stage, rig: Rig) -> None:
    await rig.bridge.refresh()


async def type_all(stage: Stage, rig: Rig) -> None:
    await rig.bridge.watch_window()
    while await rig.bridge.type_next():
        rig.clock.advance(0.3)


async def consent(stage: Stage, rig: Rig) -> None:
    for payout_id in rig.game.whispered:
        rig.game.tag(f"[MGM_ACCEPT:{payout_id}]")


async def mail(stage: Stage, rig: Rig) -> None:
    for payout_id in list(rig.game.queue):
        rig.game.mail(payout_id)


STORY: tuple[Step, ...] = (
    *(candidate, ask, read, deliver, poll, type_all),
    *(consent, read, deliver, poll, type_all),
    *(read, mail, read, deliver, poll),
)


async def finish(stage: Stage, rig: Rig) -> None:
    """Whatever was interrupted goes on: the game is played until nothing is left to do."""
    for _ in range(3):
        rig.game.repeat()
        await rig.settle(16)
        if not rig.game.mailed:
            await consent(stage, rig)
            await rig.settle(8)
            await mail(stage, rig)


async def paid_once(stage: Stage, rig: Rig) -> None:
    """One payout, sent once, mailed once, and each step told once."""
    (created,) = await stage.recorded(PayoutCreated)
    assert await status(stage, created.payout_id) == "Sent"
    moves = [event.status.value for event in await stage.recorded(PayoutStatusChanged)]
    assert moves == ["InProgress", "Sent"]
    assert rig.game.mailed == [created.payout_id]
    assert rig.game.whispered == [created.payout_id]


@pytest.mark.parametrize("step", range(len(STORY)))
async def test_a_bridge_that_is_killed_between_any_two_steps(three: Three, step: int) -> None:
    stage, _, rig = three
    for number, act in enumerate(STORY):
        if number == step:
            await rig.restart()
        await act(stage, rig)
    await finish(stage, rig)
    await paid_once(stage, rig)


@pytest.mark.parametrize("step", range(1, len(STORY)))
async def test_a_service_that_is_gone_for_a_while_at_any_step(three: Three, step: int) -> None:
    stage, way, rig = three
    for number, act in enumerate(STORY):
        way.down = number == step
        await act(stage, rig)
    way.down = False
    await finish(stage, rig)
    await paid_once(stage, rig)


@pytest.mark.parametrize("step", range(1, len(STORY)))
async def test_answers_that_are_lost_at_any_step(three: Three, step: int) -> None:
    stage, way, rig = three
    for number, act in enumerate(STORY):
        way.lose_answers = 2 if number == step else 0
        await act(stage, rig)
    way.lose_answers = 0
    await finish(stage, rig)
    await paid_once(stage, rig)


# D-23
@pytest.mark.parametrize("step", range(1, len(STORY)))
@pytest.mark.parametrize("lost", [True, False])
async def test_a_log_that_is_cut_at_any_step(three: Three, step: int, lost: bool) -> None:
    stage, _, rig = three
    for number, act in enumerate(STORY):
        if number == step:
            content = b"" if lost or not rig.game.log.exists() else rig.game.log.read_bytes()
            rig.game.log.write_bytes(b"11/21 12:00:00.000  Bob says: hello\r\n" + content)
        await act(stage, rig)
    await finish(stage, rig)
    await paid_once(stage, rig)


# D-22
async def test_a_confirmation_survives_an_outage_and_a_restart(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await rig.settle(2)
    way.down = True
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    for _ in range(10):
        await rig.look()
        rig.clock.advance(60)
    assert len(way.to("/status", "PATCH")) == 10
    assert rig.told.count("") == 0
    assert sum("it is kept and tried again" in text for text in rig.told) == 1
    await rig.restart()
    way.down = False
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    way.calls.clear()
    rig.clock.advance(600)
    await rig.look()
    assert way.to("/status", "PATCH") == []


# D-22
async def test_an_outage_is_shown_once_and_ends_by_itself(three: Three) -> None:
    _, way, rig = three
    await rig.bridge.refresh()
    assert rig.bridge.view.api == "online"
    assert rig.bridge.view.api_text == "API: OK (0 in queue)"
    way.down = True
    alerts = []
    for _ in range(8):
        await rig.bridge.refresh()
        alert = rig.bridge.view.alert
        alerts.append(alert)
        if alert is not None:
            assert (alert.title, alert.kind) == ("API unreachable", "api_unreachable")
            rig.bridge.dismiss()
        rig.clock.advance(15)
    assert rig.bridge.view.api == "degraded"
    assert rig.bridge.view.api_text == "API: error"
    assert [alert is not None for alert in alerts] == [False, False, True, *[False] * 5]
    assert sum("Poll failed" in text for text in rig.told) == 1
    way.down = False
    await rig.bridge.refresh()
    assert rig.bridge.view.api == "online"


# D-21
async def test_a_tag_is_delivered_once_though_the_first_requests_are_lost(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    way.drop = 3
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    started = rig.clock.now
    at = []
    for _ in range(60):
        before = len(way.calls)
        await rig.look()
        at += [(rig.clock.now - started).total_seconds()] * (len(way.calls) - before)
        rig.clock.advance(0.5)
    assert at == [0, 2, 6, 14]
    assert await status(stage, payout_id) == "Sent"


async def test_what_waits_is_told_as_soon_as_the_service_answers_again(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    way.answers = [Answer(503, None, {"Retry-After": "600"})]
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    await rig.look()
    assert await status(stage, payout_id) == "InProgress"
    await rig.bridge.refresh()
    await rig.look()
    assert await status(stage, payout_id) == "Sent"


async def test_a_wrong_key_loses_nothing(three: Three) -> None:
    stage, _way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    await rig.bridge.apply(rig.settings, Secret("not-the-key"))
    rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")
    await rig.look()
    assert await status(stage, payout_id) == "InProgress"
    assert rig.bridge.view.api == "degraded"
    await rig.bridge.apply(rig.settings, Secret(API_KEY))
    await rig.bridge.refresh()
    await rig.look()
    assert await status(stage, payout_id) == "Sent"
    assert not any("not-the-key" in text or API_KEY in text for text in rig.told)


async def test_twenty_winners_at_once(three: Three) -> None:
    stage, way, rig = three
    rig.game.consents = rig.game.mails = True
    ids = await winners(stage, 20)
    await rig.settle(40)
    assert rig.game.whispered == ids
    assert sorted(rig.game.mailed) == sorted(ids)
    assert {await status(stage, each) for each in ids} == {"Sent"}
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 20
    assert len(way.to("/confirm-acceptance")) == 20
    await rig.settle(5)
    assert rig.game.queue == {}


# D-23
async def test_a_log_that_is_replaced_with_its_old_tags_repeats_no_action(three: Three) -> None:
    stage, way, rig = three
    rig.game.consents = rig.game.mails = True
    await winners(stage, 2)
    await rig.settle(15)
    told = way.changes()
    content = rig.game.log.read_bytes()
    rig.game.log.unlink()
    rig.game.log.write_bytes(b"another first line\r\n" + content)
    third = await one(stage)
    rig.game.tag(f"[MGM_ACCEPT:{third}]")
    await rig.look()
    assert way.changes() == [*told, ("POST", f"/api/payouts/{third}/confirm-acceptance")]


async def one(stage: Stage) -> str:
    await stage.chat(ANNA, "!twgold Kaelen")
    answer = await stage.operator(
        "POST", "/api/e2e/prepare-pending-payout", json={"twitchUserId": ANNA.id}
    )
    found: str = answer.json()["payoutId"]
    return found


async def test_a_memory_that_cannot_be_written_acknowledges_nothing_and_loses_nothing(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, way, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await stage.patch(payout_id, "InProgress")
    number = rig.game.tag(f"[MGM_CONFIRM:{payout_id}]")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(rig.bridge._desk.state, "set_place", full)
        with pytest.raises(sqlite3.OperationalError):
            rig.bridge.read_log()
        rig.clock.advance(5)
        await rig.bridge.deliver()
        await type_all(stage, rig)
    assert way.to("/status", "PATCH") == []
    assert number not in rig.game.acknowledged
    await rig.settle(5)
    assert await status(stage, payout_id) == "Sent"
    assert number in rig.game.acknowledged


async def test_run_goes_on_after_an_error_of_one_part(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, way, rig = three
    calls = 0
    thrice = asyncio.Event()

    def broken() -> bool:
        nonlocal calls
        calls += 1
        if calls == 3:
            thrice.set()
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.bridge._intake, "look", broken)
    task = asyncio.create_task(rig.bridge.run())
    await asyncio.wait_for(way.arrived.wait(), 5)
    await asyncio.wait_for(thrice.wait(), 5)
    rig.bridge.stop()
    await asyncio.wait_for(task, 5)
    assert "Internal error: RuntimeError" in rig.told
