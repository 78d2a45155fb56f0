"""The realm's post office: its checks in order, its answers, its silences (section 5.6)."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from goldomatic.simulation.wow_client.characters import Character, Letter
from goldomatic.simulation.wow_client.items import Item
from goldomatic.simulation.wow_client.realm import Realm

LETTERS_AT_MOST = 100


class MailFault(StrEnum):
    """What the post office does with one mail instead of answering as usual."""

    SILENT = "silent"
    """Nothing is done and nothing is answered, as for a mailbox out of range."""
    UNANSWERED = "unanswered"
    """The mail is delivered, the answer never comes."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A mail as the client sends it."""

    sender: Character
    to: str
    subject: str
    body: str
    copper: int = 0
    cod: int = 0
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What the client learns: None for success, else the global string of the refusal."""

    refusal: str | None = None


class MailServer:
    """Takes parcels; `faults` are used up by the next parcels, None standing for none."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self.faults: deque[MailFault | str | None] = deque()
        self.accepted: list[Parcel] = []

    def send(
        self, parcel: Parcel, at_mailbox: Callable[[], bool], answer: Callable[[Answer], None]
    ) -> None:
        """Check and deliver; `answer` may never be called. A fault that is a text is a refusal."""
        fault = self.faults.popleft() if self.faults else None
        if fault is MailFault.SILENT or not at_mailbox() or "| |" in parcel.subject:
            return
        refusal = fault if isinstance(fault, str) and not isinstance(fault, MailFault) else None
        refusal = refusal or self.refusal(parcel)
        if refusal is None:
            self._deliver(parcel)
        if fault is not MailFault.UNANSWERED:
            answer(Answer(refusal))

    def refusal(self, parcel: Parcel) -> str | None:
        """The first check that fails, as a global string's name."""
        target = self._realm.find(parcel.to)
        if target is None:
            return "ERR_MAIL_TARGET_NOT_FOUND"
        if target is parcel.sender:
            return "ERR_MAIL_TO_SELF"
        if parcel.copper and parcel.cod:
            return "ERR_MAIL_TO_SELF"
        if parcel.sender.copper < parcel.copper + self.postage(len(parcel.items)):
            return "ERR_NOT_ENOUGH_MONEY"
        if len(target.letters) >= LETTERS_AT_MOST:
            return "ERR_MAIL_REACHED_CAP"
        if target.faction != parcel.sender.faction and not self._realm.rules.two_side_mail:
            return "ERR_PLAYER_WRONG_FACTION"
        return next((item.mail_refusal for item in parcel.items if item.mail_refusal), None)

    def postage(self, items: int) -> int:
        """Postage in copper: for a letter, or for each item."""
        return self._realm.rules.postage * max(1, items)

    def _deliver(self, parcel: Parcel) -> None:
        target = self._realm.find(parcel.to)
        if target is None:
            raise RuntimeError("a checked mail has a receiver")
        now, sender = self._realm.timeline.clock.seconds, parcel.sender
        late = parcel.items and target.account != sender.account
        arrives = now + (self._realm.rules.item_delivery if late else 0.0)
        names = tuple(item.name for item in parcel.items)
        target.letters.append(
            Letter(sender.name, parcel.subject, parcel.body, parcel.copper, names, arrives)
        )
        self.accepted.append(parcel)
        sender.copper -= parcel.copper + self.postage(len(parcel.items))
        purse = sender.copper
        # The money is taken after the answer has gone out, in a message of its own (5.6).
        self._realm.send(lambda client: client.money(purse), delay=2 * self._realm.rules.latency)
