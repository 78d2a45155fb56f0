import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench/fairdraw.py"


def test_the_benchmark_runs_and_prints_a_table() -> None:
    result = subprocess.run(
        [sys.executable, str(BENCH), "2", "30"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    whats = [line.split(" | ")[0].lstrip("| ") for line in result.stdout.splitlines()[2:]]
    assert whats == [
        f"{task}, {kind}, {size} entrants"
        for size in (2, 30)
        for kind in ("uniform", "weighted")
        for task in ("draw", "verify")
    ]
