"""The command `goldomatic verify`: check a published draw from anywhere."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from goldomatic.fairdraw.record import DrawRecord, Status, decode_receipt, decode_record
from goldomatic.fairdraw.report import Outcome, Report, Verdict, held, shown
from goldomatic.fairdraw.source import Found, NoServerError, UnreadableError, find, read_file
from goldomatic.fairdraw.verify import verify as verify_record
from goldomatic.fairdraw.verify import verify_receipt

EXIT_CODES = {Verdict.VERIFIED: 0, Verdict.FAILED: 1, Verdict.PENDING: 4}
EXIT_UNREADABLE = 3

MAX_RECEIPT_BYTES = 1024 * 1024

# Plain ASCII, because the output may go to any terminal or log.
_MARKS = {
    Outcome.OK: "[ok]",
    Outcome.FAILED: "[FAILED]",
    Outcome.NOT_YET: "[not yet]",
    Outcome.NOT_OPENED: "[not opened]",
}


class CannotReadError(click.ClickException):
    exit_code = EXIT_UNREADABLE


def _noted_commitment(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> str | None:
    if value is None:
        return None
    noted = value.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", noted):
        raise click.BadParameter("a commitment is 64 hexadecimal digits.")
    return noted


def _server(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value and not re.match("https?://", value, re.IGNORECASE):
        raise click.BadParameter("an address begins with http:// or https://.")
    return value


@click.command()
@click.argument("source")
@click.option(
    "--server",
    envvar="GOLDOMATIC_PUBLIC_URL",
    show_envvar=True,
    callback=_server,
    metavar="URL",
    help="The service to ask when SOURCE is a draw id.",
)
@click.option(
    "--receipt",
    "receipt_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also check your receipt: that you were in the list, with your weight.",
)
@click.option(
    "--commitment",
    callback=_noted_commitment,
    metavar="HEX",
    help="The commitment you wrote down before the draw; the record must have the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the record, exactly as received, for checking it offline.",
)
@click.pass_context
def verify(
    ctx: click.Context,
    source: str,
    server: str | None,
    receipt_file: Path | None,
    commitment: str | None,
    as_json: bool,
    save: Path | None,
) -> None:
    """Check a published draw: recompute it from its record alone.

    SOURCE is a record file, - for standard input, the web address of a draw, or a draw id.

    \b
    Examples:
      goldomatic verify record.json
      goldomatic verify https://gold.example/draws/0b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11
      goldomatic verify --server https://gold.example 0b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11
      goldomatic verify record.json --receipt receipt.json --commitment 9f86d081...
      curl -s https://gold.example/api/draws/ID | goldomatic verify - --json

    \b
    Exit codes:
      0  verified
      1  a check failed
      2  the command was used wrongly
      3  the record or the receipt could not be read or fetched
      4  nothing to verify yet: the draw is not revealed
    """
    found = _found(source, server)
    with _unreadable():
        record = decode_record(found.data)
        receipt = (
            decode_receipt(read_file(receipt_file, MAX_RECEIPT_BYTES)) if receipt_file else None
        )
    if save is not None:
        _save(save, found.data)
    report = verify_record(record)
    if receipt is not None:
        report += verify_receipt(record, receipt)
    report += _expected(record, found.asked_for, commitment)
    if as_json:
        click.echo(_json(report))
    else:
        for line in _lines(report, record, noted=commitment is not None):
            click.echo(_printable(line))
    ctx.exit(EXIT_CODES[report.verdict])


def _found(source: str, server: str | None) -> Found:
    try:
        with _unreadable():
            return find(source, server)
    except NoServerError as reason:
        raise click.UsageError("A draw id needs --server, the service to ask.") from reason


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except (UnreadableError, ValueError) as reason:
        raise CannotReadError(shown(str(reason), 400)) from reason


def _save(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as reason:
        raise CannotReadError(f"cannot write {path}: {reason.strerror or reason}") from reason


def _expected(record: DrawRecord, asked_for: str | None, noted: str | None) -> Report:
    """What the caller knows from elsewhere: which draw it is, which commitment was noted."""

    def right_draw() -> str:
        if record.draw_id != asked_for:
            raise ValueError(f"the answer is about another draw, {shown(record.draw_id)}")
        return "The record is about the draw that was asked for."

    def same_commitment() -> str:
        if record.commitment != noted:
            raise ValueError(f"the commitment is {shown(record.commitment)}, not the one you noted")
        return "The commitment is the one you noted before the draw."

    checks = []
    if asked_for is not None:
        checks.append(held("asked-for", right_draw))
    if noted is not None:
        checks.append(held("noted-commitment", same_commitment))
    return Report(record.draw_id, record.status, tuple(checks))


def _json(report: Report) -> bytes:
    return msgspec.json.encode({"verdict": report.verdict, **msgspec.to_builtins(report)})


def _printable(line: str) -> str:
    """A terminal that cannot show a Cyrillic name gets its escapes instead of a crash."""
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)


def _lines(report: Report, record: DrawRecord, *, noted: bool) -> Iterator[str]:
    yield f"Draw {shown(report.draw_id)}, {report.status}"
    for check in report.checks:
        yield f"{_MARKS[check.outcome]:<12} {check.name:<16} {check.sentence}"
    yield ""
    yield _verdict(report, record)
    if report.verdict is not Verdict.FAILED and not noted:
        yield "The record alone cannot show that this commitment was public before the draw:"
        yield "compare it with the one you noted then (--commitment)."


def _verdict(report: Report, record: DrawRecord) -> str:
    if report.verdict is Verdict.FAILED:
        return f"FAILED: {', '.join(check.name for check in report.failed)}."
    if report.verdict is Verdict.PENDING:
        return "NOTHING TO VERIFY YET: the seed is secret until the draw is made."
    if record.status is Status.VOID:
        reason = shown(record.void_reason or "")
        return f"VERIFIED: this draw was called off and nobody won. Reason given: {reason}"
    return "VERIFIED: the winner follows from the committed seed and the frozen list."
