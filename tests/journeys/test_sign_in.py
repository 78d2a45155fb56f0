"""Signing in with Debian's Chromium: our policy lets the form lead to Twitch, and back."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.chromium import Complaints, chromium, overflow
from support import sign_in
from support.service import ANNA, OWNER
from support.sign_in import Web

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEND_FORM = """([action, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""
ASK = "() => fetch('/api/auth/session').then((answer) => answer.json())"
NAME = re.compile(ANNA.display_name)


async def press_sign_in(web: Web, page: Page, back: str) -> None:
    """What the button of a page does."""
    await page.goto(f"{web.stage.url}/roulette")
    await page.evaluate(SEND_FORM, ["/api/auth/signin/twitch", {"callbackUrl": back}])
    await page.wait_for_url(f"{web.twitch_url}/oauth2/authorize?**")


async def test_a_browser_signs_in_and_out(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web, chromium() as browser:
        page = await browser.new_page(viewport={"width": 318, "height": 700})
        complaints = Complaints(page)
        await press_sign_in(web, page, "/draws?lang=ru")
        assert await overflow(page) == []
        await page.get_by_label("Find a viewer").fill(ANNA.login)
        await page.keyboard.press("Enter")
        await expect(page.locator(".people button")).to_have_count(1)
        await page.get_by_role("button", name=NAME).press("Enter")
        await page.wait_for_url(f"{web.stage.url}/draws?lang=ru")
        assert (await page.evaluate(ASK))["user"]["id"] == ANNA.id
        # No script of a page reads what proves somebody.
        assert "goldomatic_session" not in await page.evaluate("() => document.cookie")
        await page.evaluate(SEND_FORM, ["/api/auth/signout", {}])
        await page.wait_for_url(f"{web.stage.url}/")
        assert await page.evaluate(ASK) is None
        assert complaints.found == []


async def test_a_browser_denies(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web, chromium() as browser:
        page = await browser.new_page()
        await press_sign_in(web, page, "/draws")
        await page.get_by_role("button", name="Deny access").click()
        await page.wait_for_url(f"{web.stage.url}/?error=AccessDenied")
        assert await page.evaluate(ASK) is None


async def test_the_broadcaster_passes_twitch_twice(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web, chromium() as browser:
        page = await browser.new_page()
        await press_sign_in(web, page, "/draws")
        owner = page.get_by_role("button", name=re.compile(OWNER.display_name))
        await owner.click()
        await expect(page.get_by_text("bits:read")).to_be_visible()
        await owner.click()
        await page.wait_for_url(f"{web.stage.url}/draws")
        assert (await page.evaluate(ASK))["isBroadcaster"] is True


async def test_another_sites_form_does_nothing(tmp_path: Path) -> None:
    async with sign_in.web(tmp_path) as web, chromium() as browser:
        page = await browser.new_page()
        await press_sign_in(web, page, "/draws")
        await page.get_by_role("button", name=NAME).click()
        await page.wait_for_url(f"{web.stage.url}/draws")
        # Another port is another site's page here: same host, other origin.
        await page.goto(f"{web.twitch_url}/oauth2/sign-in.css")
        await page.evaluate(SEND_FORM, [f"{web.stage.url}/api/auth/signout", {}])
        await expect(page.locator("body")).to_contain_text("csrf_failed")
        await page.goto(f"{web.stage.url}/draws")
        assert (await page.evaluate(ASK))["user"]["id"] == ANNA.id
