"""Webhooks that are kept as they should be: made, verified, mended, tidied."""

from datetime import timedelta
from pathlib import Path

import pytest

from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE
from goldomatic.simulation.faults import Fault
from goldomatic.twitch.subscriptions import KINDS, Subscription, Transport, Wanted, plan
from support.clock import NOON
from support.ports import free_port
from support.reception import Listening, listening
from support.service import ANNA, BORIS, CHANNEL, OWNER
from support.sign_in import APP
from support.twitch import until


def chat_of(live: Listening) -> list[str]:
    kept = live.twitch.webhooks.subscriptions.values()
    return [one.status for one in kept if one.type == CHAT_MESSAGE]


async def test_webhooks_are_made_verified_and_deliver(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        await live.enrolled(ANNA, "Norinn")
        assert live.gaps == ()
        assert (live.status.total_cost, live.status.max_total_cost) == (0, 10_000)


async def test_they_are_looked_at_every_two_minutes_and_left_alone(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        live.watched.calls.clear()
        await live.stage.service.reception.tend()
        assert live.watched.calls == []
        live.stage.clock.advance(120)
        await live.stage.service.reception.tend()
        assert live.watched.calls == ["GET /helix/eventsub/subscriptions"]


async def test_a_revoked_one_is_made_anew_and_the_gap_said(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        [chat] = [o for o in live.twitch.webhooks.subscriptions.values() if o.type == CHAT_MESSAGE]
        live.stage.clock.advance(30)
        revoked_at = live.stage.clock()
        await live.twitch.webhooks.sender(chat).revoke("notification_failures_exceeded")
        await live.stage.service.reception.tend()
        await until(lambda: chat_of(live) == ["enabled"])
        live.stage.clock.advance(5)
        await live.stage.service.reception.tend()
        await until(lambda: live.gaps != () and live.gaps[-1].until is not None)
        assert live.gaps[-1].since == revoked_at
        assert live.gaps[-1].reason == "notification_failures_exceeded"
        await live.enrolled(ANNA, "Norinn")


async def test_one_that_vanished_without_a_word_is_a_gap_since_it_was_last_seen(
    tmp_path: Path,
) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        seen_at = live.stage.clock()
        live.twitch.webhooks.subscriptions.clear()
        live.stage.clock.advance(120)
        await live.stage.service.reception.tend()
        await until(lambda: live.gaps != ())
        assert live.gaps[0].since == seen_at


@pytest.mark.parametrize("status", [500, 429])
async def test_what_fails_is_tried_again_soon(tmp_path: Path, status: int) -> None:
    async with listening(tmp_path, "webhook") as live:
        route = "eventsub/subscriptions"
        live.twitch.faults.add(Fault(route=route, method="POST", status=status))
        await live.stage.service.reception.tend()
        assert CHAT_MESSAGE in live.status.problems
        live.stage.clock.advance(5)
        await live.begin_webhooks()


async def test_without_consent_the_reason_is_shown(tmp_path: Path) -> None:
    async with listening(tmp_path, "webhook") as live:
        await live.begin_webhooks()
        await live.twitch.disconnect(APP.id, OWNER)
        await live.stage.service.reception.tend()
        assert "403" in live.status.problems[CHAT_MESSAGE]
        assert not live.status.hears_chat
        assert live.gaps[-1].until is None


@pytest.mark.parametrize(("downtime", "gaps"), [(30, 0), (3600, 1)])
@pytest.mark.parametrize("quiet", [0, 600])
async def test_a_downtime_longer_than_twitchs_patience_is_a_gap(
    tmp_path: Path, downtime: int, gaps: int, quiet: int
) -> None:
    """However long nobody had said anything before it."""
    port = free_port()
    async with listening(tmp_path, "webhook", port=port) as live:
        await live.begin_webhooks()
        await live.enrolled(ANNA, "Norinn")
        watched, clock = live.watched, live.stage.clock
        clock.advance(quiet)
        await live.stage.service.reception.tend()
        down_since = clock()
    clock.advance(downtime)
    async with listening(tmp_path, "webhook", clock=clock, watched=watched, port=port) as live:
        await live.begin_webhooks()
        await live.enrolled(BORIS, "Boris")
        await until(lambda: len(live.gaps) == gaps)
        assert all(gap.since >= down_since - timedelta(seconds=15) for gap in live.gaps)


# The plan

HERE = "https://gold.example.org/api/twitch/eventsub"


def there(kind: str, status: str = "enabled", place: str = HERE, **changes: object) -> Subscription:
    condition = Wanted(kind, place).condition(CHANNEL)
    given = {
        "id": "1",
        "type": kind,
        "status": status,
        "condition": condition,
        "created_at": NOON.isoformat(),
        "transport": Transport("webhook", place),
    }
    return Subscription(**(given | changes))  # type: ignore[arg-type]


WANTED = [Wanted(CHAT_MESSAGE, HERE)]


@pytest.mark.parametrize("status", ["enabled", "webhook_callback_verification_pending"])
def test_what_delivers_is_left_alone(status: str) -> None:
    made = plan(WANTED, [there(CHAT_MESSAGE, status)], CHANNEL, NOON)
    assert (made.create, made.delete, made.standing) == ([], [], {CHAT_MESSAGE: status})


@pytest.mark.parametrize(
    "dead",
    [
        there(CHAT_MESSAGE, "notification_failures_exceeded"),
        there(CHAT_MESSAGE, "a_status_of_tomorrow"),
        there(CHAT_MESSAGE, place="https://old.example.org/api/twitch/eventsub"),
        there(CHAT_MESSAGE, "webhook_callback_verification_pending",
              created_at=(NOON - timedelta(minutes=10)).isoformat()),
        there(CHAT_MESSAGE, condition={"broadcaster_user_id": CHANNEL, "user_id": "1"}),
    ],
    ids=lambda one: f"{one.status}",
)  # fmt: skip
def test_the_dead_and_the_orphans_go_and_a_new_one_is_made(dead: Subscription) -> None:
    made = plan(WANTED, [dead], CHANNEL, NOON)
    assert (made.create, made.delete) == (WANTED, [dead])


def test_a_second_one_of_the_same_goes() -> None:
    made = plan(WANTED, [there(CHAT_MESSAGE), there(CHAT_MESSAGE, id="2")], CHANNEL, NOON)
    assert ([one.id for one in made.delete], made.create) == (["2"], [])


@pytest.mark.parametrize(
    "foreign", [there("stream.online"), there(CHAT_MESSAGE, condition={"broadcaster_user_id": "1"})]
)
def test_what_is_not_about_this_channels_service_is_left_alone(foreign: Subscription) -> None:
    made = plan((), [foreign], CHANNEL, NOON)
    assert made.delete == []


def test_every_kind_is_wanted_once() -> None:
    assert KINDS[0] == CHAT_MESSAGE
    assert len(set(KINDS)) == len(KINDS) == 7
