"""`change()`: the one way in which anything in a channel ever changes."""

from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from goldomatic.ledger.event import Event, Recorded
from goldomatic.values import Refused

S = TypeVar("S")

Decision = Callable[[S, datetime], Sequence[Event] | Refused]
"""A pure rule: from the channel's state and the present instant to events, or a refusal.

It may be asked more than once (after a lost race), so what is random is drawn before.
"""


class Cause(NamedTuple):
    """What made somebody ask: remembered in the same transaction, so that it counts once.

    `key` is a Twitch message id or an idempotency key with a prefix that names its kind.
    A refusal is remembered as well, unless `remember_refusal` is off.
    """

    key: str
    remember_refusal: bool = True


class Changed(NamedTuple):
    """The durable answer to a change."""

    events: tuple[Recorded, ...]
    repeated_at: int | None = None
    """Set when the cause was known: position of the first event it made then, 0 for none."""

    @property
    def repeated(self) -> bool:
        """Whether the cause had been handled before, so that nothing happened now."""
        return self.repeated_at is not None


@dataclass(slots=True, eq=False)
class Command(Generic[S]):
    """A change that waits for the writer."""

    decision: Decision[S]
    answer: Future[Changed]
    cause: Cause | None = None
    keep: Mapping[str, bytes] = field(default_factory=dict)
    drop: Sequence[str] = ()
    heavy: bool = False
    outcome: Changed | Refused | BaseException | None = None

    def settle(self) -> None:
        """Tell the caller what became durable."""
        if self.answer.done():
            return
        if isinstance(self.outcome, BaseException):
            self.answer.set_exception(self.outcome)
        elif self.outcome is not None:
            self.answer.set_result(self.outcome)

    def fail(self, error: BaseException) -> None:
        """Tell the caller that nothing is known to have happened."""
        self.outcome = error
        self.settle()


Listener = Callable[[Sequence[Recorded], bool], Any]
"""Called after each commit with the events, and whether this process committed them."""


class Gauges(Protocol):
    """What the writer tells the metrics."""

    def committed(self, commands: int, events: int, seconds: float, waiting: int) -> None: ...
    def conflict(self) -> None: ...
    def unavailable(self) -> None: ...
