"""Whispers and other talk as the realm carries them (1.6 to 1.8, 4)."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import (
    Character,
    CommandParser,
    LongMessage,
    RealmRules,
    WowClient,
)
from simulation.wow_client.conftest import heard, listening_to

Game = Callable[..., WowClient]
WHISPERS = listening_to("CHAT_MSG_WHISPER", "CHAT_MSG_WHISPER_INFORM", "CHAT_MSG_SYSTEM")


def say(client: WowClient, text: str, to: str) -> None:
    client.run_lua(f'SendChatMessage("{text}", "WHISPER", nil, "{to}")')


def words(client: WowClient) -> list[str]:
    return [one.split("  ")[0] for one in heard(client)]


def test_a_whisper_is_echoed_only_when_the_realm_has_carried_it(game: Game) -> None:  # 4.2
    client = game(WHISPERS)
    norinn = client.realm.settle("Norinn")
    say(client, "hello", "NORINN")
    assert heard(client) == []
    client.run_for(1)
    assert norinn.heard == [("Streamer", "hello")]
    assert words(client) == ["CHAT_MSG_WHISPER_INFORM hello Norinn"]


def test_a_whisper_to_oneself_arrives_first_then_is_echoed(game: Game) -> None:  # 4.2
    client = game(WHISPERS)
    say(client, "note", "Streamer")
    client.run_for(1)
    assert words(client) == [
        "CHAT_MSG_WHISPER note Streamer",
        "CHAT_MSG_WHISPER_INFORM note Streamer",
    ]


def test_the_twelve_arguments(game: Game) -> None:  # 4.1
    client = game(
        'local f = CreateFrame("Frame") f:RegisterEvent("CHAT_MSG_WHISPER") '
        'f:SetScript("OnEvent", function(...) count = select("#", ...) - 2 '
        "local _, _, a, b, _, c, _, d = ... text, sender, channel, flags = a, b, c, d "
        "old = arg1 .. arg2 end)"
    )
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "hi")
    client.run_for(1)
    assert client.lua("count, text, sender, channel, flags, old") == (
        12, "hi", "Norinn", "", "", "hiNorinn",
    )  # fmt: skip


def test_nobody_of_that_name(game: Game) -> None:  # 4.3
    client = game(WHISPERS)
    client.realm.settle("Sleeper", online=False)
    for name in ("sleeper", "Nemo"):
        say(client, "hello", name)
    client.run_for(1)
    assert words(client) == [
        "CHAT_MSG_SYSTEM No player named 'Sleeper' is currently playing.",
        "CHAT_MSG_SYSTEM No player named 'Nemo' is currently playing.",
    ]


def test_the_other_faction_and_the_ignoring(game: Game) -> None:  # 4.3
    client = game(listening_to("CHAT_MSG_WHISPER_INFORM", "CHAT_MSG_SYSTEM", "CHAT_MSG_IGNORED"))
    client.realm.settle("Gorrok", faction="Horde")
    client.realm.settle("Deaf").ignores.add("Streamer")
    say(client, "hello", "Gorrok")
    say(client, "hello", "Deaf")
    client.run_for(1)
    assert words(client) == [
        "CHAT_MSG_SYSTEM You can only whisper to members of your alliance.",
        "CHAT_MSG_IGNORED hello Deaf",
    ]


def test_away_is_no_whisper(game: Game) -> None:  # 4.6
    client = game(listening_to("CHAT_MSG_WHISPER", "CHAT_MSG_WHISPER_INFORM", "CHAT_MSG_AFK"))
    client.realm.add(Character("Norinn", away="brb"))
    say(client, "hello", "Norinn")
    client.run_for(1)
    assert words(client) == ["CHAT_MSG_WHISPER_INFORM hello Norinn", "CHAT_MSG_AFK brb Norinn"]


@pytest.mark.parametrize(("letters", "arrives"), [(127, True), (128, False)])
def test_255_bytes_pass_and_no_more(game: Game, letters: int, arrives: bool) -> None:  # 1.6
    client = game()
    norinn = client.realm.settle("Norinn")
    say(client, "я" * letters, "Norinn")
    client.run_for(1)
    assert bool(norinn.heard) is arrives


def test_longer_ones_may_be_cut_or_throw_the_client_out(game: Game) -> None:  # 10
    client = game(realm=RealmRules(long_message=LongMessage.TRUNCATE))
    norinn = client.realm.settle("Norinn")
    say(client, "x" * 300, "Norinn")
    client.run_for(1)
    assert norinn.heard == [("Streamer", "x" * 255)]


def test_a_disconnecting_realm(game: Game) -> None:  # 10
    client = game(realm=RealmRules(long_message=LongMessage.DISCONNECT))
    say(client, "x" * 300, "Norinn")
    client.run_for(1)
    assert not client.in_world


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("a\\tb", True),
        ("a\\1b", False),
        ("a|b", False),
        ("a\\nb", "a"),
        ("a   b", "a b"),
        ("  ", False),
    ],
)
def test_what_the_realm_drops_or_changes(game: Game, text: str, arrives: object) -> None:  # 1.7
    client = game()
    norinn = client.realm.settle("Norinn")
    say(client, text, "Norinn")
    client.run_for(1)
    assert bool(norinn.heard) is bool(arrives)
    if isinstance(arrives, str):
        assert norinn.heard[0][1] == arrives


def test_ten_in_one_second_mute(game: Game) -> None:  # 1.8
    client = game()
    norinn = client.realm.settle("Norinn")
    client.run_for(0.5)
    for number in range(12):
        say(client, f"n{number}", "Norinn")
    client.run_for(1)
    assert len(norinn.heard) == 10
    say(client, "too early", "Norinn")
    client.run_for(10)
    say(client, "late enough", "Norinn")
    client.run_for(1)
    assert norinn.heard[10:] == [("Streamer", "late enough")]


@pytest.mark.parametrize(
    ("parser", "text", "arrives"),
    [
        (CommandParser.TRINITY, "!twgold", True),
        (CommandParser.AZEROTH, "!twgold", False),
        (CommandParser.MANGOS, "!twgold", False),
        (CommandParser.TRINITY, ".help", False),
        (CommandParser.AZEROTH, " !twgold", True),
        (CommandParser.AZEROTH, "!!twgold", True),
        (CommandParser.MANGOS, "twgold", True),
        (CommandParser.MANGOS, "!!twgold", True),
    ],
)
def test_texts_that_are_commands_somewhere(
    game: Game, parser: CommandParser, text: str, arrives: bool
) -> None:  # 4.5
    client = game(WHISPERS, realm=RealmRules(parser=parser))
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", text)
    client.run_for(1)
    assert (len(heard(client)) == 1) is arrives


def test_filters_may_change_what_is_shown(game: Game) -> None:  # 4.4
    client = game(
        'ChatFrame_AddMessageEventFilter("CHAT_MSG_WHISPER", function(_, _, text, ...) '
        "return false, text:upper(), ... end)"
    )
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "hi")
    client.run_for(1)
    assert client.chat_lines == ["[Norinn] whispers: HI"]
    assert client.lua("ChatEdit_GetLastTellTarget()") == "Norinn"


def test_a_hidden_whisper_is_not_who_r_answers(game: Game) -> None:  # 4.4
    client = game(
        'ChatFrame_AddMessageEventFilter("CHAT_MSG_WHISPER", '
        'function(_, _, text) return text == "x" end)' + WHISPERS
    )
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "x")
    client.run_for(1)
    assert client.lua("ChatEdit_GetLastTellTarget()") == ""
    assert len(heard(client)) == 1
