"""The broadcaster's views on the simulated Twitch, every state reached through the real service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Route, expect

from browser.chromium import chromium
from browser.pictures import picture
from extension.stage import SOON, Panel, Stage, opened, staged
from goldomatic.config import Secret
from support.service import (
    ANNA,
    API_KEY,
    BORIS,
    CLARA,
    EVENTSUB_SECRET,
    EXTENSION_SECRET,
    viewer,
)
from support.service import Stage as Service
from support.watcher import watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One browser serves all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]

WIDTHS = (318, 390, 1440)
LISTED = ["extension", "desktop", "eventSub", "helix", "overlay"]
ONLY = "Only the broadcaster can open this page."
SESSION = "/api/broadcaster/session"
EXPECTED = ("status of 4", "status of 5", "net::ERR_", "its sandbox attribute")
"""The browser's own words about answers that a test brought about, and about the imitation."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@dataclass
class View(Panel):
    """A view that somebody has opened in the imitation of Twitch."""

    def role(self, role: Any, name: str | None = None, **which: Any) -> Locator:
        return self.frame.get_by_role(role, **({"name": name} if name else {}), **which)

    async def tab(self, name: str) -> None:
        await self.role("tab", name).click()

    def item(self, name: str) -> Locator:
        return self.frame.locator(f'[data-item="{name}"]')

    async def is_done(self, name: str, state: bool) -> None:
        await expect(self.item(name)).to_have_attribute("data-done", str(state).lower())

    async def again(self) -> None:
        """Have the page look again, and wait until it has."""
        await self.tab("Dashboard")
        async with self.page.expect_response(f"**{SESSION}"):
            await self.el("EL-202-03").click()
        await expect(self.id("said")).to_have_text("Refreshed.")

    async def new_token(self) -> None:
        await self.page.click("#renew")

    async def is_fit(self, name: str) -> None:
        """Nothing to complain about in this state, and its picture where pictures are asked for."""
        assert await self.violations() == []
        frame = self.page.locator("iframe")
        await frame.evaluate(
            "one => one.style.height = `${one.contentDocument.documentElement.scrollHeight}px`"
        )
        await picture(frame, f"broadcaster-{name}")


@asynccontextmanager
async def chromium_view(
    stage: Stage, browser: Browser, place: str = "config", **options: Any
) -> AsyncIterator[View]:
    chosen = {"role": "broadcaster", "place": place, "viewport": {"width": 1000, "height": 900}}
    async with opened(browser, stage, **(chosen | options)) as panel:
        yield View(panel.page, panel.complaints, stage)


@asynccontextmanager
async def view_of(
    browser: Browser, folder: Path, place: str = "config", **settings: Any
) -> AsyncIterator[tuple[View, Stage]]:
    """The view of a fresh service, opened by the broadcaster and filled."""
    async with (
        staged(folder, **settings) as stage,
        chromium_view(stage, browser, place) as view,
    ):
        await expect(view.el("UI-201" if place == "config" else "UI-202")).to_be_visible()
        yield view, stage
        assert view.complaints.besides(*EXPECTED) == []


# Who may look


# P-32
async def test_others_see_the_refusal_and_nothing_else(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for role in ("viewer", "moderator"):
            async with chromium_view(stage, browser, role=role) as view:
                await expect(view.id("gate")).to_have_text(ONLY)
                await expect(view.id("views")).to_be_hidden()
                await view.is_fit("refused")
                assert stage.requests == []


# P-32
async def test_a_token_for_another_channel_opens_nothing(browser: Browser, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        token = stage.service.token(ANNA, role="broadcaster", channel_id="1")
        auth = {"channelId": "1", "clientId": "x", "userId": "U1", "token": token}
        async with chromium_view(stage, browser, block="**/demo/authorize*") as view:
            await expect(view.id("gate")).to_have_text("Loading gnome gears…")
            await view.is_fit("loading")
            await view.page.route("**/demo/authorize*", lambda route: route.fulfill(json=auth))
            await view.new_token()
            await expect(view.id("gate")).to_have_text(ONLY)
            await expect(view.id("views")).to_be_hidden()


async def test_what_is_missing_is_said(browser: Browser, tmp_path: Path) -> None:
    async with (
        staged(tmp_path) as stage,
        chromium_view(stage, browser, block="**/helper.js") as view,
    ):
        await expect(view.id("gate")).to_contain_text("helper not found")
        await view.is_fit("no-helper")
        assert stage.requests == []


# UI-201


# P-33
async def test_the_checklist_tests_what_it_lists(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        items = await view.el("EL-201-01").locator("li").all()
        assert [await each.get_attribute("data-item") for each in items] == LISTED
        for name in LISTED:
            await view.is_done(name, name == "extension")
        await view.is_fit("setup")
        await stage.service.operator("GET", "/api/payouts")
        await stage.service.chat(ANNA, "hello")
        stage.clock.advance(60)
        link = (await stage.service.as_owner("GET", "/api/broadcaster/overlay")).json()["url"]
        query = link.partition("?")[2]
        async with watched(stage.service, f"/api/overlay/live?{query}", first="scene"):
            await view.again()
            await view.tab("Setup")
            for name in ("desktop", "eventSub", "overlay"):
                await view.is_done(name, True)
            await expect(view.item("desktop")).to_contain_text("60 seconds ago")
            await view.is_fit("setup-done")
        stage.clock.advance(120)
        await view.again()
        await view.is_done("desktop", False)
        await view.is_done("eventSub", True)
        await view.is_done("overlay", False)


async def test_the_checklist_knows_whether_chat_can_be_written(
    browser: Browser, tmp_path: Path
) -> None:
    settings = {"twitch_client_id": "id", "twitch_broadcaster_token": Secret("token")}
    async with view_of(browser, tmp_path, **settings) as (view, _):
        await view.is_done("helix", True)


# P-34
async def test_the_state_of_the_service_is_pinged(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        state = view.el("EL-201-03").get_by_role("status")
        await expect(state).to_have_text("(●) OK")
        await expect(view.el("EL-201-03")).to_contain_text(stage.url)
        stage.store.down = True
        await view.role("button", "Test now").click()
        await expect(state).to_have_text("(●) fail")
        await view.is_fit("setup-fail")
        stage.store.down = False
        await view.role("button", "Test now").click()
        await expect(state).to_have_text("(●) OK")


async def test_the_setup_docs_open_in_a_new_tab(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, _):
        await expect(view.el("EL-201-04")).to_have_attribute("rel", "noopener noreferrer")
        async with view.page.expect_popup() as popup:
            await view.el("EL-201-04").click()
        await expect((await popup.value).locator("body")).to_contain_text("OBS")


async def test_the_overlays_link_is_hidden_until_asked_for(
    browser: Browser, tmp_path: Path
) -> None:
    # The browser's time stands still: what a button says for two seconds can be read.
    async with (
        staged(tmp_path) as stage,
        chromium_view(stage, browser, timers=True) as view,
    ):
        await view.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        url = (await stage.service.as_owner("GET", "/api/broadcaster/overlay")).json()["url"]
        field = view.frame.get_by_label("Overlay link")
        await expect(field).to_have_value(url)
        await expect(field).to_have_attribute("type", "password")
        await view.role("button", "Show").click()
        await expect(field).to_have_attribute("type", "text")
        await view.role("button", "Hide").click()
        await expect(field).to_have_attribute("type", "password")
        await view.role("button", "Copy").click()
        await expect(view.role("button", "Copied")).to_be_visible()
        assert await view.evaluate("() => navigator.clipboard.readText()") == url
        await view.pass_time(3)
        await expect(view.role("button", "Copied")).to_be_hidden()


async def test_a_new_link_is_made_after_a_question(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        field = view.frame.get_by_label("Overlay link")
        old = await field.input_value()
        await view.role("button", "New link").click()
        await view.is_fit("setup-new-link")
        await view.role("button", "Make a new link").click()
        await expect(view.id("said")).to_contain_text("There is a new link.")
        new = await field.input_value()
        assert new != old
        for url, status in ((old, 403), (new, 200)):
            path = f"/api/overlay/scene?{url.partition('?')[2]}"
            assert (await stage.service.request("GET", path)).status_code == status


# UI-202


# P-35
async def test_the_dashboard_lists_winners_and_open_payouts(
    browser: Browser, tmp_path: Path
) -> None:
    async with view_of(browser, tmp_path, "live-config") as (view, stage):
        await expect(view.el("EL-202-01")).to_have_text("No winners yet.")
        await expect(view.el("EL-202-02")).to_have_text("No open payouts.")
        await view.is_fit("dashboard-empty")
        service: Service = stage.service
        first = await service.win(0, (ANNA, "Norinn"))
        await service.patch(first, "InProgress")
        await service.patch(first, "Sent")
        second = await service.win(300, (BORIS, "Kael"))
        third = await service.win(600, (CLARA, "Thrumbolt"))
        await service.accept(second, "Kael")
        await view.again()
        lines = view.el("EL-202-01").locator("li")
        times = await view.el("EL-202-01").locator("time").all_text_contents()
        assert await lines.locator("strong").all_text_contents() == ["Thrumbolt", "Kael", "Norinn"]
        assert times == [await local_time(view, minute) for minute in (14, 9, 4)]
        await expect(lines.nth(2)).to_contain_text("Sent")
        open_lines = view.el("EL-202-02").locator("li")
        assert await open_lines.locator("strong").all_text_contents() == ["Thrumbolt", "Kael"]
        consent = open_lines.locator("[data-consent]")
        assert await consent.all_text_contents() == ["no consent yet", "✓ consented"]
        await service.patch(third, "InProgress")
        await view.again()
        await expect(open_lines.first).to_contain_text("In progress")
        await view.is_fit("dashboard")


async def local_time(view: View, minute: int) -> str:
    """12:MM of the test's day, on the clock of the browser."""
    found = await view.evaluate(
        "(_, minute) => new Date(Date.UTC(2026, 10, 21, 12, minute)).toTimeString().slice(0, 5)",
        minute,
    )
    return str(found)


async def test_the_dashboard_shows_phase_and_countdown(browser: Browser, tmp_path: Path) -> None:
    # The browser's time stands still: only what the service says moves the countdown.
    async with (
        staged(tmp_path) as stage,
        chromium_view(stage, browser, "live-config", timers=True) as view,
    ):
        await stage.service.chat(ANNA, "!twgold Norinn")
        for seconds, phase, left in (
            (0, "Collecting entries for this spin…", "05:00"),
            (241, "Spinning…", "00:59"),
            (271, "Checking if winner is online…", "00:29"),
        ):
            await stage.service.tick(seconds)
            await view.again()
            await expect(view.el("UI-202")).to_contain_text(phase)
            await expect(view.role("timer")).to_have_text(left)
        await view.pass_time(3)
        await expect(view.role("timer")).to_have_text("00:26")


async def test_it_looks_again_by_itself_while_it_is_seen(browser: Browser, tmp_path: Path) -> None:
    async with (
        staged(tmp_path) as stage,
        chromium_view(stage, browser, "live-config", timers=True) as view,
    ):
        await expect(view.el("UI-202")).to_contain_text("Pool: 0 gnomes")
        await stage.service.chat(ANNA, "!twgold Norinn")
        await view.pass_time(32, 4)
        await expect(view.el("UI-202")).to_contain_text("Pool: 1 gnome")
        await view.choose("visible", False)
        before = len(stage.requests)
        await view.pass_time(120, 10)
        assert len(stage.requests) == before
        await stage.service.chat(BORIS, "!twgold Kael")
        await view.choose("visible", True)
        await view.pass_time(1)
        await expect(view.el("UI-202")).to_contain_text("Pool: 2 gnomes")


# UI-203


# P-36
async def test_settings_are_fixed(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        await view.tab("Settings")
        await expect(view.el("EL-203-01")).to_have_text(
            "Gold per winning payout: 1,000g (MVP fixed)"
        )
        await expect(view.el("EL-203-02")).to_have_text("Spin interval: 5:00 (MVP fixed)")
        box = view.el("EL-203-03")
        await expect(box).to_be_disabled()
        await expect(box).not_to_be_checked()
        await view.is_fit("settings")
        before = len(stage.requests)
        await box.click(force=True)
        await view.frame.get_by_text("Pause distribution (coming soon)").click(force=True)
        await expect(box).not_to_be_checked()
        assert len(stage.requests) == before


# UI-204


# P-37
async def test_a_pending_payout_is_cancelled_after_a_question(
    browser: Browser, tmp_path: Path
) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        payout = await stage.service.win(0, (ANNA, "Norinn"))
        await view.again()
        await view.tab("Overrides")
        row = view.el("UI-204").locator("li")
        await expect(row).to_contain_text(f"{payout[:8]}…")
        await expect(row).to_contain_text("Norinn")
        await view.is_fit("overrides")
        dialog = view.role("dialog")
        for way in ("click", "Escape"):
            await view.el("EL-204-01").click()
            await expect(dialog).to_contain_text("Cancel payout for Norinn?")
            if way == "click":
                await view.is_fit("overrides-question")
                await dialog.get_by_role("button", name="Keep it").click()
            else:
                await view.page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
            await expect(view.el("EL-204-01")).to_be_focused()
        assert [each for each in stage.requests if "cancel" in each.path] == []
        await view.el("EL-204-01").click()
        await dialog.get_by_role("button", name="Cancel payout").click()
        await expect(view.id("said")).to_have_text("The payout for Norinn is cancelled.")
        await expect(row).to_have_text("No pending payouts.")
        await view.is_fit("overrides-cancelled")
        answer = await stage.service.operator("GET", f"/api/payouts/{payout}")
        assert answer.json()["status"] == "Cancelled"


# P-37
async def test_a_payout_that_was_begun_meanwhile_is_not_cancelled(
    browser: Browser, tmp_path: Path
) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        payout = await stage.service.win(0, (ANNA, "Norinn"))
        await view.again()
        await view.tab("Overrides")
        await stage.service.patch(payout, "InProgress")
        await view.el("EL-204-01").click()
        await view.role("dialog").get_by_role("button", name="Cancel payout").click()
        alert = view.role("alert")
        await expect(alert).to_contain_text("Too late")
        await expect(view.el("UI-204").locator("li")).to_have_text("No pending payouts.")
        await view.is_fit("overrides-too-late")
        await alert.get_by_role("button", name="Dismiss").click()
        await expect(alert).to_be_hidden()
        answer = await stage.service.operator("GET", f"/api/payouts/{payout}")
        assert answer.json()["status"] == "InProgress"


# P-38
async def test_sent_cannot_be_forced(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, stage):
        await stage.service.win(0, (ANNA, "Norinn"))
        await view.again()
        await view.tab("Overrides")
        force = view.el("EL-204-02")
        await expect(force).to_be_disabled()
        await expect(force).to_have_text("Force mark sent")
        await expect(force).to_have_accessible_description(
            "⚠ Use Desktop for Mark Sent (log integrity)"
        )
        before = len(stage.requests)
        await force.click(force=True)
        await force.dispatch_event("click")
        assert len(stage.requests) == before


# P-39
async def test_no_secret_is_in_what_the_page_gets_or_keeps(
    browser: Browser, tmp_path: Path
) -> None:
    bodies: list[str] = []
    async with staged(tmp_path) as stage:
        await stage.service.win(0, (ANNA, "Norinn"))

        async def collect(route: Route) -> None:
            answer = await route.fetch()
            bodies.append(await answer.text())
            await route.fulfill(response=answer)

        async with chromium_view(stage, browser) as view:
            await view.page.route("**/*", collect)
            await view.page.reload()
            await expect(view.el("UI-201")).to_be_visible()
            for tab in ("Dashboard", "Settings", "Overrides", "Setup"):
                await view.tab(tab)
            await view.again()
            kept = await view.evaluate(
                "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
            )
            content = await view.evaluate("html => html.outerHTML")
    assert any("desktopLastSeenAt" in each for each in bodies)
    assert any("Poller" in each for each in bodies)
    for secret in (API_KEY, EXTENSION_SECRET, EVENTSUB_SECRET):
        assert all(secret not in each for each in (*bodies, kept, content))
    assert kept == '[{},{},""]'


# Trouble


# P-16
async def test_trouble_is_said_over_the_old_data_and_recovered_from(
    browser: Browser, tmp_path: Path
) -> None:
    async with view_of(browser, tmp_path, "live-config") as (view, stage):
        await stage.service.win(0, (ANNA, "Norinn"))
        await view.again()
        alert = view.role("alert")
        await view.evaluate("() => { window.sameDocument = true; }")
        stage.store.down = True
        await view.el("EL-202-03").click()
        await expect(alert).to_contain_text("EBS unreachable — Retry later.")
        await expect(view.el("EL-202-01")).to_contain_text("Norinn")
        await view.is_fit("trouble-unavailable")
        stage.store.down = False
        await alert.get_by_role("button", name="Retry").click()
        await expect(alert).to_be_hidden()

        stage.clock.advance(3_700)
        await view.el("EL-202-03").click()
        await expect(alert).to_contain_text("Session expired")
        await view.is_fit("trouble-expired")
        await view.new_token()
        await expect(alert).to_be_hidden()

        await stage.stop()
        await view.el("EL-202-03").click()
        await expect(alert).to_contain_text("EBS unreachable — Retry later.")
        await view.is_fit("trouble-network")
        await stage.start()
        await alert.get_by_role("button", name="Retry").click()
        await expect(alert).to_be_hidden()
        await expect(view.el("EL-202-01")).to_contain_text("Norinn")
        assert await view.evaluate("() => window.sameDocument") is True


async def test_it_recovers_by_itself(browser: Browser, tmp_path: Path) -> None:
    async with (
        staged(tmp_path) as stage,
        chromium_view(stage, browser, "live-config", timers=True) as view,
    ):
        await expect(view.el("UI-202")).to_be_visible()
        await stage.stop()
        await view.pass_time(32, 4)
        await expect(view.role("alert")).to_contain_text("Can't reach gnomes")
        await stage.start()
        await view.pass_time(64, 4)
        await expect(view.role("alert")).to_be_hidden()


async def test_a_limit_is_said_in_words(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path, "live-config", reads_per_minute=5) as (view, stage):
        for _ in range(2):
            await view.el("EL-202-03").click()
            await view.settled()
        await expect(view.role("alert")).to_contain_text("Gnomes are busy", timeout=SOON)
        await view.is_fit("trouble-busy")
        stage.service.service.gate._limits.windows.reset()
        await view.role("button", "Retry").click()
        await expect(view.role("alert")).to_be_hidden(timeout=SOON)


# Form


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_views_fit_every_width_and_theme(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    async with staged(tmp_path) as stage:
        for number in range(4):
            await stage.service.win(
                number * 300, (viewer(number), "Gnomegears" + "abcd"[number] + "x")
            )
        size = {"width": 1500, "height": 900}
        options = {"language": language, "viewport": size}
        async with chromium_view(stage, browser, "live-config", **options) as view:
            await expect(view.el("UI-202")).to_be_visible()
            assert await view.evaluate("html => html.lang") == language
            for theme in ("dark", "light"):
                await view.choose("theme", theme)
                for tab in await view.role("tab").all():
                    await tab.click()
                    assert await view.violations() == []
                    for width in WIDTHS:
                        await view.page.locator("iframe").evaluate(
                            "(one, width) => one.style.width = `${width}px`", width
                        )
                        wide = await view.evaluate("html => html.scrollWidth - html.clientWidth")
                        assert wide <= 0, (theme, width)
            assert view.complaints.besides(*EXPECTED) == []
            await view.page.locator("iframe").evaluate("one => one.style.width = '318px'")
            await view.is_fit(f"narrow-light-{language}")


async def test_tabs_are_used_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    async with view_of(browser, tmp_path) as (view, _):
        await view.role("tab", "Setup").focus()
        for key, name in (
            ("ArrowRight", "Dashboard"),
            ("End", "Overrides"),
            ("ArrowRight", "Setup"),
            ("ArrowLeft", "Overrides"),
            ("Home", "Setup"),
        ):
            await view.page.keyboard.press(key)
            await expect(view.role("tab", name)).to_be_focused()
            await expect(view.role("tab", selected=True)).to_have_text(name)
            await expect(view.role("tabpanel")).to_have_count(1)


# P-28
async def test_markup_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    bad = '<img src=x onerror="window.hacked=1">'
    async with view_of(browser, tmp_path) as (view, stage):
        session = (await stage.service.as_owner("GET", SESSION)).json()
        payout = {
            "id": bad,
            "characterName": bad,
            "status": "Pending",
            "createdAt": "2026-11-21T12:00:00.000Z",
            "winnerAcceptedWillingToReceiveAt": None,
        }
        session["recentWinners"] = session["openPayouts"] = [payout]
        await view.page.route(f"**{SESSION}", lambda route: route.fulfill(json=session))
        await view.again()
        await expect(view.el("EL-202-01").locator("strong")).to_have_text(bad)
        assert await view.evaluate("() => window.hacked") is None
