"""Asks the service for a candidate, so that the addon looks for the character in time."""

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.service_client import ServiceError


class CandidateWatch:
    """Wants one online check for each spin cycle that has a candidate.

    The service says itself when there is one, so the watch does not have to know the interval.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def step(self) -> None:
        """Ask once."""
        desk = self._desk
        try:
            candidate = await desk.client.candidate()
        except ServiceError as error:
            if error.passing:
                desk.offline()
            return
        desk.known.candidate = candidate
        if candidate is None:
            return
        now = desk.time.now()
        if desk.errands.want("who", candidate.spin_cycle_id, candidate.character_name, now):
            desk.events.add(f"Candidate {candidate.character_name}: asking the game")
            desk.typing_bell.ring()
