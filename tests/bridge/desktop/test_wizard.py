"""The first set-up, from an empty folder to a working window."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QWizard

from goldomatic import __version__
from goldomatic.addon.package import NAME
from goldomatic.bridge import settings as files
from goldomatic.bridge.desktop import folder_page
from goldomatic.bridge.desktop.wizard import Wizard
from goldomatic.bridge.inject.recording import DRY_WINDOW, RecordingInjector
from support.payout_service import KEY, PayoutService
from support.windows import Desk, application, press, until

NEXT, BACK = QWizard.WizardButton.NextButton, QWizard.WizardButton.BackButton
FINISH = QWizard.WizardButton.FinishButton


def wizard(desk: Desk) -> Wizard:
    assert desk.program.wizard is not None
    return desk.program.wizard


def go_on(desk: Desk, page: str) -> None:
    button = wizard(desk).button(NEXT)
    until(button.isEnabled, "Next can be pressed")
    press(button)
    until(lambda: wizard(desk).currentPage() is getattr(wizard(desk), page), f"the page {page}")


@pytest.fixture
def game(tmp_path: Path) -> Path:
    """A folder that looks like the game's."""
    folder = tmp_path / "World of Warcraft 3.3.5a"
    (folder / "Data").mkdir(parents=True)
    (folder / "Wow.exe").touch()
    (folder / "Data" / "lichking.MPQ").touch()
    return folder


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the search for the game finds on this computer."""
    found = SimpleNamespace(games=[])
    monkeypatch.setattr(folder_page, "find_games", lambda: found.games)
    return found


def test_from_nothing_to_a_working_window(
    open_desk, service: PayoutService, game: Path, found: SimpleNamespace
) -> None:
    found.games = [game]
    desk = open_desk(key="", injector=RecordingInjector(None))
    assert wizard(desk).isVisible()

    go_on(desk, "connection")
    form = wizard(desk).connection.form
    form.key.setText(KEY)
    press(form.test)
    until(lambda: form.told.text() == "Connected", "the test")

    go_on(desk, "folder")
    until(lambda: wizard(desk).folder.chosen() == game, "the game is found")
    assert wizard(desk).folder.verdict.text() == "This is a game of version 3.3.5."

    go_on(desk, "addon")
    page = wizard(desk).addon
    assert page.state.text() == "The addon is not installed."
    press(page.install)
    until(lambda: "Installed." in page.state.text(), "the installation")
    assert (game / "Interface" / "AddOns" / NAME / f"{NAME}.toc").is_file()

    go_on(desk, "check")
    check = wizard(desk).check
    until(lambda: check.points["service"].text().startswith("✓"), "the service")
    assert check.points["window"].text().startswith("○")
    assert "Start it and switch to its window" in check.points["window"].text()
    assert str(game / "Logs" / "WoWChatLog.txt") in check.points["log"].text()
    assert "tick Mimiron's Gold-o-Matic" in check.points["addon"].text()
    assert "/mgm logtest" in check.points["logtest"].text()
    assert "still missing" in check.outcome.text()

    play(desk, game)

    until(lambda: "Everything" in check.outcome.text(), "all points")
    assert all(point.text().startswith("✓") for point in check.points.values())
    assert "system=1" in check.points["logtest"].text()
    desk.injector.window = None
    press(wizard(desk).button(FINISH))
    until(lambda: desk.program.wizard is None, "the set-up has ended")
    saved = files.load(desk.preferences.folder)
    assert saved.game_folder == str(game)
    assert desk.window.pills.addon.text() == f"Addon {__version__}"


def play(desk: Desk, game: Path) -> None:
    """The game in front, with the addon answering into its log as the protocol says."""
    log = game / "Logs" / "WoWChatLog.txt"
    log.parent.mkdir()
    log.touch()
    sequence = iter(range(1_800_000_000, 1_900_000_000))

    def answer(line: str) -> None:
        if "MGM_Hello" not in line:
            return
        nonce = line.split('"')[1]
        tags = [f"[MGM_HELLO]{__version__}"]
        tags += [f"[MGM_LOGTEST]{channel}:1" for channel in ("system", "whisper", "print")]
        with log.open("a", newline="") as file:
            for tag in tags:
                file.write(f"5/1 12:00:00.000  {tag} k={nonce}.{next(sequence)}\r\n")

    desk.injector.answer = answer
    desk.injector.window = DRY_WINDOW


def test_nothing_is_alerted_while_it_is_being_set_up(open_desk) -> None:
    desk = open_desk(key="")
    for _ in range(4):
        desk.window._refresh()
    until(lambda: desk.window.view.alert is not None, "the bridge's alert")

    assert desk.questions() == 0
    wizard(desk).reject()
    desk.window.take(desk.window.view)
    assert desk.questions() == 1


def test_the_folder_must_hold_the_game(open_desk, tmp_path: Path) -> None:
    desk = open_desk(key="")
    go_on(desk, "connection")
    wizard(desk).connection.form.key.setText(KEY)
    go_on(desk, "folder")
    page = wizard(desk).folder
    until(lambda: "No game was found" in page.told.text(), "the search")
    assert not wizard(desk).button(NEXT).isEnabled()

    page.offer(tmp_path)
    assert page.verdict.text() == "There is no WoW.exe in this folder."
    assert not wizard(desk).button(NEXT).isEnabled()

    (tmp_path / "WoW.exe").touch()
    page.offer(tmp_path / "other")
    page.offer(tmp_path)
    assert "is it the right client?" in page.verdict.text()
    assert wizard(desk).button(NEXT).isEnabled()


def test_an_older_addon_is_updated(open_desk, game: Path) -> None:
    folder = game / "Interface" / "AddOns" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.toc").write_text("## Version: 0.0.1\n")
    desk = open_desk(settings={"game_folder": str(game)})
    desk.program.open_wizard()
    page = wizard(desk).addon
    page.initializePage()

    assert (
        page.state.text() == f"Version 0.0.1 is installed; {__version__} belongs to this program."
    )
    assert page.install.text() == "&Update the addon"


def test_an_addon_that_cannot_be_written_is_said_in_words(open_desk, game: Path) -> None:
    (game / "Interface").touch()
    desk = open_desk(settings={"game_folder": str(game)})
    desk.program.open_wizard()
    page = wizard(desk).addon
    page.put_in()

    until(lambda: "Could not be installed" in page.state.text(), "the reason")
    assert "should be a folder" in page.state.text()


def test_the_language_is_chosen_on_the_first_page(open_desk) -> None:
    desk = open_desk(key="")
    first = wizard(desk)
    box = first.welcome.language

    box.setCurrentIndex(box.findData("ru"))

    until(lambda: desk.program.wizard is not first, "the set-up is made anew")
    assert wizard(desk).windowTitle() == "Настройка Gold-o-Matic"
    assert wizard(desk).button(NEXT).text() == "&Далее >"
    assert desk.window.sync_panel.state.text() in ("Ищем WoW (активное окно)…", "Игра найдена")
    assert application().activeModalWidget() is wizard(desk)


def test_later_the_set_up_is_in_the_menu(open_desk) -> None:
    desk = open_desk()
    assert desk.program.wizard is None

    desk.window.wizard_wanted.emit()

    assert wizard(desk).isVisible()
