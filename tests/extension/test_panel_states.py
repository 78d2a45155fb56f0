"""Every state of the viewer's panel, reached through the real service, and fit to be seen."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from browser.chromium import chromium
from browser.pictures import FOLDER, picture
from extension.stage import SOON, Panel, Stage, opened, staged
from goldomatic.extension_build.commands import panel_files
from goldomatic.extension_build.files import HELPER, Build, published
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.schedule import expire_payouts
from goldomatic.values import Code, Refused
from support.service import ANNA, BORIS, CLARA, viewer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One browser serves all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]

RE_ENTER = "Winners leave the pool when delivery is marked Sent; you can re-enter via chat."
STANDING = """() => Promise.all(document.getAnimations()
    .filter((each) => each.effect.getTiming().iterations < 9).map((each) => each.finished))"""
LONGEST_NAME = """() => Math.max(0, ...[...document.querySelectorAll(".slice text")]
    .map((each) => each.getComputedTextLength()))"""
LOADING = "Loading gnome gears…"
JAMMED = "Gnomish machinery has jammed! Try again in a moment."
NAMES = ("Norinn", "Kael", "Gearspan", "Ёжик", "Cogsworth", "Tinker", "Mimir", "Sprocket")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def is_fit(panel: Panel, name: str, *expected: str) -> None:
    """Nothing to complain about in this state, and its picture where pictures are asked for."""
    assert await panel.violations() == []
    assert panel.complaints.besides(*expected) == []
    # P-26
    width = await panel.evaluate("html => html.scrollWidth - html.clientWidth")
    assert width <= 0, f"{name} has to be scrolled sideways"
    assert await panel.evaluate(LONGEST_NAME) <= 47.5, "a name runs below the wheel's hub"
    await panel.page.evaluate(
        """() => {
            const frame = document.querySelector("iframe");
            frame.style.height = "1px";
            frame.style.height = `${frame.contentDocument.documentElement.scrollHeight}px`;
        }"""
    )
    if FOLDER:
        await panel.evaluate(STANDING)
    await picture(panel.page.locator("iframe"), f"panel-{name}")


async def enrol_all(stage: Stage, *names: str, first: int = 10) -> None:
    for number, name in enumerate(names, first):
        assert (await stage.service.chat(viewer(number), f"!twgold {name}")).accepted


async def look_again(panel: Panel) -> None:
    """A new token makes the panel ask at once, as it does on Twitch."""
    async with panel.page.expect_response("**/api/panel/snapshot"):
        await panel.page.click("#renew")
    await panel.settled()


# P-01
async def test_before_twitch_has_told_who_looks(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        held: list[Route] = []
        async with opened(browser, stage, hold=("**/demo/authorize*", held)) as panel:
            await expect(panel.el("EL-101-02")).to_have_text(LOADING)
            assert await panel.el("EL-101-02").get_attribute("role") == "status"
            await expect(panel.el("EL-101-03")).to_be_hidden()
            await expect(panel.el("UI-102")).to_be_hidden()
            await is_fit(panel, "loading")
            await held[0].continue_()
            await expect(panel.el("UI-102")).to_be_visible(timeout=SOON)


# P-05
async def test_before_the_service_has_answered(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        held: list[Route] = []
        async with opened(browser, stage, hold=("**/api/panel/snapshot", held)) as panel:
            await expect(panel.id("syncing")).to_have_text("Syncing with server…", timeout=SOON)
            await expect(panel.id("syncing")).to_be_visible()
            await expect(panel.id("countdown")).to_be_hidden()
            assert await panel.id("track").evaluate("bar => bar.clientWidth") == 0
            await expect(panel.id("pool")).to_have_text("Pool: …")
            await expect(panel.el("EL-101-04")).to_be_visible()
            await is_fit(panel, "syncing")
            await held[0].continue_()
            await expect(panel.id("pool")).to_have_text("Pool: 0 gnomes", timeout=SOON)
            for gone in (panel.id("syncing"), panel.el("EL-101-04")):
                await expect(gone).to_be_hidden()


# P-02
async def test_a_viewer_who_is_signed_out(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage, None) as panel:
        await expect(panel.id("status")).to_have_text(
            "Sign in to Twitch to use this panel on a live channel."
        )
        await expect(panel.el("EL-101-03")).to_be_visible()
        await expect(panel.el("EL-101-04")).to_have_text(
            "Subscribe and type !twgold <name> in chat"
        )
        await is_fit(panel, "signed-out")
        await panel.el("EL-101-03").click()
        await expect(panel.id("status")).to_contain_text("Sign in")
        assert stage.snapshots == 0
        await panel.choose("viewer", ANNA.id)
        await expect(panel.el("UI-102")).to_be_visible(timeout=SOON)


# P-02
async def test_without_twitchs_helper(tmp_path: Path, browser: Browser) -> None:
    async with (
        staged(tmp_path) as stage,
        opened(browser, stage, block="**/demo/host/helper.js") as panel,
    ):
        await expect(panel.id("status")).to_contain_text("Twitch Extension helper not found.")
        await is_fit(panel, "no-helper", "net::ERR_FAILED")
        await panel.page.unroute_all()
        await panel.el("EL-101-03").click()
        await expect(panel.el("UI-102")).to_be_visible(timeout=SOON)


# P-02
async def test_hosted_by_twitch_without_the_address_of_the_service(browser: Browser) -> None:
    files = published(Build(version="1.0.0"))
    types = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
    helper = "window.Twitch = { ext: { onAuthorized() {}, onContext() {} } };"

    async def serve(route: Route) -> None:
        name = route.request.url.partition("/1.0.0/")[2].partition("?")[0]
        if name not in files:
            await route.abort()
            return
        await route.fulfill(body=files[name], content_type=types[name.rpartition(".")[2]])

    page: Page = await browser.new_page(viewport={"width": 318, "height": 496})
    await page.route("https://client.ext-twitch.tv/**", serve)
    await page.route(HELPER, lambda route: route.fulfill(body=helper, content_type=types["js"]))
    await page.goto("https://client.ext-twitch.tv/client/1.0.0/panel.html")
    status = page.locator("#status")
    await expect(status).to_contain_text("EBS base URL is not configured.")
    await expect(status).to_contain_text("GOLDOMATIC_PUBLIC_URL")
    await expect(page.locator("[data-el=EL-101-03]")).to_be_hidden()
    await picture(page, "panel-no-address")
    await page.close()


async def late(route: Route) -> None:
    """An answer that takes as long as on a slow line."""
    await asyncio.sleep(0.7)
    await route.continue_()


# P-03
async def test_a_rendering_fault_jams_the_panel_and_retry_frees_it(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, *NAMES[:2])
        async with opened(browser, stage) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes", timeout=SOON)
            await panel.page.route(
                "**/api/panel/snapshot", lambda route: route.fulfill(json={"roulette": {}})
            )
            await panel.page.click("#renew")
            await expect(panel.id("status")).to_have_text(JAMMED, timeout=SOON)
            await expect(panel.el("UI-102")).to_be_hidden()
            await is_fit(panel, "jammed", "The panel has jammed")
            await panel.page.unroute_all(behavior="wait")
            # The countdown goes on meanwhile, and must not stumble over what has broken the panel.
            await panel.page.route("**/api/panel/snapshot", late)
            await panel.el("EL-101-03").click()
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes", timeout=SOON)
            await expect(panel.el("UI-101")).to_be_hidden()


# P-05
async def test_how_to_join_and_the_size_of_the_pool(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, "Norinn")
        async with opened(browser, stage) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome", timeout=SOON)
            texts = {
                "EL-102-01": "Gold Pool (viewer)",
                "EL-102-02": "To join: subscribe, then type in stream chat: !twgold YourName",
                "EL-102-03": "Same realm as streamer (MVP).",
                "EL-102-04": "(Name must be unique in the pool.)",
                "EL-102-06": "View rules ▼",
            }
            for name, text in texts.items():
                await expect(panel.el(name)).to_have_text(text)
            # P-06
            await expect(panel.id("mine")).to_have_text("Not enrolled yet")
            await is_fit(panel, "default")
            assert await loaded(panel) == panel_files(published(Build(version="1.0.0")), "en")
            await enrol_all(stage, *(f"Gnome{letter}" for letter in "abcdefghijk"), first=30)
            await look_again(panel)
            await expect(panel.id("pool")).to_have_text("Pool: 12 gnomes")


async def loaded(panel: Panel) -> set[str]:
    """The files of the extension that the browser has asked for."""
    script = "() => performance.getEntriesByType('resource').map((each) => each.name)"
    names = [panel.page.frames[-1].url, *await panel.evaluate(script)]
    parts = [each.partition("?")[0].partition("/demo/extension/")[2] for each in names]
    return {each for each in parts if each}


# P-06, P-28
async def test_the_viewers_own_place_in_the_pool(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, *NAMES[1:])
        await stage.service.chat(ANNA, "!twgold Norinn")
        await stage.service.tick(0)
        async with opened(browser, stage) as panel:
            await expect(panel.id("mine")).to_have_text(
                "You're in the pool as Norinn", timeout=SOON
            )
            await is_fit(panel, "in-pool")


async def test_a_large_pool_shares_forty_slices(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        letters = "abcdefghijklmnopqrstuvwxyz"
        names = [f"Gnome{one}{two}" for one in "ab" for two in letters]
        await enrol_all(stage, *names)
        await stage.service.chat(ANNA, "!twgold Abcdefghijkl")
        await stage.service.tick(0)
        async with opened(browser, stage) as panel:
            slices = panel.frame.locator(".slice")
            await expect(slices).to_have_count(40, timeout=SOON)
            shown = await slices.all_text_contents()
            assert shown[-1] == "+14"
            assert shown.count("Abcdefghijkl") == 1, "one's own name is on the wheel"
            assert set(shown[:-1]) <= {*names, "Abcdefghijkl"}
            await is_fit(panel, "large-pool")


# P-07
@pytest.mark.parametrize("key", [None, "Enter", " "])
async def test_the_rules_open_and_close(tmp_path: Path, browser: Browser, key: str | None) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage) as panel:
        await expect(panel.id("pool")).to_have_text("Pool: 0 gnomes", timeout=SOON)
        button, rules = panel.el("EL-102-06"), panel.id("rules")
        for state, label in (("true", "Hide rules ▲"), ("false", "View rules ▼")):
            if key is None:
                await button.click()
            else:
                await button.focus()
                await button.press(key)
            await expect(button).to_have_attribute("aria-expanded", state)
            await expect(button).to_have_text(label)
            await expect(rules).to_be_visible(visible=state == "true")
            if state == "true":
                await expect(rules.locator("li")).to_have_text(
                    [
                        "Spin every 5 minutes; no early spins.",
                        "Non-winners stay in the pool.",
                        RE_ENTER,
                        "Fixed 1,000g per winning payout.",
                        "10,000g lifetime cap per viewer.",
                    ]
                )
                if key is None:
                    await is_fit(panel, "rules")


# P-08, P-20, P-31
async def test_a_round_phase_by_phase(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.tick(0)
        async with opened(browser, stage, BORIS) as panel:
            phase, bar = panel.el("EL-103-02"), panel.el("EL-103-03")
            assert await phase.get_attribute("aria-live") == "polite"

            async def at(seconds: float, text: str, name: str) -> None:
                await stage.service.tick(seconds)
                await look_again(panel)
                await expect(phase).to_have_text(text)
                await expect(bar).to_be_visible(visible="online" in text)
                await is_fit(panel, name)

            await at(1, "Pool is empty — be the first to enter via chat.", "empty")
            await enrol_all(stage, *NAMES)
            await at(2, "Waiting for the next spin window.", "idle")
            await at(301, "Collecting entries for this spin…", "collecting")
            await at(541, "Spinning…", "spinning")
            await at(571, "Checking if winner is online…", "checking")
            name = (await stage.service.candidate())["characterName"]
            await expect(panel.frame.locator(".hub")).to_have_text(name)
            await expect(panel.frame.locator(".slice[data-lit]")).to_have_text(name)
            await stage.service.report(await stage.service.candidate(), online=False)
            await at(601, "Collecting entries for this spin…", "no-winner")
            await expect(panel.id("outcome")).to_have_text("Winner offline — no winner this round.")
            await expect(panel.el("UI-104")).to_be_hidden()


# P-08
async def test_a_round_that_nobody_can_win_is_complete(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.win(0, (ANNA, "Norinn"))
        for seconds in (300, 541):
            await stage.service.tick(seconds)
        async with opened(browser, stage, BORIS) as panel:
            await expect(panel.el("EL-103-02")).to_have_text("Round complete.", timeout=SOON)
            await expect(panel.id("outcome")).to_have_text("Winner: Norinn!")
            proof = panel.id("proof")
            await expect(proof).to_have_text("Check this draw")
            last = stage.service.service.state.roulette.last_closed.durable
            assert last is not None
            assert await proof.get_attribute("href") == f"{stage.url}/draws/{last.spin_cycle_id}"
            async with panel.page.context.expect_page() as popped:
                await proof.click()
            await expect((await popped.value).locator("[data-verdict=verified]")).to_be_visible()
            await is_fit(panel, "complete")


# P-17, P-18, P-19, P-21
async def test_a_win_from_the_banner_to_the_mail(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, *NAMES[1:4])
        async with opened(browser, stage) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 3 gnomes", timeout=SOON)
            await expect(panel.el("UI-104")).to_be_hidden()
            payout = await win_for_anna(stage)
            await look_again(panel)
            await expect(panel.el("EL-104-01")).to_have_text("★ YOU WON! ★")
            await expect(panel.el("EL-104-02").locator("code")).to_have_text("!twgold")
            selects = "getComputedStyle(document.querySelector('#consent')).userSelect"
            assert await panel.evaluate(f"() => {selects}") == "all"
            await expect(panel.el("EL-104-03")).to_have_text("Pending")
            await expect(panel.el("EL-104-04")).to_have_text(
                "When Sent: mail with 1,000g on its way."
            )
            await is_fit(panel, "won")
            await stage.service.patch(payout, "InProgress")
            await look_again(panel)
            await expect(panel.el("EL-104-03")).to_have_text("In progress")
            await is_fit(panel, "in-progress")
            await stage.service.patch(payout, "Sent")
            await look_again(panel)
            await expect(panel.el("EL-104-01")).to_have_text("You won — delivery complete!")
            await expect(panel.el("EL-104-03")).to_have_text("Sent ✓")
            await expect(panel.el("EL-104-04")).to_have_text(
                "Награда отправлена персонажу Norinn на почту, проверяй ящик!"
            )
            colour = "e => getComputedStyle(e).backgroundColor"
            assert await panel.el("EL-104-03").evaluate(colour) == "rgb(67, 160, 71)"
            await expect(panel.el("EL-104-02")).to_be_hidden()
            await is_fit(panel, "sent")


async def win_for_anna(stage: Stage, start: float = 300) -> str:
    """A round with Anna alone in the pool besides those who cannot win."""
    service = stage.service
    await service.chat(ANNA, "!twgold Norinn")
    while True:
        await service.tick(start)
        await service.tick(start + 240)
        candidate = await service.candidate()
        if candidate["characterName"] == "Norinn":
            answer = await service.report(candidate)
            payout_id: str = answer.json()["payoutId"]
            return payout_id
        await service.report(candidate, online=False)
        start += 300


# P-19
@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Expired"])
async def test_a_payout_that_came_to_nothing(tmp_path: Path, browser: Browser, status: str) -> None:
    async with staged(tmp_path) as stage:
        payout = await stage.service.win(0, (ANNA, "Norinn"))
        if status == "Expired":
            stage.clock.advance(25 * 3600)
            await expire_payouts(stage.service.service)
        else:
            await stage.service.patch(payout, status)
        async with opened(browser, stage) as panel:
            await expect(panel.el("EL-104-01")).to_have_text("Last payout", timeout=SOON)
            await expect(panel.el("EL-104-03")).to_have_text(status)
            await expect(panel.el("EL-104-04")).to_have_text("Character: Norinn")
            await expect(panel.el("EL-104-02")).to_be_hidden()
            await is_fit(panel, status.lower())


# P-23
async def test_identity_that_is_not_shared(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage:
        await stage.service.win(0, (ANNA, "Norinn"))
        await stage.service.chat(BORIS, "!twgold Kael")
        await stage.service.tick(300)
        async with opened(browser, stage, shared=False) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 2 gnomes", timeout=SOON)
            await expect(panel.id("mine")).to_have_text("Share your identity to see your status")
            await expect(panel.el("EL-103-02")).to_have_text("Collecting entries for this spin…")
            await expect(panel.id("left")).to_have_text(re.compile(r"05:00|04:\d\d"))
            await expect(panel.el("UI-104")).to_be_hidden()
            await is_fit(panel, "not-shared")
            await panel.id("share").click()
            await panel.page.click("#grant")
            await expect(panel.el("EL-104-01")).to_have_text("★ YOU WON! ★", timeout=SOON)
            await expect(panel.id("share")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_themes_and_languages(
    tmp_path: Path, browser: Browser, theme: str, language: str
) -> None:
    async with staged(tmp_path) as stage:
        payout = await stage.service.win(0, (ANNA, "Abcdefghijkl"))
        await enrol_all(stage, *(f"Gnomegears{letter * 2}" for letter in "abcdefgh"))
        await stage.service.tick(300)
        async with opened(browser, stage, theme=theme, language=language) as panel:
            title = {"en": "Gold Pool (viewer)", "ru": "Золотой пул (зритель)"}[language]
            await expect(panel.el("EL-102-01")).to_have_text(title, timeout=SOON)
            await expect(panel.el("UI-104")).to_be_visible(timeout=SOON)
            assert await panel.evaluate("html => html.lang") == language
            ground = await panel.frame.locator("body").evaluate(
                "e => getComputedStyle(e).backgroundColor"
            )
            assert (ground == "rgb(26, 21, 32)") == (theme == "dark")
            for status in ("InProgress", "Failed"):
                await panel.el("EL-102-06").click()
                await is_fit(panel, f"{theme}-{language}")
                await stage.service.patch(payout, status)
                await look_again(panel)


# P-02, P-14, P-16
async def test_the_service_is_down_from_the_first_question_on(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, "Norinn")
        stage.store.down = True
        async with opened(browser, stage) as panel:
            await expect(panel.id("status")).to_have_text(JAMMED, timeout=SOON)
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Can't reach gnomes")
            await expect(panel.el("EL-105-02")).to_have_text("EBS unreachable — Retry later.")
            assert await panel.el("UI-105").get_attribute("role") == "alert"
            await is_fit(panel, "down", "503")
            stage.store.down = False
            await panel.el("EL-101-03").click()
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome", timeout=SOON)
            await expect(panel.el("UI-105")).to_be_hidden()


# P-04, P-15, P-16
async def test_an_expired_token_is_said_and_a_new_one_recovers(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path) as stage:
        await enrol_all(stage, "Norinn")
        async with opened(browser, stage, timers=True) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome", timeout=SOON)
            stage.clock.advance(2 * 3600)
            await panel.pass_time(20)
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Session expired")
            await expect(panel.el("EL-105-02")).to_have_text(
                "Refresh the panel or re-open the stream."
            )
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome")
            await is_fit(panel, "expired", "401")
            asked = stage.snapshots
            await panel.pass_time(55)
            assert stage.snapshots == asked, "refused again for nothing"
            await panel.pass_time(6)
            assert stage.snapshots == asked + 1
            await panel.page.click("#renew")
            await expect(panel.el("UI-105")).to_be_hidden(timeout=SOON)


# P-22
@pytest.mark.parametrize("kind", ["429", "503", "network", "other"])
async def test_trouble_is_said_on_top_of_what_is_known(
    tmp_path: Path, browser: Browser, kind: str
) -> None:
    words = {
        "429": ("⚠ Gnomes are busy", "Too many requests — retrying automatically."),
        "503": ("⚠ Can't reach gnomes", "EBS unreachable — Retry later."),
        "network": ("⚠ Can't reach gnomes", "EBS unreachable — Retry later."),
        "other": ("⚠ Can't reach gnomes", "The words of the service."),
    }[kind]
    refusal = {"code": "wrong_channel", "message": words[1], "details": {}}
    async with staged(tmp_path, reads_per_minute=3 if kind == "429" else 1_000) as stage:
        await enrol_all(stage, "Norinn")
        async with opened(browser, stage) as panel:
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome", timeout=SOON)
            if kind == "503":
                stage.store.down = True
            if kind == "network":
                await panel.page.route("**/api/panel/snapshot", lambda route: route.abort())
            if kind == "other":
                await panel.page.route(
                    "**/api/panel/snapshot", lambda route: route.fulfill(status=403, json=refusal)
                )
            for _ in range(5 if kind == "429" else 1):
                async with panel.page.expect_request("**/api/panel/snapshot"):
                    await panel.page.click("#renew")
                await panel.settled()
            await expect(panel.el("EL-105-01")).to_have_text(words[0], timeout=SOON)
            await expect(panel.el("EL-105-02")).to_have_text(words[1])
            # P-16
            await expect(panel.id("pool")).to_have_text("Pool: 1 gnome")
            await is_fit(panel, kind, "403", "429", "503", "net::ERR_FAILED")
            await panel.page.unroute_all()
            stage.store.down = False
            stage.service.service.gate._limits.windows.reset()
            await panel.el("EL-105-03").click()
            await expect(panel.el("UI-105")).to_be_hidden(timeout=SOON)


# P-22, P-27
async def test_the_form_of_development_builds_and_its_refusals(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path, development=True, writes_per_minute=1_000) as stage:
        await enrol_all(stage, "Taken")
        async with opened(browser, stage) as panel:
            form = panel.id("claim").locator("form")
            await expect(form).to_be_visible(timeout=SOON)
            field, button = form.locator("input"), form.locator("button")
            assert await field.get_attribute("maxlength") == "12"

            async def refused(name: str, title: str, body: str) -> None:
                await field.fill(name)
                await button.click()
                await expect(panel.el("EL-105-01")).to_have_text(f"⚠ {title}", timeout=SOON)
                await expect(panel.el("EL-105-02")).to_have_text(body)
                await expect(panel.el("EL-105-03")).to_have_text("Dismiss")
                if title == "Name taken":
                    await is_fit(panel, "refused", "400", "409")
                await panel.el("EL-105-03").click()
                await expect(panel.el("UI-105")).to_be_hidden()

            wrong_name = "Fix your character name and try again. (2–12 letters, Latin or Cyrillic)"
            asked = len(stage.asked("/api/payouts/claim"))
            await refused("N", "Invalid name", wrong_name)
            assert len(stage.asked("/api/payouts/claim")) == asked, "refused without asking"
            await refused("N0rinn", "Invalid name", wrong_name)
            await refused(
                "Taken",
                "Name taken",
                "That character name is already taken in the pool by another viewer.",
            )
            await field.fill("Norinn")
            await button.dblclick()
            await expect(panel.id("mine")).to_have_text(
                "You're in the pool as Norinn", timeout=SOON
            )
            assert await field.input_value() == ""
            assert len(await stage.service.recorded(PoolMemberEnrolled)) == 2


# P-22
@pytest.mark.parametrize(
    ("code", "title", "body"),
    [
        (
            Code.LIFETIME_CAP_REACHED,
            "Gnome vault full",
            "You've reached the 10,000g lifetime cap for this channel product.",
        ),
        (
            Code.ACTIVE_PAYOUT_EXISTS,
            "Finish current win",
            "You already have an active payout; check status above.",
        ),
        (
            Code.NOT_SUBSCRIBER,
            "Subscriber only",
            "Pool enrollment requires an active subscription.",
        ),
        (Code.DUPLICATE_ENROLLMENT, "Something went wrong", "The words of the service."),
    ],
)
async def test_the_words_for_every_refusal(
    tmp_path: Path, browser: Browser, code: Code, title: str, body: str
) -> None:
    async with staged(tmp_path, development=True) as stage, opened(browser, stage) as panel:
        refusal = Refused(code, "The words of the service.")
        await panel.page.route(
            "**/api/payouts/claim",
            lambda route: route.fulfill(
                status=409, json={"code": refusal.code, "message": refusal.message, "details": {}}
            ),
        )
        form = panel.id("claim").locator("form")
        await form.locator("input").fill("Norinn")
        await form.locator("button").click()
        await expect(panel.el("EL-105-01")).to_have_text(f"⚠ {title}", timeout=SOON)
        await expect(panel.el("EL-105-02")).to_have_text(body)


# P-27
async def test_a_build_for_viewers_has_no_form(tmp_path: Path, browser: Browser) -> None:
    assert "panel/claim.js" not in published(Build(version="1.0.0"))
    async with staged(tmp_path) as stage, opened(browser, stage) as panel:
        await expect(panel.id("pool")).to_have_text("Pool: 0 gnomes", timeout=SOON)
        assert await panel.frame.locator("form, input").count() == 0


def changed(**facts: Any) -> Callable[[Route], Awaitable[None]]:
    """The service's answer with other facts in it."""

    async def change(route: Route) -> None:
        known = await (await route.fetch()).json()
        await route.fulfill(json=known | facts)

    return change


GIFTS: list[tuple[dict[str, Any], str]] = [
    (
        {"state": "Pending", "queuePosition": 3, "estimatedWaitSeconds": 130},
        "You are #3 in queue. Estimated wait: 130s.",
    ),
    ({"state": "SelectingItem"}, "Gift selection in progress…"),
    ({"state": "WaitingConfirmation"}, "Waiting for your in-game whisper reply !twgift."),
    ({"state": "Completed"}, "Gift sent successfully."),
    (
        {"state": "Failed", "failureReason": "receiver_declined"},
        "Gift request failed: receiver_declined.",
    ),
    ({"state": "Failed", "failureReason": None}, "Gift request failed: unknown reason."),
]


# P-24
async def test_the_viewers_gift_in_every_state(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path) as stage, opened(browser, stage) as panel:
        await expect(panel.id("gift-title")).to_have_text("Gift command", timeout=SOON)
        await expect(panel.id("gift-line")).to_have_text(
            "Subscribers can request one gift with !twgift YourCharacterName."
        )
        for gift, line in GIFTS:
            await panel.page.route("**/api/panel/snapshot", changed(myGift=gift))
            await look_again(panel)
            await expect(panel.id("gift-title")).to_have_text("Gift queue")
            await expect(panel.id("gift-state")).to_have_text(gift["state"])
            await expect(panel.id("gift-line")).to_have_text(line)
            await panel.page.unroute_all()
        await is_fit(panel, "gift")


# P-28
async def test_markup_in_a_name_is_shown_as_text(tmp_path: Path, browser: Browser) -> None:
    name = "<img src=x onerror=alert(1)>"
    async with staged(tmp_path) as stage, opened(browser, stage, CLARA) as panel:
        hostile = changed(
            poolMe={"isEnrolled": True, "characterName": name},
            myLast={"id": "1", "characterName": name, "status": "Failed", "createdAt": ""},
            lastOutcome={"spinCycleId": name, "result": "winner", "characterName": name, "at": ""},
            wheel={"names": [name, name], "others": 3},
            myGift={"state": name, "failureReason": name},
        )
        await panel.page.route("**/api/panel/snapshot", hostile)
        await panel.page.click("#renew")
        await expect(panel.id("mine")).to_contain_text(name, timeout=SOON)
        await expect(panel.el("EL-104-04")).to_contain_text(name)
        await expect(panel.id("outcome")).to_contain_text(name)
        assert await panel.frame.locator("img").count() == 0
        assert panel.complaints.found == []
