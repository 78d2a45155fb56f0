"""What happens at Twitch in `days.py`: commands are said, and all sorts of things go wrong."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx2

from goldomatic.simulation.eventsub_messages import CHAT_MESSAGE, ChatLine, chat_event
from goldomatic.simulation.eventsub_sessions import STATUS_OF_CLOSE
from goldomatic.simulation.faults import Fault
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser

ROUTES = ("eventsub/subscriptions", "oauth2/token", "oauth2/validate", "ws")


@dataclass
class Said:
    """A command, when it was said, and whether Twitch could deliver it."""

    viewer_id: str
    at: datetime
    delivered: bool = False


@dataclass
class Happenings:
    """A channel's chat and the misfortunes of Twitch, by chance."""

    twitch: FakeTwitch
    owner: SimulatedUser
    rng: random.Random
    clock: Callable[[], datetime]
    done: Counter[str]
    said: list[Said] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    _lines: dict[str, Said] = field(default_factory=dict)

    @property
    def hears(self) -> bool:
        kept = (self.twitch.sessions.enabled(), self.twitch.webhooks.subscriptions.values())
        alike = [one for each in kept for one in each]
        return any(one.type == CHAT_MESSAGE and one.status == "enabled" for one in alike)

    async def happen(self) -> None:
        """A command, and sometimes a misfortune."""
        await self.say()
        self.secrets |= {*self.twitch.tokens._access, *self.twitch.tokens._renewals}
        if self.rng.random() < 0.06:
            await self.go_wrong()

    async def say(self) -> None:
        number = len(self.said)
        viewer = SimulatedUser(
            id=str(500_000_000 + number), login=f"viewer_{number}", display_name=f"V{number}",
            tier="1000", months=3,
        )  # fmt: skip
        self.twitch.join([viewer])
        told = Said(viewer.id, self.clock())
        self.said.append(told)
        line = ChatLine(chatter=viewer, text=f"!twgold {name_of(number)}")
        copies = 2 if self.rng.random() < 0.1 else 1
        await self.deliver(line, told, copies)
        del self.twitch.users[viewer.id]

    async def deliver(self, line: ChatLine, told: Said, copies: int) -> None:
        """Say a line, however it goes out, and note what was written to somebody who listens."""
        line = replace(line, message_id=self.twitch.new_id())
        self._lines[line.message_id or ""] = told
        was_silent = any(each.connection.silent for each in self.twitch.sessions.sessions.values())
        event = chat_event(line, self.owner, line.message_id or "")
        reached = await self.twitch.sessions.notify(CHAT_MESSAGE, event, copies=copies)
        told.delivered = reached > 0 and not was_silent
        for delivery in await self.twitch.webhooks.enqueue(line, copies=copies):
            if delivery.accepted:
                self._lines[delivery.event_message_id or ""].delivered = True

    async def go_wrong(self) -> None:
        """One of all the things that go wrong."""
        what = self.rng.choice(
            ("close", "close", "move", "move", "silence", "revoke", "expire", "fault", "fault",
             "fault")
        )  # fmt: skip
        self.done[what] += 1
        sessions = list(self.twitch.sessions.sessions.values())
        match what:
            case "close" if sessions:
                self.twitch.sessions.close(sessions[0], self.rng.choice(list(STATUS_OF_CLOSE)))
            case "move" if sessions:
                await self.twitch.sessions.reconnect(sessions[0])
            case "silence" if sessions and self.rng.random() < 0.3:
                self.twitch.sessions.silence(sessions[0])
            case "revoke":
                await self.revoke()
            case "expire":
                self.twitch.tokens.expire_all()
            case "fault":
                status = self.rng.choice((429, 500, 503, None))
                wrong = {"close": True} if status is None else {"status": status}
                self.twitch.faults.add(Fault(route=self.rng.choice(ROUTES), **wrong))

    async def revoke(self) -> None:
        sockets, webhooks = self.twitch.sessions, self.twitch.webhooks
        for one in self.rng.sample(sockets.enabled(), min(1, len(sockets.enabled()))):
            await sockets.revoke(one, "version_removed")
        alive = [one for one in webhooks.subscriptions.values() if one.status == "enabled"]
        for one in alive[:1]:
            with suppress(httpx2.HTTPError):
                await webhooks.sender(one).revoke("notification_failures_exceeded")


def name_of(number: int) -> str:
    letters = [chr(ord("a") + number // 26**place % 26) for place in range(5)]
    return "Na" + "".join(letters)
