import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairdraw.forgeries import Json, changed
from fairdraw.sample_draws import committed, digits, frozen, hash_of, receipt, revealed
from fairdraw.vectors import RECORDS, VECTORS
from goldomatic.fairdraw import frozen as frozen_module
from goldomatic.fairdraw.record import decode_receipt, decode_record
from goldomatic.fairdraw.report import Outcome, Report, Verdict
from goldomatic.fairdraw.verify import verify, verify_receipt

SAMPLES = [pytest.param(sample, id=sample["name"]) for sample in VECTORS["records"]]
FORGERIES = [pytest.param(forgery, id=forgery["name"]) for forgery in VECTORS["forgeries"]]


def report_of(record: Json) -> Report:
    return verify(decode_record(json.dumps(record).encode()))


def receipt_report(record: Json, own: Json) -> Report:
    return verify_receipt(
        decode_record(json.dumps(record).encode()), decode_receipt(json.dumps(own).encode())
    )


def names(report: Report, outcome: Outcome) -> set[str]:
    return {check.name for check in report.checks if check.outcome is outcome}


@pytest.mark.parametrize("sample", SAMPLES)
def test_sound_records_pass(sample: Json) -> None:
    report = report_of(sample["record"])
    assert report.verdict == sample["verdict"]
    assert (report.draw_id, report.status) == (
        sample["record"]["drawId"],
        sample["record"]["status"],
    )


#
@pytest.mark.parametrize("forgery", FORGERIES)
def test_forgeries_fail_at_the_check_that_covers_them(forgery: Json) -> None:
    record = changed(RECORDS[forgery["of"]], forgery["set"])
    if forgery["fails"] is None:
        with pytest.raises(ValueError, match="not a draw record"):
            report_of(record)
    else:
        report = report_of(record)
        assert report.verdict is Verdict.FAILED
        assert forgery["fails"] in names(report, Outcome.FAILED)


def test_what_is_not_told_yet_is_said() -> None:
    assert names(report_of(RECORDS["committed"]), Outcome.NOT_YET) == {
        "entrants",
        "commitment",
        "order",
    }
    assert names(report_of(RECORDS["frozen"]), Outcome.NOT_YET) == {"commitment", "order"}
    assert {"entrants", "root", "totals"} <= names(report_of(RECORDS["frozen"]), Outcome.OK)


def test_a_forgotten_winner_is_not_opened_and_still_verified() -> None:
    report = report_of(RECORDS["forgotten"])
    assert names(report, Outcome.NOT_OPENED) == {"winner-opening"}
    assert "Ясень" not in "".join(check.sentence for check in report.checks)


def test_the_winner_is_named_with_weight_and_place() -> None:
    sentences = [check.sentence for check in report_of(RECORDS["example"]).checks]
    assert "Index 2 is Ясень (viewer 1002) with weight 1 of 3." in sentences


@pytest.mark.parametrize("sample", SAMPLES)
def test_receipts_belong_to_their_record(sample: Json) -> None:
    for own in sample["receipts"]:
        report = receipt_report(sample["record"], own)
        assert report.verdict is Verdict.VERIFIED
        assert len(report.checks) == 4


def test_a_receipt_tells_the_place_in_the_order() -> None:
    record, receipts = RECORDS["example"], VECTORS["records"][2]["receipts"]
    assert record["order"] == [2, 0, 1]
    sentences = receipt_report(record, receipts[0]).checks[2].sentence
    assert sentences.endswith("with weight 1 of 3. It is number 2 of the order.")


@pytest.mark.parametrize(
    ("new_values", "fails"),
    [
        ({"/format": "goldomatic-draw/2"}, "receipt-format"),
        ({"/drawId": "another"}, "receipt-draw"),
        ({"/root": "00" * 32}, "receipt-root"),
        ({"/index": 1}, "receipt-entry"),
        ({"/index": -1}, "receipt-entry"),
        ({"/index": 10**30}, "receipt-proof"),
        ({"/opening/name": "Mallory"}, "receipt-entry"),
        ({"/opening/viewerId": "7"}, "receipt-entry"),
        ({"/opening/weight": 2}, "receipt-entry"),
        ({"/opening/weight": -(10**30)}, "receipt-entry"),
        ({"/opening/salt": "00" * 16}, "receipt-entry"),
        ({"/opening/salt": "salt"}, "receipt-entry"),
        ({"/proof/0": "00" * 32}, "receipt-proof"),
        ({"/proof/0": "proof"}, "receipt-proof"),
        ({"/proof": []}, "receipt-proof"),
        ({"/proof": ["00" * 32] * 65}, "receipt-proof"),
    ],
)
def test_a_forged_receipt_fails(new_values: Json, fails: str) -> None:
    own = VECTORS["records"][2]["receipts"][0]
    report = receipt_report(RECORDS["example"], changed(own, new_values))
    assert fails in names(report, Outcome.FAILED)


@pytest.mark.parametrize(
    ("new_values", "fails"),
    [
        ({"/format": "goldomatic-draw/2"}, "receipt-format"),
        ({"/root": None}, "receipt-root"),
        ({"/root": "root"}, "receipt-proof"),
        ({"/entrants": []}, "receipt-entry"),
        ({"/entrants/0/weight": 2}, "receipt-entry"),
        ({"/entrants/0/weight": 2**64}, "receipt-proof"),
        ({"/entrants/0/hash": "hash"}, "receipt-entry"),
        ({"/entrants": RECORDS["example"]["entrants"][:2]}, "receipt-proof"),
    ],
)
def test_a_receipt_fails_against_a_forged_record(new_values: Json, fails: str) -> None:
    own = VECTORS["records"][2]["receipts"][0]
    report = receipt_report(changed(RECORDS["example"], new_values), own)
    assert fails in names(report, Outcome.FAILED)


def test_a_receipt_waits_for_the_list() -> None:
    own = VECTORS["records"][2]["receipts"][0]
    assert receipt_report(RECORDS["committed"], own).verdict is Verdict.PENDING


def test_a_draw_without_an_id_is_none() -> None:
    report = report_of(changed(RECORDS["committed"], {"/drawId": ""}))
    assert names(report, Outcome.FAILED) == {"fields"}


def test_an_order_longer_than_published_ones_is_not_even_computed() -> None:
    record = changed(RECORDS["example"], {"/order": [0] * 10_001})
    assert "order" in names(report_of(record), Outcome.FAILED)


def test_too_many_entrants_are_not_even_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_module, "MAX_ENTRANTS", 2)
    report = report_of(RECORDS["example"])
    assert {"entrants", "root", "order"} <= names(report, Outcome.FAILED)


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


def test_one_entry_cannot_stand_in_the_list_twice() -> None:
    opened = [*TWELVE_OPENED[:3], TWELVE_OPENED[0]]
    doubled = frozen(committed("doubled", "raffle"), opened)
    assert doubled["entrants"][0]["hash"] == hash_of(opened[3]).hex()
    assert "entrants" in names(report_of(doubled), Outcome.FAILED)
