"""Extension PubSub against the simulated Twitch: its checks, its bucket, and what gets through."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import channel_owner
from goldomatic.twitch.pubsub import (
    BROADCAST,
    KEPT_FOR_BROADCASTS,
    MAX_BYTES,
    MAX_WHISPERS,
    Address,
    ExtensionPubSub,
)
from support.twitch import until

KEY = b"an extension secret of the tests"
CLIENT = "extension-client-id"
OWNER = channel_owner(random.Random(1))
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Stage:
    """A channel's PubSub and Twitch's, both by a clock that only moves when somebody waits."""

    twitch: FakeTwitch
    pubsub: ExtensionPubSub
    results: list[str]
    moment: list[float] = field(default_factory=lambda: [0.0])

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self.twitch.broker.sent]

    async def settle(self, count: int | None = None) -> None:
        """Until nothing waits any more, or so many messages have arrived."""

        def is_settled() -> bool:
            if count is None:
                return not self.pubsub._waiting
            return len(self.twitch.broker.sent) >= count

        await until(is_settled, 20)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def stage(**changes: Any) -> AsyncIterator[Stage]:
    moment = [0.0]

    def now() -> datetime:
        return START + timedelta(seconds=moment[0])

    async def sleep(seconds: float) -> None:
        moment[0] += seconds
        await asyncio.sleep(0)

    twitch = FakeTwitch(OWNER, clients=[], clock=now, rng=random.Random(1))
    twitch.extension = Extension(CLIENT, base64.b64encode(KEY).decode(), OWNER.id)
    results: list[str] = []
    async with (
        serve_asgi(twitch) as url,
        httpx2.AsyncClient(verify=False, trust_env=False) as http,
    ):
        address = Address(f"{url}/helix", CLIENT, KEY, OWNER.id, OWNER.id)
        pubsub = ExtensionPubSub(
            address._replace(**changes),
            client=http,
            clock=now,
            monotonic=lambda: moment[0],
            sleep=sleep,
            counted=results.append,
        )
        running = asyncio.create_task(pubsub.run())
        try:
            yield Stage(twitch, pubsub, results, moment)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await pubsub.aclose()
            await twitch.aclose()


async def test_a_message_arrives_with_a_token_that_twitch_takes() -> None:
    async with stage() as on:
        on.pubsub.offer(BROADCAST, '{"v":1}')
        on.pubsub.offer("whisper-Uabc", "psst")
        await on.settle(2)
        assert on.twitch.broker.sent == [("broadcast", '{"v":1}'), ("whisper-Uabc", "psst")]
        assert on.results == ["sent", "sent"]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": b"another secret of thirty-two bytes"},
        {"owner_id": "1"},
        {"client_id": "somebody-elses"},
        {"channel_id": "1"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_twitch_refuses_what_is_not_signed_as_it_asks(changes: dict[str, Any]) -> None:
    async with stage(**changes) as on:
        on.pubsub.offer(BROADCAST, "news")
        await on.settle()
        assert on.messages == []
        assert on.results == ["failed"], "a refusal is not asked again"


async def test_only_the_newest_of_many_is_sent() -> None:
    async with stage() as on:
        for number in range(500):
            on.pubsub.offer(BROADCAST, str(number))
        await on.settle(1)
        assert on.messages == ["499"]
        assert on.results.count("replaced") == 499


async def test_the_newest_gets_through_however_fast_they_come() -> None:
    async with stage() as on:
        for number in range(1_000):
            on.pubsub.offer(BROADCAST, str(number))
            await asyncio.sleep(0)
        await on.settle()
        assert on.messages[-1] == "999"
        sent = len(on.messages)
        assert sent <= on.moment[0] + 2, "not more than one a second"
        assert "failed" not in on.results, "Twitch's bucket never ran dry"


async def test_whispers_leave_calls_for_broadcasts_and_twitch_never_refuses() -> None:
    async with stage() as on:
        for number in range(150):
            on.pubsub.offer(f"whisper-U{number}", "news of yours")
        on.pubsub.offer(BROADCAST, "for all")
        await on.settle(1 + 100 - int(KEPT_FOR_BROADCASTS))
        places = [target for target, _ in on.twitch.broker.sent]
        assert "broadcast" in places[:2], "what is for all does not wait behind what is for one"
        await on.settle()
        assert len(on.twitch.broker.sent) == 151
        assert on.results == ["sent"] * 151
        assert on.moment[0] >= 150 - 100


async def test_too_many_whispers_drop_the_oldest_and_never_the_broadcast() -> None:
    async with stage() as on:
        on.twitch.faults.add(Fault(route="extensions/pubsub", status=503))
        on.pubsub.offer(BROADCAST, "for all")
        for number in range(MAX_WHISPERS + 10):
            on.pubsub.offer(f"whisper-U{number}", "news of yours")
        assert len(on.pubsub._waiting) == MAX_WHISPERS
        assert BROADCAST in on.pubsub._waiting
        assert on.results.count("dropped") == 11


async def test_a_message_has_five_kilobytes_at_most() -> None:
    async with stage() as on:
        with pytest.raises(ValueError, match="5000 bytes"):
            on.pubsub.offer(BROADCAST, "ё" * (MAX_BYTES // 2 + 1))
        on.pubsub.offer(BROADCAST, "ё" * (MAX_BYTES // 2))
        await on.settle(1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(route="extensions/pubsub", status=503, times=3),
        Fault(route="extensions/pubsub", close=True, times=3),
        Fault(route="extensions/pubsub", status=429, times=3, retry_after=7),
    ],
    ids=["503", "broken", "429"],
)
async def test_after_a_fault_the_newest_is_sent(fault: Fault) -> None:
    async with stage() as on:
        on.twitch.faults.add(fault)

        def count(result: str) -> None:
            on.results.append(result)
            if on.results.count("failed") == 2:
                on.pubsub.offer(BROADCAST, "new")

        on.pubsub._counted = count
        on.pubsub.offer(BROADCAST, "old")
        await on.settle(1)
        assert on.messages == ["new"]
        assert on.results.count("failed") == 3
        assert on.moment[0] >= 1 + 2 + 4, "each time it waits longer"


async def test_the_claims_of_a_token() -> None:
    async with stage() as on:
        token = on.pubsub._token("whisper-Uabc")
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims == {
            "exp": int(START.timestamp()) + 60,
            "user_id": OWNER.id,
            "role": "external",
            "channel_id": OWNER.id,
            "pubsub_perms": {"send": ["whisper-Uabc"]},
        }
