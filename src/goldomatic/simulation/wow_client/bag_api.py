"""Bags and items, as scripts of the client call them (section 6)."""

import re
from collections.abc import Iterable
from typing import Any

from goldomatic.simulation.wow_client.items import Bags, Item
from goldomatic.simulation.wow_client.machine import Api, LuaMachine

Place = tuple[int, int]
_BAG_NAMES = ("Backpack", "Frostweave Bag")


class BagApi:
    """What lies where, what the cursor holds, and what the client knows of items."""

    def __init__(self, machine: LuaMachine, bags: Bags) -> None:
        self._machine, self.bags = machine, bags
        self.cursor: Place | None = None
        machine.offer_many("bag_tooltip", self._bag_tooltip)
        machine.offer_many("link_tooltip", self._link_tooltip)

    def functions(self) -> Api:
        return {
            "GetContainerNumSlots": ("n", lambda bag: self.bags.size(int(bag))),
            "GetContainerNumFreeSlots": ("n", self._free_slots),
            "GetContainerItemInfo": ("nn", self._info),
            "GetContainerItemLink": ("nn", self._link),
            "GetContainerItemID": ("nn", lambda bag, slot: self._field(bag, slot, "id")),
            "PickupContainerItem": ("nn", self._pick_up),
            "GetBagName": ("n", self._bag_name),
            "GetItemInfo": ("a", self._item_info),
            "GetItemCount": ("a", self._count),
            "CursorHasItem": ("", lambda: 1 if self.cursor else None),
            "ClearCursor": ("", self.clear_cursor),
            "GetCursorInfo": ("", self._cursor_info),
        }

    def at(self, bag: float, slot: float) -> Item | None:
        return self.bags.slots.get((int(bag), int(slot)))

    def _field(self, bag: float, slot: float, name: str) -> Any:
        item = self.at(bag, slot)
        return getattr(item, name) if item else None

    def _free_slots(self, bag: float) -> tuple[int, int]:
        used = sum(1 for place in self.bags.slots if place[0] == int(bag))
        return (self.bags.size(int(bag)) - used, 0)

    def _bag_name(self, bag: float) -> str | None:
        return _BAG_NAMES[bag != 0] if self.bags.size(int(bag)) else None

    def _info(self, bag: float, slot: float) -> tuple[Any, ...] | None:
        item = self.at(bag, slot)
        if item is None:
            return None
        locked = 1 if (int(bag), int(slot)) in self.bags.locked else None
        quality = item.quality if item.cached else -1
        return (item.texture, item.count, locked, quality, None, None, item.link)

    def _link(self, bag: float, slot: float) -> str | None:
        return self._field(bag, slot, "link")  # type: ignore[no-any-return]

    def _known(self, wanted: Any) -> Item | None:
        """The item of an id, a name or a link, if the client has its data."""
        text = str(int(wanted)) if isinstance(wanted, int | float) else str(wanted)
        found = re.search(r"item:(\d+)", text)
        number = found[1] if found else text
        for item in self.bags.slots.values():
            if item.cached and (str(item.id) == number or item.name == text):
                return item
        return None

    def _item_info(self, wanted: Any) -> tuple[Any, ...] | None:
        item = self._known(wanted)
        if item is None:
            return None
        return (
            item.name, item.link, item.quality, 1, 0, "Miscellaneous", "Other", 20, "",
            item.texture, 0,
        )  # fmt: skip

    def _count(self, wanted: Any) -> int:
        item = self._known(wanted)
        if item is None:
            return 0
        return sum(one.count for one in self.bags.slots.values() if one.id == item.id)

    # Tooltips

    def _lines(self, item: Item) -> list[str]:
        lines = [item.name]
        for name, number in item.tooltip():
            text = self._machine.stock_string(name)
            lines.append(text % number if number else text)
        return lines

    def _bag_tooltip(self, bag: float, slot: float) -> Iterable[str]:
        item = self.at(bag, slot)
        return self._lines(item) if item else []

    def _link_tooltip(self, link: str) -> Iterable[str]:
        item = self._known(link)
        return self._lines(item) if item else []

    # The cursor

    def _pick_up(self, bag: float, slot: float) -> None:
        place = (int(bag), int(slot))
        if self.cursor == place:
            self.clear_cursor()
        elif self.cursor is None and place in self.bags.slots and place not in self.bags.locked:
            self.cursor = place
            self.lock(place)
        elif self.cursor is not None and self.bags.free(place):
            self.bags.put(self.bags.take(self.cursor), place)
            self.cursor = None
            self._machine.fire("BAG_UPDATE", place[0])

    def _cursor_info(self) -> tuple[str, int, str] | None:
        if self.cursor is None:
            return None
        item = self.bags.slots[self.cursor]
        return ("item", item.id, item.link)

    def clear_cursor(self) -> None:
        place, self.cursor = self.cursor, None
        if place is not None:
            self.unlock(place)

    def lock(self, place: Place) -> None:
        self.bags.locked.add(place)
        self._machine.fire("ITEM_LOCK_CHANGED", *place)

    def unlock(self, place: Place) -> None:
        self.bags.locked.discard(place)
        self._machine.fire("ITEM_LOCK_CHANGED", *place)

    def remove(self, places: Iterable[Place]) -> None:
        """What was mailed is gone."""
        changed = set()
        for place in places:
            self.bags.take(place)
            changed.add(place[0])
        for bag in sorted(changed):
            self._machine.fire("BAG_UPDATE", bag)
