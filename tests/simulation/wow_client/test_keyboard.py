"""Typing: key events open the box, character events fill it (7.3, 8)."""

from collections.abc import Callable

from goldomatic.simulation.wow_client import WowClient
from goldomatic.simulation.wow_client.operator import Operator

Game = Callable[..., WowClient]
NOTE = "said = {} function note(...) said[#said + 1] = strjoin(',', ...) end"


def said(client: WowClient) -> list[str]:
    return [client.lua(f"said[{i}]") for i in range(1, int(client.lua("#said")) + 1)]


def test_a_run_line_typed_as_it_should_be(game: Game) -> None:  # 8.3
    client = game(NOTE)
    client.type_line('/run note("a", 1)')
    assert said(client) == ["a,1"]
    assert not client.frame("ChatFrame1EditBox").visible


def test_letters_typed_in_the_opening_frame_are_erased(game: Game) -> None:  # 8.3
    client = game(NOTE)
    client.type_line('/run note("lost")', pause=0)
    client.run_for(1)
    assert said(client) == []


def test_characters_without_a_box_are_lost(game: Game) -> None:  # 8.3
    client = game(NOTE)
    for letter in "/run note(1)":
        client.keyboard.char(letter)
    client.run_for(0.1)
    client.keyboard.press("ENTER")
    client.run_for(0.1)
    assert client.frame("ChatFrame1EditBox").text == ""
    assert said(client) == []


def test_an_injected_enter_sends_the_operators_draft(game: Game) -> None:  # 8.4
    client = game(NOTE)
    norinn = client.realm.settle("Norinn")
    Operator(client).type_draft("/w Norinn my secret draft")
    client.run_for(3)
    client.type_line('/run note("x")')
    client.run_for(1)
    assert norinn.heard == [("Streamer", "my secret draft")]
    assert said(client) == []
    assert client.keyboard.idle_seconds > 3


def test_255_letters_are_the_most(game: Game) -> None:  # 7.3
    client = game(NOTE)
    client.type_line(f'/run note("{"x" * 242}")')
    assert said(client) == ["x" * 242]
    client.type_line(f'/run note("{"x" * 243}")')
    assert said(client) == ["x" * 242]
    assert len(client.faults.take_script_errors()) == 1


def test_the_text_region_counts_bytes(game: Game) -> None:  # 4.7, 7.3
    client = game()
    hands = Operator(client)
    hands.type_draft("я" * 200)
    client.run_for(0.1)
    assert client.frame("ChatFrame1EditBox").text == "я" * 127


def test_a_pipe_is_doubled_and_foreign_letters_are_garbled(game: Game) -> None:  # 7.3, 8.5
    client = game(NOTE)
    client.type_line('/run note("a|b")')
    client.type_line('/run note("ж")')
    client.type_line('/run note("\\208\\182")')
    assert said(client) == ["a||b", "?", "ж"]


def test_control_characters_are_no_enter(game: Game) -> None:  # 8.2
    client = game()
    client.keyboard.char("\r")
    client.run_for(0.1)
    assert not client.frame("ChatFrame1EditBox").visible


def test_the_mail_form_takes_what_is_typed_while_it_has_the_keyboard(game: Game) -> None:  # 8.4
    client = game(NOTE)
    hands = Operator(client)
    hands.open_mailbox()
    client.run_for(0.5)
    client.frame("MailFrameTab2").click()
    client.type_line('/run note("x")')
    assert said(client) == []
    assert client.frame("SendMailSubjectEditBox").text == '/run note("x")'


def test_slash_commands_are_found_by_any_of_their_words(game: Game) -> None:  # 7.3
    client = game(
        NOTE + ' SLASH_PROBE1, SLASH_PROBE2 = "/probe", "/pb" SlashCmdList.PROBE = note',
        locale="ruRU",
    )
    for line in ("/probe one", "/PB  two ", "/run note(3)", "/запуск note(4)"):
        for letter in ("ENTER",):
            client.keyboard.press(letter)
        client.run_for(0.12)
        client.keyboard.operator_types(line)
        client.run_for(0.06)
        client.keyboard.press("ENTER")
        client.run_for(0.06)
    assert [one.split(",")[0] for one in said(client)] == ["one", "two", "3", "4"]
