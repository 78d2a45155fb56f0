"""Entering: who may, with what, in which session."""

import pytest

from goldomatic.raffle import rules
from goldomatic.raffle.events import RaffleEntryRefused, RaffleEntrySubmitted, RaffleSubmissionsSet
from goldomatic.raffle.options import Options
from goldomatic.raffle.rules import read_fields
from goldomatic.values import Code, Refused, ViewerId
from support.raffle import ADMIN, BASE, RaffleStory, running, session_id
from support.story import refusal


def switch(is_open: bool):  # type: ignore[no-untyped-def]
    return lambda state, now: rules.set_submissions(state.raffle, is_open=is_open, actor=ADMIN)


#
def test_an_entry_has_the_display_name_unless_another_is_given() -> None:
    story = RaffleStory()
    story.join("1", "2")
    story.start()
    story.do(story.entering("1", demoLink="https://soundcloud.com/a"))
    story.do(story.entering("2", name="first", displayName="  Second \u0007"))
    first, second = story.state.entries[1], story.state.entries[2]
    assert (first.name, first.link, first.notes) == ("Name1", "https://soundcloud.com/a", None)
    assert (second.name, second.origin) == ("Second", session_id(1))


#
def test_a_second_entry_in_a_session_is_refused_and_recorded() -> None:
    story = running("1")
    decided = story.ask(story.entering("1"))
    assert refusal(decided) is Code.ALREADY_SUBMITTED_THIS_SESSION
    assert isinstance(decided, Refused)
    assert decided.details == {"carriedOver": False}
    assert decided.events == (
        RaffleEntryRefused(
            viewer_id=ViewerId("1"),
            code="already_submitted_this_session",
            session_id=session_id(1),
        ),
    )


#
def test_a_carried_entry_is_an_entry_of_the_new_session() -> None:
    story = running("1")
    story.end()
    story.start()
    decided = story.ask(story.entering("1"))
    assert refusal(decided) is Code.ALREADY_SUBMITTED_THIS_SESSION
    assert isinstance(decided, Refused)
    assert decided.details == {"carriedOver": True}


def left_behind(options: Options = BASE) -> RaffleStory:
    """Viewer 1's entry stays in session 1, for session 2 ended without it; session 3 runs."""
    story = running("1", options=options)
    story.end()
    story.story.given()
    story.start()
    story.end()
    # What the second session took over goes back, as if it had begun before the first ended.
    from goldomatic.raffle.events import RaffleEntriesMoved

    story.story.given(RaffleEntriesMoved(session_id=session_id(1), entries=[1]))
    story.start()
    return story


#
def test_an_entry_left_behind_in_an_older_session_blocks_unless_the_rule_is_session_only() -> None:
    assert left_behind().state.entries[1].session_id == session_id(1)
    story = left_behind()
    assert refusal(story.ask(story.entering("1"))) is Code.PENDING_ENTRY_FROM_PREVIOUS_SESSION
    story = left_behind(Options(pending_rule="session_only"))
    assert isinstance(story.do(story.entering("1"))[0], RaffleEntrySubmitted)


#
def test_a_winner_enters_again_in_the_next_session_only() -> None:
    story = running("1")
    story.do(switch(True))
    story.draw()
    assert refusal(story.ask(story.entering("1"))) is Code.ALREADY_WON_THIS_SESSION
    story.end()
    story.start()
    assert isinstance(story.do(story.entering("1"))[0], RaffleEntrySubmitted)


#
def test_an_address_enters_once_in_a_session() -> None:
    story = RaffleStory()
    story.join("1", "2")
    story.start()
    story.enter("1")
    second = story.entering("2", same_email=["1"])
    assert refusal(story.ask(second)) is Code.EMAIL_ALREADY_REGISTERED
    story.draw()
    story.do(switch(True))
    assert refusal(story.ask(second)) is Code.EMAIL_ALREADY_REGISTERED
    story.end()
    story.start()
    assert isinstance(story.do(second)[0], RaffleEntrySubmitted)


#
def test_closed_comes_before_no_session() -> None:
    story = RaffleStory()
    story.join("1")
    assert refusal(story.ask(story.entering("1"))) is Code.NO_ACTIVE_SESSION
    story.do(switch(False))
    assert refusal(story.ask(story.entering("1"))) is Code.SUBMISSIONS_CLOSED
    story.start()
    assert refusal(story.ask(story.entering("1"))) is Code.SUBMISSIONS_CLOSED


def test_somebody_who_never_signed_in_is_not_found() -> None:
    story = RaffleStory()
    story.start()
    assert refusal(story.ask(story.entering("9"))) is Code.USER_NOT_FOUND


#
def test_whose_entry_was_removed_may_enter_again() -> None:
    story = running("1")
    story.do(lambda state, now: rules.remove_entry(state.raffle, 1, ADMIN))
    assert story.state.pool_count.value == 0
    story.enter("1")
    assert story.state.entries[2].viewer_id == "1"


#
def test_an_unknown_entry_cannot_be_removed() -> None:
    story = running("1")
    decided = story.ask(lambda state, now: rules.remove_entry(state.raffle, 7, ADMIN))
    assert refusal(decided) is Code.ENTRY_NOT_FOUND


# I-7
def test_a_switch_that_was_never_set_is_open_until_somebody_has_won() -> None:
    story = running("1", "2")
    assert story.state.submissions_open
    story.draw()
    assert not story.state.submissions_open
    assert story.state.flag.value is None


# R-20, I-1, I-4, I-7
@pytest.mark.parametrize("is_open", [True, False])
def test_nothing_but_the_switch_turns_the_switch(is_open: bool) -> None:
    story = RaffleStory()
    story.join("1", "2")
    story.start()
    story.enter("1", "2")
    story.do(switch(is_open))
    before = story.state.flag.value
    story.story.clock.advance(60)
    story.draw()
    story.carry_over()
    story.end()
    story.start()
    story.bonus("1", 5)
    story.do(lambda state, now: rules.remove_entry(state.raffle, story.entry_of("2").id, ADMIN))
    assert story.state.flag.value == before


def test_the_same_again_changes_nothing() -> None:
    story = RaffleStory()
    assert story.do(switch(True)) == [RaffleSubmissionsSet(is_open=True, actor=ADMIN)]
    assert story.do(switch(True)) == []


#
def test_a_link_is_required_by_setting() -> None:
    story = RaffleStory(Options(demo_link_required=True))
    story.join("1")
    story.start()
    for body in ({}, {"demoLink": "  "}, {"demoLink": None}):
        assert refusal(story.ask(story.entering("1", **body))) is Code.DEMO_LINK_REQUIRED
    story.do(story.entering("1", demoLink="https://soundcloud.com/a"))


#
@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ("n" * 500, "n" * 500),
        ("a<b>c</b>\r\nd", "ac\nd"),
        ("  a\rb  ", "a\nb"),
        (" \n ", None),
        (None, None),
        ("2 < 3", "2 < 3"),
        ("bell\u0007 nul\u0000", "bell nul"),
    ],
)
def test_notes_are_kept_as_plain_text(notes: str | None, kept: str | None) -> None:
    story = running("1")
    assert read_fields({"notes": notes}, story.member("1"), BASE).notes == kept


#
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"notes": "n" * 501}, Code.NOTES_TOO_LONG),
        ({"notes": 7}, Code.NOTES_INVALID),
        ({"notes": ["a"]}, Code.NOTES_INVALID),
        ({"demoLink": 7}, Code.DEMO_LINK_INVALID),
        ({"demoLink": "nonsense"}, Code.DEMO_LINK_INVALID),
        ({"demoLink": "https://evil.test/"}, Code.DEMO_LINK_DOMAIN),
        ({"name": "n" * 61}, Code.NAME_INVALID),
        ({"displayName": {}}, Code.NAME_INVALID),
    ],
)
def test_fields_that_are_refused(body: dict[str, object], code: Code) -> None:
    story = RaffleStory()
    story.join("1")
    story.start()
    assert refusal(story.ask(story.entering("1", **body))) is code


def test_a_name_without_a_letter_is_no_name() -> None:
    story = running("1")
    for body in ({"name": "  "}, {"displayName": "\u202e\u200b"}, {"name": None}):
        assert read_fields(body, story.member("1"), BASE).name == "Name1"
    assert read_fields({"name": "n" * 60}, story.member("1"), BASE).name == "n" * 60
