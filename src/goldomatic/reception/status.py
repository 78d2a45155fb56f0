"""How the reception stands now, for pages, metrics and diagnostics. Kept in memory alone."""

from dataclasses import dataclass, field

from goldomatic.twitch.subscriptions import CHAT_MESSAGE, KINDS


@dataclass(slots=True)
class ReceptionStatus:
    """`problems`: why a type is not delivered, by type; types of neither are not known yet."""

    transport: str
    standing: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)
    total_cost: int = 0
    max_total_cost: int = 0

    @property
    def hears_chat(self) -> bool:
        return CHAT_MESSAGE in self.standing

    @property
    def is_complete(self) -> bool:
        return self.standing.issuperset(KINDS)

    def stand(self, kind: str) -> None:
        """A type is delivered."""
        self.standing.add(kind)
        self.problems.pop(kind, None)

    def fail(self, kind: str, reason: str) -> None:
        """A type is not delivered."""
        self.standing.discard(kind)
        self.problems[kind] = reason

    def lose(self, reason: str) -> None:
        """Nothing is delivered."""
        self.standing.clear()
        self.problems.setdefault(CHAT_MESSAGE, reason)

    def costs(self, total: int, most: int) -> None:
        """What the subscriptions cost of what Twitch allows."""
        self.total_cost, self.max_total_cost = total, most
