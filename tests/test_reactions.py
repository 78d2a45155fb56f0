"""The reward-sent line: once, after the commit, whatever Twitch and the process do."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from goldomatic import channel
from goldomatic.ledger.change import Decision
from goldomatic.payouts.events import (
    HelixRewardSentAnnouncementAttempted,
    HelixRewardSentAnnouncementFailed,
    HelixRewardSentAnnouncementSucceeded,
    PayoutStatus,
)
from goldomatic.payouts.rules import attempt_announcement
from goldomatic.schedule import JOBS
from goldomatic.simulation.faults import Fault
from goldomatic.values import ViewerId
from support.clock import FakeClock
from support.ledgers import bare_ledger
from support.service import ANNA, Stage, running
from support.twitch import WatchedTwitch, running_with, until, watched_twitch

LINE = "Награда отправлена персонажу Norinn на почту, проверяй ящик!"
POST = "POST /helix/chat/messages"


@asynccontextmanager
async def story(directory: Path) -> AsyncIterator[tuple[Stage, WatchedTwitch, str]]:
    """A payout in progress, and a Twitch that will hear when it is sent."""
    async with watched_twitch() as (twitch, settings), running_with(directory, settings) as stage:
        payout_id = await stage.win(0, (ANNA, "Norinn"))
        await stage.patch(payout_id, "InProgress")
        yield stage, twitch, payout_id


def announcement(stage: Stage, payout_id: str) -> str | None:
    return stage.service.state.payouts.payouts.durable[payout_id].announcement


async def settled(stage: Stage, payout_id: str) -> str | None:
    """What became of the announcement."""
    await until(lambda: announcement(stage, payout_id) in ("succeeded", "failed"))
    return announcement(stage, payout_id)


async def flag(stage: Stage, payout_id: str) -> bool:
    answer = (await stage.operator("GET", f"/api/payouts/{payout_id}")).json()
    assert answer["status"] == "Sent"
    told: bool = answer["isRewardSentAnnouncedToChat"]
    return told


async def test_a_payout_that_is_sent_is_told_to_the_chat(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        assert twitch.calls == []
        await stage.patch(payout_id, "Sent")
        assert await settled(stage, payout_id) == "succeeded"
        assert twitch.texts == [LINE]
        assert await flag(stage, payout_id)
        (succeeded,) = await stage.recorded(HelixRewardSentAnnouncementSucceeded)
        assert succeeded.message_id == twitch.twitch.messages[0].message_id


# G-45
async def test_two_failures_and_a_success_are_three_calls_and_one_line(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        twitch.twitch.faults.add(Fault(route="chat/messages", status=500, times=2))
        twitch.twitch.faults.add(Fault(route="chat/messages", status=204, carried_out=True))
        await stage.patch(payout_id, "Sent")
        assert await settled(stage, payout_id) == "succeeded"
        assert twitch.calls == [POST] * 3
        assert twitch.texts == [LINE]
        assert await flag(stage, payout_id)


# G-45
async def test_three_failures_leave_the_payout_sent_and_an_error_in_the_log(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        twitch.twitch.faults.add(Fault(route="chat/messages", status=500, times=9))
        with capture_logs() as logs:
            answer = await stage.patch(payout_id, "Sent")
            assert await settled(stage, payout_id) == "failed"
        assert answer.status_code == 200
        assert twitch.calls == [POST] * 3
        assert not await flag(stage, payout_id)
        assert "reward_announcement_failed" in {entry["event"] for entry in logs}
        (failed,) = await stage.recorded(HelixRewardSentAnnouncementFailed)
        assert failed.reason == "server_error"


# G-45, as replaced: the change of status is answered at once.
async def test_a_slow_twitch_does_not_hold_up_the_operator(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        twitch.twitch.faults.add(Fault(route="chat/messages", delay_seconds=2))
        began = time.monotonic()
        answer = await stage.patch(payout_id, "Sent")
        assert time.monotonic() - began < 1.8
        assert answer.json()["isRewardSentAnnouncedToChat"] is False
        assert await settled(stage, payout_id) == "succeeded"
        assert await flag(stage, payout_id)


# G-45
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(route="chat/messages", is_sent=False, drop_reason="msg_rejected"), "dropped"),
        (Fault(route="chat/messages", status=401), "unauthorized"),
        (Fault(route="chat/messages", status=400), "rejected"),
        (Fault(route="chat/messages", close=True), "unclear"),
        (Fault(route="chat/messages", close=True, carried_out=True), "unclear"),
    ],
    ids=["not_sent", "unauthorized", "rejected", "dropped_connection", "lost_answer"],
)
async def test_what_cannot_be_repeated_safely_is_tried_once(
    tmp_path: Path, fault: Fault, reason: str
) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        twitch.twitch.faults.add(fault)
        await stage.patch(payout_id, "Sent")
        assert await settled(stage, payout_id) == "failed"
        assert twitch.calls == [POST]
        assert not await flag(stage, payout_id)
        (failed,) = await stage.recorded(HelixRewardSentAnnouncementFailed)
        assert failed.reason == reason


# G-45
async def test_a_twitch_that_is_down_leaves_the_payout_sent(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {"twitch_api_url": "http://127.0.0.1:9/helix"}
    async with (
        watched_twitch() as (_, settings),
        running_with(tmp_path, settings | nowhere) as stage,
    ):
        payout_id = await stage.win(0, (ANNA, "Norinn"))
        await stage.patch(payout_id, "InProgress")
        await stage.patch(payout_id, "Sent")
        assert await settled(stage, payout_id) == "failed"
        assert not await flag(stage, payout_id)


# G-46
async def test_without_a_token_nothing_is_called(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        tokenless = settings | {"twitch_broadcaster_token": None}
        async with running_with(tmp_path, tokenless) as stage:
            payout_id = await stage.win(0, (ANNA, "Norinn"))
            await stage.patch(payout_id, "InProgress")
            assert (await stage.patch(payout_id, "Sent")).status_code == 200
            assert await settled(stage, payout_id) == "failed"
            assert not await flag(stage, payout_id)
        assert twitch.calls == []


# G-40
async def test_sent_again_is_not_told_again(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        answers = [await stage.patch(payout_id, "Sent") for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        await settled(stage, payout_id)
        await stage.patch(payout_id, "Sent")
        await stage.service.reactions.resume()
        assert twitch.calls == [POST]


# G-40
async def test_sent_by_several_at_once_is_told_once(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        await asyncio.gather(*(stage.patch(payout_id, "Sent") for _ in range(10)))
        resumes = (stage.service.reactions.resume() for _ in range(10))
        await asyncio.gather(*resumes)
        await settled(stage, payout_id)
        assert twitch.calls == [POST]


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Pending"])
async def test_other_changes_are_not_told(tmp_path: Path, status: str) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        await stage.patch(payout_id, status)
        await stage.service.reactions.resume()
        await stage.service.reactions.drain(1)
        assert twitch.calls == []


# A process that ended in the middle


async def left_behind(
    directory: Path, settings: dict[str, Any], *decisions: Decision[channel.ChannelState]
) -> str:
    """A payout in progress, and what another process decided before it was killed."""
    async with running_with(directory, settings) as stage:
        payout_id = await stage.win(0, (ANNA, "Norinn"))
        await stage.patch(payout_id, "InProgress")
    async with bare_ledger(directory, stage.clock) as ledger:
        await ledger.change(channel.change_status(payout_id, PayoutStatus.SENT, "operator"))
        for decision in decisions:
            await ledger.change(decision)
    return payout_id


def attempted(state: channel.ChannelState, now: Any) -> Any:
    (payout_id,) = state.payouts.unannounced.values()
    return attempt_announcement(state.payouts, payout_id)


async def test_a_crash_before_the_attempt_is_made_up_for(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        payout_id = await left_behind(tmp_path, settings)
        async with running_with(tmp_path, settings) as stage:
            await asyncio.gather(*(stage.service.reactions.resume() for _ in range(5)))
            assert announcement(stage, payout_id) == "succeeded"
            await stage.service.reactions.resume()
        assert twitch.texts == [LINE]
        async with running_with(tmp_path, settings) as stage:
            await stage.service.reactions.resume()
        assert twitch.calls == [POST]


async def test_a_crash_after_the_attempt_is_never_made_up_for(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        payout_id = await left_behind(tmp_path, settings, attempted)
        clock = FakeClock(FakeClock().now + timedelta(minutes=8, seconds=59))
        async with running_with(tmp_path, settings, clock) as stage:
            await stage.service.reactions.resume()
            assert announcement(stage, payout_id) == "attempted", "it may still be under way"
            clock.advance(2)
            await stage.service.reactions.resume()
            assert announcement(stage, payout_id) == "failed"
            (failed,) = await stage.recorded(HelixRewardSentAnnouncementFailed)
            assert failed.reason == "interrupted"
            assert not await flag(stage, payout_id)
            await stage.service.reactions.resume()
        assert twitch.calls == []


async def test_a_forgotten_winner_is_not_named_in_chat(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        forget = channel.forget_viewer(ViewerId(ANNA.id), "operator")
        payout_id = await left_behind(tmp_path, settings, forget)
        async with running_with(tmp_path, settings) as stage:
            await stage.service.reactions.resume()
            assert announcement(stage, payout_id) == "failed"
            (failed,) = await stage.recorded(HelixRewardSentAnnouncementFailed)
            assert failed.reason == "viewer_forgotten"
        assert twitch.calls == []


async def test_the_job_makes_up_for_it_when_the_service_starts(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        payout_id = await left_behind(tmp_path, settings)
        async with running(tmp_path, jobs=JOBS, **settings) as stage:
            assert await settled(stage, payout_id) == "succeeded"
        assert twitch.texts == [LINE]


async def test_a_stop_lets_an_announcement_end(tmp_path: Path) -> None:
    async with watched_twitch() as (twitch, settings):
        async with running_with(tmp_path, settings) as stage:
            payout_id = await stage.win(0, (ANNA, "Norinn"))
            await stage.patch(payout_id, "InProgress")
            twitch.twitch.faults.add(Fault(route="chat/messages", delay_seconds=0.3))
            await stage.patch(payout_id, "Sent")
        async with running_with(tmp_path, settings) as stage:
            assert announcement(stage, payout_id) == "succeeded"
            assert await flag(stage, payout_id)
        assert twitch.calls == [POST]


async def test_the_attempt_is_recorded_before_the_call(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        twitch.twitch.faults.add(Fault(route="chat/messages", delay_seconds=0.3))
        await stage.patch(payout_id, "Sent")
        await until(lambda: bool(twitch.calls))
        assert announcement(stage, payout_id) == "attempted"
        assert len(await stage.recorded(HelixRewardSentAnnouncementAttempted)) == 1
        await settled(stage, payout_id)


async def test_a_follow_up_that_fails_is_logged_and_stops_no_other(tmp_path: Path) -> None:
    async with story(tmp_path) as (stage, twitch, payout_id):
        helix = stage.service.helix
        stage.service.helix = None  # type: ignore[assignment]
        with capture_logs() as logs:
            await stage.patch(payout_id, "Sent")
            await stage.service.reactions.drain(5)
        assert "reaction_failed" in {entry["event"] for entry in logs}
        stage.service.helix = helix
        second = await stage.win(300, (ANNA, "Norinn"))
        await stage.patch(second, "InProgress")
        await stage.patch(second, "Sent")
        assert await settled(stage, second) == "succeeded"
        assert twitch.texts == [LINE]
