"""Days at Twitch in minutes, with all that goes wrong there: `python bench/days.py [HOURS]` (72).

The simulated Twitch runs here, the service in a process of its own that is killed now and then.
Ends with code 1 unless every command that was delivered is handled once, or lies in a gap that the
ledger tells of; unless the broadcaster's token is the one that Twitch knows; unless memory is flat.
"""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from days_service import NOON, Clock
from days_twitch import Happenings
from goldomatic.accounts.records import Tokens
from goldomatic.accounts.rules import BROADCASTER_SCOPES
from goldomatic.accounts.token_store import TokenStore
from goldomatic.accounts.vault import Vault
from goldomatic.channel import CODEC
from goldomatic.ledger.stores import open_store
from goldomatic.reception.events import ReceptionLost, ReceptionResumed
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import channel_owner
from goldomatic.twitch.pace import Pace
from goldomatic.values import ChannelId, ViewerId

SPEED = 1440.0
SHORTEST = 1.0
"""Real seconds that Twitch gives a client at least, and START_SECONDS a service to hear the chat:
the machine may be busy with other things."""
START_SECONDS = 60.0
LIFE_HOURS = (1.2, 4.0)
"""How long a service lives before it is killed."""

TOLERANCE = timedelta(seconds=0.5 * SPEED)
"""Half a real second: what lies between saying, hearing and the wrong clock."""

MOST_LOST = 0.25
MOST_GROWTH_MB = 30
CLIENT = Client("days-client-id", "the-secret-of-the-days-client")
SECRET_KEY = "the secret key of the days, long enough"


@dataclass
class Days:
    """One run."""

    directory: Path
    hours: float
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    growth: list[float] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    url: str = ""

    def __post_init__(self) -> None:
        self.began = time.time()
        self.clock = Clock(self.began, SPEED)
        self.owner = channel_owner(self.rng)
        # Held, but not listened to, so that nobody else is given it between two lives.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.port: int = self.held.getsockname()[1]
        self.twitch = FakeTwitch(
            self.owner,
            clients=[CLIENT],
            clock=self.clock,
            rng=self.rng,
            habits=DeliveryHabits(
                attempts=9, backoff=0.04, duplicate_rate=0.1, reorder_window=2,
                renews_timestamp=True,
            ),
            user_token_lifetime=timedelta(hours=1),
            points_per_minute=1_000_000,
            pace=Pace(SPEED, SHORTEST),
        )  # fmt: skip
        self.channel = Happenings(self.twitch, self.owner, self.rng, self.clock, self.done)

    @property
    def database(self) -> str:
        return f"sqlite:///{self.directory}/days.db"

    @property
    def log(self) -> Path:
        return self.directory / "days.log"

    @property
    def is_over(self) -> bool:
        return self.clock() - NOON >= timedelta(hours=self.hours)

    # The service

    async def connect(self) -> None:
        """Give the service the broadcaster's tokens, as the set-up does."""
        given = self.twitch.authorize(CLIENT.id, self.owner, BROADCASTER_SCOPES)
        scopes, ends = given.access.scopes, given.access.expires_at
        tokens = Tokens(given.access.value, given.refresh_token, scopes, ends)
        store = open_store(self.database, self.clock)
        await store.open()
        kept = TokenStore(store, ChannelId(self.owner.id), Vault(SECRET_KEY))
        await store.execute(kept.put(ViewerId(self.owner.id), tokens, self.clock()))
        await store.close()

    def start(self) -> None:
        transport = ("websocket", "webhook", "websocket")[self.done["kills"] % 3]
        self.done[f"lives by {transport}"] += 1
        given = {
            "DATABASE_URL": self.database,
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "ENVIRONMENT": "development",
            "SECRET_KEY": SECRET_KEY,
            "TWITCH_BROADCASTER_ID": self.owner.id,
            "TWITCH_CLIENT_ID": CLIENT.id,
            "TWITCH_CLIENT_SECRET": CLIENT.secret,
            "TWITCH_EVENTSUB_SECRET": "the-eventsub-secret-of-the-days",
            "TWITCH_EVENTSUB_TRANSPORT": transport,
            "TWITCH_API_URL": f"{self.url}/helix",
            "TWITCH_AUTH_URL": f"{self.url}/oauth2",
            "TWITCH_EVENTSUB_WS_URL": f"{self.url.replace('http', 'ws', 1)}/ws",
            "LOG_FORMAT": "json",
        }
        days = {"BEGAN": self.began, "SPEED": SPEED, "SKEW": self.rng.uniform(-120, 120)}
        environment = {"PATH": os.environ["PATH"]}
        environment |= {f"GOLDOMATIC_{name}": value for name, value in given.items()}
        environment |= {f"DAYS_{name}": str(value) for name, value in days.items()}
        program = Path(__file__).with_name("days_service.py")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(program)], env=environment, stdout=log, stderr=log
            )

    async def until_heard(self) -> None:
        """Wait until the chat is subscribed to, as long as a start may take."""
        deadline = time.time() + START_SECONDS
        while not self.channel.hears:
            if time.time() > deadline:
                raise RuntimeError("the service does not hear the chat")
            await asyncio.sleep(0.02)

    async def end(self, number: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            await asyncio.to_thread(process.wait, 20)

    async def live_once(self) -> None:
        """One life of the service, from its start to its sudden end."""
        self.start()
        await self.until_heard()
        assert self.process is not None
        watched = psutil.Process(self.process.pid)
        ends = self.clock() + timedelta(hours=self.rng.uniform(*LIFE_HOURS))
        await self._happen_until(self.clock() + (ends - self.clock()) / 3)
        begun = watched.memory_info().rss
        await self._happen_until(ends)
        self.growth.append((watched.memory_info().rss - begun) / 1e6)
        self.done["kills"] += 1
        # Nobody can keep what Twitch has answered and the service has not read yet.
        self.twitch.faults.add(Fault(route="oauth2/token", status=503, times=10_000))
        await asyncio.sleep(0.3)
        await self.end(signal.SIGKILL)
        self.twitch.faults.clear()

    async def _happen_until(self, instant: datetime) -> None:
        while self.clock() < instant and not self.is_over:
            await self.channel.happen()
            await asyncio.sleep(self.rng.uniform(0.01, 0.05))

    # How it was

    async def finish(self) -> None:
        """A last life in peace, so that everything is handled, and a stop as it should be."""
        self.twitch.faults.clear()
        self.start()
        await self.until_heard()
        await asyncio.sleep(1.5)
        await self.end(signal.SIGTERM)

    async def faults(self) -> list[str]:
        """What was not as it should be."""
        entered: Counter[str] = Counter()
        gaps: list[tuple[datetime, datetime]] = []
        store = open_store(self.database, self.clock)
        await store.open()
        channel = ChannelId(self.owner.id)
        since: datetime | None = None
        async for chunk in store.walk(channel):
            for recorded in map(CODEC.decode, chunk):
                if isinstance(recorded.event, PoolMemberEnrolled):
                    entered[recorded.event.viewer_id] += 1
                elif isinstance(recorded.event, ReceptionLost):
                    since = recorded.event.since
                elif isinstance(recorded.event, ReceptionResumed) and since is not None:
                    gaps.append((since - TOLERANCE, recorded.at + TOLERANCE))
                    since = None
        kept = await TokenStore(store, channel, Vault(SECRET_KEY)).find(ViewerId(channel))
        await store.close()
        delivered = [each for each in self.channel.said if each.delivered]
        lost = [each for each in delivered if not entered[each.viewer_id]]
        unsaid = [each for each in lost if not any(a <= each.at <= b for a, b in gaps)]
        twice = [viewer_id for viewer_id, times in entered.items() if times > 1]
        self.done |= Counter(
            said=len(self.channel.said),
            delivered=len(delivered),
            handled=len(entered),
            gaps=len(gaps),
        )
        self.done["lost within gaps"] = len(lost)
        log = self.log.read_text(errors="replace")
        secrets = [CLIENT.secret, SECRET_KEY, *self.channel.secrets]
        known = kept is not None and kept.tokens.refresh in self.twitch.tokens._renewals
        problems = {
            f"{len(twice)} commands were handled twice": twice,
            f"{len(unsaid)} delivered commands are missing outside of gaps": unsaid,
            "more was lost than gaps can explain": len(lost) > MOST_LOST * len(delivered),
            "the broadcaster's token is lost": not known,
            "consent was taken for withdrawn": "consent_withdrawn" in log,
            f"memory grew: {self.growth}": any(each > MOST_GROWTH_MB for each in self.growth),
            "a secret stands in the log": [each for each in secrets if each in log],
            "tracebacks in the log": log.count("Traceback") > 0,
        }
        return [text for text, is_so in problems.items() if is_so]


async def run(hours: float, seed: int) -> int:
    with TemporaryDirectory(prefix="goldomatic-days-") as directory:
        days = Days(Path(directory), hours, random.Random(seed))
        async with days.twitch.serve() as days.url:
            await days.connect()
            try:
                while not days.is_over:
                    await days.live_once()
                await days.finish()
            except RuntimeError:
                sys.stdout.write(days.log.read_text(errors="replace")[-20_000:])
                raise
            finally:
                await days.end(signal.SIGKILL)
                days.held.close()
        problems = await days.faults()
        if problems:
            sys.stdout.write(days.log.read_text(errors="replace")[-20_000:])
    print(json.dumps(dict(sorted(days.done.items())), indent=1))
    print(f"memory grew by {max(days.growth):.1f} MB at most in a life")
    for problem in problems:
        print(problem)
    print("held" if not problems else "did not hold")
    return 1 if problems else 0


if __name__ == "__main__":
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 72.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"{hours} simulated hours, seed {seed}")
    sys.exit(asyncio.run(run(hours, seed)))
