"""`/who`: both ways of its answers, its filters, cache and throttle (3)."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import Character, RealmRules, WowClient
from simulation.wow_client.conftest import heard, listening_to

Game = Callable[..., WowClient]
EVENTS = listening_to("WHO_LIST_UPDATE", "CHAT_MSG_SYSTEM")
TO_UI = EVENTS + " SetWhoToUI(1) FriendsFrame:UnregisterEvent('WHO_LIST_UPDATE')"


def ask(client: WowClient, text: str, wait: float = 1.0) -> None:
    client.run_lua(f"SendWho('{text}')")
    client.run_for(wait)


def settle(client: WowClient, *names: str) -> None:
    for name in names:
        client.realm.settle(name)
    client.run_for(5.1)


def test_few_answers_come_as_chat_lines(game: Game) -> None:  # 3.3, 3.5
    client = game(EVENTS)
    settle(client, "Norinn")
    ask(client, 'n-"norinn"')
    assert [one.split("  ")[0] for one in heard(client)] == [
        "CHAT_MSG_SYSTEM |Hplayer:Norinn|h[Norinn]|h: Level 80 Human Mage - Dalaran",
        "CHAT_MSG_SYSTEM 1 |4player:players; total",
    ]
    assert client.lua("GetNumWhoResults()") == (0, 0)
    assert not client.frame("FriendsFrame").visible


def test_many_answers_come_as_a_list_and_open_the_window(game: Game) -> None:  # 3.3, 3.10
    client = game(EVENTS)
    settle(client, "Norina", "Norinn", "Norinnka", "Norino")
    ask(client, 'n-"Nor"')
    assert heard(client) == ["WHO_LIST_UPDATE"]
    assert client.lua("GetNumWhoResults()") == (4, 4)
    assert client.frame("FriendsFrame").visible
    client.run_lua("HideUIPanel(FriendsFrame) WhoFrame:Hide()")
    client.run_for(5)
    ask(client, 'n-"Norinnka"')
    assert "CHAT_MSG_SYSTEM" in heard(client)[-1]


def test_the_window_takes_the_mailboxs_place(game: Game) -> None:  # 3.10, 5.10
    client = game(EVENTS)
    client.session.mail_api.show()
    assert client.frame("MailFrame").visible
    settle(client, "Norina", "Norinn", "Norinnka", "Norino")
    ask(client, 'n-"Nor"')
    assert not client.frame("MailFrame").visible
    assert not client.session.mail_api.open


def test_all_answers_to_the_interface(game: Game) -> None:  # 3.3, 3.4
    client = game(TO_UI)
    client.realm.add(Character("Norinn", guild="Gnomes"))
    settle(client, "Other")
    ask(client, 'n-"Norinn"')
    assert heard(client) == ["WHO_LIST_UPDATE"]
    assert client.lua("GetWhoInfo(1)") == (
        "Norinn", "Gnomes", 80, "Human", "Mage", "Dalaran", "MAGE", 2,
    )  # fmt: skip
    assert client.lua("GetWhoInfo(2)") is None
    assert not client.frame("FriendsFrame").visible


@pytest.mark.parametrize("sends", [True, False])
def test_no_answer_at_all_or_an_empty_list(game: Game, sends: bool) -> None:  # 3.11
    client = game(TO_UI, realm=RealmRules(who_sends_empty=sends))
    ask(client, 'n-"Nobody"')
    assert heard(client) == (["WHO_LIST_UPDATE"] if sends else [])
    assert client.lua("GetNumWhoResults()") == (0, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('n-"Норинн"', 1), ('n-"НОРИ"', 1), ("n-норинн", 1), ("норинн", 1), ('n-"Dalaran"', 0),
        ("Dalaran", 3), ('"Гном"', 1), ('n-"Horde"', 0), ('n-"Norinn" n-"zzz"', 0),
    ],
)  # fmt: skip
def test_filters_are_parts_of_words_whatever_the_case(
    game: Game, text: str, found: int
) -> None:  # 3.6, 3.7
    client = game(TO_UI)
    client.realm.add(Character("Норинн", guild="Гномы"))
    client.realm.add(Character("Hordeling", faction="Horde"))
    client.realm.add(Character("Ghost", visible=False))
    settle(client, "Norinn")
    ask(client, text)
    assert client.lua("GetNumWhoResults()") == (found, found)


def test_the_name_tag_is_localised(game: Game) -> None:  # 3.6
    client = game(TO_UI, locale="ruRU")
    settle(client, "Norinn")
    ask(client, 'n-"Norinn"', wait=6)
    assert client.lua("GetNumWhoResults()") == (0, 0)
    ask(client, 'и-"Norinn"')
    assert client.lua("GetNumWhoResults()") == (1, 1)


def test_a_login_shows_up_to_five_seconds_late(game: Game) -> None:  # 3.8
    client = game(TO_UI, realm=RealmRules(who_throttle=0))
    client.run_for(0.5)
    client.realm.settle("Norinn")
    ask(client, 'n-"Norinn"')
    assert client.lua("GetNumWhoResults()") == (0, 0)
    client.run_for(4)
    ask(client, 'n-"Norinn"')
    assert client.lua("GetNumWhoResults()") == (1, 1)


def test_a_query_too_soon_is_ignored_in_silence(game: Game) -> None:  # 3.9
    client = game(TO_UI)
    settle(client, "Norinn")
    ask(client, 'n-"Norinn"')
    ask(client, 'n-"Norinn"', wait=10)
    assert (len(heard(client)), client.world.who.ignored) == (1, 1)
    ask(client, 'n-"Norinn"')
    assert len(heard(client)) == 2


def test_at_most_49_are_listed(game: Game) -> None:  # 3.4
    client = game(TO_UI)
    settle(client, *(f"Crowd{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)))
    ask(client, "crowd")
    assert client.lua("GetNumWhoResults()") == (49, 60)


def test_the_who_tab_turns_the_answers_to_itself(game: Game) -> None:  # 3.3
    client = game(EVENTS)
    client.run_lua("FriendsFrame:Show() WhoFrame:Show()")
    settle(client, "Norinn")
    ask(client, "norinn")
    assert heard(client) == ["WHO_LIST_UPDATE"]
    client.run_lua("WhoFrame:Hide()")
    client.run_for(5)
    ask(client, "norinn")
    assert "CHAT_MSG_SYSTEM" in heard(client)[-1]


def test_russian_lines_have_another_order(game: Game) -> None:  # 3.5, 11
    client = game(EVENTS, locale="ruRU")
    settle(client, "Norinn")
    ask(client, "Norinn")
    assert heard(client)[0].startswith(
        "CHAT_MSG_SYSTEM |Hplayer:Norinn|h[Norinn]|h: Human, Mage, 80-й"
    )
