"""Address and key of the service, in the window (UI-301)."""

from pathlib import Path

import pytest

from goldomatic.bridge.desktop.connection_form import ConnectionDialog
from support.payout_service import KEY, PayoutService, payout
from support.windows import Desk, press, until


def open_connection(desk: Desk) -> ConnectionDialog:
    desk.window.open_connection()
    dialog = desk.window.dialog
    assert isinstance(dialog, ConnectionDialog)
    return dialog


def try_it(dialog: ConnectionDialog, url: str, key: str) -> str:
    dialog.form.url.setText(url)
    dialog.form.key.setText(key)
    press(dialog.form.test)
    assert dialog.form.told.text() == "Asking the service…"
    until(dialog.form.test.isEnabled, "the answer")
    return dialog.form.told.text()


def test_the_right_key_connects_and_the_queue_loads(open_desk, service: PayoutService) -> None:
    # D-01
    service.hold(payout(1), payout(2, "Элриндэль"))
    desk = open_desk(key="")
    assert desk.program.wizard is not None
    desk.program.wizard.reject()
    dialog = open_connection(desk)

    assert try_it(dialog, service.url, KEY) == "Connected"
    press(dialog.save)

    until(lambda: desk.window.queue.model.rowCount() == 2, "the queue")
    assert desk.window.pills.api.text() == "API online"


def test_a_wrong_key_is_named_and_not_saved(open_desk, service: PayoutService) -> None:
    # D-02
    desk = open_desk()
    dialog = open_connection(desk)

    told = try_it(dialog, service.url, "a wrong key")

    assert "forbidden_apikey" in told
    assert "GOLDOMATIC_API_KEY" in told
    dialog.reject()
    saved = (desk.preferences.folder / "api-key").read_text()
    assert saved == KEY
    assert try_it(open_connection(desk), service.url, KEY) == "Connected"


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("  ", KEY, "API base URL is not configured."),
        (None, "", "X-MGM-ApiKey is not configured."),
    ],
)
def test_blanks_are_named_without_a_request(
    open_desk, service: PayoutService, url: str | None, key: str, told: str
) -> None:
    # D-03
    desk = open_desk(key="")
    assert desk.program.wizard is not None
    desk.program.wizard.reject()
    dialog = open_connection(desk)

    assert try_it(dialog, service.url if url is None else url, key) == told
    assert service.requests == []


def test_an_address_that_nobody_answers_is_said_in_words(open_desk) -> None:
    dialog = open_connection(open_desk())

    told = try_it(dialog, "http://127.0.0.1:9", "")

    assert "no connection" in told


def test_a_key_that_no_header_can_carry_is_refused_before_any_request(
    open_desk, service: PayoutService
) -> None:
    dialog = open_connection(open_desk())
    dialog.form.key.setText("ключ")

    press(dialog.form.test)

    assert "cannot be used" in dialog.form.told.text()
    press(dialog.save)
    until(lambda: "cannot be used" in dialog.form.told.text(), "the refusal")
    assert dialog.isVisible()


def test_the_key_is_masked_and_lies_in_no_other_file(open_desk, tmp_path: Path) -> None:
    # D-28
    desk = open_desk()
    dialog = open_connection(desk)
    secret = "a-key-that-must-not-leak"
    dialog.form.key.setText(secret)
    assert secret not in dialog.form.key.displayText()
    press(dialog.save)
    until(lambda: not dialog.isVisible(), "saved")
    desk.window.log.export(tmp_path / "exported.txt")

    holding = [
        file.name
        for file in tmp_path.rglob("*")
        if file.is_file() and secret.encode() in file.read_bytes()
    ]

    assert holding == ["api-key"]
    assert (desk.preferences.folder / "api-key").stat().st_mode & 0o077 == 0
    assert not desk.has_said(secret)
