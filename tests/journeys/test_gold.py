"""Whole stories of the gold roulette over HTTP, from the chat line to the mail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goldomatic.channel import CODEC, TABLES, ChannelState
from goldomatic.fairdraw.record import decode_record
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from goldomatic.ledger.rebuild import differences
from goldomatic.payouts.events import PayoutStatusChanged
from goldomatic.schedule import expire_payouts
from support.clock import FakeClock
from support.ledgers import checked_log
from support.service import ANNA, BORIS, CHANNEL, CLARA, Stage, running
from support.twitch import running_with, until, watched_twitch
from support.watcher import watching

LINE = "Награда отправлена персонажу Norinn на почту, проверяй ящик!"


# G-01
async def test_from_the_chat_line_to_the_mail(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings), running_with(tmp_path, settings) as stage:
        await stage.chat(ANNA, "!twgold Norinn")
        await stage.tick(0)
        noted = (await stage.request("GET", "/api/roulette/commitment")).json()
        await stage.tick(240)
        candidate = await stage.candidate()
        assert candidate["characterName"] == "Norinn"
        payout_id = (await stage.report(candidate)).json()["payoutId"]
        await stage.tick(241)
        assert (await stage.accept(payout_id, "Norinn")).status_code == 200
        assert (await stage.patch(payout_id, "InProgress")).status_code == 200
        assert (await stage.patch(payout_id, "Sent")).status_code == 200
        mine = (await stage.as_viewer(ANNA, "GET", "/api/payouts/my-last")).json()
        assert (mine["id"], mine["status"]) == (payout_id, "Sent")
        assert stage.pool() == {}
        await until(lambda: twitch.texts == [LINE])
        record = decode_record((await stage.request("GET", noted["recordUrl"])).content)
        assert record.commitment == noted["commitment"]
        assert verify(record).verdict is Verdict.VERIFIED
        await stage.chat(ANNA, "!twgold Norinn")
        assert stage.pool() == {ANNA.id: "Norinn"}
        await sound(stage)


async def sound(stage: Stage) -> None:
    """The chain holds, and the read tables say what the events say."""
    store = stage.service.store
    await checked_log(store)
    assert await differences(store, CHANNEL, ChannelState(CHANNEL), CODEC, TABLES) == []


# The same story, with the service stopped and started between any two steps

Step = Callable[[Stage, dict[str, Any]], Any]


async def enter(stage: Stage, known: dict[str, Any]) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    known["delivery"] = stage.sender._sent.copy()


async def begin(stage: Stage, known: dict[str, Any]) -> None:
    await stage.tick(0)


async def draw(stage: Stage, known: dict[str, Any]) -> None:
    await stage.tick(240)


async def reveal(stage: Stage, known: dict[str, Any]) -> None:
    await stage.tick(270)


async def report(stage: Stage, known: dict[str, Any]) -> None:
    known["payout"] = (await stage.report(await stage.candidate())).json()["payoutId"]


async def accept(stage: Stage, known: dict[str, Any]) -> None:
    assert (await stage.accept(known["payout"], "Norinn")).status_code == 200


async def in_progress(stage: Stage, known: dict[str, Any]) -> None:
    assert (await stage.patch(known["payout"], "InProgress")).status_code == 200


async def sent(stage: Stage, known: dict[str, Any]) -> None:
    assert (await stage.patch(known["payout"], "Sent")).status_code == 200


STEPS: list[Step] = [enter, begin, draw, reveal, report, accept, in_progress, sent]


PARTS = [[STEPS[:stop], STEPS[stop:]] for stop in range(1, len(STEPS))]
PARTS.append([[step] for step in STEPS])


@pytest.mark.parametrize("parts", PARTS, ids=[*(f.__name__ for f in STEPS[1:]), "everywhere"])
async def test_a_restart_between_two_steps_changes_nothing(
    tmp_path: Path, parts: list[list[Step]]
) -> None:
    clock, known = FakeClock(), dict[str, Any]()
    async with watched_twitch() as (twitch, settings):
        for part in parts:
            async with running_with(tmp_path, settings, clock) as stage:
                for step in part:
                    await step(stage, known)
        async with running_with(tmp_path, settings, clock) as stage:
            await stage.service.reactions.resume()
            stage.sender._sent = known["delivery"]
            (message_id,) = stage.sender._sent
            await stage.sender.redeliver(message_id)
            mine = (await stage.as_viewer(ANNA, "GET", "/api/payouts/my-last")).json()
            assert mine["status"] == "Sent"
            assert mine["isRewardSentAnnouncedToChat"] is True
            assert stage.pool() == {}, "a line that is delivered again is no new entry"
            await sound(stage)
        assert twitch.texts == [LINE]


async def test_an_evening_of_six_cycles(tmp_path: Path) -> None:
    """A winner who is paid, one who fails, one offline, one unverified, nobody, and one again."""
    async with running(tmp_path) as stage, watching(stage) as watcher:
        for person, name in ((ANNA, "Norinn"), (BORIS, "Kael"), (CLARA, "Jaina")):
            await stage.chat(person, f"!twgold {name}")
        for cycle in range(6):
            start = cycle * 300
            for seconds in (start, start + 31, start + 240):
                await stage.tick(seconds)
            answer = await stage.operator("GET", "/api/roulette/candidate")
            if answer.status_code == 200 and cycle != 3:
                told = await stage.report(answer.json(), online=cycle != 2)
                payout = told.json()["payoutId"]
                if cycle == 0:
                    await stage.patch(payout, "InProgress")
                    await stage.patch(payout, "Sent")
                if cycle == 1:
                    await stage.patch(payout, "Failed")
            await stage.tick(start + 270)
        results = [each["result"] for each in watcher.data("outcome")]
        assert results == ["winner", "winner", "offline", "unverified", "winner", "winner"]
        for drawn in (await stage.request("GET", "/api/draws")).json():
            record = decode_record((await stage.request("GET", drawn["recordUrl"])).content)
            assert verify(record).verdict is Verdict.VERIFIED
        stage.clock.advance(90_000)
        await expire_payouts(stage.service)
        changes = await stage.recorded(PayoutStatusChanged)
        assert [str(change.status) for change in changes] == [
            *("InProgress", "Sent", "Failed", "Expired", "Expired"),
        ]
        await sound(stage)
