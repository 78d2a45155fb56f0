"""What a viewer is shown of weight, odds and receipt."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from goldomatic.config import Secret
from goldomatic.raffle import asking
from goldomatic.raffle.support import TwitchSays
from goldomatic.values import ViewerId
from support.raffle_stage import RaffleStage, raffle_on
from support.service import running, viewer
from support.viewer_pages import outline, text

SECRET = Secret("a secret key of the raffle's tests, long enough")
PROXIES = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def capped(tmp_path: Path) -> AsyncIterator[RaffleStage]:
    changes: dict[str, Any] = {"weight_profile": "capped", "carry_over_mode": "accumulate"}
    async with running(tmp_path, secret_key=SECRET, trusted_proxies=PROXIES, **changes) as stage:
        yield await raffle_on(stage)


async def gives(raffle: RaffleStage) -> None:
    await raffle.give(1, "subscribe")
    await raffle.give(1, "resub", months=6)
    await raffle.give(1, "cheer", 1_000)
    await raffle.give(1, "cheer", 500)
    await raffle.give(1, "gift", 3)


# W-24, W-25
async def test_the_status_card_follows_the_settings(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await gives(raffle)
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    status = page.by_id("status").text
    for told in (
        "Signed in as Viewer_1",
        "Total Weight 3.60x",
        "Current chance 78.3%",
        "Base Weight 1.00x",
        "Subscriber (6/6 months) +0.60x",
        "Resubs (1/1) +0.20x",
        "Cheer Bits (1,500) +1.50x",
        "Gifted Subs (3) +0.30x",
    ):
        assert told in status, told
    table = page.by_id("weights").text
    for told in (
        "Base Fixed 1.0x",
        "Sub Months min(months, 10) × 0.1 1.0x",
        "Resubs min(resubs, 5) × 0.2 1.0x",
        "Cheer Bits min(bits / 1000, 5) 5.0x",
        "Donations min(cents / 1000, 5) 5.0x",
        "Gifted Subs min(count × 0.1, 5) 5.0x",
        "Carry-Over Previous weight × 0.5 Variable",
    ):
        assert told in table, told
    changed = {"cheerBitsDivisor": 250, "cheerBitsCap": 2, "carryOverMaxBonus": 1.5}
    await raffle.done(
        "PUT", "/api/admin/weight-settings", json={"settings": changed, "recalculate": True}
    )
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    assert "Cheer Bits (1,500) +2.00x" in page.by_id("status").text
    table = page.by_id("weights").text
    assert "Cheer Bits min(bits / 250, 2) 2.0x" in table
    assert "Carry-Over Previous weight × 0.5, capped at 1.5 1.5x" in table


async def test_months_that_twitch_has_not_told_yet(raffle: RaffleStage) -> None:
    person, service = await raffle.person(viewer(1)), raffle.stage.service
    says = TwitchSays(is_follower=None, is_subscriber=True)
    await asking.take_over(service, ViewerId(viewer(1).id), says)
    page = await outline(person, "/demo-portal")
    assert "when you share your resub in chat" in page.by_id("months-unknown").text
    await raffle.give(1, "resub", months=7)
    assert "months-unknown" not in await text(person, "/demo-portal")


# W-26
async def test_the_capped_profile(capped: RaffleStage) -> None:
    await capped.start()
    await capped.entered(1)
    await gives(capped)
    person = await capped.person(viewer(1))
    page = await outline(person, "/demo-portal")
    table, status = page.by_id("weights").text, page.by_id("status").text
    assert "Resubs" not in table + status
    assert "Donations" not in table + status
    assert "Subscriber Bonus min(months, 10) × 0.5, at least 1 month if subscribed 5.0x" in table
    assert "Loyalty Cap Subscriber bonuses together 3.0x" in table
    assert "Support Cap Bits and gifted subs together 120.0x" in table
    assert "Total Loyalty Bonus +3.00x" in status
    odds = (await outline(person, "/raffle/odds")).by_id("content").text
    assert "resub" not in odds.lower()
    assert "donation" not in odds.lower()
    assert "Everything from subscriptions together adds 3.00x at most." in odds
    assert "keeps what was carried before" in odds
    account = page.by_id("account").text
    assert "✓ Subscriber" in account
    assert "Resubs" not in account


async def test_odds_in_general_and_of_oneself(raffle: RaffleStage) -> None:
    general = await text(raffle.nobody, "/raffle/odds")
    assert "Bits add weight, up to a cap." in general
    await raffle.start()
    await raffle.entered(1)
    await gives(raffle)
    own = (await outline(await raffle.person(viewer(1)), "/raffle/odds")).by_id("content").text
    assert "You have cheered 1,500, which adds 1.50x." in own
    assert "You are subscribed for 6 months, which adds 0.60x." in own
    assert "Bits and gifted subs count until you win" in own
    part = await text(await raffle.person(viewer(1)), "/raffle/odds?fragment=text")
    assert "<html" not in part
    assert f'data-viewer="{viewer(1).id}"' in part


async def test_the_chance_event_by_event(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    await gives(raffle)
    page = await outline(await raffle.person(viewer(1)), "/demo-portal")
    shares = page.by_id("shares").text
    for told in (
        "Base weight +1.00x",
        "Subscription, 6 months +0.60x",
        "Cheer of 1,000 bits 2026-11-21 12:00 UTC +1.00x",
        "Cheer of 500 bits 2026-11-21 12:00 UTC +0.50x",
        "Gifted subs: 3 2026-11-21 12:00 UTC +0.30x",
        "Together 3.60x",
    ):
        assert told in shares, told


async def test_the_receipt_before_and_after_a_draw(raffle: RaffleStage) -> None:
    person = await raffle.person(viewer(1))
    none = (await outline(person, "/demo-portal")).by_id("receipt").text
    assert "You have no entry in a draw yet." in none
    await raffle.start()
    await raffle.entered(1, 2, 3)
    told = await raffle.mine(1, "/api/raffle/receipts")
    page = await outline(person, "/demo-portal")
    assert page.by_id("coming-commitment").text == told["coming"]["commitment"]
    assert page.by_id("coming-leaf").text == told["coming"]["hash"]
    assert "1000000" in page.by_id("receipt").text
    await raffle.draw()
    held = (await raffle.mine(1, "/api/raffle/receipts"))["held"][0]
    receipt = (await outline(person, "/demo-portal")).by_id("receipt").text
    assert held["root"] in receipt
    assert all(each in receipt for each in held["proof"])
    record = await raffle.seen(f"/api/draws/{held['drawId']}")
    leaf = record["entrants"][held["index"]]["hash"]
    assert leaf in receipt
    # A receipt is its owner's alone.
    other = await text(await raffle.person(viewer(9)), "/demo-portal")
    assert leaf not in other
