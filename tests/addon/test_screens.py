"""The screens and the slash command (sections 8 and 9)."""

from pathlib import Path

import pytest

from goldomatic.simulation.wow_client import Anchor, CannotTouchError
from goldomatic.simulation.wow_client.operator import Operator
from support.game import GOLD, PAYOUT, Game

OTHER_NONCE = "ANXTHERKEY22"
UPDATE_LINES = [
    "Mimiron's Gold-o-Matic: выполняется проверка обновлений...",
    (
        "Mimiron's Gold-o-Matic: если вы не увидите ответ в чате, "
        "убедитесь, что запущено Desktop-приложение."
    ),
    "[MGM_UPDATE_CHECK]",
]


@pytest.fixture(name="game")
def running_game(tmp_path: Path) -> Game:
    game = Game(tmp_path)
    game.realm.settle("Winner")
    game.player.copper = 5 * GOLD
    return game.enter()


@pytest.fixture(name="hand")
def operators_hand(game: Game) -> Operator:
    return Operator(game)


#
def test_slash_command_and_button_toggle_the_panel(game: Game, hand: Operator) -> None:
    assert not game.frame("MGMQueuePanel").visible
    for visible in (True, False):
        game.type_line("/mgm")
        assert game.frame("MGMQueuePanel").visible is visible
    for visible in (True, False):
        hand.click("MGMMinimapButton")
        assert game.frame("MGMQueuePanel").visible is visible
    for door, visible in (
        ("MGM_ShowQueuePanel", True),
        ("MGM_ShowQueuePanel", True),
        ("MGM_ToggleQueuePanel", False),
    ):
        game.call(door)
        assert game.frame("MGMQueuePanel").visible is visible
    for typed in ("/mgm whatever", "/mgm transport pigeon"):
        game.type_line(typed)
    assert not game.frame("MGMQueuePanel").visible
    game.check()


#
@pytest.mark.parametrize("typed", ["/mgm UPDATE", "/mgm  checkupdate "])
def test_an_update_check_is_three_lines(game: Game, typed: str) -> None:
    before = len(game.chat_lines)
    game.type_line(typed)
    game.run_for(10)
    assert game.chat_lines[before:] == UPDATE_LINES
    assert game.told("UPDATE_CHECK") == ["[MGM_UPDATE_CHECK]"]


#
def test_the_button_is_gone_in_combat(game: Game, hand: Operator) -> None:
    assert game.frame("MGMMinimapButton").visible
    hand.start_fight()
    assert not game.frame("MGMMinimapButton").visible
    game.type_line("/mgm")
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};")
    hand.open_mailbox()
    game.run_for(0.5)
    hand.click("MGMQueuePanelPrepare")
    hand.press_send()
    hand.accept()
    game.run_for(2)
    assert game.told("CONFIRM")
    hand.end_fight()
    assert game.frame("MGMMinimapButton").visible
    game.check()


def test_a_login_in_combat_hides_the_button(game: Game, hand: Operator) -> None:
    game.run_lua("function UnitAffectingCombat() return 1 end")
    game.session.machine.fire("PLAYER_LOGIN")
    assert not game.frame("MGMMinimapButton").visible


def test_the_minimap_button_as_drawn(game: Game, hand: Operator) -> None:
    button = game.frame("MGMMinimapButton")
    assert (button.size, button.strata) == ((24, 24), "MEDIUM")
    assert button.anchors == [Anchor("CENTER", "Minimap", "BOTTOMLEFT", 4, 4)]
    button.hover()
    assert game.frame("GameTooltip").texts == [
        "Mimiron's Gold-o-Matic",
        "Click: toggle queue panel",
    ]
    button.hover(over=False)
    assert not game.frame("GameTooltip").visible


def test_the_panel_as_drawn(game: Game, hand: Operator) -> None:
    game.type_line("/mgm")
    panel = game.frame("MGMQueuePanel")
    assert (panel.size, panel.strata) == ((220, 280), "HIGH")
    assert panel.anchors == [Anchor("CENTER", "UIParent", "CENTER", 220, 0)]
    assert {"MGM Queue", "(empty)", "Prepare Mail"} <= set(panel.texts)
    hand.click("MGMQueuePanelClose")
    hand.open_mailbox()
    game.run_for(0.5)
    assert panel.visible
    # The frame is 30 pixels wider than the mail window looks: 8 pixels beside what is seen.
    assert panel.anchors == [Anchor("TOPLEFT", "MailFrame", "TOPRIGHT", -22, 0)]


def test_the_panel_stays_where_it_was_dragged(game: Game) -> None:
    game.type_line("/mgm")
    game.frame("MGMQueuePanel").drag(-60, 40)
    place = game.frame("MGMQueuePanel").rect
    game.reload()
    game.type_line("/mgm")
    assert game.frame("MGMQueuePanel").rect == pytest.approx(place, abs=1)
    anchor = game.frame("MGMQueuePanel").anchors[0]
    assert (anchor.x, anchor.y) == (160, 40)


def test_a_long_queue_scrolls(game: Game) -> None:
    game.call("ReceiveGold", "".join(f"p{n}:Name{n}:5;" for n in range(1, 15)))
    game.type_line("/mgm")
    panel = game.frame("MGMQueuePanel")

    def rows() -> list[str]:
        return [text for text in panel.texts if "[READY]" in text]

    assert rows() == [f"{n}. Name{n}  [READY]" for n in range(1, 11)]

    def turn_wheel(direction: int) -> None:
        script = 'MGMQueuePanelList:GetScript("OnMouseWheel")'
        game.run_lua(f"{script}(MGMQueuePanelList, {direction})")

    for _ in range(9):
        turn_wheel(-1)
    assert rows() == [f"{n}. Name{n}  [READY]" for n in range(5, 15)]
    panel.find("7. Name7  [READY]").click()
    for _ in range(9):
        turn_wheel(1)
    assert rows()[0] == "1. Name1  [READY]"


def test_toasts_as_drawn(game: Game, hand: Operator) -> None:
    game.call("ReceiveGold", f"{PAYOUT}:Winner:{GOLD};")
    hand.open_mailbox()
    game.run_for(0.5)
    hand.click("MGMQueuePanelPrepare")
    game.world.post.faults.append("ERR_MAIL_REACHED_CAP")
    hand.press_send()
    hand.accept()
    game.run_for(1)
    failure = game.frame("MGMErrorToast")
    assert (failure.visible, failure.strata, failure.texts) == (True, "HIGH", ["✕ Mail failed"])
    failure.click()
    assert not failure.visible
    hand.click("MGMQueuePanelPrepare")
    hand.press_send()
    hand.accept()
    game.run_for(0.6)
    success = game.frame("MGMSuccessToast")
    assert (success.visible, success.strata, success.size) == (True, "TOOLTIP", (260, 48))
    assert success.anchors == [Anchor("CENTER", "UIParent", "CENTER", 0, 120)]
    game.run_for(1.8)
    assert success.alpha == 1
    game.run_for(0.8)
    assert 0 < success.alpha < 1
    game.run_for(0.5)
    assert not success.visible


def test_the_debug_window_is_off_until_asked_for_and_never_shows_tags(
    game: Game, hand: Operator
) -> None:
    frame = game.frame("MGMDebugFrame")
    assert not frame.visible
    game.type_line("/mgm DEBUG")
    assert (frame.visible, frame.strata) == (True, "LOW")
    assert game.frame("MGMDebugCheck").checked
    game.world.who.refresh()
    game.call("MGM_RunWhoForSpin", PAYOUT, "Winner")
    game.call("ReceiveGold", "[MGM_CONFIRM:x];bad;")
    game.run_for(3)
    [messages] = [child for child in frame.children if child.kind == "ScrollingMessageFrame"]
    assert "who: Winner OK" in messages.lines
    assert "payout skipped: bad" in messages.lines
    assert "payout skipped: [CONFIRM:x]" in messages.lines
    assert "MGM_" not in messages.text
    hand.click("MGMDebugCheck")
    assert not frame.visible


def test_the_addon_makes_no_globals_but_those_it_may(game: Game) -> None:
    game.type_line("/mgm")
    game.type_line("/mgm debug")
    game.run_for(5)
    allowed = {
        "NotifyWinnerWhisper", "ReceiveGold", "SLASH_MGM1", "MimironsGoldOMaticCore",
        "MimironsGoldOMaticDB",
    }  # fmt: skip
    made = game.new_globals() - allowed
    assert {name for name in made if not name.startswith(("MGM_", "MGM"))} == set()
    doors = {
        "MGM_RunWhoForSpin", "MGM_RequestGiftItems", "MGM_RequestGiftConfirmation", "MGM_CloseGift",
        "MGM_ShowQueuePanel", "MGM_ToggleQueuePanel", "MGM_RefreshQueuePanel",
        "MGM_ArmMailSendForPayout", "MGM_ClearArmedMailSend", "MGM_PopQueueAfterSuccessfulSend",
        "MGM_Hello", "MGM_Ack", "MGM_LogTest",
    }  # fmt: skip
    assert {name for name in made if name.startswith("MGM_")} == doors
    for name in made - doors:
        game.frame(name) if "TextLeft" not in name and "TextRight" not in name else None


@pytest.mark.parametrize("button", ["RightButton", "MiddleButton"])
def test_only_a_left_click_counts_on_the_button(game: Game, button: str) -> None:
    with pytest.raises(CannotTouchError):
        game.frame("MGMMinimapButton").click(button)


def test_a_chat_box_that_was_left_open_and_empty_is_closed(game: Game) -> None:
    hands = Operator(game)
    hands.press("ENTER")
    game.run_for(4)
    box = "ChatFrame1EditBox"
    assert game.lua(f"{box}:HasFocus()")
    game.run_for(2)
    assert not game.lua(f"{box}:HasFocus()")
    game.type_line("/mgm")
    assert game.frame("MGMQueuePanel").visible

    hands.type_draft("somebody is writing")
    game.run_for(20)
    assert game.lua(f"{box}:GetText()") == "somebody is writing"


@pytest.mark.parametrize("field", ["Name", "Subject", "Body"])
def test_a_line_typed_into_a_mail_goes_to_the_chat_box(
    game: Game, hand: Operator, field: str
) -> None:
    """The bridge types while the operator thinks about a mail that is written by hand."""
    hand.open_mailbox()
    game.run_for(0.5)
    game.run_lua("MailFrameTab_OnClick(nil, 2)")
    game.run_for(0.2)
    for name, text in {"Name": "Friend", "Subject": "For you", "Body": "Hello!"}.items():
        game.run_lua(f'SendMail{name}EditBox:SetText("{text}")')
    game.run_lua(f"SendMail{field}EditBox:SetFocus()")
    game.type_line(f'/run MGM_Hello("{OTHER_NONCE}")')
    game.run_for(0.2)
    assert game.saved("nonce") == OTHER_NONCE
    written = [game.frame(f"SendMail{name}EditBox").text for name in ("Name", "Subject", "Body")]
    assert written == ["Friend", "For you", "Hello!"]
    assert not game.frame("ChatFrame1EditBox").visible


def test_a_chat_box_that_stays_is_left_as_faint_as_the_client_makes_it(game: Game) -> None:
    game.run_lua('SetCVar("chatStyle", "im")')
    box = "ChatFrame1EditBox"
    game.run_lua(f"ChatEdit_ActivateChat({box}) {box}:SetText('/run MGM_Hello')")
    game.run_for(0.1)
    assert game.frame(box).alpha == 0
    game.run_lua(f"{box}:ClearFocus() {box}:SetAlpha(0.35) {box}:SetText('')")
    game.run_for(0.1)
    assert game.frame(box).alpha == 0.35
