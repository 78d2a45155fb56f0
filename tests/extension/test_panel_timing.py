"""When the panel asks, what its clock shows, and how it comes back from trouble."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from browser.chromium import chromium, until_true
from browser.pictures import picture
from extension.stage import SOON, Panel, Stage, opened, staged
from goldomatic.panel import public_state
from goldomatic.push import FORMAT, News
from support.service import ANNA, BORIS, viewer
from support.twitch import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One browser serves all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]

STEP = 5
"""Seconds by which time goes on at once: no panel asks twice within them."""
LIGHT_IS_ON = "(name) => document.querySelector('.slice[data-lit]')?.textContent === name"
TEN_MINUTES_OFF = "(() => { const real = Date.now; Date.now = () => real() + 604000; })()"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def ready(panel: Panel) -> None:
    """The panel has asked what it asks at its start, and shows it."""
    await expect(panel.id("countdown")).to_be_visible(timeout=SOON)
    await panel.settled()


async def passes(panel: Panel, stage: Stage, seconds: float, step: float = STEP) -> None:
    """Time goes by, for the browser and for the service alike."""
    for _ in range(int(seconds / step)):
        stage.clock.advance(step)
        await panel.pass_time(step, step)


# P-10
async def test_the_countdown_follows_the_services_clock(tmp_path: Path, browser: Browser) -> None:
    async with (
        staged(tmp_path) as stage,
        opened(browser, stage, timers=True, script=TEN_MINUTES_OFF) as panel,
    ):
        await expect(panel.id("left")).to_have_text("05:00", timeout=SOON)
        await panel.pass_time(1)
        await expect(panel.id("left")).to_have_text("04:59")
        track = "e => Math.round(e.clientWidth / e.parentElement.clientWidth * 100)"
        assert await panel.id("track").evaluate(track) in (99, 100)
        # P-11
        stage.clock.advance(100)
        async with panel.page.expect_response("**/api/panel/snapshot"):
            await panel.pass_time(20)
        await expect(panel.id("left")).to_have_text(re.compile("03:(20|19|1[5-9])"))


# P-12
@pytest.mark.parametrize("wrong", ["", "tomorrow", None, "9999-99-99T00:00:00Z"])
async def test_times_that_are_none_show_zero(
    tmp_path: Path, browser: Browser, wrong: str | None
) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage) as panel:
        await ready(panel)

        async def odd(route: Route) -> None:
            known = await (await route.fetch()).json()
            known["roulette"] |= {"nextSpinAt": wrong, "serverNow": wrong}
            await route.fulfill(json=known)

        await panel.page.route("**/api/panel/snapshot", odd)
        await panel.page.click("#renew")
        await expect(panel.id("left")).to_have_text("00:00", timeout=SOON)
        assert panel.complaints.found == []


# P-13
async def test_a_minute_needs_at_most_four_questions(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)
        assert stage.snapshots == 1
        for minute in range(1, 4):
            await passes(panel, stage, 60)
            assert 3 * minute <= stage.snapshots <= 4 * minute + 1
        asked = stage.asked("/api/panel/snapshot")
        assert all(each.authorization.startswith("Bearer ey") for each in asked)
        (version,) = stage.asked("/api/version")
        assert version.authorization == ""


async def test_the_first_minute_has_no_fifth_question(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)
        await passes(panel, stage, 59, step=1)
        assert stage.snapshots <= 4


# P-14, P-15
async def test_the_waits_after_failures(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)
        stage.store.down = True
        asked = stage.snapshots
        await until_asked(panel, stage, asked + 1)
        waits = [await until_asked(panel, stage, asked + number) for number in range(2, 8)]
        assert waits == [6, 12, 24, 48, 60, 60]
        # P-15: one question at once, and the delay begins anew
        asked = stage.snapshots
        await panel.el("EL-105-03").click()
        await settled(panel)
        assert stage.snapshots == asked + 1
        assert await until_asked(panel, stage, asked + 2) == 6
        # Success begins anew as well.
        stage.store.down = False
        await until_asked(panel, stage, asked + 3)
        await expect(panel.el("UI-105")).to_be_hidden()
        stage.store.down = True
        asked = stage.snapshots
        await until_asked(panel, stage, asked + 1)
        assert await until_asked(panel, stage, asked + 2) == 6


async def settled(panel: Panel) -> None:
    """Let what is due now be asked and answered."""
    await panel.settled()
    await panel.pass_time(0.001, 0.001)


async def until_asked(panel: Panel, stage: Stage, count: int) -> int:
    """Let time pass until so many questions have come; how many seconds it took."""
    for seconds in range(0, 130, 3):
        if stage.snapshots >= count:
            return seconds
        await panel.pass_time(3, 3)
    raise AssertionError("the panel does not ask any more")


# P-14
async def test_retry_after_is_honoured(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)

        refused: list[Route] = []

        async def busy(route: Route) -> None:
            body = {"code": "rate_limited", "message": "Too many.", "details": {}}
            await route.fulfill(status=429, headers={"Retry-After": "33"}, json=body)
            refused.append(route)

        await panel.page.route("**/api/panel/snapshot", busy)
        for _ in range(25):
            if not refused:
                await panel.pass_time(1)
        assert len(refused) == 1
        # A single 429 while what is shown is fresh is not worth an alert.
        await expect(panel.el("UI-105")).to_be_hidden()
        await panel.page.unroute_all()
        asked = stage.snapshots
        await panel.pass_time(30)
        assert stage.snapshots == asked
        await panel.pass_time(5)
        await settled(panel)
        assert stage.snapshots == asked + 1


# P-29
async def test_nothing_is_asked_while_nobody_sees_it(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)
        await panel.choose("visible", False)
        asked = len(stage.requests)
        await passes(panel, stage, 200)
        # Neither the hourly look for a new version nor a new token, which comes every 50 minutes.
        await passes(panel, stage, 3_900, step=300)
        assert len(stage.requests) == asked
        await panel.choose("visible", True)
        await settled(panel)
        assert [each.path for each in stage.requests[asked:]] == ["/api/panel/snapshot"]
        await panel.choose("visible", False)
        await panel.choose("visible", True)
        await settled(panel)
        assert len(stage.requests) == asked + 1, "what is fresh is not asked for again"


# P-29
async def test_a_tab_in_the_background_asks_nothing(tmp_path: Path, browser: Browser) -> None:
    hidden = """(hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    async with staged(tmp_path) as stage, opened(browser, stage, timers=True) as panel:
        await ready(panel)
        frame = panel.page.frames[-1]
        await frame.evaluate(hidden, True)
        asked = len(stage.requests)
        await passes(panel, stage, 100)
        assert len(stage.requests) == asked
        await frame.evaluate(hidden, False)
        await settled(panel)
        assert len(stage.requests) == asked + 1


# P-30
async def test_an_older_service_is_asked_by_its_three_routes(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.chat(ANNA, "!twgold Norinn")
        await stage.service.chat(BORIS, "!twgold Kael")
        stage.hook = without_snapshot
        async with opened(browser, stage, timers=True) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes", timeout=SOON)
            await expect(panel.id("mine")).to_have_text("You're in the pool as Norinn")
            await expect(panel.el("UI-104")).to_be_hidden()
            await expect(panel.frame.locator(".slice")).to_have_count(2)
            before = older_requests(stage)
            await passes(panel, stage, 120)
            assert 6 <= older_requests(stage) - before <= 10
            assert stage.snapshots == 1


def older_requests(stage: Stage) -> int:
    paths = ("/api/roulette/state", "/api/pool/me", "/api/payouts/my-last")
    return sum(len(stage.asked(path)) for path in paths)


async def without_snapshot(scope: Any, receive: Any, send: Any) -> bool:
    if scope["path"] != "/api/panel/snapshot":
        return False
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"code":"not_found","message":""}'})
    return True


# P-31
async def test_phases_move_on_between_two_answers(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        for number, name in enumerate(("Norinn", "Kael")):
            await stage.service.chat(viewer(number), f"!twgold {name}")
        await stage.service.tick(0)
        await stage.service.tick(231)
        async with opened(browser, stage, timers=True) as panel:
            phase = panel.el("EL-103-02")
            await expect(phase).to_have_text("Collecting entries for this spin…", timeout=SOON)
            await panel.page.route("**/api/panel/snapshot", lambda route: route.abort())
            await panel.pass_time(8)
            await expect(phase).to_have_text("Collecting entries for this spin…")
            await panel.pass_time(2)
            await expect(phase).to_have_text("Spinning…")
            await expect(panel.frame.locator(".wheel")).to_have_attribute("data-state", "spinning")
            await panel.pass_time(30)
            await expect(phase).to_have_text("Checking if winner is online…")
            # The wheel turns on: where it stops is not known here.
            await expect(panel.frame.locator(".wheel")).to_have_attribute("data-state", "spinning")
            await panel.pass_time(31)
            await expect(phase).to_have_text("Collecting entries for this spin…")
            await expect(panel.id("left")).to_have_text(re.compile("04:5[5-9]"))
            # The next answer wins.
            await panel.page.unroute_all()
            await stage.service.tick(241)
            await panel.page.click("#renew")
            await expect(phase).to_have_text("Spinning…", timeout=SOON)


# P-09
async def test_less_motion_is_no_motion(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.chat(ANNA, "!twgold Norinn")
        await stage.service.chat(BORIS, "!twgold Kael")
        await stage.service.tick(0)
        await stage.service.tick(241)
        moving = "() => document.getAnimations().filter((a) => a.playState === 'running').length"
        for motion in ("reduce", "no-preference"):
            async with opened(browser, stage, reduced_motion=motion) as panel:
                await expect(panel.el("EL-103-02")).to_have_text("Spinning…", timeout=SOON)
                assert (await panel.evaluate(moving) == 0) == (motion == "reduce")
                if motion == "reduce":
                    await asyncio.sleep(0.5)
                    await expect(panel.frame.locator(".slice[data-lit]")).to_have_count(0)
                    continue
                # The light passes from one to the other.
                for name in ("Norinn", "Kael", "Norinn"):
                    await until_true(panel.page.frames[-1], LIGHT_IS_ON, name)


# P-25
@pytest.mark.parametrize(
    ("remote", "is_shown"),
    [("1.1.0", True), ("0.1.0", False), ("0.0.9", False), ("0.10.0-rc1", True)],
)
async def test_a_newer_version_is_offered(
    tmp_path: Path, browser: Browser, remote: str, is_shown: bool
) -> None:
    versions = {
        "version_current_version": remote,
        "version_release_notes_url": "https://gold.example.org/notes",
    }
    async with staged(tmp_path, **versions) as stage, opened(browser, stage) as panel:
        await ready(panel)
        banner = panel.id("update")
        await expect(banner).to_be_visible(visible=is_shown)
        if not is_shown:
            return
        await expect(banner).to_contain_text(f"v{remote} (you have v0.1.0)")
        link = banner.locator("a")
        assert await link.get_attribute("href") == "https://gold.example.org/notes"
        assert await link.get_attribute("rel") == "noopener noreferrer"
        assert await banner.get_attribute("role") == "status"
        await picture(panel.page.locator("iframe"), "panel-update")
        async with panel.page.expect_request("**/panel.html*"):
            await banner.locator("button").click()


# P-25
async def test_a_version_that_cannot_be_had_shows_nothing(tmp_path: Path, browser: Browser) -> None:
    async with (
        staged(tmp_path) as stage,
        opened(browser, stage, block="**/api/version") as panel,
    ):
        await ready(panel)
        await expect(panel.id("update")).to_be_hidden()
        assert panel.complaints.besides("net::ERR_FAILED") == []


async def test_a_restart_of_the_service_is_survived(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.chat(ANNA, "!twgold Norinn")
        async with opened(browser, stage, timers=True) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome", timeout=SOON)
            await panel.evaluate("() => { window.sameDocument = true; }")
            await stage.stop()
            await panel.pass_time(20)
            await settled(panel)
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Can't reach gnomes")
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome")
            await stage.start()
            await stage.service.chat(BORIS, "!twgold Kael")
            await panel.pass_time(15)
            await settled(panel)
            await expect(panel.el("UI-105")).to_be_hidden(timeout=SOON)
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes")
            assert await panel.evaluate("() => window.sameDocument")
            assert panel.complaints.besides("net::ERR_") == []


async def test_news_through_pubsub_reach_the_panel_without_a_question(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path, push=True) as stage:
        await stage.service.tick(0)
        # The browser's time stands still: nothing is asked because of the time that went by.
        async with opened(browser, stage, BORIS, pubsub=True, timers=True) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 0 gnomes", timeout=SOON)
            await listening(stage)
            asked = stage.snapshots
            for number, name in enumerate(("Norinn", "Kael", "Tinker"), 20):
                await stage.service.chat(viewer(number), f"!twgold {name}")
            await expect(panel.id("pool")).to_have_text("Pool: 3 gnomes", timeout=SOON)
            await stage.service.tick(300)
            await stage.service.tick(541)
            await expect(panel.el("EL-103-02")).to_have_text("Spinning…", timeout=SOON)
            await stage.service.tick(571)
            name = (await stage.service.candidate())["characterName"]
            await expect(panel.frame.locator(".hub")).to_have_text(name, timeout=SOON)
            await stage.service.report(await stage.service.candidate())
            await expect(panel.id("outcome")).to_have_text(f"Winner: {name}!", timeout=SOON)
            assert stage.snapshots == asked
            # What is the viewer's own is asked for when a whisper says that there is some.
            await stage.service.chat(BORIS, "!twgold Mimir")
            await expect(panel.id("mine")).to_have_text("You're in the pool as Mimir", timeout=SOON)
            assert stage.snapshots == asked + 1


async def listening(stage: Stage) -> None:
    await until(lambda: bool(stage.twitch.broker._listeners["broadcast"]), SOON / 1000)


async def test_with_news_the_panel_asks_once_a_minute(tmp_path: Path, browser: Browser) -> None:
    async with (
        staged(tmp_path, push=True) as stage,
        opened(browser, stage, pubsub=True, timers=True) as panel,
    ):
        await ready(panel)
        await listening(stage)
        push = stage.service.service.push
        assert push is not None
        asked = stage.snapshots
        for number in range(12):
            await stage.service.chat(viewer(number), f"!twgold Name{chr(97 + number)}")
            stage.twitch.broker.publish("broadcast", await newest_news(stage))
            heard = re.compile(rf"Pool: {number + 1} gnomes?")
            await expect(panel.id("pool")).to_have_text(heard, timeout=SOON)
            await passes(panel, stage, 10)
        assert stage.snapshots - asked <= 3
        # When the news stop it asks as before.
        asked = stage.snapshots
        await passes(panel, stage, 120)
        assert stage.snapshots - asked >= 4


async def newest_news(stage: Stage) -> str:
    news = News(v=FORMAT, news=public_state(stage.service.service))
    return msgspec.json.encode(news).decode()


async def test_old_and_odd_news_are_ignored(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path, push=True) as stage:
        await stage.service.chat(ANNA, "!twgold Norinn")
        old = await newest_news(stage)
        stage.clock.advance(10)
        await stage.service.chat(BORIS, "!twgold Kael")
        async with opened(browser, stage, pubsub=True) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes", timeout=SOON)
            await listening(stage)
            for message in (old, "no json", "null", '{"v":2,"news":{}}', '{"v":1}', "[]"):
                stage.twitch.broker.publish("broadcast", message)
            stage.clock.advance(timedelta(seconds=1).total_seconds())
            await stage.service.chat(viewer(9), "!twgold Tinker")
            await expect(panel.id("pool")).to_have_text("Pool: 3 gnomes", timeout=SOON)
            assert panel.complaints.found == []


async def test_everything_can_be_reached_by_keyboard(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.win(0, (ANNA, "Norinn"))
        await stage.service.tick(300)
        async with opened(browser, stage) as panel:
            await expect(panel.el("UI-104")).to_be_visible(timeout=SOON)
            await panel.id("copy").focus()
            for name in ("proof", "EL-102-06"):
                await panel.page.keyboard.press("Tab")
                active = "document.activeElement"
                found = await panel.evaluate(f"() => {active}.dataset.el || {active}.id")
                assert found == name
                outline = f"() => getComputedStyle({active}).outlineStyle"
                assert await panel.evaluate(outline) != "none"
            await panel.id("copy").focus()
            await panel.page.keyboard.press("Enter")
            await expect(panel.id("copy")).to_have_text(re.compile("Copied|Selected"))
