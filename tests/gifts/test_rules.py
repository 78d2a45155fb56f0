"""Given these events, when this is decided, then these events: the gift queue without a service."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from goldomatic import channel
from goldomatic.channel import CODEC, ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.gifts import rules
from goldomatic.gifts.events import (
    GiftDrawVoided,
    GiftItemsDrawn,
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftRequestStateChanged,
    GiftState,
)
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import ViewerForgotten
from goldomatic.values import Code, ViewerId
from support.clock import NOON
from support.gift_story import (
    COMPLETED,
    FAILED,
    OPEN,
    PENDING,
    SELECTING,
    WAITING,
    ask,
    change,
    confirm,
    draw,
    found,
    initiated,
    moved,
    request_id,
    select,
    steps,
    story,
    time_out,
    wish,
)
from support.gifts import an_item
from support.story import SEED, Story, accepted, refusal

# Asking


#
def test_who_asks_an_empty_queue_is_served_at_once() -> None:
    events = accepted(Story().when(ask(1)))
    assert [type(event) for event in events] == [GiftRequestInitiated, GiftRequestStateChanged]
    assert steps(events) == [(1, SELECTING)]


#
@pytest.mark.parametrize("served", [SELECTING, WAITING])
def test_who_asks_while_another_is_served_waits(served: GiftState) -> None:
    assert steps(accepted(story(served).when(ask(2)))) == []


#
def test_a_slot_that_is_free_though_somebody_waits_goes_to_the_oldest() -> None:
    events = accepted(story(PENDING, PENDING).when(ask(3)))
    assert type(events[0]) is GiftRequestInitiated
    assert steps(events) == [(1, SELECTING)]


def test_the_first_thing_that_does_not_hold_is_the_refusal() -> None:
    told = story(COMPLETED, SELECTING)
    table = [
        (ask(9, 1, character_name="Ab1", subscriber=False), Code.INVALID_CHARACTER_NAME),
        (ask(9, 1, subscriber=False), Code.NOT_SUBSCRIBER),
        (ask(9, 1), Code.GIFT_ALREADY_USED),
        (ask(9, 2), Code.GIFT_REQUEST_ACTIVE),
    ]
    for decision, expected in table:
        decided = told.when(decision)
        assert refusal(decided) is expected
        (event,) = decided.events  # type: ignore[union-attr]
        assert isinstance(event, GiftRequestRefused)
        assert event.code == expected


#
def test_who_has_had_a_gift_gets_no_other() -> None:
    decided = story(COMPLETED).when(ask(2, 1))
    assert refusal(decided) is Code.GIFT_ALREADY_USED


#
@pytest.mark.parametrize("state", OPEN)
def test_one_open_request_for_each_viewer(state: GiftState) -> None:
    assert refusal(story(state).when(ask(2, 1))) is Code.GIFT_REQUEST_ACTIVE


#
def test_who_failed_may_ask_again_at_once() -> None:
    assert steps(accepted(story(FAILED).when(ask(2, 1)))) == [(2, SELECTING)]


def test_a_long_name_that_is_none_is_kept_in_part() -> None:
    decided = Story().when(ask(1, character_name="x" * 500))
    assert len(decided.events[0].personal.character_name) == 40  # type: ignore[union-attr]


# The way of a request


#
def test_selecting_an_item_is_two_events() -> None:
    events = accepted(story(SELECTING).when(select(1)))
    assert [type(event) for event in events] == [GiftItemSelected, GiftRequestStateChanged]
    assert events[0].item == an_item()


#
@pytest.mark.parametrize("state", [PENDING, WAITING, COMPLETED, FAILED])
def test_an_item_is_selected_in_its_turn_only(state: GiftState) -> None:
    assert refusal(story(state).when(select(1, 5))) is Code.INVALID_STATE


#
def test_the_consent_completes_and_serves_the_next() -> None:
    told = story(WAITING, PENDING, PENDING)
    assert steps(accepted(told.then(confirm(1)))) == [(1, COMPLETED), (2, SELECTING)]
    assert ViewerId("1") in told.state.gifts.used.durable
    assert accepted(told.when(confirm(1))) == [], "once more is no event"


#
def test_who_declines_keeps_the_right_to_ask() -> None:
    told = story(WAITING, PENDING)
    assert steps(accepted(told.then(confirm(1, confirmed=False)))) == [(1, FAILED), (2, SELECTING)]
    assert found(told, 1).failure_reason == "receiver_declined"
    assert not told.state.gifts.used.durable


@pytest.mark.parametrize("state", [PENDING, SELECTING, FAILED])
@pytest.mark.parametrize("confirmed", [True, False])
def test_only_who_waits_for_it_can_confirm(state: GiftState, confirmed: bool) -> None:
    decided = story(state).when(confirm(1, confirmed=confirmed))
    assert refusal(decided) is Code.INVALID_STATE


#
@pytest.mark.parametrize("start", list(GiftState))
@pytest.mark.parametrize("target", list(GiftState))
def test_the_operator_can_end_a_request_and_nothing_else(
    start: GiftState, target: GiftState
) -> None:
    if start is GiftState.ITEM_SELECTED:
        return
    decided = story(start).when(change(1, target))
    if target is FAILED and start is FAILED:
        assert accepted(decided) == []
    elif (target is FAILED and start in OPEN) or (target, start) == (COMPLETED, WAITING):
        assert steps(accepted(decided)) == [(1, target)]
    else:
        assert refusal(decided) is Code.INVALID_STATE


@pytest.mark.parametrize("end", [change(1, FAILED), confirm(1, confirmed=False), time_out])
def test_whoever_frees_the_slot_gives_it_to_the_next(end: Decision[ChannelState]) -> None:
    told = story(WAITING, PENDING, PENDING).at(301)
    assert steps(accepted(told.when(end))) == [(1, FAILED), (2, SELECTING)]


def test_a_failure_further_back_promotes_nobody() -> None:
    assert steps(accepted(story(SELECTING, PENDING, PENDING).when(change(2, FAILED)))) == [
        (2, FAILED)
    ]


@pytest.mark.parametrize(
    ("reason", "shown", "is_personal"),
    [
        (None, "failed", False),
        ("  ", "failed", False),
        ("no_items_available", "no_items_available", False),
        ("  Норинн не отвечает ", "Норинн не отвечает", True),
    ],
)
def test_the_operators_own_words_are_personal(
    reason: str | None,
    shown: str,
    is_personal: bool,
) -> None:
    told = story(PENDING)
    (event,) = accepted(told.then(change(1, FAILED, reason)))
    assert found(told, 1).failure_reason == shown
    assert (event.personal is not None) is is_personal
    assert shown.encode() not in CODEC.encode(event)[2] or not is_personal


# Time


#
@pytest.mark.parametrize(
    ("state", "seconds", "reason"),
    [(SELECTING, 60, "selection_timeout"), (WAITING, 300, "confirmation_timeout")],
)
def test_a_request_that_takes_too_long_fails(state: GiftState, seconds: int, reason: str) -> None:
    told = story(state, PENDING)
    assert found(told, 1).timeout_at == NOON + timedelta(seconds=seconds)
    assert told.at(seconds).when(time_out) == []
    events = accepted(told.at(seconds + 0.001).then(time_out))
    assert steps(events) == [(1, FAILED), (2, SELECTING)]
    assert found(told, 1).failure_reason == reason
    assert found(told, 1).timeout_at is None
    assert not told.state.gifts.used.durable
    assert found(told, 2).timeout_at == told.clock() + timedelta(seconds=60)


def test_who_waits_never_runs_out_of_time() -> None:
    assert story(PENDING).at(10_000_000).when(time_out) == []


#
def test_the_clock_serves_whoever_was_left_over() -> None:
    def promote(state: ChannelState, now: Any) -> Sequence[Any]:
        return rules.promote(state.gifts)

    assert steps(accepted(story(COMPLETED, PENDING, PENDING).when(promote))) == [(2, SELECTING)]
    assert story(SELECTING, PENDING).when(promote) == []
    assert Story().when(promote) == []


# The draw


def test_the_drawn_item_binds() -> None:
    told = story(SELECTING)
    (drawn,) = accepted(told.then(draw(1)))
    assert isinstance(drawn, GiftItemsDrawn)
    right = drawn.order[0]
    assert sorted(drawn.order) == list(range(5))
    for other in {*range(5)} - {right}:
        assert refusal(told.when(select(1, other))) is Code.ITEM_NOT_DRAWN
    assert steps(accepted(told.then(select(1, right)))) == [(1, WAITING)]
    assert accepted(told.when(select(1, right))) == [], "once more is no event"


def test_a_list_is_frozen_once() -> None:
    told = story(SELECTING)
    told.then(draw(1))
    assert accepted(told.when(draw(1))) == []
    assert refusal(told.when(draw(1, 0, 1))) is Code.ITEMS_ALREADY_FROZEN
    assert refusal(told.when(draw(1, 4, 3, 2, 1, 0))) is Code.ITEMS_ALREADY_FROZEN


@pytest.mark.parametrize("state", [PENDING, WAITING, COMPLETED, FAILED])
def test_a_list_is_taken_in_its_turn_only(state: GiftState) -> None:
    assert refusal(story(state).when(draw(1))) is Code.INVALID_STATE


@pytest.mark.parametrize("seed", [None, bytes(32)])
def test_nothing_is_drawn_that_could_not_be_proved(seed: bytes | None) -> None:
    told = story(SELECTING, PENDING)
    decided = told.then(draw(1, seed=seed))
    assert refusal(decided) is Code.INVALID_STATE
    assert found(told, 1).failure_reason == "draw_seed_lost"
    assert found(told, 2).state is SELECTING


# Q-17, as far as the service is concerned
def test_every_item_has_the_same_chance() -> None:
    drawn = []
    for number in range(3000):
        seed = number.to_bytes(32, "big")
        told = Story()
        told.given(msgspec.structs.replace(initiated(1), commitment=commit(seed).hex()))
        told.given(moved(1, PENDING, SELECTING))
        (event,) = accepted(told.when(draw(1, 0, 1, 2, seed=seed)))
        drawn.append(event.order[0])
    # The 99.99 % limit of a chi-square with 2 degrees of freedom; the seeds are fixed.
    assert sum((drawn.count(each) - 1000) ** 2 / 1000 for each in range(3)) < 18.4


def test_a_seed_is_opened_once_its_draw_is_not_held() -> None:
    def open_seed(state: ChannelState, now: Any) -> Sequence[Any]:
        return rules.open_seed(state.gifts, request_id(1), SEED)

    for state in (PENDING, SELECTING):
        assert story(state).when(open_seed) == []
    for state in (WAITING, COMPLETED, FAILED):
        told = story(state)
        (event,) = accepted(told.then(open_seed))
        assert event == GiftDrawVoided(gift_request_id=request_id(1), seed=SEED.hex())
        assert told.when(open_seed) == []
    drawn = story(SELECTING)
    drawn.then(draw(1))
    drawn.then(change(1, FAILED))
    assert drawn.when(open_seed) == [], "a drawn one is open already"


# Made again, forgotten


def test_the_operator_makes_a_failed_request_again() -> None:
    def again(state: ChannelState, now: Any) -> Any:
        return rules.ask_again(state.gifts, request_id(1), wish(9, 777, source="retry"))

    told = story(FAILED, SELECTING)
    initiated_again, *rest = accepted(told.then(again))
    assert rest == []
    assert initiated_again.viewer_id == "1"
    assert initiated_again.retry_of == request_id(1)
    assert initiated_again.personal.character_name == "Norinn"
    assert refusal(told.when(again)) is Code.GIFT_REQUEST_ACTIVE
    for state in (*OPEN, COMPLETED):
        assert refusal(story(state).when(again)) is Code.INVALID_STATE
    assert refusal(Story().when(again)) is Code.NOT_FOUND


@pytest.mark.parametrize("state", OPEN)
def test_who_is_forgotten_leaves_the_queue_and_its_tables(state: GiftState) -> None:
    told = story(state, PENDING)
    events = accepted(told.then(channel.forget_viewer(ViewerId("1"), "operator")))
    assert (1, FAILED) in steps(events)
    assert isinstance(events[-1], ViewerForgotten)
    gone = found(told, 1)
    assert (gone.display_name, gone.character_name) == ("", "")
    assert gone.failure_reason == "viewer_forgotten"
    assert found(told, 2).state is SELECTING


def test_what_the_operator_wrote_of_the_forgotten_is_gone() -> None:
    told = story(PENDING)
    told.then(change(1, FAILED, "Norinn is afk"))
    told.then(channel.forget_viewer(ViewerId("1"), "operator"))
    assert found(told, 1).failure_reason == "failed"
