"""Gaps: given events, when the chat is lost or heard, then one gap is recorded."""

from datetime import timedelta

from goldomatic.channel import ChannelState
from goldomatic.ledger.event import Event, Recorded
from goldomatic.reception import rules
from goldomatic.reception.events import ReceptionLost, ReceptionResumed
from goldomatic.reception.rules import Gap, ReceptionState
from goldomatic.values import ChannelId
from support.clock import NOON

RESUMED = ReceptionResumed(transport="websocket")


def lost(reason: str = "closed_4000") -> ReceptionLost:
    return ReceptionLost(since=NOON, reason=reason, transport="websocket")


def given(*events: Event) -> ReceptionState:
    state = ReceptionState()
    for position, event in enumerate(events, 1):
        rules.evolve(state, Recorded(position, NOON + timedelta(seconds=position), event))
    return state


def test_what_was_never_heard_cannot_be_lost() -> None:
    assert rules.lose(given(), NOON, "closed_4000", "websocket") == ()


def test_a_gap_is_recorded_once_by_its_first_reason() -> None:
    assert rules.lose(given(RESUMED), NOON, "closed_4000", "websocket") == [lost()]
    assert rules.lose(given(RESUMED, lost()), NOON, "no_welcome", "websocket") == ()


def test_hearing_again_ends_it_once() -> None:
    assert rules.resume(given(), "websocket") == [RESUMED]
    assert rules.resume(given(RESUMED), "websocket") == ()
    assert rules.resume(given(RESUMED, lost()), "websocket") == [RESUMED]
    ended = given(RESUMED, lost(), RESUMED).gaps.value
    assert ended == (Gap(NOON, "closed_4000", NOON + timedelta(seconds=3)),)


def test_the_newest_gaps_are_kept() -> None:
    many = [each for number in range(30) for each in (lost(str(number)), RESUMED)]
    kept = given(RESUMED, *many).gaps.value
    assert [gap.reason for gap in kept] == [str(number) for number in range(10, 30)]


def test_a_snapshot_holds_the_gaps() -> None:
    channel = ChannelState(ChannelId("1"))
    for position, event in enumerate((RESUMED, lost()), 1):
        channel.evolve(Recorded(position, NOON, event))
    channel.commit()
    again = ChannelState(ChannelId("1"))
    again.load(channel.dump())
    assert again.reception.gaps.durable == channel.reception.gaps.durable != ()
    assert again.reception.begun.durable
