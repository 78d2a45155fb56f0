"""Bags, items and what tooltips say of them (6)."""

from collections.abc import Callable

import pytest

from goldomatic.simulation.wow_client import WowClient
from goldomatic.simulation.wow_client.items import Bond, Item

Game = Callable[..., WowClient]
SCAN = """
local tip = CreateFrame("GameTooltip", "ProbeTip", nil, "GameTooltipTemplate")
function scan(bag, slot)
  tip:SetOwner(UIParent, "ANCHOR_NONE")
  tip:ClearLines()
  tip:SetBagItem(bag, slot)
  local lines = {}
  for i = 1, tip:NumLines() do lines[i] = _G["ProbeTipTextLeft" .. i]:GetText() end
  return strjoin("/", unpack(lines))
end
"""


def test_what_a_slot_holds(game: Game) -> None:  # 6.1
    client = game()
    client.world.bags.put(Item(id=7073, name="Broken Fang", count=3, quality=2), (1, 4))
    assert client.lua("GetContainerNumSlots(1), GetContainerNumSlots(2)") == (16, 0)
    texture, count, locked, quality, readable, lootable, link = client.lua(
        "GetContainerItemInfo(1, 4)"
    )
    assert (count, locked, quality, readable, lootable) == (3, None, 2, None, None)
    assert texture.startswith("Interface\\Icons")
    assert link == "|cff1eff00|Hitem:7073:0:0:0:0:0:0:0:80|h[Broken Fang]|h|r"
    assert client.lua("GetContainerItemLink(1, 4)") == link
    assert client.lua("GetContainerItemID(1, 4)") == 7073
    assert client.lua("GetContainerItemInfo(0, 1)") is None


def test_item_data_may_be_missing(game: Game) -> None:  # 6.1, 6.2
    client = game()
    place = client.world.bags.put(Item(id=7073, name="Broken Fang", quality=2, cached=False))
    assert client.lua("GetItemInfo(7073)") is None
    assert client.lua("(select(4, GetContainerItemInfo(0, 1)))") == -1
    client.world.bags.learn(place)
    name, link, quality = client.lua("GetItemInfo(7073)")[:3]
    assert (name, quality) == ("Broken Fang", 2)
    assert "|Hitem:7073:" in link  # the second value is a link, not an id


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (Item(id=1, name="A"), ""),
        (Item(id=1, name="A", bond=Bond.WHEN_EQUIPPED), "ITEM_BIND_ON_EQUIP"),
        (Item(id=1, name="A", bond=Bond.SOULBOUND), "ITEM_SOULBOUND"),
        (Item(id=1, name="A", bond=Bond.QUEST), "ITEM_BIND_QUEST"),
        (Item(id=1, name="A", bond=Bond.ACCOUNT), "ITEM_ACCOUNTBOUND"),
        (Item(id=1, name="A", bond=Bond.TO_ACCOUNT), "ITEM_BIND_TO_ACCOUNT"),
        (Item(id=1, name="A", conjured=True), "ITEM_CONJURED"),
    ],
)
@pytest.mark.parametrize("locale", ["enUS", "ruRU"])
def test_tooltips_speak_the_clients_language(
    game: Game, item: Item, line: str, locale: str
) -> None:  # 6.3
    client = game(SCAN, locale=locale)
    client.world.bags.put(item)
    text = client.lua(line) if line else None
    assert client.lua("scan(0, 1)") == ("A" if text is None else f"A/{text}")


def test_a_tooltip_without_owner_shows_nothing(game: Game) -> None:  # 6.3
    client = game('tip = CreateFrame("GameTooltip", "T", nil, "GameTooltipTemplate")')
    client.world.bags.put(Item(id=1, name="A"))
    client.run_lua("tip:SetBagItem(0, 1)")
    assert client.lua("tip:NumLines()") == 0


def test_a_picked_up_item_is_locked(game: Game) -> None:  # 6.4
    client = game()
    client.world.bags.put(Item(id=1, name="A"))
    client.run_lua("PickupContainerItem(0, 1)")
    assert client.lua("CursorHasItem(), (select(3, GetContainerItemInfo(0, 1)))") == (1, 1)
    client.run_lua("ClearCursor()")
    assert client.lua("CursorHasItem(), (select(3, GetContainerItemInfo(0, 1)))") == (None, None)
