import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fairdraw.forgeries import Json, changed
from fairdraw.vectors import RECORDS, VECTORS
from fairdraw.web import Web, body, serving
from goldomatic.fairdraw.commands import verify

EXAMPLE = RECORDS["example"]
DRAW = EXAMPLE["drawId"]
RECEIPTS = VECTORS["records"][2]["receipts"]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("GOLDOMATIC_PUBLIC_URL", raising=False)
    with serving() as server:
        yield server


def run(*args: str | Path, given: bytes | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(verify, [str(arg) for arg in args], input=given, env=env)


def as_bytes(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def written(folder: Path, document: Json, name: str = "record.json") -> Path:
    path = folder / name
    path.write_bytes(as_bytes(document))
    return path


#
@pytest.mark.parametrize("sample", VECTORS["records"], ids=lambda sample: sample["name"])
def test_exit_code_and_verdict_of_sound_records(sample: Json, tmp_path: Path) -> None:
    result = run(written(tmp_path, sample["record"]))
    verdict = {"verified": ("VERIFIED: ", 0), "pending": ("NOTHING TO VERIFY YET: ", 4)}
    heading, code = verdict[sample["verdict"]]
    assert result.exit_code == code
    assert f"\n{heading}" in result.output


#
def test_a_forged_record_fails_and_names_the_checks(tmp_path: Path) -> None:
    forged = changed(EXAMPLE, {"/winner/opening/name": "Mallory", "/totalWeight": 4})
    result = run(written(tmp_path, forged))
    assert result.exit_code == 1
    assert "[FAILED]     winner-opening   The opened entry is not the one listed" in result.output
    assert "FAILED: totals, winner-opening.\n" in result.output


def test_each_check_has_a_line_and_the_winner_is_told(tmp_path: Path) -> None:
    lines = run(written(tmp_path, EXAMPLE)).output.splitlines()
    assert lines[0] == f"Draw {DRAW}, revealed"
    assert [line.split()[:2] for line in lines[1:12]] == [
        ["[ok]", name]
        for name in (
            "format",
            "fields",
            "times",
            "entrants",
            "root",
            "totals",
            "commitment",
            "order",
            "winner",
            "winner-proof",
            "winner-opening",
        )
    ]
    assert "Ясень (viewer 1002)" in lines[11]
    assert any("The record alone cannot show" in line for line in lines)


def test_a_forgotten_winner_is_marked(tmp_path: Path) -> None:
    result = run(written(tmp_path, RECORDS["forgotten"]))
    assert result.exit_code == 0
    assert "[not opened] winner-opening" in result.output


def test_a_void_draw_tells_the_reason(tmp_path: Path) -> None:
    result = run(written(tmp_path, RECORDS["void-after-freeze"]))
    assert result.exit_code == 0
    assert (
        "VERIFIED: this draw was called off and nobody won. Reason given: the stream ended"
        in result.output
    )


def test_standard_input_is_verified() -> None:
    assert run("-", given=as_bytes(EXAMPLE)).exit_code == 0


def test_the_web_page_of_a_draw_is_verified_and_saved(web: Web, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    web.answers[f"/api/draws/{DRAW}"] = body(as_bytes(EXAMPLE))
    result = run(f"{web.address}/draws/{DRAW}", "--save", kept)
    assert result.exit_code == 0
    assert "asked-for" in result.output
    assert kept.read_bytes() == as_bytes(EXAMPLE)
    assert run(kept).exit_code == 0


def test_a_draw_id_is_asked_of_the_service(web: Web) -> None:
    web.answers[f"/api/draws/{DRAW}"] = body(as_bytes(EXAMPLE))
    assert run(DRAW, "--server", web.address).exit_code == 0
    assert run(DRAW, env={"GOLDOMATIC_PUBLIC_URL": web.address}).exit_code == 0
    result = run(DRAW)
    assert result.exit_code == 2
    assert "A draw id needs --server" in result.output


def test_the_record_of_another_draw_is_no_answer(web: Web) -> None:
    web.answers[f"/api/draws/{DRAW}"] = body(as_bytes(RECORDS["weighted"]))
    result = run(DRAW, "--server", web.address)
    assert result.exit_code == 1
    assert "FAILED: asked-for.\n" in result.output


def test_the_commitment_noted_before_must_be_the_same(tmp_path: Path) -> None:
    path, noted = written(tmp_path, EXAMPLE), EXAMPLE["commitment"]
    result = run(path, "--commitment", f" {noted.upper()} ")
    assert result.exit_code == 0
    assert "The commitment is the one you noted before the draw." in result.output
    assert "The record alone cannot show" not in result.output
    result = run(path, "--commitment", "ab" * 32)
    assert result.exit_code == 1
    assert "FAILED: noted-commitment.\n" in result.output


def test_a_receipt_is_verified_with_the_record(tmp_path: Path) -> None:
    path = written(tmp_path, EXAMPLE)
    result = run(path, "--receipt", written(tmp_path, RECEIPTS[0], "receipt.json"))
    assert result.exit_code == 0
    assert "is number 2 of the order" in result.output
    forged = changed(RECEIPTS[0], {"/opening/weight": 5})
    result = run(path, "--receipt", written(tmp_path, forged, "receipt.json"))
    assert result.exit_code == 1
    assert "FAILED: receipt-entry.\n" in result.output


def test_json_has_the_verdict_and_every_check(tmp_path: Path) -> None:
    result = run(written(tmp_path, EXAMPLE), "--json")
    report = json.loads(result.output)
    assert (result.exit_code, report["verdict"]) == (0, "verified")
    assert (report["drawId"], report["status"]) == (DRAW, "revealed")
    assert report["checks"][0] == {
        "name": "format",
        "outcome": "ok",
        "sentence": "The record has the format goldomatic-draw/1.",
    }
    pending = json.loads(run(written(tmp_path, RECORDS["frozen"]), "--json").output)
    assert pending["verdict"] == "pending"
    assert {"not-yet", "ok"} == {check["outcome"] for check in pending["checks"]}


@pytest.mark.parametrize(
    "args", [[], ["a", "b"], ["a", "--commitment", "xyz"], [DRAW, "--server", "gold.example"]]
)
def test_wrong_use_is_explained(args: list[str]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert "Usage: " in result.output


def test_what_cannot_be_read_is_explained(web: Web, tmp_path: Path) -> None:
    record = written(tmp_path, EXAMPLE)
    words = tmp_path / "words.txt"
    words.write_text("<html>")
    unreadable = [
        [tmp_path / "nothing.json"],
        [words],
        [DRAW, "--server", web.address],
        [f"{web.address}/draws/{DRAW}"],
        ["http://[::1/draws/d1"],
        [record, "--receipt", tmp_path / "nothing.json"],
        [record, "--receipt", words],
        [record, "--receipt", record],
        [record, "--save", tmp_path / "no" / "folder.json"],
    ]
    for args in unreadable:
        result = run(*args)
        assert result.exit_code == 3, args
        assert result.stderr.startswith("Error: "), args
        assert result.stdout == "", args


def test_nothing_is_saved_that_is_no_record(tmp_path: Path) -> None:
    words, kept = tmp_path / "words.txt", tmp_path / "kept.json"
    words.write_text("<html>")
    run(words, "--save", kept)
    assert not kept.exists()


def test_a_record_cannot_command_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\r\n"
    everywhere = {"/drawId": evil, "/publicValue": evil, "/root": evil, "/seed": evil}
    forged = changed(EXAMPLE, everywhere | {"/winner/opening/name": evil, "/commitment": evil})
    for record in (
        forged,
        changed(forged, {"/format": evil}),
        changed(forged, {"/status": evil}),
        changed(EXAMPLE, {"/revealedAt": evil}),
        changed(RECORDS["void-before-freeze"], {"/voidReason": evil}),
    ):
        result = run(written(tmp_path, record))
        assert not set("\x1b\x07\u202e\r") & set(result.output)


def test_a_terminal_without_cyrillic_shows_escapes(tmp_path: Path) -> None:
    command = "from goldomatic.fairdraw.commands import verify; verify()"
    path = written(tmp_path, EXAMPLE)
    result = subprocess.run(
        [sys.executable, "-c", command, str(path)],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "\\u042f\\u0441\\u0435\\u043d\\u044c (viewer 1002)" in result.stdout


def test_help_has_examples_and_exit_codes() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "goldomatic verify record.json --receipt receipt.json" in result.output
    assert "4  nothing to verify yet" in result.output
    assert "GOLDOMATIC_PUBLIC_URL" in result.output
