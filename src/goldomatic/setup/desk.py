"""The set-up in a browser: who may use it, and what is under way.

Rules: let in is the broadcaster who has signed in, or a browser of this very machine that brings
the code which the terminal showed; a code works once, the browser that brought it until the program
ends. A request that came through a proxy, or by
another name than this machine's own, is not of this machine.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from litestar.datastructures import Cookie

from goldomatic.checks.findings import Problem
from goldomatic.checks.scopes import Role
from goldomatic.service import Service
from goldomatic.setup import steps
from goldomatic.setup.settings_file import SettingsFileError
from goldomatic.setup.steps import Connected, Place, SetupError
from goldomatic.twitch.account_wire import DeviceCode

log = structlog.get_logger()

COOKIE = "goldomatic-setup"
PATH = "/setup"


@dataclass(slots=True)
class Waiting:
    """A code that somebody is to enter at Twitch, until it ends one way or the other."""

    code: DeviceCode
    task: "asyncio.Task[None] | None" = None


@dataclass(slots=True)
class Desk:
    """The set-up of one running program, over all starts of its service."""

    place: Place
    restart: Callable[[], None] = lambda: None
    waiting: dict[Role, Waiting] = field(default_factory=dict)
    connected: dict[Role, Connected] = field(default_factory=dict)
    problems: dict[Role, Problem] = field(default_factory=dict)
    _code: str = ""
    _session: str = ""

    def address(self, base: str) -> str:
        """An address that opens the set-up, once. For the terminal alone."""
        self._code = secrets.token_urlsafe(16)
        return f"{base}{PATH}?code={self._code}"

    def redeem(self, code: str) -> Cookie | None:
        """A cookie for the code that was shown; the code is worth nothing afterwards."""
        if not self._code or not hmac.compare_digest(code.encode(), self._code.encode()):
            return None
        self._code, self._session = "", secrets.token_urlsafe(32)
        return Cookie(key=COOKIE, value=self._session, path=PATH, httponly=True, samesite="strict")

    def knows(self, cookie: str) -> bool:
        """Whether a cookie was given for the code."""
        return bool(self._session) and hmac.compare_digest(cookie.encode(), self._session.encode())

    async def connect(self, service: Service, role: Role) -> None:
        """Ask Twitch for a code, and wait beside; raises `SetupError`."""
        self.cancel(role)
        settings = self.place.settings()
        oauth = steps.oauth_of(settings)
        scopes = steps.scopes_of(settings, role)
        try:
            waiting = Waiting(await steps.begin(oauth, scopes))
        except SetupError:
            await oauth.aclose()
            raise

        async def wait() -> None:
            try:
                answer = await steps.wait_for(oauth, waiting.code, scopes, role)
                self.connected[role] = await steps.keep(self.place, service.store, role, answer)
                service.accounts.broadcaster.forget_copy()
                service.accounts.bot.forget_copy()
            except SetupError as error:
                self.problems[role] = error.problem
            except SettingsFileError as error:
                log.error("settings_not_written", reason=str(error))
                self.problems[role] = Problem.SETTINGS_MISSING
            except Exception:
                log.exception("account_not_connected")
                self.problems[role] = Problem.TWITCH_IN_TROUBLE
            finally:
                await oauth.aclose()
                if self.waiting.get(role) is waiting:
                    del self.waiting[role]

        self.problems.pop(role, None)
        self.waiting[role] = waiting
        waiting.task = asyncio.create_task(wait())

    def cancel(self, role: Role) -> None:
        """Wait no longer for a code."""
        waiting = self.waiting.pop(role, None)
        if waiting is not None and waiting.task is not None:
            waiting.task.cancel()

    async def aclose(self) -> None:
        """End what waits, before the service ends or starts anew."""
        self.problems.clear()
        tasks = [each.task for each in self.waiting.values() if each.task is not None]
        for role in list(self.waiting):
            self.cancel(role)
        await asyncio.gather(*tasks, return_exceptions=True)


def is_this_machine(client: str | None, host: str, forwarded: bool) -> bool:
    """Whether a request was made on this machine, and for it."""
    if client is None or forwarded:
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return ip_address(client).is_loopback and (
            name == "localhost" or ip_address(name).is_loopback
        )
    except ValueError:
        return False
