"""What is pressed for a line, before any system is asked."""

import pytest

from goldomatic.bridge.inject.keys import Key, LineError, Pace, Press, Wait, Write, check, steps

PACE = Pace(after_focus=0.06, per_character=0.02)


def test_enter_opens_the_box_and_the_game_gets_time_to_empty_it() -> None:
    planned = list(steps("/a", "enter", PACE))

    assert planned == [
        Wait(0.06),
        Press(Key.ENTER, 0.02, box_open=True),
        Wait(0.12),
        Write("/"),
        Wait(0.02),
        Write("a"),
        Wait(0.02),
        Wait(0.06),
        Press(Key.ENTER, 0.02, box_open=False),
        Wait(0.12),
    ]


def test_the_slash_key_brings_the_first_character_itself() -> None:
    planned = list(steps("/a", "slash", PACE))

    assert planned[1] == Press(Key.SLASH, 0.02, box_open=True)
    assert [step for step in planned if isinstance(step, Write)] == [Write("a")]


def test_without_an_opening_key_only_the_end_is_pressed() -> None:
    planned = list(steps("/a", "none", PACE))

    assert [step.key for step in planned if isinstance(step, Press)] == [Key.ENTER]
    assert [step for step in planned if isinstance(step, Write)] == [Write("/"), Write("a")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "slash"),
        ("hello", "slash"),
        ("/" + 254 * "x", "line limit"),
        ('/run NotifyWinnerWhisper("Норинн")', "ASCII"),
        ("/run x\n/run y", "ASCII"),
        ("/run x\t", "ASCII"),
        ("/run a||b", r"doubles \|"),
    ],
)
def test_a_line_that_no_keyboard_brings_through_unharmed_is_refused(line: str, reason: str) -> None:
    with pytest.raises(LineError, match=reason):
        check(line)


def test_a_line_may_fill_the_chat_box() -> None:
    check("/" + 253 * "x")
