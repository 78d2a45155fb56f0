"""Guards on routes made for the purpose: who comes in, and by which request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar import get, post

from goldomatic.accounts.guard import (
    account_of,
    broadcaster_only,
    csrf_token_of,
    viewers_only,
    visitor_of,
    visitors,
)
from goldomatic.web.wire import AnyRequest
from support.accounts import Browser, nobody, signed_in
from support.answers import code
from support.service import ANNA, OWNER, Stage, running

FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
SILENT = {"Origin": None, "Sec-Fetch-Site": None}


@get("/api/test/visitor", guards=[visitors])
async def visitor(request: AnyRequest) -> dict[str, Any]:
    account = visitor_of(request)
    return {"name": account.name if account else None, "csrf": csrf_token_of(request)}


@post("/api/test/visit", guards=[visitors], status_code=200)
async def visit(request: AnyRequest) -> dict[str, Any]:
    account = visitor_of(request)
    return {"name": account.name if account else None}


@post("/api/test/view", guards=[viewers_only], status_code=200)
async def view(request: AnyRequest) -> dict[str, Any]:
    form = dict(await request.form())
    return {"name": account_of(request).name, "form": form}


@post("/api/test/administer", guards=[broadcaster_only], status_code=200)
async def administer(request: AnyRequest) -> dict[str, Any]:
    return {"name": account_of(request).name}


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with with_routes(tmp_path, monkeypatch) as made:
        yield made


@asynccontextmanager
async def with_routes(
    directory: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> AsyncIterator[Stage]:
    from goldomatic import home

    routes = (*home.ROUTES, visitor, visit, view, administer)
    monkeypatch.setattr(home, "ROUTES", routes)
    async with running(directory, **changes) as made:
        yield made


async def administers(browser: Browser, **details: Any) -> httpx2.Response:
    return await browser.post("/api/test/administer", **details)


#
async def test_only_the_broadcaster_administers(stage: Stage) -> None:
    owner, anna = await signed_in(stage, OWNER), await signed_in(stage, ANNA)
    answer = await administers(owner)
    assert (answer.status_code, answer.json()) == (200, {"name": OWNER.display_name})
    for browser in (anna, nobody(stage)):
        answer = await administers(browser)
        assert code(answer) == (401, "unauthorized")
        assert answer.json()["message"] == "Unauthorized access"


async def test_without_a_broadcaster_nobody_administers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with with_routes(tmp_path, monkeypatch, twitch_broadcaster_id=None) as stage:
        owner = await signed_in(stage, OWNER)
        assert code(await administers(owner)) == (401, "unauthorized")


async def test_viewers_and_visitors(stage: Stage) -> None:
    anna = await signed_in(stage, ANNA)
    assert (await anna.post("/api/test/view")).json()["name"] == ANNA.display_name
    assert code(await nobody(stage).post("/api/test/view")) == (401, "unauthenticated")
    assert (await anna.post("/api/test/visit")).json() == {"name": ANNA.display_name}
    assert (await nobody(stage).post("/api/test/visit")).json() == {"name": None}


#
@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
        {"Origin": "null", "Sec-Fetch-Site": None},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        SILENT,
    ],
)
async def test_a_change_from_elsewhere_is_refused(
    stage: Stage, headers: dict[str, str | None]
) -> None:
    owner = await signed_in(stage, OWNER)
    for path in ("visit", "view", "administer"):
        answer = await owner.post(f"/api/test/{path}", headers=headers)
        assert code(answer) == (403, "csrf_failed"), path
        assert answer.json()["message"] == "Request rejected"
        given = {**headers, "X-CSRF-Token": owner.csrf}
        assert (await owner.post(f"/api/test/{path}", headers=given)).status_code == 200


async def test_the_token_may_stand_in_a_form(stage: Stage) -> None:
    anna, owner = await signed_in(stage, ANNA), await signed_in(stage, OWNER)
    form = {"csrfToken": anna.csrf, "name": "Нори"}
    answer = await anna.post("/api/test/view", headers=SILENT, data=form)
    assert answer.json()["form"] == form
    for foreign in (owner.csrf, "", anna.csrf[:-1], "щ"):
        answer = await anna.post("/api/test/view", headers=SILENT, data={"csrfToken": foreign})
        assert code(answer) == (403, "csrf_failed")


async def test_a_page_under_another_address_of_the_host_is_our_own(stage: Stage) -> None:
    anna = await signed_in(stage, ANNA)
    other = {"Host": "raffle.example", "Origin": "https://raffle.example", "Sec-Fetch-Site": None}
    assert (await anna.post("/api/test/view", headers=other)).status_code == 200
    other["Origin"] = "https://raffle.example.evil.example"
    assert code(await anna.post("/api/test/view", headers=other)) == (403, "csrf_failed")


async def test_reading_needs_no_token_and_gives_one(stage: Stage) -> None:
    anna = await signed_in(stage, ANNA)
    answer = await anna.get("/api/test/visitor", headers=FOREIGN)
    assert answer.json() == {"name": ANNA.display_name, "csrf": anna.csrf}
    assert (await nobody(stage).get("/api/test/visitor")).json() == {"name": None, "csrf": ""}


@pytest.mark.parametrize("value", ["", "x", "щ" * 20, "a" * 5000])
async def test_a_forged_cookie_is_nobodys(stage: Stage, value: str) -> None:
    anna = await signed_in(stage, ANNA)
    (name,) = anna.cookies
    forged = Browser(stage, {name: value})
    assert (await forged.get("/api/test/visitor")).json()["name"] is None
    assert code(await administers(forged)) == (401, "unauthorized")
