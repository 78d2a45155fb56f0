import json

import pytest
from msgspec.structs import replace

from fairdraw.forgeries import Json, changed
from fairdraw.reading import names, receipt_report, report_of
from fairdraw.sample_draws import committed, frozen, hash_of
from fairdraw.vectors import RECORDS, VECTORS
from goldomatic.fairdraw import frozen as frozen_module
from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.frozen import freeze
from goldomatic.fairdraw.record import Entrant, decode_record
from goldomatic.fairdraw.report import Outcome, Verdict
from goldomatic.fairdraw.verify import verify

EXAMPLE = RECORDS["example"]
SAMPLES = [pytest.param(sample, id=sample["name"]) for sample in VECTORS["records"]]
FORGERIES = [pytest.param(forgery, id=forgery["name"]) for forgery in VECTORS["forgeries"]]


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
    sentences = [check.sentence for check in report_of(EXAMPLE).checks]
    assert "Index 2 is Ясень (viewer 1002) with weight 1 of 3." in sentences


@pytest.mark.parametrize("sample", SAMPLES)
def test_receipts_belong_to_their_record(sample: Json) -> None:
    for own in sample["receipts"]:
        report = receipt_report(sample["record"], own)
        assert report.verdict is Verdict.VERIFIED
        assert len(report.checks) == 4


def test_a_receipt_tells_the_place_in_the_order() -> None:
    record, receipts = EXAMPLE, VECTORS["records"][2]["receipts"]
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
    report = receipt_report(EXAMPLE, changed(own, new_values))
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
        ({"/entrants": EXAMPLE["entrants"][:2]}, "receipt-proof"),
    ],
)
def test_a_receipt_fails_against_a_forged_record(new_values: Json, fails: str) -> None:
    own = VECTORS["records"][2]["receipts"][0]
    report = receipt_report(changed(EXAMPLE, new_values), own)
    assert fails in names(report, Outcome.FAILED)


def test_a_receipt_waits_for_the_list() -> None:
    own = VECTORS["records"][2]["receipts"][0]
    assert receipt_report(RECORDS["committed"], own).verdict is Verdict.PENDING


def test_a_draw_without_an_id_is_none() -> None:
    report = report_of(changed(RECORDS["committed"], {"/drawId": ""}))
    assert names(report, Outcome.FAILED) == {"fields"}


@pytest.mark.parametrize("commitment", ["", "ab" * 31, "AB" * 32, "secret"])
def test_a_promise_that_nobody_could_keep_fails_at_once(commitment: str) -> None:
    report = report_of(changed(RECORDS["committed"], {"/commitment": commitment}))
    assert names(report, Outcome.FAILED) == {"commitment"}


@pytest.mark.parametrize("instant", ["2026-13-31T18:04:01.000Z", "2026-01-31T25:04:01.000Z"])
def test_an_instant_must_be_in_the_calendar(instant: str) -> None:
    report = report_of(changed(EXAMPLE, {"/revealedAt": instant}))
    assert names(report, Outcome.FAILED) == {"times"}


def test_at_most_ten_thousand_of_the_order_are_published() -> None:
    entrants = freeze([(i.to_bytes(32, "big"), 1) for i in range(10_001)])
    sound = decode_record(json.dumps(EXAMPLE).encode())
    for length, outcome in ((10_000, Outcome.OK), (10_001, Outcome.FAILED)):
        order = draw(bytes(32), sound.draw_id, entrants, alternates=length - 1)
        listed = tuple(Entrant(entry.hex(), 1) for entry in entrants.hashes)
        long = replace(sound, seed=bytes(32).hex(), entrants=listed, order=tuple(order))
        (check,) = [check for check in verify(long).checks if check.name == "order"]
        assert check.outcome is outcome


def test_too_many_entrants_are_not_even_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_module, "MAX_ENTRANTS", 2)
    report = report_of(EXAMPLE)
    assert {"entrants", "root", "order"} <= names(report, Outcome.FAILED)


def test_one_entry_cannot_stand_in_the_list_twice() -> None:
    opened = [receipt["opening"] for receipt in VECTORS["records"][2]["receipts"]]
    opened.append(opened[0])
    doubled = frozen(committed("doubled", "raffle"), opened)
    assert doubled["entrants"][0]["hash"] == hash_of(opened[3]).hex()
    assert "entrants" in names(report_of(doubled), Outcome.FAILED)
