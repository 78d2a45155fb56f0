"""Viewers on the raffle's pages in Chromium: the real service, its feed, a simulated Twitch."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace as changed
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, expect

from browser.axe import violations
from browser.chromium import Complaints, chromium, overflow
from browser.pictures import picture
from support import sign_in
from support.raffle_stage import LINK, RaffleStage, raffle_on
from support.service import OWNER, viewer
from support.sign_in import Web

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One service and one browser serve all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]

SOON = 30_000
CHANNEL = "https://www.twitch.tv/norinn"
PEOPLE = [viewer(number) for number in range(1, 60)]
STRANGER = viewer(70, follows=False)
ADDRESSES = count(1)
BYSTANDERS = count(200)

# The page is hidden or shown as the test says.
VISIBILITY = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# Long waits are over at once, and are written down.
HASTY = """
window.waits = [];
const wait = setTimeout;
window.setTimeout = (work, ms = 0, ...rest) => {
  if (ms >= 1000) window.waits.push(ms);
  return wait(work, ms >= 1000 ? 15 : ms, ...rest);
};
"""

WAITS_LONG = """() => new Promise((done) => {
  const look = () => Math.max(...window.waits) >= 45000 ? done() : requestAnimationFrame(look);
  look();
})"""


@dataclass
class Evening:
    """The running service with its raffle, and the browser that visits it."""

    web: Web
    raffle: RaffleStage
    browser: Browser

    @property
    def url(self) -> str:
        return self.web.stage.url

    @asynccontextmanager
    async def visitor(self, **options: Any) -> AsyncIterator[tuple[BrowserContext, Page]]:
        """A browser profile of its own, at an address of its own."""
        script = options.pop("script", None)
        headers = {"X-Forwarded-For": f"198.51.100.{next(ADDRESSES) % 250}"}
        context = await self.browser.new_context(
            **{"locale": "en-US", "extra_http_headers": headers, **options}
        )
        try:
            if script:
                await context.add_init_script(script)
            yield context, await context.new_page()
        finally:
            await context.close()

    async def sign_in(self, page: Page, user: Any, path: str = "/") -> None:
        """Press the button of the page, choose oneself at Twitch, come back."""
        await page.goto(self.url + path)
        await page.locator("[data-sign-in] button").first.click()
        await page.locator(f'button[value="{user.id}"]').click()
        await page.wait_for_url(re.compile(re.escape(self.url + path) + r"(\?.*)?$"))

    async def session(self) -> None:
        """A new session with open submissions and nobody in it."""
        state = self.raffle.state
        if state.active_id.durable:
            await self.raffle.end(resetWeights=True)
        for entry in [e for e in state.entries.durable.values() if e.is_pending]:
            await self.raffle.done("DELETE", f"/api/admin/entries/{entry.id}")
        await self.raffle.submissions(True)
        await self.raffle.start()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    folder: Path = tmp_path_factory.mktemp("raffle")
    changes: dict[str, Any] = {
        "trusted_proxies": (ip_network("127.0.0.0/8"),),
        "channel_url": CHANNEL,
        "channel_name": "Norinn",
        "operator_name": "Norinn Studio",
        "contact_email": "raffle@example.org",
    }
    async with sign_in.web(folder, people=[*PEOPLE, STRANGER], **changes) as web:
        await web.signed_in(OWNER)
        await web.settled()
        async with chromium() as browser:
            yield Evening(web, await raffle_on(web.stage), browser)


@pytest_asyncio.fixture(loop_scope="module")
async def evening(everything: Evening) -> Evening:
    await everything.session()
    return everything


def enters(page: Page) -> list[Request]:
    """What the page has sent to enter."""
    found: list[Request] = []
    page.on("request", lambda one: found.append(one) if one.url.endswith("/api/enter") else None)
    return found


def asked_of_us(page: Page, url: str) -> list[str]:
    """Paths that the page asks for, from now on."""
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url.removeprefix(url)))
    return found


async def has_asked(asked: list[str], *expected: str) -> None:
    """The page has asked for this by itself."""
    async with asyncio.timeout(SOON / 1000):
        while not set(expected) <= set(asked):  # noqa: ASYNC110 - the browser tells by a callback
            await asyncio.sleep(0.02)


async def quiet(evening: Evening, page: Page) -> None:
    """Whatever has happened until now, the page has asked for all that it asks for because of it.

    Somebody enters and is removed: when the page shows that, it has heard all that came before.
    """
    await evening.web.settled()
    total = page.locator("#total")
    before = await total.inner_text()
    answer = await evening.raffle.enter(viewer(next(BYSTANDERS)))
    await expect(total).not_to_have_text(before, timeout=SOON)
    await evening.raffle.done("DELETE", f"/api/admin/entries/{answer.json()['id']}")
    await expect(total).to_have_text(before, timeout=SOON)
    # What the page does in a moment has been begun.
    await page.evaluate("new Promise((done) => setTimeout(done, 100))")


# W-17
async def closed_while_typing(raffle: RaffleStage, page: Page) -> None:
    """Submissions are closed while somebody types, and opened again."""
    await page.locator("#displayName").fill("Quorazar")
    await page.locator("#demoLink").fill(LINK)
    await page.locator("#notes").fill("listen from 1:20")
    await expect(page.locator("#notes-count")).to_have_text("16/500")
    await raffle.submissions(False)
    closed = page.get_by_role("heading", name="Submissions are closed")
    await expect(closed).to_be_visible(timeout=SOON)
    await expect(page.locator("#switch")).to_have_text("🔴 SUBMISSIONS CLOSED")
    await expect(page.locator("#entry-form")).to_have_count(0)
    await raffle.submissions(True)
    await expect(page.locator("#demoLink")).to_have_value(LINK, timeout=SOON)
    await expect(page.locator("#notes")).to_have_value("listen from 1:20")


# W-13, W-14, W-15, W-17
async def test_a_viewer_enters_and_everybody_sees_it(evening: Evening) -> None:
    raffle = evening.raffle
    for number in range(2, 8):
        await raffle.enter(viewer(number), displayName=f"Norinn{number}")
        await raffle.give(number, "cheer", 300 * number)
    async with evening.visitor() as (_, watching), evening.visitor() as (_, page):
        complaints = Complaints(page)
        sent = enters(page)
        await watching.goto(evening.url)
        await watching.evaluate("window.sameDocument = true")
        await evening.sign_in(page, viewer(1))
        await expect(page.locator("#entry-form")).to_be_visible()
        await picture(page, "raffle-home")

        await closed_while_typing(raffle, page)
        await page.locator("#entry-form button").dblclick()
        await expect(page.locator(".thanks")).to_have_text(
            "✓ Thank you for entering!", timeout=SOON
        )
        await expect(page.locator(".thanks")).to_be_focused()
        await expect(page.locator("#say")).to_have_text("✓ Thank you for entering!")
        assert len(sent) == 1
        own = page.locator(".rank.mine")
        await expect(own.locator(".name")).to_have_text("Quorazar", timeout=SOON)
        await expect(own.locator(".you")).to_have_text("You")
        await expect(watching.locator(".rank .name", has_text="Quorazar")).to_be_visible(
            timeout=SOON
        )
        await expect(watching.locator("#total")).to_have_text("7 entries total")
        assert await watching.evaluate("window.sameDocument") is True
        await picture(page, "raffle-entered")

        # The chance follows what others give, without a question.
        chance = page.locator('#account [data-mark="chance"]')
        before = await chance.inner_text()
        await quiet(evening, page)
        asked = asked_of_us(page, evening.url)
        await raffle.give(2, "cheer", 2_000)
        await expect(chance).not_to_have_text(before, timeout=SOON)
        assert asked == []
        await page.reload()
        await expect(page.locator("#entry-heading")).to_have_text("You have an active submission")
        await expect(page.locator("#entry-form")).to_have_count(0)
        assert page.url == f"{evening.url}/"
        # The own weight is fetched when something of one's own happens.
        await raffle.give(1, "cheer", 1_000)
        total = page.locator('#account [data-mark="total"]')
        await expect(total).to_have_text("2.00x", timeout=SOON)
        await raffle.draw()
        await expect(watching.locator("#winner")).not_to_be_empty(timeout=SOON)
        await expect(watching.locator("#say")).to_contain_text("has been drawn!")
        assert complaints.found == []


CODES = {
    "NO_ACTIVE_SESSION": "The raffle is not currently running. Please try again later.",
    "SUBMISSIONS_CLOSED": "Submissions are currently closed. Please try again later.",
    "ALREADY_SUBMITTED_THIS_SESSION": "You already have an active submission for this session.",
    "PENDING_ENTRY_FROM_PREVIOUS_SESSION": "You already have a pending submission with accumulated"
    " weight. It must be drawn before you can submit again.",
    "ALREADY_WON_THIS_SESSION": "You have already won this session. You’ll be eligible again in"
    " the next session.",
    "EMAIL_ALREADY_REGISTERED": "This email is already registered for this round.",
    "NOT_FOLLOWING": "You need to follow the channel on Twitch before entering.",
    "DEMO_LINK_REQUIRED": "You must add a link to participate.",
    "DEMO_LINK_INVALID": "Invalid demo link URL format",
    "DEMO_LINK_DOMAIN": "Demo link must be from SoundCloud, Google Drive, or Dropbox",
    "NOTES_TOO_LONG": "Notes must be 500 characters or fewer.",
    "NOTES_INVALID": "Notes must be plain text.",
    "UNAUTHENTICATED": "You must be logged in with Twitch to enter the raffle",
    "USER_NOT_FOUND": "User not found. Please try logging in again.",
}


def stub(answer: dict[str, Any] | None) -> Callable[[Route], Any]:
    """Give this answer, or none, whatever is asked."""
    return lambda route: route.abort() if answer is None else route.fulfill(**answer)


TYPED = {"#demoLink": LINK, "#notes": "two\nlines"}


# W-16
@pytest.mark.parametrize("path", ["/", "/demo-portal"])
async def test_every_refusal_in_its_words_and_the_input_stays(evening: Evening, path: str) -> None:
    portal = path != "/"
    network = "submission" if portal else "registration"
    answers: list[tuple[dict[str, Any] | None, str]] = [
        ({"status": 400, "json": {"success": False, "error": "?", "errorCode": code}}, told)
        for code, told in CODES.items()
        # The words are the same on both pages.
        if not portal or code.startswith("NO")
    ]
    limited = {"success": False, "error": "!", "errorCode": "RATE_LIMIT_USER"}
    answers += [
        (
            {"status": 429, "json": limited, "headers": {"retry-after": "700"}},
            "Too many submissions. Please try again later. Try again in 12 min.",
        ),
        ({"status": 400, "json": {"success": False, "error": "Own words"}}, "Own words"),
        (
            {"status": 400, "json": {"success": False}},
            "Failed to submit" if portal else "An error occurred",
        ),
        (
            {"status": 500, "json": {"success": False, "error": "x"}},
            "An error occurred during registration",
        ),
        (
            {"status": 200, "body": "<html>"},
            "An unexpected error occurred. Please try again later.",
        ),
        (None, f"An error occurred during {network}"),
    ]
    async with evening.visitor() as (_, page):
        await evening.sign_in(page, viewer(10 if portal else 11), path)
        for answer, told in answers:
            await page.route("**/api/enter", stub(answer))
            await expect(page.locator("#entry-form")).to_be_visible(timeout=SOON)
            for field, value in TYPED.items():
                await page.locator(field).fill(value)
            await page.locator("#entry-form button").click()
            await expect(page.locator("#entry-error")).to_have_text(told, timeout=SOON)
            await page.unroute("**/api/enter")
            if await page.locator("#entry-form").count() == 0:
                # Paused or closed at once; the switch that really is open brings the form back.
                await page.reload()
            for field, value in TYPED.items():
                await expect(page.locator(field)).to_have_value(value, timeout=SOON)
            assert not await page.locator("#entry-form button").is_disabled()


# W-05, W-06, W-07
async def test_somebody_follows_and_checks_again(evening: Evening) -> None:
    async with evening.visitor() as (_, page):
        await evening.sign_in(page, STRANGER)
        await expect(page.locator("h1")).to_have_text("Follow Required ❤️")
        await expect(page.locator(f'a[href="{CHANNEL}"]')).to_be_visible()
        await picture(page, "raffle-follow")
        assert await violations(page) == []
        again = page.get_by_role("button", name="I follow now — check again")
        await again.click()
        await expect(page.locator("#follow-said")).to_contain_text("not follow", timeout=SOON)
        evening.web.stage.clock.advance(11)
        evening.web.twitch.join([changed(STRANGER, follows=True)])
        await page.evaluate("window.sameDocument = true")
        await again.click()
        await expect(page.locator("#entry-form")).to_be_visible(timeout=SOON)
        await expect(page.locator("h1")).to_have_text("Welcome to the raffle! 🎲")
        assert await page.evaluate("window.sameDocument") is True
        unknown = {"success": True, "isFollower": True, "status": "unknown", "reason": "http_503"}
        await page.route("**/api/twitch/check-follow", lambda route: route.fulfill(json=unknown))
        await page.reload()
        await expect(page.locator("#follow-note")).to_contain_text("(http_503)", timeout=SOON)
        await expect(page.locator("#entry-form")).to_be_visible()


# W-27, W-28, W-30
async def test_one_connection_and_nothing_is_asked_without_need(evening: Evening) -> None:
    async with evening.visitor() as (_, page):
        await evening.sign_in(page, viewer(12), "/demo-portal")
        # From an empty page, so that nothing that the one before asks late is counted.
        await page.goto("about:blank")
        asked = asked_of_us(page, evening.url)
        await page.goto(f"{evening.url}/demo-portal")
        await has_asked(asked, "/api/twitch/check-follow", "/api/live")
        await quiet(evening, page)
        assert asked.count("/api/live") == 1
        asked.clear()
        # What concerns others arrives by the one connection.
        await evening.raffle.enter(viewer(13), displayName="Kael")
        await expect(page.locator(".rank .name", has_text="Kael")).to_be_visible(timeout=SOON)
        await evening.web.stage.chat(viewer(14), "!twgold Kael")
        await asyncio.sleep(0.5)
        assert asked == []

        await page.evaluate(VISIBILITY, "hidden")
        await evening.raffle.enter(viewer(15), displayName="Ёжик")
        await evening.raffle.give(12, "cheer", 1_000)
        await asyncio.sleep(1.5)
        assert asked == []
        await expect(page.locator("#total")).to_have_text("1 entry total")
        await page.evaluate(VISIBILITY, "visible")
        await expect(page.locator("#total")).to_have_text("2 entries total", timeout=SOON)
        await expect(page.locator('#status [data-mark="total"]')).to_have_text(
            "2.00x", timeout=SOON
        )
        await quiet(evening, page)
        asked.clear()
        # Nothing has changed meanwhile: no leaderboard is asked for.
        await page.evaluate(VISIBILITY, "hidden")
        await page.evaluate(VISIBILITY, "visible")
        await has_asked(asked, "/api/status", "/api/live")
        await evening.web.settled()
        await asyncio.sleep(0.5)
        assert sorted(path.partition("?")[0] for path in asked) == [
            "/api/live",
            "/api/status",
            "/demo-portal",
        ]
        assert not [path for path in asked if "sync" in path]


# W-29
async def test_a_lost_connection_keeps_what_is_shown(evening: Evening) -> None:
    await evening.raffle.enter(viewer(16), displayName="Norinn")
    async with evening.visitor(script=HASTY) as (_, page):
        await page.goto(evening.url)
        await expect(page.locator(".rank .name")).to_have_text(["Norinn"])
        await page.route("**/api/**", lambda route: route.abort())
        await page.evaluate(VISIBILITY, "hidden")
        await page.evaluate(VISIBILITY, "visible")
        note = page.locator("#reconnecting")
        await expect(note).to_have_text("Connection lost. Retrying…", timeout=SOON)
        await page.evaluate(WAITS_LONG)
        waits: list[float] = await page.evaluate("window.waits.filter((ms) => ms !== 2500)")
        grown = waits[:6]
        assert all(later > earlier for earlier, later in zip(grown, grown[2:], strict=False))
        assert max(waits) <= 75_000
        await expect(page.locator(".rank .name")).to_have_text(["Norinn"])
        await picture(page, "raffle-reconnecting")
        await page.unroute("**/api/**")
        await expect(note).to_be_hidden(timeout=SOON)


# W-31
async def test_an_account_that_is_switched_in_another_tab(evening: Evening) -> None:
    first, second = viewer(17), viewer(18)
    await evening.raffle.enter(first)
    await evening.raffle.give(17, "cheer", 4_000)
    async with evening.visitor() as (context, page):
        await evening.sign_in(page, first, "/demo-portal")
        await expect(page.locator('#status [data-mark="total"]')).to_have_text("5.00x")
        # Whatever is on the page belongs to whom it names.
        await page.add_init_script("sessionStorage.loads = Number(sessionStorage.loads || 0) + 1")
        other = await context.new_page()
        await other.goto(evening.url)
        await other.get_by_role("button", name="Sign Out").click()
        await other.wait_for_url(f"{evening.url}/")
        await evening.sign_in(other, second)
        await page.bring_to_front()
        await expect(page.locator("#account-heading")).to_have_text(
            second.display_name, timeout=SOON
        )
        await expect(page.locator('#status [data-mark="total"]')).to_have_text("1.00x")
        assert "5.00x" not in await page.locator("#mine").inner_text()
        await expect(page.locator(".rank.mine")).to_have_count(0)


HOSTILE = '"><img src=x onerror=window.pwned=1>'


# W-22
async def test_hostile_words_stay_words(evening: Evening) -> None:
    raffle = evening.raffle
    async with evening.visitor() as (_, watching), evening.visitor() as (_, page):
        complaints = Complaints(watching)
        for query in ("error", "entered", "lang", "fragment_", "view"):
            await watching.goto(f"{evening.url}/?{query}={HOSTILE}")
            assert await watching.evaluate("window.pwned") is None
        await watching.goto(evening.url)
        await evening.sign_in(page, viewer(19))
        await page.locator("#displayName").fill(HOSTILE[:60])
        await page.locator("#demoLink").fill(f"{LINK}?q=%22%3E%3Cscript%3E")
        await page.locator("#notes").fill(f"<script>window.pwned=1</script> &amp; {HOSTILE}")
        await page.locator("#entry-form button").click()
        await expect(page.locator(".thanks")).to_be_visible(timeout=SOON)
        await expect(watching.locator(".rank .name")).to_contain_text("<img src=x", timeout=SOON)
        await page.reload()
        await expect(page.locator("#entry")).to_contain_text("<img src=x")
        await page.goto(f"{evening.url}/demo-portal")
        await raffle.draw()
        await expect(watching.locator("#winner")).to_contain_text("<img src=x", timeout=SOON)
        await expect(watching.locator("#say")).to_contain_text("<img src=x")
        await raffle.submissions(False)
        await expect(watching.locator("#inline")).to_contain_text("<img src=x", timeout=SOON)
        for one in (watching, page):
            assert await one.evaluate("window.pwned") is None
            assert await one.locator('img[src="x"]').count() == 0
        await the_broadcaster_reads(evening, watching)
        assert complaints.found == []


async def the_broadcaster_reads(evening: Evening, page: Page) -> None:
    """The same words in the history, in the proof, and in what addresses ask the dashboard for."""
    raffle, words = evening.raffle, quote(HOSTILE)
    await raffle.end()
    await raffle.start(name=HOSTILE)
    (draw, *_) = await raffle.seen("/api/draws")
    await page.context.add_cookies(
        [
            {"name": name, "value": value, "url": evening.url}
            for name, value in raffle.owner.cookies.items()
        ]
    )
    for path in (
        "/demo-admin/history",
        f"/demo-admin?tab=raffle&draw={draw['drawId']}",
        f"/demo-admin/draws/{draw['drawId']}",
        f"/draws/{draw['drawId']}",
    ):
        await page.goto(evening.url + path)
        await expect(page.locator("main")).to_contain_text("<img src=x")
        assert await page.evaluate("window.pwned") is None, path
    for query in (f"q={words}", f"tab={words}&sort={words}&draw={words}", f"done=bonus&id={words}"):
        await page.goto(f"{evening.url}/demo-admin?{query}")
        assert await page.evaluate("window.pwned") is None, query
        assert await page.locator('img[src="x"]').count() == 0


# W-52, W-53
async def test_dialogs_by_keyboard_and_a_sign_in_that_failed(evening: Evening) -> None:
    async with evening.visitor() as (_, page):
        await page.goto(f"{evening.url}/?error=AccessDenied&lang=en")
        await expect(page.locator("#sign-in-error")).to_contain_text("did not complete")
        assert page.url == f"{evening.url}/?lang=en"
        await expect(page.locator("[data-sign-in] button")).to_be_enabled()
        await picture(page, "raffle-signed-out")
        for name, heading in (
            ("How are my odds calculated?", "How your raffle weight works"),
            ("Rules & Terms", "Raffle Rules"),
            ("Privacy Policy", "Privacy Policy"),
        ):
            link = page.get_by_role("link", name=name)
            await link.focus()
            await page.keyboard.press("Enter")
            dialog = page.get_by_role("dialog", name=heading)
            await expect(dialog.locator(".legal-text")).to_be_visible(timeout=SOON)
            for _ in range(6):
                await page.keyboard.press("Tab")
                inside = "document.activeElement === document.body || "
                inside += "document.querySelector('dialog').contains(document.activeElement)"
                assert await page.evaluate(inside)
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
            await expect(link).to_be_focused()
        await page.get_by_role("link", name="Rules & Terms").click()
        await expect(page.get_by_role("dialog").locator(".legal-text")).to_be_visible()
        assert await violations(page) == []
        await page.mouse.click(2, 2)
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_without_scripts_a_viewer_enters_and_leaves(evening: Evening) -> None:
    async with evening.visitor(java_script_enabled=False, locale="ru-RU") as (_, page):
        await evening.sign_in(page, viewer(20))
        await page.locator("#demoLink").fill("https://evil.example/x")
        await page.locator("#notes").fill("строка")
        await page.locator("#entry-form button").click()
        await expect(page.locator("#entry-error")).to_contain_text("SoundCloud")
        await expect(page.locator("#notes")).to_have_value("строка")
        await page.locator("#demoLink").fill(LINK)
        await page.locator("#entry-form button").click()
        await expect(page.locator(".thanks")).to_have_text("✓ Спасибо за участие!")
        await page.get_by_role("link", name="Правила и условия").click()
        await expect(page.locator("h1")).to_have_text("Правила розыгрыша")
        await page.goto(evening.url)
        await page.get_by_role("button", name="Выйти").click()
        await expect(page.get_by_role("button", name="Войти через Twitch")).to_be_visible()


# W-55
async def test_pages_of_every_size_language_and_theme(evening: Evening) -> None:
    raffle = evening.raffle
    for number in range(30, 55):
        await raffle.enter(viewer(number))
        await raffle.give(number, "cheer", 97 * number)
    await raffle.give(30, "subscribe")
    await raffle.give(30, "gift", 4)
    await raffle.draw()
    looks: list[tuple[int, str, Any]] = [
        (318, "ru-RU", "dark"),
        (390, "en-US", "light"),
        (1440, "en-US", "dark"),
    ]
    for width, locale, theme in looks:
        size = {"width": width, "height": 900}
        options: dict[str, Any] = {"locale": locale, "color_scheme": theme, "viewport": size}
        async with evening.visitor(**options) as (_, page):
            hosts: set[str] = set()
            page.on("request", lambda one, hosts=hosts: hosts.add(one.url.split("/")[2]))
            name = f"{width}-{locale[:2]}"
            # The widest differs from the others in measures alone.
            is_checked = width != 1440
            await page.goto(evening.url)
            assert not is_checked or await violations(page) == []
            assert await overflow(page) == []
            await evening.sign_in(page, viewer(31 if width == 318 else 30))
            for path in ("/", "/demo-portal"):
                await page.goto(evening.url + path)
                await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
                assert not is_checked or await violations(page) == [], (path, name)
                assert await overflow(page) == [], (path, name)
                await picture(page, f"raffle-{path[6:] or 'home'}-{name}")
            ours = evening.url.split("/")[2]
            twitch = evening.web.twitch_url.split("/")[2]
            assert hosts <= {ours, twitch, "static-cdn.jtvnw.net"}
