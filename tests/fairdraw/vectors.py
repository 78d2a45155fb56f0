"""The test vectors, read once for every test module."""

import json
from pathlib import Path
from typing import Any

from fairdraw.forgeries import Json

PATH = Path(__file__).parents[1] / "samples/fair-draw-vectors.json"

VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))

RECORDS: dict[str, Json] = {entry["name"]: entry["record"] for entry in VECTORS["records"]}


def pairs(entrants: list[Json]) -> list[tuple[bytes, int]]:
    """Entry hash and weight of each entrant as a record lists them."""
    return [(bytes.fromhex(entrant["hash"]), entrant["weight"]) for entrant in entrants]
