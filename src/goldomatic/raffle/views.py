"""Questions put to the raffle's read tables. Every list is paged by the database."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from goldomatic.ledger.event import from_micros
from goldomatic.ledger.store import Store
from goldomatic.values import ChannelId, ViewerId

TOP = 20
MOST_CARRIED = 200

MOST_ROWS = 1_000
"""Rows of a page at most."""

SortBy = Literal["weight", "name", "age"]


class TopRow(NamedTuple):
    """A pending entry as the leaderboard shows it; `weight` in millionths."""

    id: int
    name: str
    weight: int
    created_at: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Heaviest first, then newest."""
        return (-self.weight, -self.created_at, -self.id)


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
    """What the board shows of a session, and how much of the ledger it is made from."""

    top: list[TopRow]
    last_entry_at: datetime | None
    position: int


async def board(store: Store, channel: ChannelId, session_id: str) -> BoardRows:
    """The heaviest pending entries of a session: weight, then age, then id, all descending."""
    rows = await store.query(
        "SELECT p.position, l.at, t.id, t.name, t.weight, t.created_at FROM"
        " (SELECT coalesce(max(position), 0) AS position FROM events WHERE channel = ?) p"
        " CROSS JOIN (SELECT max(created_at) AS at FROM raffle_entries"
        "   WHERE channel = ? AND session_id = ?) l"
        " LEFT JOIN (SELECT id, name, weight, created_at FROM raffle_entries"
        "   WHERE channel = ? AND session_id = ? AND pending = 1"
        "   ORDER BY weight DESC, created_at DESC, id DESC LIMIT ?) t ON 1 = 1"
        " ORDER BY t.weight DESC, t.created_at DESC, t.id DESC",
        channel,
        channel,
        session_id,
        channel,
        session_id,
        TOP,
    )
    position, at = rows[0][:2]
    top = [TopRow(*row[2:]) for row in rows if row[2] is not None]
    return BoardRows(top, None if at is None else from_micros(at), position)


_ORDERS = {
    ("weight", True): "weight DESC, created_at DESC, id DESC",
    ("weight", False): "weight, created_at, id",
    ("name", True): "sort_name DESC, id DESC",
    ("name", False): "sort_name, id",
    ("age", True): "created_at DESC, id DESC",
    ("age", False): "created_at, id",
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
    where = "channel = ? AND session_id = ? AND pending = 1"
    given: list[Any] = [channel, session_id]
    if search:
        where += " AND search LIKE ? ESCAPE '!'"
        given.append(_contains(search))
    count = await store.query(f"SELECT count(*) FROM raffle_entries WHERE {where}", *given)  # noqa: S608
    rows = await store.query(
        f"SELECT id FROM raffle_entries WHERE {where}"  # noqa: S608
        f" ORDER BY {_ORDERS[sort_by, descending]} LIMIT ? OFFSET ?",
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
        where += " AND session_id = ? AND pending = 0"
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


async def found_members(
    store: Store, channel: ChannelId, search: str, limit: int
) -> list[ViewerId]:
    """Viewers whose login or display name contains a text, newest change first."""
    where, given = "channel = ?", [str(channel)]
    if search:
        where += " AND search LIKE ? ESCAPE '!'"
        given.append(_contains(search))
    rows = await store.query(
        f"SELECT viewer_id FROM raffle_members WHERE {where}"  # noqa: S608
        " ORDER BY updated_at DESC, viewer_id LIMIT ?",
        *given,
        limit,
    )
    return [ViewerId(row[0]) for row in rows]


async def carried_members(store: Store, channel: ChannelId, session_id: str) -> list[ViewerId]:
    """Viewers with an entry in a session who carry something over, the most first."""
    rows = await store.query(
        "SELECT m.viewer_id FROM raffle_members m WHERE m.channel = ? AND m.carry > 0"
        " AND EXISTS (SELECT 1 FROM raffle_entries e WHERE e.channel = m.channel"
        " AND e.viewer_id = m.viewer_id AND e.session_id = ?)"
        " ORDER BY m.carry DESC, m.total DESC, m.active_at DESC, m.viewer_id LIMIT ?",
        channel,
        session_id,
        MOST_CARRIED,
    )
    return [ViewerId(row[0]) for row in rows]


async def entries_of(store: Store, channel: ChannelId, viewer_id: ViewerId) -> list[int]:
    """Ids of all entries of a viewer, newest first."""
    rows = await store.query(
        "SELECT id FROM raffle_entries WHERE channel = ? AND viewer_id = ? ORDER BY id DESC",
        channel,
        viewer_id,
    )
    return [row[0] for row in rows]


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
    store: Store, channel: ChannelId, step: Literal["frozen", "drawn", "revealed"], limit: int
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
