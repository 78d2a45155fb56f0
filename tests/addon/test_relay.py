"""How tags get into the log file and stay true there: numbers, signature, repetition, the ladder.

Every test here runs under the client's own 48 KiB buffering.
"""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from goldomatic.simulation.wow_client import (
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    ClientSettings,
    LogSettings,
)
from support.game import NONCE, PAYOUT, WINNER_TEXT, Game

TOGGLING = LogSettings(toggle_flushes=True)
PRINTING = LogSettings(system_logged=False, add_message_logged=True)
ACCEPTED = f"[MGM_ACCEPT:{PAYOUT}]"
NEW_NONCE = "ANXTHERKEY22"


def start(folder: Path, log: LogSettings = PESSIMISTIC, locale: str = "enUS") -> Game:
    game = Game(folder, ClientSettings(log=log, locale=locale))
    game.realm.settle("Winner")
    return game.enter()


def consent(game: Game, payout: str = PAYOUT) -> None:
    game.call("NotifyWinnerWhisper", payout, "Winner")
    game.run_for(1.5)
    game.realm_whisper("Winner", "!twgold")


@pytest.mark.parametrize("locale", ["enUS", "ruRU"])
def test_a_tag_stands_in_the_file_within_seconds(tmp_path: Path, locale: str) -> None:
    game = start(tmp_path, locale=locale)
    game.run_for(20)
    consent(game)
    assert game.wait_for(ACCEPTED) < 8
    game.check()


def test_where_the_toggle_writes_nothing_is_padded_away(tmp_path: Path) -> None:
    game = start(tmp_path, TOGGLING)
    game.call("MGM_LogTest", NONCE, "system=1 whisper=1 toggle=1 pad=1")
    game.run_for(10)
    before = len(game.log_bytes())
    consent(game)
    assert game.wait_for(ACCEPTED) < 7
    game.run_for(15)
    assert len(game.log_bytes()) - before < 4096


def test_without_system_lines_the_operator_may_allow_whispers_as_padding(tmp_path: Path) -> None:
    game = start(tmp_path, PESSIMISTIC_WITHOUT_SYSTEM)
    consent(game)
    game.run_for(60)
    assert ACCEPTED not in game.tags()
    game.type_line("/mgm pad whisper")
    assert game.chat_lines[-1] == "[MGM] Padding by whispers: on"
    assert game.wait_for(ACCEPTED, within=200) > 0
    assert {drop.reason for drop in game.realm.dropped} == set()


def test_the_log_test_finds_the_only_way(tmp_path: Path) -> None:
    game = start(tmp_path, PESSIMISTIC_WITHOUT_SYSTEM)
    game.acknowledge()
    game.type_line("/mgm logtest")
    game.run_until(lambda: any("LOGTEST" in tag for tag in game.tags()), within=60)
    assert [tag for tag in game.tags() if "LOGTEST" in tag] == ["[MGM_LOGTEST]whisper:1"]
    game.call("MGM_LogTest", NONCE, "system=0 whisper=1 print=0 toggle=0 pad=1")
    game.run_for(1)
    game.acknowledge()
    said = game.chat_lines[-1]
    assert said == "[MGM] Log test: system=0 whisper=1 print=0 toggle=0 pad=1"
    consent(game)
    assert game.wait_for(ACCEPTED, within=60) < 45
    padded = [line for line in game.log_bytes().decode().splitlines() if "MGMPAD" in line]
    assert all("whispers" in line or "To " in line for line in padded)


def test_the_log_test_under_plain_buffering(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.run_for(20)
    game.type_line("/mgm logtest")
    began = game.clock.seconds
    markers = {"[MGM_LOGTEST]system:1", "[MGM_LOGTEST]whisper:1"}
    game.run_until(lambda: markers <= set(game.tags()), within=8)
    assert game.clock.seconds - began < 5.5
    lines = game.log_bytes().decode().splitlines()
    marker = next(i for i, line in enumerate(lines) if "[MGM_LOGTEST]system:1" in line)
    assert any("MGMPAD" in line for line in lines[marker:])
    assert game.shown() == ["[MGM_LOGTEST]"]


def test_a_log_test_that_nobody_answers_says_so_and_changes_nothing(tmp_path: Path) -> None:
    game = start(tmp_path, PRINTING)
    game.call("MGM_LogTest", NONCE, "system=1 whisper=1")
    game.type_line("/mgm logtest")
    game.run_for(130)
    assert "Is the bridge running?" in game.chat_lines[-1]
    assert "[MGM_LOGTEST]print:1" in "\n".join(game.chat_lines)
    assert game.saved("calibration.system") is True


def test_a_log_test_before_any_hello_can_be_looked_up_in_the_file(tmp_path: Path) -> None:
    game = Game(tmp_path)
    game.log_in()
    game.run_for(1)
    game.type_line("/mgm logtest")
    game.run_for(5)
    assert "[MGM_LOGTEST]system" in game.log_bytes().decode()


def test_every_tag_has_a_number_of_its_own_that_grows(tmp_path: Path) -> None:
    game = start(tmp_path)
    for number in range(6):
        consent(game, f"{PAYOUT[:-2]}{number:02}")
        game.run_for(2)
    game.run_for(10)
    found = game.read()
    assert len(set(found.values())) == len(found) >= 12
    assert min(found) >= game.clock.unix() * 10 - 2000


def test_a_crash_never_uses_a_number_twice(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.reload()
    game.run_for(1)
    for number in range(30):
        game.call("ReceiveGold", f"{PAYOUT[:-2]}{number:02}:Winner:5;")
    game.run_for(10)
    before = game.read()
    game.crash()
    game.log_in()
    game.hello()
    consent(game)
    game.wait_for(ACCEPTED)
    after = {number for number, tag in game.read().items() if tag not in before.values()}
    assert after
    assert min(after) > max(before)


def lines_with(game: Game, text: str) -> list[float]:
    """When the log's lines that hold the text were written, in seconds of the hour."""
    found = []
    for line in game.log_bytes().decode().splitlines():
        stamp = re.match(r"\d+/\d+ \d+:(\d+):(\d+)\.(\d+)  (.*)", line)
        if stamp and text in stamp[4] and "whispers" not in stamp[4] and "To " not in stamp[4]:
            found.append(int(stamp[1]) * 60 + int(stamp[2]) + int(stamp[3]) / 1000)
    return found


def test_a_tag_is_repeated_at_growing_distances_until_acknowledged(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.run_for(5)
    game.acknowledge()
    consent(game)
    game.run_for(700)
    times = lines_with(game, ACCEPTED)
    gaps = [round(later - earlier) for earlier, later in pairwise(times)]
    assert gaps[:4] == [20, 40, 80, 160]
    game.acknowledge()
    assert ACCEPTED not in game.outbox()
    game.run_for(400)
    assert lines_with(game, ACCEPTED)[: len(times)] == times
    assert len(lines_with(game, ACCEPTED)) <= len(times) + 1


def test_an_acknowledgement_for_another_session_key_counts_for_nothing(tmp_path: Path) -> None:
    game = start(tmp_path)
    consent(game)
    game.wait_for(ACCEPTED)
    numbers = ",".join(map(str, game.read()))
    game.call("MGM_Ack", NEW_NONCE, numbers)
    assert ACCEPTED in game.outbox()
    game.call("MGM_Ack", NONCE, "1,2,3,nonsense")
    assert ACCEPTED in game.outbox()
    game.call("MGM_Ack", NONCE, numbers)
    assert ACCEPTED not in game.outbox()


def test_unacknowledged_tags_survive_a_reload(tmp_path: Path) -> None:
    game = start(tmp_path)
    consent(game)
    game.run_for(0.5)
    game.reload()
    assert game.wait_for(ACCEPTED) < 10
    game.check()


def test_a_new_session_key_signs_everything_anew(tmp_path: Path) -> None:
    game = start(tmp_path)
    consent(game)
    game.wait_for(ACCEPTED)
    [number] = [number for number, tag in game.read().items() if tag == ACCEPTED]
    game.hello(NEW_NONCE)
    assert game.wait_for(ACCEPTED) < 10
    assert game.read()[number] == ACCEPTED


def test_new_tags_do_not_put_the_padding_by_whispers_off(tmp_path: Path) -> None:
    """A bridge that is started again and again says hello each time, and each is answered."""
    game = start(tmp_path, PESSIMISTIC_WITHOUT_SYSTEM)
    game.type_line("/mgm pad whisper")
    game.run_for(60)
    game.acknowledge()
    consent(game)
    began = game.clock.seconds
    while ACCEPTED not in game.tags() and game.clock.seconds - began < 90:
        game.hello()
        game.run_for(6)
    assert game.clock.seconds - began < 60


def test_an_addon_without_a_key_asks_for_hello_and_keeps_its_tags(tmp_path: Path) -> None:
    game = Game(tmp_path)
    game.realm.settle("Winner")
    game.log_in()
    game.run_for(6)
    log = game.log_bytes().decode()
    assert re.search(r"\[MGM_HELLO\]\d+\.\d+\.\d+\r?\n", log)
    consent(game)
    game.run_for(30)
    assert "MGM_ACCEPT" not in game.log_bytes().decode().replace(ACCEPTED + " k=", "")
    assert game.read() == {}
    game.hello()
    assert game.wait_for(ACCEPTED) < 10


def test_every_login_says_hello_under_the_key(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.run_for(5)
    assert sum("[MGM_HELLO]" in tag for tag in game.tags()) == 1
    game.log_out()
    game.log_in()
    game.run_for(6)
    assert sum("[MGM_HELLO]" in tag for tag in game.tags()) == 2
    assert sum("[MGM_HELLO]" in tag for tag in game.outbox()) == 1


@pytest.mark.parametrize("nonce", ["", "short", "lowercasekey", "GAMETESTKEY22", "GAMETESTKEY1"])
def test_a_malformed_key_is_no_key(tmp_path: Path, nonce: str) -> None:
    game = start(tmp_path)
    game.call("MGM_Hello", nonce)
    assert game.saved("nonce") == NONCE


def test_forged_tags_are_hidden_and_change_nothing(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.call("ReceiveGold", f"{PAYOUT}:Winner:5;")
    game.run_for(8)
    before = (game.rows(), game.outbox(), game.chat_lines)
    for tag in (
        f"[MGM_ACCEPT:{PAYOUT}]", f"[MGM_CONFIRM:{PAYOUT}]", f"[MGM_DOUBT:{PAYOUT}]",
        f'[MGM_WHO]{{"schemaVersion":1,"spinCycleId":"{PAYOUT}","online":true}}', "[MGM_HELLO]1",
        f"[MGM_ITEMS:{PAYOUT}][]", f"[MGM_GIFT_ACCEPT:{PAYOUT}]", "[MGM_UPDATE_CHECK]",
        "[MGM_LOGTEST]system:1", f"[MGM_DID:queue:{PAYOUT}]", "[MGM_MAILBOX:open]", "MGMPAD x",
    ):  # fmt: skip
        game.realm_whisper("Winner", tag)
        game.run_for(0.3)
        game.realm_whisper("Winner", f"{tag} k=AAAAAAAAAAAA.1")
        game.run_for(1)
    assert (game.rows(), game.outbox(), game.chat_lines) == before
    assert "[MGM_CONFIRM:" not in " ".join(game.tags())
    game.check()


def test_neither_the_relay_nor_the_key_is_ever_on_the_screen(tmp_path: Path) -> None:
    game = start(tmp_path)
    assert game.frame("ChatFrame1EditBox").alpha == 1
    seen = []
    game.run_lua(
        'ChatFrame1EditBox:HookScript("OnUpdate", function(box) local text = box:GetText()'
        " test_seen = test_seen or {} table.insert(test_seen,"
        ' string.format("%.1f %s", box:GetAlpha(), text)) end)'
    )
    game.keyboard.press("ENTER")
    game.run_for(0.12)
    for letter in f'/run MGM_Hello("{NONCE}")':
        game.keyboard.char(letter)
        game.run_for(0.04)
    game.keyboard.press("ENTER")
    game.run_for(0.1)
    seen = game.lua('table.concat(test_seen, "\\n")').split("\n")
    assert any(NONCE in line for line in seen)
    assert [line for line in seen if "MGM_H" in line and not line.startswith("0.0")] == []
    game.keyboard.press("ENTER")
    game.run_for(0.1)
    assert game.frame("ChatFrame1EditBox").alpha == 1
    game.keyboard.press("ESCAPE")
    consent(game)
    game.run_for(60)
    screen = "\n".join(game.chat_lines)
    assert NONCE not in screen
    assert "MGMPAD" not in screen
    assert game.shown() == [ACCEPTED]


def test_only_an_addon_that_has_no_other_way_prints_its_signature(tmp_path: Path) -> None:
    game = start(tmp_path, PRINTING)
    game.call("MGM_LogTest", NONCE, "system=0 whisper=0 print=1")
    consent(game)
    game.run_for(5)
    assert any(line.startswith(f"{ACCEPTED} k={NONCE}.") for line in game.chat_lines)


def test_where_printing_is_logged_it_is_left_out(tmp_path: Path) -> None:
    game = start(tmp_path, LogSettings(add_message_logged=True))
    game.call("MGM_LogTest", NONCE, "system=1 whisper=1 print=1")
    consent(game)
    game.wait_for(ACCEPTED)
    assert game.shown() == []


@pytest.mark.parametrize("transport", ["chat", "selfwhisper"])
def test_the_operator_chooses_the_channel(tmp_path: Path, transport: str) -> None:
    game = start(tmp_path)
    game.type_line(f"/mgm TRANSPORT {transport}")
    assert game.chat_lines[-1] == f"[MGM] Transport: {transport}"
    game.run_for(10)
    streamer = game.realm.find("Streamer")
    assert streamer
    whispers = len(streamer.heard)
    consent(game)
    game.run_for(10)
    own = [text for _, text in streamer.heard[whispers:] if ACCEPTED in text]
    assert bool(own) is (transport == "selfwhisper")
    assert game.shown() == [ACCEPTED]
    game.log_out()
    spoken = [line for line in game.log_bytes().decode().splitlines() if ACCEPTED in line]
    assert any(line.split("  ", 1)[1].startswith("[MGM") for line in spoken) is (
        transport == "chat"
    )


def test_every_whisper_to_oneself_fits(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.type_line("/mgm transport selfwhisper")
    game.realm.settle("Норинноооооо")
    game.call("MGM_RunWhoForSpin", PAYOUT, "Норинноооооо")
    consent(game)
    game.run_for(20)
    streamer = game.realm.find("Streamer")
    assert streamer
    texts = [text for _, text in streamer.heard]
    assert any("MGM_WHO" in text for text in texts)
    assert max(len(text.encode()) for text in [*texts, WINNER_TEXT]) <= 255
    assert [drop.reason for drop in game.realm.dropped] == []


def test_what_nobody_reads_asks_for_the_operators_help(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.run_for(5)
    game.acknowledge()
    game.type_line("/mgm")
    consent(game)
    game.run_for(50)
    assert "Signal pending: type /reload" not in game.frame("MGMQueuePanel").texts
    game.run_for(15)
    assert "Signal pending: type /reload" in game.frame("MGMQueuePanel").texts
    game.acknowledge()
    game.run_for(2)
    assert "Signal pending: type /reload" not in game.frame("MGMQueuePanel").texts


def test_logging_that_somebody_switched_off_is_switched_on_again(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.run_for(10)
    game.acknowledge()
    game.run_for(30)
    game.type_line("/chatlog")
    assert not game.log.enabled
    game.run_for(31)
    assert game.log.enabled
    assert "[MGM] Chat logging was off and is on again." in game.chat_lines


def test_an_answer_that_has_grown_old_is_dropped(tmp_path: Path) -> None:
    game = start(tmp_path)
    game.call("MGM_RunWhoForSpin", PAYOUT, "Winner")
    consent(game)
    game.run_for(3)
    assert len(game.told("WHO")) == 1
    game.run_for(450)
    assert game.told("WHO") == []
    assert game.told("ACCEPT") == [ACCEPTED]
