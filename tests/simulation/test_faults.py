"""Failures on demand: what they replace, how long they last."""

import asyncio
import time
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.faults import Fault
from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, HandClock, Helix
from support.twitch import until


async def queue(bot: Helix, **fault: Any) -> httpx2.Response:
    return await bot.http.post(f"{bot.base_url}/control/faults", json=fault)


async def test_a_status_for_so_many_times(bot: Helix, twitch: FakeTwitch) -> None:
    assert (await queue(bot, route="chat/messages", status=500, times=2)).status_code == 204
    statuses = [(await bot.say(f"try {n}")).status_code for n in range(3)]
    assert statuses == [500, 500, 200]
    assert [post.text for post in twitch.messages] == ["try 2"]


async def test_faults_of_one_route_come_in_order_and_leave_others_alone(
    bot: Helix, twitch: FakeTwitch
) -> None:
    twitch.faults.add(Fault(route="chat/messages", status=503))
    twitch.faults.add(Fault(route="chat/messages", status=204))
    assert (await bot.call("GET", "users")).status_code == 200
    first, second = await bot.say("a"), await bot.say("a")
    assert (first.status_code, second.status_code) == (503, 204)
    assert second.content == b""
    assert first.json()["error"] == "Service Unavailable"


async def test_a_429_says_when_to_come_back(
    bot: Helix, twitch: FakeTwitch, clock: HandClock
) -> None:
    twitch.faults.add(Fault(route="users", method="POST", status=500))
    twitch.faults.add(Fault(route="users", method="GET", status=429, retry_after=7))
    answer = await bot.call("GET", "users")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["ratelimit-remaining"] == "0"
    assert 7 <= int(answer.headers["ratelimit-reset"]) - clock().timestamp() <= 8


async def test_a_line_that_was_not_sent(bot: Helix, twitch: FakeTwitch) -> None:
    await queue(bot, route="chat/messages", is_sent=False, drop_reason="msg_slowmode")
    await queue(bot, route="chat/messages", is_sent=False)
    codes = [(await bot.say("hi")).json()["data"][0]["drop_reason"]["code"] for _ in range(2)]
    assert codes == ["msg_slowmode", "msg_rejected"]
    assert twitch.messages == []


async def test_a_late_answer_is_still_right(bot: Helix) -> None:
    await queue(bot, route="users", delay_seconds=0.2)
    began = time.monotonic()
    assert (await bot.call("GET", "users")).status_code == 200
    assert time.monotonic() - began >= 0.2


async def test_a_dropped_connection_before_and_after_the_effect(
    bot: Helix, twitch: FakeTwitch
) -> None:
    await queue(bot, route="chat/messages", close=True)
    with pytest.raises(httpx2.TransportError):
        await bot.say("lost")
    await queue(bot, route="chat/messages", close=True, carried_out=True)
    with pytest.raises(httpx2.TransportError):
        await bot.say("said, but who knows")
    assert [post.text for post in twitch.messages] == ["said, but who knows"]


async def test_a_hanging_answer_ends_with_the_clients_patience(
    bot: Helix, twitch: FakeTwitch
) -> None:
    await queue(bot, route="chat/messages", hang=True)
    saying = asyncio.create_task(bot.say("anybody there?"))
    await until(lambda: not twitch.faults._waiting)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(saying, 0.2)
    assert (await bot.say("again")).status_code == 200
    assert [post.text for post in twitch.messages] == ["again"]


async def test_a_hanging_answer_does_not_hold_up_the_end(
    twitch: FakeTwitch, http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    twitch.faults.add(Fault(route="oauth2/token", hang=True))
    async with twitch.serve() as url:
        waiting = asyncio.create_task(http.post(f"{url}/oauth2/token"))
        await until(lambda: not twitch.faults._waiting)
    assert "timeout graceful shutdown exceeded" not in caplog.text
    with pytest.raises(httpx2.TransportError):
        await waiting


async def test_the_token_route_fails_too(bot: Helix) -> None:
    await queue(bot, route="oauth2/token", status=503)
    form = {"client_id": APP.id, "client_secret": APP.secret, "grant_type": "client_credentials"}
    url = f"{bot.base_url}/oauth2/token"
    statuses = [(await bot.http.post(url, data=form)).status_code for _ in range(2)]
    assert statuses == [503, 200]


async def test_queued_faults_can_be_cleared(bot: Helix) -> None:
    await queue(bot, route="users", status=500, times=100)
    assert (await bot.http.delete(f"{bot.base_url}/control/faults")).status_code == 204
    assert (await bot.call("GET", "users")).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"route": "users", "statsu": 500},
        {"route": "users", "times": 0},
        {"route": "users", "status": 99},
        {"route": "users", "delay_seconds": -1},
    ],
)
async def test_a_misspelt_fault_is_refused(bot: Helix, fault: dict[str, Any]) -> None:
    assert (await queue(bot, **fault)).status_code == 400
    assert (await bot.call("GET", "users")).status_code == 200
