"""The whole streamer's side in a test: client, addon, bridge, operator, and one clock for all.

Whoever waits moves the time of everybody: the service's clock, the bridge's, and the client, which
lives through every frame of it. Nothing is real but what matters: HTTP, the log file, Lua.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from goldomatic.addon.package import source_folder
from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.setting_texts import Secret
from goldomatic.simulation.game_screen import GameScreen
from goldomatic.simulation.streamer import Streamer
from goldomatic.simulation.wow_client import (
    Character,
    ClientSettings,
    LogSettings,
    WowClient,
)
from support.clock import NOON, FakeClock
from support.service import API_KEY, Stage, viewer

PURSE = 50_000 * 10_000
LINES_A_SECOND = 3


class SharedTime:
    """One clock: waiting moves the service, the bridge and the client on."""

    def __init__(self, clock: FakeClock, client: WowClient) -> None:
        self._clock, self._client = clock, client

    def now(self) -> datetime:
        return self._clock()

    async def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        self._client.run_for(seconds)
        await asyncio.sleep(0)


async def _nothing() -> None:
    return None


class Winners:
    """Payouts at the service."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._made = 0

    async def make(self, name: str) -> str:
        """A pending payout of another viewer, by the service's test route; its id."""
        self._made += 1
        person = viewer(100 + self._made)
        assert (await self._stage.chat(person, f"!twgold {name}")).accepted
        path, body = "/api/e2e/prepare-pending-payout", {"twitchUserId": person.id}
        answer = await self._stage.operator("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        self._stage.clock.advance(0.01)
        payout: str = answer.json()["payoutId"]
        return payout

    async def number(self, status: str, wanted: int) -> bool:
        """Whether so many payouts are in that status."""
        answer = await self._stage.operator("GET", f"/api/payouts?status={status}")
        return len(answer.json()) == wanted


class StreamerSide:
    """A streamer's machine in front of a service at `url`."""

    def __init__(
        self, url: str, folder: Path, clock: FakeClock, log: LogSettings, **bridge: Any
    ) -> None:
        game = folder / "game"
        self.client = WowClient(
            game, addons=[source_folder()], settings=ClientSettings(log=log), started=clock()
        )
        self.client.player.copper = PURSE
        self.streamer = Streamer(self.client)
        self.hands = self.streamer.hands
        self.time = SharedTime(clock, self.client)
        given: dict[str, Any] = {
            "service_url": url, "game_folder": str(game), "auto_sync": True, "retries": 0,
        }  # fmt: skip
        self.settings = BridgeSettings(**(given | bridge))
        self._folder = folder / "bridge"
        self._steps = 0
        self.after_each_step: Callable[[], Awaitable[None]] = _nothing
        self.bridge = self._made()
        self.client.log_in()

    def _made(self) -> Bridge:
        typist = Typist(GameScreen(self.client), self.settings, sleep=self.time.sleep)
        key = Secret(API_KEY)
        return Bridge(self.settings, key, typist, self._folder, time=self.time)

    def winner(self, name: str, answer: str | None = "!twgold") -> Character:
        """Settle a character who consents to the winner whisper, or does not."""
        character = self.client.realm.settle(name)
        if answer is not None:
            character.answers(answer, to="!twgold")
        return character

    def recipient(self, name: str, answer: str = "!twgift", after: float = 1.0) -> Character:
        """Settle a character who accepts gifts."""
        character = self.client.realm.settle(name)
        character.answers(answer, after=after, to="!twgift")
        return character

    async def kill_bridge(self) -> None:
        """End the bridge without a word, as a power failure would, and start it again."""
        await self.bridge.close()
        self.bridge = self._made()

    async def kill_in_turn(self) -> None:
        """Kill the bridge after every step, one in six at a time."""
        self._steps += 1
        if self._steps % 6 == 0:
            await self.kill_bridge()

    async def reach(self, seconds: float) -> None:
        """Let time pass for all until so many seconds after noon."""
        left = (NOON - self.time.now()).total_seconds() + seconds
        await self.time.sleep(left)

    async def second(self) -> None:
        """A second in which everybody does what there is to do."""
        for step in (self._look, self._ask, self._read, self._deliver):
            await step()
            await self.after_each_step()
        for _ in range(LINES_A_SECOND):
            if not await self._type():
                break
            await self.after_each_step()
        self.streamer.act(self.bridge)
        await self.time.sleep(1)

    async def _look(self) -> None:
        await self.bridge.watch_window()
        await self.bridge.watch_candidate()

    async def _ask(self) -> None:
        await self.bridge.watch_gifts()
        await self.bridge.refresh()

    async def _read(self) -> None:
        while self.bridge.read_log():
            pass

    async def _deliver(self) -> None:
        await self.bridge.deliver()

    async def _type(self) -> bool:
        if not await self.bridge.type_next():
            return False
        await self.time.sleep(0.3)
        return True

    async def until(
        self, true: Callable[[], Awaitable[bool]], *, within: float = 600, what: str = ""
    ) -> float:
        """Live until something holds; the seconds that it took."""
        start = self.client.clock.seconds
        while not await true():
            passed = self.client.clock.seconds - start
            assert passed < within, f"{what or 'it'} did not happen within {within} s"
            await self.second()
        return self.client.clock.seconds - start

    async def close(self) -> None:
        await self.bridge.close()
        self.client.crash()
        self.client.check()
