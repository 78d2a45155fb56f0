"""The overlay in Chromium, as a streaming program shows it: the real service and its real feed."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from browser.axe import violations
from browser.chromium import Complaints, chromium, overflow, until_true
from browser.pictures import picture
from browser.service_process import ServiceProcess
from browser.staged_service import Stage, staged
from goldomatic.channel import renew_overlay_link
from goldomatic.overlay.api import link_path
from goldomatic.payouts.events import PayoutStatus

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One browser serves all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]

INTERVAL = 10
SOON = 30_000
OBS = {"width": 1280, "height": 720}
SIZES = ((318, 700), (390, 844), (1440, 900), (1920, 1080), (800, 600))
# The program's clock is ahead of the service's by more than ten minutes, no whole round.
CLOCK_AHEAD = """
const real = Date.now.bind(Date);
Date.now = () => real() + 750000;
"""
# When the wheel came to its stop and when the card was shown, as the page itself saw it.
WATCHED = """
window.seen = {};
new MutationObserver(() => {
    const state = document.getElementById("wheel").dataset.state ?? "";
    if (state.startsWith("landed")) window.seen.landed ??= performance.now();
    if (!document.getElementById("winner").hidden) window.seen.card ??= performance.now();
}).observe(document.documentElement, { attributes: true, subtree: true });
"""
# What counts as silence is a second.
IMPATIENT = """
const wait = setTimeout;
window.setTimeout = (work, ms) => wait(work, ms === 40000 ? 1000 : ms);
"""


@asynccontextmanager
async def overlay(browser: Browser, stage: Stage, **options: Any) -> AsyncIterator[Page]:
    """The overlay of a staged service, open."""
    script, language = options.pop("script", None), options.pop("language", "en")
    options = {"viewport": OBS, "reduced_motion": "reduce", **options}
    context = await browser.new_context(**options)
    try:
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        base = str(stage.http.base_url).rstrip("/")
        await page.goto(f"{base}{link_path(stage.service)}&lang={language}")
        await shown(page)
        yield page
    finally:
        await context.close()


async def shown(page: Page) -> None:
    """The first scene has come."""
    await expect(page.locator("#to-spin")).not_to_have_text("--:--")
    await expect(page.locator("#wheel")).to_have_attribute("data-state", re.compile("."))


async def is_fit(page: Page, name: str) -> None:
    """Nothing to complain about in this state, and its picture where pictures are asked for."""
    assert await violations(page) == []
    await picture(page, f"overlay-{name}", transparent=True)


def slices(page: Page) -> Any:
    return page.locator("#wheel .slice text")


def state(page: Page) -> Any:
    return page.locator("#wheel")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_round_as_the_stream_sees_it(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, overlay(browser, stage) as page:
        complaints = Complaints(page)
        await page.evaluate("window.sameDocument = true")
        await expect(page.locator("#phase")).to_have_text("Waiting for gnomes")
        await expect(page.locator("#pool")).to_have_text("0 gnomes in the pool")
        await is_fit(page, "idle")
        await stage.enrol("Norinn")
        await expect(page.locator("#pool")).to_have_text("1 gnome in the pool")
        await expect(page.locator("#news")).to_have_text("Norinn is in!")
        await stage.enrol("Kael", "Ёжик", first_viewer=1002)
        await stage.next_round()
        await expect(page.locator("#phase")).to_have_text("Collecting names")
        await expect(slices(page)).to_have_text(["Norinn", "Kael", "Ёжик"])
        await expect(state(page)).to_have_attribute("data-state", "resting")
        await is_fit(page, "collecting")

        name = await stage.draw()
        await expect(page.locator("#phase")).to_have_text("The wheel is spinning!")
        await expect(state(page)).to_have_attribute("data-state", "spinning")
        await stage.enrol("Toolate", first_viewer=1005)
        await expect(page.locator("#pool")).to_have_text("4 gnomes in the pool")
        await expect(slices(page)).to_have_text(["Norinn", "Kael", "Ёжик"])
        await expect(page.locator("#winner")).to_be_hidden()
        await is_fit(page, "spinning")

        await stage.stop_wheel()
        await expect(page.locator("#phase")).to_have_text("Checking if the winner is online…")
        await expect(state(page)).to_have_attribute("data-state", f"landed {name}")
        await expect(page.locator("#winner")).to_be_hidden()
        await is_fit(page, "verification")

        payout = await stage.report(name, online=True)
        card = page.locator("#winner")
        await expect(card).to_contain_text(f"{name} wins 1,000 gold!")
        await expect(page.locator("#payout")).to_have_text("Pending")
        await is_fit(page, "winner")
        await stage.move(payout, PayoutStatus.IN_PROGRESS)
        await expect(page.locator("#payout")).to_have_text("In progress")
        await stage.move(payout, PayoutStatus.SENT)
        await expect(page.locator("#payout")).to_have_text("Sent")
        await is_fit(page, "sent")

        stage.now += timedelta(seconds=31)
        await stage.enrol("Newcomer", first_viewer=1006)
        await expect(card).to_be_hidden()
        # Each line is shown for four seconds and comes again after a turn of all.
        for line in ("Newcomer is in!", f"Last winner: {name}"):
            await expect(page.locator("#news")).to_have_text(line, timeout=4 * SOON)
        assert await page.evaluate("window.sameDocument") is True
        assert complaints.found == []


async def test_a_round_without_a_winner_names_nobody(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.enrol("Norinn")
        await stage.play(online=False)
        async with overlay(browser, stage, language="ru") as page:
            card = page.locator("#winner")
            await expect(card).to_have_text("В этом раунде победителя нет.")
            await expect(page.locator("#payout")).to_be_hidden()
            await is_fit(page, "nobody-ru")


async def test_the_drawn_name_is_not_in_the_page_before_the_service_tells_it(
    browser: Browser, tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage, overlay(browser, stage) as page:
        # What is on the wheel is chosen without the draw: of these one is drawn, and named nowhere.
        await stage.enrol(*(f"Gnome{a}{b}" for a in "abcdefghij" for b in "abcdefghij"))
        await stage.next_round()
        name = await stage.draw()
        await expect(state(page)).to_have_attribute("data-state", "spinning")
        lit = page.locator("#wheel [data-lit]")
        assert await lit.count() == 0
        on_wheel = await slices(page).all_text_contents()
        assert len(on_wheel) == 40
        assert on_wheel[-1] == "+61"
        await is_fit(page, "many")
        if name not in on_wheel:
            assert name not in (await page.content())
        await stage.stop_wheel()
        await expect(state(page)).to_have_attribute("data-state", f"landed {name}")
        await expect(page.locator("#wheel .hub")).to_have_text(name)
        expected = name if name in on_wheel else "+61"
        await expect(lit.locator("text")).to_have_text(expected)


async def test_a_report_during_the_spin_waits_for_the_wheel(
    browser: Browser, tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage, overlay(browser, stage) as page:
        await stage.enrol("Norinn", "Kael")
        await stage.next_round()
        name = await stage.draw()
        await stage.report(name, online=True)
        await expect(state(page)).to_have_attribute("data-state", "spinning")
        await asyncio.sleep(0.6)
        await expect(state(page)).to_have_attribute("data-state", "spinning")
        await expect(page.locator("#winner")).to_be_hidden()
        await stage.stop_wheel()
        await stage.enrol("Someone", first_viewer=1005)
        await expect(state(page)).to_have_attribute("data-state", f"landed {name}")
        await expect(page.locator("#winner")).to_contain_text(f"{name} wins")


async def test_motion_is_shown_only_to_those_who_like_it(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.enrol("Norinn", "Kael")
        await stage.next_round()
        await stage.draw()
        running = "document.getAnimations().filter((one) => one.playState === 'running').length"
        async with overlay(browser, stage) as page:
            await expect(state(page)).to_have_attribute("data-state", "spinning")
            assert await page.evaluate(running) == 0
        async with overlay(browser, stage, reduced_motion="no-preference") as page:
            await expect(state(page)).to_have_attribute("data-state", "spinning")
            assert await page.evaluate(running) > 0
            # The wheel takes three seconds to stop; the card does not tell before it has.
            await page.evaluate(WATCHED)
            await stage.stop_wheel()
            name = stage.cycle.candidate.character_name  # type: ignore[union-attr]
            await stage.report(name, online=True)
            await expect(state(page)).to_have_attribute("data-state", f"landed {name}")
            await expect(page.locator("#winner")).to_contain_text(name)
            await until_true(page, "window.seen.card !== undefined")
            assert await page.evaluate("window.seen.card - window.seen.landed") >= 2_990


async def test_the_countdown_follows_the_services_clock(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.enrol("Norinn")
        await stage.next_round()
        stage.now += timedelta(seconds=59)
        async with overlay(browser, stage, script=CLOCK_AHEAD) as page:
            for _ in range(3):
                text = await page.locator("#to-spin").inner_text()
                minutes, seconds = text.split(":")
                # By its own clock alone it would show a minute and a half.
                assert 200 <= int(minutes) * 60 + int(seconds) <= 240
                await asyncio.sleep(0.7)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_fits_and_lets_the_game_through(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    async with staged(tmp_path, reads_per_minute=10_000) as stage:
        await stage.enrol(*(f"Gnomegears{a}{b}" for a in "abcdefgh" for b in "abcdefgh"))
        await stage.play()
        async with overlay(browser, stage, language=language, color_scheme="light") as page:
            complaints = Complaints(page)
            assert await page.evaluate("document.documentElement.lang") == language
            await expect(page.locator("#winner")).to_be_visible()
            for element in ("html", "body", "main"):
                colour = "e => getComputedStyle(e).backgroundColor"
                assert await page.locator(element).evaluate(colour) == "rgba(0, 0, 0, 0)"
            for width, height in SIZES:
                await page.set_viewport_size({"width": width, "height": height})
                assert await overflow(page) == [], width
                for box in [await each.bounding_box() for each in await boxes(page)]:
                    assert box is not None
                    assert box["x"] >= 0
                    assert box["y"] >= 0
                    assert box["x"] + box["width"] <= width
                    assert box["y"] + box["height"] <= height + 1, (width, height)
            assert complaints.found == []


async def boxes(page: Page) -> Any:
    return await page.locator(".plate, #wheel").all()


# Trouble


async def test_a_link_that_was_renewed_is_said_in_words(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, overlay(browser, stage) as page:
        await stage.enrol("Norinn")
        await expect(page.locator("#news")).to_have_text("Norinn is in!")
        await stage.service.ledger.change(renew_overlay_link("operator"))
        note = page.locator("#note")
        await expect(note).to_contain_text("link is not valid any more", timeout=SOON)
        await is_fit(page, "renewed")
        await stage.enrol("Kael", first_viewer=1002)
        await asyncio.sleep(1)
        await expect(page.locator("#pool")).to_have_text("1 gnome in the pool")


async def test_an_old_link_opens_nothing_but_words(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        old = link_path(stage.service)
        await stage.service.ledger.change(renew_overlay_link("operator"))
        context = await browser.new_context(viewport=OBS)
        page = await context.new_page()
        answer = await page.goto(str(stage.http.base_url).rstrip("/") + old)
        assert answer is not None
        assert answer.status == 403
        await expect(page.locator("h1")).to_have_text("This link opens nothing")
        await is_fit(page, "refused")
        colour = "e => getComputedStyle(e).backgroundColor"
        assert await page.locator("body").evaluate(colour) == "rgba(0, 0, 0, 0)"
        await context.close()


async def test_too_many_questions_are_said_in_words(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path, reads_per_minute=2) as stage, overlay(browser, stage) as page:
        await expect(page.locator("#note")).to_be_hidden()
        stage.service.overlay_feed.disconnect()
        await expect(page.locator("#note")).to_contain_text("The service is busy", timeout=SOON)
        await is_fit(page, "busy")


async def test_a_connection_that_died_in_silence_is_made_anew(
    browser: Browser, tmp_path: Path
) -> None:
    """A proxy may keep a connection open that leads nowhere."""
    async with staged(tmp_path) as stage, overlay(browser, stage, script=IMPATIENT) as page:
        await stage.enrol("Norinn")
        await expect(page.locator("#pool")).to_have_text("1 gnome in the pool")
        async with page.expect_request("**/api/overlay/live*"):
            pass
        await stage.enrol("Kael", first_viewer=1002)
        await expect(page.locator("#pool")).to_have_text("2 gnomes in the pool")
        await expect(page.locator("#note")).to_be_hidden()


async def test_a_restart_of_the_service_is_survived(browser: Browser, tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path, INTERVAL, SECRET_KEY="a secret of at least 32 characters!!")
    await service.start()
    try:
        link = await service.overlay_link()
        page = await browser.new_page(viewport=OBS)
        complaints = Complaints(page)
        await page.goto(link)
        await page.evaluate("window.sameDocument = true")
        await service.say(1001, "!twgold Norinn")
        await expect(page.locator("#pool")).to_have_text("1 gnome in the pool", timeout=SOON)
        note = page.locator("#note")
        await expect(note).to_be_hidden()
        await service.stop()
        await expect(note).to_have_text("Reconnecting…", timeout=SOON)
        await is_fit(page, "reconnecting")
        await service.start()
        await service.say(1002, "!twgold Kael")
        await expect(note).to_be_hidden(timeout=40_000)
        await expect(page.locator("#pool")).to_have_text("2 gnomes in the pool", timeout=SOON)
        won = await service.winner(6 * INTERVAL)
        await expect(page.locator("#winner")).to_contain_text(
            f"{won['characterName']} wins 1,000 gold!", timeout=SOON
        )
        assert await page.evaluate("window.sameDocument") is True
        assert complaints.besides("net::ERR_") == []
        await page.close()
    finally:
        await service.stop()
