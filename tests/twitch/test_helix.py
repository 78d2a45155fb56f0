"""Helix against a real HTTP server on loopback that answers well, badly, late or not at all."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from goldomatic.twitch.helix import Helix, NotSent, Sent, WhyNotSent
from goldomatic.twitch.tokens import StaticToken, TokenSource
from twitch.scripted_http import Call, Reply, ScriptedHttp, reply

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKEN = "first0token0of0the0broadcaster"
FRESH = "fresh0token0of0the0broadcaster"
CLIENT = "helixclientid"
CHANNEL = "778812345"
VIEWER = "410000001"
TEXT = "Награда отправлена персонажу Norinn на почту, проверяй ящик!"

SENT = reply(200, {"data": [{"message_id": "line-1", "is_sent": True, "drop_reason": None}]})


def dropped(code: str, message: str = "No.") -> Reply:
    drop = {"code": code, "message": message}
    return reply(200, {"data": [{"message_id": "", "is_sent": False, "drop_reason": drop}]})


class Stock:
    """A source that has other tokens in stock; remembers what was rejected."""

    def __init__(self, *others: str) -> None:
        self.others = list(others)
        self.rejected: list[str] = []

    async def get(self) -> str | None:
        return TOKEN

    async def refresh(self, rejected: str) -> str | None:
        self.rejected.append(rejected)
        return self.others.pop(0) if self.others else None


class Stage:
    """A Helix, the server that it talks to, and the pauses that it took."""

    def __init__(self, *script: Reply | Callable[[Call], Reply]) -> None:
        self.http = ScriptedHttp(*script)
        self.pauses: list[float] = []
        self.on_pause: Callable[[], Any] | None = None
        # Plain HTTP needs no certificates, and reading them takes longer than a test.
        self.client = httpx2.AsyncClient(verify=False)

    def helix(
        self,
        tokens: TokenSource | None = None,
        *,
        client_id: str = CLIENT,
        broadcaster_id: str = CHANNEL,
        path: str = "/helix",
        timeout: float = 5.0,
    ) -> Helix:
        return Helix(
            self.http.url + path,
            client_id,
            StaticToken(TOKEN) if tokens is None else tokens,
            broadcaster_id,
            client=self.client,
            clock=lambda: NOW,
            sleep=self.sleep,
            timeout=timeout,
        )

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.on_pause:
            await self.on_pause()

    @property
    def calls(self) -> list[Call]:
        return self.http.calls


Staging = Callable[..., Any]


@pytest.fixture
async def stage() -> AsyncIterator[Staging]:
    stages: list[Stage] = []

    async def up(*script: Reply | Callable[[Call], Reply]) -> Stage:
        made = Stage(*script)
        stages.append(made)
        await made.http.start()
        return made

    yield up
    for made in stages:
        await made.client.aclose()
        await made.http.stop()


async def send(stage: Stage, **options: Any) -> Sent | NotSent:
    return await stage.helix(**options).send_chat_message(TEXT)


async def failure(stage: Stage, **options: Any) -> NotSent:
    outcome = await send(stage, **options)
    assert isinstance(outcome, NotSent)
    assert outcome.retryable is False
    assert outcome.reason
    return outcome


# G-45
async def test_two_server_errors_and_a_204_are_a_sent_line(stage: Staging) -> None:
    on = await stage(reply(500), reply(500), reply(204))
    assert await send(on) == Sent(None)
    assert on.pauses == [0.5, 1.0]
    assert len(on.calls) == 3
    for call in on.calls:
        assert (call.method, call.path, call.query) == ("POST", "/helix/chat/messages", {})
        assert call.headers["authorization"] == f"Bearer {TOKEN}"
        assert call.headers["client-id"] == CLIENT
        assert call.headers["content-type"] == "application/json"
        assert call.json == {"broadcaster_id": CHANNEL, "sender_id": CHANNEL, "message": TEXT}


# G-45
@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_three_server_errors_are_the_end(stage: Staging, status: int) -> None:
    on = await stage(reply(status), reply(status), reply(status), SENT)
    with capture_logs() as logs:
        outcome = await failure(on)
    assert outcome.code is WhyNotSent.SERVER_ERROR
    assert str(status) in outcome.reason
    assert (len(on.calls), on.pauses) == (3, [0.5, 1.0])
    assert [entry["log_level"] for entry in logs] == ["warning", "warning", "error"]
    assert logs[-1]["event"] == "chat_message_not_sent"


async def test_a_sent_line_brings_its_id(stage: Staging) -> None:
    on = await stage(SENT)
    assert await send(on) == Sent("line-1")
    assert (len(on.calls), on.pauses) == (1, [])


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_an_empty_success_is_a_sent_line(stage: Staging, status: int) -> None:
    on = await stage(reply(status))
    assert await send(on) == Sent(None)
    assert len(on.calls) == 1


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b"[]", b'{"data":[]}', b'{"data":[{}]}', b'{"data":"x"}', b"\xff"]
)
async def test_a_success_that_proves_nothing_is_unclear_and_final(
    stage: Staging, body: bytes
) -> None:
    on = await stage(Reply(200, body), SENT)
    assert (await failure(on)).code is WhyNotSent.UNCLEAR
    assert len(on.calls) == 1


@pytest.mark.parametrize("code", ["msg_ratelimit", "msg_slowmode"])
async def test_a_passing_drop_is_tried_again(stage: Staging, code: str) -> None:
    on = await stage(dropped(code), dropped(code), SENT)
    assert await send(on) == Sent("line-1")
    assert on.pauses == [0.5, 1.0]
    on = await stage(dropped(code), dropped(code), dropped(code), SENT)
    outcome = await failure(on)
    assert outcome.code is WhyNotSent.DROPPED
    assert code in outcome.reason
    assert len(on.calls) == 3


@pytest.mark.parametrize("code", ["msg_duplicate", "msg_rejected", "msg_banned", "msg_new", ""])
async def test_another_drop_is_final(stage: Staging, code: str) -> None:
    on = await stage(dropped(code, "Because."), SENT)
    outcome = await failure(on)
    assert outcome.code is WhyNotSent.DROPPED
    assert code in outcome.reason
    assert "Because." in outcome.reason
    assert len(on.calls) == 1


async def test_a_drop_without_a_reason_is_final(stage: Staging) -> None:
    on = await stage(reply(200, {"data": [{"message_id": "", "is_sent": False}]}), SENT)
    assert (await failure(on)).code is WhyNotSent.DROPPED
    assert len(on.calls) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 301, 302])
async def test_a_refusal_is_final_and_says_why(stage: Staging, status: int) -> None:
    refusal = reply(status, {"error": "x", "message": "Too\x00 long."}, Location="/elsewhere")
    on = await stage(refusal, SENT)
    outcome = await failure(on)
    assert outcome.code is WhyNotSent.REJECTED
    assert outcome.reason == f"Twitch answered {status}. Too long."
    assert len(on.calls) == 1


async def test_a_long_complaint_is_cut(stage: Staging) -> None:
    on = await stage(reply(400, {"message": "x" * 10_000}))
    assert len((await failure(on)).reason) < 300


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Ratelimit_Reset": str(int(NOW.timestamp()) + 3)}, 3.0),
        ({"Ratelimit_Reset": str(int(NOW.timestamp()) + 10)}, 10.0),
        ({"Ratelimit_Reset": str(int(NOW.timestamp()) - 3)}, 0.5),
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 0.5),
        ({"Ratelimit_Reset": "soon", "Retry_After": "2"}, 2.0),
        ({"Retry_After": "Sat, 21 Nov 2026 12:00:02 GMT"}, 0.5),
        ({"Retry_After": "-1"}, 0.5),
        ({"Ratelimit_Reset": str(int(NOW.timestamp()) + 4), "Retry_After": "9"}, 4.0),
        ({}, 0.5),
    ],
)
async def test_a_429_is_waited_for(stage: Staging, headers: dict[str, str], pause: float) -> None:
    on = await stage(reply(429, **headers), SENT)
    assert await send(on) == Sent("line-1")
    assert on.pauses == [pause]


@pytest.mark.parametrize(
    "headers",
    [
        {"Ratelimit_Reset": str(int(NOW.timestamp()) + 11)},
        {"Ratelimit_Reset": "9" * 400},
        {"Retry_After": "11"},
    ],
)
async def test_a_429_that_asks_too_long_is_final(stage: Staging, headers: dict[str, str]) -> None:
    on = await stage(reply(429, **headers), SENT)
    assert (await failure(on)).code is WhyNotSent.RATE_LIMITED
    assert (len(on.calls), on.pauses) == (1, [])


async def test_three_429_are_the_end(stage: Staging) -> None:
    limited = reply(429, Retry_After="2")
    on = await stage(limited, limited, limited, SENT)
    assert (await failure(on)).code is WhyNotSent.RATE_LIMITED
    assert (len(on.calls), on.pauses) == (3, [2.0, 2.0])


async def test_a_401_is_asked_once_more_with_a_fresh_token(stage: Staging) -> None:
    on = await stage(reply(401), SENT)
    tokens = Stock(FRESH)
    assert await send(on, tokens=tokens) == Sent("line-1")
    assert tokens.rejected == [TOKEN]
    sent_with = [call.headers["authorization"] for call in on.calls]
    assert sent_with == [f"Bearer {TOKEN}", f"Bearer {FRESH}"]
    assert on.calls[0].body == on.calls[1].body
    assert on.pauses == []


async def test_a_second_401_is_final(stage: Staging) -> None:
    on = await stage(reply(401), reply(401, {"message": "Missing scope: user:write:chat"}), SENT)
    tokens = Stock(FRESH, "third0token")
    outcome = await failure(on, tokens=tokens)
    assert outcome.code is WhyNotSent.UNAUTHORIZED
    assert "Missing scope: user:write:chat" in outcome.reason
    assert tokens.rejected == [TOKEN]
    assert len(on.calls) == 2


async def test_a_401_without_another_token_is_final(stage: Staging) -> None:
    for tokens in (StaticToken(TOKEN), Stock(), Stock(TOKEN)):
        on = await stage(reply(401), SENT)
        assert (await failure(on, tokens=tokens)).code is WhyNotSent.UNAUTHORIZED
        assert len(on.calls) == 1


async def test_a_token_is_refreshed_once_in_a_call_and_kept(stage: Staging) -> None:
    on = await stage(reply(500), reply(401), reply(500), reply(401), SENT)
    tokens = Stock(FRESH, "third0token")
    assert (await failure(on, tokens=tokens)).code is WhyNotSent.UNAUTHORIZED
    assert tokens.rejected == [TOKEN]
    assert [call.headers["authorization"] for call in on.calls[2:]] == [f"Bearer {FRESH}"] * 2


async def test_a_refused_connection_is_tried_again(stage: Staging) -> None:
    on = await stage(SENT)
    await on.http.stop()
    on.on_pause = on.http.start
    assert await send(on) == Sent("line-1")
    assert (len(on.calls), on.pauses) == (1, [0.5])


async def test_three_refused_connections_are_the_end(stage: Staging) -> None:
    on = await stage()
    await on.http.stop()
    outcome = await failure(on)
    assert outcome.code is WhyNotSent.UNREACHABLE
    assert on.pauses == [0.5, 1.0]


async def test_a_name_that_does_not_resolve_is_tried_again(
    stage: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = await stage()

    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # Only the resolver is replaced: a test must not ask the world's.
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    helix = Helix("http://nowhere.invalid", CLIENT, StaticToken(TOKEN), CHANNEL, sleep=on.sleep)
    outcome = await helix.send_chat_message(TEXT)
    await helix.aclose()
    assert isinstance(outcome, NotSent)
    assert outcome.code is WhyNotSent.UNREACHABLE
    assert on.pauses == [0.5, 1.0]


@pytest.mark.parametrize(
    "bad",
    [
        Reply(hangs=True),
        Reply(breaks=True),
        Reply(200, b'{"data":[{"message_id":"line-1","is_sent":true}]}', breaks=True),
        Reply(200, b'{"data":[{"message_id":"line-1","is_sent":true}]}', pause=0.1),
        Reply(500, b"late", pause=0.2),
        Reply(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
    ids=["hangs", "closes", "breaks off", "drips", "drips an error", "lies"],
)
async def test_silence_after_the_request_was_written_is_never_tried_again(
    stage: Staging, bad: Reply
) -> None:
    on = await stage(bad, SENT)
    started = monotonic()
    outcome = await failure(on, timeout=0.4)
    assert monotonic() - started < 2
    assert outcome.code is WhyNotSent.UNCLEAR
    assert (len(on.calls), on.pauses) == (1, [])


async def test_a_slow_answer_within_the_limit_counts(stage: Staging) -> None:
    on = await stage(Reply(200, b'{"data":[{"message_id":"m"}]}', pause=0.01))
    assert await send(on) == Sent("m")


async def test_a_call_can_be_cancelled(stage: Staging) -> None:
    on = await stage(Reply(hangs=True))
    task = asyncio.create_task(on.helix().send_chat_message(TEXT))
    await on.http.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


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
    assert await on.helix(timeout=0.4).is_subscriber(VIEWER) is False
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
