"""Lua as the client has it (7.1), and what it refuses."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import ClientFaultsError, WowClient

Game = Callable[..., WowClient]


@pytest.mark.parametrize(
    "name",
    ["io", "os", "require", "package", "debug", "dofile", "loadfile", "module", "load", "python",
     "C_Timer", "C_ChatInfo", "Mixin", "table.unpack", "string.dump", "utf8"],
)  # fmt: skip
def test_what_3_3_5a_lacks_is_not_there(game: Game, name: str) -> None:  # 7.1, 11
    assert game().lua(name) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("_VERSION", "Lua 5.1"),
        ('strtrim("  x ")', "x"),
        ('select("#", strsplit(":", "a:b::c"))', 4),
        ('strjoin("-", 1, "b")', "1-b"),
        ('strlenutf8("Норинн")', 6),
        ('#("Норинн")', 12),
        ('string.lower("НОРИНН")', "НОРИНН"),
        ('format("%2$s %1$d", 7, "x")', "x 7"),
        ("math.floor(sin(90) + 0.5)", 1),
        ("bit.band(12, 10)", 8),
        ("mod(7, 4)", 3),
        ('tostring(getglobal("UIParent") == UIParent)', "true"),
    ],
)
def test_the_extra_functions(game: Game, expression: str, value: object) -> None:  # 7.1
    assert game().lua(expression) == value


def test_a_missing_method_is_a_script_error(game: Game) -> None:  # 5.11
    client = game()
    client.run_lua('CreateFrame("Button"):SetEnabled(true)')
    client.run_lua('CreateFrame("Frame"):SetShown(true)')
    found = [fault.message for fault in client.faults.take_script_errors()]
    assert "attempt to call method 'SetEnabled'" in found[0]
    assert "attempt to call method 'SetShown'" in found[1]


@pytest.mark.parametrize(
    "call",
    [
        "SendWho()", "SendWho({})", 'SendWho("a", 1)', 'SendMail("Norinn")',
        "GetContainerItemInfo(0)",
        'CreateFrame("Frame"):SetPoint("MIDDLE")', 'CreateFrame("Frame"):SetPoint("TOP", 1)',
        'CreateFrame("Nothing")', 'CreateFrame("Frame", nil, UIParent, "NoSuchTemplate")',
        'CreateFrame("Frame"):RegisterEvent("PLAYER_SPECIALIZATION_CHANGED")',
        'CreateFrame("Frame"):SetScript("OnClick", print)', 'CreateFrame("Frame").Show()',
        'CreateFrame("Frame"):SetFrameStrata("TOP")', 'SendChatMessage("x", "NOWHERE")',
        'hooksecurefunc("NoSuchFunction", print)',
    ],
)  # fmt: skip
def test_wrong_arguments_are_script_errors(game: Game, call: str) -> None:  # 11
    client = game()
    client.run_lua(call)
    assert len(client.faults.take_script_errors()) == 1, call


def test_a_fault_fails_the_test_that_ignores_it(game: Game) -> None:
    client = game()
    client.run_lua("nothing()")
    with pytest.raises(ClientFaultsError, match="attempt to call global 'nothing'"):
        client.check()
    client.faults.take_script_errors()


def test_an_error_in_one_handler_does_not_stop_the_others(game: Game) -> None:
    client = game(
        'local a, b = CreateFrame("Frame"), CreateFrame("Frame") '
        'a:RegisterEvent("PLAYER_MONEY") b:RegisterEvent("PLAYER_MONEY") '
        'a:SetScript("OnEvent", function() error("broken") end) '
        'b:SetScript("OnEvent", function() reached = true end)'
    )
    client.session.machine.fire("PLAYER_MONEY")
    assert client.lua("reached") is True
    assert "broken" in client.faults.take_script_errors()[0].message


def test_forbidden_functions_do_nothing_and_are_told(game: Game) -> None:  # 3.2
    client = game()
    client.run_lua('RunMacroText("/who Norinn")')
    assert client.faults.take_blocked() == ["ADDON_ACTION_FORBIDDEN: RunMacroText"]
    client.run_for(1)
    assert not client.session.who_api._rows


def test_hooks_run_after_and_keep_results(game: Game) -> None:  # 5.8
    client = game(
        "function Plus(a, b) return a + b, 'sum' end seen = {} "
        "hooksecurefunc('Plus', function(a, b) seen[#seen + 1] = a .. b return 99 end) "
        "box = { twice = function(self, n) return 2 * n end } "
        "hooksecurefunc(box, 'twice', function(self, n) seen[#seen + 1] = 'n' .. n end)"
    )
    assert client.lua("Plus(1, 2)") == (3, "sum")
    assert client.lua("box:twice(4)") == 8
    assert client.lua("strjoin(',', unpack(seen))") == "12,n4"


def test_a_script_without_end_is_stopped(game: Game) -> None:
    client = game()
    client.run_lua("while true do end")
    assert "ran too long" in client.faults.take_script_errors()[0].message


def test_time_is_the_clients_own(game: Game) -> None:  # 7.1
    client = game()
    before = client.lua("GetTime()"), client.lua("time()")
    client.run_for(2.5)
    assert client.lua("GetTime()") - before[0] == pytest.approx(2.5)
    assert client.lua("time()") - before[1] == 2
    assert client.lua('date("%d.%m.%Y %H:%M", 1775412000)') == "05.04.2026 21:00"
    assert client.lua('date("!%H:%M", 1775412000)') == "18:00"
    assert client.lua('date("!*t", 1775412000).hour') == 18
    assert client.lua("time({ year = 2026, month = 4, day = 5, hour = 21 })") == 1775412000
