"""Questions put to the raffle's read tables. Every list is paged by the database."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from goldomatic.ledger.event import from_micros
from goldomatic.ledger.store import Store
from goldomatic.values import ChannelId

TOP = 20

MOST_ROWS = 1_000
"""Rows of a page at most."""

SortBy = Literal["weight", "name", "age"]


class TopRow(NamedTuple):
    """A pending entry as the leaderboard shows it; `weight` in millionths."""

    id: int
    name: str
    weight: int

    @property
    def rank(self) -> tuple[int, int]:
        """Heaviest first, then newest: ids grow with time."""
        return (-self.weight, -self.id)


class Page(NamedTuple):
    """The ids of a page of a list, and how many there are in all."""

    ids: list[Any]
    total: int


class DrawSteps(NamedTuple):
    """Where the events of a draw stand in the ledger."""

    committed: int
    frozen: int | None
    drawn: int | None
    revealed: int | None
    void: int | None


class BoardRows(NamedTuple):
    """The heaviest entries of a session, and how much of the ledger they are made from."""

    top: list[TopRow]
    position: int


async def board(store: Store, channel: ChannelId, session_id: str) -> BoardRows:
    """The heaviest pending entries of a session: weight, then age, both descending."""
    rows = await store.query(
        "SELECT p.position, t.id, t.name, t.weight FROM"
        " (SELECT coalesce(max(position), 0) AS position FROM events WHERE channel = ?) p"
        " LEFT JOIN (SELECT id, name, weight FROM raffle_ranks"
        "   WHERE channel = ? AND session_id = ?"
        "   ORDER BY weight DESC, id DESC LIMIT ?) t ON 1 = 1"
        " ORDER BY t.weight DESC, t.id DESC",
        channel,
        channel,
        session_id,
        TOP,
    )
    top = [TopRow(*row[1:]) for row in rows if row[1] is not None]
    return BoardRows(top, rows[0][0])


_ORDERS = {
    ("weight", True): "r.weight DESC, r.id DESC",
    ("weight", False): "r.weight, r.id",
    ("name", True): "e.sort_name DESC, e.id DESC",
    ("name", False): "e.sort_name, e.id",
    ("age", True): "e.id DESC",
    ("age", False): "e.id",
}


async def entries_page(
    store: Store,
    channel: ChannelId,
    session_id: str,
    *,
    search: str = "",
    sort_by: SortBy = "weight",
    descending: bool = True,
    limit: int,
    offset: int = 0,
) -> Page:
    """Ids of the pending entries of a session; `total` counts what the search leaves."""
    key = "r" if sort_by == "weight" else "e"
    source = "raffle_entries e WHERE e.channel = ? AND e.session_id = ? AND e.pending = 1"
    if sort_by == "weight":
        names = "JOIN raffle_entries e ON e.channel = r.channel AND e.id = r.id" if search else ""
        source = f"raffle_ranks r {names} WHERE r.channel = ? AND r.session_id = ?"
    given: list[Any] = [channel, session_id]
    if search:
        source += " AND e.search LIKE ? ESCAPE '!'"
        given.append(_contains(search))
    count = await store.query(f"SELECT count(*) FROM {source}", *given)  # noqa: S608
    order = _ORDERS[sort_by, descending]
    rows = await store.query(
        f"SELECT {key}.id FROM {source} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
        *given,
        limit,
        offset,
    )
    return Page([row[0] for row in rows], int(count[0][0]))


async def winners_page(
    store: Store, channel: ChannelId, *, session_id: str | None, limit: int, offset: int = 0
) -> Page:
    """Ids of the entries that have won, newest first; of one session or of all."""
    where, given = "channel = ? AND won_at IS NOT NULL", [channel]
    if session_id is not None:
        where += " AND session_id = ?"
        given.append(ChannelId(session_id))
    count = await store.query(f"SELECT count(*) FROM raffle_entries WHERE {where}", *given)  # noqa: S608
    rows = await store.query(
        f"SELECT id FROM raffle_entries WHERE {where}"  # noqa: S608
        " ORDER BY won_at DESC, id DESC LIMIT ? OFFSET ?",
        *given,
        limit,
        offset,
    )
    return Page([row[0] for row in rows], int(count[0][0]))


async def draw_steps(store: Store, channel: ChannelId, draw_id: str) -> DrawSteps | None:
    """How far a draw has come."""
    rows = await store.query(
        "SELECT step, position FROM raffle_draw_steps WHERE channel = ? AND draw_id = ?",
        channel,
        draw_id,
    )
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    if "committed" not in found:
        return None
    return DrawSteps(
        found["committed"],
        found.get("frozen"),
        found.get("drawn"),
        found.get("revealed"),
        found.get("void"),
    )


async def recent_draws(
    store: Store, channel: ChannelId, step: Literal["frozen", "drawn"], limit: int
) -> list[str]:
    """Ids of the newest draws that have come so far, newest first."""
    rows = await store.query(
        "SELECT draw_id FROM raffle_draw_steps WHERE channel = ? AND step = ?"
        " ORDER BY position DESC LIMIT ?",
        channel,
        step,
        limit,
    )
    return [row[0] for row in rows]


class RevealedDraw(NamedTuple):
    """A draw whose seed is public, and when it became so."""

    draw_id: str
    at: datetime


async def revealed_draws(store: Store, channel: ChannelId, limit: int) -> list[RevealedDraw]:
    """The newest draws whose seed is public, newest first."""
    rows = await store.query(
        "SELECT s.draw_id, e.at FROM raffle_draw_steps s JOIN events e"
        " ON e.channel = s.channel AND e.position = s.position"
        " WHERE s.channel = ? AND s.step = 'revealed' ORDER BY s.position DESC LIMIT ?",
        channel,
        limit,
    )
    return [RevealedDraw(row[0], from_micros(row[1])) for row in rows]


def _contains(search: str) -> str:
    """A LIKE pattern; what the reader typed stands for itself."""
    text = search.replace("\0", "").casefold()
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return f"%{text}%"
