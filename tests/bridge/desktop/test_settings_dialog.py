"""The settings in the window (UI-306)."""

from pathlib import Path

import pytest

from goldomatic.bridge import settings as files
from goldomatic.bridge.desktop.settings_dialog import SettingsDialog
from support.payout_service import PayoutService
from support.windows import Desk, until


def open_settings(desk: Desk) -> SettingsDialog:
    desk.window.open_settings()
    dialog = desk.window.dialog
    assert isinstance(dialog, SettingsDialog)
    return dialog


@pytest.mark.parametrize(("typed", "used"), [(1, 5), (15, 15), (9999, 600)])
def test_the_poll_interval_is_pulled_into_its_range(open_desk, typed: int, used: int) -> None:
    # D-27
    desk = open_desk()
    dialog = open_settings(desk)
    dialog.poll.setValue(typed)

    dialog.accept()

    assert files.load(desk.preferences.folder).poll_seconds == used


def test_another_interval_takes_effect_at_once(open_desk, service: PayoutService) -> None:
    # D-27
    desk = open_desk()  # polls every 600 s
    until(lambda: "GET /api/payouts" in service.requests, "the first poll")
    until(lambda: desk.window.pills.api.text() == "API online", "its answer")
    polls = service.requests.count("GET /api/payouts")
    dialog = open_settings(desk)
    dialog.poll.setValue(5)

    dialog.accept()

    until(lambda: service.requests.count("GET /api/payouts") > polls, "a poll", seconds=3)


def test_cancel_forgets(open_desk) -> None:
    desk = open_desk()
    before = files.load(desk.preferences.folder)
    dialog = open_settings(desk)
    dialog.retries.setValue(9)
    dialog.injection.setCurrentIndex(dialog.injection.findData("send_input"))

    dialog.reject()

    assert files.load(desk.preferences.folder) == before
    assert desk.preferences.settings == before


def test_ok_keeps_every_field(open_desk) -> None:
    # D-14
    desk = open_desk()
    dialog = open_settings(desk)
    dialog.poll.setValue(42)
    dialog.retries.setValue(7)
    dialog.injection.setCurrentIndex(dialog.injection.findData("send_input"))
    dialog.open_chat_key.setCurrentIndex(dialog.open_chat_key.findData("slash"))
    dialog.character_ms.setValue(30)
    dialog.idle.setValue(3.5)
    dialog.auto_sync.setChecked(True)
    dialog.tags.setCurrentIndex(dialog.tags.findData("strict"))
    dialog.own_character.setText(" Norinn ")
    dialog.game_folder.setText("/games/wow")
    dialog.chat_log.setText("/elsewhere/log.txt")
    dialog.accept()

    saved = files.load(desk.preferences.folder)

    assert (saved.poll_seconds, saved.retries, saved.injection) == (42, 7, "send_input")
    assert (saved.open_chat_key, saved.character_ms, saved.idle_seconds) == ("slash", 30, 3.5)
    assert (saved.auto_sync, saved.tag_match, saved.own_character) == (True, "strict", "Norinn")
    assert (saved.game_folder, saved.chat_log) == ("/games/wow", "/elsewhere/log.txt")
    assert saved.service_url == desk.service.url
    assert "SendInput" in desk.window.sync_panel.strategy.text()
    again = open_settings(desk)
    assert again.settings() == saved


def test_the_dialog_says_where_the_log_is(open_desk, tmp_path: Path) -> None:
    # D-26
    (tmp_path / "logs").mkdir()
    own = tmp_path / "own.txt"
    own.touch()
    dialog = open_settings(open_desk())

    def said(folder: object, override: object) -> str:
        dialog.game_folder.setText(str(folder))
        dialog.chat_log.setText(str(override))
        return dialog.path.text()

    assert said("", "") == "Chat log: not set. Choose the WoW folder."
    assert said("", f"  {tmp_path / 'logs'} ").endswith("logs/WoWChatLog.txt")
    assert said("", own).endswith(str(own))
    assert said("/games/wow", "").endswith("/games/wow/Logs/WoWChatLog.txt")
    assert said("/games/wow", "/not/there").endswith("/games/wow/Logs/WoWChatLog.txt")


def test_a_folder_that_cannot_be_written_is_said_and_the_dialog_stays(open_desk) -> None:
    desk = open_desk()
    dialog = open_settings(desk)
    before = desk.preferences.settings
    file = desk.preferences.folder / files.FILE_NAME
    file.unlink()
    file.mkdir()
    dialog.retries.setValue(9)

    dialog.accept()

    assert dialog.isVisible()
    assert dialog.told.text().startswith("Could not be saved")
    assert desk.preferences.settings == before


def test_another_language_is_spoken_at_once(open_desk) -> None:
    desk = open_desk()
    dialog = open_settings(desk)
    dialog.language.setCurrentIndex(dialog.language.findData("ru"))
    first = desk.window

    dialog.accept()

    until(lambda: desk.window is not first, "the window is made anew")
    assert desk.window.sync_panel.sync.text() == "Пере&дать в игру"
    until(lambda: desk.window.pills.api.text() == "API на связи", "it follows the bridge")
