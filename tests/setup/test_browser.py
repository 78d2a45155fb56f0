"""The first start in a real browser, from the terminal's address to a chat that is heard."""

import re
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.axe import violations
from browser.chromium import Complaints, chromium, overflow
from browser.pictures import picture
from goldomatic.simulation.eventsub_messages import ChatLine
from support.service import ANNA, BORIS, OWNER
from support.setup import Newcomer, newcomer
from support.sign_in import APP
from support.twitch import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def looks_well(page: Page, complaints: Complaints) -> None:
    for width in (318, 390, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await overflow(page) == []
    assert await violations(page) == []
    assert (
        complaints.besides("violates the following Content Security Policy", "403 (Forbidden)")
        == []
    )


async def connect(page: Page, new: Newcomer, role: str, user: object) -> None:
    section = page.locator(f"#{role}")
    await section.get_by_role("button", name="Connect").click()
    link = section.get_by_role("link", name="Open Twitch")
    await expect(link).to_be_visible()
    if role == "broadcaster":
        await page.set_viewport_size({"width": 900, "height": 900})
        await picture(section, "setup-code")
    new.confirm(await link.get_attribute("href") or "", user)  # type: ignore[arg-type]
    await expect(section.get_by_text("Connected:")).to_be_visible()


async def save_application(page: Page) -> None:
    step = page.locator("#application")
    await step.get_by_label("Client id").fill(APP.id)
    await step.get_by_label("Client secret").fill("a-wrong-secret")
    await step.get_by_role("button").click()
    await expect(step.get_by_role("alert")).to_contain_text("Twitch refuses")
    await step.get_by_label("Client id").fill(APP.id)
    await step.get_by_label("Client secret").fill(APP.secret)
    await step.get_by_role("button").click()
    await expect(step.get_by_text("done")).to_be_visible()
    await page.set_viewport_size({"width": 900, "height": 900})
    await picture(step, "setup-application")


async def choose_websocket(page: Page) -> None:
    step = page.locator("#way")
    await step.get_by_label("Webhook: by this public address").check()
    await step.get_by_label("Public address", exact=True).fill("https://192.168.1.2")
    await step.get_by_role("button").click()
    await expect(step.get_by_role("alert")).to_contain_text("No service answers")
    await step.get_by_label("WebSocket").check()
    await step.get_by_role("button").click()
    await expect(step.get_by_role("alert")).to_have_count(0)


async def enter(page: Page, new: Newcomer, service: Process) -> None:
    """Open the address that the terminal shows."""
    told = await new.until(service, lambda text: re.search(r"code=\S+\n", text))
    found = re.search(r"Set-up: (\S+)", told)
    assert found
    await page.goto(found[1])
    await expect(page.get_by_role("heading", level=1)).to_have_text("Set-up")
    assert "code=" not in page.url


async def test_a_first_start_in_a_browser(tmp_path: Path) -> None:
    async with newcomer(tmp_path) as new, chromium() as browser:
        service = await new.start("serve", "--setup")
        page = await browser.new_page(locale="en-GB", viewport={"width": 900, "height": 900})
        complaints = Complaints(page)
        await enter(page, new, service)
        await looks_well(page, complaints)
        await save_application(page)
        await choose_websocket(page)
        await connect(page, new, "broadcaster", OWNER)
        await connect(page, new, "bot", ANNA)
        await page.get_by_role("button", name="Take over the new settings").click()
        await expect(page.get_by_role("status")).to_contain_text("starts anew")
        await until(lambda: len(new.twitch.sessions.enabled()) == 7, 30)
        # The browser is known to the new start, and the page comes back by itself.
        await expect(page.locator("#looked .lines .chip")).to_have_count(14)
        await expect(page.locator("#looked").get_by_text("does not work")).to_have_count(0)
        await looks_well(page, complaints)
        await page.set_viewport_size({"width": 900, "height": 900})
        await picture(page.locator("#looked"), "setup-looked")
        shown = await page.content()
        assert not [each for each in (APP.secret, *new.twitch.tokens._access) if each in shown]
        await new.twitch.say(ChatLine(chatter=BORIS, text="!twgold Norinn"))
        await page.goto(f"{new.url}/setup?lang=ru&look=1")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Настройка")
        await looks_well(page, complaints)
        service.terminate()
        assert await service.wait() == 0
