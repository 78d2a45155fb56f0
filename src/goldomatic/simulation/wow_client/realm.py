"""The realm: its people, what it lets them say, and what it sends to the operator's client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from goldomatic.simulation.wow_client.characters import Character, realm_name
from goldomatic.simulation.wow_client.settings import RealmRules
from goldomatic.simulation.wow_client.timeline import Timeline


class Connection(Protocol):
    """The operator's client as the realm sees it."""

    def chat(self, kind: str, text: str, sender: Character | None, channel: str = "") -> None:
        """A chat message of `kind`, as in CHAT_MSG_<kind>."""

    def notice(self, string: str, *values: str) -> None:
        """A message that the client words itself, from its global string of that name."""

    def who_results(self, rows: list[Character], total: int) -> None:
        """The answer to a `/who`: the listed, and how many there are."""

    def mail_answer(
        self, number: int, refusal: str | None, places: tuple[tuple[int, int], ...]
    ) -> None:
        """The answer to the client's mail of that number; None for success."""

    def mailbox(self) -> None:
        """The mailbox that the player clicked opens."""

    def money(self, copper: int) -> None:
        """What the purse holds now."""

    def disconnected(self) -> None:
        """The realm has thrown the client out."""


@dataclass(frozen=True)
class Dropped:
    """A message that the realm did not deliver, and why."""

    sender: str
    text: str
    reason: str


class Realm:
    """People by name, and the one who plays the operator's client while it is logged in."""

    def __init__(self, timeline: Timeline, rules: RealmRules) -> None:
        self.timeline = timeline
        self.rules = rules
        self.people: dict[str, Character] = {}
        self.dropped: list[Dropped] = []
        self.player: Character | None = None
        self._connection: Connection | None = None
        self._login = 0

    def add(self, character: Character) -> Character:
        """Settle a character; a name is taken once, whatever its case."""
        key = character.name.casefold()
        if key in self.people:
            raise ValueError(f"{character.name} is on the realm already")
        self.people[key] = character
        return character

    def settle(self, name: str, *, online: bool = True, faction: str = "Alliance") -> Character:
        """Settle an ordinary character of that name."""
        return self.add(
            Character(name, online=online, faction=faction, account=len(self.people) + 1)
        )

    def find(self, typed: str) -> Character | None:
        """The character of that name, whatever its case."""
        return self.people.get(typed.casefold())

    def online(self, typed: str) -> Character | None:
        found = self.find(typed)
        return found if found and found.online else None

    def connect(self, player: Character, connection: Connection) -> None:
        self.player, self._connection = player, connection
        self._login += 1
        player.online = True

    def disconnect(self) -> None:
        """What is still on its way to the client is lost."""
        if self.player:
            self.player.online = False
        self.player, self._connection = None, None

    def send(self, packet: Callable[[Connection], None], *, delay: float | None = None) -> None:
        """Send something to the client of this login; it arrives on a later step."""
        login = self._login

        def arrive() -> None:
            if self._connection is not None and login == self._login:
                packet(self._connection)

        self.timeline.after(self.rules.latency if delay is None else delay, arrive)

    def drop(self, sender: Character, text: str, reason: str) -> None:
        self.dropped.append(Dropped(sender.name, text, reason))

    def written(self, typed: str) -> str:
        """A name as the realm writes it, of a stranger too."""
        found = self.find(typed)
        return found.name if found else realm_name(typed)
