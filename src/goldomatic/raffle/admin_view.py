"""What the broadcaster's pages show, and what their addresses ask for."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qsl, urlencode

import structlog
from msgspec import Struct
from msgspec.structs import replace

from goldomatic.accounts.broadcaster import NOT_CONNECTED, TwitchHealth
from goldomatic.raffle import proofs, public
from goldomatic.raffle.answers import AdminEntry, admin_entry
from goldomatic.raffle.listing import whole
from goldomatic.raffle.preview import Preview
from goldomatic.raffle.state import RaffleState
from goldomatic.raffle.views import SortBy
from goldomatic.raffle.weights import Formula, Support, number, shown
from goldomatic.service import Service
from goldomatic.values import Code, Refused

log = structlog.get_logger()

PATH = "/demo-admin"
ROWS = 50
"""Entries on a page of the list."""
PATIENCE = timedelta(seconds=2)
"""How long a page waits for what Twitch says of the broadcaster's token."""

Tab = Literal["users", "weights", "raffle"]
Place = Literal["session", "submissions", "entries", "weights", "wheel", "step"]
"""The part of a page that a message belongs to."""


class Asked(Struct, frozen=True, kw_only=True):
    """What an address asks for; what it does not name, or names wrongly, is the default."""

    tab: Tab = "users"
    search: str = ""
    sort_by: SortBy = "weight"
    descending: bool = True
    page: int = 1
    draw: str = ""

    def query(self, **changes: Any) -> str:
        """The address's query; defaults are left out."""
        it = replace(self, **changes)
        pairs = {
            "tab": it.tab if it.tab != "users" else "",
            "q": it.search,
            "sort": it.sort_by if it.sort_by != "weight" else "",
            "dir": "" if it.descending else "asc",
            "page": str(it.page) if it.page > 1 else "",
            "draw": it.draw,
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    def href(self, **changes: Any) -> str:
        """The address of the page, with some of it changed."""
        query = self.query(**changes)
        return f"{PATH}?{query}" if query else PATH


def asked_of(query: Mapping[str, str]) -> Asked:
    """Read an address, or the part of a form that says where it was sent from."""
    tab, sort = query.get("tab", ""), query.get("sort", "")
    return Asked(
        tab=cast("Tab", tab) if tab in get_args(Tab) else "users",
        search=query.get("q", "").strip()[:200],
        sort_by=cast("SortBy", sort) if sort in get_args(SortBy) else "weight",
        descending=query.get("dir") != "asc",
        page=whole(query.get("page", ""), 1, 1, 10**7),
        draw=query.get("draw", "")[:64],
    )


def back_of(text: str) -> Asked:
    """The page that a form or a question was opened from, by the query of its address."""
    return asked_of(dict(parse_qsl(text[:2000])))


class Notice(Struct, frozen=True, kw_only=True):
    """What became of a form: `done` names what was done, `code` why it was not.

    `failed` names the sentence for what could not be written, for the reader's language.
    """

    place: Place
    done: str = ""
    code: str = ""
    failed: str = ""
    number: int = 0
    name: str = ""
    message: str = ""


def refusal(place: Place, refused: Refused, failed: str = "") -> Notice:
    """A refusal as a part of the page tells it."""
    return Notice(
        place=place,
        code=refused.code.value,
        failed=(failed or place) if refused.code is Code.SERVICE_UNAVAILABLE else "",
        message=refused.message,
    )


class Field(Struct, frozen=True, kw_only=True):
    """A number of the weights' form: what is in its field, and what is stored.

    `off`: the profile switches off the part that it belongs to. `wrong`: which rule it breaks.
    """

    name: str
    value: str
    stored: str
    step: str
    optional: bool
    off: bool
    wrong: str = ""


class Weights(Struct, frozen=True, kw_only=True):
    """The form of the weights; `mark` changes with the stored numbers."""

    fields: list[Field]
    mark: str
    recalculate: bool = False
    preview: Preview | None = None
    stale: bool = False

    @property
    def is_wrong(self) -> bool:
        return any(field.wrong for field in self.fields)


class Sample(Struct, frozen=True):
    """What support is worth by the present numbers."""

    subscriber: float
    bits: float
    gift: float


class Result(Struct, frozen=True, kw_only=True):
    """A draw that was held, as the broadcaster may know it: at once and whole."""

    draw_id: str
    winner: AdminEntry
    seed: str | None
    total: float
    hidden: bool


_STEPS: Mapping[str, str] = {
    "baseWeight": "0.1",
    "subMonthsMultiplier": "0.01",
    "subMonthsCap": "1",
    "resubMultiplier": "0.01",
    "resubCap": "1",
    "cheerBitsDivisor": "1",
    "cheerBitsCap": "0.1",
    "donationsDivisor": "1",
    "donationsCap": "0.1",
    "giftedSubsMultiplier": "0.01",
    "giftedSubsCap": "0.1",
    "loyaltyMaxBonus": "0.1",
    "supportMaxBonus": "0.1",
    "carryOverMultiplier": "0.01",
    "carryOverMaxBonus": "0.1",
}
FIELDS = tuple(_STEPS)
"""Every number of the form, in the order in which it is shown."""
_OPTIONAL = frozenset({"carryOverMaxBonus", "loyaltyMaxBonus", "supportMaxBonus"})


def numbers_of(service: Service) -> Formula:
    """How weights are computed now."""
    return public.formula(service.state.raffle, service.settings.weight_profile)


def weights_of(
    formula: Formula,
    filled: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    **more: Any,
) -> Weights:
    """The form with the stored numbers, or with what was typed and the faults in it."""
    values = shown(formula.numbers, formula.flags)
    typed, faults = filled or {}, wrong or {}
    fields = [
        Field(
            name=name,
            value=typed.get(name, _plain(values[name])),
            stored=_plain(values[name]),
            step=step,
            optional=name in _OPTIONAL,
            off=is_off(formula, name),
            wrong=faults.get(name, ""),
        )
        for name, step in _STEPS.items()
    ]
    return Weights(fields=fields, mark=mark_of(formula), **more)


def is_off(formula: Formula, name: str) -> bool:
    """Whether the profile switches off the part that a number belongs to."""
    flags = formula.flags
    return (name.startswith("resub") and not flags.count_resubs) or (
        name.startswith("donations") and not flags.count_donations
    )


def mark_of(formula: Formula) -> str:
    """A short text that changes with the stored numbers."""
    return sha256(repr(formula.numbers).encode()).hexdigest()[:12]


def given_numbers(form: Mapping[str, str], formula: Formula) -> dict[str, object]:
    """The numbers of a submitted form; an empty field that may be empty is no cap."""
    return {
        name: None if name in _OPTIONAL and not form[name].strip() else form[name]
        for name in FIELDS
        if name in form and not is_off(formula, name)
    }


def _plain(value: float | None) -> str:
    """A number as a field of a form takes it."""
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def sample(formula: Formula) -> Sample:
    """What a month, 500 bits and one gift are worth."""
    return Sample(
        number(formula.parts(Support(is_subscriber=True, sub_months=1)).months),
        number(formula.parts(Support(bits=500)).cheer),
        number(formula.parts(Support(gifts=1)).gift),
    )


async def health_of(service: Service) -> TwitchHealth:
    """The broadcaster's token as Twitch sees it; a Twitch that hangs holds no page up."""
    asking = asyncio.ensure_future(service.accounts.broadcaster.health())
    done, _ = await asyncio.wait({asking}, timeout=PATIENCE.total_seconds())
    if done:
        return asking.result()
    asking.add_done_callback(_late)
    return TwitchHealth("unknown", "timeout")


def _late(asking: "asyncio.Future[TwitchHealth]") -> None:
    if not asking.cancelled() and (error := asking.exception()):
        log.warning("broadcaster_health_not_known", reason=type(error).__name__)


def why_not(health: TwitchHealth) -> str:
    """The name of the text that tells why the broadcaster has to sign in again."""
    if health.reason == NOT_CONNECTED:
        return "not_connected"
    return "missing_scopes" if health.missing_scopes else "refused"


async def result_of(service: Service, draw_id: str) -> Result:
    """A draw's winner and proof; raises `draw_not_found`."""
    raffle = service.state.raffle
    entry = raffle.winner_of(draw_id)
    if entry is None:
        raise Refused(Code.DRAW_NOT_FOUND, "Draw not found")
    held = await proofs.held(service, draw_id)
    total = await asyncio.to_thread(sum, held.frozen.weights)
    member = raffle.members.durable.get(entry.viewer_id)
    return Result(
        draw_id=draw_id,
        winner=admin_entry(entry, member, numbers_of(service)),
        seed=held.seed,
        total=number(total),
        hidden=is_hidden(service, draw_id),
    )


def is_hidden(service: Service, draw_id: str) -> bool:
    """Whether nobody but the broadcaster knows the result yet."""
    draw = public.hidden(service.state.raffle, service.clock())
    return draw is not None and draw.draw_id == draw_id


def waiting_draw(state: RaffleState, asked: Asked) -> str:
    """A hidden draw that another page may have held, for this one to show; empty for none."""
    hidden = state.hidden.durable
    return hidden.draw_id if hidden and hidden.draw_id != asked.draw else ""
