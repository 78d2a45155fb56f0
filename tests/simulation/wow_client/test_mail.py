"""Mail: two clicks, one at a time, the realm's answers and silences (5)."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import CannotTouchError, WowClient
from goldomatic.simulation.wow_client.items import Bond, Item
from goldomatic.simulation.wow_client.mail_server import MailFault
from goldomatic.simulation.wow_client.operator import Operator
from simulation.wow_client.conftest import heard, listening_to

Game = Callable[..., WowClient]
EVENTS = listening_to(
    "MAIL_SHOW",
    "MAIL_CLOSED",
    "MAIL_SEND_SUCCESS",
    "MAIL_FAILED",
    "PLAYER_MONEY",
    "UI_ERROR_MESSAGE",
)
GOLD = 10_000


def at_mailbox(game: Game, source: str = EVENTS, **settings: object) -> tuple[WowClient, Operator]:
    client = game(source, **settings)
    client.player.copper = 2000 * GOLD
    client.log_out()
    client.log_in()
    client.realm.settle("Norinn")
    hands = Operator(client)
    hands.open_mailbox()
    client.run_for(0.5)
    return client, hands


def prepare(client: WowClient, hands: Operator, to: str = "Norinn", gold: int = 1000) -> None:
    hands.write_mail(to, "Gold", gold)


def test_a_mail_with_gold_needs_two_clicks(game: Game) -> None:  # 5.1, 5.6
    client, hands = at_mailbox(game)
    prepare(client, hands)
    hands.press_send()
    client.run_for(2)
    assert client.world.post.accepted == []
    assert client.frame("StaticPopup1Text").text == "Really send Norinn the following amount?"
    hands.accept()
    client.run_for(2)
    assert heard(client) == ["MAIL_SHOW", "MAIL_SEND_SUCCESS", "PLAYER_MONEY"]
    letter = client.realm.people["norinn"].letters[0]
    assert (letter.copper, letter.subject, letter.sender) == (1000 * GOLD, "Gold", "Streamer")
    assert client.lua("GetMoney()") == 1000 * GOLD - 30


def test_the_amount_is_read_again_at_the_second_click(game: Game) -> None:  # 5.1
    client, hands = at_mailbox(game)
    prepare(client, hands)
    hands.press_send()
    client.run_lua("MoneyInputFrame_SetCopper(SendMailMoney, 5)")
    hands.accept()
    client.run_for(1)
    assert client.world.post.accepted[0].copper == 5


def test_cancel_sends_nothing_and_gives_the_button_back(game: Game) -> None:  # 5.1
    client, hands = at_mailbox(game)
    prepare(client, hands)
    hands.press_send()
    assert not client.frame("SendMailMailButton").enabled
    hands.cancel()
    client.run_for(1)
    assert client.world.post.accepted == []
    assert client.frame("SendMailMailButton").enabled


def test_the_send_button_wants_name_subject_and_stationery(game: Game) -> None:  # 5.2
    client, hands = at_mailbox(game)
    client.run_lua('SendMailNameEditBox:SetText("Norinn") SendMailSubjectEditBox:SetText("x")')
    with pytest.raises(CannotTouchError, match="is not visible"):
        hands.press_send()
    assert not client.frame("SendMailMailButton").enabled
    client.run_lua("MailFrameTab_OnClick(nil, 2)")
    assert client.frame("SendMailMailButton").enabled
    client.run_lua('SendMailSubjectEditBox:SetText("")')
    with pytest.raises(CannotTouchError, match="is disabled"):
        hands.press_send()


def test_the_fields_have_their_limits(game: Game) -> None:  # 5.2
    client, _ = at_mailbox(game)
    client.run_lua(f'SendMailNameEditBox:SetText("{"я" * 13}")')
    client.run_lua(f'SendMailSubjectEditBox:SetText("{"s" * 70}")')
    client.run_lua(f'SendMailBodyEditBox:SetText("{"b" * 501}")')
    assert client.frame("SendMailNameEditBox").text == "я" * 12
    assert len(client.frame("SendMailSubjectEditBox").text) == 64
    assert len(client.frame("SendMailBodyEditBox").text) == 500


def test_money_splits_into_coins(game: Game) -> None:  # 5.2
    client, _ = at_mailbox(game)
    client.run_lua("MoneyInputFrame_SetCopper(SendMailMoney, 10000203)")
    assert [client.frame(f"SendMailMoney{coin}").text for coin in ("Gold", "Silver", "Copper")] == [
        "1000", "2", "3",
    ]  # fmt: skip
    assert client.lua("MoneyInputFrame_GetCopper(SendMailMoney)") == 10000203


@pytest.mark.parametrize("last", [False, True])
def test_success_clears_the_form_before_or_after_ours(game: Game, last: bool) -> None:  # 5.4, 5.8
    source = (
        'local f = CreateFrame("Frame") f:RegisterEvent("MAIL_SEND_SUCCESS") '
        'f:SetScript("OnEvent", function() seen = SendMailNameEditBox:GetText() end)'
    )
    client, hands = at_mailbox(game, source, stock_mail_handler_last=last)
    prepare(client, hands)
    hands.press_send()
    hands.accept()
    client.run_for(1)
    assert client.lua("seen") == ("Norinn" if last else "")
    assert client.frame("SendMailNameEditBox").text == ""
    assert client.lua("SendMailNameEditBox:HasFocus()") == 1


def test_a_second_mail_waits_for_the_first_answer(game: Game) -> None:  # 5.5
    client, _ = at_mailbox(
        game, EVENTS + " hooked = 0 hooksecurefunc('SendMail', function() hooked = hooked + 1 end)"
    )
    client.run_lua('SetSendMailMoney(1) SendMail("Norinn", "a", "") SendMail("Norinn", "b", "")')
    client.run_for(2)
    assert [parcel.subject for parcel in client.world.post.accepted] == ["a"]
    assert client.lua("hooked") == 2
    client.run_lua('SendMail("Norinn", "c", "")')
    client.run_for(2)
    assert [parcel.subject for parcel in client.world.post.accepted] == ["a", "c"]


@pytest.mark.parametrize(
    ("to", "gold", "told"),
    [
        ("Nemo", 1, "Cannot find mail recipient"),
        ("Streamer", 1, "You can't send mail to yourself"),
        ("Gorrok", 1, "Target is not on your team"),
        ("Fullbox", 1, "Recipient cannot receive more mail"),
    ],
)
def test_what_the_realm_refuses(game: Game, to: str, gold: int, told: str) -> None:  # 5.6
    client, hands = at_mailbox(game)
    client.realm.settle("Gorrok", faction="Horde")
    client.realm.settle("Fullbox").letters.extend([None] * 100)  # type: ignore[list-item]
    prepare(client, hands, to, gold)
    hands.press_send()
    hands.accept()
    client.run_for(1)
    assert heard(client)[1:] == [f"UI_ERROR_MESSAGE {told}", "MAIL_FAILED"]
    assert client.lua("GetMoney()") == 2000 * GOLD


def test_too_little_money_stops_at_the_client(game: Game) -> None:  # 5.3
    client, _ = at_mailbox(game)
    assert client.lua(f"SetSendMailMoney({2000 * GOLD - 29})") is None
    assert client.lua(f"SetSendMailMoney({2000 * GOLD - 30})") == 1


@pytest.mark.parametrize("fault", list(MailFault))
def test_no_answer(game: Game, fault: MailFault) -> None:  # 5.6
    client, hands = at_mailbox(game)
    client.world.post.faults.append(fault)
    prepare(client, hands)
    hands.press_send()
    hands.accept()
    client.run_for(60)
    assert not {"MAIL_SEND_SUCCESS", "MAIL_FAILED"} & set(heard(client))
    assert len(client.realm.people["norinn"].letters) == (fault is MailFault.UNANSWERED)
    assert not client.frame("SendMailMailButton").enabled


def test_a_forced_refusal(game: Game) -> None:
    client, hands = at_mailbox(game)
    client.world.post.faults.append("ERR_MAIL_BOX_FULL")
    prepare(client, hands)
    hands.press_send()
    hands.accept()
    client.run_for(1)
    assert heard(client)[-1] == "MAIL_FAILED"


def test_closing_the_window_does_not_stop_the_mail(game: Game) -> None:  # 9.18
    client, hands = at_mailbox(game)
    prepare(client, hands)
    hands.press_send()
    hands.accept()
    hands.close_mailbox()
    client.run_for(1)
    assert heard(client) == ["MAIL_SHOW", "MAIL_CLOSED", "MAIL_SEND_SUCCESS", "PLAYER_MONEY"]


def test_walking_away_at_once_loses_it(game: Game) -> None:  # 5.6
    client, hands = at_mailbox(game)
    prepare(client, hands)
    hands.press_send()
    hands.accept()
    hands.walk_away()
    client.run_for(5)
    assert heard(client) == ["MAIL_SHOW", "MAIL_CLOSED"]
    assert client.world.post.accepted == []
    assert client.frame("SendMailNameEditBox").text == ""


def test_without_a_mailbox_nothing_is_sent(game: Game) -> None:
    client = game()
    client.run_lua('SendMail("Norinn", "x", "")')
    client.run_for(1)
    assert client.session.mail_api.pending is False


def test_escape_closes_the_mailbox_when_no_box_has_the_keyboard(game: Game) -> None:  # 8.4
    client, hands = at_mailbox(game)
    hands.press("ESCAPE")
    client.run_for(0.1)
    assert not client.frame("MailFrame").visible
    assert heard(client)[-1] == "MAIL_CLOSED"


def test_items_travel_and_arrive_later(game: Game) -> None:  # 5.6, 6.4
    client, hands = at_mailbox(game)
    place = client.world.bags.put(Item(id=7073, name="Broken Fang", count=3))
    client.run_lua(
        "MailFrameTab_OnClick(nil, 2) PickupContainerItem(0, 1) ClickSendMailItemButton(1)"
    )
    assert client.lua("GetSendMailItem(1)")[::2] == ("Broken Fang", 3)
    assert client.lua("(select(3, GetContainerItemInfo(0, 1)))") == 1
    assert client.frame("SendMailSubjectEditBox").text == "Broken Fang (3)"
    client.run_lua('SendMailNameEditBox:SetText("Norinn")')
    hands.press_send()
    client.run_for(1)
    letter = client.realm.people["norinn"].letters[0]
    assert letter.items == ("Broken Fang",)
    assert letter.delivered_at > client.clock.seconds + 3000
    assert place not in client.world.bags.slots


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Item(id=1, name="A", bond=Bond.SOULBOUND), "You can't mail soulbound items"),
        (Item(id=1, name="A", bond=Bond.QUEST), "You can't mail quest items"),
        (Item(id=1, name="A", conjured=True), "You can't mail conjured items"),
        (Item(id=1, name="A", expires_in_days=3), "You can't mail items with limited duration"),
        (Item(id=1, name="A", holds_items=True), "You can't mail non-empty bags"),
    ],
)
def test_items_that_cannot_be_mailed(game: Game, item: Item, told: str) -> None:  # 6.3
    client, _ = at_mailbox(game)
    client.world.bags.put(item)
    client.run_lua("PickupContainerItem(0, 1) ClickSendMailItemButton(1)")
    assert heard(client)[-1] == f"UI_ERROR_MESSAGE {told}"
    assert client.lua("GetSendMailItem(1)") is None


def test_a_refundable_item_asks_first(game: Game) -> None:  # 6.4
    client, _ = at_mailbox(game, listening_to("MAIL_LOCK_SEND_ITEMS"))
    client.world.bags.put(Item(id=1, name="A", refundable=True))
    client.run_lua("PickupContainerItem(0, 1) ClickSendMailItemButton(1)")
    assert client.lua("GetSendMailItem(1)") is None
    client.run_lua("RespondMailLockSendItem(1, true)")
    assert client.lua("(GetSendMailItem(1))") == "A"
