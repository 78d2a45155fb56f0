"""EventSub subscriptions at Twitch: which there are, which should be, and the way between.

Rules: only `enabled` delivers; one that waits for its challenge gets ten minutes. What is about our
channel and is not wanted where it is, is an orphan and goes, before anything new is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from goldomatic.twitch.helix import Helix
from goldomatic.twitch.http import Answer, NoAnswer
from goldomatic.twitch.support_wire import VERSIONS
from goldomatic.twitch.tokens import Bearer
from goldomatic.values import parse_rfc3339

PATH = "/eventsub/subscriptions"
MOST_PAGES = 100
CHAT_MESSAGE = "channel.chat.message"
KINDS: tuple[str, ...] = (CHAT_MESSAGE, *VERSIONS)
"""Every type that the service handles; the chat first."""

_VERIFIED_WITHIN = timedelta(minutes=10)
_ENABLED = "enabled"
_PENDING = "webhook_callback_verification_pending"


class ListingError(Exception):
    """The subscriptions could not be listed; the text says why."""


class Wanted(NamedTuple):
    """A subscription that should be there; `place` is its callback or its session."""

    kind: str
    place: str

    def condition(self, broadcaster_id: str) -> dict[str, str]:
        """Whose events: the channel's, read or moderated by the broadcaster."""
        condition = {"broadcaster_user_id": broadcaster_id}
        if self.kind == "channel.follow":
            condition["moderator_user_id"] = broadcaster_id
        elif self.kind == CHAT_MESSAGE:
            condition["user_id"] = broadcaster_id
        return condition

    @property
    def version(self) -> str:
        return VERSIONS.get(self.kind, "1")


class Transport(msgspec.Struct, frozen=True):
    method: str = ""
    callback: str = ""
    session_id: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """A subscription as Twitch lists it."""

    id: str = ""
    type: str = ""
    status: str = ""
    condition: dict[str, str] = {}
    created_at: str = ""
    transport: Transport = Transport()

    @property
    def place(self) -> str:
        return self.transport.callback or self.transport.session_id

    def lives(self, now: datetime) -> bool:
        """Whether it delivers, or will in a moment."""
        if self.status != _PENDING:
            return self.status == _ENABLED
        try:
            return now - parse_rfc3339(self.created_at) < _VERIFIED_WITHIN
        except (ValueError, OverflowError):
            return True


class Listed(msgspec.Struct):
    """All subscriptions of one token's kind, and what they cost of what is allowed."""

    subscriptions: list[Subscription] = []
    total_cost: int = 0
    max_total_cost: int = 0


class Plan(NamedTuple):
    """What to do: `standing` are fine, with their status by type."""

    delete: list[Subscription]
    create: list[Wanted]
    standing: dict[str, str]


class Failure(NamedTuple):
    """Twitch did not do it. `status` 0 is no answer; the reason holds no secret."""

    status: int
    reason: str


class _Paging(msgspec.Struct, frozen=True):
    cursor: str | None = None


class _Page(msgspec.Struct):
    data: list[Subscription]
    pagination: _Paging = _Paging()
    total_cost: int = 0
    max_total_cost: int = 0


def plan(
    wanted: Sequence[Wanted], present: Iterable[Subscription], broadcaster_id: str, now: datetime
) -> Plan:
    """Compare what is there with what should be; other channels' subscriptions are left alone."""
    made = Plan([], [], {})
    missing = dict.fromkeys(wanted)
    for one in present:
        if one.type not in KINDS or one.condition.get("broadcaster_user_id") != broadcaster_id:
            continue
        this = Wanted(one.type, one.place)
        fits = this in missing and one.condition == this.condition(broadcaster_id)
        if fits and one.lives(now):
            del missing[this]
            made.standing[one.type] = one.status
        else:
            made.delete.append(one)
    made.create.extend(missing)
    return made


async def listed(helix: Helix, bearer: Bearer) -> Listed:
    """All subscriptions that a token may see; raises `ListingError`."""
    found, cursor = Listed([]), ""
    for _ in range(MOST_PAGES):
        answer = await helix.read(bearer, PATH, {"after": cursor} if cursor else None)
        if not isinstance(answer, Answer) or not answer.is_success:
            raise ListingError(_failure(answer).reason)
        try:
            page = msgspec.json.decode(answer.body, type=_Page)
        except (ValueError, RecursionError):
            raise ListingError("the answer cannot be read") from None
        found.subscriptions += page.data
        found.total_cost, found.max_total_cost = page.total_cost, page.max_total_cost
        cursor = page.pagination.cursor or ""
        if not cursor:
            return found
    raise ListingError(f"more than {MOST_PAGES} pages")


async def create(
    helix: Helix, bearer: Bearer, wanted: Wanted, transport: Mapping[str, str]
) -> Failure | None:
    """Make a subscription; None when it is there, also where it was before."""
    body = {
        "type": wanted.kind,
        "version": wanted.version,
        "condition": wanted.condition(helix.broadcaster_id),
        "transport": transport,
    }
    answer = await helix.create(bearer, PATH, msgspec.json.encode(body))
    if isinstance(answer, Answer) and (answer.is_success or answer.status == 409):
        return None
    failure = _failure(answer)
    secret = transport.get("secret")
    return failure._replace(reason=failure.reason.replace(secret, "***")) if secret else failure


async def delete(helix: Helix, bearer: Bearer, one: Subscription) -> Failure | None:
    """Remove a subscription; None when it is gone."""
    answer = await helix.remove(bearer, PATH, {"id": one.id})
    if isinstance(answer, Answer) and (answer.is_success or answer.status == 404):
        return None
    return _failure(answer)


def _failure(answer: Answer | NoAnswer) -> Failure:
    if isinstance(answer, Answer):
        return Failure(answer.status, f"{answer.status} {answer.quote}".strip())
    return Failure(0, "no answer")
