"""Debian's Chromium under Playwright, and an eye on everything that it complains about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Frame,
    Page,
    async_playwright,
    expect,
)

CHROMIUM = Path("/usr/bin/chromium")
IS_INSTALLED = CHROMIUM.exists()
MISSING = "scripts/need chromium"
PATIENCE = 30_000
"""Milliseconds within which something is shown, on a busy machine too."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser; the test fails where it is not installed."""
    if not IS_INSTALLED:
        pytest.fail(MISSING, pytrace=False)
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=ARGUMENTS, chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()


async def until_true(
    page: Page | Frame, condition: str, argument: object = None, patience: float = PATIENCE
) -> None:
    """Wait until an expression is true in a page, at most so many milliseconds.

    Playwright's own waiting evaluates in the page itself, which our policy forbids.
    """
    async with asyncio.timeout(patience / 1000):
        while not await page.evaluate(condition, argument):  # noqa: ASYNC110 - a page has no event to give
            await asyncio.sleep(0.02)


class Complaints:
    """What a page wrote to the console as an error, threw, or tried against the policy."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"thrown: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text} ({message.location['url']})")

    def besides(self, *expected: str) -> list[str]:
        """All but those that hold one of the expected words."""
        return [each for each in self.found if not any(word in each for word in expected)]


async def overflow(page: Page) -> list[str]:
    """What reaches beyond the right edge of the window; empty when nothing has to be scrolled."""
    found: list[str] = await page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
            [...document.body.querySelectorAll("*")]
              .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
              .map((one) => `${one.tagName}#${one.id}.${one.className}`)"""
    )
    return found
