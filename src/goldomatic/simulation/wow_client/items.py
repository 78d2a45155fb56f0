"""Items in the player's bags, and what makes one unfit for the mail (section 6)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

QUALITY_COLOURS = ("9d9d9d", "ffffff", "1eff00", "0070dd", "a335ee", "ff8000", "e6cc80")


class Bond(StrEnum):
    """How an item is bound; the value is the global string of its tooltip line."""

    FREE = ""
    WHEN_EQUIPPED = "ITEM_BIND_ON_EQUIP"
    SOULBOUND = "ITEM_SOULBOUND"
    QUEST = "ITEM_BIND_QUEST"
    ACCOUNT = "ITEM_ACCOUNTBOUND"
    TO_ACCOUNT = "ITEM_BIND_TO_ACCOUNT"


_BOND_REFUSALS = {
    Bond.SOULBOUND: "ERR_MAIL_BOUND_ITEM",
    Bond.ACCOUNT: "ERR_MAIL_BOUND_ITEM",
    Bond.TO_ACCOUNT: "ERR_MAIL_BOUND_ITEM",
    Bond.QUEST: "ERR_MAIL_QUEST_ITEM",
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One stack. `cached` says whether the client knows the item's data yet."""

    id: int
    name: str
    count: int = 1
    quality: int = 1
    bond: Bond = Bond.FREE
    conjured: bool = False
    expires_in_days: int = 0
    holds_items: bool = False
    refundable: bool = False
    cached: bool = True
    texture: str = "Interface\\Icons\\INV_Misc_QuestionMark"

    @property
    def link(self) -> str:
        colour = QUALITY_COLOURS[self.quality]
        return f"|cff{colour}|Hitem:{self.id}:0:0:0:0:0:0:0:80|h[{self.name}]|h|r"

    @property
    def mail_refusal(self) -> str | None:
        """The global string with which mailing it is refused, or None."""
        if refusal := _BOND_REFUSALS.get(self.bond):
            return refusal
        if self.conjured:
            return "ERR_MAIL_CONJURED_ITEM"
        if self.expires_in_days:
            return "ERR_MAIL_LIMITED_DURATION_ITEM"
        return "ERR_MAIL_BAG" if self.holds_items else None

    def tooltip(self) -> list[tuple[str, int]]:
        """The lines below the name: global strings, each with the number it takes, 0 for none."""
        lines = [(self.bond.value, 0)] if self.bond else []
        if self.conjured:
            lines.append(("ITEM_CONJURED", 0))
        if self.expires_in_days:
            lines.append(("ITEM_DURATION_DAYS", self.expires_in_days))
        return lines


@dataclass
class Bags:
    """The backpack and four bags: (bag, slot) -> item; slots count from 1."""

    sizes: tuple[int, ...] = (16, 16, 0, 0, 0)
    slots: dict[tuple[int, int], Item] = field(default_factory=dict)
    locked: set[tuple[int, int]] = field(default_factory=set)

    def put(self, item: Item, place: tuple[int, int] | None = None) -> tuple[int, int]:
        """Put an item at a place or the first free one. Raises `ValueError` when full."""
        if place is None:
            place = next((one for one in self._places() if one not in self.slots), None)
        if place is None or not self.free(place):
            raise ValueError("no such free place")
        self.slots[place] = item
        return place

    def take(self, place: tuple[int, int]) -> Item:
        self.locked.discard(place)
        return self.slots.pop(place)

    def learn(self, place: tuple[int, int]) -> None:
        """The client has got the item's data."""
        self.slots[place] = replace(self.slots[place], cached=True)

    def size(self, bag: int) -> int:
        return self.sizes[bag] if 0 <= bag < len(self.sizes) else 0

    def free(self, place: tuple[int, int]) -> bool:
        return place not in self.slots and place in self._places()

    def _places(self) -> list[tuple[int, int]]:
        return [(bag, slot) for bag, size in enumerate(self.sizes) for slot in range(1, size + 1)]
