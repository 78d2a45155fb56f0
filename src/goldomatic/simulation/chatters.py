"""A crowd that behaves like a real chat, and enters the draws of the service."""

import asyncio
import random
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from goldomatic.simulation.chat_commands import (
    WEIGHTS,
    ChatAction,
    ChatKind,
    bad_name,
    enrolment_line,
    gift_request,
    lookalike,
    wrong_arity,
)
from goldomatic.simulation.chat_lines import BOT, RAID, TALK
from goldomatic.simulation.eventsub_deliveries import Delivery
from goldomatic.simulation.eventsub_messages import ChatLine, RepliedLine, SharedChatSource
from goldomatic.simulation.names import character_name
from goldomatic.simulation.users import SimulatedUser, population
from goldomatic.values import CharacterName, name_key

_REWARD_SENT = re.compile(r"Награда отправлена персонажу (\S+) на почту")
_IN_FLIGHT = 16
_RAID_SIZE = range(15, 40)
_CROWD = 3000
_ATTEMPTS = 1000


class ChatTransport(Protocol):
    """What carries lines to the service: an `EventSubSender`, or Twitch's `Webhooks`."""

    async def enqueue(self, line: ChatLine, *, copies: int = 1) -> list[Delivery]: ...
    async def flush(self) -> list[Delivery]: ...


class Chatters:
    """The viewers of one channel. They know of the service only what they read in chat.

    The same seed and the same things heard give the same lines. A winner comes back when the
    reward line names the character; a raid brings new viewers, who stay while there is room.
    `arrivals` is told who they are. Raises `ValueError` when nobody in `people` subscribes.
    """

    def __init__(
        self,
        bot: SimulatedUser,
        people: Sequence[SimulatedUser],
        *,
        rng: random.Random,
        arrivals: Callable[[Sequence[SimulatedUser]], object] = len,
    ) -> None:
        if not any(one.is_subscriber for one in people):
            raise ValueError("a crowd without subscribers cannot enter anything")
        self._bot = bot
        self._arrivals = arrivals
        self._people = list(people)
        self._rng = rng
        # Of its own, so that the rate does not change what is said.
        self._pauses = random.Random(rng.random())
        self._neighbour = population(rng, 1)[0]
        self._entered: dict[str, CharacterName] = {}
        self._wished: dict[str, CharacterName] = {}
        self._last_to_use: dict[str, SimulatedUser] = {}
        self._returning: deque[tuple[SimulatedUser, CharacterName]] = deque()
        self._raiders: deque[SimulatedUser] = deque()
        self._compose = {
            ChatKind.TALK: self._talk,
            ChatKind.ENROL: self._enrol,
            ChatKind.RENAME: self._rename,
            ChatKind.RETURN: self._return,
            ChatKind.WRONG_ARITY: self._wrong_arity,
            ChatKind.BAD_NAME: self._bad_name,
            ChatKind.TAKEN_NAME: self._taken_name,
            ChatKind.NOT_SUBSCRIBED: self._not_subscribed,
            ChatKind.LOOKALIKE: self._lookalike,
            ChatKind.GIFT: self._gift,
            ChatKind.FOREIGN: self._foreign,
            ChatKind.BOT: self._bot_line,
            ChatKind.RAID: self._raid,
        }

    @property
    def people(self) -> Sequence[SimulatedUser]:
        """Everybody in chat, raiders included."""
        return tuple(self._people)

    @property
    def entered(self) -> Mapping[str, CharacterName]:
        """Who believes to be in the draw, by user id, and under which name."""
        return MappingProxyType(self._entered)

    @property
    def wished(self) -> Mapping[str, CharacterName]:
        """Who has asked for a gift, by user id, and under which name."""
        return MappingProxyType(self._wished)

    def line(self) -> ChatAction:
        """The next thing that somebody does; draws from the seeded source only."""
        if self._raiders:
            return self._raider(self._raiders.popleft())
        kind = self._rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        return self._compose[kind]()

    def hear(self, text: str) -> None:
        """Read a line of the service: who got the gold will soon enter again."""
        reward = _REWARD_SENT.search(text)
        if reward is None:
            return
        # Looked up by all names ever typed: a winner may have entered anew under another one.
        winner = self._last_to_use.get(name_key(reward[1]))
        if winner is not None and self._entered.pop(winner.id, None) is not None:
            self._returning.append((winner, CharacterName(reward[1])))

    async def run(self, sender: ChatTransport, rate_per_second: float, stop: asyncio.Event) -> None:
        """Chat through `sender` until `stop` is set, at random moments of that mean rate."""
        places = asyncio.Semaphore(_IN_FLIGHT)
        async with asyncio.TaskGroup() as deliveries:
            while not stop.is_set():
                action = self.line()
                await places.acquire()
                deliveries.create_task(_say(sender, action, places))
                pause = 0.0 if action.burst else self._pauses.expovariate(rate_per_second)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
        await sender.flush()

    def _talk(self) -> ChatAction:
        chatter = self._anybody()
        reply_to = None
        if self._rng.random() < 0.08:
            reply_to = RepliedLine(
                author=self._anybody(), text=self._rng.choice(TALK), message_id=self._uuid()
            )
        line = ChatLine(
            chatter=chatter,
            text=self._rng.choice(TALK),
            action=self._rng.random() < 0.03,
            reply_to=reply_to,
            bits=100 if reply_to is None and self._rng.random() < 0.02 else 0,
        )
        return ChatAction(kind=ChatKind.TALK, line=line)

    def _enrol(self) -> ChatAction:
        waiting = [one for one in self._subscribers() if one.id not in self._entered]
        if not waiting:
            return self._talk()
        return self._command(ChatKind.ENROL, self._rng.choice(waiting), self._fresh_name())

    def _rename(self) -> ChatAction:
        entered = [one for one in self._subscribers() if one.id in self._entered]
        if not entered:
            return self._talk()
        return self._command(ChatKind.RENAME, self._rng.choice(entered), self._fresh_name())

    def _return(self) -> ChatAction:
        if not self._returning:
            return self._talk()
        winner, name = self._returning.popleft()
        if self._rng.random() < 0.3 or name.key in self._held():
            name = self._fresh_name()
        return self._command(ChatKind.RETURN, winner, name)

    def _command(self, kind: ChatKind, chatter: SimulatedUser, name: CharacterName) -> ChatAction:
        self._entered[chatter.id] = name
        self._last_to_use[name.key] = chatter
        return ChatAction(
            kind=kind,
            line=enrolment_line(self._rng, chatter, name),
            character_name=name,
            copies=2 if self._rng.random() < 0.08 else 1,
        )

    def _wrong_arity(self) -> ChatAction:
        return self._from_subscriber(ChatKind.WRONG_ARITY, wrong_arity(self._rng))

    def _bad_name(self) -> ChatAction:
        return self._from_subscriber(ChatKind.BAD_NAME, f"!twgold {bad_name(self._rng)}")

    def _lookalike(self) -> ChatAction:
        return self._from_subscriber(ChatKind.LOOKALIKE, lookalike(self._rng))

    def _gift(self) -> ChatAction:
        """A subscriber's first wish, or again one who has had a gift."""
        waiting = [one for one in self._subscribers() if one.id not in self._wished]
        chatter = self._rng.choice(waiting or self._subscribers())
        name = self._entered.get(chatter.id) or self._fresh_name()
        self._wished[chatter.id] = name
        line = ChatLine(chatter=chatter, text=gift_request(self._rng, name))
        return ChatAction(kind=ChatKind.GIFT, line=line)

    def _taken_name(self) -> ChatAction:
        chatter = self._rng.choice(self._subscribers())
        taken = [name for owner, name in self._entered.items() if owner != chatter.id]
        if not taken:
            return self._talk()
        name = self._rng.choice(taken)
        spelling = self._rng.choice((name, name.upper(), name.lower()))
        return ChatAction(
            kind=ChatKind.TAKEN_NAME,
            line=enrolment_line(self._rng, chatter, spelling),
            character_name=CharacterName.parse(spelling),
        )

    def _not_subscribed(self) -> ChatAction:
        passing = [one for one in self._people if not one.is_subscriber]
        if not passing:
            return self._talk()
        chatter = self._rng.choice(passing)
        name = self._fresh_name()
        line = enrolment_line(self._rng, chatter, name)
        return ChatAction(kind=ChatKind.NOT_SUBSCRIBED, line=line, character_name=name)

    def _from_subscriber(self, kind: ChatKind, text: str) -> ChatAction:
        chatter = self._rng.choice(self._subscribers())
        return ChatAction(kind=kind, line=ChatLine(chatter=chatter, text=text))

    def _foreign(self) -> ChatAction:
        """A line of a shared chat that was typed in the neighbour's room."""
        chatter, name = self._anybody(), self._fresh_name()
        source = SharedChatSource(
            broadcaster=self._neighbour,
            message_id=self._uuid(),
            badges=({"set_id": "subscriber", "id": "0", "info": "1"},),
        )
        line = ChatLine(chatter=chatter, text=f"!twgold {name}", source=source)
        return ChatAction(kind=ChatKind.FOREIGN, line=line, character_name=name)

    def _bot_line(self) -> ChatAction:
        line = ChatLine(chatter=self._bot, text=self._rng.choice(BOT))
        return ChatAction(kind=ChatKind.BOT, line=line)

    def _raid(self) -> ChatAction:
        known = {one.id for one in self._people} | {one.login for one in self._people}
        arriving = population(self._rng, self._rng.choice(_RAID_SIZE), subscriber_share=0.1)
        raiders = [one for one in arriving if not known & {one.id, one.login}]
        self._arrivals(raiders)
        self._raiders.extend(raiders)
        self._people.extend(raiders[: max(0, _CROWD - len(self._people))])
        return self._raider(self._raiders.popleft()) if self._raiders else self._talk()

    def _raider(self, raider: SimulatedUser) -> ChatAction:
        line = ChatLine(chatter=raider, text=self._rng.choice(RAID))
        return ChatAction(kind=ChatKind.RAID, line=line, burst=True)

    def _anybody(self) -> SimulatedUser:
        return self._rng.choice(self._people)

    def _subscribers(self) -> list[SimulatedUser]:
        return [one for one in self._people if one.is_subscriber]

    def _fresh_name(self) -> CharacterName:
        """A name that nobody here has entered with; raises `LookupError` when none is left."""
        held = self._held()
        for _ in range(_ATTEMPTS):
            name = character_name(self._rng, cyrillic=self._rng.random() < 0.3)
            if name.key not in held:
                return name
        raise LookupError("no free character name found")

    def _held(self) -> set[str]:
        return {name.key for name in self._entered.values()}

    def _uuid(self) -> str:
        return str(UUID(int=self._rng.getrandbits(128), version=4))


async def _say(sender: ChatTransport, action: ChatAction, places: asyncio.Semaphore) -> None:
    try:
        await sender.enqueue(action.line, copies=action.copies)
    finally:
        places.release()
