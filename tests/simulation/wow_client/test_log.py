"""The chat log's file: its lines (1.5), its buffer (2), and what is logged at all (1.3, 1.4)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from goldomatic.simulation.wow_client import (
    FAST,
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    LogSettings,
    WowClient,
)

Game = Callable[..., WowClient]
LOGGING = "LoggingChat(true)"


def lines(client: WowClient) -> list[str]:
    return client.log_bytes().decode().split("\r\n")[:-1]


def test_a_line_has_the_clients_form(game: Game) -> None:  # 1.5, 2.7
    client = game(LOGGING, log=FAST)
    client.realm.settle("Норинн")
    client.run_for(2.087)
    client.realm_whisper("Норинн", "!twgold")
    client.run_for(1)
    assert client.log_bytes().startswith(b"4/5 21:00:02.")
    assert client.log_bytes().endswith("Норинн whispers: !twgold\r\n".encode())
    assert lines(client)[0][len("4/5 21:00:02.187") :] == "  Норинн whispers: !twgold"


def test_a_whisper_to_oneself_is_two_lines(game: Game) -> None:  # 1.4, 4.2
    client = game(LOGGING, log=FAST)
    client.run_lua('SendChatMessage("[MGM_LOGTEST]", "WHISPER", nil, UnitName("player"))')
    client.run_for(1)
    assert [line.partition("  ")[2] for line in lines(client)] == [
        "Streamer whispers: [MGM_LOGTEST]", "To Streamer: [MGM_LOGTEST]",
    ]  # fmt: skip


def test_nothing_is_written_before_the_threshold(game: Game) -> None:  # 2.1
    client = game(LOGGING)
    client.run_lua(f'for i = 1, 170 do SendSystemMessage("{"x" * 255}") end')
    client.run_for(600)
    assert client.log_bytes() == b""
    assert client.log.unwritten == 170 * (255 + 4 + 14 + 2)
    client.run_lua(f'for i = 171, 179 do SendSystemMessage("{"x" * 255}") end')
    assert len(client.log_bytes()) == 179 * 275 >= 49_152
    assert client.log.unwritten == 0


def test_a_crash_loses_the_buffer_and_a_clean_exit_does_not(game: Game) -> None:  # 2.10
    client = game(LOGGING)
    client.run_lua('SendSystemMessage("one")')
    path = client.log.path
    assert path is not None
    client.crash()
    assert path.read_bytes() == b""
    client.log_in()
    client.run_lua('LoggingChat(true) SendSystemMessage("two")')
    client.quit()
    assert path.read_bytes().endswith(b"  two\r\n")


@pytest.mark.parametrize(
    ("option", "act"),
    [
        ("toggle_flushes", lambda client: client.run_lua("LoggingChat(false) LoggingChat(true)")),
        ("reload_flushes", lambda client: client.reload()),
        ("logout_flushes", lambda client: client.log_out()),
    ],
)
@pytest.mark.parametrize("flushes", [True, False])
def test_flushes_are_options(
    game: Game, option: str, act: Callable[[WowClient], None], flushes: bool
) -> None:  # 2.3, 2.4
    client = game(LOGGING, log=replace(LogSettings(), **{option: flushes}))
    client.run_lua('SendSystemMessage("marker")')
    act(client)
    assert (b"marker" in client.log_bytes()) is flushes


def test_the_two_pessimistic_runs(game: Game) -> None:  # 11
    for run, system in ((PESSIMISTIC, True), (PESSIMISTIC_WITHOUT_SYSTEM, False)):
        assert run.system_logged is system
        assert run.logout_flushes
        assert not run.toggle_flushes | run.reload_flushes | run.add_message_logged


@pytest.mark.parametrize("logged", [True, False])
def test_system_lines_are_an_option(game: Game, logged: bool) -> None:  # 1.4
    client = game(LOGGING, log=replace(FAST, system_logged=logged))
    client.run_lua('SendSystemMessage("[MGM_LOGTEST]")')
    assert (len(lines(client)) == 1) is logged
    assert client.chat_lines == ["[MGM_LOGTEST]"]


@pytest.mark.parametrize("logged", [True, False])
def test_added_messages_are_an_option_and_off(game: Game, logged: bool) -> None:  # 1.3
    client = game(LOGGING, log=replace(FAST, add_message_logged=logged))
    client.run_lua('DEFAULT_CHAT_FRAME:AddMessage("[MGM_LOGTEST]") SendSystemMessage("other")')
    assert [line.partition("  ")[2] for line in lines(client)] == (
        ["[MGM_LOGTEST]", "other"] if logged else ["other"]
    )
    assert FAST.add_message_logged is False


def test_a_filtered_line_is_in_the_file_but_not_in_the_window(game: Game) -> None:  # 1.3, 4.4
    client = game(
        LOGGING + ' ChatFrame_AddMessageEventFilter("CHAT_MSG_SYSTEM", function() return true end)',
        log=FAST,
    )
    client.run_lua('SendSystemMessage("hidden")')
    assert "hidden" in client.log_bytes().decode()
    assert client.chat_lines == []


def test_links_become_text_and_channels_keep_theirs(game: Game) -> None:  # 1.5
    client = game(LOGGING, log=FAST)
    client.realm.settle("Gromka")
    link = "|cffffffff|Hitem:36913:0:0:0:0:0:0:0:80|h[Saronite Bar]|h|r"
    client.world.chat.say(client.realm.people["gromka"], "GUILD", f"WTB {link}")
    client.world.chat.say(client.realm.people["gromka"], "CHANNEL", "[plain] stays", "2. Trade")
    client.run_for(1)
    assert [line.partition("  ")[2] for line in lines(client)] == [
        "|Hchannel:GUILD|h[Guild]|h Gromka: WTB Saronite Bar", "[2. Trade] Gromka: [plain] stays",
    ]  # fmt: skip


def test_edited_globals_change_the_log(game: Game) -> None:  # 1.5
    client = game(LOGGING + ' CHAT_WHISPER_GET = "<- %s: "', log=FAST)
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "hi")
    client.run_for(1)
    assert lines(client)[0].endswith("  <- Norinn: hi")


def test_a_russian_client_words_it_differently(game: Game) -> None:  # 1.5, 11
    client = game(LOGGING, log=FAST, locale="ruRU")
    client.realm.settle("Norinn")
    client.run_lua('SendChatMessage("привет", "WHISPER", nil, "norinn")')
    client.run_for(1)
    assert lines(client)[0].endswith("  Norinn, вы шепчете: привет")


@pytest.mark.parametrize("at_once", [True, False])
def test_when_the_file_appears(game: Game, at_once: bool) -> None:  # 10
    client = game(LOGGING, log=LogSettings(created_when_enabled=at_once))
    assert client.log.path is not None
    assert client.log.path.exists() is at_once


def test_logging_is_off_until_it_is_asked_for(game: Game, tmp_path: Path) -> None:  # 2.6
    client = game()
    assert client.lua("LoggingChat()") is None
    client.run_lua('SendSystemMessage("lost")')
    assert not (tmp_path / "Logs").exists()
    client.run_lua("LoggingChat(true)")
    assert client.lua("LoggingChat()") == 1
    assert client.log.unwritten == 0


def test_the_file_is_appended_to_and_may_have_a_dated_name(
    game: Game, tmp_path: Path
) -> None:  # 2.9
    client = game(LOGGING, log=LogSettings(dated_name=True))
    client.run_lua('SendSystemMessage("x")')
    client.quit()
    assert [path.name for path in (tmp_path / "Logs").iterdir()] == [
        "2026-04-05-21.00.00 WoWChatLog.txt"
    ]
