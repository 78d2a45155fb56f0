"""The online check (section 5): never a false "offline"."""

import json
from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation.wow_client import ClientSettings, RealmRules
from support.game import CYCLE, Game

OTHER_CYCLE = CYCLE.replace("3333", "5555")
SAYS_TIMED_OUT = "[MGM] /who timed out."
SAYS_PENDING = "[MGM] /who already pending; try again."


def start(folder: Path, *names: str, locale: str = "enUS", **rules: Any) -> Game:
    game = Game(folder, ClientSettings(locale=locale, realm=RealmRules(**rules)))
    for name in names:
        game.realm.settle(name)
    game.enter()
    game.world.who.refresh()
    return game


def answers(game: Game) -> list[tuple[str, str, bool]]:
    """(cycle, name, online) of the answers that were given."""
    found = []
    for line in game.told("WHO"):
        value = json.loads(line.removeprefix("[MGM_WHO]"))
        assert list(value) == [
            "schemaVersion", "spinCycleId", "characterName", "online", "capturedAt"
        ]  # fmt: skip
        found.append((value["spinCycleId"], value["characterName"], value["online"]))
    return found


#
def test_a_listed_character_is_online(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", "Herox")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(2)
    assert answers(game) == [(CYCLE, "Hero", True)]
    [line] = game.shown()
    assert line == game.told("WHO")[0]
    assert '"schemaVersion":1,' in line
    assert '"capturedAt":"2026-04-05T18:00:0' in line
    game.check()


#
@pytest.mark.parametrize("present", [[], ["Herox"]])
def test_nobody_or_a_longer_name_is_offline(tmp_path: Path, present: list[str]) -> None:
    game = start(tmp_path, *present)
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(2)
    assert answers(game) == [(CYCLE, "Hero", False)]


def test_a_cyrillic_name_is_found_whatever_its_case(tmp_path: Path) -> None:
    game = start(tmp_path, "Норинн", locale="ruRU")
    game.call("MGM_RunWhoForSpin", CYCLE, "норинн")
    game.run_for(2)
    assert answers(game) == [(CYCLE, "норинн", True)]


#
def test_a_missing_answer_is_not_offline(tmp_path: Path) -> None:
    game = start(tmp_path, "Norinn", who_sends_empty=False)
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(10.5)
    assert answers(game) == []
    assert SAYS_TIMED_OUT in game.chat_lines
    game.call("MGM_RunWhoForSpin", OTHER_CYCLE, "Norinn")
    game.run_for(17)
    assert answers(game) == [(OTHER_CYCLE, "Norinn", True)]
    assert game.told("WHO_UNKNOWN") == [f"[MGM_WHO_UNKNOWN:{CYCLE}]"]


def test_two_missing_answers_are_told_as_unknown(tmp_path: Path) -> None:
    game = start(tmp_path, who_sends_empty=False)
    asked = game.watch("SendWho")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(40)
    assert asked() == 2
    assert answers(game) == []
    assert game.told("WHO_UNKNOWN") == [f"[MGM_WHO_UNKNOWN:{CYCLE}]"]


#
def test_a_second_request_is_refused_while_one_is_pending(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", "Norinn")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.call("MGM_RunWhoForSpin", OTHER_CYCLE, "Norinn")
    assert game.chat_lines[-1] == SAYS_PENDING
    game.run_for(30)
    assert answers(game) == [(CYCLE, "Hero", True)]


#
def test_somebody_elses_answer_says_nothing(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", "Norinn")
    game.run_lua("SetWhoToUI(1)")
    game.type_line("/who Norinn")
    game.run_for(2)
    assert answers(game) == []
    game.run_lua("SetWhoToUI(0)")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(20)
    assert answers(game) == [(CYCLE, "Hero", True)]
    assert game.realm.rules.who_throttle == 5.0
    assert game.world.who.ignored == 0


def test_a_query_of_the_operator_in_between_does_not_make_anybody_offline(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", who_throttle=0.0)
    hero = game.realm.find("Hero")
    assert hero
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_lua("SendWho('n-\"Nobody\"')")
    hero.online = False
    game.world.who.refresh()
    game.run_for(1)
    assert answers(game) == []
    hero.online = True
    game.world.who.refresh()
    game.run_for(20)
    assert answers(game) == [(CYCLE, "Hero", True)]


def test_a_list_that_is_cut_off_does_not_make_anybody_offline(tmp_path: Path) -> None:
    crowd = [f"Hero{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]
    game = start(tmp_path, *crowd, "Hero")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(40)
    assert answers(game) == []
    assert game.told("WHO_UNKNOWN") == [f"[MGM_WHO_UNKNOWN:{CYCLE}]"]


def test_queries_keep_their_distance(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", "Norinn", who_throttle=15.0)
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(11)
    game.call("MGM_RunWhoForSpin", OTHER_CYCLE, "Norinn")
    game.run_for(10)
    assert answers(game) == [(CYCLE, "Hero", True), (OTHER_CYCLE, "Norinn", True)]
    assert game.world.who.ignored == 0


@pytest.mark.parametrize("locale", ["enUS", "ruRU"])
@pytest.mark.parametrize("online", [True, False])
def test_an_answer_in_the_chat_counts_too(tmp_path: Path, locale: str, online: bool) -> None:
    game = start(tmp_path, "Hero", "Herox", locale=locale)
    hero = game.realm.find("Hero")
    assert hero
    hero.online, hero.guild = online, "Heroes"
    game.world.who.refresh()
    game.run_lua('hooksecurefunc("SendWho", function() SetWhoToUI(0) end)')
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(2)
    assert answers(game) == [(CYCLE, "Hero", online)]


# A-28, as far as a simulated client can show it
def test_the_friends_window_neither_opens_nor_stays_deaf(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero", who_throttle=0.0)
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(2)
    assert not game.frame("FriendsFrame").visible
    game.run_lua("SetWhoToUI(1) SendWho('n-\"Hero\"')")
    game.run_for(2)
    assert game.frame("FriendsFrame").visible


def test_an_open_who_window_is_left_to_the_client(tmp_path: Path) -> None:
    game = start(tmp_path, "Hero")
    game.run_lua("ShowUIPanel(FriendsFrame) WhoFrame:Show()")
    game.call("MGM_RunWhoForSpin", CYCLE, "Hero")
    game.run_for(2)
    assert answers(game) == [(CYCLE, "Hero", True)]
    assert game.frame("WhoFrame").visible


#
def test_a_name_that_no_character_can_have_is_escaped(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.call("MGM_RunWhoForSpin", CYCLE, 'N"x')
    game.run_for(2)
    assert answers(game) == [(CYCLE, 'N"x', False)]
    assert '"characterName":"N\\"x"' in game.shown()[0]
