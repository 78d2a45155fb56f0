"""The people of a realm."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_guids = itertools.count(0x0001_0000)


@dataclass(frozen=True)
class Reply:
    """What a character whispers back, and how many seconds later."""

    text: str
    after: float = 1.0


@dataclass(frozen=True)
class Letter:
    """One mail in somebody's box."""

    sender: str
    subject: str
    body: str
    copper: int
    items: tuple[str, ...] = ()
    delivered_at: float = 0.0


@dataclass(eq=False)
class Character:
    """Anyone on the realm but the operator's own character, which is one too."""

    name: str
    online: bool = True
    faction: str = "Alliance"
    guild: str = ""
    level: int = 80
    race: str = "Human"
    class_name: str = "Mage"
    zone: str = "Dalaran"
    away: str = ""
    busy: str = ""
    visible: bool = True
    game_master: bool = False
    ignores: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    answer: Callable[[str, str], Iterable[Reply]] | None = None
    """(text, sender) -> replies, for every whisper that arrives."""
    account: int = 0
    copper: int = 0
    guid: int = field(default_factory=lambda: next(_guids))

    def answers(self, text: str, *, after: float = 1.0, to: str | None = None) -> None:
        """From now on whisper `text` back to every whisper (that contains `to`)."""

        def answer(heard: str, _sender: str) -> Iterable[Reply]:
            return [Reply(text, after)] if to is None or to in heard else []

        self.answer = answer


def realm_name(typed: str) -> str:
    """A name as the realm writes it: first letter capital, the others small."""
    return typed[:1].upper() + typed[1:].lower()
