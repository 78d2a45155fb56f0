"""The streamer at the game: mails what the addon has queued, with the addon's own button."""

from collections.abc import Callable
from contextlib import suppress

from goldomatic.bridge.bridge import Bridge
from goldomatic.simulation.wow_client import CannotTouchError, WowClient
from goldomatic.simulation.wow_client.operator import Operator

SUMMONS = 10.0
"""Seconds of the game between two clicks on a mailbox that has not opened."""


class Streamer:
    """A person's habits: look at the bridge, open the mailbox, Prepare Mail, Send, Accept."""

    def __init__(self, client: WowClient) -> None:
        self._client = client
        self.hands = Operator(client)
        self.after_mail: Callable[[], None] = lambda: None
        self._clicked_at = float("-inf")

    def act(self, bridge: Bridge) -> None:
        """Do what there is to do now."""
        if not any(row.status == "InProgress" for row in bridge.view.rows):
            return
        if not self._client.frame("MailFrame").visible:
            if self._client.clock.seconds - self._clicked_at > SUMMONS:
                self._clicked_at = self._client.clock.seconds
                self.hands.open_mailbox()
            return
        self._clicked_at = float("-inf")
        with suppress(CannotTouchError):
            self.hands.click("MGMQueuePanelPrepare")
            self.hands.press_send()
            self.hands.accept()
            self.after_mail()
