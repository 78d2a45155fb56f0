"""What the raffle's pages show to whom: the public part, and what only the viewer sees."""

from typing import Literal

from msgspec import Struct

from goldomatic.accounts.records import Account
from goldomatic.fairdraw.entries import entry_hash
from goldomatic.fairdraw.record import Opening, Receipt
from goldomatic.raffle import asking, public
from goldomatic.raffle.answers import Leaderboard, OwnWeight, Submission, submission
from goldomatic.raffle.api import own_weight
from goldomatic.raffle.explaining import Explained, explained
from goldomatic.raffle.receipts import Leaf, receipts_view
from goldomatic.service import Service
from goldomatic.twitch.standing import Follow, FollowStatus
from goldomatic.values import Refused, ViewerId
from goldomatic.web.errors import STATUS

EntryState = Literal["entered", "submitted", "paused", "closed", "form"]


class Typed(Struct, frozen=True):
    """What was typed into the form, to be shown again."""

    display_name: str = ""
    demo_link: str = ""
    notes: str = ""


class PublicView(Struct, frozen=True):
    """What everybody sees of the raffle."""

    board: Leaderboard
    winner: str | None
    winner_draw: str | None
    draw_id: str | None
    commitment: str | None

    @property
    def is_running(self) -> bool:
        return self.board.session_id is not None


class ViewerView(Struct, frozen=True):
    """What only the viewer sees: standing, weight and entry. `own` marks their row of the list."""

    account: Account
    follow: Follow
    weight: OwnWeight
    submission: Submission | None
    own: int | None

    @property
    def must_follow(self) -> bool:
        return self.follow.status is FollowStatus.NOT_FOLLOWING


class HeldLine(Struct, frozen=True):
    """The own line of a draw that was held, with its hash."""

    receipt: Receipt
    leaf: str


class StatusView(Struct, frozen=True):
    """The viewer's own status card: the weight event by event, and what proves the entry."""

    explained: Explained
    coming: Leaf | None
    held: list[HeldLine]


async def public_view(service: Service) -> PublicView:
    """The public part, without a result that is still hidden."""
    raffle, now = service.state.raffle, service.clock()
    board = await service.raffle.board.top()
    winner, draw = public.winner(raffle, now), raffle.draw.durable
    return PublicView(
        board=board,
        winner=(winner.name or "Unknown") if winner else None,
        winner_draw=winner.draw_id if winner else None,
        draw_id=draw.draw_id if draw else None,
        commitment=draw.commitment if draw else None,
    )


async def viewer_view(service: Service, account: Account) -> ViewerView:
    """A viewer's own part; Twitch is asked beside it where what is known is old."""
    viewer_id = account.viewer_id
    await asking.join(service, account)
    follow = await asking.shown_follow(service, viewer_id)
    raffle, now = service.state.raffle, service.clock()
    waiting, entry = (
        public.waiting_entry(raffle, viewer_id, now),
        public.submission(raffle, viewer_id, now),
    )
    return ViewerView(
        account=account,
        follow=follow,
        weight=own_weight(service, viewer_id),
        submission=submission(entry) if entry else None,
        own=waiting.id if waiting else None,
    )


async def status_view(service: Service, viewer: ViewerView) -> StatusView:
    """What the status card tells besides."""
    viewer_id = viewer.account.viewer_id
    found = await receipts_view(service, viewer_id)
    return StatusView(
        explained=await explained(service, viewer_id),
        coming=found.coming,
        held=[HeldLine(receipt, _leaf(receipt.opening)) for receipt in found.held],
    )


def _leaf(opening: Opening) -> str:
    salt, viewer_id = bytes.fromhex(opening.salt), ViewerId(opening.viewer_id)
    return entry_hash(salt, viewer_id, opening.name, opening.weight).hex()


def entry_state(shown: PublicView, viewer: ViewerView, entered: str | None) -> EntryState:
    """What stands where one enters; `entered` is the number of an entry made just now."""
    if viewer.own is not None and entered == str(viewer.own):
        return "entered"
    if viewer.submission is not None:
        return "submitted"
    if not shown.is_running:
        return "paused"
    return "form" if shown.board.submissions_open else "closed"


def refusal_text(refused: Refused, *, other_hosts: bool) -> str:
    """The name of the text that tells why an entry was refused; `other` where there is none."""
    code = refused.code.value
    if code == "demo_link_domain" and other_hosts:
        return "demo_link_hosts"
    if STATUS[refused.code] >= 500:
        return "internal_error"
    return code if code in REFUSALS else "other"


REFUSALS = (
    "no_active_session",
    "submissions_closed",
    "already_submitted_this_session",
    "pending_entry_from_previous_session",
    "already_won_this_session",
    "email_already_registered",
    "not_following",
    "demo_link_required",
    "demo_link_invalid",
    "demo_link_domain",
    "notes_too_long",
    "notes_invalid",
    "name_invalid",
    "rate_limit_ip",
    "rate_limit_user",
    "unauthenticated",
    "user_not_found",
)
"""Codes of refusals that the pages tell in their own words and language."""

FIELDS = {
    "demo_link_required": "demoLink",
    "demo_link_invalid": "demoLink",
    "demo_link_domain": "demoLink",
    "demo_link_hosts": "demoLink",
    "notes_too_long": "notes",
    "notes_invalid": "notes",
    "name_invalid": "displayName",
}
"""Which field a refusal is about."""
