"""The game's state and the Sync button (UI-302, UI-303), with alerts (UI-307)."""

import pytest

from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.inject.recording import DRY_WINDOW, RecordingInjector
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.timing import Timing
from support.payout_service import PayoutService, payout
from support.user32 import FakeWindows
from support.windows import Desk, let_work, press, until

NO_GAME = None


def mail_lines(desk: Desk) -> list[str]:
    return [line for line in desk.injector.lines if "ReceiveGold" in line]


def test_without_the_game_sync_is_disabled_and_does_nothing_when_forced(
    open_desk, service: PayoutService
) -> None:
    # D-04
    service.hold(payout(1))
    desk = open_desk(injector=RecordingInjector(NO_GAME))
    until(lambda: desk.window.queue.model.rowCount() == 1, "the queue")
    panel = desk.window.sync_panel

    assert panel.state.text() == "Searching for WoW (foreground)…"
    assert not panel.sync.isEnabled()
    assert panel.detect.isVisible()
    assert desk.window.pills.process.text() == "Process missing"
    desk.window.sync(without_consent=True)

    until(lambda: desk.has_said("Sync/Inject: WoW not foreground."), "the refusal")
    assert service.patches() == []
    assert desk.injector.lines == []
    until(lambda: desk.questions() == 1, "the alert")
    assert desk.question().text() == "WoW not found"


def test_the_game_is_noticed_within_a_second(open_desk, service: PayoutService) -> None:
    # D-05
    service.hold(payout(1))
    desk = open_desk(injector=RecordingInjector(NO_GAME))
    until(lambda: desk.window.queue.model.rowCount() == 1, "the queue")

    desk.injector.window = DRY_WINDOW
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")

    assert Timing().window <= 1, "how often it looks"
    assert desk.window.sync_panel.state.text() == "Ready to inject"
    assert "PID:0 ✓" in desk.window.sync_panel.window.text()
    assert desk.window.pills.process.text() == "Process found"
    assert not desk.window.sync_panel.detect.isVisible()


def test_sync_queues_the_winners_in_the_game(open_desk, service: PayoutService) -> None:
    service.hold(payout(1))
    desk = open_desk()
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")

    press(desk.window.sync_panel.sync)

    until(lambda: mail_lines(desk), "the line")
    assert mail_lines(desk) == [
        '/run ReceiveGold("00000000-0000-0000-0000-000000000001:Norinn:10000000;")'
    ]
    until(lambda: "1 In progress" in desk.window.sync_panel.summary.text(), "the row")
    until(lambda: "Last inject: " in desk.window.pills.last_inject.text(), "the time")
    assert desk.window.pills.last_inject.text() != "Last inject: never"


def test_winners_without_consent_need_the_tick(open_desk, service: PayoutService) -> None:
    # D-32
    service.hold(payout(1, winnerAcceptedWillingToReceiveAt=None), payout(2, "Torgan"))
    desk = open_desk()
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    press(desk.window.sync_panel.sync)
    until(lambda: mail_lines(desk), "the consented winner's line")
    assert "Torgan" in mail_lines(desk)[0]
    assert len(service.patches()) == 1

    desk.window.sync_panel.without_consent.setChecked(True)
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled again")
    press(desk.window.sync_panel.sync)

    until(lambda: len(mail_lines(desk)) == 2, "the other winner's line")
    assert "Norinn" in mail_lines(desk)[1]


def test_a_failed_injection_alerts_and_retry_types_the_same_payouts(
    open_desk, service: PayoutService
) -> None:
    # D-11
    service.hold(payout(1))
    windows = FakeWindows()
    typist = Typist(windows.screen(), BridgeSettings(), sleep=windows.sleeper())
    desk = open_desk(injector=typist)
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    until(lambda: "MGM_Hello" in windows.typed(), "the greeting")
    until(lambda: desk.window.view.typing is None, "its end")
    windows.elevated = True
    press(desk.window.sync_panel.sync)

    until(lambda: desk.questions() == 1, "the alert")
    assert desk.question().text() == "Injection failed"
    assert "Windows error 5" in desk.question().informativeText()
    assert next(iter(service.payouts.values()))["status"] == "InProgress"
    assert "ReceiveGold" not in windows.typed()

    windows.elevated = False
    desk.answer(0)

    until(lambda: "ReceiveGold" in windows.typed(), "the same payout is typed")
    assert windows.typed().count("00000000-0000-0000-0000-000000000001:Norinn:10000000;") == 1
    assert len(service.patches()) == 1


def test_exit_in_an_alert_asks_first(open_desk, service: PayoutService) -> None:
    service.hold(payout(1))
    desk = open_desk()
    desk.injector.failures = [InjectionError("no", system_code=5)] * 9
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    press(desk.window.sync_panel.sync)
    until(lambda: desk.questions() == 1, "the alert")

    desk.answer(1)
    until(lambda: desk.questions() == 1, "the question")
    assert "Close Gold-o-Matic Desktop?" in desk.question().informativeText()
    desk.answer(1)
    assert desk.window.isVisible()


def test_a_whisper_waits_until_the_game_is_in_front(open_desk, service: PayoutService) -> None:
    # D-13
    service.hold(payout(1, winnerAcceptedWillingToReceiveAt=None))
    desk = open_desk(injector=RecordingInjector(NO_GAME))
    until(lambda: desk.has_said("NotifyWinnerWhisper skipped"), "the note")
    until(lambda: "Lines that wait: " in desk.window.sync_panel.hint.text(), "the hint")
    assert desk.injector.lines == []

    desk.injector.window = DRY_WINDOW

    until(lambda: any("NotifyWinnerWhisper" in line for line in desk.injector.lines), "the whisper")


def test_the_service_going_away_is_told_once_and_gone_when_it_is_back(
    open_desk, service: PayoutService
) -> None:
    # D-22
    service.hold(payout(1))
    desk = open_desk(settings={"retries": 0})
    until(lambda: desk.window.pills.api.text() == "API online", "the service")
    service.down = True
    for _ in range(6):
        before = len(service.requests)
        desk.window._refresh()
        until(lambda before=before: len(service.requests) > before, "a poll")

    until(lambda: desk.questions() == 1, "the alert")
    assert desk.question().text() == "API unreachable"
    assert desk.window.pills.api.text() == "API degraded"
    assert "does not answer" in desk.window.queue._note.text()
    assert desk.window.queue.model.rowCount() == 1, "what was known stays to be seen"
    asked = service.requests.count("GET /api/payouts")
    let_work(0.5)
    assert service.requests.count("GET /api/payouts") - asked <= 1, "no endless loop"

    service.down = False
    desk.window._refresh()
    until(lambda: desk.questions() == 0, "the alert is gone")
    assert desk.window.pills.api.text() == "API online"


def test_after_the_click_the_game_gets_the_keyboard(open_desk, service: PayoutService) -> None:
    service.hold(payout(1))
    windows = FakeWindows()
    typist = Typist(windows.screen(), BridgeSettings(), sleep=windows.sleeper())
    desk = open_desk(injector=typist)
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    windows.front = 0x2B11C  # our own window, after the click
    until(lambda: desk.window.view is not None and not desk.window.view.in_front, "noticed")
    assert desk.window.sync_panel.sync.isEnabled(), "the game was in front a moment ago"

    press(desk.window.sync_panel.sync)

    until(lambda: "ReceiveGold" in windows.typed(), "the line is typed into the game")


@pytest.mark.parametrize("dry", [True])
def test_a_dry_run_shows_what_would_be_typed(open_desk, service: PayoutService, dry: bool) -> None:
    service.hold(payout(1))
    desk = open_desk(dry_run=dry)
    until(desk.window.sync_panel.sync.isEnabled, "Sync enabled")
    assert "Dry run" in desk.window.windowTitle()

    press(desk.window.sync_panel.sync)

    until(lambda: desk.has_said("[dry run] /run ReceiveGold("), "the line")
    assert desk.injector.lines == []
