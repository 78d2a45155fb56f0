"""The addon's files: what the client demands of them, and that they keep to themselves."""

import re
from pathlib import Path

import pytest

from goldomatic import __version__
from support.addon_files import ADDON, lua_files, toc_lines
from support.lua_globals import global_use

DOORS = {
    "NotifyWinnerWhisper", "ReceiveGold", "MGM_RunWhoForSpin", "MGM_RequestGiftItems",
    "MGM_RequestGiftConfirmation", "MGM_CloseGift", "MGM_ShowQueuePanel", "MGM_ToggleQueuePanel",
    "MGM_RefreshQueuePanel", "MGM_ArmMailSendForPayout", "MGM_ClearArmedMailSend",
    "MGM_PopQueueAfterSuccessfulSend", "MGM_Hello", "MGM_Ack", "MGM_LogTest",
}  # fmt: skip
WRITTEN = DOORS | {"MimironsGoldOMaticCore", "MimironsGoldOMaticDB", "SLASH_MGM1"}
LUA = {
    "_G", "assert", "ipairs", "math", "pairs", "setmetatable", "string", "table", "time",
    "tonumber", "type",
}  # fmt: skip
CLIENT = {
    "CreateFrame", "GetAddOnMetadata", "GetCVar", "GetLocale", "GetTime", "hooksecurefunc",
    "SlashCmdList", "UnitAffectingCombat", "UnitName",
    "ChatEdit_ActivateChat", "ChatEdit_ChooseBoxForSend", "ChatEdit_DeactivateChat",
    "ChatFrame_AddMessageEventFilter", "DEFAULT_CHAT_FRAME",
    "LoggingChat", "NUM_CHAT_WINDOWS",
    "SendChatMessage", "SendSystemMessage", "SetCVar",
    "CHAT_IGNORED", "ERR_CHAT_PLAYER_NOT_FOUND_S", "ERR_CHAT_THROTTLED", "ERR_CHAT_WRONG_FACTION",
    "ERR_IGNORING_YOU_S",
    "FriendsFrame", "GetNumWhoResults", "GetWhoInfo", "SendWho", "SetWhoToUI", "WhoFrame",
    "WHO_LIST_FORMAT", "WHO_LIST_GUILD_FORMAT", "WHO_NUM_RESULTS", "WHO_TAG_NAME",
    "ATTACHMENTS_MAX_SEND", "ClickSendMailItemButton", "GetSendMailItem",
    "GetMoney", "GetSendMailCOD", "GetSendMailMoney", "GetSendMailPrice", "MailFrame",
    "MailFrameTab_OnClick", "MoneyInputFrame_GetCopper", "MoneyInputFrame_SetCopper",
    "SendMailBodyEditBox", "SendMailMoney", "SendMailNameEditBox", "SendMailRadioButton_OnClick",
    "SendMailSubjectEditBox",
    "GetContainerItemInfo", "GetContainerItemLink", "GetContainerNumSlots", "GetItemInfo",
    "NUM_BAG_SLOTS",
    "ITEM_ACCOUNTBOUND", "ITEM_BIND_QUEST", "ITEM_BIND_TO_ACCOUNT", "ITEM_CONJURED",
    "ITEM_SOULBOUND",
    "GameFontHighlightSmall", "GameTooltip", "Minimap", "UIParent",
}  # fmt: skip


@pytest.mark.parametrize("path", lua_files(), ids=lambda path: path.name)
def test_a_file_touches_no_global_but_those_it_may(path: Path) -> None:
    use = global_use(path.read_bytes(), path.name)
    assert use.writes - WRITTEN == set()
    assert use.reads - LUA - CLIENT - WRITTEN == set()


def test_every_listed_global_is_used() -> None:
    uses = [global_use(path.read_bytes(), path.name) for path in lua_files()]
    assert set().union(*(use.writes for use in uses)) == WRITTEN
    assert (LUA | CLIENT) - set().union(*(use.reads for use in uses)) == set()


def test_the_core_calls_nothing_of_the_game() -> None:
    core = lua_files()[0]
    assert core.name == "MimironsGoldOMatic.Core.lua"
    assert global_use(core.read_bytes(), core.name).reads <= LUA | {"MimironsGoldOMaticCore"}


#
def test_no_file_has_a_byte_order_mark_and_all_are_utf8() -> None:
    for path in ADDON.iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in content
        content.decode("utf-8")


#
def test_every_whisper_fits_into_a_message() -> None:
    texts = (ADDON / "Texts.lua").read_text(encoding="utf-8")
    block = re.search(r"addon\.whisperText = \{(.*?)\n\}", texts, re.DOTALL)
    assert block
    sizes = {}
    for entry in re.findall(r"(\w+) = (.*?),\n", block[1] + "\n", re.DOTALL):
        text = "".join(re.findall(r'"(.*?)"', entry[1]))
        sizes[entry[0]] = (len(text), len(text.encode()))
    assert sizes == {"winner": (126, 222), "sent": (48, 88), "gift": (67, 117)}


def test_the_table_of_contents_names_every_file_and_the_version() -> None:
    assert {path.name for path in ADDON.iterdir()} == {
        f"{ADDON.name}.toc",
        *(path.name for path in lua_files()),
    }
    assert "## Interface: 30300" in toc_lines()
    assert "## Title: MimironsGoldOMatic" in toc_lines()
    assert f"## Version: {__version__}" in toc_lines()


def test_files_stay_small() -> None:
    for path in lua_files():
        assert len(path.read_text(encoding="utf-8").splitlines()) < 300, path.name


def test_both_languages_say_the_same_things() -> None:
    texts = (ADDON / "Texts.lua").read_text(encoding="utf-8")
    tables = re.findall(r"local (?:english|russian) = \{(.*?)\n\}", texts, re.DOTALL)
    english, russian = (dict(re.findall(r'^ +(\w+) = "(.*)",$', one, re.M)) for one in tables)
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert re.findall("%.", text) == re.findall("%.", russian[key]), key
    sources = "".join(path.read_text(encoding="utf-8") for path in lua_files())
    states = {"READY", "PROCESSING", "SENDING", "SENT", "DOUBT"}
    unused = {key for key in english.keys() - states if f"text.{key}" not in sources}
    assert unused == set()
