"""Winner whisper, gift whisper and consent (section 4)."""

from pathlib import Path

import pytest

from goldomatic.simulation.wow_client import ClientSettings, CommandParser, RealmRules
from support.game import GIFT, GIFT_TEXT, OTHER_PAYOUT, PAYOUT, WINNER_TEXT, Game


@pytest.fixture(name="game")
def running_game(tmp_path: Path) -> Game:
    game = Game(tmp_path)
    for name in ("Winner", "Norinn", "Норинн", "Bob"):
        game.realm.settle(name)
    return game.enter()


def heard(game: Game, name: str) -> list[str]:
    person = game.realm.find(name)
    assert person
    return [text for _, text in person.heard]


#
def test_the_winner_is_whispered_the_exact_text_once(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(8)
    assert heard(game, "Winner") == [WINNER_TEXT]
    assert game.told("DID") == [f"[MGM_DID:whisper:{PAYOUT}]"]
    game.check()


#
@pytest.mark.parametrize("reply", ["  !TwGold ", "!twgold", "!!twgold", "twgold", "\u00a0TWGOLD"])
def test_the_winners_consent_is_told_once(game: Game, reply: str) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "winner")
    game.run_for(1)
    game.realm_whisper("Winner", reply)
    game.run_for(1)
    assert game.shown() == [f"[MGM_ACCEPT:{PAYOUT}]"]
    game.realm_whisper("Winner", reply)
    game.run_for(1)
    assert game.shown() == game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]
    game.check()


#
def test_a_realm_suffix_does_not_matter(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(1)
    game.session.machine.fire("CHAT_MSG_WHISPER", "!twgold", "Winner-Dalaran")
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]


#
def test_other_words_other_people_and_words_too_early_say_nothing(game: Game) -> None:
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(1)
    game.realm_whisper("Winner", "!twgold please")
    game.realm_whisper("Winner", "!twgift")
    game.realm_whisper("Bob", "!twgold")
    game.call("SendChatMessage", "!twgold", "WHISPER", "Common", "Streamer")
    game.run_for(1)
    assert game.told("ACCEPT") == []
    assert game.shown() == []


#
def test_two_winners_may_answer_in_any_order(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.call("NotifyWinnerWhisper", OTHER_PAYOUT, "Norinn")
    game.run_for(3)
    game.realm_whisper("Norinn", "!twgold")
    game.run_for(1)
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{OTHER_PAYOUT}]", f"[MGM_ACCEPT:{PAYOUT}]"]


def test_who_won_twice_answers_twice(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(2)
    game.call("NotifyWinnerWhisper", OTHER_PAYOUT, "Winner")
    game.run_for(2)
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    assert game.told("ACCEPT")[1:] == [f"[MGM_ACCEPT:{OTHER_PAYOUT}]"]


#
def test_cyrillic_names_are_compared_without_case(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "НОРИНН")
    game.run_for(1)
    game.realm_whisper("Норинн", "!twgold")
    game.run_for(1)
    assert heard(game, "Норинн") == [WINNER_TEXT]
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]


DOORS = [
    "NotifyWinnerWhisper", "ReceiveGold", "MGM_RunWhoForSpin", "MGM_RequestGiftItems",
    "MGM_RequestGiftConfirmation", "MGM_CloseGift", "MGM_ArmMailSendForPayout",
    "MGM_ClearArmedMailSend", "MGM_PopQueueAfterSuccessfulSend", "MGM_RefreshQueuePanel",
    "MGM_Hello", "MGM_Ack", "MGM_LogTest",
]  # fmt: skip
NONSENSE = [
    "", "nil", "nil, nil", '""', '"", ""', '" ", " "', "5, 5", "{}, {}", "true, false",
    f'"{PAYOUT}"', f'"{PAYOUT}", ""', '"", "Winner"', '"a b", "Winner"', '"|x", "Winner"',
    f'"{PAYOUT}", "a|b"', f'"{PAYOUT}", "a\\nb"', 'string.rep("x", 300), "Winner"',
    f'"{PAYOUT}", string.rep("x", 300)',
]  # fmt: skip


#
ANSWERING = {"MGM_RequestGiftItems", "MGM_CloseGift"}  # whatever the id


@pytest.mark.parametrize("door", DOORS)
def test_bad_input_does_nothing(game: Game, door: str) -> None:
    before = (game.outbox(), game.chat_lines)
    for arguments in NONSENSE:
        if door in ANSWERING and arguments.startswith(f'"{PAYOUT}"'):
            continue
        game.run_lua(f"{door}({arguments})")
    game.run_for(1)
    assert (game.outbox(), game.chat_lines) == before
    game.check()


def test_an_absent_winner_is_reported_and_cannot_consent(game: Game) -> None:
    absent = game.realm.settle("Absent", online=False)
    game.call("NotifyWinnerWhisper", PAYOUT, "Absent")
    game.run_for(1)
    assert game.told("UNDELIVERED") == [f"[MGM_UNDELIVERED:{PAYOUT}]"]
    assert game.told("DID") == []
    absent.online = True
    game.realm_whisper("Absent", "!twgold")
    game.run_for(1)
    assert game.told("ACCEPT") == []
    game.call("NotifyWinnerWhisper", PAYOUT, "Absent")
    game.run_for(2)
    assert heard(game, "Absent") == [WINNER_TEXT]
    game.realm_whisper("Absent", "!twgold")
    game.run_for(1)
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]


@pytest.mark.parametrize("trouble", ["ignored", "faction"])
def test_a_winner_who_cannot_be_reached_is_reported(game: Game, trouble: str) -> None:
    bob = game.realm.find("Bob")
    assert bob
    if trouble == "ignored":
        bob.ignores.add("Streamer")
    else:
        bob.faction = "Horde"
    game.call("NotifyWinnerWhisper", PAYOUT, "Bob")
    game.run_for(1)
    assert game.told("UNDELIVERED") == [f"[MGM_UNDELIVERED:{PAYOUT}]"]


def test_a_repeated_command_whispers_again_only_after_a_while(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(3)
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(3)
    assert heard(game, "Winner") == [WINNER_TEXT]
    assert game.told("DID") == [f"[MGM_DID:whisper:{PAYOUT}]"]
    game.run_for(120)
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(3)
    assert heard(game, "Winner") == [WINNER_TEXT] * 2


def test_after_the_consent_a_repeated_command_only_tells_it_again(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(1)
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    game.run_lua("wipe(MimironsGoldOMaticDB.outbox)")
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(3)
    assert heard(game, "Winner") == [WINNER_TEXT]
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]


@pytest.mark.parametrize("parser", list(CommandParser))
def test_one_form_of_the_consent_arrives_on_every_realm(
    tmp_path: Path, parser: CommandParser
) -> None:
    game = Game(tmp_path, ClientSettings(realm=RealmRules(parser=parser)))
    game.realm.settle("Winner")
    game.enter()
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(1)
    for reply in ("!twgold", "!!twgold", "twgold"):
        game.realm_whisper("Winner", reply)
    game.run_for(1)
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]


def test_twenty_winners_are_whispered_without_being_muted(game: Game) -> None:
    names = [f"Many{letter}" for letter in "abcdefghijklmnopqrst"]
    for name in names:
        game.realm.settle(name)
    for number, name in enumerate(names):
        game.call("NotifyWinnerWhisper", f"{PAYOUT[:-2]}{number:02}", name)
    game.run_for(60)
    assert [heard(game, name) for name in names] == [[WINNER_TEXT]] * 20
    assert [drop.reason for drop in game.realm.dropped] == []


def test_a_muted_whisper_is_sent_again(game: Game) -> None:
    for _ in range(10):
        game.call("SendChatMessage", "spam", "SAY")
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.run_for(30)
    assert heard(game, "Winner") == [WINNER_TEXT]
    assert f"[MGM_DID:whisper:{PAYOUT}]" in game.outbox()


#
def test_the_gift_consent_needs_no_gold_pending(game: Game) -> None:
    game.call("MGM_RequestGiftConfirmation", GIFT, "Winner")
    game.run_for(1)
    assert heard(game, "Winner") == [GIFT_TEXT]
    assert game.told("DID") == [f"[MGM_DID:gift:{GIFT}]"]
    game.realm_whisper("Bob", "!twgift")
    game.realm_whisper("Winner", "!twgold")
    game.run_for(1)
    assert game.told("GIFT_ACCEPT") == []
    for _ in range(2):
        game.realm_whisper("Winner", " !TWGIFT")
        game.run_for(1)
    assert game.told("GIFT_ACCEPT") == game.shown() == [f"[MGM_GIFT_ACCEPT:{GIFT}]"]


def test_gold_and_gift_of_one_person_are_answered_apart(game: Game) -> None:
    game.call("NotifyWinnerWhisper", PAYOUT, "Winner")
    game.call("MGM_RequestGiftConfirmation", GIFT, "Winner")
    game.run_for(3)
    game.realm_whisper("Winner", "twgift")
    game.run_for(1)
    assert (game.told("GIFT_ACCEPT"), game.told("ACCEPT")) == ([f"[MGM_GIFT_ACCEPT:{GIFT}]"], [])
    game.realm_whisper("Winner", "twgold")
    game.run_for(1)
    assert game.told("ACCEPT") == [f"[MGM_ACCEPT:{PAYOUT}]"]
