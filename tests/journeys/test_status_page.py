"""A viewer before the status page: the real service, its real feed, Debian's Chromium."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from browser.chromium import Complaints, chromium, overflow, until_true
from browser.service_process import ServiceProcess
from browser.staged_service import staged

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INTERVAL = 10
ROUND_SECONDS = 6 * INTERVAL
"""Within which a round has its winner, on a busy machine too."""
SOON = 30_000
"""Milliseconds within which something live is shown, on a busy machine too."""

# The reader's clock is ten minutes ahead of the service's, and no whole number of rounds.
CLOCK_AHEAD = """
const real = Date.now.bind(Date);
Date.now = () => real() + 604000;
"""

# What a button says for two seconds stays.
UNHURRIED = """
const wait = setTimeout;
window.setTimeout = (work, ms) => wait(work, ms === 2000 ? 60000 : ms);
"""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[ServiceProcess]:
    service = ServiceProcess(folder, INTERVAL)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: Any) -> AsyncIterator[Page]:
    """A page in a browser profile of its own."""
    script = options.pop("script", None)
    context = await browser.new_context(**{"locale": "en-US", **options})
    try:
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


def seconds(text: str) -> int:
    minutes, rest = text.split(":")
    return int(minutes) * 60 + int(rest)


async def test_without_scripts_the_page_is_complete(tmp_path: Path) -> None:
    async with running(tmp_path) as service, chromium() as browser:
        await service.say(1001, "!twgold Norinn")
        options = {"java_script_enabled": False, "locale": "ru-RU"}
        async with opened(browser, f"{service.url}/roulette", **options) as page:
            await expect(page.locator("h1")).to_have_text("Золотая рулетка")
            await expect(page.locator("#pool-count")).to_have_text("1")
            await expect(page.locator("#pool")).to_contain_text("Norinn")
            await expect(page.locator("#to-spin")).to_have_text(re.compile(r"^0:(0\d|10)$"))
            await expect(page.locator("#commitment")).to_have_text(re.compile(r"^[0-9a-f]{64}$"))
            await expect(page.locator(".copy").first).to_be_hidden()
            await service.say(1002, "!twgold Kael")
            await expect(page.locator("#pool-count")).to_have_text("2", timeout=20_000)


# G-01
async def test_a_viewer_watches_a_round_live(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as service,
        chromium() as browser,
        opened(browser, f"{service.url}/roulette", script=CLOCK_AHEAD) as page,
    ):
        complaints = Complaints(page)
        await page.evaluate("window.sameDocument = true")
        await expect(page.locator("#pool-count")).to_have_text("0")

        for viewer, name in enumerate(("Norinn", "Kael", "Ёжик"), 1001):
            await service.say(viewer, f"!twgold {name}")
        await expect(page.locator("#pool-count")).to_have_text("3", timeout=SOON)
        await expect(page.locator("#pool li")).to_have_text(
            ["Kael", "Norinn", "Ёжик"], timeout=SOON
        )
        await countdown_is_right(page)

        await expect(page.locator("#outcome")).not_to_contain_text("wins")
        payout = await service.winner(ROUND_SECONDS)
        name = payout["characterName"]
        # The next round's result takes its place, so this comes first.
        await expect(page.locator("#outcome")).to_contain_text(f"{name} wins 1,000 gold!")
        row = page.locator("#winners li", has_text=name)
        await expect(row.locator(".chip")).to_have_text("Pending", timeout=SOON)
        for status, shown in (("InProgress", "In progress"), ("Sent", "Sent")):
            await service.move(payout["payoutId"], status)
            await expect(row.locator(".chip")).to_have_text(shown, timeout=SOON)
        sent = page.locator("#payouts div", has=page.locator('[data-status="Sent"]'))
        await expect(sent.locator("dd")).to_have_text("1")
        await expect(page.locator("#pool-count")).to_have_text("2", timeout=SOON)

        proof = await row.locator("a").get_attribute("href")
        assert proof == f"/draws/{payout['spinCycleId']}"
        assert await page.evaluate("window.sameDocument") is True
        assert complaints.found == []


async def countdown_is_right(page: Page) -> None:
    """The countdown runs, and agrees with the time that the service's clock has left."""
    right = 0
    async with asyncio.timeout(2 * SOON / 1000):
        while right < 3:
            shown = seconds(await page.locator("#to-spin").inner_text())
            left = INTERVAL - datetime.now(UTC).timestamp() % INTERVAL
            # A busy machine may tell it late; by the reader's own clock it is always four off.
            right += min(abs(shown - left), INTERVAL - abs(shown - left)) <= 1.5
            await asyncio.sleep(1.1)


async def test_phases_and_winners_are_announced(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as service,
        chromium() as browser,
        opened(browser, f"{service.url}/roulette", locale="ru-RU") as page,
    ):
        await page.evaluate(
            """() => {
                window.said = [];
                const region = document.getElementById("say");
                new MutationObserver(() => window.said.push(region.textContent))
                  .observe(region, {childList: true, characterData: true, subtree: true});
            }"""
        )
        await service.say(1001, "!twgold Norinn")
        await service.winner(ROUND_SECONDS)
        await expect(page.locator("#outcome")).to_contain_text("Norinn выигрывает", timeout=SOON)
        # The wheel turns for a second: a browser that came late to it sees the next round's.
        await service.say(1002, "!twgold Kael")
        await until_true(page, "said.includes('Колесо крутится!')", patience=3 * SOON)
        said = await page.evaluate("window.said")
        assert "Принимаем имена" in said
        assert any(re.fullmatch(r"Norinn выигрывает 1\s000 золота!", line) for line in said)
        region = page.locator("#say")
        assert await region.get_attribute("aria-live") == "polite"
        assert await region.get_attribute("role") == "status"


async def test_a_restart_of_the_service_is_survived(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as service,
        chromium() as browser,
        opened(browser, f"{service.url}/roulette") as page,
    ):
        complaints = Complaints(page)
        await page.evaluate("window.sameDocument = true")
        await service.say(1001, "!twgold Norinn")
        await expect(page.locator("#pool-count")).to_have_text("1", timeout=SOON)
        note = page.locator("#reconnecting")
        await expect(note).to_be_hidden()

        await service.stop()
        await expect(note).to_be_visible(timeout=SOON)
        await service.start()
        await service.say(1002, "!twgold Kael")
        await expect(note).to_be_hidden(timeout=40_000)
        await expect(page.locator("#pool-count")).to_have_text("2", timeout=SOON)
        await expect(page.locator("#pool li")).to_have_text(["Kael", "Norinn"], timeout=2 * SOON)

        await service.say(1003, "!twgold Thrumbolt")
        await expect(page.locator("#pool-count")).to_have_text("3", timeout=SOON)
        assert await page.evaluate("window.sameDocument") is True
        # Only the browser's own words about a connection that broke off.
        assert complaints.besides("net::ERR_") == []


async def test_a_feed_that_was_refused_is_asked_for_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, chromium() as browser:
        await stage.enrol("Norinn")
        stage.service.feed.closing = True
        base = str(stage.http.base_url).rstrip("/")
        async with opened(browser, f"{base}/roulette") as page:
            note = page.locator("#reconnecting")
            await expect(note).to_be_visible(timeout=SOON)
            await stage.play()
            await stage.enrol("Kael", first_viewer=1002)
            await expect(page.locator("#pool-count")).to_have_text("1")
            stage.service.feed.closing = False
            await expect(note).to_be_hidden(timeout=20_000)
            await expect(page.locator("#pool-count")).to_have_text("2", timeout=SOON)
            await expect(page.locator("#winners")).to_contain_text("Norinn", timeout=SOON)
            await expect(page.locator("#outcome")).to_contain_text("Norinn wins", timeout=SOON)


WIDTHS = (318, 390, 1440)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_pages_fit_every_width_without_complaints(tmp_path: Path, language: str) -> None:
    async with staged(tmp_path, reads_per_minute=10_000) as stage, chromium() as browser:
        await stage.enrol(*(f"Gnomegears{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
        draw_id, _ = await stage.play()
        await stage.play(online=False)
        await stage.play()
        base = str(stage.http.base_url).rstrip("/")
        for path in ("/roulette", "/draws", f"/draws/{draw_id}", "/no-such-page"):
            async with opened(browser, f"{base}{path}", locale=language) as page:
                complaints = Complaints(page)
                for details in await page.locator("details").all():
                    await details.evaluate("details => details.open = true")
                for width in WIDTHS:
                    await page.set_viewport_size({"width": width, "height": 800})
                    assert await overflow(page) == [], (path, width)
                assert await page.evaluate("document.documentElement.lang") == language
                assert complaints.found == []


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (800, 600)])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_obs_view_fits_and_lets_the_game_through(
    tmp_path: Path, width: int, height: int, language: str
) -> None:
    async with staged(tmp_path) as stage, chromium() as browser:
        await stage.enrol("Gnomegearsaa", "Gnomegearsab", "Gnomegearsac", "Gnomegearsad")
        for _ in range(3):
            await stage.play()
        await stage.play(online=False)
        base = str(stage.http.base_url).rstrip("/")
        size = {"width": width, "height": height}
        url = f"{base}/roulette?view=obs&lang={language}"
        async with opened(browser, url, viewport=size, color_scheme="light") as page:
            for element in ("html", "body"):
                colour = "e => getComputedStyle(e).backgroundColor"
                assert await page.locator(element).evaluate(colour) == "rgba(0, 0, 0, 0)"
            boxes = [
                await each.bounding_box()
                for each in await page.locator(".plate, .now, .wheel").all()
            ]
            assert len(boxes) == 5
            for box in boxes:
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["y"] + box["height"] <= height + 1
            cut = "e => e.scrollHeight > e.clientHeight + 1"
            assert not await page.locator(".last").evaluate(cut)
            assert await page.locator("nav, footer").count() == 0


async def test_keyboard_motion_and_copying(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, chromium() as browser:
        base = str(stage.http.base_url).rstrip("/")
        options = {
            "reduced_motion": "reduce",
            "permissions": ["clipboard-read", "clipboard-write"],
            "script": UNHURRIED,
        }
        async with opened(browser, f"{base}/roulette", **options) as page:
            await page.keyboard.press("Tab")
            skip = page.locator(".skip")
            await expect(skip).to_be_focused()
            await expect(skip).to_be_in_viewport()
            await page.keyboard.press("Enter")
            await expect(page.locator("main")).to_be_focused()
            motion = "e => getComputedStyle(e).animationName"
            assert await page.locator(".wheel img").evaluate(motion) == "none"
            await page.locator(".copy").click()
            await expect(page.locator(".copy")).to_have_text("Copied")
            copied = await page.evaluate("navigator.clipboard.readText()")
            assert copied == stage.cycle.commitment
        async with opened(browser, f"{base}/roulette") as page:
            assert await page.locator(".wheel img").evaluate(motion) == "turn"


async def test_times_are_shown_in_the_zone_of_the_reader(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, chromium() as browser:
        await stage.enrol("Norinn")
        await stage.play()
        base = str(stage.http.base_url).rstrip("/")
        options = {"timezone_id": "Asia/Tokyo", "locale": "ru-RU"}
        async with opened(browser, f"{base}/roulette", **options) as page:
            time = page.locator("#winners time")
            await expect(time).to_have_text("3 февр., 21:09")
            assert await time.get_attribute("title") == "2026-02-03T12:09:30.000Z"
