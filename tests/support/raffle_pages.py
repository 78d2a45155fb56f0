"""The broadcaster's pages as a browser without scripts sees them."""

from typing import Any

import httpx2

from browser.outline import Outline
from support.accounts import Browser
from support.raffle_stage import RaffleStage

PAGE = "/demo-admin"
HTML = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"}


async def html(browser: Browser, path: str = PAGE, **details: Any) -> Outline:
    """A page that must be there; its tags are balanced."""
    answer = await browser.get(path, headers=HTML, **details)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text)


async def sent(
    raffle: RaffleStage, path: str, back: str = "", **fields: str
) -> tuple[httpx2.Response, Outline]:
    """A form of the page, sent without scripts, and the page that is seen afterwards."""
    data = {"back": back, **fields}
    answer = await raffle.owner.post(f"{PAGE}/{path}", headers=HTML, data=data)
    if answer.status_code != 303:
        return answer, Outline(answer.text)
    location = answer.headers["location"]
    assert location.startswith(PAGE)
    return answer, await html(raffle.owner, location)


def told(page: Outline, place: str) -> tuple[str, str]:
    """What a part of the page says of the last form: its kind, and the text."""
    found = page.by_id(f"told-{place}")
    assert "hidden" not in found.attributes
    return found.attributes["data-kind"], found.text
