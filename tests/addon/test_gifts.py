"""The list of what can be given away, and the reminder to mail it (section 7)."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from goldomatic.simulation.wow_client import (
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    ClientSettings,
    LogSettings,
)
from goldomatic.simulation.wow_client.items import Bond, Item
from goldomatic.simulation.wow_client.operator import Operator
from support.game import GIFT, Game

POTION = Item(
    id=33447, name="Runic Healing Potion", count=5, texture="Interface\\Icons\\INV_Alch_01"
)
ORE = Item(id=36912, name="Саронитовая руда", count=20, bond=Bond.WHEN_EQUIPPED)
KEPT = [
    Item(id=1, name="Soulbound Sword", bond=Bond.SOULBOUND),
    Item(id=2, name="Quest Letter", bond=Bond.QUEST),
    Item(id=3, name="Heirloom", bond=Bond.ACCOUNT),
    Item(id=4, name="Heirloom Two", bond=Bond.TO_ACCOUNT),
    Item(id=5, name="Conjured Strudel", conjured=True),
    Item(id=6, name="Wilting Flower", expires_in_days=3),
]


def start(folder: Path, *items: Item, log: LogSettings = PESSIMISTIC, locale: str = "enUS") -> Game:
    game = Game(folder, ClientSettings(log=log, locale=locale))
    game.realm.settle("Winner")
    game.world.bags.sizes = (16, 20, 20, 0, 0)
    for item in items:
        game.world.bags.put(item)
    return game.enter()


def items(tag: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(tag.removeprefix(f"[MGM_ITEMS:{GIFT}]"))
    return found


#
@pytest.mark.parametrize("locale", ["enUS", "ruRU"])
def test_the_list_has_real_items_and_only_those_that_can_be_mailed(
    tmp_path: Path, locale: str
) -> None:
    game = start(tmp_path, *KEPT[:3], POTION, *KEPT[3:], ORE, locale=locale)
    locked = game.world.bags.put(Item(id=9, name="Locked Box"))
    game.world.bags.locked.add(locked)
    game.call("MGM_RequestGiftItems", GIFT)
    [line] = game.shown()
    found = sorted(items(line), key=lambda item: item["slotId"])
    assert found == [
        {"name": "Runic Healing Potion", "id": 33447, "count": 5, "bagId": 0, "slotId": 4,
         "link": "item:33447:0:0:0:0:0:0:0:80", "texture": "INV_Alch_01"},
        {"name": "Саронитовая руда", "id": 36912, "count": 20, "bagId": 0, "slotId": 8,
         "link": "item:36912:0:0:0:0:0:0:0:80", "texture": "INV_Misc_QuestionMark"},
    ]  # fmt: skip
    assert game.told("ITEMS") == [line]
    assert not set(line) & set("|%")
    game.check()


#
def test_empty_bags_give_an_empty_list(tmp_path: Path) -> None:
    game = start(tmp_path, *KEPT)
    game.call("MGM_RequestGiftItems", GIFT)
    assert game.shown() == [f"[MGM_ITEMS:{GIFT}][]"]
    game.wait_for(f"[MGM_ITEMS:{GIFT}][]")


#
def test_a_full_bag_gives_ten_chosen_uniformly(tmp_path: Path) -> None:
    many = [Item(id=100 + number, name=f"Thing {number}") for number in range(20)]
    game = start(tmp_path, *many)
    chosen: Counter[int] = Counter()
    for _ in range(200):
        game.call("MGM_RequestGiftItems", GIFT)
        found = items(game.told("ITEMS")[0])
        assert len({item["id"] for item in found}) == 10
        chosen.update(item["id"] for item in found)
        game.run_lua("wipe(MimironsGoldOMaticDB.outbox)")
    assert len(chosen) == 20
    assert all(60 < times < 140 for times in chosen.values())


@pytest.mark.parametrize(
    ("log", "number", "within"), [(PESSIMISTIC, 10, 15.0), (PESSIMISTIC_WITHOUT_SYSTEM, 4, 45.0)]
)
def test_a_long_list_arrives_in_parts_within_the_minute(
    tmp_path: Path, log: LogSettings, number: int, within: float
) -> None:
    long_named = [Item(id=40000 + n, name=f"Очень длинное имя предмета {n}") for n in range(10)]
    game = start(tmp_path, *long_named, log=log)
    game.run_for(30)
    if log is PESSIMISTIC_WITHOUT_SYSTEM:
        game.call("MGM_LogTest", game.nonce, "system=0 whisper=1 toggle=0 pad=1")
        game.run_for(90)
        game.acknowledge()
    game.call("MGM_RequestGiftItems", GIFT)
    [line] = game.shown()
    assert game.wait_for(line, within=within) < within
    parts = [tag for tag in game.read().values() if tag.startswith(f"[MGM_ITEMS:{GIFT}] ")]
    assert len(parts) >= number
    assert len(items(line)) == number
    assert [drop.reason for drop in game.realm.dropped] == []


def test_the_parts_of_a_set_have_consecutive_numbers_and_one_list_is_enough(
    tmp_path: Path,
) -> None:
    game = start(tmp_path, *(Item(id=500 + n, name=f"A thing number {n}") for n in range(10)))
    for _ in range(3):
        game.call("MGM_RequestGiftItems", GIFT)
    game.wait_for(game.shown()[0])
    found = {n: tag for n, tag in game.read().items() if tag.startswith(f"[MGM_ITEMS:{GIFT}] ")}
    assert len({n - int(tag.split(" ")[1].split("/")[0]) for n, tag in found.items()}) == 1
    game.acknowledge()
    game.call("MGM_RequestGiftItems", GIFT)
    assert len(game.shown()) == 2
    assert len(game.told("ITEMS")) == 1


def russian(number: int) -> Item:
    return Item(id=40_000 + number, name=f"Рукавицы ужасающего гладиатора {number}", count=20)


def test_two_hundred_items_with_russian_links_arrive_whole(tmp_path: Path) -> None:
    game = start(tmp_path, locale="ruRU")
    game.world.bags.sizes = (40, 40, 40, 40, 40)
    for number in range(200):
        game.world.bags.put(russian(number))
    game.type_line("/mgm gifts 200")
    game.call("MGM_LogTest", game.nonce, "system=1 whisper=1 toggle=0 pad=1")
    game.call("MGM_RequestGiftItems", GIFT)
    [line] = game.shown()
    assert game.wait_for(line, within=20.0) < 20
    found = sorted(items(line), key=lambda item: item["id"])
    assert [item["id"] for item in found] == list(range(40_000, 40_200))
    assert found[7]["name"] == "Рукавицы ужасающего гладиатора 7"
    assert found[7]["link"] == "item:40007:0:0:0:0:0:0:0:80"
    assert {(item["bagId"], item["slotId"]) for item in found} == {
        (bag, slot) for bag in range(5) for slot in range(1, 41)
    }
    numbers = [n for n, tag in sorted(game.read().items()) if tag.startswith("[MGM_ITEMS:")]
    game.call("MGM_Ack", game.nonce, f"{numbers[0]}-{numbers[-1]}")
    assert game.told("ITEMS") == []


#
@pytest.mark.parametrize(
    ("said", "held"), [("", 10), ("/mgm gifts 25", 25), ("/mgm gifts 999", 60), ("/mgm gifts 0", 1)]
)
def test_the_operator_sets_how_long_a_list_may_be(tmp_path: Path, said: str, held: int) -> None:
    game = start(tmp_path)
    game.world.bags.sizes = (30, 30, 0, 0, 0)
    for number in range(60):
        game.world.bags.put(russian(number))
    if said:
        game.type_line(said)
    game.call("MGM_LogTest", game.nonce, "system=1 whisper=1 toggle=0 pad=1")
    game.reload()
    game.hello()
    game.call("MGM_RequestGiftItems", GIFT)
    assert len(items(game.shown()[-1])) == held


@pytest.mark.parametrize(("system", "held"), [("", 10), ("system=0", 4)])
def test_a_list_by_whispers_stays_short(tmp_path: Path, system: str, held: int) -> None:
    game = start(tmp_path, *(russian(number) for number in range(40)))
    game.type_line("/mgm gifts 200")
    game.call("MGM_LogTest", game.nonce, f"{system} whisper=1 toggle=0 pad=1".strip())
    game.call("MGM_RequestGiftItems", GIFT)
    assert len(items(game.shown()[0])) == held


def test_the_streamer_is_reminded_until_the_row_is_clicked(tmp_path: Path) -> None:
    game = start(tmp_path, POTION)
    game.call("MGM_RequestGiftConfirmation", GIFT, "Winner")
    game.run_for(2)
    game.realm_whisper("Winner", "!twgift")
    game.run_for(1)
    Operator(game).open_mailbox()
    game.run_for(1)
    assert "GIFT  Winner" in game.frame("MGMQueuePanel").texts
    before = game.outbox()
    game.reload()
    game.hello()
    game.type_line("/mgm")
    Operator(game).click("MGMQueuePanel", "GIFT  Winner")
    assert "GIFT  Winner" not in game.frame("MGMQueuePanel").texts
    assert set(game.outbox()) - set(before) <= {"[MGM_HELLO]0.1.0"}


def reminded(game: Game) -> list[str]:
    return [text for text in game.frame("MGMQueuePanel").texts if text.startswith("GIFT")]


@pytest.mark.parametrize(
    ("told", "row"),
    [
        (("33447", "5"), "GIFT  Winner: Runic Healing Potion x5"),
        (("33447", "1"), "GIFT  Winner: Runic Healing Potion"),
        (("99", "2"), "GIFT  Winner: #99 x2"),
        ((), None),
    ],
)
def test_the_reminder_says_what_to_mail_or_goes(
    tmp_path: Path, told: tuple[str, ...], row: str | None
) -> None:
    game = start(tmp_path, POTION)
    game.call("MGM_RequestGiftConfirmation", GIFT, "Winner")
    game.run_for(2)
    game.realm_whisper("Winner", "!twgift")
    game.run_for(1)
    game.type_line("/mgm")
    assert reminded(game) == ["GIFT  Winner"]
    for _ in range(2):
        game.call("MGM_CloseGift", GIFT, *told)
    assert reminded(game) == ([row] if row else [])
    assert game.told("DID")[-1] == f"[MGM_DID:giftend:{GIFT}]"


def test_an_answer_after_the_end_of_the_request_means_nothing(tmp_path: Path) -> None:
    game = start(tmp_path, POTION)
    game.call("MGM_RequestGiftConfirmation", GIFT, "Winner")
    game.run_for(2)
    game.call("MGM_CloseGift", GIFT)
    game.realm_whisper("Winner", "!twgift")
    game.run_for(1)
    game.type_line("/mgm")
    assert game.told("GIFT_ACCEPT") == []
    assert reminded(game) == []
