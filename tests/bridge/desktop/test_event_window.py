"""The event log (UI-308) and the update check."""

from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from goldomatic import __version__
from goldomatic.bridge.desktop.event_window import EventModel
from goldomatic.bridge.event_log import Entry
from support.payout_service import NOON, PayoutService
from support.windows import until


def test_400_lines_are_kept_the_newest_first() -> None:
    # D-35
    model = EventModel()
    for number in range(450):
        model.add(Entry(NOON + timedelta(seconds=number), f"line {number}"))

    lines = model.lines()

    assert len(lines) == model.rowCount() == 400
    assert lines[0].endswith("line 449")
    assert lines[-1].endswith("line 50")
    assert model.data(model.index(0, 0)) == lines[0]


def test_clear_empties_and_export_writes_all_lines(open_desk, tmp_path: Path) -> None:
    # D-35
    desk = open_desk()
    until(lambda: desk.has_said("Pending refresh"), "a line")
    desk.window.show_log()
    file = tmp_path / "log.txt"
    desk.window.log.export(file)
    assert file.read_text("utf-8").splitlines() == desk.lines
    assert f"{len(desk.lines)} lines written" in desk.window.log.told.text()

    desk.window.log.list.setCurrentIndex(desk.program.events.index(0, 0))
    desk.window.log.copy()
    assert QGuiApplication.clipboard().text() == desk.lines[0]

    desk.window.log.clear()
    assert desk.lines == []


def test_a_file_that_cannot_be_written_is_said(open_desk, tmp_path: Path) -> None:
    desk = open_desk()

    desk.window.log.export(tmp_path / "no" / "log.txt")

    assert desk.window.log.told.text().startswith("Could not be written")


@pytest.mark.parametrize(
    ("answer", "russian", "english"),
    [
        (
            {"version": "v99.0.0", "releaseNotesUrl": "https://gold.example/99"},
            f"Доступна новая версия: v99.0.0 (у вас v{__version__}).",
            "New version available: v99.0.0.",
        ),
        (
            {"version": __version__},
            f"Версия актуальна: v{__version__}.",
            "This is the newest version.",
        ),
        ({"version": ""}, "Не удалось проверить обновления.", "Could not check for updates."),
        (
            {"version": "v99", "minimumDesktopVersion": "98"},
            f"Текущая версия v{__version__} ниже минимальной поддерживаемой.",
            "This version is older than the service supports.",
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_update_check_says_what_is_known(
    open_desk,
    service: PayoutService,
    language: str,
    answer: dict[str, str],
    russian: str,
    english: str,
) -> None:
    # D-34
    service.version = answer
    desk = open_desk(settings={"language": language})

    desk.window.check_update()

    until(lambda: desk.questions() == 1, "the answer")
    assert desk.question().informativeText() == (russian if language == "ru" else english)
    if "releaseNotesUrl" in answer:
        link = "Подробнее" if language == "ru" else "More info"
        assert f'<a href="https://gold.example/99">{link}</a>' in (
            desk.window.sync_panel.update.text()
        )
