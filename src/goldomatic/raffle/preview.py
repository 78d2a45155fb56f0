"""What other numbers would make of the entries that wait. Pure."""

from collections.abc import Sequence

import msgspec

from goldomatic.raffle.state import Entry, Member
from goldomatic.raffle.weights import Flags, Formula, WeightSettings, number

SHOWN = 20


class PreviewLine(msgspec.Struct, frozen=True, rename="camel"):
    """One entry now and then; probabilities in percent."""

    id: int
    name: str
    weight_before: float
    weight_after: float
    probability_before: float
    probability_after: float


class Preview(msgspec.Struct, frozen=True, rename="camel"):
    """A change of weights, tried on the entries that wait.

    `entries` are the heaviest after the change, `most_changed` those whose chance changes most.
    """

    count: int
    changed: int
    total_before: float
    total_after: float
    entries: list[PreviewLine]
    most_changed: list[PreviewLine]


def preview(pool: Sequence[tuple[Entry, Member]], numbers: WeightSettings, flags: Flags) -> Preview:
    """Compute every weight by these numbers, as recomputing after the change would."""
    formula = Formula(numbers, flags)
    before = [member.weight for _, member in pool]
    after = [max(1, formula.total(member)) for _, member in pool]
    total_before, total_after = sum(before), sum(after)

    def line(index: int) -> PreviewLine:
        return PreviewLine(
            id=pool[index][0].id,
            name=pool[index][0].name,
            weight_before=number(before[index]),
            weight_after=number(after[index]),
            probability_before=before[index] / total_before * 100,
            probability_after=after[index] / total_after * 100,
        )

    def moved(index: int) -> int:
        # Compares shares of the two totals without dividing.
        return abs(after[index] * total_before - before[index] * total_after)

    places = range(len(pool))
    heaviest = sorted(places, key=lambda i: (-after[i], -pool[i][0].id))[:SHOWN]
    most = sorted((i for i in places if moved(i)), key=lambda i: (-moved(i), pool[i][0].id))
    return Preview(
        count=len(pool),
        changed=sum(1 for old, new in zip(before, after, strict=True) if old != new),
        total_before=number(total_before),
        total_after=number(total_after),
        entries=[line(index) for index in heaviest],
        most_changed=[line(index) for index in most[:SHOWN]],
    )
