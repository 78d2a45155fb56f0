"""Hours at Twitch in seconds, with drops, moves, revocations, faults and kills of the service."""

import subprocess
import sys
from pathlib import Path

import pytest

DAYS = Path(__file__).parents[2] / "bench" / "days.py"
HOURS, SEED = "5", "3"


@pytest.mark.slow
def test_hours_at_twitch_lose_and_double_nothing() -> None:
    result = subprocess.run(
        [sys.executable, str(DAYS), HOURS, SEED],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("held\n")
