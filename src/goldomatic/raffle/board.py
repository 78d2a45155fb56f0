"""The leaderboard and the status: asked of the database once for each change, told to watchers.

Whatever the number of entries and of readers, an answer costs the same: it stands ready for the
version that it belongs to.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from goldomatic.ledger.event import Recorded
from goldomatic.ledger.store import UnavailableError
from goldomatic.raffle import public, views
from goldomatic.raffle.answers import (
    Leaderboard,
    LeaderboardEntry,
    RaffleStatus,
    WinnerName,
    encode,
    percent,
)
from goldomatic.raffle.state import Entry, RaffleState
from goldomatic.raffle.views import TOP, BoardRows, TopRow
from goldomatic.raffle.weights import number
from goldomatic.service import Service
from goldomatic.values import rfc3339

log = structlog.get_logger()

TOLD_EVERY_SECONDS = 0.25
MESSAGE = "raffle"
MEETINGS = 4


class _Ready:
    """The answers of one version."""

    __slots__ = ("encoded", "last_entry_at", "leaderboard", "version")

    def __init__(
        self, leaderboard: Leaderboard, last_entry_at: datetime | None, *, stays: bool
    ) -> None:
        self.version = leaderboard.version if stays else None
        self.leaderboard = leaderboard
        self.encoded = encode(leaderboard)
        self.last_entry_at = last_entry_at


class Board:
    """Keeps the newest answers, and tells the live feed of changes four times a second at most."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ready: _Ready | None = None
        self._asking = asyncio.Lock()
        self._told, self._told_at = "", float("-inf")
        self._flush: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def _state(self) -> RaffleState:
        return self._service.state.raffle

    async def leaderboard(self) -> bytes:
        """The JSON of the leaderboard."""
        return (await self._present()).encoded

    async def top(self) -> Leaderboard:
        """The leaderboard, for pages."""
        return (await self._present()).leaderboard

    async def status(self) -> RaffleStatus:
        """The status at this instant."""
        ready, now = await self._present(), self._service.clock()
        return RaffleStatus(
            submissions_open=ready.leaderboard.submissions_open,
            has_active_session=ready.leaderboard.session_id is not None,
            session_id=ready.leaderboard.session_id,
            last_entry_at=None if ready.last_entry_at is None else rfc3339(ready.last_entry_at),
            updated_at=rfc3339(now),
            version=ready.leaderboard.version,
        )

    async def message(self) -> dict[str, Any]:
        """What the live feed tells: status, leaderboard, the running draw and the newest winner."""
        ready, now = await self._present(), self._service.clock()
        draw, winner = self._state.draw.durable, public.winner(self._state, now)
        return {
            "version": ready.leaderboard.version,
            "status": await self.status(),
            "leaderboard": ready.leaderboard,
            "winner": winner and WinnerName(id=winner.id, name=winner.name or "Unknown"),
            "draw": draw and {"drawId": draw.draw_id, "commitment": draw.commitment},
        }

    def start(self) -> None:
        """From now on changes are told; what is now is on every page already."""
        self._told = self._version()

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Tell watchers, if what they see has changed."""
        self._plan()

    def _plan(self) -> None:
        """Tell at once, but not sooner than a moment after the last time."""
        if self._flush is None and public.version(self._state, self._service.clock()) != self._told:
            loop = asyncio.get_running_loop()
            next_at = max(loop.time(), self._told_at + TOLD_EVERY_SECONDS)
            self._flush = loop.call_at(next_at, self._start_telling)

    def close(self) -> None:
        """Tell nobody any more."""
        if self._flush is not None:
            self._flush.cancel()
        if self._telling is not None:
            self._telling.cancel()

    def _start_telling(self) -> None:
        self._flush, self._told_at = None, asyncio.get_running_loop().time()
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        try:
            message = await self.message()
        except UnavailableError as error:
            log.warning("raffle_board_not_told", reason=str(error))
            return
        self._told = message["version"]
        self._service.feed.announce(MESSAGE, message)
        self._telling = None
        # What has changed while this was put together.
        self._plan()

    async def _present(self) -> _Ready:
        ready = self._ready
        if ready is not None and ready.version == self._version():
            return ready
        async with self._asking:
            ready = self._ready
            if ready is None or ready.version != self._version():
                ready = self._ready = await self._asked()
            return ready

    def _version(self) -> str:
        return public.version(self._state, self._service.clock())

    async def _asked(self) -> _Ready:
        """Ask the database until its rows and our state are of the same moment.

        Rows that are ahead of the state could show that somebody was drawn before we know that
        the draw is hidden. Under a constant flow of changes the two never meet for long: then
        the answer is right, but does not stay.
        """
        service = self._service
        for attempt in range(MEETINGS):
            session = public.active(self._state)
            rows = await views.board(service.store, service.channel, session.id if session else "")
            if rows.position > service.ledger.position:
                await (asyncio.sleep(0.005) if attempt == 0 else service.ledger.refresh())
            elif rows.position == service.ledger.position:
                return self._made(rows, stays=True)
        return self._made(rows, stays=False)

    def _made(self, rows: BoardRows, *, stays: bool) -> _Ready:
        state, now = self._state, self._service.clock()
        session, hidden = public.active(state), public.hidden(state, now)
        count, total = public.pool(state, now)
        shown = rows.top if session else []
        if session is not None and hidden is not None and hidden.entry.session_id == session.id:
            shown = _with_hidden(shown, hidden.entry, hidden.member.weight)
        leaderboard = Leaderboard(
            submissions_open=public.submissions_open(state),
            total_entries=count,
            entries=[_line(row, total) for row in shown],
            session_id=session.id if session else None,
            total_weight=number(total),
            version=public.version(state, now),
        )
        return _Ready(leaderboard, state.last_entry_at.durable, stays=stays)


def _with_hidden(rows: list[TopRow], entry: Entry, weight: int) -> list[TopRow]:
    drawn = TopRow(entry.id, entry.name, weight)
    others = [row for row in rows if row.id != entry.id]
    return sorted([*others, drawn], key=lambda row: row.rank)[:TOP]


def _line(row: TopRow, total: int) -> LeaderboardEntry:
    return LeaderboardEntry(
        id=row.id,
        name=row.name or "Unknown",
        weight=number(row.weight),
        probability=percent(row.weight, total),
    )
