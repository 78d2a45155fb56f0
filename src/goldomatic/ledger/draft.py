"""A batch in the making: events get their place, their bytes, their hash and their read rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from goldomatic.ledger import chain
from goldomatic.ledger.change import Cause, Changed, Command
from goldomatic.ledger.event import (
    Codec,
    Event,
    Recorded,
    StoredEvent,
    ViewerForgotten,
    personal_digest,
    to_micros,
)
from goldomatic.ledger.store import Batch
from goldomatic.values import Refused

if TYPE_CHECKING:
    from goldomatic.ledger.model import Model


class Draft:
    """Folds decided events into the model's draft and appends them to a batch."""

    def __init__(self, batch: Batch, head: bytes, model: "Model", codec: Codec) -> None:
        self.recorded: list[Recorded] = []
        self._causes: dict[str, int] = {}
        self._batch = batch
        self._head = head
        self._model = model
        self._codec = codec

    @property
    def next_position(self) -> int:
        """Where the next event will stand."""
        return self._batch.after + len(self._batch.events) + 1

    def known_cause(self, cause: Cause) -> int | None:
        """Position of the first event that an earlier command of the batch made of the cause."""
        return self._causes.get(cause.key)

    def take(
        self, command: Command[Any], decided: Sequence[Event] | Refused, now: datetime
    ) -> None:
        """Add what a command decided, its secrets and its cause; sets the outcome."""
        first, cause = self.next_position, command.cause
        events = decided.events if isinstance(decided, Refused) else decided
        recorded = tuple(self.add(event, now, cause.key if cause else None) for event in events)
        command.outcome = decided if isinstance(decided, Refused) else Changed(recorded)
        if recorded:
            self._batch.replace_kept(command.keep, command.drop)
        if cause and (cause.remember_refusal or not isinstance(decided, Refused)):
            self._causes[cause.key] = first if recorded else 0
            self._batch.causes.append((cause.key, self._causes[cause.key]))

    def add(self, event: Event, now: datetime, cause: str | None) -> Recorded:
        """Place one event at the end of the log-to-be."""
        position, at = self.next_position, to_micros(now)
        kind, viewer, data, personal = self._codec.encode(event)
        digest = None if personal is None else personal_digest(personal)
        self._head = chain.link(self._head, position, at, kind, viewer, cause, data, digest)
        stored = StoredEvent(position, at, kind, viewer, cause, data, personal, digest, self._head)
        self._batch.events.append(stored)
        if isinstance(event, ViewerForgotten):
            self._forget(event.viewer_id)
        recorded = Recorded(position, now, event)
        self._model.evolve(recorded)
        self._batch.rows.extend(self._model.project(recorded))
        self.recorded.append(recorded)
        return recorded

    def _forget(self, viewer: str) -> None:
        self._batch.forget.append(viewer)
        # The store erases what it has; what waits in this batch must not be written at all.
        self._batch.events[:] = [
            replace(stored, personal=None) if stored.viewer == viewer else stored
            for stored in self._batch.events
        ]
