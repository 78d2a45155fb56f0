"""Whatever is changed in a sound record, it is noticed; whatever stands in one, nothing breaks."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairdraw.forgeries import Json, changed
from fairdraw.reading import receipt_report, report_of
from fairdraw.sample_draws import committed, digits, frozen, receipt, revealed
from goldomatic.fairdraw.report import Verdict


def twelve() -> tuple[Json, list[Json]]:
    """A draw whose full order is published: no change gives the same order by chance."""
    opened = [
        {"salt": digits(f"salt {i}", 16), "viewerId": str(i), "name": f"Имя{i}", "weight": i + 1}
        for i in range(12)
    ]
    return revealed(frozen(committed("twelve", "raffle"), opened), opened, 12, "beacon"), opened


TWELVE, TWELVE_OPENED = twelve()

# Nothing in the record can confirm these: docs/fair-draw.md says so.
CLAIMS = {"/channelId", "/kind", "/committedAt", "/frozenAt", "/revealedAt"}


def pointers(value: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    yield way, value
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from pointers(inner, f"{way}/{key}")


SCALARS = [
    (way, value)
    for way, value in pointers(TWELVE)
    if not isinstance(value, dict | list) and way not in CLAIMS
]
LISTS = [(way, value) for way, value in pointers(TWELVE) if isinstance(value, list)]
EVERYWHERE = [way for way, _ in pointers(TWELVE) if way]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def is_refused(record: Json) -> bool:
    try:
        return report_of(record).verdict is not Verdict.VERIFIED
    except ValueError as reason:
        return "not a draw record" in str(reason)


def test_the_sample_to_tamper_with_is_sound() -> None:
    assert report_of(TWELVE).verdict is Verdict.VERIFIED


@given(st.sampled_from(SCALARS), st.data())
def test_tampering_with_any_value_is_noticed(target: tuple[str, Any], data: st.DataObject) -> None:
    way, value = target
    alike = {
        str: st.text("0123456789abcdef", min_size=1) | st.text(min_size=1),
        int: st.integers(),
    }
    new = data.draw(alike.get(type(value), st.nothing()) | ANY_JSON)
    assume(new != value)
    assume(new != "" or value is not None)
    assert is_refused(changed(TWELVE, {way: new}))


@given(st.sampled_from(LISTS), st.data())
def test_tampering_with_any_list_is_noticed(
    target: tuple[str, list[Any]], data: st.DataObject
) -> None:
    way, value = target
    new = data.draw(st.permutations(value) | st.lists(st.sampled_from(value), max_size=14))
    # A shorter order is as true as a longer one: how many alternates to publish is free.
    assume(new != value and not (way == "/order" and new and new == value[: len(new)]))
    assert is_refused(changed(TWELVE, {way: new}))


@pytest.mark.parametrize("index", range(12))
def test_no_other_entry_passes_for_the_winner(index: int) -> None:
    own = receipt(TWELVE, TWELVE_OPENED, index)
    winner = {"index": index, "opening": own["opening"], "proof": own["proof"]}
    assert is_refused(TWELVE | {"winner": winner}) == (index != TWELVE["winner"]["index"])


# Whatever stands in a record, the answer is a report or a sentence.
@given(st.dictionaries(st.sampled_from(EVERYWHERE), ANY_JSON, max_size=4), st.data())
def test_a_hostile_record_never_breaks_the_verification(
    new_values: Json, data: st.DataObject
) -> None:
    record = deepcopy(TWELVE)
    record["status"] = data.draw(st.sampled_from(["committed", "frozen", "revealed", "void"]))
    for way, value in new_values.items():
        try:
            record = changed(record, {way: value})
        except (KeyError, IndexError, TypeError, ValueError):
            continue
    own = receipt(TWELVE, TWELVE_OPENED, 3)
    try:
        told = [
            check.sentence for check in (report_of(record) + receipt_report(record, own)).checks
        ]
    except ValueError as reason:
        told = [str(reason).partition("not a draw record: ")[2]]
    assert all(told)


@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_hostile_numbers_never_break_the_verification(one: int, two: int) -> None:
    new_values = {
        "/entrants/0/weight": one,
        "/totalWeight": TWELVE["totalWeight"] - 1 + one,
        "/order/1": two,
        "/winner/index": two,
        "/winner/opening/weight": one,
    }
    assume(changed(TWELVE, new_values) != TWELVE)
    assert is_refused(changed(TWELVE, new_values))
