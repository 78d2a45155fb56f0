"""Numbers are written alike by the service and by the scripts of its pages."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from goldomatic.raffle import formats
from goldomatic.web.assets import STATIC

SAMPLES = json.loads((Path(__file__).parents[1] / "samples" / "raffle-formats.json").read_text())
NODE = Path(sys.executable).with_name("node")
IN_NODE = """
import * as formats from "FORMATS";
const samples = SAMPLES;
const said = Object.entries(samples).flatMap(([name, rows]) =>
  rows.map(([value]) => formats[name](value ?? Number.NaN)));
console.log(JSON.stringify(said));
"""


# W-20, W-21
@pytest.mark.parametrize(
    ("name", "value", "text"),
    [(name, value, text) for name, rows in SAMPLES.items() for value, text in rows],
)
def test_numbers(name: str, value: float | None, text: str) -> None:
    assert formats.IN_TEMPLATES[name](math.nan if value is None else value) == text


def test_money_and_limits() -> None:
    assert formats.money(1999) == "$19.99"
    assert formats.money(5) == "$0.05"
    assert formats.largest(5) == "5.0x"
    assert formats.largest(0.25) == "0.3x"


# W-21
def test_scripts_write_the_same() -> None:
    script = IN_NODE.replace("FORMATS", (STATIC / "raffle" / "formats.js").as_uri())
    script = script.replace("SAMPLES", json.dumps(SAMPLES))
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [text for rows in SAMPLES.values() for _, text in rows]
