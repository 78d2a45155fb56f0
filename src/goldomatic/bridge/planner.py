"""Which line is to be typed next: derived from what is known and kept, never queued in memory."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from goldomatic.bridge import commands
from goldomatic.bridge.commands import MailEntry
from goldomatic.bridge.desk import Desk
from goldomatic.bridge.errands import MOST_TIMES, Errand, Kind
from goldomatic.bridge.inject import InjectionError
from goldomatic.bridge.log_test import LogTest

FLUSH_SECONDS = 5.0
"""What was said so shortly before the game wrote its log may not be in it yet."""
UNDELIVERED_PAUSE = timedelta(seconds=60)
MOST_WHILE_ABSENT = 5
"""Whispers about a gift to somebody who is not there: one in each minute that it waits."""
_ANSWERED: tuple[Kind, ...] = ("whisper", "queue", "withdraw", "items", "gift", "giftend")
"""Commands that the addon answers."""
_GIFT_ERRANDS: dict[str, Kind] = {"SelectingItem": "items", "WaitingConfirmation": "gift"}
LONGEST_HELLO_PAUSE = timedelta(minutes=5)


def _nothing() -> None:
    return None


class Planned(NamedTuple):
    """A line and what is noted around it. `before` and `undo` are one: what `before` writes down
    is taken back when the line was not typed."""

    line: str
    before: Callable[[], None] = _nothing
    after: Callable[[], None] = _nothing
    undo: Callable[[InjectionError], None] = lambda error: None


class Planner:
    """The order of lines: session, online check, gifts, acknowledgements, whispers, mails,
    messages."""

    def __init__(self, desk: Desk, log_test: LogTest) -> None:
        self._desk = desk
        self._log_test = log_test
        self._hello_at: datetime | None = None
        self._hello_pause = timedelta(seconds=desk.timing.hello)

    def next(self, now: datetime) -> Planned | None:
        """The line whose turn it is; None if nothing is due."""
        return next(self.due(now), None)

    def due(self, now: datetime) -> Iterator[Planned]:
        """All lines that are due, in order."""
        if self._desk.signs:
            yield from self._hello(now)
        yield from self._online_check(now)
        yield from self._gifts(now)
        if self._desk.signs:
            yield from self._acknowledgements(now)
            yield from self._log_test_result(now)
        yield from self._whispers(now)
        yield from self._withdrawals(now)
        yield from self._mails(now)
        yield from self._ended_gifts(now)
        yield from self._messages()

    def _hello(self, now: datetime) -> Iterator[Planned]:
        known = self._desk.known
        if not known.hello_wanted or known.hello_asked:
            self._hello_pause = timedelta(seconds=self._desk.timing.hello)
        if not known.hello_wanted:
            return
        if self._hello_at is not None and now - self._hello_at < self._hello_pause:
            return

        def said() -> None:
            if self._hello_at is not None:
                self._hello_pause = min(self._hello_pause * 2, LONGEST_HELLO_PAUSE)
            self._hello_at, known.hello_asked = now, False

        yield Planned(commands.hello(self._desk.nonce), after=said)

    def _online_check(self, now: datetime) -> Iterator[Planned]:
        candidate = self._desk.known.candidate
        if candidate is None or now > candidate.verification_deadline:
            return
        errand = self._desk.errands.find("who", candidate.spin_cycle_id)
        if errand is None or errand.answered_at is not None:
            return
        wait = timedelta(seconds=self._desk.timing.who)
        if errand.times >= MOST_TIMES or not _is_over(errand, now, wait):
            return
        text = f"MGM_RunWhoForSpin injected ({errand.name})"
        yield self._errand(errand, commands.online_check(errand.subject, errand.name), now, text)

    def _acknowledgements(self, now: datetime) -> Iterator[Planned]:
        numbers = self._desk.seen.unacknowledged(now - timedelta(seconds=self._desk.timing.ack))
        while numbers:
            line, taken = commands.acknowledge(self._desk.nonce, numbers)
            said, numbers = numbers[:taken], numbers[taken:]
            yield Planned(line, after=partial(self._desk.seen.acknowledged, said, now))

    def _log_test_result(self, now: datetime) -> Iterator[Planned]:
        result = self._log_test.result(now)
        if result is not None:
            line = commands.log_test_result(self._desk.nonce, result)
            yield Planned(line, after=lambda: self._log_test.told(result))

    def _whispers(self, now: datetime) -> Iterator[Planned]:
        for errand in self._desk.errands.open("whisper"):
            if errand.subject in self._desk.known.payouts and self._is_due(errand, now):
                line = commands.winner_whisper(errand.subject, errand.name)
                text = f"NotifyWinnerWhisper injected {errand.subject} ({errand.name})"
                yield self._errand(errand, line, now, text)

    def _gifts(self, now: datetime) -> Iterator[Planned]:
        """What the active request needs. It has a minute until its item is drawn."""
        for gift in self._desk.known.gifts.values():
            kind = _GIFT_ERRANDS.get(gift.state)
            errand = kind and self._desk.errands.find(kind, gift.id)
            if not errand or (errand.answered_at and not errand.trouble):
                continue
            if not self._is_due(errand, now):
                continue
            if kind == "items":
                line, what = commands.gift_items(gift.id), "MGM_RequestGiftItems"
            else:
                line = commands.gift_confirmation(gift.id, errand.name)
                what = "MGM_RequestGiftConfirmation"
            yield self._errand(errand, line, now, f"{what} injected {gift.id} ({errand.name})")

    def _ended_gifts(self, now: datetime) -> Iterator[Planned]:
        for errand in self._desk.errands.open("giftend") if self._desk.signs else []:
            if self._is_due(errand, now):
                due = self._desk.due_gifts.find(errand.subject)
                item = due.selected_item if due is not None else None
                stack = None if item is None else (item.id, item.count)
                line = commands.close_gift(errand.subject, stack)
                yield self._errand(errand, line, now, f"MGM_CloseGift injected ({errand.name})")

    def _mails(self, now: datetime) -> Iterator[Planned]:
        due: dict[str, Errand] = {}
        for errand in self._desk.errands.open("queue"):
            payout = self._desk.known.payouts.get(errand.subject)
            if payout and payout.status == "InProgress" and self._is_due(errand, now):
                due[errand.subject] = errand
        yield from self._packed(due, now)

    def _withdrawals(self, now: datetime) -> Iterator[Planned]:
        open_ones = self._desk.errands.open("withdraw") if self._desk.signs else []
        due = {each.subject: each for each in open_ones if self._is_due(each, now)}
        yield from self._packed(due, now)

    def _packed(self, due: dict[str, Errand], now: datetime) -> Iterator[Planned]:
        entries = (
            MailEntry(e.subject, e.name, e.copper, e.claimed or e.times > 0) for e in due.values()
        )
        for line, packed in commands.mail_queue(entries):
            yield self._mail(line, [due[entry.payout_id] for entry in packed], now)

    def _is_due(self, errand: Errand, now: datetime) -> bool:
        if errand.trouble in ("doubt", "failed", "silent"):
            return False
        if errand.times == 0 or errand.trouble == "malformed":
            return errand.times < MOST_TIMES
        # Only our addon answers, and only there is a repetition harmless.
        may_repeat = self._desk.signs and errand.times < _most(errand)
        return may_repeat and self._is_unanswered(errand, now)

    def _is_unanswered(self, errand: Errand, now: datetime) -> bool:
        """Whether it is time to doubt: the log has gone on since without an answer.

        A log that does not grow says nothing, for the game keeps up to 48 KiB back; it is given
        four times as long.
        """
        if errand.trouble == "undelivered":
            return _is_over(errand, now, UNDELIVERED_PAUSE)
        timing = self._desk.timing
        wait = timedelta(seconds=timing.items if errand.kind == "items" else timing.answer)
        if errand.typed_at is None or not _is_over(errand, now, wait):
            return False
        read_at = self._desk.known.last_read_at
        went_on = read_at is not None and read_at.timestamp() >= errand.typed_at + FLUSH_SECONDS
        return went_on or _is_over(errand, now, wait * (2 if errand.kind == "items" else 4))

    def _mail(self, line: str, errands: list[Errand], now: datetime) -> Planned:
        kept, by_itself = self._desk.errands, self._desk.settings.auto_sync

        def before() -> None:
            for errand in errands:
                kept.typing(errand.kind, errand.subject, now)

        def undo(error: InjectionError) -> None:
            for errand in errands:
                kept.untyped(errand, "" if error.code == "window_lost" or by_itself else "failed")

        text = f"Injected ReceiveGold chunk ({len(line)} chars)."
        return Planned(line, before, lambda: self._desk.events.add(text, "done"), undo)

    def _errand(self, errand: Errand, line: str, now: datetime, text: str) -> Planned:
        kept = self._desk.errands
        return Planned(
            line,
            before=lambda: kept.typing(errand.kind, errand.subject, now),
            after=lambda: self._desk.events.add(text, "done"),
            undo=lambda error: kept.untyped(errand, errand.trouble),
        )

    def silent(self, now: datetime) -> list[Errand]:
        """Commands that were typed three times in vain and are not known to be so yet."""
        if not self._desk.signs:
            return []
        return [
            errand
            for kind in _ANSWERED
            for errand in self._desk.errands.open(kind)
            if errand.times >= _most(errand)
            and errand.trouble in ("", "undelivered")
            and self._is_unanswered(errand, now)
        ]

    def _messages(self) -> Iterator[Planned]:
        for line in tuple(self._desk.known.messages):
            yield Planned(line, after=partial(self._desk.known.messages.remove, line))


def _most(errand: Errand) -> int:
    """How often a command is typed in all."""
    is_absent = errand.kind == "gift" and errand.trouble == "undelivered"
    return MOST_WHILE_ABSENT if is_absent else MOST_TIMES


def _is_over(errand: Errand, now: datetime, wait: timedelta) -> bool:
    return errand.typed_at is None or now.timestamp() - errand.typed_at >= wait.total_seconds()
