"""A service with every secret that there is shows none of them.

The real process on a real PostgreSQL whose address holds a password, with a simulated Twitch that
fails and refuses. Searched are the log, pages, answers to what is wrong, the feed, what commands
print, process titles, the database server's list of connections, and a backup.
"""

import asyncio
import os
import random
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote

import httpx2
import psycopg
import pytest

from goldomatic.accounts.sign_in import CALLBACK
from goldomatic.simulation import tokens as simulated_tokens
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.serving import serve_asgi
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser
from support.postgres import binary
from support.process import ServeProcess
from support.service import ANNA, API_KEY, EVENTSUB_SECRET, EXTENSION_SECRET, OWNER
from support.sign_in import APP, PLAIN, Visitor, Web
from support.twitch import WatchedTwitch

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PASSWORD = "p4ss word/of:the@database"
KEYS = {
    "SECRET_KEY": "the-secret-key-of-this-service-and-no-other",
    "FORMER_SECRET_KEY": "the-former-secret-key-of-this-service-alone",
    "TWITCH_BROADCASTER_TOKEN": "thebroadcasterstokenofthesettings",
}
PATHS = (
    *("/", "/roulette", "/draws/x", "/demo-portal", "/demo-admin", "/setup?look=1"),
    *("/setup?code=wrong", "/overlay", "/overlay?link=wrong", "/nowhere", "/schema", "/metrics"),
    *("/api/health", "/api/live", "/api/payouts", "/api/gift-requests", "/api/admin/diagnostics"),
    *("/api/auth/session", "/api/panel/snapshot", "/api/version", "/api/draws/x"),
    *("/api/auth/callback/twitch?code=x&state=y", "/api/overlay/feed?link=wrong"),
)


class Hunt:
    """What must not be shown, and all that is."""

    def __init__(self) -> None:
        self.secrets = {PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), APP.secret, API_KEY}
        self.secrets |= {EVENTSUB_SECRET, EXTENSION_SECRET, *KEYS.values()}
        self.shown: dict[str, str] = {}

    def found(self) -> list[tuple[str, str]]:
        return [
            (secret, where)
            for where, text in self.shown.items()
            for secret in self.secrets
            if secret in text
        ]


class Stand:
    """One service and everybody who looks at it."""

    def __init__(self, hunt: Hunt, twitch: FakeTwitch, url: str, process: ServeProcess) -> None:
        self.hunt = hunt
        self.twitch = twitch
        self.process = process
        self._web = Web(cast("Any", SimpleNamespace(url=process.url)), WatchedTwitch(twitch), url)

    async def browser(self, user: SimulatedUser | None) -> Visitor:
        client = httpx2.AsyncClient(timeout=20, trust_env=False, verify=PLAIN)
        visitor = Visitor(self._web, client)
        if user is not None:
            await visitor.sign_in(user)
            self.hunt.secrets |= {v for n, v in visitor.cookies.items() if len(v) > 20}
        return visitor

    async def look_around(self, who: str, visitor: Visitor) -> None:
        """Every page and answer, as somebody gets them."""
        await asyncio.gather(*(self._look_at(who, visitor, path) for path in PATHS))
        for path in ("/api/twitch/eventsub", "/api/payouts/claim", "/api/gift-requests"):
            told = (await visitor.post(path, content=b"{")).text
            self.hunt.shown[f"{who} POST {path}"] = told
        await visitor.http.aclose()

    async def _look_at(self, who: str, visitor: Visitor, path: str) -> None:
        kind = "application/json" if path.startswith("/api") else "text/html"
        headers = {"accept": kind, "X-MGM-ApiKey": "wrong", "Authorization": "Bearer wrong"}
        async with visitor.http.stream("GET", self.process.url + path, headers=headers) as answer:
            piece = await anext(answer.aiter_bytes(), b"")
            self.hunt.shown[f"{who} {path}"] = f"{answer.status_code} {piece.decode()}"

    async def command(self, words: str, **settings: str) -> str:
        """What a command prints; its process title is searched as well."""
        process = await asyncio.create_subprocess_exec(
            *("/usr/bin/setpriv", "--pdeathsig", "KILL"),
            *(sys.executable, "-c", "from goldomatic.cli import main; main()", *words.split()),
            env=self.process._environment | settings, cwd=self.process.directory,
            stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        self.hunt.shown[f"title of {words}"] = title_of(process.pid)
        told, _ = await process.communicate()
        return told.decode()


def title_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode()


@asynccontextmanager
async def stand(
    directory: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stand]:
    hunt, make = Hunt(), simulated_tokens._secret

    def made(rng: random.Random, length: int) -> str:
        hunt.secrets.add(secret := make(rng, length))
        return secret

    # Whatever Twitch gives out is one: access and refresh tokens, codes of browsers and devices.
    monkeypatch.setattr(simulated_tokens, "_secret", made)
    twitch = FakeTwitch(OWNER, [ANNA], clients=[APP], rng=random.Random(3))
    twitch.device_interval = 1
    async with serve_asgi(twitch) as url:
        process = ServeProcess(
            directory, database_url,
            TWITCH_CLIENT_ID=APP.id, TWITCH_CLIENT_SECRET=APP.secret, STORE_EMAIL="true",
            TWITCH_API_URL=f"{url}/helix", TWITCH_AUTH_URL=f"{url}/oauth2",
            TWITCH_EVENTSUB_WS_URL=f"{url.replace('http', 'ws', 1)}/ws", **KEYS,
        )  # fmt: skip
        process._environment["GOLDOMATIC_PUBLIC_URL"] = process.url
        twitch.register(APP.id, process.url + CALLBACK)
        try:
            await asyncio.to_thread(process.start)
            yield Stand(hunt, twitch, url, process)
        finally:
            await asyncio.to_thread(process.kill)
        await twitch.aclose()


async def test_no_secret_is_shown_anywhere(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("postgres@", f"postgres:{quote(PASSWORD, safe='')}@")
    async with stand(tmp_path, address, monkeypatch) as stage:
        hunt, process = stage.hunt, stage.process
        owner, anna = await stage.browser(OWNER), await stage.browser(ANNA)
        nobody = await stage.browser(None)
        link = await stage.command("overlay link")
        hunt.secrets.add(re.findall(r"link=(\S+)", link)[0])
        # A code for a device is waited for, while Twitch is in trouble of every kind.
        assert (await owner.post("/setup/connect", data={"role": "bot"})).status_code == 303
        stage.twitch.tokens.expire_all()
        for route in ("oauth2/token", "oauth2/validate", "subscriptions", "eventsub/subscriptions"):
            for status in (400, 401, 500):
                stage.twitch.faults.add(Fault(route=route, status=status, times=2))
        own = (await anna.get("/api/auth/session")).json()
        assert own["user"]["email"] == ANNA.address
        hunt.secrets.add(ANNA.address)
        wrong = {
            "refused": address.replace("127.0.0.1", "127.0.0.2"),
            "unknown": address.replace("postgresql:", "mysql:"),
        }
        told = await asyncio.gather(
            stage.command("twitch diagnose"),
            *(stage.command("ledger check", GOLDOMATIC_DATABASE_URL=u) for u in wrong.values()),
            stage.look_around("owner", owner),
            stage.look_around("nobody", nobody),
        )
        hunt.shown |= dict(zip(("diagnose", *wrong), filter(None, told), strict=True))
        assert "Broadcaster" in hunt.shown["diagnose"]
        pid = process._process.pid if process._process else 0
        hunt.shown["title"] = title_of(pid)
        async with await psycopg.AsyncConnection.connect(postgres_url) as database:
            rows = await database.execute(b"SELECT application_name, query FROM pg_stat_activity")
            hunt.shown["connections"] = str(await rows.fetchall())
        assert await asyncio.to_thread(process.stop) == 0
        hunt.shown["log"] = process.log
        hunt.shown["files"] = listed(tmp_path)
        assert len(hunt.secrets) > 20
        assert "eventsub" in hunt.shown["log"]
        assert hunt.found() == []
        # The addresses of viewers stand in the database as they are: see docs/operators.md.
        hunt.secrets.remove(ANNA.address)
        hunt.shown["backup"] = await dumped(postgres_url)
        assert "COPY public.account_tokens" in hunt.shown["backup"]
        assert hunt.found() == []


def listed(directory: Path) -> str:
    """The names of all files."""
    return "\n".join(map(str, directory.rglob("*")))


async def dumped(url: str) -> str:
    """The whole database as a backup holds it."""
    process = await asyncio.create_subprocess_exec(
        str(binary("pg_dump")), url, env={"PATH": os.environ["PATH"]}, stdout=PIPE, stderr=STDOUT
    )
    told, _ = await process.communicate()
    return told.decode()
