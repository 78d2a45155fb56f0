"""Lines for the game: quoting, packing, and never a cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.bridge import commands
from goldomatic.bridge.commands import LONGEST_LINE, LineLimitError, MailEntry
from support.bridge_game import call, spelt_out

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NONCE = "ABCDEFGH2345"


def entry(number: int, name: str = "Norinn") -> MailEntry:
    return MailEntry(f"{number:08d}-d9cb-469f-a165-70867728950e", name, 10_000_000)


# D-06
def test_one_mail_is_exactly_this_line() -> None:
    (found,) = commands.mail_queue([MailEntry(ID, "Norinn", commands.copper(1000))])
    assert found[0] == f'/run ReceiveGold("{ID}:Norinn:10000000;")'


# D-07
@pytest.mark.parametrize("name", ["Norinn", "Abcdefghijkl", "Нориннноринн"])
def test_twelve_mails_are_several_whole_lines_in_order(name: str) -> None:
    entries = [entry(number, name) for number in range(12)]
    lines = list(commands.mail_queue(entries))
    assert len(lines) >= 3
    assert all(len(line.encode()) <= LONGEST_LINE for line, _ in lines)
    assert [each for _, packed in lines for each in packed] == entries
    typed = "".join(call(line)[1][0] for line, _ in lines)
    assert typed == "".join(each.text for each in entries)


# D-08
def test_no_mail_is_no_line_and_too_long_a_mail_is_an_error() -> None:
    assert list(commands.mail_queue([])) == []
    with pytest.raises(LineLimitError, match="line limit"):
        list(commands.mail_queue([entry(1), entry(2, "x" * 240)]))


# D-09
def test_quotes_and_backslashes_are_escaped() -> None:
    line = commands.winner_whisper(ID, 'A"B\\C')
    assert line == f'/run NotifyWinnerWhisper("{ID}","A\\"B\\\\C")'


def test_what_no_keyboard_layout_may_spoil_is_typed_as_escapes() -> None:
    line = commands.winner_whisper(ID, "Но|\n")
    assert line.endswith(r'"\208\157\208\190\124\010")')


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=20))
def test_the_game_reads_what_was_meant(name: str) -> None:
    try:
        line = commands.online_check(ID, name)
    except LineLimitError:
        assert len(name.encode()) > 45
        return
    assert call(line) == ("MGM_RunWhoForSpin", (ID, name))


def test_marks_of_an_entry() -> None:
    assert MailEntry(ID.upper(), "Norinn", 5, claimed=True).text == f"{ID}:Norinn:5?;"
    assert MailEntry(ID, "Norinn", 0).text == f"{ID}:Norinn:0;"


@pytest.mark.parametrize("step", [1, 2])
def test_acknowledgements_are_packed_whole(step: int) -> None:
    numbers = list(range(17_642_000_000, 17_642_000_050, step))
    expected = list(numbers)
    said: list[int] = []
    while numbers:
        line, taken = commands.acknowledge(NONCE, numbers)
        assert len(line) <= LONGEST_LINE
        nonce, listed = call(line)[1]
        assert nonce == NONCE
        said += spelt_out(listed)
        numbers = numbers[taken:]
    assert said == expected


def test_numbers_that_follow_each_other_are_acknowledged_as_one_span() -> None:
    line, taken = commands.acknowledge(NONCE, [5, 7, 8, 9, 12])
    assert call(line)[1] == (NONCE, "5,7-9,12")
    assert taken == 5


# D-34
def test_a_long_message_becomes_several_lines_that_break_at_spaces() -> None:
    text = "Mimiron's Gold-o-Matic: Не удалось проверить обновления. Убедитесь, что всё в порядке."
    lines = commands.chat_lines(text)
    assert len(lines) > 1
    shown = [call(line)[1][0] for line in lines]
    assert " ".join(shown) == text
