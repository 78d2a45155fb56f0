"""Frames: visibility, events, anchors, the flags that are 1 or nil (11)."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import Anchor, CannotTouchError, WowClient
from goldomatic.simulation.wow_client.operator import Operator

Game = Callable[..., WowClient]


def test_showing_runs_scripts_of_all_that_becomes_visible(game: Game) -> None:
    client = game(
        "log = {} local function note(name) return function() log[#log + 1] = name end end "
        'outer = CreateFrame("Frame") inner = CreateFrame("Frame", nil, outer) outer:Hide() '
        'outer:SetScript("OnShow", note("outer")) inner:SetScript("OnShow", note("inner")) '
        'inner:SetScript("OnHide", note("gone"))'
    )
    assert client.lua("inner:IsShown(), inner:IsVisible()") == (1, None)
    client.run_lua("outer:Show() outer:Show() inner:Hide() inner:Hide()")
    assert client.lua("strjoin(',', unpack(log))") == "inner,outer,gone"


def test_hidden_frames_get_no_update_but_events(game: Game) -> None:
    client = game(
        'f = CreateFrame("Frame") f:Hide() f:RegisterEvent("PLAYER_MONEY") updates, events = 0, 0 '
        "f:SetScript('OnUpdate', function() updates = updates + 1 end) "
        "f:SetScript('OnEvent', function() events = events + 1 end)"
    )
    client.session.machine.fire("PLAYER_MONEY")
    client.run_for(1)
    assert client.lua("updates, events") == (0, 1)
    client.run_lua("f:Show() f:UnregisterEvent('PLAYER_MONEY')")
    client.session.machine.fire("PLAYER_MONEY")
    client.run_for(1)
    assert client.lua("updates, events") == (30, 1)


def test_anchors_place_a_frame(game: Game) -> None:
    client = game(
        'a = CreateFrame("Frame", "A", UIParent) a:SetSize(100, 50) '
        'a:SetPoint("TOPLEFT", UIParent, "TOPLEFT", 10, -20) '
        'b = CreateFrame("Frame", "B", UIParent) b:SetSize(20, 20) '
        'b:SetPoint("TOPLEFT", "A", "TOPRIGHT", 8, 0) '
        'c = CreateFrame("Frame", "C", a) c:SetAllPoints()'
    )
    assert client.frame("A").rect == (10, 698, 100, 50)
    assert client.frame("B").rect == (118, 728, 20, 20)
    assert client.frame("C").rect == client.frame("A").rect
    assert client.frame("B").anchors == [Anchor("TOPLEFT", "A", "TOPRIGHT", 8, 0)]
    client.run_lua('a:SetPoint("TOPLEFT", b)')
    assert "dependent on this" in client.faults.take_script_errors()[0].message


def test_numbers_stand_for_yes_and_no(game: Game) -> None:  # 5.11
    client = game(
        'b = CreateFrame("Button") b:Disable() c = CreateFrame("CheckButton") c:SetChecked(true)'
    )
    assert client.lua("b:IsEnabled(), c:GetChecked(), b:IsShown()") == (0, 1, 1)
    client.run_lua("b:Enable() c:SetChecked(nil)")
    assert client.lua("b:IsEnabled(), c:GetChecked()") == (1, None)


def test_templates_bring_their_named_parts(game: Game) -> None:
    client = game(
        'CreateFrame("ScrollFrame", "PS", UIParent, "UIPanelScrollFrameTemplate") '
        'CreateFrame("CheckButton", "PC", UIParent, "UICheckButtonTemplate") '
        'PCText:SetText("Debug") '
        'CreateFrame("Button", "PB", UIParent, "UIPanelButtonTemplate"):SetText("Go")'
    )
    assert client.lua("PSScrollBar:GetObjectType(), PSScrollBarScrollUpButton:GetObjectType()") == (
        "Slider", "Button",
    )  # fmt: skip
    assert client.frame("PC").texts == ["Debug"]
    assert client.frame("PB").text == "Go"


def test_clicks_reach_only_what_can_be_clicked(game: Game) -> None:
    client = game(
        'b = CreateFrame("Button", "PB", UIParent, "UIPanelButtonTemplate") clicks = 0 '
        "b:SetScript('OnClick', function(_, button) clicks = clicks + 1 last = button end)"
    )
    client.frame("PB").click()
    with pytest.raises(CannotTouchError, match="does not take this button"):
        client.frame("PB").click("RightButton")
    client.run_lua("b:Disable()")
    with pytest.raises(CannotTouchError, match="is disabled"):
        client.frame("PB").click()
    client.run_lua("b:Enable() b:Hide()")
    with pytest.raises(CannotTouchError, match="is not visible"):
        client.frame("PB").click()
    assert client.lua("clicks, last") == (1, "LeftButton")


def test_a_drag_moves_a_movable_frame(game: Game) -> None:
    client = game(
        'f = CreateFrame("Frame", "PF", UIParent) f:SetSize(100, 100) f:SetPoint("CENTER") '
        "f:SetMovable(true) f:EnableMouse(true) f:RegisterForDrag('LeftButton') "
        "f:SetScript('OnDragStart', f.StartMoving) f:SetScript('OnDragStop', f.StopMovingOrSizing)"
    )
    before = client.frame("PF").rect
    client.frame("PF").drag(30, -10)
    after = client.frame("PF").rect
    assert before
    assert after == (before[0] + 30, before[1] - 10, 100, 100)
    client.run_lua("f:SetMovable(false) f:StartMoving()")
    assert "not movable" in client.faults.take_script_errors()[0].message


def test_fading_takes_its_time(game: Game) -> None:
    client = game('f = CreateFrame("Frame", "PF", UIParent) UIFrameFadeOut(f, 2, 1, 0)')
    client.run_for(1)
    assert client.frame("PF").alpha == pytest.approx(0.5, abs=0.05)
    client.run_for(1.1)
    assert client.frame("PF").alpha == 0


def test_protected_frames_are_locked_in_a_fight(game: Game) -> None:  # 7.4
    client = game(
        'b = CreateFrame("Button", "PB", UIParent, "SecureActionButtonTemplate") '
        'f = CreateFrame("Frame", "PF", UIParent) order = {} '
        'f:RegisterEvent("PLAYER_REGEN_DISABLED") f:RegisterEvent("PLAYER_REGEN_ENABLED") '
        'f:SetScript("OnEvent", function(_, event) '
        "order[#order + 1] = event .. tostring(InCombatLockdown()) b:SetPoint('CENTER') end)"
    )
    hands = Operator(client)
    hands.start_fight()
    client.run_lua("f:Hide() b:Hide()")
    assert (client.frame("PF").shown, client.frame("PB").shown) == (False, True)
    assert client.faults.take_blocked() == ["ADDON_ACTION_BLOCKED: PB:Hide()"]
    hands.end_fight()
    client.run_lua("b:Hide()")
    assert not client.frame("PB").shown
    assert client.lua("strjoin(' ', unpack(order))") == (
        "PLAYER_REGEN_DISABLEDnil PLAYER_REGEN_ENABLEDnil"
    )
