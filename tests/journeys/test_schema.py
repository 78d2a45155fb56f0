"""The description under /schema, held against the service: no 500, nothing undocumented."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from goldomatic.simulation.extension_tokens import extension_token
from support.process import ServeProcess
from support.service import ANNA, API_KEY, CHANNEL, EXTENSION_SECRET, OWNER

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LIVE = "/api/live"
OVERLAY_LIVE = "/api/overlay/live"
SCENE = "/api/overlay/scene"
OPERATIONS = [
    ("GET", "/api/admin/auth"),
    ("GET", "/api/auth/callback/twitch"),
    ("GET", "/api/auth/csrf"),
    ("GET", "/api/auth/session"),
    ("POST", "/api/auth/signin/twitch"),
    ("POST", "/api/auth/signout"),
    ("GET", "/api/broadcaster/overlay"),
    ("POST", "/api/broadcaster/overlay/renew"),
    ("POST", "/api/broadcaster/payouts/{payout_id}/cancel"),
    ("GET", "/api/broadcaster/session"),
    ("GET", "/api/draws"),
    ("GET", "/api/draws/{draw_id}"),
    ("GET", "/api/draws/{draw_id}/receipt"),
    ("POST", "/api/e2e/prepare-pending-payout"),
    ("GET", "/api/gift-requests"),
    ("POST", "/api/gift-requests"),
    ("PATCH", "/api/gift-requests/{request_id}"),
    ("POST", "/api/gift-requests/{request_id}/again"),
    ("POST", "/api/gift-requests/{request_id}/confirm"),
    ("GET", "/api/gift-requests/{request_id}/items"),
    ("POST", "/api/gift-requests/{request_id}/items"),
    ("POST", "/api/gift-requests/{request_id}/select-item"),
    ("GET", "/api/streamers/{streamer_id}/gift-queue"),
    ("GET", "/api/health"),
    ("GET", SCENE),
    ("GET", "/api/panel/snapshot"),
    ("GET", "/api/payouts"),
    ("POST", "/api/payouts/claim"),
    ("GET", "/api/payouts/my-last"),
    ("GET", "/api/payouts/pending"),
    ("GET", "/api/payouts/{payout_id}"),
    ("POST", "/api/payouts/{payout_id}/confirm-acceptance"),
    ("PATCH", "/api/payouts/{payout_id}/status"),
    ("GET", "/api/pool/me"),
    ("GET", "/api/roulette/candidate"),
    ("GET", "/api/roulette/commitment"),
    ("GET", "/api/roulette/state"),
    ("POST", "/api/roulette/verify-candidate"),
    ("POST", "/api/twitch/eventsub"),
    ("GET", "/api/version"),
    ("POST", "/api/enter"),
    ("GET", "/api/health/app"),
    ("GET", "/api/health/db"),
    ("GET", "/api/leaderboard"),
    ("GET", "/api/status"),
    ("GET", "/api/winner"),
    ("POST", "/api/twitch/webhook"),
]
BY_LOGIN = [
    ("GET", "/api/admin/dashboard"),
    ("GET", "/api/admin/diagnostics"),
    ("GET", "/api/admin/draws"),
    ("POST", "/api/admin/draws/{draw_id}/reveal"),
    ("GET", "/api/admin/entries"),
    ("DELETE", "/api/admin/entries/{entry_id}"),
    ("GET", "/api/admin/export/{what}"),
    ("POST", "/api/admin/recalc-weights"),
    ("POST", "/api/admin/session/end"),
    ("POST", "/api/admin/session/start"),
    ("GET", "/api/admin/sessions"),
    ("GET", "/api/admin/submissions"),
    ("POST", "/api/admin/submissions"),
    ("GET", "/api/admin/users"),
    ("POST", "/api/admin/users"),
    ("GET", "/api/admin/weight-settings"),
    ("PUT", "/api/admin/weight-settings"),
    ("POST", "/api/admin/weight-settings/preview"),
    ("GET", "/api/admin/winners"),
    ("POST", "/api/demo-played"),
    ("POST", "/api/pick-winner"),
    ("GET", "/api/raffle/receipts"),
    ("POST", "/api/twitch/carry-over"),
    ("POST", "/api/twitch/check-follow"),
    ("POST", "/api/twitch/sync"),
    ("POST", "/api/twitch/update-weights"),
    ("GET", "/api/user/submission"),
    ("GET", "/api/weight/me"),
    ("GET", "/api/weight/me/events"),
]
"""Routes that nobody gets into without a login; tests/raffle walks them."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServeProcess]:
    served = ServeProcess(
        tmp_path_factory.mktemp("served"), SPIN_INTERVAL_SECONDS="10", E2E_HARNESS="true"
    )
    served.start()
    yield served
    served.kill()


@pytest.fixture(scope="module")
def schema(process: ServeProcess) -> Any:
    return schemathesis.openapi.from_url(f"{process.url}/schema")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def credentials() -> list[dict[str, str]]:
    """Everybody who may come in, and nobody."""
    owner = extension_token(EXTENSION_SECRET, OWNER, CHANNEL, role="broadcaster")
    anna = extension_token(EXTENSION_SECRET, ANNA, CHANNEL)
    return [
        {"Authorization": f"Bearer {owner}", "X-MGM-ApiKey": API_KEY},
        {"Authorization": f"Bearer {anna}", "X-MGM-ApiKey": "wrong"},
        {},
    ]


def test_every_route_is_described(schema: Any) -> None:
    described = {
        (operation.ok().method.upper(), operation.ok().path)
        for operation in schema.get_all_operations()
    }
    assert described == {*OPERATIONS, *BY_LOGIN, ("GET", LIVE), ("GET", OVERLAY_LIVE)}


def test_every_reference_leads_somewhere(schema: Any) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for each in node.values():
                yield from references(each)
        elif isinstance(node, list):
            for each in node:
                yield from references(each)

    schemas = schema.raw_schema["components"]["schemas"]
    found = set(references(schema.raw_schema))
    assert found
    assert {reference.rpartition("/")[2] for reference in found} <= set(schemas)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_route_answers_as_it_is_described(
    schema: Any, session: requests.Session, method: str, path: str
) -> None:
    for headers in credentials():
        ask(schema[path][method], session, headers)


def ask(operation: Any, session: requests.Session, headers: dict[str, str]) -> None:
    """Send a dozen of the requests that the description allows."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        case.call_and_validate(
            session=session, headers=headers, checks=CHECKS, allow_redirects=False
        )

    answers()


@pytest.mark.parametrize("place", ["", "0", "7", "-1", "x", "9" * 400, "1e9"])
def test_the_live_feed_answers_as_it_is_described(
    schema: Any, process: ServeProcess, place: str
) -> None:
    described = schema.raw_schema["paths"][LIVE]["get"]["responses"]
    for headers in credentials():
        asked = {**headers, "Last-Event-ID": place}
        with (
            httpx2.Client(trust_env=False, verify=False) as http,
            http.stream("GET", process.url + LIVE, headers=asked) as answer,
        ):
            assert str(answer.status_code) in described
            kind = answer.headers["content-type"].partition(";")[0]
            assert kind in described[str(answer.status_code)]["content"]


def test_the_overlay_answers_its_link_as_it_is_described(
    schema: Any, process: ServeProcess, session: requests.Session
) -> None:
    owner = credentials()[0]
    link = session.get(f"{process.url}/api/broadcaster/overlay", headers=owner).json()["url"]
    query = link.partition("?")[2]
    answer = session.get(f"{process.url}{SCENE}?{query}")
    assert answer.status_code == 200
    schema[SCENE]["GET"].validate_response(answer)
    with (
        httpx2.Client(trust_env=False, verify=False) as http,
        http.stream("GET", f"{process.url}{OVERLAY_LIVE}?{query}") as feed,
    ):
        described = schema.raw_schema["paths"][OVERLAY_LIVE]["get"]["responses"]
        assert feed.headers["content-type"].partition(";")[0] in described["200"]["content"]


def test_nothing_went_wrong_inside(process: ServeProcess, schema: Any) -> None:
    assert "unexpected exception" not in process.log
    assert "Traceback" not in process.log
