"""What Twitch reports and what the broadcaster does to a weight."""

from datetime import timedelta
from typing import Any

from goldomatic.raffle import support
from goldomatic.raffle.events import RaffleWeightSettingsChanged, RaffleWeightsRecomputed
from goldomatic.raffle.support import SupportNews, sync_due
from goldomatic.raffle.weights import UNIT
from goldomatic.values import Code, ViewerId
from support.raffle import ADMIN, RaffleStory, running
from support.story import refusal


#
def test_every_effect_counts_and_recomputes() -> None:
    story = running("1")
    story.give("1", "cheer", 100)
    assert (story.member("1").bits, story.member("1").total) == (100, UNIT + 100_000)
    story.give("1", "gift", 5)
    assert (story.member("1").gifts, story.member("1").total) == (5, UNIT + 600_000)
    story.give("1", "subscribe")
    member = story.member("1")
    assert (member.is_subscriber, member.sub_months, member.total_subs) == (True, 1, 1)
    story.give("1", "resub", months=14)
    member = story.member("1")
    assert (member.resubs, member.sub_months, member.total_subs) == (1, 14, 14)
    assert member.total == UNIT + 600_000 + UNIT + 200_000
    story.give("1", "unsubscribe")
    assert story.member("1").total == UNIT + 800_000
    assert story.state.pool_total.value == story.member("1").total


def test_a_follow_is_known() -> None:
    story = RaffleStory()
    story.join("1", follows=False)
    story.give("1", "follow")
    assert story.member("1").is_follower


#
def test_a_subscription_does_not_take_months_back() -> None:
    story = running("1")
    story.give("1", "resub", months=14)
    story.give("1", "subscribe")
    assert (story.member("1").sub_months, story.member("1").total_subs) == (14, 14)


def test_a_resub_without_months_keeps_them() -> None:
    story = running("1")
    story.give("1", "resub", months=14)
    story.give("1", "resub")
    assert (story.member("1").sub_months, story.member("1").resubs) == (14, 2)


#
def test_gifts_after_a_win_count_from_zero() -> None:
    story = running("1")
    story.give("1", "gift", 40)
    story.draw()
    story.give("1", "gift", 2)
    assert story.member("1").gifts == 2


#
def test_nobody_is_made_by_an_event() -> None:
    story = RaffleStory()
    news = SupportNews(viewer_id=ViewerId("9"), effect="cheer", amount=100)
    assert story.do(lambda s, now: support.count(s.raffle, news, story.options)) == []
    assert ViewerId("9") not in story.state.members


#
def test_what_twitch_does_not_say_stays() -> None:
    story = running("1")
    story.give("1", "resub", months=14)
    story.says("1", None, None)
    member = story.member("1")
    assert (member.is_follower, member.is_subscriber, member.sub_months) == (True, True, 14)
    story.says("1", None, True)
    assert story.member("1").sub_months == 14
    story.says("1", False, False)
    member = story.member("1")
    assert (member.is_follower, member.is_subscriber, member.sub_months) == (False, False, 0)
    assert member.total_subs == 14


#
def test_the_cooldown_counts_from_the_last_sync_alone() -> None:
    story = running("1")
    story.says("1", True, False)
    now = story.story.clock()
    story.story.clock.advance(59)
    story.give("1", "cheer", 100)
    assert not sync_due(story.member("1"), now + timedelta(seconds=59))
    assert sync_due(story.member("1"), now + timedelta(seconds=60))


def change(given: dict[str, object], recalculate: bool = False) -> Any:
    def decide(state: Any, now: Any) -> Any:
        return support.change_settings(
            state.raffle, given, ADMIN, RaffleStory().options, recalculate=recalculate
        )

    return decide


def test_changed_settings_leave_stored_weights_unless_asked() -> None:
    story = running("1")
    story.give("1", "cheer", 1000)
    (event,) = story.do(change({"cheerBitsDivisor": 500}))
    assert isinstance(event, RaffleWeightSettingsChanged)
    assert story.member("1").total == 2 * UNIT
    (event,) = story.do(change({"cheerBitsDivisor": 500}, recalculate=True))
    assert isinstance(event, RaffleWeightsRecomputed)
    assert story.member("1").total == 3 * UNIT
    assert story.state.pool_total.value == 3 * UNIT


#
def test_a_bad_setting_changes_nothing() -> None:
    story = running("1")
    assert refusal(story.ask(change({"baseWeight": 2, "resubCap": -1}))) is Code.INVALID_SETTING
    assert story.state.numbers.value is None


def test_only_active_viewers_are_recomputed_by_update() -> None:
    story = RaffleStory()
    story.join("1")
    story.story.clock.advance(25 * 3600)
    story.join("2")
    (event,) = story.do(
        lambda s, now: support.recalculate_active(s.raffle, now, ADMIN, story.options)
    )
    assert event.viewers == ["2"]


def test_a_demo_that_was_played_uses_up_bits_and_gifts() -> None:
    story = running("1")
    story.give("1", "cheer", 1000)
    story.carry_over()
    story.do(lambda s, now: support.demo_played(s.raffle, ViewerId("1"), ADMIN, story.options))
    member = story.member("1")
    assert (member.bits, member.total) == (0, UNIT + member.carry)
    unknown = story.ask(
        lambda s, now: support.demo_played(s.raffle, ViewerId("9"), ADMIN, story.options)
    )
    assert refusal(unknown) is Code.USER_NOT_FOUND
