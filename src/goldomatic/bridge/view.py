"""What an operator sees: an immutable picture of the bridge, without any window system."""

from datetime import datetime
from typing import Literal

import msgspec

from goldomatic.bridge.inject import GameWindow
from goldomatic.bridge.versions import State, status_text

RowAction = Literal["mark_sent", "mark_failed", "cancel", "unlock", "renotify", "reinject"]
GiftAction = Literal["decline", "fail", "renotify", "mailed", "retry"]
GiftStep = Literal[
    "waiting",
    "asking",
    "asked",
    "drawing",
    "spinning",
    "whispering",
    "whispered",
    "undelivered",
    "silent",
    "accepted",
    "to_mail",
    "failed",
]
"""How far a gift has come: in the queue; the game is to list items, was told to; the list is on
its way to the service; the wheel spins; the recipient is to be whispered to, was; the whisper
reached nobody; the addon said nothing three times; the recipient said yes; the operator is to mail
it; it came to nothing."""
AlertKind = Literal["api_unreachable", "window_not_found", "injection_failed", "closed_payout"]
Api = Literal["unknown", "online", "degraded"]
Mailbox = Literal["unknown", "open", "closed"]
Whisper = Literal["none", "typed", "answered", "undelivered", "silent"]
"""How far the winner whisper has come: `answered` says that the addon has done it, `undelivered`
that it reached nobody, `silent` that it was typed three times and the addon said nothing."""
Queued = Literal["none", "wanted", "typed", "answered", "failed", "silent"]
"""How far the entry in the game's mail queue has come; `failed` could not be typed."""
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
    whisper: Whisper
    queued: Queued
    stuck: bool
    """In progress for more than 30 minutes."""
    doubt: bool
    """The mail was sent, but the game never said whether it arrived: look into the sent mails."""
    actions: tuple[RowAction, ...]


class Wheel(msgspec.Struct, frozen=True, kw_only=True):
    """A wheel that stops at a drawn item: the names on it, which of them, from when, how long."""

    items: tuple[str, ...]
    index: int
    started_at: datetime
    seconds: float


class GiftRow(msgspec.Struct, frozen=True, kw_only=True):
    """One gift request and what may be done with it."""

    id: str
    recipient: str
    viewer: str
    state: Literal["Pending", "SelectingItem", "WaitingConfirmation", "Completed", "Failed"]
    step: GiftStep
    item: str | None
    """The drawn item's name, once the wheel has stopped."""
    count: int
    place: str
    """Where it lies: `<bag>/<slot>`."""
    position: int
    timeout_at: datetime | None
    reason: str
    """Why it failed."""
    wheel: Wheel | None
    actions: tuple[GiftAction, ...]


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

    state: State = "unchecked"
    text: str = status_text("unchecked", "", "")
    url: str | None = None
    latest: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The whole picture. A new one is made for every change."""

    api: Api
    api_text: str
    window: GameWindow | None
    """The game's window: in front, or in front a minute ago and still there."""
    in_front: bool
    """Whether it is in front now; only then is anything typed."""
    mailbox: Mailbox
    addon: str | None
    """Version of the addon, once it has answered with a signature."""
    step: Step
    rows: tuple[Row, ...]
    gifts: tuple[GiftRow, ...]
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
    log_test: str = ""
    """What the last log test of this session has shown; empty before."""
