"""The panel's part about gifts: asked for, waited for, given, in a browser and with the service."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from browser.chromium import chromium
from browser.pictures import picture
from extension.stage import SOON, Panel, Stage, opened, staged
from support.gifts import GiftStage, item
from support.service import ANNA, BORIS, CLARA

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # One browser serves all tests of the module.
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def look_again(panel: Panel) -> None:
    async with panel.page.expect_response("**/api/panel/snapshot"):
        await panel.page.click("#renew")
    await panel.settled()


async def is_fit(panel: Panel, name: str) -> None:
    assert await panel.violations() == []
    assert panel.complaints.besides("409") == []
    width = await panel.evaluate("html => html.scrollWidth - html.clientWidth")
    assert width <= 0, f"{name} has to be scrolled sideways"
    await panel.id("gift").scroll_into_view_if_needed()
    await picture(panel.id("gift"), f"panel-{name}")


async def ask(panel: Panel, name: str) -> None:
    await panel.id("gift").locator("input").fill(name)
    await panel.id("gift").locator("button[type=submit]").press("Enter")


def gift_stage(stage: Stage) -> GiftStage:
    return GiftStage(stage.service)


# P-24, Q-02, Q-11, Q-13
async def test_a_gift_from_the_wish_to_the_end(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path, dev_skip_gift_subscriber_check=True) as stage:
        gifts = gift_stage(stage)
        await gifts.asked(BORIS, "Boris")
        async with opened(browser, stage) as panel:
            await expect(panel.id("gift-title")).to_have_text("Gift command", timeout=SOON)
            scripts = "() => performance.getEntriesByType('resource').map((each) => each.name)"
            assert not any("gift.js" in each for each in await panel.evaluate(scripts))
            await panel.id("gift-ask").press("Enter")
            field = panel.id("gift").locator("input")
            await expect(field).to_be_focused(timeout=SOON)
            assert await field.get_attribute("maxlength") == "12"
            await is_fit(panel, "gift-form")
            await ask(panel, "N")
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Invalid name")
            await ask(panel, "Norinn")
            line = panel.id("gift-line")
            await expect(line).to_have_text(
                "You are #2 in queue. Estimated wait: 65s.", timeout=SOON
            )
            await expect(panel.id("gift-title")).to_have_text("Gift queue")
            await expect(panel.id("gift-state")).to_have_text("Pending")
            await expect(panel.id("gift").locator("form")).to_be_hidden()
            await is_fit(panel, "gift-pending")

            boris, anna = [row["id"] for row in await gifts.open()]
            await gifts.patch(boris, "Failed")
            await look_again(panel)
            await expect(line).to_have_text("Gift selection in progress…")
            drawn = (await gifts.draw(anna)).json()
            await gifts.select(anna, drawn["item"])
            await look_again(panel)
            await expect(line).to_have_text("Waiting for your in-game whisper reply !twgift.")
            await expect(panel.id("gift")).to_contain_text(f"Item: {drawn['item']['name']} × 3")
            proof = panel.id("gift").locator("a")
            await expect(proof).to_have_attribute("href", f"{stage.url}/draws/{anna}")
            await is_fit(panel, "gift-item")
            await gifts.confirm(anna)
            await look_again(panel)
            await expect(line).to_have_text("Gift sent successfully.")
            await expect(panel.id("gift").locator("form")).to_be_hidden()
            await is_fit(panel, "gift-completed")


async def test_who_failed_may_ask_again_and_reads_why_in_russian(
    tmp_path: Path, browser: Browser
) -> None:
    async with staged(tmp_path, dev_skip_gift_subscriber_check=True) as stage:
        gifts = gift_stage(stage)
        hostile = item(name="<img src=x onerror=alert(1)>", count=1)
        request = await gifts.asked(CLARA, "Clara")
        await gifts.select(request, hostile)
        async with opened(browser, stage, CLARA, language="ru", theme="light") as panel:
            section = panel.id("gift")
            await expect(section).to_contain_text(hostile["name"], timeout=SOON)
            assert await panel.frame.locator("img").count() == 0
            await expect(panel.id("gift-state")).to_have_text("Ждём ответа")
            await gifts.confirm(request, confirmed=False)
            await look_again(panel)
            await expect(panel.id("gift-line")).to_have_text(
                "Подарок не получился: получатель отказался."
            )
            await is_fit(panel, "gift-failed-ru-light")
            await expect(section.get_by_text(hostile["name"])).to_be_hidden()
            # The chat was quicker.
            await gifts.stage.chat(CLARA, "!twgift Clara")
            await ask(panel, "Clara")
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Уже в очереди", timeout=SOON)


async def test_who_is_unknown_or_no_subscriber_is_told_so(tmp_path: Path, browser: Browser) -> None:
    async with staged(tmp_path, dev_skip_gift_subscriber_check=False) as stage:
        async with opened(browser, stage, ANNA) as panel:
            await panel.id("gift-ask").click()
            await ask(panel, "Norinn")
            await expect(panel.el("EL-105-01")).to_have_text("⚠ Subscriber only", timeout=SOON)
            await expect(panel.el("EL-105-02")).to_have_text("Only subscribers can use !twgift.")
            await panel.el("EL-105-03").click()
            await expect(panel.el("UI-105")).to_be_hidden()
        async with opened(browser, stage, BORIS, shared=False) as panel:
            await expect(panel.id("share")).to_be_visible(timeout=SOON)
            await expect(panel.id("gift-ask")).to_be_hidden()
