"""The mailbox, as scripts of the client call it (sections 5 and 11)."""

from typing import Any

from goldomatic.simulation.wow_client.bag_api import BagApi, Place
from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.machine import Api, LuaMachine, ScriptError
from goldomatic.simulation.wow_client.mail_server import Answer, MailServer, Parcel
from goldomatic.simulation.wow_client.realm import Realm

SLOTS = 12


class MailApi:
    """One mail at a time: the form's money and attachments, and whether an answer is awaited."""

    def __init__(
        self, machine: LuaMachine, realm: Realm, post: MailServer, player: Character, bags: BagApi
    ) -> None:
        self._machine, self._realm, self._post = machine, realm, post
        self._player, self._bags = player, bags
        self.purse = player.copper
        self.open = False
        self.near_mailbox = False
        self.pending = False
        self._sent = 0
        self._copper = self._cod = 0
        self._attached: dict[int, Place] = {}
        self._asked: dict[int, Place] = {}
        machine.offer("mail_pending", lambda: self.pending)

    def functions(self) -> Api:
        return {
            "SendMail": ("sss?", self.send_mail),
            "SetSendMailMoney": ("n", self._set_money),
            "GetSendMailMoney": ("", lambda: self._copper),
            "SetSendMailCOD": ("n", self._set_cod),
            "GetSendMailCOD": ("", lambda: self._cod),
            "GetSendMailPrice": ("", lambda: self._post.postage(len(self._attached))),
            "GetSendMailItem": ("n", self._item),
            "GetSendMailItemLink": ("n", self._item_link),
            "ClickSendMailItemButton": ("n?b?", self._click_item),
            "RespondMailLockSendItem": ("nb?", self._respond),
            "ClearSendMail": ("", self.clear),
            "SetSendMailShowing": ("b?", lambda _on: None),
            "CheckInbox": ("", lambda: None),
            "GetInboxNumItems": ("", lambda: (0, 0)),
            "HasNewMail": ("", lambda: None),
            "CloseMail": ("", self.close),
            "GetMoney": ("", lambda: self.purse),
        }

    # The mailbox

    def show(self) -> None:
        """The player has opened a mailbox."""
        self.open = self.near_mailbox = True
        self._machine.fire("MAIL_SHOW")
        self._machine.fire("MAIL_INBOX_UPDATE")

    def close(self) -> None:
        """`CloseMail()`: the window goes; a mail that was sent is on its way all the same."""
        if not self.open:
            return
        self.open = self.pending = False
        self.clear()
        self._machine.fire("MAIL_CLOSED")

    def walk_away(self) -> None:
        """Out of range: as closing, and the realm drops what has not reached it yet."""
        self.near_mailbox = False
        self.close()

    # The form

    def _set_money(self, copper: float) -> int | None:
        if copper and copper + self._post.postage(len(self._attached)) > self.purse:
            return None
        self._copper = int(copper)
        return 1

    def _set_cod(self, copper: float) -> None:
        self._cod = int(copper)

    def clear(self) -> None:
        """`ClearSendMail()`: money and attachments leave the form."""
        self._copper = self._cod = 0
        for place in self._attached.values():
            self._bags.unlock(place)
        self._attached.clear()

    def send_mail(self, to: str, subject: str, body: str | None) -> None:
        """Nothing happens while a mail is under way (5.5), or without a mailbox."""
        if self.pending or not self.open:
            return
        if not to.strip():
            raise ScriptError("SendMail(): a recipient is needed")
        self.pending = True
        self._sent += 1
        number, places = self._sent, tuple(self._attached.values())
        parcel = Parcel(
            sender=self._player, to=to.strip(), subject=subject, body=body or "",
            copper=self._copper, cod=self._cod,
            items=tuple(self._bags.bags.slots[place] for place in places),
        )  # fmt: skip

        def answer(outcome: Answer) -> None:
            delay = self._realm.rules.latency
            self._realm.send(
                lambda client: client.mail_answer(number, outcome.refusal, places), delay=delay
            )

        self._realm.timeline.after(
            self._realm.rules.latency + self._realm.rules.mail_delay,
            lambda: self._post.send(parcel, lambda: self.near_mailbox, answer),
        )

    def answered(self, number: int, refusal: str | None, places: tuple[Place, ...]) -> None:
        """The realm's answer. The events carry nothing that says which mail it was (5.4)."""
        if number == self._sent:
            self.pending = False
        if refusal is None:
            self._copper = self._cod = 0
            self._attached.clear()
            self._bags.remove(places)
            self._machine.fire("MAIL_SEND_SUCCESS")
        else:
            self._machine.fire("UI_ERROR_MESSAGE", self._machine.stock_string(refusal))
            self._machine.fire("MAIL_FAILED")

    def money(self, copper: int) -> None:
        self.purse = copper
        self._machine.fire("PLAYER_MONEY")

    # Attachments

    def _slot(self, index: float | None) -> int:
        slot = int(index or 1)
        if not 1 <= slot <= SLOTS:
            raise ScriptError(f"there is no attachment slot {slot}")
        return slot

    def _item(self, index: float) -> tuple[Any, ...] | None:
        place = self._attached.get(self._slot(index))
        if place is None:
            return None
        item = self._bags.bags.slots[place]
        return (item.name, item.texture, item.count, item.quality)

    def _item_link(self, index: float) -> str | None:
        place = self._attached.get(self._slot(index))
        return self._bags.bags.slots[place].link if place else None

    def _click_item(self, index: float | None, clear: Any) -> None:
        slot = self._slot(index)
        if clear or self._bags.cursor is None:
            if place := self._attached.pop(slot, None):
                self._bags.unlock(place)
                self._machine.fire("MAIL_SEND_INFO_UPDATE")
            return
        place = self._bags.cursor
        item = self._bags.bags.slots[place]
        if item.mail_refusal:
            self._bags.clear_cursor()
            self._machine.fire("UI_ERROR_MESSAGE", self._machine.stock_string(item.mail_refusal))
        elif item.refundable:
            self._asked[slot] = place
            self._machine.fire("MAIL_LOCK_SEND_ITEMS", slot, item.link)
        else:
            self._attach(slot, place)

    def _respond(self, index: float, agreed: Any) -> None:
        slot = self._slot(index)
        place = self._asked.pop(slot, None)
        if place is None:
            return
        if agreed:
            self._attach(slot, place)
        else:
            self._bags.clear_cursor()
        self._machine.fire("MAIL_UNLOCK_SEND_ITEMS")

    def _attach(self, slot: int, place: Place) -> None:
        if former := self._attached.get(slot):
            self._bags.unlock(former)
        self._bags.cursor = None
        self._bags.lock(place)
        self._attached[slot] = place
        self._machine.fire("MAIL_SEND_INFO_UPDATE")
