"""docs/verify_draw.py alone: the independent checker that anyone may run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fairdraw.forgeries import Json, changed
from fairdraw.sample_draws import SCRIPT, check, source_of
from fairdraw.vectors import RECORDS, VECTORS, pairs


def run(path: Path) -> subprocess.CompletedProcess[str]:
    # -I: neither this project nor anything else installed can be imported by accident.
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def written(folder: Path, record: object) -> Path:
    path = folder / "record.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.mark.parametrize("sample", VECTORS["records"], ids=lambda sample: sample["name"])
def test_sound_records_pass(sample: Json, tmp_path: Path) -> None:
    result = run(written(tmp_path, sample["record"]))
    assert (result.returncode, result.stderr) == (
        {"verified": 0, "pending": 4}[sample["verdict"]],
        "",
    )
    assert "FAILED" not in result.stdout


def test_the_winner_is_told(tmp_path: Path) -> None:
    told = run(written(tmp_path, RECORDS["example"])).stdout
    assert told.endswith(f"ok: winner: {'Ясень'!a} ('1002')\n")


#
@pytest.mark.parametrize("forgery", VECTORS["forgeries"], ids=lambda forgery: forgery["name"])
def test_forgeries_are_refused(forgery: Json, tmp_path: Path) -> None:
    result = run(written(tmp_path, changed(RECORDS[forgery["of"]], forgery["set"])))
    assert result.returncode == 1
    assert "FAILED" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("record", [[], None, {}, "x", {"format": 1, "status": [], "order": 0}])
def test_what_is_no_record_is_refused(record: object, tmp_path: Path) -> None:
    result = run(written(tmp_path, record))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_its_functions_give_the_vectors() -> None:
    for entry in VECTORS["entries"]:
        salt = bytes.fromhex(entry["salt"])
        made = check.entry_hash(salt, entry["viewerId"], entry["name"], entry["weight"])
        assert made.hex() == entry["hash"]
    for tree in VECTORS["trees"]:
        entrants, root = pairs(tree["entrants"]), bytes.fromhex(tree["root"])
        assert check.merkle_root(entrants) == root
        for index, (leaf, proof) in enumerate(zip(tree["leaves"], tree["proofs"], strict=True)):
            path = [bytes.fromhex(step) for step in proof]
            assert check.climb(bytes.fromhex(leaf), index, len(entrants), path) == root
    source = source_of(VECTORS["below"])
    for call in VECTORS["below"]["calls"]:
        assert check.below(int(call["limit"]), source) == int(call["value"])
    for case in VECTORS["orders"]:
        weights = [entrant["weight"] for entrant in case["entrants"]]
        assert check.order(weights, len(weights), source_of(case)) == case["order"]


def test_it_is_short_and_needs_only_the_standard_library() -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 115
    imported = {
        line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
