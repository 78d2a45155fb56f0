"""The active payouts, as the service last told them, and what follows from them."""

import asyncio

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.service_client import ServiceError, ServicePayout
from goldomatic.bridge.view import Alert

POLLS_UNTIL_ALARM = 3


class PayoutList:
    """Polls the payouts and wants a whisper for each new winner."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._one_at_a_time = asyncio.Lock()
        self._failures = 0
        self._told: object = None
        self._skipped: set[str] = set()

    async def poll(self) -> bool:
        """Ask for the active payouts, after any poll that runs; False if that failed."""
        async with self._one_at_a_time:
            try:
                found = await self._desk.client.payouts()
            except ServiceError as error:
                self._failed(error)
                return False
            self._failures = 0
            self._take(found)
            await self._withdraw({payout.id for payout in found})
            return True

    def _failed(self, error: ServiceError) -> None:
        self._failures += 1
        if str(error) != self._told:
            self._told = str(error)
            self._desk.events.add(f"Poll failed: {error}", "error")
        self._desk.offline()
        if self._failures == POLLS_UNTIL_ALARM:
            self._desk.alarm(
                Alert(
                    kind="api_unreachable",
                    title="API unreachable",
                    body=f"Retries failed. {error}",
                    retry=True,
                )
            )

    def _take(self, found: list[ServicePayout]) -> None:
        desk, now = self._desk, self._desk.time.now()
        desk.known.payouts = {payout.id: payout for payout in found}
        with desk.state.change():
            for payout in found:
                if payout.status == "Pending" and not payout.consented:
                    desk.errands.want("whisper", payout.id, payout.character_name, now)
        if desk.known.payouts.keys() != self._told:
            self._told = desk.known.payouts.keys()
            desk.events.add(f"Pending refresh: {len(found)} payout(s).")
        self._tell_of_waiting()
        desk.online()
        desk.typing_bell.ring()

    async def _withdraw(self, active: set[str]) -> None:
        """Take mails out of the game's queue whose payouts have ended without them."""
        desk = self._desk
        for errand in desk.errands.left(active):
            try:
                payout = await desk.client.payout(errand.subject)
            except ServiceError as error:
                if error.code != "not_found":
                    return
            else:
                if payout.status in ("Pending", "InProgress"):
                    active.add(payout.id)
                elif payout.status != "Sent":
                    desk.errands.drop("withdraw", errand.subject)
                    desk.errands.want("withdraw", errand.subject, errand.name, desk.time.now())
        desk.errands.close(active, desk.time.now())

    def _tell_of_waiting(self) -> None:
        """Say once for each winner that the whisper waits for the game."""
        if self._desk.known.in_front:
            self._skipped.clear()
            return
        for errand in self._desk.errands.open("whisper"):
            if errand.times == 0 and errand.subject not in self._skipped:
                self._skipped.add(errand.subject)
                text = f"NotifyWinnerWhisper skipped {errand.subject} — WoW not foreground."
                self._desk.events.add(text, "warning")
