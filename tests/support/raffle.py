"""A raffle's story: viewers sign in and give, sessions begin and end, somebody is drawn."""

from collections.abc import Sequence
from typing import Any

from goldomatic.channel import ChannelState
from goldomatic.fairdraw.commitment import commit
from goldomatic.ledger.change import Decision
from goldomatic.ledger.event import Event
from goldomatic.raffle import drawing, rules, sessions, support
from goldomatic.raffle.drawing import Next, Wish
from goldomatic.raffle.events import (
    Effect,
    RaffleProfile,
    RaffleViewerSignedIn,
    RaffleViewerSynced,
    RaffleWinnerDrawn,
)
from goldomatic.raffle.options import Options
from goldomatic.raffle.rules import Submission
from goldomatic.raffle.sessions import Run, Start
from goldomatic.raffle.state import Entry, Member, RaffleState
from goldomatic.raffle.support import SupportNews, TwitchSays
from goldomatic.raffle.weights import UNIT
from goldomatic.values import Refused, ViewerId
from support.story import SALT, Story, accepted

ADMIN = "1001"
BASE = Options()


def seed(number: int) -> bytes:
    return number.to_bytes(32, "big")


def draw_id(number: int) -> str:
    return f"00000000-0000-4000-8000-00000000{number:04d}"


def session_id(number: int) -> str:
    return f"00000000-0000-4000-8000-10000000{number:04d}"


class RaffleStory:
    """What happened in a raffle; every step fails when it is refused, except `ask`."""

    def __init__(self, options: Options = BASE) -> None:
        self.story = Story()
        self.options = options
        self.draws = 0
        self.sessions = 0
        self.runs = 0

    @property
    def state(self) -> RaffleState:
        return self.story.state.raffle

    def ask(self, decision: Decision[ChannelState]) -> Sequence[Event] | Refused:
        return self.story.then(decision)

    def do(self, decision: Decision[ChannelState]) -> list[Any]:
        return accepted(self.story.then(decision))

    def join(self, *viewers: str, follows: bool = True) -> None:
        for viewer in viewers:
            names = RaffleProfile(login=f"login{viewer}", display_name=f"Name{viewer}", salt=SALT)
            viewer_id = ViewerId(viewer)
            self.story.given(
                RaffleViewerSignedIn(viewer_id=viewer_id, personal=names),
                RaffleViewerSynced(
                    viewer_id=viewer_id, is_follower=follows, is_subscriber=None, total=UNIT
                ),
            )

    def member(self, viewer: str) -> Member:
        return self.state.members[ViewerId(viewer)]

    def entry_of(self, viewer: str) -> Entry:
        """The viewer's newest entry."""
        return max(
            (e for e in self.state.entries.values() if e.viewer_id == viewer), key=lambda e: e.id
        )

    def give(self, viewer: str, effect: Effect, amount: int = 0, months: int = 0) -> None:
        news = SupportNews(viewer_id=ViewerId(viewer), effect=effect, amount=amount, months=months)
        self.do(lambda state, now: support.count(state.raffle, news, self.options))

    def says(self, viewer: str, follows: bool | None, subscribes: bool | None) -> None:
        says = TwitchSays(is_follower=follows, is_subscriber=subscribes)
        self.do(
            lambda state, now: support.synced(state.raffle, ViewerId(viewer), says, self.options)
        )

    def bonus(self, viewer: str, bonus: int) -> None:
        self.do(
            lambda state, now: support.set_bonus(
                state.raffle, ViewerId(viewer), bonus, ADMIN, self.options
            )
        )

    def start(self, name: str | None = None) -> str:
        decided = self.ask(self.starting(name))
        accepted(decided)
        return session_id(self.sessions)

    def starting(self, name: str | None = None) -> Decision[ChannelState]:
        self.sessions += 1
        self.draws += 1
        wish = Start(
            session_id=session_id(self.sessions),
            name=name,
            draw_id=draw_id(self.draws),
            commitment=commit(seed(self.draws)),
            actor=ADMIN,
        )
        return lambda state, now: sessions.start(state.raffle, wish, self.options)

    def run(self, reset: bool = False) -> Run:
        self.runs += 1
        return Run(run_id=f"run-{self.runs}", actor=ADMIN, reset=reset)

    def end(self, reset: bool = False) -> list[Any]:
        return self.do(self.ending(reset))

    def ending(self, reset: bool = False) -> Decision[ChannelState]:
        run = self.run(reset)
        return lambda state, now: sessions.end(state.raffle, run, self.options, seed(self.draws))

    def carry_over(self, session: str | None = None, reset: bool = False) -> list[Any]:
        run = self.run(reset)
        return self.do(
            lambda state, now: sessions.run_carry_over(state.raffle, session, run, self.options)
        )

    def entering(
        self, viewer: str, same_email: Sequence[str] = (), **body: Any
    ) -> Decision[ChannelState]:
        wish = Submission(
            viewer_id=ViewerId(viewer),
            body=body,
            salt=SALT,
            same_email=[ViewerId(each) for each in same_email],
        )
        return lambda state, now: rules.enter(state.raffle, wish, now, self.options)

    def enter(self, *viewers: str) -> None:
        for viewer in viewers:
            self.do(self.entering(viewer))

    def drawing(self, hidden: bool = False, given: bytes | None = None) -> Decision[ChannelState]:
        """The draw that is committed, with its seed; another is committed after it."""
        present = self.draws
        self.draws += 1
        wish = Wish(
            draw_id=draw_id(present),
            seed=seed(present) if given is None else given,
            next=Next(draw_id(self.draws), commit(seed(self.draws))),
            hidden=hidden,
            actor=ADMIN,
        )
        return lambda state, now: drawing.draw(state.raffle, wish, self.options)

    def draw(self, hidden: bool = False) -> RaffleWinnerDrawn:
        won: RaffleWinnerDrawn = self.do(self.drawing(hidden))[1]
        return won

    def reveal(self, held: str) -> list[Any]:
        following = Next(draw_id(self.draws), commit(seed(self.draws)))
        return self.do(
            lambda state, now: drawing.reveal(state.raffle, held, seed(int(held[-4:])), following)
        )


def running(*viewers: str, options: Options = BASE) -> RaffleStory:
    """A session in which these viewers have entered."""
    story = RaffleStory(options)
    story.join(*viewers)
    story.start()
    story.enter(*viewers)
    return story
