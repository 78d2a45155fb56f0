"""Viewers who take part in the raffle: they sign in, enter with a link, and support the channel."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import httpx2

from goldomatic.simulation import support_events
from goldomatic.simulation.browsing import SignInFailedError, SimulatedBrowser
from goldomatic.simulation.raffle_lines import NOTES, TRACKS, track_link
from goldomatic.simulation.support_events import SupportEvent
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser

PAUSE = 2.5
"""Mean seconds between two things that somebody does."""
FIRST = 7
"""How many take part in the session before the one that is shown."""
MOST = 45
_ENTERS_SHARE = 0.3


class RaffleCrowd:
    """The raffle's people on a running service; the same seed gives the same evening.

    The broadcaster only opens: a short session with a winner, so that there is a history, then
    one that runs. Drawing and ending it is left to whoever signs in as the broadcaster.
    """

    def __init__(
        self, base_url: str, twitch: FakeTwitch, people: Sequence[SimulatedUser], rng: random.Random
    ) -> None:
        self._base_url = base_url
        self._twitch = twitch
        self._rng = rng
        self._people = list(people)[:MOST]
        self._browsers: dict[str, SimulatedBrowser] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Take part until `stop` is set."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            await self._open_the_evening()
            while not stop.is_set():
                await self._do_something()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._rng.expovariate(1 / PAUSE))

    async def _close(self) -> None:
        for browser in self._browsers.values():
            await browser.aclose()

    async def _open_the_evening(self) -> None:
        async with SimulatedBrowser(
            self._base_url, self._twitch.broadcaster, "203.0.113.1"
        ) as host:
            if (await host.get("/api/status"))["hasActiveSession"]:
                return
            await host.sign_in()
            await host.post("/api/admin/submissions", submissionsOpen=True)
            await host.post("/api/admin/session/start", name="Warm-up")
            for person in self._people[:FIRST]:
                await self._enter(person)
                await self._give(person)
            await host.post("/api/pick-winner")
            await host.post("/api/admin/session/end")
            await host.post("/api/admin/session/start", name="Demo night")
            for person in self._people[FIRST : 2 * FIRST]:
                await self._enter(person)

    async def _do_something(self) -> None:
        newcomers = [one for one in self._people if one.id not in self._browsers]
        if newcomers and self._rng.random() < _ENTERS_SHARE:
            await self._enter(self._rng.choice(newcomers))
            return
        known = [one for one in self._people if one.id in self._browsers]
        if known:
            await self._give(self._rng.choice(known))

    async def _enter(self, person: SimulatedUser) -> None:
        """Sign in and enter; a service that does not take it now gets another try some day."""
        person = self._followed(person)
        browser = SimulatedBrowser(self._base_url, person, self._address(person))
        try:
            await browser.sign_in()
        except (SignInFailedError, httpx2.TransportError):
            await browser.aclose()
            return
        self._browsers[person.id] = browser
        event = support_events.follow(person, self._twitch.broadcaster, self._twitch.clock())
        await self._tell(event)
        link = track_link(self._rng.choice(TRACKS), person.login)
        notes = self._rng.choice(NOTES)
        if self._rng.random() < 0.85:
            answer = await browser.post("/api/enter", demoLink=link, notes=notes)
        else:
            answer = await browser.post("/api/enter", notes=notes)
        if answer.status_code != 200:
            # Closed, or paused: comes back when others do.
            del self._browsers[person.id]
            await browser.aclose()

    async def _give(self, giver: SimulatedUser) -> None:
        kind = self._rng.choices(("cheer", "gift", "resub", "subscribe"), (60, 20, 15, 5))[0]
        owner = self._twitch.broadcaster
        match kind:
            case "cheer":
                bits = self._rng.choice((50, 100, 100, 200, 300, 500, 1000))
                event = support_events.cheer(giver, owner, bits)
            case "gift":
                event = support_events.gift(giver, owner, self._rng.choice((1, 1, 1, 2, 5)))
            case "resub":
                event = support_events.resub(giver, owner, max(2, giver.months))
            case _:
                event = support_events.subscribe(giver, owner)
        await self._tell(event)

    async def _tell(self, event: SupportEvent) -> None:
        await self._twitch.webhooks.notify(event.kind, event.event)

    def _followed(self, person: SimulatedUser) -> SimulatedUser:
        """Only followers may enter: whoever wants to, follows."""
        follower = replace(person, follows=True)
        self._twitch.join([follower])
        return follower

    def _address(self, person: SimulatedUser) -> str:
        """Each at home: their requests count apart."""
        at = self._people.index(next(one for one in self._people if one.id == person.id))
        return f"198.51.100.{1 + at}"
