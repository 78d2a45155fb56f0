"""The broadcaster runs a raffle in Debian's Chromium: panel, questions, wheel, live changes."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Request, Route, expect

from browser.axe import violations
from browser.chromium import Complaints, chromium, overflow
from browser.pictures import picture
from support import sign_in
from support.accounts import Browser as Person
from support.accounts import signed_in
from support.raffle_stage import LINK, RaffleStage
from support.service import OWNER, viewer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

SOON = 30_000
ROUND = 15_000
"""Milliseconds within which a draw is over, on a busy machine too."""
NUMBERS = range(1, 10)
XSS = "<img src=x onerror=window.hurt=1>"

# Notes every name in the middle of the reel, every state of the reel, and all that is announced.
WATCH = """() => {
  window.seen = {names: [], states: [], said: []};
  const watch = (target, options, note) => new MutationObserver(note).observe(target, options);
  const reel = document.getElementById("reel");
  const chosen = reel.querySelector(".chosen");
  const say = document.getElementById("say");
  watch(chosen, {childList: true}, () => window.seen.names.push(chosen.textContent));
  watch(reel, {attributeFilter: ["data-state"]},
    () => window.seen.states.push([reel.dataset.state, performance.now()]));
  watch(say, {childList: true}, () => say.textContent && window.seen.said.push(say.textContent));
}"""

# Looked at in every frame: a state may be over before it would be looked for again.
REACHES = """(wanted) => new Promise((done) => {
  const reached = () => window.seen.states.some(([state]) => state === wanted);
  const look = () => reached() ? done() : requestAnimationFrame(look);
  look();
})"""


@dataclass
class Scene:
    """The raffle of all tests of this file, and the browser."""

    web: sign_in.Web
    raffle: RaffleStage
    browser: Browser
    asked: list[Request] = field(default_factory=list)

    @asynccontextmanager
    async def opened(self, path: str = "", **options: Any) -> AsyncIterator[Page]:
        """The broadcaster's page, in a browser profile of its own."""
        url = self.raffle.stage.url
        context = await self.browser.new_context(**{"locale": "en-US", **options}, base_url=url)
        await context.add_cookies(
            [
                {"name": name, "value": value, "url": url}
                for name, value in self.raffle.owner.cookies.items()
            ]
        )
        try:
            page = await context.new_page()
            page.on("request", lambda request: self.asked.append(request))
            await page.goto(f"/demo-admin{path}")
            yield page
        finally:
            await context.close()

    async def began(self, *numbers: int) -> None:
        """A new session with these viewers in it, and nobody else."""
        raffle = self.raffle
        # Five entries an hour are allowed to a viewer.
        self.web.stage.clock.advance(3600)
        if raffle.state.active_id.durable is not None:
            await raffle.end(resetWeights=True)
        await raffle.start(name="Friday night")
        for entry in list(raffle.state.entries.durable.values()):
            if entry.is_pending:
                await raffle.done("DELETE", f"/api/admin/entries/{entry.id}")
        await raffle.submissions(True)
        await raffle.entered(*numbers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    proxies = (ip_network("127.0.0.0/8"),)
    folder = tmp_path_factory.mktemp("raffle")
    async with sign_in.web(folder, trusted_proxies=proxies) as web, chromium() as browser:
        visitor = await web.signed_in(OWNER)
        raffle = RaffleStage(web.stage, Person(web.stage, visitor.cookies))
        yield Scene(web, raffle, browser)


def heading(page: Page) -> Locator:
    return page.locator("#entries-heading")


def dialog(page: Page) -> Locator:
    return page.locator("dialog[open]")


async def drawn(page: Page) -> str:
    """Wait until the wheel has stopped and the dialog is there: the winner's name."""
    await expect(dialog(page)).to_be_visible(timeout=ROUND)
    return await page.locator("#result .won-name").inner_text()


async def reel_reaches(page: Page, state: str) -> None:
    """Wait until the reel is, or has been, in this state."""
    async with asyncio.timeout(SOON / 1000):
        await page.evaluate(REACHES, state)


async def idle(page: Page) -> None:
    """The draw is over, the page is live again."""
    await expect(page.locator("body")).not_to_have_attribute("data-drawing", "", timeout=ROUND)


# W-32, W-33, W-34, W-36
async def test_a_session_is_started_and_ended_in_place(scene: Scene) -> None:
    raffle = scene.raffle
    async with scene.opened() as page:
        complaints = Complaints(page)
        await page.evaluate("window.sameDocument = true")
        await expect(page.locator("#banner")).to_be_hidden()
        await expect(page.locator("#end-session")).to_be_disabled()
        await page.get_by_label("Session name (optional)").fill(XSS)
        await page.keyboard.press("Enter")
        told = page.locator("#told-session")
        await expect(told).to_have_text("Session started successfully.")
        await expect(page.locator("#session .name")).to_have_text(XSS)
        await expect(page.locator("#start-session")).to_be_disabled()
        await expect(page.locator("#say")).to_have_text("Session started successfully.")

        await page.route("**/demo-admin/submissions", lambda route: route.abort())
        await page.get_by_role("button", name="Close submissions").click()
        await expect(page.locator("#told-submissions")).to_have_text(
            "Failed to update submissions state"
        )
        await expect(page.locator("#submissions .chip")).to_have_text("Open")
        await page.unroute("**/demo-admin/submissions")
        await page.get_by_role("button", name="Close submissions").click()
        await expect(page.locator("#submissions .chip")).to_have_text("Closed")

        await raffle.submissions(True)
        await raffle.entered(1, 2)
        await expect(heading(page)).to_have_text("Active Entries (2)", timeout=SOON)
        await expect(page.locator("#submissions .chip")).to_have_text("Open")
        await expect(page.locator("#told-submissions")).to_be_hidden()
        await page.locator("#end-session").press("Enter")
        await expect(dialog(page)).to_contain_text("2 entries have not been drawn.")
        assert await violations(page) == []
        await picture(page, "raffle-admin-end")
        await page.keyboard.press("Escape")
        await expect(dialog(page)).to_have_count(0)
        await expect(page.locator("#end-session")).to_be_focused()
        await expect(page.locator("#end-session")).to_be_enabled()
        await page.keyboard.press("Enter")
        await dialog(page).get_by_role("button", name="End session").click()
        await expect(told).to_have_text("Session ended. Carry-over applied to pending entries.")
        await expect(page.locator("#entries")).to_contain_text("Carry-over for next session")
        assert await page.evaluate("window.sameDocument") is True
        assert complaints.besides("ERR_FAILED") == []


# W-22, W-37, W-38, W-48
async def test_the_list_is_searched_and_changed_in_place(scene: Scene) -> None:
    await scene.began(1, 2, 3)
    body = {"displayName": XSS, "notes": "line one\nline two", "demoLink": LINK}
    assert (await scene.raffle.enter(viewer(4), **body)).status_code == 200
    async with scene.opened() as page:
        complaints = Complaints(page)
        await page.get_by_label("Search").press_sequentially("viewer_", delay=5)
        await page.get_by_label("Sort", exact=True).select_option("name")
        await page.get_by_label("Order").select_option("asc")
        rows = page.locator("#entries tbody .name")
        await expect(rows).to_have_text([XSS, "Viewer_1", "Viewer_2", "Viewer_3"])
        assert "q=viewer_" in page.url
        await page.get_by_label("Search").fill(XSS)
        await expect(heading(page)).to_have_text("Active Entries (1)")
        await page.get_by_text("Notes", exact=True).click()
        await expect(page.locator(".notes")).to_be_visible()
        await page.get_by_label("Search").fill("")
        await expect(rows).to_have_count(4)

        await page.get_by_role("button", name="Remove: Viewer_2").click()
        await dialog(page).get_by_role("link", name="Cancel").click()
        await expect(rows).to_have_count(4)
        await page.get_by_role("button", name="Remove: Viewer_2").click()
        await dialog(page).get_by_role("button", name="Remove").click()
        await expect(rows).to_have_text([XSS, "Viewer_1", "Viewer_3"])
        await expect(page.locator("#values .number")).to_have_text("3")

        await page.get_by_role("button", name="Add temp session bonus").click()
        field = dialog(page).get_by_label("Bonus of Viewer_1")
        await field.fill("-1")
        await field.press("Enter")
        told = dialog(page).locator("#told-step")
        await expect(told).to_have_text("Enter a valid non-negative bonus")
        await expect(dialog(page).get_by_label("Bonus of Viewer_1")).to_be_focused()
        await dialog(page).get_by_label("Bonus of Viewer_1").fill("2.5")
        await page.keyboard.press("Enter")
        await expect(told).to_have_text("Bonus updated for Viewer_1")
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(page.locator("#entries")).to_contain_text("Session bonus+2.50x", timeout=SOON)
        assert await page.evaluate("window.hurt") is None
        assert complaints.besides("400") == []


# W-40, W-41
async def test_what_is_typed_survives_what_happens(scene: Scene) -> None:
    await scene.began(1, 2)
    raffle = scene.raffle
    async with scene.opened("?tab=weights") as page:
        base = page.get_by_label("Base Weight")
        await base.fill("2.5")
        await raffle.entered(3)
        await expect(page.locator("#values .number")).to_have_text("3", timeout=SOON)
        await expect(base).to_have_value("2.5")
        await expect(base).to_be_focused()
        await expect(page.locator("#weights-changed")).to_be_hidden()
        await raffle.done("PUT", "/api/admin/weight-settings", json={"settings": {"resubCap": 7}})
        await raffle.entered(4)
        await expect(page.locator("#weights-changed")).to_be_visible(timeout=SOON)
        await expect(base).to_have_value("2.5")
        await expect(page.get_by_label("Resub Cap")).to_have_value("7")

        await long_work_is_shown(raffle, page)
        await page.get_by_role("button", name="Try on present entries").click()
        await expect(page.locator("#tried")).to_contain_text("4 of 4 weights would change.")
        await expect(page.locator("#tried")).to_be_focused()
        await picture(page, "raffle-admin-try")
        await raffle.entered(5)
        await expect(page.locator("#values .number")).to_have_text("5", timeout=SOON)
        await expect(page.locator("#tried")).to_contain_text("4 of 4 weights would change.")
        await expect(base).to_have_value("2.5")
        divisor = page.get_by_label("Cheer Bits Divisor")
        await divisor.fill("0")
        await page.get_by_role("button", name="Save Settings").click()
        wrong = page.locator("#cheerBitsDivisor-wrong")
        await expect(wrong).to_have_text("Enter a number greater than 0.")
        assert await violations(page) == []
        await divisor.fill("1000")
        told = page.locator("#told-weights")
        await expect(told).to_contain_text("Nothing was saved")
        await page.get_by_role("button", name="Try on present entries").click()
        await expect(page.locator("#tried")).to_contain_text("5 of 5 weights would change.")
        await expect(told).to_be_hidden()
        await page.get_by_role("button", name="Save Settings").click()
        await expect(page.locator("#told-weights")).to_have_text("Settings saved successfully!")
        await expect(base).to_have_value("2.5")
    defaults = {"baseWeight": 1, "resubCap": 5}
    await raffle.done("PUT", "/api/admin/weight-settings", json={"settings": defaults})


async def long_work_is_shown(raffle: RaffleStage, page: Page) -> None:
    bar = page.get_by_role("progressbar", name="The session is being ended")
    with raffle.stage.service.raffle.progress.of("end") as told:
        told(300, 1000)
        await expect(bar).to_have_attribute("value", "300")
        told(1000, 1000)
        await expect(page.locator("#progress-label")).to_contain_text("being written to the disk")
    await expect(bar).to_be_hidden()


# W-42, W-43, W-45, W-46, W-47, W-53
async def test_the_wheel_stops_at_the_winner(scene: Scene) -> None:
    await scene.began()
    raffle = scene.raffle
    long = f"{LINK}/{'x' * (99 - len(LINK))}"
    for number in NUMBERS:
        await raffle.enter(viewer(number), demoLink=long, notes="first line\nsecond line")
        await raffle.give(number, "cheer", 400 * number)
    wide = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}
    async with scene.opened("?tab=raffle", **wide) as page:
        complaints = Complaints(page)
        await page.evaluate(WATCH)
        button = page.locator("#draw-winner")
        await button.press("Enter")
        await expect(button).to_be_disabled()
        await expect(button).to_have_text("Drawing...")
        for control in ("#end-session", "#baseWeight", "#hide"):
            await expect(page.locator(control)).to_be_disabled()
        async with asyncio.timeout(SOON / 1000):
            while raffle.state.hidden.durable is None:  # noqa: ASYNC110 - it is told to nobody
                await asyncio.sleep(0.02)
        # It is drawn by now, and nobody else knows.
        assert (await raffle.seen("/api/winner"))["winner"] is None
        assert (await raffle.seen("/api/leaderboard"))["totalEntries"] == len(NUMBERS)
        await reel_reaches(page, "slows")
        await picture(page, "raffle-admin-wheel")

        name = await drawn(page)
        seen = await page.evaluate("window.seen")
        (won,) = raffle.state.sessions.durable[raffle.state.active_id.durable].wins
        assert seen["names"][-1] == name == raffle.state.entries.durable[won].name
        assert [state for state, _ in seen["states"]] == ["turns", "slows", "stopped"]
        (_, began), (_, slowed), (_, stopped) = seen["states"]
        assert slowed - began >= 2000
        assert stopped - slowed >= 16 * 80 + 300
        assert len(seen["names"]) >= 16 + 15
        assert {*seen["names"]} == {f"Viewer_{number}" for number in NUMBERS}
        assert seen["said"] == [f"The winner is {name}."]
        assert (await raffle.seen("/api/winner"))["winner"]["name"] == name
        assert await violations(page) == []
        await picture(page, "raffle-admin-winner")
        await expect(dialog(page).get_by_role("link").first).to_have_text(long[:77] + "…")
        await page.keyboard.press("Escape")
        await idle(page)
        await expect(page.locator("#draw-winner")).to_be_focused()
        await expect(page.locator("#values .number")).to_have_text(str(len(NUMBERS) - 1))
        await page.get_by_text("Draw and proof").click()
        seed = await page.locator("#result code[id^=seed-]").text_content()
        assert re.fullmatch("[0-9a-f]{64}", seed or "")
        posts = [urlsplit(each.url).path for each in scene.asked if each.method == "POST"]
        assert posts.count("/api/pick-winner") == 1

        await the_last_is_drawn(scene, page)
        assert complaints.found == []


async def the_last_is_drawn(scene: Scene, page: Page) -> None:
    """The second draw, without a new page, while something changes in the middle of it."""
    entries = scene.raffle.state.entries.durable.values()
    *others, last = [entry for entry in entries if entry.is_pending]
    for entry in others:
        await scene.raffle.done("DELETE", f"/api/admin/entries/{entry.id}")
    await expect(page.locator("#values .number")).to_have_text("1", timeout=SOON)
    await page.evaluate("window.seen.states = []")
    await page.locator("#draw-winner").press("Enter")
    await reel_reaches(page, "turns")
    await scene.raffle.submissions(False)
    await reel_reaches(page, "slows")
    await expect(page.locator("#values .number")).to_have_text("1")
    await expect(page.locator("#draw-winner")).to_be_visible()
    assert await drawn(page) == last.name
    await page.keyboard.press("Escape")
    await idle(page)
    await expect(page.locator("#values .number")).to_have_text("0")
    await expect(page.locator("#submissions .chip")).to_have_text("Closed")
    await expect(page.locator("#empty-pool")).to_have_text("No entries to draw from")
    await expect(page.locator("#result .won-name")).to_have_text(last.name)


# W-44
async def test_a_draw_that_fails_stops_the_wheel(scene: Scene) -> None:
    await scene.began(1, 2, 3)

    async def taken(route: Route) -> None:
        body = {"success": False, "error": "busy", "errorCode": "DRAW_IN_PROGRESS"}
        await route.fulfill(status=409, json=body)

    async def unknown(route: Route) -> None:
        body = {"success": False, "error": "Something of its own", "errorCode": "NEW_CODE"}
        await route.fulfill(status=400, json=body)

    async def broken(route: Route) -> None:
        await route.fulfill(status=502, body="<html>")

    async def lost(route: Route) -> None:
        await route.abort()

    async with scene.opened("?tab=raffle") as page:
        await page.evaluate(WATCH)
        for answer, text in (
            (taken, "A draw is already in progress"),
            (unknown, "Something of its own"),
            (broken, "Failed to draw winner"),
            (lost, "An error occurred"),
        ):
            await page.route("**/api/pick-winner", answer)
            await page.locator("#draw-winner").click()
            await expect(page.locator("#told-wheel")).to_have_text(text)
            await expect(page.locator("#draw-winner")).to_be_enabled()
            await expect(page.locator("#reel")).to_have_attribute("data-state", "idle")
            still = len(await page.evaluate("window.seen.names"))
            await asyncio.sleep(0.25)
            assert len(await page.evaluate("window.seen.names")) == still
            await page.unroute("**/api/pick-winner")
        assert scene.raffle.state.pool_count.durable == 3


# W-54
async def test_without_motion_the_result_takes_the_same_time(scene: Scene) -> None:
    await scene.began(1, 2, 3)
    async with scene.opened("?tab=raffle", reduced_motion="reduce") as page:
        await page.evaluate(WATCH)
        await page.locator("#draw-winner").click()
        await drawn(page)
        seen = await page.evaluate("window.seen")
        assert seen["names"] == []
        (_, began), (_, stopped) = seen["states"]
        assert [state for state, _ in seen["states"]] == ["waits", "stopped"]
        assert stopped - began >= 2000 + 16 * 80 + 300
        assert len(seen["said"]) == 1


# W-03: section 5.1
async def test_who_is_signed_out_sees_nothing_more(scene: Scene) -> None:
    await scene.began(1)
    mine = scene.raffle.owner
    scene.raffle.owner = await signed_in(scene.raffle.stage, OWNER)
    try:
        async with scene.opened() as page:
            await expect(heading(page)).to_have_text("Active Entries (1)")
            await scene.raffle.owner.post("/api/auth/signout")
            scene.raffle.owner = mine
            await scene.raffle.entered(2)
            await expect(page.locator("#access-heading")).to_be_visible(timeout=SOON)
            assert "Viewer_1" not in await page.content()
    finally:
        scene.raffle.owner = mine


# W-55: of all pages that these tests have seen
async def test_every_width_and_colour(scene: Scene) -> None:
    await scene.began(*range(1, 8))
    await scene.raffle.draw()
    paths = ["", "?tab=weights", "?tab=raffle", "/history", "/bonus", "/session/end"]
    for width, scheme, language in (
        (318, "light", "ru"),
        (390, "dark", "ru"),
        (1440, "light", "en"),
    ):
        options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
        async with scene.opened(f"?lang={language}", **options) as page:
            complaints = Complaints(page)
            for path in paths:
                await page.goto(f"/demo-admin{path}")
                assert await overflow(page) == [], (width, path)
                if width == 390 or path in ("", "?tab=raffle"):
                    assert await violations(page) == [], (width, path)
                if (path == "" and width != 318) or (path == "/history" and width == 1440):
                    name = path.strip("/") or "dashboard"
                    await picture(page, f"raffle-admin-{name}-{width}-{language}")
            assert complaints.found == []
    hosts = {urlsplit(each.url).netloc for each in scene.asked}
    assert hosts == {urlsplit(scene.raffle.stage.url).netloc}
    assert not [each for each in scene.asked if "/api/twitch/sync" in each.url]
