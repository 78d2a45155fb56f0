"""Who may come in, how often, and from where."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from goldomatic.simulation.extension_tokens import extension_token
from support.answers import code
from support.service import (
    ANNA,
    API_KEY,
    BORIS,
    CHANNEL,
    EXTENSION_CLIENT,
    EXTENSION_SECRET,
    OWNER,
    Stage,
    running,
    viewer,
)

PANEL_ORIGIN = f"https://{EXTENSION_CLIENT}.ext-twitch.tv"
VIEWER_ROUTES = [
    ("GET", "/api/roulette/state"),
    ("GET", "/api/pool/me"),
    ("GET", "/api/payouts/my-last"),
    ("GET", "/api/panel/snapshot"),
    ("GET", "/api/broadcaster/session"),
    ("GET", "/api/draws/00000000-0000-4000-8000-000000000000/receipt"),
    ("POST", "/api/payouts/claim"),
    ("POST", "/api/broadcaster/payouts/00000000-0000-4000-8000-000000000000/cancel"),
]
OPERATOR_ROUTES = [
    ("GET", "/api/payouts/pending"),
    ("GET", "/api/payouts"),
    ("GET", "/api/payouts/00000000-0000-4000-8000-000000000000"),
    ("PATCH", "/api/payouts/00000000-0000-4000-8000-000000000000/status"),
    ("POST", "/api/payouts/00000000-0000-4000-8000-000000000000/confirm-acceptance"),
    ("GET", "/api/roulette/candidate"),
    ("POST", "/api/roulette/verify-candidate"),
]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path) as running_stage:
        yield running_stage


# Tokens


# G-18
async def test_a_token_that_proves_nothing_opens_nothing(stage: Stage) -> None:
    now = stage.clock()
    other_secret = EXTENSION_SECRET[:-4] + "AAA="
    good = stage.token(ANNA)
    head, payload, mark = good.split(".")
    bad = {
        "malformed": "nonsense",
        "three dots": "a.b.c",
        "wrongly signed": extension_token(other_secret, ANNA, CHANNEL, now=now),
        "expired": extension_token(EXTENSION_SECRET, ANNA, CHANNEL, now=now - timedelta(hours=2)),
        "without exp": stage.token(ANNA, exp=None),
        "wrong audience": stage.token(ANNA, aud="somebody-else"),
        "wrong audiences": stage.token(ANNA, aud=["somebody", "else"]),
        "unsigned": f"{head}.{payload}.",
        "none": f"eyJhbGciOiJub25lIn0.{payload}.",
        "tampered": f"{head}.{payload[:-2]}AA.{mark}",
        "external": stage.token(ANNA, role="external"),
    }
    for what, token in bad.items():
        answer = await stage.with_token(token, "GET", "/api/pool/me")
        assert code(answer) == (401, "unauthorized"), what
        assert answer.headers["www-authenticate"] == "Bearer", what
    for headers in ({}, {"Authorization": ""}, {"Authorization": f"Basic {good}"}):
        answer = await stage.request("GET", "/api/pool/me", headers=headers)
        assert code(answer) == (401, "unauthorized")


# G-18
async def test_every_viewer_route_needs_a_token(stage: Stage) -> None:
    for method, path in VIEWER_ROUTES:
        for headers in ({}, {"X-MGM-ApiKey": API_KEY}):
            answer = await stage.request(method, path, headers=headers, json={})
            assert code(answer) == (401, "unauthorized"), path


# G-19
async def test_a_good_token_reads(stage: Stage) -> None:
    for claims in ({}, {"aud": EXTENSION_CLIENT}, {"aud": ["x", EXTENSION_CLIENT]}):
        token = stage.token(ANNA, **claims)
        answer = await stage.with_token(token, "GET", "/api/roulette/state")
        assert answer.status_code == 200
        assert answer.json()["spinIntervalSeconds"] == 300
        assert (await stage.with_token(token, "GET", "/api/pool/me")).status_code == 200


async def test_a_token_of_another_channel_is_refused(stage: Stage) -> None:
    for method, path in VIEWER_ROUTES:
        answer = await stage.with_token(stage.token(ANNA, channel_id="1"), method, path)
        assert code(answer) == (403, "wrong_channel"), path


async def test_without_a_secret_the_viewer_routes_are_closed(tmp_path: Path) -> None:
    async with running(tmp_path, twitch_extension_secret=None) as stage:
        assert code(await stage.as_viewer(ANNA, "GET", "/api/pool/me")) == (401, "unauthorized")


# The key


# G-21, G-22
async def test_the_right_key_opens_the_operators_routes_and_no_other_does(stage: Stage) -> None:
    for method, path in OPERATOR_ROUTES:
        for headers in (
            {},
            {"X-MGM-ApiKey": ""},
            {"X-MGM-ApiKey": API_KEY + "x"},
            {"X-MGM-ApiKey": API_KEY.upper()},
            {"Authorization": f"Bearer {stage.token(OWNER, role='broadcaster')}"},
            {"Authorization": f"Bearer {API_KEY}"},
        ):
            answer = await stage.request(method, path, headers=headers)
            assert code(answer)[1] in ("forbidden_apikey", "rate_limited"), path
        answer = await stage.operator(method, path, json={})
        assert answer.status_code != 403, path


# G-22
async def test_without_a_key_of_its_own_the_service_takes_none(tmp_path: Path) -> None:
    async with running(tmp_path, api_key=None) as stage:
        for headers in ({}, {"X-MGM-ApiKey": ""}, {"X-MGM-ApiKey": API_KEY}):
            answer = await stage.request("GET", "/api/payouts/pending", headers=headers)
            assert code(answer) == (403, "forbidden_apikey")


# Limits


# G-23
async def test_a_viewer_may_write_five_times_a_minute(stage: Stage) -> None:
    answers = [await stage.claim(ANNA, "Norinn", f"request-{n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert code(answers[5]) == (429, "rate_limited")
    assert 1 <= int(answers[5].headers["retry-after"]) <= 60
    assert (await stage.claim(BORIS, "Kael")).status_code == 201
    assert (await stage.as_viewer(ANNA, "GET", "/api/pool/me")).status_code == 200


# G-23
async def test_a_viewer_may_read_120_times_a_minute(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=120) as stage:
        statuses = [
            (await stage.as_viewer(ANNA, "GET", "/api/roulette/state")).status_code
            for _ in range(121)
        ]
        assert statuses == [200] * 120 + [429]
        other = await stage.as_viewer(BORIS, "GET", "/api/roulette/state")
        assert other.status_code == 200


# G-23
async def test_who_brings_no_token_is_counted_by_address(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=2) as stage:
        statuses = [(await stage.request("GET", "/api/version")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await stage.as_viewer(ANNA, "GET", "/api/roulette/state")).status_code == 200
        assert (await stage.request("GET", "/api/health")).status_code == 200


async def test_failed_attempts_to_come_in_are_limited(stage: Stage) -> None:
    answers = [await stage.with_token("x", "GET", "/api/pool/me") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429]
    answer = await stage.request("GET", "/api/payouts", headers={"X-MGM-ApiKey": "wrong"})
    assert code(answer) == (429, "rate_limited")
    assert (await stage.operator("GET", "/api/payouts")).status_code == 200
    assert (await stage.as_viewer(ANNA, "GET", "/api/pool/me")).status_code == 200


# G-24
async def test_many_at_once_are_answered_or_told_to_wait(tmp_path: Path) -> None:
    async with running(tmp_path, reads_per_minute=20) as stage:
        calls = [stage.as_viewer(viewer(n % 10), "GET", "/api/panel/snapshot") for n in range(300)]
        calls += [stage.claim(viewer(n % 10), "Norinn") for n in range(100)]
        answers = await asyncio.gather(*calls)
        assert {answer.status_code for answer in answers} <= {200, 201, 409, 429, 503}
        assert sum(answer.status_code == 429 for answer in answers) >= 100 + 50
        assert all("retry-after" in a.headers for a in answers if a.status_code in (429, 503))
        assert stage.service.ledger.waiting == 0


async def test_a_full_queue_says_so_and_lets_nothing_in(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goldomatic.ledger.writer.MAX_WAITING", 0)
    answer = await stage.claim(ANNA, "Norinn")
    assert code(answer) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "1"
    delivery = await stage.chat(ANNA, "!twgold Norinn")
    assert delivery.statuses == [503], "Twitch is to deliver it again"
    monkeypatch.undo()
    await stage.sender.redeliver(delivery.message_id)
    assert stage.pool() == {ANNA.id: "Norinn"}


# Origins


# G-49
async def test_the_panels_origin_may_call_the_viewers_routes(stage: Stage) -> None:
    for path in ("/api/panel/snapshot", "/api/payouts/claim", "/api/roulette/state", "/api/live"):
        answer = await stage.request(
            "OPTIONS",
            path,
            headers={
                "Origin": PANEL_ORIGIN,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == PANEL_ORIGIN
        assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
        assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"
        assert "access-control-allow-credentials" not in answer.headers
    answer = await stage.as_viewer(
        ANNA, "GET", "/api/panel/snapshot", headers={"Origin": PANEL_ORIGIN}
    )
    assert answer.headers["access-control-allow-origin"] == PANEL_ORIGIN
    answer = await stage.request("GET", "/api/pool/me", headers={"Origin": PANEL_ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == PANEL_ORIGIN


# G-49
async def test_other_origins_and_operator_routes_get_no_cors_header(stage: Stage) -> None:
    for origin in ("https://evil.example", "null", PANEL_ORIGIN.upper() + "x"):
        answer = await stage.as_viewer(
            ANNA, "GET", "/api/roulette/state", headers={"Origin": origin}
        )
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("access-control")]
    for method, path in [*OPERATOR_ROUTES, ("POST", "/api/e2e/prepare-pending-payout")]:
        for verb in (method, "OPTIONS"):
            answer = await stage.operator(
                verb,
                path,
                headers={"Origin": PANEL_ORIGIN, "Access-Control-Request-Method": method},
            )
            found = [name for name in answer.headers if name.startswith("access-control")]
            assert not found, (verb, path)
