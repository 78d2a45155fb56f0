"""What a believed tag leads to: one table, tag to action.

An action only writes into the bridge's state, in the transaction that remembers the tag; what is
to be said or woken is returned and done after the commit.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from goldomatic.bridge.desk import Desk
from goldomatic.bridge.errands import Kind
from goldomatic.bridge.gift_client import GiftItem
from goldomatic.bridge.log_test import LogTest
from goldomatic.bridge.loglines import Tag, read_json, read_uuid

VERIFICATION = timedelta(minutes=5, seconds=30)
"""A report is worth telling for so long; then the service has closed the cycle."""

Effect = Callable[[], None]
_ERRANDS: dict[str, Kind] = {
    "whisper": "whisper",
    "queue": "queue",
    "withdraw": "withdraw",
    "gift": "gift",
    "giftend": "giftend",
}


class TagActions:
    """The actions, on one desk. `asked_for_update` is called for the operator's `/mgm update`."""

    def __init__(self, desk: Desk, *, asked_for_update: Effect, log_test: LogTest) -> None:
        self._desk = desk
        self._asked_for_update = asked_for_update
        self._log_test = log_test
        self._table: dict[str, Callable[[Tag, datetime], Iterable[Effect]]] = {
            "HELLO": self._hello,
            "WHO": self._who,
            "WHO_UNKNOWN": self._who_unknown,
            "DID": self._did,
            "UNDELIVERED": self._undelivered,
            "ACCEPT": self._accept,
            "CONFIRM": self._confirm,
            "DOUBT": self._doubt,
            "MAILBOX": self._mailbox,
            "ITEMS": self._items,
            "GIFT_ACCEPT": self._gift_accept,
            "UPDATE_CHECK": self._update_check,
        }

    def act(self, tag: Tag, now: datetime, *, padded: bool = False) -> list[Effect]:
        """Do what a whole, believed and new tag asks for; returns what follows the commit.

        `padded` says that padding had reached the log before the tag was read.
        """
        if tag.kind == "LOGTEST":
            said = self._say("[MGM_LOGTEST] chat log bridge works", "done")
            return [lambda: self._log_test.marker(tag, padded), said]
        action = self._table.get(tag.kind)
        if action is None:
            return [self._say(f"{tag.head} means nothing to this version", "warning")]
        return list(action(tag, now))

    def _say(self, text: str, level: Any = "info") -> Effect:
        return lambda: self._desk.events.add(text, level)

    def _hello(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        version = tag.text.strip()[:40] or "unknown"
        # A game that has crashed has forgotten what it was told since it last saved.
        kept = self._desk.errands
        for errand in (*kept.all("queue").values(), *kept.told_of_gifts()):
            if errand.kind != "items" and errand.answered_at is not None and not errand.trouble:
                kept.again(errand.kind, errand.subject)
        yield lambda: self._answered(version)

    def _answered(self, version: str) -> None:
        if self._desk.known.addon != version:
            self._desk.known.addon = version
            self._desk.events.add(f"The addon answers, version {version}", "done")

    def _who(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        try:
            report = read_json(tag.text, "{")
        except LookupError:
            yield self._say("[MGM_WHO] parse skip (no JSON)", "warning")
            return
        except (ValueError, RecursionError) as error:
            yield self._say(f"[MGM_WHO] JSON error: {error}", "warning")
            return
        version = report.get("schemaVersion")
        if version != 1 or isinstance(version, bool):
            yield self._say(f"[MGM_WHO] schemaVersion {version} is not 1, skipped", "warning")
            return
        cycle = read_uuid(str(report.get("spinCycleId")))
        if cycle is None:
            yield self._say("[MGM_WHO] spinCycleId is no UUID, skipped", "warning")
            return
        self._desk.outbox.put("verify", cycle, report, now, lasts=VERIFICATION)
        self._desk.errands.answered("who", cycle, now)
        yield self._desk.delivery_bell.ring

    def _who_unknown(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        yield self._say("The realm has not answered /who; the candidate stays unchecked", "warning")

    def _did(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        command, _, subject = tag.argument.partition(":")
        kind, payout_id = _ERRANDS.get(command), read_uuid(subject)
        if kind is not None and payout_id is not None:
            self._desk.errands.answered(kind, payout_id, now)
        return ()

    def _undelivered(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        errands = self._desk.errands
        if tag.subject is None or not (
            errands.trouble("whisper", tag.subject, "undelivered")
            or errands.trouble("gift", tag.subject, "undelivered")
        ):
            return
        text = f"[MGM_UNDELIVERED] the whisper to {self._name(tag.subject)} reached nobody"
        yield self._say(text, "warning")

    def _accept(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        if tag.subject is None:
            return
        self._desk.outbox.put("accept", tag.subject, {}, now)
        yield self._desk.delivery_bell.ring

    def _confirm(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        if tag.subject is None:
            return
        self._desk.outbox.put("sent", tag.subject, {}, now)
        yield self._desk.delivery_bell.ring

    def _doubt(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        if tag.subject is None:
            return
        name = self._name(tag.subject)
        self._desk.errands.want("queue", tag.subject, name, now)
        self._desk.errands.answered("queue", tag.subject, now)
        self._desk.errands.trouble("queue", tag.subject, "doubt")
        text = f"[MGM_DOUBT] nobody knows whether the mail to {name} arrived: look, then Mark Sent"
        yield self._say(text, "warning")

    def _items(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        """The bags' list: one whole list for each request; a malformed one is asked for again."""
        gift_id, desk = tag.subject, self._desk
        if gift_id is None or desk.seen.knows(f"gift-items:{gift_id}"):
            return
        try:
            items = msgspec.convert(read_json(tag.text, "["), list[GiftItem])
        except (LookupError, ValueError, RecursionError, msgspec.ValidationError) as error:
            reason = "no JSON" if isinstance(error, LookupError) else error
            desk.errands.trouble("items", gift_id, "malformed")
            yield self._say(f"[MGM_ITEMS] JSON error: {reason}", "warning")
            return
        desk.seen.note(f"gift-items:{gift_id}", now)
        desk.errands.want("items", gift_id, self._name(gift_id), now)
        desk.errands.answered("items", gift_id, now)
        body = {"items": msgspec.to_builtins(items)}
        desk.outbox.put("gift_items" if items else "gift_none", gift_id, body, now)
        yield desk.delivery_bell.ring

    def _gift_accept(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        gift_id, seen = tag.subject, self._desk.seen
        if gift_id is None or seen.knows(f"gift-accept:{gift_id}"):
            return
        seen.note(f"gift-accept:{gift_id}", now)
        self._desk.outbox.put("gift_accept", gift_id, {}, now)
        yield self._desk.delivery_bell.ring

    def _mailbox(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        if tag.argument in ("open", "closed"):
            yield lambda: setattr(self._desk.known, "mailbox", tag.argument)

    def _update_check(self, tag: Tag, now: datetime) -> Iterable[Effect]:
        yield self._asked_for_update

    def _name(self, subject: str) -> str:
        known = self._desk.known
        found = known.payouts.get(subject) or known.gifts.get(subject)
        return found.character_name if found is not None else subject
