"""Loading, saved variables, reload, logout, crash (7.5, 7.6, 11)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from goldomatic.simulation.wow_client import ClientSettings, WowClient
from goldomatic.simulation.wow_client.addon_files import AddonRefusedError
from simulation.wow_client.conftest import TOC, addon, heard

Game = Callable[..., WowClient]
ORDER = """
local name, private = ...
order = { "file " .. name .. " " .. type(private) .. " " .. tostring(ProbeDB) }
local f = CreateFrame("Frame")
for _, event in ipairs({
  "ADDON_LOADED", "VARIABLES_LOADED", "PLAYER_LOGIN", "PLAYER_ENTERING_WORLD", "PLAYER_LOGOUT",
}) do f:RegisterEvent(event) end
f:SetScript("OnEvent", function(_, event, first)
  order[#order + 1] = event .. " " .. tostring(first)
  if event == "ADDON_LOADED" then
    ProbeDB = ProbeDB or { runs = 0 }
    ProbeDB.runs = ProbeDB.runs + 1
  end
  if event == "PLAYER_LOGOUT" then ProbeDB.left = true end
end)
"""


def saved(folder: Path) -> str:
    return (folder / "WTF/Account/STREAMER/SavedVariables/Probe.lua").read_text(encoding="utf-8")


def test_the_order_of_loading(game: Game) -> None:  # 11
    client = game(ORDER)
    assert client.lua("strjoin('|', unpack(order))") == (
        "file Probe table nil|ADDON_LOADED Probe|VARIABLES_LOADED nil|PLAYER_LOGIN nil"
        "|PLAYER_ENTERING_WORLD nil"
    )
    assert client.new_globals() == {"order", "ProbeDB"}


def test_a_reload_keeps_the_saved_variables_only(game: Game, tmp_path: Path) -> None:  # 7.6
    client = game(ORDER)
    client.run_lua(
        "forgotten = 1 ProbeDB.name = 'Норинн \"x\"\\n' ProbeDB.list = { 1, { a = 2.5 } }"
    )
    client.session.mail_api.show()
    client.type_line("/reload")
    client.run_for(0.1)
    assert client.lua("forgotten, ProbeDB.runs, ProbeDB.left") == (None, 2, True)
    assert client.lua("ProbeDB.name, ProbeDB.list[1], ProbeDB.list[2].a") == (
        'Норинн "x"\n', 1, 2.5,
    )  # fmt: skip
    assert not client.frame("MailFrame").visible
    assert '\t["name"] = "Норинн \\"x\\"\\n",\n' in saved(tmp_path)
    assert "\t\t1, -- [1]\n" in saved(tmp_path)


def test_a_crash_saves_nothing(game: Game, tmp_path: Path) -> None:  # 11
    client = game(ORDER)
    client.log_out()
    client.log_in()
    client.run_lua("ProbeDB.lost = true")
    client.crash()
    client.log_in()
    assert client.lua("ProbeDB.runs, ProbeDB.lost") == (2, None)


def test_packets_of_a_former_login_do_not_arrive(game: Game) -> None:
    client = game("LoggingChat(true)")
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "late")
    client.log_out()
    client.log_in()
    client.run_for(1)
    assert client.chat_lines == []


def test_a_reload_does_not_lose_what_is_on_its_way(game: Game) -> None:
    client = game()
    client.realm.settle("Norinn")
    client.realm_whisper("Norinn", "late")
    client.reload()
    client.run_for(1)
    assert client.chat_lines == ["[Norinn] whispers: late"]


def test_a_broken_saved_file_is_skipped(game: Game, tmp_path: Path) -> None:
    folder = tmp_path / "WTF/Account/STREAMER/SavedVariables"
    folder.mkdir(parents=True)
    (folder / "Probe.lua").write_text("ProbeDB = {")
    assert game(ORDER).lua("ProbeDB.runs") == 1


@pytest.mark.parametrize(
    ("toc", "told"),
    [
        (TOC.replace("30300", "30000"), "out of date"),
        ("\ufeff" + TOC, "out of date"),
    ],
)  # fmt: skip
def test_what_the_client_does_not_load(tmp_path: Path, toc: str, told: str) -> None:  # 7.5
    with pytest.raises(AddonRefusedError, match=told):
        WowClient(tmp_path, addons=[addon(tmp_path, "", toc)])


def test_a_folder_and_its_toc_have_one_name(tmp_path: Path) -> None:  # 7.5
    place = addon(tmp_path, "")
    place.rename(place.with_name("Other"))
    with pytest.raises(AddonRefusedError, match=r"no Other\.toc"):
        WowClient(tmp_path, addons=[place.with_name("Other")])


@pytest.mark.parametrize("source", ["\ufeffx = 1", "x = = 1", "local t = {} t.a.b = 1"])
def test_a_file_that_cannot_load_is_a_script_error(tmp_path: Path, source: str) -> None:  # 7.5
    client = WowClient(tmp_path, addons=[addon(tmp_path, source)], settings=ClientSettings())
    client.log_in()
    assert "Probe.lua" in client.faults.take_script_errors()[0].message


def test_a_file_named_in_the_toc_must_be_there(tmp_path: Path) -> None:
    client = WowClient(tmp_path, addons=[addon(tmp_path, "", TOC + "Missing.lua\n")])
    client.log_in()
    assert "Missing.lua" in client.faults.take_script_errors()[0].message


def test_events_come_on_a_later_frame_and_in_order(game: Game) -> None:  # 11
    client = game(
        'heard = {} local f = CreateFrame("Frame") f:RegisterEvent("CHAT_MSG_WHISPER") '
        'f:SetScript("OnEvent", function(_, _, text) heard[#heard + 1] = text end) '
        "frames = 0 f:SetScript('OnUpdate', function(_, elapsed) "
        "frames = frames + 1 last = elapsed end)"
    )
    client.realm.settle("Norinn")
    for text in ("one", "two", "three"):
        client.realm_whisper("Norinn", text)
    assert heard(client) == []
    client.run_for(0.5)
    assert heard(client) == ["one", "two", "three"]
    assert client.lua("frames") == 15
    assert client.lua("last") == pytest.approx(1 / 30)
