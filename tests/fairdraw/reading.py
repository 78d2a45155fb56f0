"""Records and receipts as a verifier meets them: as JSON."""

import json

from fairdraw.forgeries import Json
from goldomatic.fairdraw.record import decode_receipt, decode_record
from goldomatic.fairdraw.report import Outcome, Report
from goldomatic.fairdraw.verify import verify, verify_receipt


def report_of(record: Json) -> Report:
    return verify(decode_record(json.dumps(record).encode()))


def receipt_report(record: Json, own: Json) -> Report:
    return verify_receipt(
        decode_record(json.dumps(record).encode()), decode_receipt(json.dumps(own).encode())
    )


def names(report: Report, outcome: Outcome) -> set[str]:
    return {check.name for check in report.checks if check.outcome is outcome}
