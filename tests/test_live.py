"""The live feed: what is told, and to whom."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from goldomatic import live
from support.service import ANNA, BORIS, Stage, running
from support.twitch import until
from support.watcher import watching

SIX_FIELDS = {
    "nextSpinAt",
    "serverNow",
    "spinIntervalSeconds",
    "poolParticipantCount",
    "spinPhase",
    "currentSpinCycleId",
}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


async def test_a_watcher_is_told_the_state_at_once(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    async with watching(stage) as watcher:
        (first,) = watcher.told
        assert watcher.retry == 2000
        assert (first.id, first.name) == (stage.service.ledger.position, "state")
        assert first.data["roulette"].keys() == SIX_FIELDS
        assert first.data["roulette"]["poolParticipantCount"] == 1
        draw = first.data["draw"]
        assert draw["drawId"] == first.data["roulette"]["currentSpinCycleId"]
        assert len(draw["commitment"]) == 64
        assert (draw["frozen"], draw["revealed"]) == (False, False)


async def test_before_the_first_cycle_there_is_no_draw(stage: Stage) -> None:
    async with watching(stage) as watcher:
        assert watcher.told[0].data["draw"] is None
        assert watcher.told[0].data["roulette"]["spinPhase"] == "idle"


async def test_a_whole_spin_as_anybody_sees_it(stage: Stage) -> None:
    async with watching(stage) as watcher:
        payout = await stage.win(0, (ANNA, "Norinn"))
        await stage.tick(270)
        await stage.accept(payout, "Norinn")
        await stage.patch(payout, "InProgress")
        await stage.patch(payout, "Sent")
        await watcher.next("payout", 4)
        cycle = watcher.data("outcome")[0]["spinCycleId"]
        assert watcher.data("outcome") == [
            {
                "spinCycleId": cycle,
                "result": "winner",
                "characterName": "Norinn",
                "at": "2026-11-21T12:04:00.000Z",
            }
        ]
        (draw,) = watcher.data("draw")
        assert draw["drawId"] == cycle
        assert draw["recordUrl"] == f"/api/draws/{cycle}"
        assert len(draw["seed"]) == 64
        statuses = [data["status"] for data in watcher.data("payout")]
        assert statuses == ["Pending", "Pending", "InProgress", "Sent"]
        assert watcher.data("payout")[0].keys() == {"characterName", "status", "spinCycleId", "at"}
        assert watcher.named("me") == []


async def test_cycles_without_a_winner_are_told_without_a_name(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    async with watching(stage) as watcher:
        await stage.tick(0)
        await stage.tick(240)
        await stage.report(await stage.candidate(), online=False)
        for seconds in (300, 540, 600, 631):
            await stage.tick(seconds)
        await watcher.next("outcome", 2)
        outcomes = [(each["result"], each["characterName"]) for each in watcher.data("outcome")]
        assert outcomes == [("offline", None), ("unverified", None)]


async def test_the_draw_is_told_when_the_wheel_has_stopped_and_not_before(stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    async with watching(stage) as watcher:
        await stage.tick(0)
        await stage.tick(240)
        await watcher.next("state", 2)
        assert {each.name for each in watcher.told} == {"state"}
        text = str(watcher.told)
        assert "Norinn" not in text
        assert ANNA.id not in text
        await stage.tick(270)
        await watcher.next("draw")


# A viewer's own messages


async def test_a_viewer_is_told_about_themselves_and_nobody_else_is(stage: Stage) -> None:
    anna, boris = stage.token(ANNA), stage.token(BORIS)
    async with (
        watching(stage, anna) as anna_sees,
        watching(stage, boris) as boris_sees,
        watching(stage) as anybody_sees,
        watching(stage, stage.token(None)) as nameless_sees,
    ):
        payout = await stage.win(0, (ANNA, "Norinn"))
        await stage.chat(BORIS, "!twgold norinn")
        await stage.patch(payout, "InProgress")
        await stage.accept(payout, "Norinn")
        await stage.patch(payout, "Sent")
        await anna_sees.next("me", 6)
        await boris_sees.next("me", 1)
        for watcher in (boris_sees, anybody_sees, nameless_sees):
            await watcher.next("payout", 4)
    mine = [
        (me["kind"], me.get("status"), me.get("accepted"), me.get("reason"))
        for me in anna_sees.data("me")
    ]
    assert mine == [
        ("enrolled", None, None, None),
        ("payout", "Pending", False, None),
        ("payout", "InProgress", False, None),
        ("payout", "InProgress", True, None),
        ("payout", "Sent", True, None),
        ("removed", None, None, "sent"),
    ]
    assert boris_sees.data("me") == [{"kind": "refused", "code": "character_name_taken_in_pool"}]
    assert anybody_sees.named("me") == nameless_sees.named("me") == []
    assert ANNA.id not in str(boris_sees.told + anybody_sees.told + nameless_sees.told)


async def test_a_replaced_entry_is_told_as_one_message(stage: Stage) -> None:
    async with watching(stage, stage.token(ANNA)) as watcher:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.chat(ANNA, "!twgold Kael")
        await watcher.next("me", 2)
        names = [me["characterName"] for me in watcher.data("me")]
        assert names == ["Norinn", "Kael"]


# The state


async def test_many_changes_are_few_states_and_the_last_is_right(stage: Stage) -> None:
    async with watching(stage) as watcher:
        began = monotonic()
        for number in range(60):
            await stage.chat(ANNA, f"!twgold Name{chr(97 + number % 26)}")
        await stage.chat(BORIS, "!twgold Kael")

        def is_told() -> bool:
            state = watcher.data("state")[-1]
            return bool(state["roulette"]["poolParticipantCount"] == 2)

        await until(is_told)
        most = 3 + (monotonic() - began) / live.STATE_EVERY_SECONDS
        assert len(watcher.named("state")) <= most
        assert watcher.named("state")[-1].id == stage.service.ledger.position


async def test_an_idle_connection_is_kept_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.02)
    async with watching(stage) as watcher:
        await until(lambda: watcher.comments >= 3)
        assert not watcher.ended.is_set()
        assert len(watcher.told) == 1
