"""A simulated Twitch for the set-up, and the programs of somebody who has nothing yet."""

import asyncio
import os
import random
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from support.ports import free_port
from support.service import ANNA, BORIS, OWNER
from support.sign_in import APP

_USER_CODE = re.compile(r"device-code=([A-Z]{8})")


@dataclass
class Newcomer:
    """A directory with nothing in it, and a Twitch that knows the newcomer's application."""

    directory: Path
    twitch: FakeTwitch
    twitch_url: str
    port: int
    told: str = ""
    running: list[Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        given = {
            "TWITCH_API_URL": f"{self.twitch_url}/helix",
            "TWITCH_AUTH_URL": f"{self.twitch_url}/oauth2",
            "TWITCH_EVENTSUB_WS_URL": f"{self.twitch_url.replace('http', 'ws', 1)}/ws",
            "PORT": str(self.port),
        }
        return {"PATH": os.environ["PATH"]} | {f"GOLDOMATIC_{k}": v for k, v in given.items()}

    async def start(self, *arguments: str) -> Process:
        """A `goldomatic` command in the directory, without a terminal of its own."""
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/setpriv", "--pdeathsig", "KILL",
            sys.executable, "-c", "from goldomatic.cli import main; main()", *arguments,
            cwd=self.directory, env=self.env, stdin=PIPE, stdout=PIPE, stderr=STDOUT,
            start_new_session=True,
        )  # fmt: skip
        self.running.append(process)
        return process

    async def until(self, process: Process, said: Callable[[str], object]) -> str:
        """Read on until something has been said; all that was said since the last time."""
        assert process.stdout is not None
        heard = ""
        async with asyncio.timeout(60):
            while not said(heard):
                piece = await process.stdout.read(4096)
                heard += piece.decode()
                self.told += piece.decode()
                if not piece:
                    break
        return heard

    async def enter(self, process: Process, *lines: str) -> None:
        assert process.stdin is not None
        process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await process.stdin.drain()

    def confirm(self, text: str, user: SimulatedUser) -> None:
        """`user` enters the code that is shown in a text."""
        code = _USER_CODE.findall(text)[-1]
        assert self.twitch.devices.entered(code, user.id, self.twitch.clock())


@asynccontextmanager
async def newcomer(directory: Path) -> AsyncIterator[Newcomer]:
    """Somebody who has just installed the service."""
    twitch = FakeTwitch(OWNER, [ANNA, BORIS], clients=[APP], rng=random.Random(5))
    twitch.device_interval = 1
    port = free_port()
    twitch.register(APP.id, f"http://127.0.0.1:{port}{CALLBACK}")
    async with serve_asgi(twitch) as url:
        made = Newcomer(directory, twitch, url, port)
        try:
            yield made
        finally:
            for process in made.running:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
    await twitch.aclose()
