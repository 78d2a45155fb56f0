"""The broadcaster's views, every state reached through the service that it shows."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from browser.chromium import chromium, overflow
from browser.pictures import picture
from extension.broadcaster_page import BroadcasterPage, broadcaster_page
from support.service import ANNA, BORIS, CLARA, EXTENSION_SECRET, Stage, running, viewer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (318, 390, 1440)
LISTED = ["extension", "desktop", "eventSub", "helix", "overlay"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running_browser:
        yield running_browser


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


@pytest.fixture
async def view(browser: Browser, stage: Stage) -> AsyncIterator[BroadcasterPage]:
    """The config view, opened by the broadcaster."""
    async with broadcaster_page(browser, stage) as opened:
        await opened.open()
        await opened.authorize()
        await expect(opened.ui("UI-201")).to_be_visible()
        yield opened
        assert opened.complaints.besides("status of 4", "status of 5", "net::ERR_") == []


def done(view: BroadcasterPage, name: str, state: bool) -> object:
    item = view.page.locator(f'[data-item="{name}"]')
    return expect(item).to_have_attribute("data-done", str(state).lower())


async def keep(view: BroadcasterPage, name: str) -> None:
    await picture(view.page, f"broadcaster-{name}")


async def again(view: BroadcasterPage) -> None:
    """Have the page look again, and wait until it has."""
    await view.tab("Dashboard")
    async with view.page.expect_response(re.compile("/api/broadcaster/session$")):
        await view.el("EL-202-03").click()
    await expect(view.page.locator("#said")).to_have_text("Refreshed.")


# P-32
@pytest.mark.parametrize("role", ["viewer", "moderator"])
async def test_others_see_the_refusal_and_nothing_else(
    browser: Browser, stage: Stage, role: str
) -> None:
    async with broadcaster_page(browser, stage) as view:
        await view.open()
        await expect(view.page.locator("#gate")).to_have_text("Loading gnome gears…")
        await keep(view, "loading")
        await view.authorize(stage.token(ANNA, role=role))  # type: ignore[arg-type]
        await expect(view.page.locator("#gate")).to_have_text(
            "Only the broadcaster can open this page."
        )
        await expect(view.page.locator("#views")).to_be_hidden()
        await keep(view, "refused")
        assert view.api_calls() == []


# P-32
async def test_a_token_that_only_claims_the_role_opens_nothing(
    browser: Browser, stage: Stage
) -> None:
    async with broadcaster_page(browser, stage) as view:
        await view.open()
        await view.authorize(stage.token(ANNA, role="broadcaster", channel_id="1"))
        await expect(view.page.locator("#gate")).to_have_text(
            "Only the broadcaster can open this page."
        )
        await expect(view.page.locator("#views")).to_be_hidden()


async def test_what_is_missing_is_said(browser: Browser, stage: Stage) -> None:
    async with broadcaster_page(browser, stage) as view:
        await view.page.context.route("https://extension-files.twitch.tv/**", lambda r: r.abort())
        await view.open()
        await expect(view.page.locator("#gate")).to_contain_text("helper not found")
        await keep(view, "no-helper")
        assert view.api_calls() == []


# P-33
async def test_the_checklist_tests_what_it_lists(view: BroadcasterPage, stage: Stage) -> None:
    items = view.el("EL-201-01").locator("li")
    assert [await each.get_attribute("data-item") for each in await items.all()] == LISTED
    await done(view, "extension", True)
    for name in LISTED[1:]:
        await done(view, name, False)
    await keep(view, "setup")
    await stage.operator("GET", "/api/payouts")
    await stage.chat(ANNA, "hello")
    stage.clock.advance(60)
    await again(view)
    await view.tab("Setup")
    await done(view, "desktop", True)
    await done(view, "eventSub", True)
    await expect(view.page.locator('[data-item="desktop"]')).to_contain_text("60 seconds ago")
    await keep(view, "setup-done")
    stage.clock.advance(120)
    await again(view)
    await done(view, "desktop", False)
    await done(view, "eventSub", True)


# P-34
async def test_the_state_of_the_service_is_pinged(view: BroadcasterPage, stage: Stage) -> None:
    state = view.el("EL-201-03").get_by_role("status")
    await expect(state).to_have_text("(●) OK")
    await expect(view.el("EL-201-03")).to_contain_text(stage.url)
    await view.page.context.route("**/api/health", lambda route: route.abort())
    await view.page.get_by_role("button", name="Test now").click()
    await expect(state).to_have_text("(●) fail")
    await keep(view, "setup-fail")
    await view.page.context.unroute("**/api/health")
    await view.page.get_by_role("button", name="Test now").click()
    await expect(state).to_have_text("(●) OK")


async def test_the_setup_docs_open_in_a_new_tab(view: BroadcasterPage, stage: Stage) -> None:
    async with view.page.expect_popup() as popup:
        await view.el("EL-201-04").click()
    page = await popup.value
    await expect(page.locator("body")).to_contain_text("OBS")
    assert await page.evaluate("window.opener") is None


# P-35
async def test_the_dashboard_lists_winners_and_open_payouts(
    view: BroadcasterPage, stage: Stage
) -> None:
    await view.tab("Dashboard")
    await expect(view.el("EL-202-01")).to_have_text("No winners yet.")
    await expect(view.el("EL-202-02")).to_have_text("No open payouts.")
    await keep(view, "dashboard-empty")
    first = await stage.win(0, (ANNA, "Norinn"))
    await stage.patch(first, "InProgress")
    await stage.patch(first, "Sent")
    second = await stage.win(300, (BORIS, "Kael"))
    third = await stage.win(600, (CLARA, "Thrumbolt"))
    await stage.accept(second, "Kael")
    await again(view)
    lines = view.el("EL-202-01").locator("li")
    names = await view.el("EL-202-01").locator("strong").all_inner_texts()
    assert names == ["Thrumbolt", "Kael", "Norinn"]
    assert await lines.nth(2).inner_text() == "12:04\nNorinn\nSent"
    open_names = await view.el("EL-202-02").locator("strong").all_inner_texts()
    assert open_names == ["Thrumbolt", "Kael"]
    consent = view.el("EL-202-02").locator("[data-consent]")
    assert await consent.all_inner_texts() == ["no consent yet", "✓ consented"]
    await stage.patch(third, "InProgress")
    await again(view)
    await expect(view.el("EL-202-02").locator("li").first).to_contain_text("In progress")
    await keep(view, "dashboard")


async def test_the_dashboard_shows_phase_and_countdown(view: BroadcasterPage, stage: Stage) -> None:
    await stage.chat(ANNA, "!twgold Norinn")
    for seconds, phase, left in (
        (0, "Collecting entries for this spin…", "05:00"),
        (241, "Spinning…", "00:59"),
        (271, "Checking if winner is online…", "00:29"),
    ):
        await stage.tick(seconds)
        await again(view)
        await expect(view.ui("UI-202")).to_contain_text(phase)
        shown = await view.ui("UI-202").get_by_role("timer").inner_text()
        assert 0 <= int(left[:2]) * 60 + int(left[3:]) - int(shown[:2]) * 60 - int(shown[3:]) <= 2


# P-36
async def test_settings_are_fixed(view: BroadcasterPage) -> None:
    await view.tab("Settings")
    await expect(view.el("EL-203-01")).to_have_text("Gold per winning payout: 1,000g (MVP fixed)")
    await expect(view.el("EL-203-02")).to_have_text("Spin interval: 5:00 (MVP fixed)")
    box = view.el("EL-203-03")
    await expect(box).to_be_disabled()
    await expect(box).not_to_be_checked()
    await keep(view, "settings")
    before = len(view.asked)
    await box.click(force=True)
    await view.page.get_by_text("Pause distribution (coming soon)").click(force=True)
    await expect(box).not_to_be_checked()
    assert view.asked[before:] == []


# P-37
async def test_a_pending_payout_is_cancelled_after_a_question(
    view: BroadcasterPage, stage: Stage
) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    await again(view)
    await view.tab("Overrides")
    row = view.ui("UI-204").locator("li")
    await expect(row).to_contain_text(f"{payout[:8]}…")
    await expect(row).to_contain_text("Norinn")
    await keep(view, "overrides")
    dialog = view.page.get_by_role("dialog")
    for way in ("click", "Escape"):
        await view.el("EL-204-01").click()
        await expect(dialog).to_contain_text("Cancel payout for Norinn?")
        await keep(view, "overrides-question")
        if way == "click":
            await dialog.get_by_role("button", name="Keep it").click()
        else:
            await view.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    assert not [each for each in view.asked if each.startswith("POST")]
    await view.el("EL-204-01").click()
    await dialog.get_by_role("button", name="Cancel payout").click()
    await expect(view.page.locator("#said")).to_have_text("The payout for Norinn is cancelled.")
    await expect(row).to_have_text("No pending payouts.")
    await keep(view, "overrides-cancelled")
    answer = await stage.operator("GET", f"/api/payouts/{payout}")
    assert answer.json()["status"] == "Cancelled"


# P-37
async def test_a_payout_that_was_begun_meanwhile_is_not_cancelled(
    view: BroadcasterPage, stage: Stage
) -> None:
    payout = await stage.win(0, (ANNA, "Norinn"))
    await again(view)
    await view.tab("Overrides")
    await stage.patch(payout, "InProgress")
    await view.el("EL-204-01").click()
    await view.page.get_by_role("dialog").get_by_role("button", name="Cancel payout").click()
    alert = view.page.get_by_role("alert")
    await expect(alert).to_contain_text("Too late")
    await keep(view, "overrides-too-late")
    await expect(view.ui("UI-204").locator("li")).to_have_text("No pending payouts.")
    await alert.get_by_role("button", name="Dismiss").click()
    await expect(alert).to_be_hidden()
    answer = await stage.operator("GET", f"/api/payouts/{payout}")
    assert answer.json()["status"] == "InProgress"


# P-38
async def test_sent_cannot_be_forced(view: BroadcasterPage, stage: Stage) -> None:
    await stage.win(0, (ANNA, "Norinn"))
    await again(view)
    await view.tab("Overrides")
    force = view.el("EL-204-02")
    await expect(force).to_be_disabled()
    await expect(force).to_have_text("Force mark sent")
    await expect(force).to_have_accessible_description(
        "⚠ Use Desktop for Mark Sent (log integrity)"
    )
    before = len(view.asked)
    await force.click(force=True)
    await force.dispatch_event("click")
    assert view.asked[before:] == []


# P-39
async def test_no_secret_is_in_what_the_page_gets_or_keeps(browser: Browser, stage: Stage) -> None:
    bodies: list[str] = []
    async with broadcaster_page(browser, stage) as view:

        async def collect(response: object) -> None:
            bodies.append(await response.text())  # type: ignore[attr-defined]

        view.page.on("response", lambda response: asyncio.ensure_future(collect(response)))
        await stage.win(0, (ANNA, "Norinn"))
        await view.open()
        await view.authorize()
        for tab in ("Dashboard", "Settings", "Overrides", "Setup"):
            await view.tab(tab)
        await again(view)
        kept = await view.page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        content = await view.page.content()
    assert len(bodies) > 10
    for secret in ("an-operator-key-of-the-tests", EXTENSION_SECRET):
        assert all(secret not in each for each in (*bodies, kept, content))
    assert kept == '[{},{},""]'


# The overlay's link


async def test_the_overlays_link_is_hidden_until_asked_for(browser: Browser, stage: Stage) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with broadcaster_page(browser, stage, permissions=permissions) as view:
        await view.open()
        await view.authorize()
        url = (await stage.as_owner("GET", "/api/broadcaster/overlay")).json()["url"]
        field = view.page.get_by_label("Overlay link")
        await expect(field).to_have_value(url)
        await expect(field).to_have_attribute("type", "password")
        await view.page.get_by_role("button", name="Show").click()
        await expect(field).to_have_attribute("type", "text")
        await view.page.get_by_role("button", name="Hide").click()
        await expect(field).to_have_attribute("type", "password")
        await view.page.get_by_role("button", name="Copy").click()
        await expect(view.page.get_by_role("button", name="Copied")).to_be_visible()
        assert await view.page.evaluate("navigator.clipboard.readText()") == url


async def test_a_new_link_is_made_after_a_question(view: BroadcasterPage, stage: Stage) -> None:
    field = view.page.get_by_label("Overlay link")
    old = await field.input_value()
    await view.page.get_by_role("button", name="New link").click()
    await view.page.get_by_role("button", name="Make a new link").click()
    await expect(view.page.locator("#said")).to_contain_text("There is a new link.")
    new = await field.input_value()
    assert new != old
    query = new.partition("?")[2]
    assert (await stage.request("GET", f"/api/overlay/scene?{query}")).status_code == 200


# Trouble


def answering(status: int, code: str) -> Callable[[Route], Awaitable[None]]:
    """A service that answers so; 0 is one that does not answer."""
    problem = {"code": code, "message": "Something went wrong here.", "details": {}}

    async def answer(route: Route) -> None:
        await (route.fulfill(status=status, json=problem) if status else route.abort())

    return answer


async def test_a_service_that_is_gone_is_said_and_recovered_from(
    view: BroadcasterPage, stage: Stage
) -> None:
    await stage.win(0, (ANNA, "Norinn"))
    await again(view)
    alert = view.page.get_by_role("alert")
    for status, code, words in (
        (0, "", "EBS unreachable — Retry later."),
        (503, "service_unavailable", "EBS unreachable — Retry later."),
        (429, "rate_limited", "Too many requests — retrying automatically."),
        (500, "internal_error", "Something went wrong here."),
    ):
        await view.page.context.route("**/api/broadcaster/**", answering(status, code))
        await view.el("EL-202-03").click()
        await expect(alert).to_contain_text(words)
        await keep(view, f"trouble-{code or 'network'}")
        await expect(view.el("EL-202-01")).to_contain_text("Norinn")
        await view.page.context.unroute("**/api/broadcaster/**")
        await alert.get_by_role("button", name="Retry").click()
        await expect(alert).to_be_hidden()


async def test_an_expired_token_is_said_and_a_new_one_recovers(
    view: BroadcasterPage, stage: Stage
) -> None:
    await view.authorize_expired()
    alert = view.page.get_by_role("alert")
    await expect(alert).to_contain_text("Session expired")
    await keep(view, "trouble-expired")
    await view.authorize()
    await expect(alert).to_be_hidden()
    await expect(view.ui("UI-201")).to_be_visible()


async def test_a_real_limit_is_said_in_words(browser: Browser, tmp_path: Path) -> None:
    async with (
        running(tmp_path, reads_per_minute=4) as stage,
        broadcaster_page(browser, stage) as view,
    ):
        await view.open("live_config")
        await view.authorize()
        await expect(view.ui("UI-202")).to_be_visible()
        for _ in range(2):
            await view.el("EL-202-03").click()
            await asyncio.sleep(0.2)
        await expect(view.page.get_by_role("alert")).to_contain_text("Gnomes are busy")


async def test_it_looks_again_by_itself_while_it_is_seen(browser: Browser, stage: Stage) -> None:
    async with broadcaster_page(browser, stage) as view:
        await view.page.clock.install()
        await view.open("live_config")
        await view.authorize()
        await expect(view.ui("UI-202")).to_contain_text("Pool: 0 gnomes")
        await stage.chat(ANNA, "!twgold Norinn")
        await view.page.clock.run_for(32_000)
        await expect(view.ui("UI-202")).to_contain_text("Pool: 1 gnome")
        await view.tell("visible", False)
        before = view.api_calls()
        await view.page.clock.run_for(120_000)
        assert view.api_calls() == before
        await stage.chat(BORIS, "!twgold Kael")
        await view.tell("visible", True)
        await view.page.clock.run_for(100)
        await expect(view.ui("UI-202")).to_contain_text("Pool: 2 gnomes")


# Form


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_views_fit_every_width_and_theme(
    browser: Browser, stage: Stage, language: str
) -> None:
    for number in range(4):
        await stage.win(number * 300, (viewer(number), "Gnomegears" + "abcd"[number] + "x"))
    async with broadcaster_page(browser, stage) as view:
        await view.open("live_config", language)
        await view.authorize()
        await expect(view.ui("UI-202")).to_be_visible()
        assert await view.page.evaluate("document.documentElement.lang") == language
        for theme in ("dark", "light"):
            await view.tell("context", {"theme": theme})
            for tab in await view.page.get_by_role("tab").all():
                await tab.click()
                for width in WIDTHS:
                    await view.page.set_viewport_size({"width": width, "height": 800})
                    assert await overflow(view.page) == [], (theme, width)


async def test_tabs_are_used_by_keyboard(view: BroadcasterPage) -> None:
    page: Page = view.page
    await page.get_by_role("tab", name="Setup").focus()
    for key, name in (
        ("ArrowRight", "Dashboard"),
        ("End", "Overrides"),
        ("ArrowRight", "Setup"),
        ("ArrowLeft", "Overrides"),
        ("Home", "Setup"),
    ):
        await page.keyboard.press(key)
        await expect(page.get_by_role("tab", name=name)).to_be_focused()
        await expect(page.get_by_role("tab", selected=True)).to_have_text(name)
        await expect(page.get_by_role("tabpanel")).to_have_count(1)


@pytest.mark.parametrize(("name", "ui"), [("config", "UI-201"), ("live_config", "UI-202")])
async def test_each_view_opens_with_its_own_tab(
    browser: Browser, stage: Stage, name: str, ui: str
) -> None:
    async with broadcaster_page(browser, stage) as view:
        await view.open(name)
        await view.authorize()
        await expect(view.ui(ui)).to_be_visible()


# P-28
async def test_markup_is_shown_as_text(view: BroadcasterPage, stage: Stage) -> None:
    answer = await stage.as_owner("GET", "/api/broadcaster/session")
    session = answer.json()
    bad = '<img src=x onerror="window.hacked=1">'
    payout = {
        "id": bad,
        "characterName": bad,
        "status": "Pending",
        "createdAt": "2026-11-21T12:00:00.000Z",
        "winnerAcceptedWillingToReceiveAt": None,
    }
    session["recentWinners"] = session["openPayouts"] = [payout]
    await view.page.context.route(
        "**/api/broadcaster/session", lambda route: route.fulfill(json=session)
    )
    await again(view)
    await expect(view.el("EL-202-01").locator("strong")).to_have_text(bad)
    assert await view.page.evaluate("window.hacked") is None
