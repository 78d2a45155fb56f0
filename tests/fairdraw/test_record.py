import json

import pytest

from fairdraw.forgeries import Json
from fairdraw.vectors import RECORDS, VECTORS
from goldomatic.fairdraw import record
from goldomatic.fairdraw.record import decode_receipt, decode_record, encode

ZEROS = b"0" * 5_000

SAMPLES = [pytest.param(sample, id=sample["name"]) for sample in VECTORS["records"]]


@pytest.mark.parametrize("sample", SAMPLES)
def test_records_and_receipts_keep_every_field(sample: Json) -> None:
    data = json.dumps(sample["record"]).encode()
    assert json.loads(encode(decode_record(data))) == sample["record"]
    for receipt in sample["receipts"]:
        assert json.loads(encode(decode_receipt(json.dumps(receipt).encode()))) == receipt


def test_fields_of_a_later_day_are_left_alone() -> None:
    extended = RECORDS["example"] | {"links": {"self": "/draws/1"}}
    decoded = decode_record(json.dumps(extended).encode())
    assert json.loads(encode(decoded)) == RECORDS["example"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "truncated"),
        (b"<html>", "malformed"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b"\xff\xfe{\x00}\x00", "malformed"),
        (b'{"format": "goldomatic-draw/1"}', "missing required field"),
        (b'{"drawId": "\xff"}', "utf-8"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b'{"a": ' + b"[" * 100_000, "recursion"),
        (
            b'{"index": 1%(nines)b, "entrantCount": 1%(nines)b}' % {b"nines": b"9" * 5_000},
            "out of range",
        ),
        (b'{"entrantCount": NaN, "index": NaN}', "malformed"),
        (b'{"format": "goldomatic-draw/2"}', "its format is goldomatic-draw/2"),
        (b'{"format": "\\u001b[2J"}', "its format is �\\[2J"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"not a draw record: .*{why}"):
        decode_record(data)
    with pytest.raises(ValueError, match=f"not a receipt: .*{why}"):
        decode_receipt(data)


def test_endless_lists_are_refused_before_they_fill_the_memory() -> None:
    data = b'{"order": [' + b"0," * 11_000_001 + b"0]}"
    with pytest.raises(ValueError, match="too large for a draw record"):
        decode_record(data)


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(RECORDS["example"]).encode()
    monkeypatch.setattr(record, "MAX_RECORD_BYTES", len(data))
    decode_record(data)
    with pytest.raises(ValueError, match="too large for a draw record"):
        decode_record(data + b" ")
