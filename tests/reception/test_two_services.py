"""Two services on one PostgreSQL: one of them hears Twitch, and the other takes over from it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from goldomatic.accounts.records import Tokens
from goldomatic.accounts.rules import BROADCASTER_SCOPES
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.vault import Vault
from goldomatic.channel import CODEC
from goldomatic.ledger.event import Event
from goldomatic.ledger.stores import open_store
from goldomatic.reception.events import ReceptionLost, ReceptionResumed
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from goldomatic.twitch.eventsub_socket import Unready
from goldomatic.twitch.subscriptions import KINDS
from goldomatic.values import ViewerId, utc_now
from support.ledgers import checked_log
from support.process import ServeProcess
from support.reception import Listening, listening
from support.service import ANNA, BORIS, CHANNEL, CLARA, OWNER, FixedLots
from support.sign_in import APP
from support.twitch import until

pytestmark = pytest.mark.postgres

SECRET_KEY = "a secret key of the tests, long enough"
HELD_LOCKS = b"""
    SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND database = (
      SELECT oid FROM pg_database WHERE datname = current_database())"""


@dataclass
class Pair:
    """Two services on one database, and their one Twitch."""

    one: Listening
    other: Listening

    async def turn(self, *awake: Listening) -> None:
        """What a service that is awake does every second or two."""
        for each in awake or (self.one, self.other):
            await each.stage.service.ledger.refresh()
            await each.stage.service.reception.tend()

    async def until_heard_by(self, live: Listening, *awake: Listening) -> None:
        """Turn after turn, until this one hears everything and nobody else anything."""
        async with asyncio.timeout(20):
            while True:
                await self.turn(*awake)
                listens = [e for e in (self.one, self.other) if e.stage.service.reception.status]
                if listens == [live] and live.status.is_complete:
                    return
                await asyncio.sleep(0.02)

    async def enters(self, user: SimulatedUser, name: str) -> None:
        """The user says the command, whoever may hear it."""
        await self.one.twitch.say(ChatLine(chatter=user, text=f"!twgold {name}"))
        async with asyncio.timeout(20):
            while self.one.stage.pool().get(user.id) != name:
                await self.one.stage.service.ledger.refresh()
                await asyncio.sleep(0.02)

    async def entries(self) -> Counter[str]:
        return Counter(e.viewer_id for e in await self.one.stage.recorded(PoolMemberEnrolled))


@asynccontextmanager
async def pair(tmp_path: Path, database_url: str) -> AsyncIterator[Pair]:
    async with (
        listening(tmp_path, database_url=database_url) as one,
        listening(
            tmp_path,
            clock=one.stage.clock,
            watched=one.watched,
            connected=False,
            lots=FixedLots(2),
            database_url=database_url,
        ) as other,
    ):
        yield Pair(one, other)


async def test_the_other_takes_over_from_one_that_stops(tmp_path: Path, postgres_url: str) -> None:
    async with pair(tmp_path, postgres_url) as two:
        await two.until_heard_by(two.one)
        await two.enters(ANNA, "Anna")
        two.one.stage.clock.advance(60)
        stopped_at = two.one.stage.clock()
        await two.one.stage.service.reception.stop()
        await two.one.stage.service.store._leader.close()
        two.one.stage.clock.advance(5)
        await two.until_heard_by(two.other, two.other)
        await two.enters(BORIS, "Boris")
        assert set((await two.entries()).values()) == {1}
        [gap] = two.other.gaps
        assert (gap.since, gap.until, gap.reason) == (
            stopped_at,
            two.one.stage.clock(),
            "service_stopped",
        )


@pytest.mark.parametrize("cut_off", [False, True])
async def test_one_that_was_frozen_finds_the_other_hearing(
    tmp_path: Path, postgres_url: str, cut_off: bool
) -> None:
    """Its connection to the database and so its lead are gone, and it does not know."""
    async with pair(tmp_path, postgres_url) as two:
        await two.until_heard_by(two.one)
        await two.enters(ANNA, "Anna")
        session = two.one.session
        async with await psycopg.AsyncConnection.connect(postgres_url) as server:
            await server.execute(HELD_LOCKS)
        two.one.stage.clock.advance(30)
        async with asyncio.timeout(20):
            while not (two.other.stage.service.reception.status and two.other.status.is_complete):
                await two.turn(two.other)
                await asyncio.sleep(0.02)
        # Both have a session now, and the first one still believes that it is the one.
        await two.enters(BORIS, "Boris")
        if cut_off:
            told = opened_by(two.one)
            two.one.twitch.sessions.close(session, 4005)
            assert await asyncio.wait_for(told, 20) == "another_process_listens"
        await two.until_heard_by(two.other)
        await two.turn()
        assert [gap.until is not None for gap in two.other.gaps] == [True]
        await two.enters(CLARA, "Clara")
        assert set((await two.entries()).values()) == {1}
        assert sorted(one.type for one in two.one.twitch.sessions.enabled()) == sorted(KINDS)


def opened_by(live: Listening) -> "asyncio.Future[str]":
    """What comes of the next session of a service: why it is of no use."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    way: Any = live.stage.service.reception._way
    subscribe = way.opened

    async def opened(session_id: str) -> Unready | None:
        refusal: Unready | None = await subscribe(session_id)
        if not told.done():
            told.set_result(refusal.reason if refusal else "")
        return refusal

    way.opened = opened
    return told


# Two processes


async def connected(twitch: FakeTwitch, database_url: str) -> None:
    """The database has the broadcaster's tokens, as after the set-up."""
    given = twitch.authorize(APP.id, OWNER, BROADCASTER_SCOPES)
    access = given.access
    tokens = Tokens(access.value, given.refresh_token, access.scopes, access.expires_at)
    store = open_store(database_url, utc_now)
    await store.open()
    try:
        kept = TokenStore(store, CHANNEL, Vault(SECRET_KEY))
        await store.execute(kept.put(ViewerId(OWNER.id), tokens, utc_now()))
    finally:
        await store.close()


async def recorded(database_url: str) -> list[Event]:
    store = open_store(database_url, utc_now)
    await store.open()
    try:
        return [CODEC.decode(each).event for each in await checked_log(store)]
    finally:
        await store.close()


@pytest.mark.slow
async def test_the_other_process_takes_over_from_one_that_is_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    twitch = FakeTwitch(OWNER, [ANNA, BORIS], clients=[APP], rng=random.Random(7))
    async with serve_asgi(twitch) as url:
        await connected(twitch, postgres_url)
        both = [
            ServeProcess(
                tmp_path,
                postgres_url,
                SECRET_KEY=SECRET_KEY,
                TWITCH_CLIENT_ID=APP.id,
                TWITCH_CLIENT_SECRET=APP.secret,
                TWITCH_API_URL=f"{url}/helix",
                TWITCH_AUTH_URL=f"{url}/oauth2",
                TWITCH_EVENTSUB_WS_URL=f"{url.replace('http', 'ws', 1)}/ws",
            )
            for _ in range(2)
        ]

        def heard() -> bool:
            return len(twitch.sessions.enabled()) == len(KINDS)

        try:
            await asyncio.to_thread(both[0].start)
            await asyncio.gather(asyncio.to_thread(both[1].start), until(heard, 30))
            await twitch.say(ChatLine(chatter=ANNA, text="!twgold Anna"))
            both[0].kill()
            await until(lambda: not heard(), 30)
            await until(heard, 30)
            assert len(twitch.sessions.sessions) == 1
            await twitch.say(ChatLine(chatter=BORIS, text="!twgold Boris"))
            both[1].stop()
        finally:
            for process in both:
                process.kill()
        await twitch.aclose()
    log = await recorded(postgres_url)
    assert [e.viewer_id for e in log if isinstance(e, PoolMemberEnrolled)][-1] == BORIS.id
    told = [e for e in log if isinstance(e, ReceptionLost | ReceptionResumed)]
    assert [getattr(each, "reason", "resumed") for each in told] == [
        *("resumed", "service_was_down", "resumed"),
        "service_stopped",
    ]
