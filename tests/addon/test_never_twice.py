"""Whatever happens in whatever order: one payout, one mail at most, and no false confirmation.

The operator clicks at random but looks before answering a doubtful row; the realm answers late,
never or with a refusal; the game reloads and crashes; the bridge repeats what it has handed over.
"""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldomatic.simulation.wow_client import CannotTouchError, ClientSettings, RealmRules
from goldomatic.simulation.wow_client.foreign_chatter import ForeignChatter, forged_tags
from goldomatic.simulation.wow_client.mail_server import MailFault
from goldomatic.simulation.wow_client.operator import Operator
from support.game import GOLD, Game

PAYOUTS = [
    (f"0b0e4f0e-0000-4000-8000-00000000000{number}", name, GOLD + number)
    for number, name in enumerate(["Winner", "Other", "Winner"])
]
PEOPLE = ["Winner", "Other", "Friend"]
RESTART = 30.0  # seconds from a crash until the character is in the world again


class Story:
    """One game session after the other, and the deeds of everybody in it."""

    def __init__(self, folder: Path, delay: float, stock_last: bool) -> None:
        rules = RealmRules(mail_delay=delay)
        self.game = Game(
            folder,
            ClientSettings(realm=rules, frame_seconds=0.25, stock_mail_handler_last=stock_last),
        )
        for name in PEOPLE:
            self.game.realm.settle(name)
        self.game.player.copper = 200 * GOLD
        self.hand = Operator(self.game)
        self.handed: set[int] = set()
        self.confirmed: set[str] = set()
        self.chatter = ForeignChatter(self.game)
        self.game.enter()
        self.skip_padding()

    def skip_padding(self) -> None:
        """The log is no matter here; its padding would take most of the time."""
        self.game.call("MGM_LogTest", self.game.nonce, "system=1 whisper=1 toggle=1")

    # The bridge

    def hand_over(self, which: int) -> None:
        payout, name, copper = PAYOUTS[which]
        mark = "?" if which in self.handed else ""
        self.handed.add(which)
        self.game.call("ReceiveGold", f"{payout}:{name}:{copper}{mark};")

    def acknowledge(self) -> None:
        self.game.acknowledge()

    # The operator

    def open_mailbox(self) -> None:
        if not self.game.lua("MailFrame:IsVisible()"):
            self.hand.open_mailbox()
            self.game.run_for(0.3)

    def close_mailbox(self) -> None:
        self.hand.close_mailbox()

    def walk_away(self) -> None:
        self.hand.walk_away()

    def select(self, place: int) -> None:
        rows = self.game.rows()
        if place < len(rows):
            _, name, state = rows[place]
            word = {"READY": "READY", "SENT": "SENT", "DOUBT": "CHECK"}.get(state, "PROC")
            self._try(lambda: self.hand.click("MGMQueuePanel", f"{place + 1}. {name}  [{word}]"))

    def prepare(self) -> None:
        self._try(lambda: self.hand.click("MGMQueuePanelPrepare"))

    def press_send(self) -> None:
        self._try(self.hand.press_send)

    def accept(self) -> None:
        self._try(self.hand.accept)

    def cancel(self) -> None:
        self._try(self.hand.cancel)

    def change_amount(self, copper: int) -> None:
        self.game.run_lua(f"MoneyInputFrame_SetCopper(SendMailMoney, {copper})")

    def change_name(self, person: int) -> None:
        self.game.run_lua(f'SendMailNameEditBox:SetText("{PEOPLE[person]}")')

    def mail_by_hand(self, person: int) -> None:
        if self.game.lua("MailFrame:IsVisible()"):
            self.hand.write_mail(PEOPLE[person], "Hello", 3)
            self.press_send()
            self.accept()

    def answer_doubt(self, place: int) -> None:
        rows = self.game.rows()
        if place < len(rows) and rows[place][2] == "DOUBT":
            self.select(place)
            which = [payout for payout, _, _ in PAYOUTS].index(rows[place][0])
            word = "WasSent" if self.mails(which) else "NotSent"
            self._try(lambda: self.hand.click(f"MGMQueuePanel{word}"))

    def settle(self) -> None:
        """The bridge repeats itself, the operator looks at every doubt and pays what is left."""
        for which in range(3):
            self.hand_over(which)
        self.game.run_for(16.0)
        self.game.world.post.faults.clear()
        for _ in PAYOUTS:
            if all(state == "SENT" for _, _, state in self.game.rows()):
                break
            for place in range(len(self.game.rows())):
                self.answer_doubt(place)
                self.check()
            self.open_mailbox()
            self.prepare()
            self.press_send()
            self.accept()
            self.game.run_for(16.0)
            self.check()

    # The world

    def other_addon_mails(self, person: int) -> None:
        self.game.run_lua(f'SetSendMailMoney(7) SendMail("{PEOPLE[person]}", "Hi", "")')

    def trouble(self, which: int) -> None:
        faults = [MailFault.SILENT, MailFault.UNANSWERED, "ERR_MAIL_REACHED_CAP", None]
        self.game.world.post.faults.append(faults[which])

    def wait(self, seconds: float) -> None:
        self.game.run_for(seconds)

    def reload(self) -> None:
        self.game.reload()
        self.game.type_line("/mgm")

    def crash(self) -> None:
        self.game.crash()
        self.game.clock.advance(RESTART)
        self.game.log_in()
        self.game.hello()
        self.skip_padding()
        self.game.type_line("/mgm")

    def relog(self) -> None:
        self.game.log_out()
        self.game.log_in()
        self.game.type_line("/mgm")

    def forge(self, which: int) -> None:
        payout, name, _ = PAYOUTS[which]
        self.game.realm_whisper(name, f"[MGM_CONFIRM:{payout}] k={self.game.nonce[::-1]}.1")
        self.game.realm_whisper(name, f"[MGM_DID:queue:{payout}]")
        self.game.realm_whisper(name, "!twgold")
        self.chatter.forge(forged_tags([])[:1])

    def _try(self, deed: Callable[[], None]) -> None:
        """People click where there is nothing to click."""
        with contextlib.suppress(CannotTouchError, KeyError):
            deed()

    # The truth

    def mails(self, which: int) -> int:
        _, name, copper = PAYOUTS[which]
        person = self.game.realm.find(name)
        assert person
        return sum(letter.copper == copper for letter in person.letters)

    def check(self) -> None:
        self.confirmed.update(self.game.told("CONFIRM"))
        for which, (payout, _, _) in enumerate(PAYOUTS):
            assert self.mails(which) <= 1, "two mails for one payout"
            if f"[MGM_CONFIRM:{payout}]" in self.confirmed:
                assert self.mails(which) == 1, "a confirmation without a mail"
        self.game.check()


Deed = tuple[str, *tuple[int | float, ...]]

PERSON, PLACE = st.integers(0, 2), st.integers(0, 3)
PAY: list[Deed] = [("open_mailbox",), ("prepare",), ("press_send",), ("accept",)]
FORM: list[Deed] = [("press_send",), ("accept",)]
LEAVE: list[list[Deed]] = [
    [("close_mailbox",)], [("walk_away",)], [("reload",)], [("crash",)], [("relog",)]
]  # fmt: skip


def deeds_of(
    name: str, argument: st.SearchStrategy[int] | st.SearchStrategy[float]
) -> st.SearchStrategy[list[Deed]]:
    return argument.map(lambda value: [(name, value)])


SINGLE = st.one_of(
    st.sampled_from([[deed] for deed in (*PAY, ("cancel",), ("acknowledge",))]),
    st.sampled_from(LEAVE),
    deeds_of("hand_over", st.integers(0, 2)),
    deeds_of("select", PLACE),
    deeds_of("answer_doubt", PLACE),
    deeds_of("change_amount", st.sampled_from([0, 7, GOLD - 1])),
    deeds_of("change_name", PERSON),
    deeds_of("mail_by_hand", PERSON),
    deeds_of("other_addon_mails", PERSON),
    deeds_of("trouble", st.integers(0, 3)),
    deeds_of("wait", st.sampled_from([0.1, 0.4, 1.0, 4.0, 16.0])),
    deeds_of("forge", st.integers(0, 2)),
)
# What people do in one go, and what may come between two of its steps.
HABIT = st.sampled_from(
    [
        PAY,
        [*PAY, ("wait", 1.0)],
        [("trouble", 2), *PAY, ("wait", 1.0), *FORM],
        [("trouble", 0), *PAY, ("close_mailbox",), *PAY],
        [("mail_by_hand", 2), ("close_mailbox",), ("trouble", 2), *PAY],
        [*PAY, ("close_mailbox",), ("open_mailbox",), ("mail_by_hand", 2)],
        *([*PAY, ("wait", 0.4), *leave, ("settle",)] for leave in LEAVE),
        *([*PAY, *leave, *PAY] for leave in LEAVE),
        [("settle",)],
    ]
)
DEEDS = st.one_of(HABIT, HABIT, SINGLE)


def tell(delay: float, stock_last: bool, deeds: list[list[Deed]]) -> Story:
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), delay, stock_last)
        for which in range(3):
            story.hand_over(which)
        story.open_mailbox()
        try:
            for deed in (one for several in deeds for one in several):
                getattr(story, deed[0])(*deed[1:])
                story.check()
            story.settle()
        except AssertionError as error:
            error.add_note(f"delay={delay} stock_last={stock_last} deeds={deeds}")
            raise
        story.game.crash()
        return story


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([0.3, 3.0, 12.0]), st.booleans(), st.lists(DEEDS, min_size=1, max_size=12))
def test_one_payout_one_mail(delay: float, stock_last: bool, deeds: list[list[Deed]]) -> None:
    tell(delay, stock_last, deeds)


def test_the_same_story_without_trouble_pays_everybody() -> None:
    story = tell(0.3, False, [[*PAY, ("wait", 1.0)]] * 3)
    assert story.confirmed == {f"[MGM_CONFIRM:{payout}]" for payout, _, _ in PAYOUTS}
