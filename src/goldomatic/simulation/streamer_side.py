"""The streamer's machine of the demo: the game with the real addon, and the real bridge.

The game lives as many times faster than the wall clock as the demo's spins come faster than every
five minutes; the bridge waits accordingly shorter. What it writes and reads is a real log file.
"""

import asyncio
import os
import random
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from goldomatic.addon.package import source_folder
from goldomatic.bridge.bridge import Bridge
from goldomatic.bridge.inject.typist import Typist
from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.timing import Timing
from goldomatic.setting_texts import Secret
from goldomatic.simulation.game_screen import GameScreen
from goldomatic.simulation.streamer import Streamer
from goldomatic.simulation.wow_client import WowClient
from goldomatic.simulation.wow_client.characters import Reply
from goldomatic.simulation.wow_client.items import Bond, Item
from goldomatic.simulation.wow_client.real_time import live
from goldomatic.values import utc_now

GOLD = 10_000
PURSE = 100_000 * GOLD
POOR = 10_000 * GOLD
ONLINE_CHANCE = 0.85
FEW_ITEMS = 6
BAG_ITEMS = (
    Item(id=33447, name="Runic Healing Potion", count=5),
    Item(id=36912, name="Saronite Ore", count=20),
    Item(id=36908, name="Frost Lotus", count=2),
    Item(id=35622, name="Eternal Water", count=6),
    Item(id=35624, name="Eternal Earth", count=4),
    Item(id=43015, name="Fish Feast", count=10),
    Item(id=46377, name="Flask of Endless Rage", count=3),
    Item(id=40093, name="Indestructible Potion", count=8),
    Item(id=44161, name="Arcane Tarot", count=1),
    Item(id=6948, name="Hearthstone", bond=Bond.SOULBOUND),
)
LONGEST_LOG = 64 * 1024 * 1024
REAL_CYCLE = 300.0
GIFT_WORDS = ("!twgift", "!TwGift", " !twgift ", "!!twgift", "twgift")
CONSENTS = ("!twgold", "!twgold", "!TwGold", " !twgold ", "!!twgold", "twgold")


class GameTime:
    """The bridge's time: dates are real, waiting is in the game's seconds.

    A wait ends only when the client has lived through it, so that a slow machine types no letters
    into a frame that has not been drawn.
    """

    def __init__(self, client: WowClient, speed: float) -> None:
        self._client, self._speed = client, speed

    def now(self) -> datetime:
        return utc_now()

    async def sleep(self, seconds: float) -> None:
        end = self._client.clock.seconds + seconds
        while True:
            left = end - self._client.clock.seconds
            await asyncio.sleep(max(left, 0.0) / self._speed)
            if self._client.clock.seconds >= end:
                return


class StreamerSide:
    """Game, addon, bridge and the person in front of them, for as long as `run` runs."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        folder: Path,
        *,
        spin_seconds: int,
        names: Callable[[], Iterable[str]],
        wishes: Callable[[], Iterable[str]] = tuple,
        seed: int = 0,
    ) -> None:
        """`names` tells which characters the viewers enter with, `wishes` with which they ask for
        gifts; they live on the realm."""
        self._names, self._wishes, self._rng = names, wishes, random.Random(seed)
        self._speed = speed = REAL_CYCLE / spin_seconds
        self.client = WowClient(folder / "game", addons=[source_folder()], started=utc_now())
        self.client.player.copper = PURSE
        settings = BridgeSettings(
            service_url=base_url, game_folder=str(folder / "game"), auto_sync=True, poll_seconds=5
        )
        time = GameTime(self.client, speed)
        typist = Typist(GameScreen(self.client), settings, sleep=time.sleep)
        self.bridge = Bridge(
            settings, Secret(api_key), typist, folder / "bridge", time=time, timing=_timing(speed)
        )  # fmt: skip
        self._streamer = Streamer(self.client)

    async def run(self, stop: asyncio.Event) -> None:
        """Play until `stop` is set. Raises `ClientFaultsError` when the addon fails."""
        self.client.log_in()
        parts = {
            asyncio.create_task(live(self.client, stop, speed=self._speed), name="game"),
            asyncio.create_task(self.bridge.run(), name="bridge"),
            asyncio.create_task(self._play(stop), name="streamer"),
        }
        ending = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({ending, *parts}, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            self.bridge.stop()
            for task in (ending, *parts):
                task.cancel()
            await asyncio.gather(ending, *parts, return_exceptions=True)
            self.client.quit()

    async def _play(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._settle()
            self._streamer.act(self.bridge)
            await self._streamer.tend_gifts(self.bridge)
            self._keep_house()
            self.client.check()
            await asyncio.sleep(1 / self._speed)

    def _settle(self) -> None:
        """Everybody whom the viewers name lives on the realm; not all are at home."""
        for name in (*self._names(), *self._wishes()):
            if self.client.realm.find(name) is None:
                online = self._rng.random() < ONLINE_CHANCE
                self.client.realm.settle(name, online=online).answer = self._answers()

    def _answers(self) -> Callable[[str, str], Iterable[Reply]]:
        """What one character always whispers back when it is asked."""
        gold, gift = self._rng.choice(CONSENTS), self._rng.choice(GIFT_WORDS)
        after = self._rng.uniform(2, 20)

        def answer(heard: str, _sender: str) -> Iterable[Reply]:
            words = {"!twgold": gold, "!twgift": gift}
            return [Reply(said, after) for word, said in words.items() if word in heard]

        return answer

    def _keep_house(self) -> None:
        """Money for the next prizes, and no log that fills the disk; letters are read."""
        player = self.client.player
        if player.copper < POOR:
            player.copper = PURSE
            self.client.realm.send(lambda client: client.money(PURSE))
        bags = self.client.world.bags
        if len(bags.slots) < FEW_ITEMS:
            for item in BAG_ITEMS:
                bags.put(item)
        path = self.client.log.path
        if path and path.exists() and path.stat().st_size > LONGEST_LOG:
            os.truncate(path, 0)
        for one in self.client.realm.people.values():
            one.letters.clear()
            one.heard.clear()


def _timing(speed: float) -> Timing:
    """The bridge's periods that are measured by dates, as much shorter as the game is faster."""
    usual = Timing()
    return Timing(
        ack=usual.ack / speed,
        hello=usual.hello / speed,
        answer=usual.answer / speed,
        who=usual.who / speed,
    )
