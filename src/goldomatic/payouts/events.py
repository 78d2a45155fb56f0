"""What can have happened to a payout. Only ever added to."""

from enum import StrEnum

from goldomatic.ledger.event import Event, Personal
from goldomatic.values import Gold, ViewerId


class PayoutStatus(StrEnum):
    """Where a payout stands. `Pending` and `InProgress` are active, the rest is final."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SENT = "Sent"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"

    @property
    def active(self) -> bool:
        """Whether the prize is still on its way."""
        return self in (PayoutStatus.PENDING, PayoutStatus.IN_PROGRESS)


class Recipient(Personal, frozen=True, kw_only=True):
    """Who gets the gold: the names as they were when the winner was drawn."""

    display_name: str
    character_name: str


class PayoutCreated(Event, frozen=True, kw_only=True):
    """A verified winner is owed gold."""

    payout_id: str
    viewer_id: ViewerId
    gold_amount: Gold
    enrollment_request_id: str
    spin_cycle_id: str
    personal: Recipient | None = None


class PayoutStatusChanged(Event, frozen=True, kw_only=True):
    """A payout moved on. `actor`: operator, broadcaster:ID, expiry or forget:WHO."""

    payout_id: str
    viewer_id: ViewerId
    previous: PayoutStatus
    status: PayoutStatus
    actor: str


class WinnerAcceptanceRecorded(Event, frozen=True, kw_only=True):
    """The winner consented by whisper in the game."""

    payout_id: str
    viewer_id: ViewerId


class HelixRewardSentAnnouncementAttempted(Event, frozen=True, kw_only=True):
    """The reward-sent line is about to be posted. Recorded first, so that it is posted once."""

    payout_id: str


class HelixRewardSentAnnouncementSucceeded(Event, frozen=True, kw_only=True):
    """Twitch answered that the reward-sent line stands in chat."""

    payout_id: str
    message_id: str


class HelixRewardSentAnnouncementFailed(Event, frozen=True, kw_only=True):
    """The reward-sent line was not posted, or nobody can tell whether it was."""

    payout_id: str
    reason: str


EVENTS: tuple[type[Event], ...] = (
    PayoutCreated,
    PayoutStatusChanged,
    WinnerAcceptanceRecorded,
    HelixRewardSentAnnouncementAttempted,
    HelixRewardSentAnnouncementSucceeded,
    HelixRewardSentAnnouncementFailed,
)
