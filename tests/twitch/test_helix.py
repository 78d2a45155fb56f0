"""Saying a line in chat: what is tried again, and what is final."""

import asyncio
import socket
from time import monotonic

import pytest
from structlog.testing import capture_logs

from goldomatic.twitch.helix import Helix, NotSent, Sent, WhyNotSent
from goldomatic.twitch.tokens import StaticToken
from twitch.helix_stage import (
    CHANNEL,
    CLIENT,
    FRESH,
    NOW,
    SENT,
    TEXT,
    TOKEN,
    Staging,
    Stock,
    dropped,
    failure,
    send,
)
from twitch.scripted_http import Reply, reply


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
    outcome = await failure(on, timeout=0.8)
    assert monotonic() - started < 4
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
