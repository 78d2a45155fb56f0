"""What the operator does: Sync, the actions of a row, and the alert's Retry."""

from goldomatic.bridge import commands
from goldomatic.bridge.commands import LineLimitError, MailEntry
from goldomatic.bridge.desk import Desk
from goldomatic.bridge.dispatcher import Dispatcher
from goldomatic.bridge.payout_list import PayoutList
from goldomatic.bridge.service_client import ServiceError, ServicePayout, Status
from goldomatic.bridge.view import Alert, RowAction

_MOVES: dict[RowAction, Status] = {
    "mark_sent": "Sent",
    "mark_failed": "Failed",
    "cancel": "Cancelled",
    "unlock": "Pending",
}


def allowed(payout: ServicePayout, *, whispered: bool) -> tuple[RowAction, ...]:
    """What may be done with a row."""
    if payout.status == "Pending":
        return ("mark_failed", "cancel", *(("renotify",) if whispered else ()))
    return ("mark_sent", "mark_failed", "cancel", "unlock", "reinject")


class Operator:
    """The operator's hand. What was decided is on disk before the service or the game is told."""

    def __init__(self, desk: Desk, payouts: PayoutList, dispatcher: Dispatcher) -> None:
        self._desk = desk
        self._payouts = payouts
        self._dispatcher = dispatcher

    async def sync(self, *, without_consent: bool = False) -> None:
        """Move pending payouts on and put them into the game's mail queue, oldest first.

        Those without consent are left alone unless asked for. Nothing is moved without a game.
        """
        desk = self._desk
        if desk.known.busy:
            return
        await self._dispatcher.watch()
        if desk.known.window is None:
            text = "Sync/Inject: WoW not foreground."
            desk.events.add(text, "warning")
            desk.alarm(
                Alert(kind="window_not_found", title="WoW not found", body=text, retry=False)
            )
            return
        pending = [each for each in desk.known.payouts.values() if each.status == "Pending"]
        if not pending:
            desk.events.add("Sync/Inject: no Pending payouts.")
            return
        chosen = [each for each in pending if without_consent or each.consented]
        if len(chosen) < len(pending):
            left = len(pending) - len(chosen)
            desk.events.add(f"Sync/Inject: {left} without consent left out.")
        await self._begin_all(chosen)

    async def sync_consented(self) -> None:
        """What `auto_sync` does after each poll: the same, without a word if nothing is to do."""
        known = self._desk.known
        if known.busy or not known.in_front:
            return
        ready = [p for p in known.payouts.values() if p.status == "Pending" and p.consented]
        if ready:
            await self._begin_all(ready)

    async def _begin_all(self, payouts: list[ServicePayout]) -> None:
        known = self._desk.known
        known.busy = True
        self._desk.changed()
        try:
            for payout in payouts:
                await self._begin(payout)
        finally:
            known.busy = False
        await self._payouts.poll()
        self._dispatcher.release()

    async def _begin(self, payout: ServicePayout) -> None:
        desk, copper = self._desk, commands.copper(payout.gold_amount)
        entry = MailEntry(payout.id, payout.character_name, copper)
        try:
            list(commands.mail_queue([entry]))
        except LineLimitError as error:
            desk.events.add(f"Sync/Inject: {payout.id} left out, {error}", "error")
            return
        # Kept first: if we end here, the next poll tells whether the service has moved it on.
        with desk.state.change():
            taken_back = desk.errands.find("withdraw", payout.id) is not None
            desk.errands.drop("withdraw", payout.id)
            self._want_mail(payout, claimed=taken_back)
        try:
            moved = await desk.client.set_status(payout.id, "InProgress")
        except ServiceError as error:
            if not error.passing:
                desk.errands.drop("queue", payout.id)
            self._refused(f"PATCH InProgress {payout.id}", error)
        else:
            if not moved:
                # Another bridge was faster, or our own request whose answer was lost.
                desk.errands.claim("queue", payout.id)
            desk.events.add(f"PATCH InProgress {payout.id}", "done")

    async def act(self, payout_id: str, action: RowAction) -> str | None:
        """One action on a row; None, or the code of the refusal."""
        payout = self._desk.known.payouts.get(payout_id)
        if payout is None:
            return "not_found"
        if action not in allowed(payout, whispered=self._whispered(payout)):
            return "not_allowed"
        if action == "renotify":
            self._renotify(payout)
        elif action == "reinject":
            self._reinject(payout)
        else:
            return await self._move(payout, _MOVES[action])
        return None

    def _whispered(self, payout: ServicePayout) -> bool:
        errand = self._desk.errands.find("whisper", payout.id)
        return errand is not None and errand.times > 0

    def _renotify(self, payout: ServicePayout) -> None:
        desk = self._desk
        with desk.state.change():
            desk.errands.want("whisper", payout.id, payout.character_name, desk.time.now())
            desk.errands.again("whisper", payout.id)
        desk.events.add(f"Manual Re-notify {payout.id} ({payout.character_name})")
        self._dispatcher.release()

    def _reinject(self, payout: ServicePayout) -> None:
        desk = self._desk
        with desk.state.change():
            # What is in progress and unknown here was handed over by a bridge we know nothing of.
            self._want_mail(payout, claimed=True)
        desk.events.add(f"Manual Retry inject {payout.id} ({payout.character_name})")
        self._dispatcher.release()

    def _want_mail(self, payout: ServicePayout, *, claimed: bool) -> None:
        errands, copper = self._desk.errands, commands.copper(payout.gold_amount)
        name, now = payout.character_name, self._desk.time.now()
        if not errands.want("queue", payout.id, name, now, copper, claimed=claimed):
            errands.again("queue", payout.id)

    async def _move(self, payout: ServicePayout, status: Status) -> str | None:
        refusal = None
        try:
            await self._desk.client.set_status(payout.id, status)
        except ServiceError as error:
            refusal = error.code or str(error)
            self._refused(f"Manual {status} {payout.id}", error)
        else:
            self._desk.events.add(f"Manual {status} {payout.id} ({payout.character_name})", "done")
            if status == "Pending":
                self._take_back(payout)
        await self._payouts.poll()
        return refusal

    def _take_back(self, payout: ServicePayout) -> None:
        """What was put back is not to be mailed until the next Sync."""
        errands = self._desk.errands
        told = errands.find("queue", payout.id)
        with self._desk.state.change():
            errands.drop("queue", payout.id)
            errands.drop("withdraw", payout.id)
            if told is None or told.claimed or told.times > 0:
                errands.want("withdraw", payout.id, payout.character_name, self._desk.time.now())

    def _refused(self, what: str, error: ServiceError) -> None:
        self._desk.events.add(f"{what} failed: {error}", "error")
        if error.passing:
            self._desk.offline()
            body = f"Retries failed. {error}"
            alert = Alert(kind="api_unreachable", title="API unreachable", body=body, retry=True)
            self._desk.alarm(alert)

    async def retry(self) -> None:
        """Do again what the shown alert is about."""
        desk = self._desk
        alert, desk.known.alert = desk.known.alert, None
        if alert is not None and alert.kind == "injection_failed":
            with desk.state.change():
                for errand in desk.errands.open("queue"):
                    if errand.trouble == "failed":
                        desk.errands.trouble("queue", errand.subject, "")
        self._dispatcher.release()
        await self._payouts.poll()
        desk.changed()
