"""The mail queue (section 6): what is confirmed, what is not, and what is in doubt."""

from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation.wow_client import CannotTouchError, ClientSettings, RealmRules
from goldomatic.simulation.wow_client.items import Item
from goldomatic.simulation.wow_client.mail_server import MailFault
from goldomatic.simulation.wow_client.operator import Operator
from support.game import GOLD, OTHER_PAYOUT, PAYOUT, SENT_TEXT, Game

CONFIRMED = f"[MGM_CONFIRM:{PAYOUT}]"
DOUBTED = f"[MGM_DOUBT:{PAYOUT}]"


@pytest.fixture(name="game", params=[False, True], ids=["stock first", "stock last"])
def running_game(tmp_path: Path, request: pytest.FixtureRequest) -> Game:
    game = Game(tmp_path, ClientSettings(stock_mail_handler_last=request.param))
    for name in ("Winner", "Other", "Friend"):
        game.realm.settle(name)
    game.player.copper = 5 * GOLD
    return game.enter()


@pytest.fixture(name="hand")
def operators_hand(game: Game) -> Operator:
    return Operator(game)


def queue(game: Game, *payouts: tuple[str, str]) -> None:
    game.call("ReceiveGold", "".join(f"{one}:{name}:{GOLD};" for one, name in payouts))


def at_mailbox(game: Game, hand: Operator) -> None:
    hand.open_mailbox()
    game.run_for(0.5)


def prepared(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Winner"))
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")


def send(hand: Operator) -> None:
    hand.press_send()
    hand.accept()


def letters(game: Game, name: str) -> list[int]:
    person = game.realm.find(name)
    assert person
    return [letter.copper for letter in person.letters]


def heard(game: Game, name: str) -> list[str]:
    person = game.realm.find(name)
    assert person
    return [text for _, text in person.heard]


def states(game: Game) -> list[str]:
    return [state for _, _, state in game.rows()]


def toast(game: Game, name: str = "MGMErrorToast") -> str:
    frame = game.frame(name)
    return " ".join(frame.texts) if frame.visible else ""


def form(game: Game) -> tuple[str, str, int]:
    return (
        game.frame("SendMailNameEditBox").text,
        game.frame("SendMailSubjectEditBox").text,
        int(game.lua("MoneyInputFrame_GetCopper(SendMailMoney)")),
    )


#
def test_payouts_are_queued_in_order_and_nonsense_is_skipped(game: Game) -> None:
    game.call("ReceiveGold", "a:One:10;b:Two:20")
    assert game.rows() == [("a", "One", "READY"), ("b", "Two", "READY")]
    game.call("ReceiveGold", " c:Three:30 ; bad; x:y;;; d:Норинн:40 ;")
    assert game.rows()[2:] == [("c", "Three", "READY"), ("d", "Норинн", "READY")]
    assert [tag for tag in game.outbox() if "queue" in tag] == [
        f"[MGM_DID:queue:{one}]" for one in "abcd"
    ]
    game.check()


#
def test_a_payout_is_queued_once_and_never_again_after_it_was_sent(
    game: Game, hand: Operator
) -> None:
    for _ in range(3):
        queue(game, (PAYOUT, "Winner"))
    assert len(game.rows()) == 1
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.run_for(2)
    game.run_lua("wipe(MimironsGoldOMaticDB.queue) wipe(MimironsGoldOMaticDB.outbox)")
    queue(game, (PAYOUT, "Winner"))
    assert game.rows() == []
    assert game.told("CONFIRM") == [CONFIRMED]


#
def test_prepare_fills_the_form_in_and_sends_nothing(game: Game, hand: Operator) -> None:
    sent = game.watch("SendMail")
    prepared(game, hand)
    game.run_for(5)
    assert form(game) == ("Winner", "Mimiron's Gold-o-Matic", GOLD)
    assert states(game) == ["PROCESSING"]
    assert "1. Winner  [PROC]" in game.frame("MGMQueuePanel").texts
    assert sent() == 0
    assert letters(game, "Winner") == []
    assert game.told("CONFIRM") == []
    game.check()


#
def test_without_a_mailbox_nothing_can_be_prepared(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Winner"))
    game.type_line("/mgm")
    assert "Open the mailbox to use the queue." in game.frame("MGMQueuePanel").texts
    with pytest.raises(CannotTouchError):
        hand.click("MGMQueuePanelPrepare")
    game.run_lua('MGMQueuePanelPrepare:GetScript("OnClick")(MGMQueuePanelPrepare)')
    game.run_for(1)
    assert toast(game) == "✕ Mailbox closed"
    assert states(game) == ["READY"]
    assert form(game) == ("", "", 0)
    assert game.told("CONFIRM") == []


#
def test_the_realms_confirmation_is_told_then_whispered_then_shown(
    game: Game, hand: Operator
) -> None:
    prepared(game, hand)
    send(hand)
    assert states(game) == ["SENDING"]
    game.run_for(3)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == game.shown() == [CONFIRMED]
    assert len(PAYOUT) == 36
    assert toast(game, "MGMSuccessToast") == "Mail sent — Winner"
    game.run_until(lambda: heard(game, "Winner") == [SENT_TEXT], within=5)
    assert states(game) == ["SENT"]
    assert "1. Winner  [SENT]" in game.frame("MGMQueuePanel").texts
    game.run_for(3)
    assert toast(game, "MGMSuccessToast") == ""
    game.check()


#
def test_the_tag_comes_before_the_whisper(game: Game, hand: Operator) -> None:
    game.type_line("/mgm transport selfwhisper")
    prepared(game, hand)
    game.run_for(3)
    game.run_lua(
        'test_said = {} hooksecurefunc("SendChatMessage", function(text)'
        " table.insert(test_said, text) end)"
    )
    send(hand)
    game.run_for(15)
    said = game.lua('table.concat(test_said, "\\n")').split("\n")
    confirmed = next(place for place, text in enumerate(said) if text.startswith(CONFIRMED))
    assert confirmed < said.index(SENT_TEXT)


#
@pytest.mark.parametrize("armed", [False, True])
def test_a_mail_by_hand_is_none_of_our_business(game: Game, hand: Operator, armed: bool) -> None:
    queue(game, (PAYOUT, "Winner"))
    at_mailbox(game, hand)
    if armed:
        hand.click("MGMQueuePanelPrepare")
    before = (game.rows(), game.outbox())
    hand.write_mail("Friend", "Hello", 5)
    send(hand)
    game.run_for(2)
    assert letters(game, "Friend") == [50_000]
    assert (game.rows(), game.outbox()) == before
    assert heard(game, "Friend") == []
    assert heard(game, "Winner") == []
    if armed:
        hand.write_mail("Winner", "Mimiron's Gold-o-Matic", 1000)
        send(hand)
        game.run_for(2)
        assert game.told("CONFIRM") == [CONFIRMED]


#
def test_a_refused_mail_makes_the_row_ready_again(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    game.world.post.faults.append("ERR_MAIL_REACHED_CAP")
    send(hand)
    game.run_for(2)
    assert states(game) == ["READY"]
    assert toast(game) == "✕ Mail failed"
    hand.write_mail("Winner", "Sorry", 1)
    send(hand)
    game.run_for(2)
    assert letters(game, "Winner") == [10_000]
    assert game.told("CONFIRM") == []
    assert states(game) == ["READY"]


#
def test_a_refused_mail_by_hand_disarms(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    hand.write_mail("Friend", "Hello", 1)
    game.world.post.faults.append("ERR_MAIL_REACHED_CAP")
    send(hand)
    game.run_for(2)
    assert states(game) == ["READY"]


def test_a_refused_mail_that_is_sent_again_from_the_form_is_in_doubt(
    game: Game, hand: Operator
) -> None:
    prepared(game, hand)
    game.world.post.faults.append("ERR_MAIL_REACHED_CAP")
    send(hand)
    game.run_for(2)
    send(hand)
    game.run_for(2)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == []
    assert states(game) == ["DOUBT"]


def test_what_was_left_in_the_form_does_not_go_to_the_winner(game: Game, hand: Operator) -> None:
    """Items and words of a mail that the operator has begun by hand, a gift for instance."""
    queue(game, (PAYOUT, "Winner"))
    bags = game.world.bags
    bags.put(Item(id=36908, name="Frost Lotus", count=2))
    at_mailbox(game, hand)
    game.run_lua(
        "MailFrameTab_OnClick(nil, 2) SendMailRadioButton_OnClick(2)"
        ' SendMailBodyEditBox:SetText("For you alone") PickupContainerItem(0, 1)'
        " ClickSendMailItemButton(3)"
    )
    game.run_for(0.2)
    assert game.lua("GetSendMailItem(3)")[0] == "Frost Lotus"
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.run_for(1.0)
    (parcel,) = game.world.post.accepted
    assert (parcel.copper, parcel.cod, parcel.items, parcel.body) == (GOLD, 0, (), "")
    assert bags.slots
    assert game.told("CONFIRM") == [CONFIRMED]


#
@pytest.mark.parametrize("leave", ["close_mailbox", "walk_away"])
def test_closing_the_mailbox_disarms(game: Game, hand: Operator, leave: str) -> None:
    prepared(game, hand)
    getattr(hand, leave)()
    game.run_for(0.5)
    assert states(game) == ["READY"]
    assert "Open the mailbox to use the queue." in game.frame("MGMQueuePanel").texts
    at_mailbox(game, hand)
    hand.write_mail("Winner", "Mimiron's Gold-o-Matic", 1000)
    send(hand)
    game.run_for(2)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == []


#
def test_the_second_row_may_be_paid_first(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Winner"), (OTHER_PAYOUT, "Other"))
    at_mailbox(game, hand)
    hand.click("MGMQueuePanel", "2. Other  [READY]")
    hand.click("MGMQueuePanelPrepare")
    assert form(game)[0] == "Other"
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == [f"[MGM_CONFIRM:{OTHER_PAYOUT}]"]
    assert states(game) == ["READY", "SENT"]
    game.call("MGM_PopQueueAfterSuccessfulSend")
    assert game.rows() == [(PAYOUT, "Winner", "READY")]


def test_preparing_another_row_gives_the_first_one_back(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Winner"), (OTHER_PAYOUT, "Other"))
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    assert states(game) == ["PROCESSING", "READY"]
    hand.click("MGMQueuePanelPrepare")
    assert states(game) == ["READY", "PROCESSING"]


#
@pytest.mark.parametrize("gold", [999, 1001, 0])
def test_a_changed_amount_is_not_tracked(game: Game, hand: Operator, gold: int) -> None:
    prepared(game, hand)
    game.run_lua(f"MoneyInputFrame_SetCopper(SendMailMoney, {gold * 10_000})")
    hand.press_send()
    if gold:
        hand.accept()
    game.run_for(2)
    assert toast(game) == "✕ Amount changed — mail not tracked"
    assert game.told("CONFIRM") == []
    assert states(game) == ["READY"]


#
def test_an_amount_changed_behind_the_confirmation_is_not_tracked(
    game: Game, hand: Operator
) -> None:
    prepared(game, hand)
    hand.press_send()
    game.run_lua("MoneyInputFrame_SetCopper(SendMailMoney, 70000)")
    hand.accept()
    game.run_for(2)
    assert letters(game, "Winner") == [70_000]
    assert game.told("CONFIRM") == []


#
def test_a_second_answer_says_nothing(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    send(hand)
    game.run_for(2)
    game.session.machine.fire("MAIL_SEND_SUCCESS")
    game.run_for(10)
    assert game.told("CONFIRM") == game.shown() == [CONFIRMED]
    assert heard(game, "Winner") == [SENT_TEXT]


def test_too_little_gold_is_said_before_anything_is_filled_in(game: Game, hand: Operator) -> None:
    game.session.mail_api.money(GOLD + 29)
    prepared(game, hand)
    assert toast(game) == "✕ Not enough gold"
    assert form(game) == ("", "", 0)
    assert states(game) == ["READY"]


def test_a_name_that_the_form_cannot_hold_is_not_armed(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Namewithtoomanyletters"))
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    assert toast(game) == "✕ Mail window not ready"
    assert states(game) == ["READY"]


def test_a_mailbox_closed_at_the_worst_moment_still_brings_the_confirmation(
    game: Game, hand: Operator
) -> None:
    prepared(game, hand)
    send(hand)
    game.run_for(0.05)
    hand.close_mailbox()
    assert toast(game).startswith("✕ Mailbox closed before confirmation")
    assert states(game) == ["SENDING"]
    game.run_for(2)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == [CONFIRMED]
    assert states(game) == ["SENT"]


@pytest.mark.parametrize("fault", list(MailFault))
def test_a_mail_without_an_answer_is_in_doubt(game: Game, hand: Operator, fault: MailFault) -> None:
    game.world.post.faults.append(fault)
    prepared(game, hand)
    send(hand)
    game.run_for(14)
    assert states(game) == ["SENDING"]
    game.run_for(1.5)
    assert states(game) == ["DOUBT"]
    assert game.told("DOUBT") == [DOUBTED]
    gone = fault is MailFault.UNANSWERED
    assert toast(game).startswith("✕ No answer, but the gold is gone" if gone else "✕ No answer to")
    with pytest.raises(CannotTouchError):
        hand.click("MGMQueuePanelPrepare")
    hand.click("MGMQueuePanelWasSent" if gone else "MGMQueuePanelNotSent")
    assert states(game) == ["SENT" if gone else "READY"]
    if not gone:
        hand.close_mailbox()
        at_mailbox(game, hand)
        hand.click("MGMQueuePanelPrepare")
        send(hand)
        game.run_for(2)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == ([] if gone else [CONFIRMED])
    queue(game, (PAYOUT, "Winner"))
    assert states(game) == ["SENT"]
    assert game.told("CONFIRM") == ([] if gone else [CONFIRMED])


def test_an_answer_that_comes_late_still_counts(tmp_path: Path) -> None:
    game, hand = slow_game(tmp_path, 20.0)
    prepared(game, hand)
    send(hand)
    game.run_for(16)
    assert states(game) == ["DOUBT"]
    game.run_for(6)
    assert states(game) == ["SENT"]
    assert game.told("CONFIRM") == [CONFIRMED]


def slow_game(folder: Path, delay: float) -> tuple[Game, Operator]:
    game = Game(folder, ClientSettings(realm=RealmRules(mail_delay=delay)))
    for name in ("Winner", "Other", "Friend"):
        game.realm.settle(name)
    game.player.copper = 5 * GOLD
    return game.enter(), Operator(game)


def test_another_mail_while_ours_is_on_its_way_leaves_a_doubt(tmp_path: Path) -> None:
    game, hand = slow_game(tmp_path, 3.0)
    prepared(game, hand)
    send(hand)
    hand.close_mailbox()
    at_mailbox(game, hand)
    hand.write_mail("Friend", "Hello", 5)
    send(hand)
    game.run_for(10)
    assert (letters(game, "Winner"), letters(game, "Friend")) == ([GOLD], [50_000])
    assert game.told("CONFIRM") == []
    game.run_for(6)
    assert states(game) == ["DOUBT"]
    assert game.told("DOUBT") == [DOUBTED]
    assert toast(game) == "✕ Two mails at once — check which one went"


def test_ours_while_another_mail_is_on_its_way_leaves_a_doubt(tmp_path: Path) -> None:
    game, hand = slow_game(tmp_path, 3.0)
    queue(game, (PAYOUT, "Winner"))
    at_mailbox(game, hand)
    hand.write_mail("Friend", "Hello", 5)
    send(hand)
    hand.close_mailbox()
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    game.world.post.faults.extend([None, MailFault.SILENT])
    send(hand)
    game.run_for(17)
    assert (letters(game, "Winner"), letters(game, "Friend")) == ([], [50_000])
    assert game.told("CONFIRM") == []
    assert states(game) == ["DOUBT"]


def test_three_mails_at_once_never_confirm_the_wrong_one(tmp_path: Path) -> None:
    game, hand = slow_game(tmp_path, 5.0)
    queue(game, (PAYOUT, "Winner"))
    for amount in (5, 6):
        at_mailbox(game, hand)
        hand.write_mail("Friend", "Hello", amount)
        send(hand)
        hand.close_mailbox()
    game.world.post.faults.extend([None, None, "ERR_MAIL_REACHED_CAP"])
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.run_for(20)
    assert letters(game, "Winner") == []
    assert game.told("CONFIRM") == []
    assert states(game) == ["DOUBT"]


def test_a_click_too_many_sends_and_confirms_once(tmp_path: Path) -> None:
    game, hand = slow_game(tmp_path, 2.0)
    prepared(game, hand)
    send(hand)
    game.run_lua('SetSendMailMoney(10000000) SendMail("Winner", "Mimiron\'s Gold-o-Matic", "")')
    game.run_for(4)
    assert letters(game, "Winner") == [GOLD]
    assert game.told("CONFIRM") == [CONFIRMED]


def test_a_reload_while_the_mail_is_on_its_way_leaves_a_doubt(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    send(hand)
    game.reload()
    game.hello()
    game.run_for(2)
    assert letters(game, "Winner") == [GOLD]
    assert states(game) == ["DOUBT"]
    assert game.told("DOUBT") == [DOUBTED]
    game.type_line("/mgm")
    with pytest.raises(CannotTouchError):
        hand.click("MGMQueuePanelNotSent")
    game.run_for(15)
    assert game.frame("MGMQueuePanelNotSent").enabled
    hand.click("MGMQueuePanelWasSent")
    assert states(game) == ["SENT"]


def test_an_answer_to_a_mail_from_before_a_reload_confirms_no_other(
    game: Game, hand: Operator
) -> None:
    queue(game, (PAYOUT, "Winner"), (OTHER_PAYOUT, "Other"))
    at_mailbox(game, hand)
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.reload()
    game.hello()
    game.world.post.faults.extend([None, MailFault.SILENT])
    hand.open_mailbox()
    game.run_for(0.2)
    hand.click("MGMQueuePanel", "2. Other  [READY]")
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.run_for(20)
    assert (letters(game, "Winner"), letters(game, "Other")) == ([GOLD], [])
    assert game.told("CONFIRM") == []
    assert states(game) == ["DOUBT", "DOUBT"]


def test_a_payout_that_may_have_been_mailed_asks_first(game: Game, hand: Operator) -> None:
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD}?;")
    assert states(game) == ["DOUBT"]
    at_mailbox(game, hand)
    hint = "Was this mail sent? Look at your gold, then say so."
    assert hint in game.frame("MGMQueuePanel").texts
    game.run_for(16)
    hand.click("MGMQueuePanel", "1. Winner  [CHECK]")
    hand.click("MGMQueuePanelNotSent")
    hand.click("MGMQueuePanelPrepare")
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == [CONFIRMED]


def test_a_repeated_handover_does_not_disturb_a_known_payout(game: Game) -> None:
    queue(game, (PAYOUT, "Winner"))
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD}?;")
    assert states(game) == ["READY"]


def test_a_withdrawn_payout_is_not_paid(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    game.call("ReceiveGold", f"{PAYOUT}:Winner:0;")
    assert game.rows() == []
    assert toast(game) == "✕ Payout withdrawn — do not send"
    assert f"[MGM_DID:withdraw:{PAYOUT}]" in game.outbox()
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == []


def test_a_payout_on_its_way_cannot_be_withdrawn(game: Game, hand: Operator) -> None:
    prepared(game, hand)
    send(hand)
    game.call("ReceiveGold", f"{PAYOUT}:Winner:0;")
    game.run_for(2)
    assert f"[MGM_DID:withdraw:{PAYOUT}]" not in game.outbox()
    assert game.told("CONFIRM") == [CONFIRMED]


def test_twenty_winners_are_paid_one_by_one(tmp_path: Path) -> None:
    game = Game(tmp_path)
    game.player.copper = 30 * GOLD
    names = [f"Many{letter}" for letter in "abcdefghijklmnopqrst"]
    for name in names:
        game.realm.settle(name)
    game.enter()
    hand = Operator(game)
    ids = [f"{PAYOUT[:-2]}{number:02}" for number in range(20)]
    queue(game, *zip(ids, names, strict=True))
    at_mailbox(game, hand)
    for _ in ids:
        hand.click("MGMQueuePanelPrepare")
        send(hand)
        game.run_for(1)
    assert [letters(game, name) for name in names] == [[GOLD]] * 20
    assert game.told("CONFIRM") == [f"[MGM_CONFIRM:{one}]" for one in ids]
    assert states(game) == ["SENT"] * 5
    game.wait_for(f"[MGM_CONFIRM:{ids[-1]}]", within=20)
    game.check()


def test_the_doors_for_tests_arm_and_disarm(game: Game, hand: Operator) -> None:
    queue(game, (PAYOUT, "Winner"))
    at_mailbox(game, hand)
    game.call("MGM_ArmMailSendForPayout", PAYOUT, "Winner")
    assert states(game) == ["PROCESSING"]
    game.call("MGM_ClearArmedMailSend")
    assert states(game) == ["READY"]
    game.call("MGM_ArmMailSendForPayout", PAYOUT, "Winner")
    hand.write_mail("Winner", "x", 1000)
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == [CONFIRMED]
    game.call("MGM_ArmMailSendForPayout", PAYOUT, "Winner")
    hand.write_mail("Winner", "x", 1000)
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == [CONFIRMED]


def test_every_visible_word_is_russian_in_a_russian_client(tmp_path: Path) -> None:
    game = Game(tmp_path, ClientSettings(locale="ruRU"))
    game.realm.settle("Победитель")
    game.player.copper = 5 * GOLD
    game.enter()
    hand = Operator(game)
    queue(game, (PAYOUT, "Победитель"))
    at_mailbox(game, hand)
    texts: list[Any] = game.frame("MGMQueuePanel").texts
    assert "Очередь MGM" in texts
    assert "1. Победитель  [ГОТОВ]" in texts
    hand.click("MGMQueuePanel", "Подготовить")
    send(hand)
    game.run_for(2)
    assert game.told("CONFIRM") == [CONFIRMED]
    assert toast(game, "MGMSuccessToast") == "Письмо отправлено — Победитель"
