"""What can have happened in a channel's raffle. Only ever added to.

Weights are whole millionths. Where many viewers change at once an event holds parallel lists
and there are several of them, so that none is ever too large to read.
"""

from typing import Literal

from goldomatic.ledger.event import Event, Personal
from goldomatic.values import ViewerId

Effect = Literal["subscribe", "resub", "gift", "cheer", "follow", "unsubscribe"]
CarryMode = Literal["classic", "accumulate"]


class RaffleProfile(Personal, frozen=True, kw_only=True):
    """A viewer's names on Twitch."""

    login: str
    display_name: str


class RaffleEntrant(Personal, frozen=True, kw_only=True):
    """What a viewer submitted. `salt` is the root of the salts of the entry in draws."""

    name: str
    link: str | None = None
    notes: str | None = None


class RaffleWinner(Personal, frozen=True, kw_only=True):
    """The winner's name; `salt` is that of the entry in this draw."""

    name: str


class RaffleViewerSignedIn(Event, frozen=True, kw_only=True):
    """A viewer signed in through Twitch, or was seen again under other names."""

    viewer_id: ViewerId
    personal: RaffleProfile | None = None


class RaffleViewerSynced(Event, frozen=True, kw_only=True):
    """Twitch was asked about a viewer. None: it did not say, and what was known stays.

    `complete`: follow and subscription were both asked for, so the cool-down starts anew.
    """

    viewer_id: ViewerId
    is_follower: bool | None
    is_subscriber: bool | None
    total: int
    complete: bool = True


class RaffleSupportCounted(Event, frozen=True, kw_only=True):
    """Twitch reported support. `amount`: bits or gifted subscriptions; `months`: cumulative."""

    viewer_id: ViewerId
    effect: Effect
    total: int
    amount: int = 0
    months: int = 0


class RaffleSupportReset(Event, frozen=True, kw_only=True):
    """Bits, gifted subscriptions and donations of these viewers were set to 0."""

    reason: Literal["session_start"]
    viewers: list[ViewerId]
    totals: list[int]


class RaffleDemoPlayed(Event, frozen=True, kw_only=True):
    """The broadcaster played a viewer's demo: bits and gifted subscriptions were set to 0."""

    viewer_id: ViewerId
    total: int
    actor: str


class RaffleBonusSet(Event, frozen=True, kw_only=True):
    """The broadcaster set a viewer's bonus of this session."""

    viewer_id: ViewerId
    bonus: int
    total: int
    actor: str


class RaffleBonusesEnded(Event, frozen=True, kw_only=True):
    """Session bonuses were taken out of the weights at the end of a session."""

    session_id: str
    viewers: list[ViewerId]
    totals: list[int]


class RaffleWeightsRecomputed(Event, frozen=True, kw_only=True):
    """Stored weights were computed anew by the present settings."""

    actor: str
    viewers: list[ViewerId]
    totals: list[int]


class RaffleWeightSettingsChanged(Event, frozen=True, kw_only=True):
    """The broadcaster changed the numbers of the formula: field name to millionths or count."""

    numbers: dict[str, int | None]
    actor: str


class RaffleSubmissionsSet(Event, frozen=True, kw_only=True):
    """The broadcaster opened or closed submissions."""

    is_open: bool
    actor: str


class RaffleSessionStarted(Event, frozen=True, kw_only=True):
    """A raffle session began."""

    session_id: str
    actor: str
    name: str | None = None


class RaffleEntriesMoved(Event, frozen=True, kw_only=True):
    """Entries that were not drawn went on into a newer session."""

    session_id: str
    entries: list[int]


class RaffleSessionEnded(Event, frozen=True, kw_only=True):
    """A raffle session ended, for good."""

    session_id: str
    actor: str


class RaffleCarriedOver(Event, frozen=True, kw_only=True):
    """Carry-over of some viewers of a session was set, in one run with others of `run_id`.

    `listed` is off for winners in the classic mode, who are no part of a run's result.
    """

    run_id: str
    session_id: str
    mode: CarryMode
    reset: bool
    actor: str
    viewers: list[ViewerId]
    carries_before: list[int]
    totals_before: list[int]
    carries: list[int]
    totals: list[int]
    listed: bool = True


class RaffleEntrySubmitted(Event, frozen=True, kw_only=True):
    """A viewer entered a session."""

    viewer_id: ViewerId
    entry_id: int
    session_id: str
    personal: RaffleEntrant | None = None


class RaffleEntryRefused(Event, frozen=True, kw_only=True):
    """A viewer asked to enter and was refused, for the reason that `code` names."""

    viewer_id: ViewerId
    code: str
    session_id: str | None = None


class RaffleEntryRemoved(Event, frozen=True, kw_only=True):
    """An entry was taken out by the broadcaster, or because its viewer was forgotten."""

    viewer_id: ViewerId
    entry_id: int
    actor: str


class RaffleDrawCommitted(Event, frozen=True, kw_only=True):
    """The commitment of a session's next draw was published."""

    draw_id: str
    session_id: str
    commitment: str


class RaffleDrawFrozen(Event, frozen=True, kw_only=True):
    """The entrant list of a draw was fixed.

    `hashes`: the entry hashes, 32 bytes each, in the order of `entries`; `weights` in
    millionths.
    """

    draw_id: str
    session_id: str
    root: str
    hashes: bytes
    entries: list[int]
    weights: list[int]
    public_value: str = ""


class RaffleWinnerDrawn(Event, frozen=True, kw_only=True):
    """The draw gave this entry; bits and gifted subscriptions of the winner were set to 0.

    `total` and `carry` are the winner's weight after that. With `hidden` nobody but the
    broadcaster is told before the draw is revealed.
    """

    draw_id: str
    session_id: str
    entry_id: int
    viewer_id: ViewerId
    index: int
    order: list[int]
    weight: int
    total: int
    carry: int
    hidden: bool
    actor: str
    personal: RaffleWinner | None = None


class RaffleDrawRevealed(Event, frozen=True, kw_only=True):
    """The seed of a draw (hex) was published, so that anybody can repeat it; None: it is lost."""

    draw_id: str
    seed: str | None


class RaffleDrawVoided(Event, frozen=True, kw_only=True):
    """A committed draw was not held; its seed (hex) was published. None: it is lost."""

    draw_id: str
    seed: str | None
    reason: Literal["session_ended", "seed_lost"]


class RaffleDeliveryFailed(Event, frozen=True, kw_only=True):
    """The effect of a message from Twitch could not be applied; it is tried again later."""

    viewer_id: ViewerId
    message_id: str
    type: str
    attempt: int


class RaffleDeliverySettled(Event, frozen=True, kw_only=True):
    """A message that had failed was applied, or was given up."""

    message_id: str
    applied: bool


class RaffleSubscriptionRevoked(Event, frozen=True, kw_only=True):
    """Twitch ended one of our EventSub subscriptions."""

    type: str
    status: str


EVENTS: tuple[type[Event], ...] = (
    RaffleViewerSignedIn,
    RaffleViewerSynced,
    RaffleSupportCounted,
    RaffleSupportReset,
    RaffleDemoPlayed,
    RaffleBonusSet,
    RaffleBonusesEnded,
    RaffleWeightsRecomputed,
    RaffleWeightSettingsChanged,
    RaffleSubmissionsSet,
    RaffleSessionStarted,
    RaffleEntriesMoved,
    RaffleSessionEnded,
    RaffleCarriedOver,
    RaffleEntrySubmitted,
    RaffleEntryRefused,
    RaffleEntryRemoved,
    RaffleDrawCommitted,
    RaffleDrawFrozen,
    RaffleWinnerDrawn,
    RaffleDrawRevealed,
    RaffleDrawVoided,
    RaffleDeliveryFailed,
    RaffleDeliverySettled,
    RaffleSubscriptionRevoked,
)
