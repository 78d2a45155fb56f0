"""No route of an administrator answers anyone but the broadcaster. Routes added later are walked.

A route is an administrator's when it has the guard, or when its address says so; one that says so
and lacks the guard fails here.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from litestar.handlers import HTTPRouteHandler

from goldomatic.accounts.guard import broadcaster_only, viewers_only, visitors
from goldomatic.app import build_app, build_service
from goldomatic.config import Settings
from support.accounts import Browser, nobody, signed_in
from support.service import ANNA, OWNER, Stage, running, viewer
from test_docs import unwrap

ADMIN_PATHS = re.compile(
    r"^/(api/(admin/|pick-winner|demo-played|twitch/(carry-over|update-weights)\b)|demo-admin\b)"
)
FORMS = ("session/start", "submissions", "weights", "draw")
ANSWERS_EVERYBODY = {("GET", "/api/admin/auth")} | {
    (method, f"/demo-admin/{form}") for method in ("GET", "HEAD") for form in FORMS
}
"""The heartbeat says whether the one who asks administers; a form's address leads to the page."""

ADMIN_TOKEN = "an-admin-token-that-opens-nothing"
MODERATOR = viewer(9, moderator=True)


class Route(NamedTuple):
    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def filled(self) -> str:
        """An address that the route answers, with something for each of its parameters."""
        return re.sub(r"\{\w+(:\w+)?\}", "1", self.path)

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def guarded_by(self, guard: object) -> bool:
        # The framework wraps a guard that it takes.
        guards = [getattr(each, "func", each) for each in self.handler.resolve_guards()]
        return any(guard in (each, getattr(each, "__wrapped__", None)) for each in guards)


def all_routes() -> list[Route]:
    """Every HTTP route of the application."""
    settings = Settings(environment="development", database_url="sqlite:///unused.db")
    app = unwrap(build_app(build_service(settings)))
    return [
        Route(method, route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for method in sorted(map(str, handler.http_methods))
        if method != "OPTIONS"
    ]


ROUTES = all_routes()
ADMIN = [route for route in ROUTES if route.guarded_by(broadcaster_only)]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as made:
        yield made


# R-08, I-9
def test_every_address_of_an_administrator_has_the_guard() -> None:
    named = {(each.method, each.path) for each in ROUTES if ADMIN_PATHS.match(each.path)}
    guarded = {(each.method, each.path) for each in ADMIN}
    assert named - guarded == ANSWERS_EVERYBODY & named


def test_every_change_by_a_browser_has_a_guard() -> None:
    """Routes that neither a token nor a key protects must not be open to other sites' forms."""
    for route in ROUTES:
        if route.changes and route.path.startswith(("/api/auth", "/api/enter", "/api/admin")):
            guards = (visitors, viewers_only, broadcaster_only)
            assert any(map(route.guarded_by, guards)), route.path


async def ask(browser: Browser, route: Route, **details: object) -> tuple[int, str, str]:
    """Status, code and text of an answer, in either of the two shapes that refusals have."""
    given = {"json": {"token": ADMIN_TOKEN}} if route.changes else {}
    answer = await browser.request(route.method, route.filled, **{**given, **details})  # type: ignore[arg-type]
    try:
        body = answer.json()
    except ValueError:
        return answer.status_code, "", ""
    if not isinstance(body, dict):
        return answer.status_code, "", ""
    named = str(body.get("errorCode", body.get("code", ""))).lower()
    return answer.status_code, named, str(body.get("error", body.get("message", "")))


REFUSED = (401, "unauthorized", "Unauthorized access")


# I-9
async def test_only_the_broadcaster_comes_in(stage: Stage) -> None:
    owner = await signed_in(stage, OWNER)
    (name, value), *_ = owner.cookies.items()
    strangers = {
        "nobody": nobody(stage),
        "viewer": await signed_in(stage, ANNA),
        "moderator": await signed_in(stage, MODERATOR),
        "forged": Browser(stage, {name: value[:-2] + ("AA" if value[-2:] != "AA" else "BB")}),
        "empty": Browser(stage, {name: ""}),
        "another's name": Browser(stage, {name: OWNER.id}),
    }
    token = {
        "Authorization": f"Bearer {ADMIN_TOKEN}",
        "X-Admin-Token": ADMIN_TOKEN,
        "X-MGM-ApiKey": "an-operator-key-of-the-tests",
    }
    for route in ADMIN:
        for who, browser in strangers.items():
            for headers in ({}, token):
                asked = await ask(browser, route, headers=headers, params={"token": ADMIN_TOKEN})
                assert asked == REFUSED, (who, route.method, route.path)


#
async def test_the_broadcasters_cookie_alone_changes_nothing(stage: Stage) -> None:
    owner = await signed_in(stage, OWNER)
    anna = await signed_in(stage, ANNA)
    elsewhere = [
        {"Origin": None, "Sec-Fetch-Site": None},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": None, "Sec-Fetch-Site": None, "X-CSRF-Token": anna.csrf},
        {"Origin": None, "Sec-Fetch-Site": None, "X-CSRF-Token": "A" * 43},
    ]
    for route in ADMIN:
        for headers in elsewhere if route.changes else []:
            asked = await ask(owner, route, headers=headers)
            assert asked == (403, "csrf_failed", "Request rejected"), (route.path, headers)


async def test_the_broadcaster_comes_in(stage: Stage) -> None:
    """So that the walk above does not pass because nobody ever does."""
    owner = await signed_in(stage, OWNER)
    for route in ADMIN:
        if not route.changes:
            status, named, _ = await ask(owner, route)
            assert (status, named) != (401, "unauthorized"), route.path
