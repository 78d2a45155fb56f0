"""Helix: subscriptions, settings that are missing, and what must never show."""

import logging
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from goldomatic.twitch.helix import Helix, NotSent, Sent, WhyNotSent
from goldomatic.twitch.tokens import StaticToken
from twitch.helix_stage import (
    CHANNEL,
    CLIENT,
    FRESH,
    SENT,
    TEXT,
    TOKEN,
    VIEWER,
    Staging,
    Stock,
    failure,
)
from twitch.scripted_http import Call, Reply, reply


# G-46
@pytest.mark.parametrize(
    "missing",
    [{"tokens": StaticToken("")}, {"client_id": ""}, {"broadcaster_id": ""}],
    ids=["token", "client id", "broadcaster"],
)
async def test_without_a_setting_nothing_is_asked(stage: Staging, missing: dict[str, Any]) -> None:
    on = await stage(SENT, SENT)
    assert (await failure(on, **missing)).code is WhyNotSent.NOT_CONFIGURED
    helix = on.helix(**missing)
    assert not helix.configured
    assert await helix.is_subscriber(VIEWER) is False
    assert (on.calls, on.pauses) == ([], [])


# G-46
async def test_a_source_that_turns_out_to_have_no_token_is_not_asked_with(stage: Staging) -> None:
    class Dry(Stock):
        async def get(self) -> str | None:
            return None

    on = await stage(SENT)
    assert (await failure(on, tokens=Dry())).code is WhyNotSent.NOT_CONFIGURED
    assert on.calls == []
    assert on.helix(Dry()).configured


async def test_the_length_of_a_line_is_checked_first(stage: Staging) -> None:
    on = await stage(SENT)
    for text in ("", "x" * 501):
        with pytest.raises(ValueError, match="1 to 500"):
            await on.helix().send_chat_message(text)
    with pytest.raises(ValueError, match="surrogates"):
        await on.helix().send_chat_message("\ud800")
    assert on.calls == []
    assert await on.helix().send_chat_message("Ж" * 500) == Sent("line-1")


@pytest.mark.parametrize("path", ["", "/", "/helix", "/helix/", "/a/b//"])
async def test_a_trailing_slash_of_the_address_is_tolerated(stage: Staging, path: str) -> None:
    on = await stage(SENT, reply(200, {"data": [{}]}))
    helix = on.helix(path=path)
    assert await helix.send_chat_message(TEXT) == Sent("line-1")
    assert await helix.is_subscriber(VIEWER)
    base = path.rstrip("/")
    assert [call.path for call in on.calls] == [f"{base}/chat/messages", f"{base}/subscriptions"]


@pytest.mark.parametrize("address", ["", "api.twitch.tv", "ftp://x", "http://", "http://x:port"])
def test_an_unusable_address_stops_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="GOLDOMATIC_TWITCH_API_URL"):
        Helix(address, CLIENT, StaticToken(TOKEN), CHANNEL)


async def test_a_subscriber_is_confirmed(stage: Staging) -> None:
    on = await stage(reply(200, {"data": [{"user_id": VIEWER, "tier": "1000"}], "total": 1}))
    assert await on.helix().is_subscriber(VIEWER) is True
    call = on.calls[0]
    assert (call.method, call.path) == ("GET", "/helix/subscriptions")
    assert call.query == {"broadcaster_id": [CHANNEL], "user_id": [VIEWER]}
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["client-id"] == CLIENT


# G-15
@pytest.mark.parametrize(
    "answer",
    [
        reply(200, {"data": []}),
        reply(200, {}),
        reply(200, {"data": {"user_id": VIEWER}}),
        Reply(200, b"<html>"),
        reply(204),
        reply(302, {"data": [{}]}, Location="/elsewhere"),
        reply(400, {"data": [{}]}),
        reply(404, {"data": [{}]}),
        reply(429, {"data": [{}]}),
        reply(500, {"data": [{}]}),
        Reply(hangs=True),
        Reply(breaks=True),
        Reply(200, b'{"data":[{}]}', breaks=True),
        Reply(200, b'{"data":[{}]}', pause=0.1),
    ],
    ids=range(14),
)
async def test_whatever_does_not_confirm_is_no_subscriber(stage: Staging, answer: Reply) -> None:
    on = await stage(answer, reply(200, {"data": [{}]}))
    assert await on.helix(timeout=0.8).is_subscriber(VIEWER) is False
    assert (len(on.calls), on.pauses) == (1, [])


# G-15
async def test_an_unreachable_twitch_confirms_nobody(stage: Staging) -> None:
    on = await stage()
    await on.http.stop()
    assert await on.helix().is_subscriber(VIEWER) is False
    assert on.pauses == []


# G-15
async def test_nobody_is_no_subscriber(stage: Staging) -> None:
    on = await stage(reply(200, {"data": [{}]}))
    assert await on.helix().is_subscriber("") is False
    assert on.calls == []


async def test_a_subscription_check_refreshes_the_token_once(stage: Staging) -> None:
    on = await stage(reply(401), reply(200, {"data": [{}]}), reply(401), reply(401))
    tokens = Stock(FRESH, FRESH)
    assert await on.helix(tokens).is_subscriber(VIEWER) is True
    assert await on.helix(tokens).is_subscriber(VIEWER) is False
    assert tokens.rejected == [TOKEN, TOKEN]
    assert len(on.calls) == 4


async def test_tokens_are_never_logged(
    stage: Staging, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def echo(status: int) -> Callable[[Call], Reply]:
        return lambda call: reply(status, {"message": f"bad {call.headers['authorization']}"})

    caplog.set_level(logging.DEBUG)
    on = await stage(echo(500), echo(401), echo(403), echo(401), echo(403), Reply(breaks=True))
    helix = on.helix(Stock(FRESH, FRESH))
    with capture_logs() as logs:
        outcomes = [
            await helix.send_chat_message(TEXT),
            await helix.is_subscriber(VIEWER),
            await helix.send_chat_message(TEXT),
        ]
    assert not on.http.script
    told = f"{outcomes}{logs}{caplog.text}{capsys.readouterr()}{helix!r}"
    assert "bad Bearer [token]" in told
    assert TOKEN not in told
    assert FRESH not in told


@pytest.mark.parametrize("token", ["line\nbreak", "токен"])
async def test_a_token_that_fits_no_header_is_an_outcome_too(stage: Staging, token: str) -> None:
    on = await stage(reply(401), SENT)
    with capture_logs() as logs:
        outcome = await failure(on, tokens=Stock(token))
    assert len(on.calls) == 1
    assert token not in f"{outcome}{logs}"


async def test_a_given_client_is_used_and_left_open(stage: Staging) -> None:
    on = await stage(SENT, reply(200, {"data": [{}]}))
    async with httpx2.AsyncClient(headers={"X-Given": "yes"}, follow_redirects=True) as client:
        helix = Helix(on.http.url, CLIENT, StaticToken(TOKEN), CHANNEL, client=client)
        assert await helix.send_chat_message(TEXT) == Sent("line-1")
        await helix.aclose()
        assert await helix.is_subscriber(VIEWER)
    assert [call.headers["x-given"] for call in on.calls] == ["yes", "yes"]


async def test_after_closing_nothing_is_asked_and_nothing_escapes(stage: Staging) -> None:
    on = await stage(SENT, SENT)
    helix = Helix(on.http.url, CLIENT, StaticToken(TOKEN), CHANNEL, sleep=on.sleep)
    assert await helix.send_chat_message(TEXT) == Sent("line-1")
    await helix.aclose()
    outcome = await helix.send_chat_message(TEXT)
    assert isinstance(outcome, NotSent)
    assert outcome.code is WhyNotSent.UNREACHABLE
    assert await helix.is_subscriber(VIEWER) is False
    assert len(on.calls) == 1
