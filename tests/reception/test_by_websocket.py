"""Events over WebSocket: nothing lost that came, nothing twice, and every gap said."""

import asyncio
from pathlib import Path

import pytest

from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, ChatLine
from goldomatic.simulation.faults import Fault
from goldomatic.twitch.subscriptions import KINDS
from support.reception import connect, listening
from support.service import ANNA, BORIS, CLARA, OWNER
from support.sign_in import APP
from support.twitch import until


async def test_a_service_without_a_public_address_hears_chat_and_support(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        await live.enrolled(ANNA, "Norinn")
        assert live.status.standing == set(KINDS)
        assert {one.owner_id for one in live.twitch.sessions.enabled()} == {OWNER.id}
        assert live.gaps == ()
        assert live.stage.service.seen.eventsub_at is not None


async def test_a_message_that_comes_twice_counts_once(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        line = ChatLine(chatter=ANNA, text="!twgold Norinn")
        await live.twitch.say(line, copies=3)
        await live.enrolled(BORIS, "Bor")
        entered = [
            each
            for each in await live.stage.events()
            if each.event.__class__.__name__ == "PoolMemberEnrolled"
        ]
        assert len(entered) == 2


async def test_both_transports_at_once_count_a_line_once(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        message_id = await live.twitch.say(ChatLine(chatter=ANNA, text="!twgold Norinn"))
        await until(lambda: ANNA.id in live.stage.pool())
        again = await live.stage.chat(ANNA, "!twgold Other", message_id=message_id)
        assert again.accepted
        assert live.stage.pool() == {ANNA.id: "Norinn"}


async def test_a_move_that_twitch_asks_for_loses_nothing(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        before = live.session.connection
        await live.twitch.sessions.reconnect(live.session)
        # Said while the client is on its way.
        await live.twitch.say(ChatLine(chatter=ANNA, text="!twgold Norinn"))
        await until(lambda: live.session.connection is not before)
        await live.enrolled(BORIS, "Bor")
        assert ANNA.id in live.stage.pool()
        assert before.over.result() == 0
        assert live.gaps == ()
        posts = live.watched.calls.count("POST /helix/eventsub/subscriptions")
        assert posts == len(KINDS)


async def test_a_move_that_fails_is_a_gap_and_all_is_made_anew(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        live.twitch.faults.add(Fault(route="ws"))
        await live.twitch.sessions.reconnect(live.session)
        await until(lambda: len(live.gaps) == 1 and live.gaps[0].until is not None)
        await live.complete()
        await live.enrolled(ANNA, "Norinn")
        assert live.gaps[0].reason.startswith("connect_failed")


@pytest.mark.parametrize("code", [4000, 4002, 4005, 4006])
async def test_a_closed_connection_is_a_gap_that_is_recorded_and_ends(
    tmp_path: Path, code: int
) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        live.stage.clock.advance(60)
        live.twitch.sessions.close(live.session, code)
        await until(lambda: live.gaps != () and live.gaps[-1].until is not None)
        await live.complete()
        await live.enrolled(ANNA, "Norinn")
        assert await live.recorded() == ["resumed", f"closed_{code}", "resumed"]


async def test_silence_is_noticed_by_the_missing_keepalive(tmp_path: Path) -> None:
    async with listening(tmp_path, keepalive_seconds=20, shortest=1.2) as live:
        await live.begin()
        since = live.stage.clock()
        await asyncio.sleep(1.3)
        assert live.gaps == ()
        live.stage.clock.advance(9)
        live.twitch.sessions.silence(live.session)
        await until(lambda: live.gaps != ())
        assert live.gaps[0].reason == "keepalive_missed"
        assert since <= live.gaps[0].since <= live.stage.clock()
        await until(lambda: live.gaps[0].until is not None)
        await live.enrolled(ANNA, "Norinn")


async def test_what_is_revoked_is_made_anew_and_the_gap_said(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        chat = [one for one in live.twitch.sessions.enabled() if one.type == CHAT_MESSAGE]
        await live.twitch.sessions.revoke(chat[0], "version_removed")
        await until(lambda: live.gaps != () and live.gaps[-1].until is not None)
        await live.enrolled(ANNA, "Norinn")
        assert live.gaps[-1].reason == "version_removed"


async def test_withdrawn_consent_is_said_and_a_new_one_is_enough(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        await live.twitch.disconnect(APP.id, OWNER)
        await until(lambda: live.gaps != () and live.gaps[-1].until is None)
        assert live.gaps[-1].reason == "authorization_revoked"
        assert not live.status.hears_chat
        await connect(live.stage, live.twitch, OWNER)
        live.stage.service.accounts.broadcaster.forget_copy()
        live.stage.clock.advance(301)
        await live.stage.service.reception.tend()
        await until(lambda: live.gaps[-1].until is not None)
        await live.enrolled(ANNA, "Norinn")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"status": 500, "times": 2}, "a server error"),
        ({"status": 429, "times": 2}, "a dead session still counts"),
        ({"close": True, "times": 1}, "no answer"),
        ({"status": 401, "times": 1}, "an expired token"),
    ],
)
async def test_the_chat_is_subscribed_to_whatever_goes_wrong_first(
    tmp_path: Path, fault: dict[str, object], message: str
) -> None:
    async with listening(tmp_path) as live:
        live.twitch.faults.add(
            Fault(route="eventsub/subscriptions", method="POST", **fault)  # type: ignore[arg-type]
        )
        await live.begin()
        await live.enrolled(ANNA, "Norinn")


async def test_a_service_that_may_not_read_leaves_twitch_alone(tmp_path: Path) -> None:
    async with listening(tmp_path, connected=False) as live:
        await live.stage.service.reception.tend()
        assert live.status.problems == {CHAT_MESSAGE: "no_token"}
        await connect(live.stage, live.twitch, OWNER, "channel:read:subscriptions")
        await live.stage.service.reception.tend()
        await until(lambda: CHAT_MESSAGE in live.status.problems)
        await until(lambda: "403" in live.status.problems[CHAT_MESSAGE])
        calls = live.watched.calls.count("POST /helix/eventsub/subscriptions")
        await asyncio.sleep(0.2)
        assert live.watched.calls.count("POST /helix/eventsub/subscriptions") == calls


async def test_stop_and_start_are_a_gap_with_both_ends(tmp_path: Path) -> None:
    async with listening(tmp_path) as live:
        await live.begin()
        await live.enrolled(ANNA, "Norinn")
        watched, clock = live.watched, live.stage.clock
        live.stage.clock.advance(100)
        await live.stage.service.reception.stop()
        stopped_at = clock()
        assert live.gaps[-1].since == stopped_at
    clock.advance(600)
    async with listening(tmp_path, clock=clock, watched=watched) as live:
        await live.begin()
        assert live.gaps[-1].since == stopped_at
        await until(lambda: live.gaps[-1].until == clock())
        assert live.gaps[-1].reason == "service_stopped"
        await live.enrolled(CLARA, "Clara")


async def test_webhooks_that_were_there_before_are_removed_first(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        assert len(live.twitch.webhooks.subscriptions) == len(KINDS)
        watched, clock = live.watched, live.stage.clock
    async with listening(tmp_path, clock=clock, watched=watched) as live:
        await live.begin()
        assert live.twitch.webhooks.subscriptions == {}
