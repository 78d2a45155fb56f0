"""Tells on the console what happens in the demo."""

from collections.abc import Sequence
from datetime import datetime

import click

from goldomatic.gifts.events import (
    GiftItemsDrawn,
    GiftItemSelected,
    GiftRequestInitiated,
    GiftRequestRefused,
    GiftRequestStateChanged,
    GiftState,
)
from goldomatic.ledger.event import Recorded
from goldomatic.overlay.api import link_path
from goldomatic.payouts.events import (
    HelixRewardSentAnnouncementFailed,
    HelixRewardSentAnnouncementSucceeded,
    PayoutCreated,
    PayoutStatus,
    PayoutStatusChanged,
    WinnerAcceptanceRecorded,
)
from goldomatic.raffle.events import (
    RaffleDrawRevealed,
    RaffleEntrySubmitted,
    RaffleSessionStarted,
)
from goldomatic.roulette.events import (
    DrawFrozen,
    DrawRevealed,
    EnrolmentRefused,
    PoolMemberEnrolled,
    SpinCycleResolved,
    SpinCycleStarted,
)
from goldomatic.service import Service

_COLOURS = {
    "raffle": "magenta",
    "won": "yellow",
    "sent": "green",
    "refused": "red",
    "enter": "cyan",
    "gift": "blue",
}


class Narrator:
    """One line for each thing that a visitor of the demo may want to see."""

    def __init__(self, service: Service, base_url: str) -> None:
        self._service = service
        self._base_url = base_url

    def introduce(self) -> None:
        """Where to look."""
        every = self._service.settings.spin_interval_seconds
        click.echo(
            f"\n  Gold-o-Matic demo is running: {self._base_url}\n"
            "  Sign in there as a simulated viewer or the broadcaster, and enter the raffle.\n"
            f"  The gold roulette: {self._base_url}/roulette\n"
            f"  The panel as viewers see it on Twitch: {self._base_url}/demo/panel\n"
            f"  A simulated Twitch chat enters the roulette; it spins every {every} seconds.\n"
            f"  Overlay for OBS: {self._base_url}{link_path(self._service)}\n"
            f"  Metrics: {self._base_url}/metrics   API: {self._base_url}/schema\n"
            "  Stop with Ctrl-C.\n"
        )

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Print what was committed."""
        for each in recorded:
            told = self._told(each)
            if told is not None:
                _print(each.at, *told)

    def _told(self, recorded: Recorded) -> tuple[str, str] | None:
        match recorded.event:
            case PoolMemberEnrolled(personal=personal) if personal:
                return "enter", f"{personal.display_name} enters as {personal.character_name}"
            case EnrolmentRefused(code=code, personal=personal) if personal:
                return "refused", f"{personal.display_name}: {code}"
            case SpinCycleStarted(commitment=commitment):
                return "spin", f"new cycle, commitment {commitment[:16]}…"
            case DrawFrozen(enrolments=enrolments):
                return "draw", f"list of {len(enrolments)} frozen, wheel spins"
            case DrawRevealed(spin_cycle_id=draw_id):
                return "proof", f"seed published: {self._base_url}/draws/{draw_id}"
            case SpinCycleResolved(result=result) if result != "winner":
                return "spin", f"cycle ends: {result}"
            case _:
                return self._told_of_raffle(recorded) or self._told_of_payout(recorded)

    def _told_of_raffle(self, recorded: Recorded) -> tuple[str, str] | None:
        match recorded.event:
            case RaffleSessionStarted(name=name):
                return "raffle", f"a session starts: {name or 'without a name'}"
            case RaffleEntrySubmitted(personal=personal) if personal:
                return "raffle", f"{personal.name} enters the raffle"
            case RaffleDrawRevealed(draw_id=draw_id):
                return "proof", f"raffle drawn: {self._base_url}/draws/{draw_id}"
            case _:
                return None

    def _told_of_payout(self, recorded: Recorded) -> tuple[str, str] | None:
        match recorded.event:
            case PayoutCreated(personal=personal) if personal:
                return "won", f"{personal.character_name} is online and wins 1,000 gold"
            case WinnerAcceptanceRecorded(payout_id=payout_id):
                return "won", f"{self._name(payout_id)} consents by whisper"
            case PayoutStatusChanged(payout_id=payout_id, status=PayoutStatus.SENT):
                return "sent", f"the mail to {self._name(payout_id)} is confirmed"
            case HelixRewardSentAnnouncementSucceeded(payout_id=payout_id):
                return "sent", f"{self._name(payout_id)} is announced in chat"
            case HelixRewardSentAnnouncementFailed(payout_id=payout_id, reason=reason):
                return "refused", f"announcement of {self._name(payout_id)} failed: {reason}"
            case _:
                return self._told_of_gift(recorded)

    def _told_of_gift(self, recorded: Recorded) -> tuple[str, str] | None:
        match recorded.event:
            case GiftRequestInitiated(personal=personal) if personal:
                return (
                    "gift",
                    f"{personal.display_name} asks for a gift for {personal.character_name}",
                )
            case GiftRequestRefused(code=code, personal=personal) if personal:
                return "refused", f"{personal.display_name}: {code}"
            case GiftItemsDrawn(gift_request_id=draw_id, items=items):
                proof = f"{self._base_url}/draws/{draw_id}"
                return "gift", f"one of {len(items)} items is drawn: {proof}"
            case GiftItemSelected(gift_request_id=request_id, item=item):
                return "gift", f"{item.count} x {item.name} for {self._recipient(request_id)}"
            case GiftRequestStateChanged(state=GiftState.COMPLETED, gift_request_id=request_id):
                return "sent", f"{self._recipient(request_id)} accepts the gift by whisper"
            case GiftRequestStateChanged(
                state=GiftState.FAILED, gift_request_id=request_id, reason=why
            ):
                return (
                    "refused",
                    f"the gift for {self._recipient(request_id)} came to nothing: {why}",
                )
            case _:
                return None

    def _recipient(self, request_id: str) -> str:
        request = self._service.state.gifts.requests.durable.get(request_id)
        return request.character_name if request else request_id

    def _name(self, payout_id: str) -> str:
        payout = self._service.state.payouts.payouts.durable.get(payout_id)
        return payout.character_name if payout else payout_id


def _print(at: datetime, kind: str, text: str) -> None:
    label = click.style(f"{kind:>8}", fg=_COLOURS.get(kind))
    click.echo(f"{at.astimezone():%H:%M:%S} {label}  {text}")
