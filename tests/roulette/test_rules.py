"""Entering the pool: given events, when somebody enters, then events or a refusal."""

import pytest

from goldomatic import channel
from goldomatic.ledger.event import Event, ViewerForgotten
from goldomatic.payouts.events import PayoutStatus
from goldomatic.roulette import rules
from goldomatic.roulette.events import EnrolmentRefused, PoolMemberEnrolled, PoolMemberRemoved
from goldomatic.values import Code, Refused, ViewerId
from support.story import (
    Story,
    accepted,
    created,
    enrolled,
    entry,
    moved,
    refusal,
    sent,
)


def removed(viewer: str, reason: str = "replaced") -> Event:
    return PoolMemberRemoved(viewer_id=ViewerId(viewer), reason=reason)  # type: ignore[arg-type]


def test_a_subscriber_enters() -> None:
    decided = Story().when(channel.enrol(entry("1", "Norinn")))
    assert decided == [enrolled("1", "Norinn")]


# G-11
def test_entering_again_replaces_the_own_entry() -> None:
    story = Story().given(enrolled("1", "Norinn"))
    assert story.then(channel.enrol(entry("1", "Kael"))) == [removed("1"), enrolled("1", "Kael")]
    assert story.when(channel.enrol(entry("2", "Norinn"))) == [enrolled("2", "Norinn")]


# G-11
def test_entering_again_under_the_same_name_is_a_replacement_too() -> None:
    story = Story().given(enrolled("1", "Norinn"))
    assert story.then(channel.enrol(entry("1", "NORINN"))) == [
        removed("1"),
        enrolled("1", "NORINN"),
    ]
    assert refusal(story.when(channel.enrol(entry("2", "norinn")))) == (
        Code.CHARACTER_NAME_TAKEN_IN_POOL
    )


# G-10
@pytest.mark.parametrize("spelling", ["Norinn", "norinn", "NORINN", " nORINN "])
def test_a_name_that_another_viewer_holds_is_taken_in_any_letter_case(spelling: str) -> None:
    story = Story().given(enrolled("1", "Norinn"))
    decided = story.when(channel.enrol(entry("2", spelling)))
    assert refusal(decided) is Code.CHARACTER_NAME_TAKEN_IN_POOL


# G-10
@pytest.mark.parametrize(("held", "asked"), [("Ёжик", "ёЖИК"), ("Straße", "strasse"), ("ǅa", "ǆA")])
def test_names_are_compared_by_case_folding(held: str, asked: str) -> None:
    story = Story().given(enrolled("1", held))
    decided = story.when(channel.enrol(entry("2", asked)))
    assert refusal(decided) is Code.CHARACTER_NAME_TAKEN_IN_POOL


# G-10
def test_a_name_is_free_again_when_its_holder_leaves() -> None:
    story = Story().given(enrolled("1", "Norinn"), removed("1", "sent"))
    assert story.when(channel.enrol(entry("2", "norinn"))) == [enrolled("2", "norinn")]


# G-12
@pytest.mark.parametrize("name", ["Ab", "Ёжик", "Abcdefghijkl", "ß" * 2, "Ñandú", "Жж", "ꙀꙀ"])
def test_names_of_two_to_twelve_letters_pass(name: str) -> None:
    (event,) = accepted(Story().when(channel.enrol(entry("1", f"  {name}\t"))))
    assert event.personal.character_name == name


# G-12
@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "A",
        "Abcdefghijklm",
        "Bad:Name",
        "Ab12",
        "Ab cd",
        "Ab-cd",
        "O'Neil",
        "Ab\ncd",
        "名前",
        "Ab\u0301cd",
        "Αλφα",
        "A\u200bb",
        "ªº",
        "×÷",
        "\ua788\ua788",
        "😀😀",
        "\U0001d400\U0001d401",
    ],
)
def test_other_names_are_refused(name: str) -> None:
    decided = Story().when(channel.enrol(entry("1", name)))
    assert refusal(decided) is Code.INVALID_CHARACTER_NAME


# G-08
def test_who_does_not_subscribe_is_refused_first_of_all() -> None:
    story = Story().given(enrolled("2", "Norinn"), created("1"))
    decided = story.when(channel.enrol(entry("1", "No:rinn", subscriber=False)))
    assert refusal(decided) is Code.NOT_SUBSCRIBER


# G-16
@pytest.mark.parametrize("status", [PayoutStatus.PENDING, PayoutStatus.IN_PROGRESS])
def test_an_active_payout_keeps_its_winner_from_entering(status: PayoutStatus) -> None:
    story = Story().given(created("1"))
    if status is not PayoutStatus.PENDING:
        story.given(moved("1", PayoutStatus.PENDING, status))
    assert refusal(story.when(channel.enrol(entry("1", "Kael")))) is Code.ACTIVE_PAYOUT_EXISTS
    assert story.when(channel.enrol(entry("2", "Kael"))) == [enrolled("2", "Kael")]


# G-16
@pytest.mark.parametrize(
    "status", [PayoutStatus.FAILED, PayoutStatus.CANCELLED, PayoutStatus.EXPIRED]
)
def test_a_payout_that_ended_lets_its_winner_enter_again(status: PayoutStatus) -> None:
    story = Story().given(created("1"), moved("1", PayoutStatus.PENDING, status))
    assert story.when(channel.enrol(entry("1", "Kael"))) == [enrolled("1", "Kael")]


# G-17
def test_ten_sent_payouts_reach_the_cap_and_nine_do_not() -> None:
    nine, ten = Story().given(*sent("1", 9)), Story().given(*sent("1", 10))
    assert nine.when(channel.enrol(entry("1", "Kael"))) == [enrolled("1", "Kael")]
    assert refusal(ten.when(channel.enrol(entry("1", "Kael")))) is Code.LIFETIME_CAP_REACHED
    assert ten.when(channel.enrol(entry("2", "Kael"))) == [enrolled("2", "Kael")]


# G-17
@pytest.mark.parametrize("status", [s for s in PayoutStatus if s is not PayoutStatus.SENT])
def test_only_sent_payouts_count_for_the_cap(status: PayoutStatus) -> None:
    story = Story().given(*sent("1", 9), created("1"))
    if status is not PayoutStatus.PENDING:
        story.given(moved("1", PayoutStatus.PENDING, status))
    decided = story.when(channel.enrol(entry("1", "Kael")))
    if status.active:
        assert refusal(decided) is Code.ACTIVE_PAYOUT_EXISTS
    else:
        assert decided == [enrolled("1", "Kael")]


def test_the_first_reason_to_refuse_wins() -> None:
    """The order of section 4.2: subscriber, name, active payout, cap, name taken."""
    bad_name, good_name = "No:rinn", "Norinn"
    taken = enrolled("2", good_name)
    stories = [
        (Story().given(taken, *sent("1", 10), created("1")), bad_name, False),
        (Story().given(taken, *sent("1", 10), created("1")), bad_name, True),
        (Story().given(taken, *sent("1", 10), created("1")), good_name, True),
        (Story().given(taken, *sent("1", 10)), good_name, True),
        (Story().given(taken), good_name, True),
    ]
    codes = [
        refusal(story.when(channel.enrol(entry("1", name, subscriber=subscriber))))
        for story, name, subscriber in stories
    ]
    assert codes == [
        Code.NOT_SUBSCRIBER,
        Code.INVALID_CHARACTER_NAME,
        Code.ACTIVE_PAYOUT_EXISTS,
        Code.LIFETIME_CAP_REACHED,
        Code.CHARACTER_NAME_TAKEN_IN_POOL,
    ]


def test_a_refusal_is_recorded_with_the_name_as_it_was_typed() -> None:
    decided = Story().when(channel.enrol(entry("1", "Bad:" + "x" * 100)))
    assert isinstance(decided, Refused)
    (event,) = decided.events
    assert isinstance(event, EnrolmentRefused)
    assert (event.viewer_id, event.code, event.source) == ("1", "invalid_character_name", "chat")
    assert event.personal is not None
    assert event.personal.character_name == "Bad:" + "x" * 36


def test_a_refusal_leaves_the_own_entry_alone() -> None:
    story = Story().given(enrolled("1", "Norinn"), enrolled("2", "Kael"))
    story.then(channel.enrol(entry("1", "kael")))
    assert {m.viewer_id: m.character_name for m in story.state.roulette.pool.values()} == {
        "1": "Norinn",
        "2": "Kael",
    }


def test_leaving_is_nothing_for_who_is_not_in() -> None:
    story = Story().given(enrolled("1", "Norinn"))
    assert rules.leave(story.state.roulette, ViewerId("2"), "sent") == []
    assert rules.leave(story.state.roulette, ViewerId("1"), "sent") == [removed("1", "sent")]


def test_a_forgotten_viewer_is_out_of_the_pool_and_the_name_is_free() -> None:
    story = Story().given(enrolled("1", "Norinn"))
    story.given(ViewerForgotten(viewer_id=ViewerId("1"), actor="operator"))
    assert len(story.state.roulette.pool) == 0
    assert story.when(channel.enrol(entry("2", "Norinn"))) == [enrolled("2", "Norinn")]


def test_an_entry_whose_personal_values_were_erased_holds_no_name() -> None:
    erased = PoolMemberEnrolled(viewer_id=ViewerId("1"), source="chat")
    story = Story().given(erased, PoolMemberEnrolled(viewer_id=ViewerId("2"), source="chat"))
    assert len(story.state.roulette.pool) == 2
    assert len(story.state.roulette.names) == 0
    story.given(removed("1"), removed("2"))
    assert len(story.state.roulette.pool) == 0
