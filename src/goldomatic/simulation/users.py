"""People of the simulated channel: who they are, what they pay, which badges chat shows."""

import random
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

from goldomatic.simulation.names import display_name, login

SubscriptionTier = Literal["1000", "2000", "3000"]

FOUNDERS = 10
"""An affiliate's first ten paying subscribers become founders."""

_BADGE_MONTHS = (0, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60)
_BADGE_OFFSET = {"1000": 0, "2000": 2000, "3000": 3000}
_COLORS = ("", "#1E90FF", "#FF7F50", "#9ACD32", "#8A2BE2", "#DAA520", "#2E8B57")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9_]{2,24}")


class Badge(TypedDict):
    """One entry of `event.badges`; `info` holds the months of a subscriber or founder."""

    set_id: str
    id: str
    info: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedUser:
    """A Twitch account as the simulated channel knows it; `months` are cumulative.

    Raises `ValueError` for accounts that cannot exist on Twitch.
    """

    id: str
    login: str
    display_name: str
    tier: SubscriptionTier | None = None
    months: int = 0
    founder: bool = False
    gifted: bool = False
    prime: bool = False
    vip: bool = False
    moderator: bool = False
    broadcaster: bool = False
    follows: bool = True
    color: str = ""
    email: str | None = None
    """None is an address made of the login."""
    email_verified: bool = True

    def __post_init__(self) -> None:
        if not self.id.isascii() or not self.id.isdecimal():
            raise ValueError(f"a Twitch user id is a numeric string, not {self.id!r}")
        if not _LOGIN.fullmatch(self.login):
            raise ValueError(f"no Twitch login: {self.login!r}")
        if self.founder and (self.tier is None or self.gifted):
            raise ValueError("the founder badge goes to paying subscribers, while they pay")

    @property
    def address(self) -> str:
        """The account's e-mail address."""
        return self.email or f"{self.login}@example.test"

    @property
    def is_subscriber(self) -> bool:
        return self.tier is not None

    @property
    def badges(self) -> list[Badge]:
        """Badges in the order in which chat shows them: role, subscription, global."""
        return list(self._badges())

    def _badges(self) -> Iterator[Badge]:
        if self.broadcaster:
            yield Badge(set_id="broadcaster", id="1", info="")
        elif self.moderator:
            yield Badge(set_id="moderator", id="1", info="")
        elif self.vip:
            yield Badge(set_id="vip", id="1", info="")
        if self.founder:
            # On Twitch a founder shows no subscriber badge.
            yield Badge(set_id="founder", id="0", info=str(self.months))
        elif self.tier is not None:
            yield Badge(set_id="subscriber", id=self._badge_version(), info=str(self.months))
        if self.prime:
            yield Badge(set_id="premium", id="1", info="")

    def _badge_version(self) -> str:
        step = _BADGE_MONTHS[bisect_right(_BADGE_MONTHS, self.months) - 1]
        return str(_BADGE_OFFSET[self.tier or "1000"] + step)


def population(
    rng: random.Random, size: int, *, subscriber_share: float = 0.5
) -> list[SimulatedUser]:
    """`size` viewers with distinct ids and logins; the same seed makes the same people."""
    viewers: dict[str, SimulatedUser] = {}
    logins: set[str] = set()
    founders = 0
    while len(viewers) < size:
        viewer = _viewer(rng, rng.random() < subscriber_share, founders < FOUNDERS)
        if viewer.id in viewers or viewer.login in logins:
            continue
        viewers[viewer.id] = viewer
        logins.add(viewer.login)
        founders += viewer.founder
    return list(viewers.values())


def _viewer(rng: random.Random, subscribes: bool, may_found: bool) -> SimulatedUser:
    name = login(rng)
    gifted = subscribes and rng.random() < 0.2
    return SimulatedUser(
        id=account_id(rng),
        login=name,
        display_name=display_name(rng, name, cyrillic=rng.random() < 0.15),
        tier=rng.choices(("1000", "2000", "3000"), (88, 8, 4))[0] if subscribes else None,
        months=rng.randrange(1, 49) if subscribes else 0,
        founder=subscribes and not gifted and may_found and rng.random() < 0.5,
        gifted=gifted,
        prime=rng.random() < 0.15,
        vip=rng.random() < 0.04,
        moderator=rng.random() < 0.02,
        follows=rng.random() < 0.8,
        color=rng.choice(_COLORS),
    )


def account_id(rng: random.Random) -> str:
    """A Twitch user id: today's have eight to ten digits."""
    return str(rng.randrange(20_000_000, 1_400_000_000))


def channel_owner(rng: random.Random, *, name: str = "GoldForge_Live") -> SimulatedUser:
    """The broadcaster, who carries the subscriber badge of the own channel."""
    return SimulatedUser(
        id=account_id(rng),
        login=name.lower(),
        display_name=name,
        tier="3000",
        months=36,
        broadcaster=True,
        color="#DAA520",
    )


def bot_account(rng: random.Random, *, name: str = "MimironBot") -> SimulatedUser:
    """The account that reads and writes chat for the service: a moderator of the channel."""
    return SimulatedUser(id=account_id(rng), login=name.lower(), display_name=name, moderator=True)
