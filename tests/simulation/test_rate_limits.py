"""Helix's points: 800 a minute for each token owner, told in every answer."""

import random

import httpx2

from goldomatic.simulation.twitch import FakeTwitch
from simulation.stage import APP, BOT, CAST, OWNER, HandClock, Helix, app_token, user_token


async def test_every_answer_tells_what_is_left(bot: Helix, clock: HandClock) -> None:
    first = (await bot.call("GET", "users")).headers
    second = (await bot.call("GET", "nowhere")).headers
    assert first["ratelimit-limit"] == "800"
    assert [first["ratelimit-remaining"], second["ratelimit-remaining"]] == ["799", "798"]
    assert int(second["ratelimit-reset"]) > clock().timestamp()
    bot.token = "unknown"
    refused = await bot.call("GET", "users")
    assert refused.status_code == 401
    assert "ratelimit-remaining" in refused.headers


async def test_an_empty_bucket_answers_429_until_it_fills(
    http: httpx2.AsyncClient, clock: HandClock
) -> None:
    twitch = FakeTwitch(
        OWNER, CAST, clients=[APP], clock=clock, rng=random.Random(7), points_per_minute=3
    )
    async with twitch.serve() as url:
        bot = Helix(http, url, user_token(twitch, BOT, []))
        statuses = [(await bot.call("GET", "users")).status_code for _ in range(4)]
        empty = await bot.call("GET", "users")
        assert statuses == [200, 200, 200, 429]
        assert empty.json()["status"] == 429
        assert empty.headers["ratelimit-remaining"] == "0"
        other = Helix(http, url, app_token(twitch))
        assert (await other.call("GET", "users", query={"id": BOT.id})).status_code == 200
        clock.advance(seconds=20)
        statuses = [(await bot.call("GET", "users")).status_code for _ in range(2)]
        assert statuses == [200, 429]


async def test_the_reset_is_when_the_bucket_is_full_again(bot: Helix, clock: HandClock) -> None:
    for _ in range(39):
        await bot.call("GET", "users")
    answer = await bot.call("GET", "users")
    wait = int(answer.headers["ratelimit-reset"]) - clock().timestamp()
    assert 3 <= wait <= 5
    clock.advance(seconds=wait)
    refilled = await bot.call("GET", "users")
    assert refilled.headers["ratelimit-remaining"] == "799"
