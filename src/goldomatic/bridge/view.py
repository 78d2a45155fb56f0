"""What an operator sees: an immutable picture of the bridge, without any window system."""

from datetime import datetime
from typing import Literal

import msgspec

from goldomatic.bridge.inject import GameWindow

RowAction = Literal["mark_sent", "mark_failed", "cancel", "unlock", "renotify", "reinject"]
AlertKind = Literal["api_unreachable", "window_not_found", "injection_failed", "closed_payout"]
Step = Literal["searching", "found", "waiting_for_mailbox", "ready"]
"""Of the Sync button: no game in front; game in front but nothing to do; the addon says that the
mailbox is closed; rows can be put into the game."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One active payout and what may be done with it."""

    id: str
    character: str
    viewer: str
    gold: int
    status: Literal["Pending", "InProgress"]
    created_at: datetime
    updated_at: datetime | None
    accepted_at: datetime | None
    whisper: Literal["none", "typed", "answered", "undelivered"]
    """How far the winner whisper has come; `answered` says that the addon has confirmed it."""
    queued: Literal["none", "wanted", "typed", "answered", "failed"]
    """How far the entry in the game's mail queue has come."""
    stuck: bool
    """In progress for more than 30 minutes."""
    doubt: bool
    """The mail was sent, but the game never said whether it arrived: look into the sent mails."""
    actions: tuple[RowAction, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs the operator. `retry` says whether `Bridge.retry` does something."""

    kind: AlertKind
    title: str
    body: str
    retry: bool


class LogView(msgspec.Struct, frozen=True, kw_only=True):
    """The chat log. Silence says nothing: the game writes it in large pieces."""

    path: str | None
    exists: bool
    last_read_at: datetime | None
    ignored: int
    """Tags that somebody else wrote."""


class UpdateView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version, as far as it is known."""

    state: Literal["unchecked", "newer", "equal", "too_old", "failed"]
    text: str
    url: str | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture. A new one is made for every change."""

    api: Literal["unknown", "online", "degraded"]
    api_text: str
    window: GameWindow | None
    """The game's window: in front, or in front a minute ago and still there."""
    in_front: bool
    """Whether it is in front now; only then is anything typed."""
    mailbox: Literal["unknown", "open", "closed"]
    addon: str | None
    """Version of the addon, once it has answered with a signature."""
    step: Step
    rows: tuple[Row, ...]
    pending: int
    in_progress: int
    busy: bool
    can_sync: bool
    waiting_lines: int
    """Lines that wait for the game to be in front and the operator to be idle."""
    typing: str | None
    """The line that is being typed."""
    last_inject_at: datetime | None
    last_event: str
    log: LogView
    update: UpdateView
    alert: Alert | None
