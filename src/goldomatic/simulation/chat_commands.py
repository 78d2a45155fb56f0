"""What viewers do in chat, and how they type the commands of the service."""

import random
from dataclasses import dataclass
from enum import StrEnum

from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.names import character_name
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import CharacterName


class ChatKind(StrEnum):
    """Why a line was typed."""

    TALK = "talk"
    ENROL = "enrol"
    RENAME = "rename"
    RETURN = "return"
    WRONG_ARITY = "wrong_arity"
    BAD_NAME = "bad_name"
    TAKEN_NAME = "taken_name"
    NOT_SUBSCRIBED = "not_subscribed"
    LOOKALIKE = "lookalike"
    GIFT = "gift"
    FOREIGN = "foreign"
    BOT = "bot"
    RAID = "raid"


WEIGHTS = {
    ChatKind.TALK: 620,
    ChatKind.ENROL: 160,
    ChatKind.RENAME: 20,
    ChatKind.RETURN: 60,
    ChatKind.WRONG_ARITY: 15,
    ChatKind.BAD_NAME: 25,
    ChatKind.TAKEN_NAME: 15,
    ChatKind.NOT_SUBSCRIBED: 25,
    ChatKind.LOOKALIKE: 15,
    ChatKind.GIFT: 20,
    ChatKind.FOREIGN: 15,
    ChatKind.BOT: 8,
    ChatKind.RAID: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAction:
    """One line and what lies behind it.

    `character_name` is the name that a correct reader finds in a well-formed `!twgold`;
    `copies` 2 means that Twitch delivers the line twice; `burst` lines come without a pause.
    """

    kind: ChatKind
    line: ChatLine
    character_name: CharacterName | None = None
    copies: int = 1
    burst: bool = False


def enrolment_line(rng: random.Random, chatter: SimulatedUser, name: str) -> ChatLine:
    """`!twgold` as people type it: any case, stray blanks, `/me`, the invisible mark."""
    word = rng.choices(("!twgold", "!TwGold", "!TWGOLD"), (8, 1, 1))[0]
    gap = rng.choices((" ", "  ", "\t"), (8, 1, 1))[0]
    before, after = rng.choices(("", " "), (9, 1))[0], rng.choice(("", "", " "))
    return ChatLine(
        chatter=chatter,
        text=f"{before}{word}{gap}{name}{after}",
        action=rng.random() < 0.05,
        invisible_suffix=rng.random() < 0.08,
    )


def wrong_arity(rng: random.Random) -> str:
    """The command with no name, with too much, or not at the start."""
    name = character_name(rng)
    return rng.choice(("!twgold", f"!twgold {name} please", f"hi !twgold {name}"))


def bad_name(rng: random.Random) -> str:
    """One word that is no character name."""
    name = character_name(rng)
    too_long = (name + "issimusmaximus")[:14]
    return rng.choice((f"{name}77", "X", f"{name}-Realm", too_long, f"<{name}>", "Ян3"))


def lookalike(rng: random.Random) -> str:
    """Something close to the command that is not the command."""
    word = rng.choice(("!twgolden ", "!twgoldd ", "!tw gold ", "twgold ", "!twg0ld ", "!twgold"))
    return word + character_name(rng)


def gift_request(rng: random.Random, name: str) -> str:
    return f"{rng.choice(('!twgift', '!TWGIFT'))} {name}"
