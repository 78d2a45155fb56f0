"""One bucket of points for each token, by what Twitch says with its answers."""

import httpx2

from goldomatic.twitch.helix import Bot, Sent
from goldomatic.twitch.http import Answer
from goldomatic.twitch.rate import Bucket, Buckets
from goldomatic.twitch.tokens import StaticToken
from twitch.helix_stage import CHANNEL, NOW, SENT, TEXT, TOKEN, Staging
from twitch.scripted_http import reply

FULL_AT = str(int(NOW.timestamp()) + 8)
BOT = "990000001"
BOTS_TOKEN = "token0of0the0bot"


def answer(**headers: str) -> Answer:
    return Answer(200, httpx2.Headers(headers), b"")


def told(left: int, reset: float) -> Answer:
    return answer(**{"ratelimit-remaining": str(left), "ratelimit-reset": str(int(reset))})


def test_points_are_spent_until_twitch_says_they_are_gone() -> None:
    bucket = Bucket()
    assert bucket.wait(100) == 0
    bucket.note(told(2, 160), 100)
    assert [bucket.wait(101) for _ in range(3)] == [0, 0, 59]
    assert bucket.wait(160) == 0


def test_no_clock_makes_anybody_wait_for_more_than_a_minute() -> None:
    bucket = Bucket()
    bucket.note(told(0, 10_000), 100)
    assert bucket.wait(100) == 60


def test_twitchs_own_time_counts_where_it_is_told() -> None:
    bucket = Bucket()
    date = "Sat, 21 Nov 2026 12:00:00 GMT"
    reset = str(int(NOW.timestamp()) + 5)
    headers = {"date": date, "ratelimit-remaining": "0", "ratelimit-reset": reset}
    # Our clock is ten minutes slow.
    bucket.note(answer(**headers), NOW.timestamp() - 600)
    assert bucket.wait(NOW.timestamp() - 600) == 5


def test_each_token_has_its_own() -> None:
    buckets = Buckets()
    buckets.of("one").note(told(0, 160), 100)
    assert buckets.of("one").wait(100) == 60
    assert buckets.of("two").wait(100) == 0


async def test_a_token_without_points_waits_and_is_not_refused(stage: Staging) -> None:
    empty = reply(200, {"data": []}, ratelimit_remaining="0", ratelimit_reset=FULL_AT)
    on = await stage(empty, reply(200, {"data": [{}]}))
    helix = on.helix()
    assert not await helix.is_subscriber("1")
    assert on.pauses == []
    assert await helix.is_subscriber("1")
    assert on.pauses == [8.0]


async def test_a_long_wait_is_a_refusal_that_twitch_is_spared(stage: Staging) -> None:
    full_at = str(int(NOW.timestamp()) + 50)
    empty = reply(200, {"data": []}, ratelimit_remaining="0", ratelimit_reset=full_at)
    on = await stage(empty)
    helix = on.helix()
    await helix.is_subscriber("1")
    bearer = await helix.bearer()
    assert bearer is not None
    answer = await helix.read(bearer, "/users")
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["retry-after"], len(on.calls)) == (429, "50", 1)


def bot(token: str | None = BOTS_TOKEN) -> Bot:
    return Bot(BOT, StaticToken(token))


async def test_the_bot_writes_where_there_is_one(stage: Staging) -> None:
    on = await stage(SENT)
    assert await on.helix(bot=bot()).send_chat_message(TEXT) == Sent("line-1")
    [call] = on.calls
    assert call.json == {"broadcaster_id": CHANNEL, "sender_id": BOT, "message": TEXT}
    assert call.headers["authorization"] == f"Bearer {BOTS_TOKEN}"


async def test_the_broadcaster_writes_for_a_bot_that_may_not_any_more(stage: Staging) -> None:
    on = await stage(reply(401, {"message": "Invalid OAuth token"}), SENT, SENT)
    assert await on.helix(bot=bot()).send_chat_message(TEXT) == Sent("line-1")
    assert await on.helix(bot=bot(None)).send_chat_message(TEXT) == Sent("line-1")
    assert [call.json["sender_id"] for call in on.calls] == [BOT, CHANNEL, CHANNEL]
    assert on.calls[1].headers["authorization"] == f"Bearer {TOKEN}"
