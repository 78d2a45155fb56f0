"""`goldomatic demo`: the real service with a simulated Twitch, a crowd and a simulated game.

Nothing of the service is replaced: chat comes in as signed EventSub deliveries over HTTP, the
real bridge uses the operator's routes, announcements go out through Helix, all over loopback. The
real addon runs in the game; the bridge reads its log file and types into it.
"""

import asyncio
import base64
import random
import secrets
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.app import build_service
from goldomatic.config import Secret, Settings
from goldomatic.server import Server, listener, server
from goldomatic.simulation import channel_page
from goldomatic.simulation.chatters import Chatters
from goldomatic.simulation.eventsub_deliveries import DeliveryHabits
from goldomatic.simulation.extension_host import ExtensionHost
from goldomatic.simulation.extension_pubsub import Extension
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.narrator import Narrator
from goldomatic.simulation.raffle_crowd import RaffleCrowd
from goldomatic.simulation.streamer_side import StreamerSide
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import bot_account, channel_owner, population
from goldomatic.values import ChannelId
from goldomatic.web import logs

VIEWERS = 80
CHAT_LINES_PER_SECOND = 2.0
DUPLICATE_RATE = 0.05
BROADCASTER_SCOPES = (
    "user:read:chat",
    "user:write:chat",
    "user:bot",
    "channel:bot",
    "channel:read:subscriptions",
    "moderator:read:followers",
    "bits:read",
)


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What the command line asks for; `folder` holds the game and the bridge's memory."""

    database: Path
    folder: Path
    spin_interval_seconds: int
    seed: int


class Stage:
    """The simulated Twitch of one demo, and the settings of the service that plays on it."""

    def __init__(self, options: DemoOptions) -> None:
        rng = random.Random(options.seed)
        self.options = options
        self.client = Client("demo-client-id", secrets.token_urlsafe(16))
        self.owner = channel_owner(rng)
        people = population(rng, VIEWERS)
        bot = bot_account(rng)
        self.twitch = FakeTwitch(
            self.owner,
            [bot, *people],
            clients=[self.client],
            rng=rng,
            habits=DeliveryHabits(duplicate_rate=DUPLICATE_RATE, reorder_window=2),
            # The settings hold one token that nothing renews; the demo may run for days.
            user_token_lifetime=timedelta(days=365),
        )
        self.raffle_seed = rng.random()
        self.people = people
        self.crowd = Chatters(bot, people, rng=rng, arrivals=self.twitch.join)
        self.twitch.listeners.append(lambda post: self.crowd.hear(post.text))
        self.token = self.twitch.authorize(self.client.id, self.owner, BROADCASTER_SCOPES)

    def settings(self, env: Mapping[str, str], twitch_url: str) -> Settings:
        """Settings of the real service: the reader's address and port, secrets made up here."""
        chosen = Settings.load(_address_only(env), None)
        extension = Extension(
            "demo-extension-id",
            base64.b64encode(secrets.token_bytes(32)).decode(),
            self.owner.id,
        )
        self.twitch.extension = extension
        return Settings(
            host=chosen.host,
            port=chosen.port,
            log_format=chosen.log_format,
            log_level=env.get("GOLDOMATIC_LOG_LEVEL", "warning"),
            environment="development",
            database_url=f"sqlite:///{self.options.database}",
            spin_interval_seconds=self.options.spin_interval_seconds,
            secret_key=Secret(secrets.token_urlsafe(32)),
            api_key=Secret(secrets.token_urlsafe(24)),
            twitch_broadcaster_id=ChannelId(self.owner.id),
            twitch_client_id=self.client.id,
            twitch_client_secret=Secret(self.client.secret),
            twitch_eventsub_secret=Secret(secrets.token_urlsafe(24)),
            twitch_extension_client_id=extension.client_id,
            twitch_extension_secret=Secret(extension.secret),
            twitch_extension_owner_id=extension.owner_id,
            twitch_broadcaster_token=Secret(self.token.access.value),
            twitch_api_url=f"{twitch_url}/helix",
            twitch_auth_url=f"{twitch_url}/oauth2",
            twitch_eventsub_transport="webhook",
            # Simulated viewers come from addresses of their own, as if through a proxy.
            trusted_proxies=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
            channel_name=self.owner.display_name,
            channel_url=f"{twitch_url}{channel_page.PATH}",
            operator_name=f"{self.owner.display_name} (demo)",
        )


def _address_only(env: Mapping[str, str]) -> dict[str, str]:
    """The demo makes up everything but where it listens and how it logs."""
    names = ("HOST", "PORT", "LOG_FORMAT", "LOG_LEVEL")
    given = {f"GOLDOMATIC_{n}": env[f"GOLDOMATIC_{n}"] for n in names if f"GOLDOMATIC_{n}" in env}
    return {**given, "GOLDOMATIC_ENVIRONMENT": "development"}


async def run_demo(options: DemoOptions, env: Mapping[str, str]) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code."""
    stage = Stage(options)
    async with AsyncExitStack() as stack:
        twitch_url = await stack.enter_async_context(stage.twitch.serve())
        settings = stage.settings(env, twitch_url)
        bound = listener(settings)
        base_url = _reachable(bound)
        settings = replace(settings, public_url=base_url)
        stage.twitch.register(stage.client.id, base_url + CALLBACK)
        logs.configure(settings)
        service = build_service(settings)
        host = ExtensionHost(stage.twitch)
        running = server(settings, service, front=host.before)
        serving = asyncio.create_task(running.serve(sockets=[bound]))
        await _listening(running, serving)
        narrator = Narrator(service, base_url)
        narrator.introduce()
        service.ledger.listen(narrator.after_commit)
        try:
            await stage.twitch.webhooks.chat_sender()
            await _play(stage, settings, base_url, running)
        finally:
            running.should_exit = True
            host.close()
            await serving
    return 0


async def _play(stage: Stage, settings: Settings, base_url: str, running: Server) -> None:
    """Let the crowd and the streamer's side act until the server is told to stop."""
    key = settings.api_key.reveal() if settings.api_key else ""
    side = StreamerSide(
        base_url, key, stage.options.folder, spin_seconds=settings.spin_interval_seconds,
        names=stage.crowd.entered.values, wishes=stage.crowd.wished.values,
        seed=stage.options.seed,
    )  # fmt: skip
    raffle = RaffleCrowd(base_url, stage.twitch, stage.people, random.Random(stage.raffle_seed))
    stop = asyncio.Event()
    actors = [
        asyncio.create_task(
            stage.crowd.run(stage.twitch.webhooks, CHAT_LINES_PER_SECOND, stop), name="crowd"
        ),
        asyncio.create_task(side.run(stop), name="streamer's side"),
        asyncio.create_task(raffle.run(stop), name="raffle's crowd"),
        asyncio.create_task(_told_to_stop(running), name="stop"),
    ]
    await asyncio.wait(actors, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for actor in actors:
        actor.cancel()
    ended = await asyncio.gather(*actors, return_exceptions=True)
    failures = [e for e in ended if isinstance(e, Exception)]
    if failures:
        raise failures[0]


async def _told_to_stop(running: Server) -> None:
    while not running.should_exit:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.02)


async def _listening(running: Server, serving: "asyncio.Task[None]") -> None:
    """Wait until the server answers."""
    while not running.started:
        if serving.done():
            raise RuntimeError("the service ended before it answered")
        await asyncio.sleep(0.02)


def _reachable(bound: socket.socket) -> str:
    """The address at which a browser on this machine finds what is bound there."""
    host, port = bound.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
