"""The streamer at the game: mails what the addon has queued, with the addon's own button."""

from collections.abc import Callable
from contextlib import suppress

from goldomatic.bridge.bridge import Bridge
from goldomatic.simulation.wow_client import CannotTouchError, WowClient
from goldomatic.simulation.wow_client.operator import Operator

SUMMONS = 10.0
"""Seconds of the game between two clicks on a mailbox that has not opened."""
PATIENCE = 20.0
"""Seconds of the game after which a gift that reached nobody is taken back."""
SUBJECT = "Your gift"


class Streamer:
    """A person's habits: look at the bridge, open the mailbox, Prepare Mail, Send, Accept."""

    def __init__(self, client: WowClient) -> None:
        self._client = client
        self.hands = Operator(client)
        self.after_mail: Callable[[], None] = lambda: None
        self._clicked_at = float("-inf")
        self._unreached: dict[str, float] = {}

    def act(self, bridge: Bridge) -> None:
        """Do what there is to do now."""
        if not any(row.status == "InProgress" for row in bridge.view.rows):
            return
        if not self._at_mailbox():
            return
        with suppress(CannotTouchError):
            self.hands.click("MGMQueuePanelPrepare")
            self.hands.press_send()
            self.hands.accept()
            self.after_mail()

    def _at_mailbox(self) -> bool:
        """Whether the mailbox is open; clicks on it where it is not."""
        if self._client.frame("MailFrame").visible:
            self._clicked_at = float("-inf")
            return True
        if self._client.clock.seconds - self._clicked_at > SUMMONS:
            self._clicked_at = self._client.clock.seconds
            self.hands.open_mailbox()
        return False

    async def tend_gifts(self, bridge: Bridge) -> None:
        """Mail by hand what was accepted, between the payouts; take back what reached nobody."""
        now, view = self._client.clock.seconds, bridge.view
        for row in view.gifts:
            if row.step == "undelivered":
                if now - self._unreached.setdefault(row.id, now) > PATIENCE:
                    del self._unreached[row.id]
                    await bridge.act_on_gift(row.id, "decline")
            elif row.step == "to_mail" and view.in_progress == 0 and self._at_mailbox():
                with suppress(CannotTouchError):
                    bag, slot = map(int, row.place.split("/"))
                    self.hands.mail_item(row.recipient, SUBJECT, bag, slot)
                    await bridge.act_on_gift(row.id, "mailed")
                return
