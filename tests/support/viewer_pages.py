"""The raffle's pages for viewers as a browser without scripts sees them."""

import re
from typing import Any

import httpx2

from browser.outline import Outline
from support.accounts import Browser

BROWSER = {"accept": "text/html", "accept-language": "en"}
SURFACES = ("/", "/demo-portal")


async def text(who: Browser, path: str, language: str = "en") -> str:
    """The HTML of a page that must be there."""
    answer = await who.get(path, headers=BROWSER | {"accept-language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


async def outline(who: Browser, path: str, language: str = "en") -> Outline:
    """What a page shows: what scripts alone may use of it is left out."""
    html = await text(who, path, language)
    return Outline(re.sub(r"<template.*?</template>", "", html, flags=re.S))


def shown(page: Outline) -> str:
    return page.by_id("content").text


def headings(page: Outline) -> list[str]:
    return [e.text for e in page.elements if e.tag in ("h1", "h2")]


def forms(page: Outline) -> list[Any]:
    return [e for e in page.all("form") if "data-enter" in e.attributes]


async def post(who: Browser, path: str, **fields: str) -> httpx2.Response:
    """The form of a page, sent by a browser without scripts."""
    headers = BROWSER | {"X-Forwarded-For": f"198.51.100.{len(fields) + 1}"}
    return await who.post(path, data=fields, headers=headers)
