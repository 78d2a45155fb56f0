"""What survives reload, logout and crash (sections 1 and 11)."""

from datetime import timedelta
from pathlib import Path

import pytest

from goldomatic.simulation.wow_client.operator import Operator
from support.game import GIFT, GOLD, OTHER_PAYOUT, PAYOUT, Game

THIRD = PAYOUT[:-1] + "3"


@pytest.fixture(name="game")
def running_game(tmp_path: Path) -> Game:
    game = Game(tmp_path)
    for name in ("Winner", "Other", "Third"):
        game.realm.settle(name)
    game.player.copper = 5 * GOLD
    return game.enter()


def fill(game: Game) -> None:
    """One payout sent, one queued, one consent pending, one gift consent pending."""
    hand = Operator(game)
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};{OTHER_PAYOUT}:Other:{GOLD};")
    hand.open_mailbox()
    game.run_for(0.5)
    hand.click("MGMQueuePanelPrepare")
    hand.press_send()
    hand.accept()
    game.run_for(2)
    hand.close_mailbox()
    game.call("NotifyWinnerWhisper", THIRD, "Third")
    game.call("MGM_RequestGiftConfirmation", GIFT, "Third")
    game.run_for(20)


#
@pytest.mark.parametrize("leave", ["reload", "log_out", "quit"])
def test_queue_consents_and_sent_ids_survive(game: Game, leave: str) -> None:
    fill(game)
    getattr(game, leave)()
    if leave != "reload":
        game.log_in()
    game.hello()
    game.run_for(1)
    assert game.rows() == [(PAYOUT, "Winner", "SENT"), (OTHER_PAYOUT, "Other", "READY")]
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};")
    assert len(game.rows()) == 2
    game.realm_whisper("Third", "!twgold")
    game.realm_whisper("Third", "!twgift")
    game.run_for(1)
    assert f"[MGM_ACCEPT:{THIRD}]" in game.outbox()
    assert f"[MGM_GIFT_ACCEPT:{GIFT}]" in game.outbox()
    game.check()


#
def test_what_is_older_than_a_day_is_gone(game: Game) -> None:
    fill(game)
    game.log_out()
    game.clock.advance(timedelta(hours=23).total_seconds())
    game.log_in()
    assert [state for _, _, state in game.rows()] == ["SENT", "DOUBT"]
    game.log_out()
    game.clock.advance(timedelta(hours=2).total_seconds())
    game.log_in()
    game.hello()
    assert game.rows() == []
    for table in (
        "sentIds", "pendingAcceptance", "pendingGifts", "acceptedIds", "acceptedGifts", "claimedIds"
    ):  # fmt: skip
        assert game.saved(f"{table} and next(MimironsGoldOMaticDB.{table})") is None, table
    assert game.outbox()[1:] == ["[MGM_HELLO]0.1.0"]


#
def test_a_prepared_row_comes_back_ready(game: Game) -> None:
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};")
    hand = Operator(game)
    hand.open_mailbox()
    game.run_for(0.5)
    hand.click("MGMQueuePanelPrepare")
    assert game.rows() == [(PAYOUT, "Winner", "PROCESSING")]
    game.reload()
    assert game.rows() == [(PAYOUT, "Winner", "READY")]


@pytest.mark.parametrize(
    "garbage",
    [
        "5",
        '"x"',
        "{}",
        '{ version = 7, queue = 5, outbox = "x", seq = "y", nonce = 3, transport = "pigeon" }',
        (
            '{ queue = { 1, "x", {}, { at = time() }, { at = time(), state = "ODD" } },'
            ' outbox = { {}, 2, { at = time(), tag = 5, seq = 1 } }, sentIds = { a = "x", b = {} },'
            ' pendingAcceptance = { a = 5, b = { at = "x" }, c = { at = time() } }, gifts = { 1 } }'
        ),
    ],
)
def test_a_damaged_file_starts_afresh(game: Game, garbage: str) -> None:
    game.run_lua(f"MimironsGoldOMaticDB = {garbage}")
    game.reload()
    game.hello()
    game.run_for(2)
    assert game.rows() == []
    assert game.outbox() == ["[MGM_HELLO]0.1.0"]
    assert game.saved("transport") == "auto"
    game.check()


def test_settings_survive(game: Game) -> None:
    game.type_line("/mgm transport chat")
    game.type_line("/mgm pad whisper")
    game.type_line("/mgm debug")
    game.call("MGM_LogTest", game.nonce, "system=1 whisper=0")
    game.reload()
    assert game.saved("transport") == "chat"
    assert game.saved("padWhisper") is True
    assert game.frame("MGMDebugFrame").visible
    assert game.saved("calibration.whisper") is False


def test_a_session_that_crashed_may_have_paid_what_an_older_one_has_saved(game: Game) -> None:
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};")
    game.reload()
    hand = Operator(game)
    hand.open_mailbox()
    game.run_for(0.5)
    hand.click("MGMQueuePanelPrepare")
    hand.press_send()
    hand.accept()
    game.run_for(2)
    game.crash()
    game.clock.advance(30)
    game.log_in()
    game.hello()
    assert game.rows() == [(PAYOUT, "Winner", "DOUBT")]
    assert f"[MGM_DOUBT:{PAYOUT}]" in game.outbox()


def test_after_a_crash_the_bridge_hands_over_again(game: Game) -> None:
    fill(game)
    game.crash()
    game.log_in()
    game.hello()
    assert game.rows() == []
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD}?;{OTHER_PAYOUT}:Other:{GOLD}?;")
    assert [state for _, _, state in game.rows()] == ["DOUBT", "DOUBT"]
