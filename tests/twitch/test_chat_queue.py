"""Turns in chat: never more than Twitch takes, winners first, nobody forgotten."""

import asyncio

from goldomatic.twitch.chat_queue import MOST_WAITING, ChatQueue
from support.clock import NOON, FakeClock


class Chat:
    """A queue whose sleeping moves the clock on, and when each line was said."""

    def __init__(self, lines: int = 20) -> None:
        self.clock = FakeClock()
        self.queue = ChatQueue(lines, self.clock, self.sleep)
        self.said: list[tuple[str, float]] = []

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds)

    async def say(self, text: str, *, urgent: bool = False) -> None:
        assert await self.queue.turn(urgent=urgent)
        self.said.append((text, (self.clock() - NOON).total_seconds()))


async def test_lines_within_the_limit_do_not_wait() -> None:
    chat = Chat()
    for number in range(20):
        await chat.say(str(number))
    assert {at for _, at in chat.said} == {0.0}


async def test_no_window_of_30_seconds_ever_holds_more() -> None:
    chat = Chat(20)
    await asyncio.gather(*[chat.say(str(number)) for number in range(90)])
    times = [at for _, at in chat.said]
    assert [text for text, _ in chat.said] == [str(number) for number in range(90)]
    assert all(later - first >= 30 for first, later in zip(times, times[20:], strict=False))
    assert times[-1] == 120


async def test_winners_go_before_everything_that_waits() -> None:
    chat = Chat(2)
    lines = [chat.say(f"line {number}") for number in range(6)]
    winners = [chat.say(f"winner {number}", urgent=True) for number in range(3)]
    await asyncio.gather(*lines, *winners)
    order = [text for text, _ in chat.said]
    assert order[:3] == ["winner 0", "winner 1", "winner 2"]
    assert order[3:] == [f"line {number}" for number in range(6)]


async def test_whoever_goes_away_costs_no_turn() -> None:
    chat = Chat(1)
    await chat.say("first")
    leaving = asyncio.create_task(chat.say("gone"))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await chat.say("second")
    assert [at for _, at in chat.said] == [0.0, 30.0]


async def test_a_full_queue_takes_winners_only() -> None:
    chat = Chat(1)
    await chat.say("first")
    gate = asyncio.Event()

    async def held(_: float) -> None:
        await gate.wait()
        chat.clock.advance(30)

    chat.queue._sleep = held
    waiting = [asyncio.create_task(chat.queue.turn()) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    assert await chat.queue.turn() is False
    winner = asyncio.create_task(chat.queue.turn(urgent=True))
    await asyncio.sleep(0)
    gate.set()
    assert await winner
    assert all(await asyncio.gather(*waiting))


async def test_a_clock_that_is_set_back_stops_nobody() -> None:
    chat = Chat(1)
    await chat.say("first")
    chat.clock.advance(-3600)
    await chat.say("second")
    assert [text for text, _ in chat.said] == ["first", "second"]
