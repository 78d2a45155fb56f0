"""Make tests/samples/fair-draw-vectors.json with the code of docs/verify_draw.py alone.

Run in `tests`: `python -m fairdraw.make_vectors`. The vectors are fixed: a change of the file is
a change of the format. Nothing of `goldomatic` is used here, so that they are a second opinion.
"""

import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path

from fairdraw.forgeries import changed, forgeries
from fairdraw.sample_draws import (
    EXAMPLE,
    RAFFLE,
    Json,
    check,
    consistent_forgeries,
    hash_of,
    openings,
    proof,
    records,
    source_of,
    stream_inputs,
)

VECTORS = Path(__file__).parents[1] / "samples/fair-draw-vectors.json"


def entries() -> list[Json]:
    most = {"salt": "ff" * 32, "viewerId": "9" * 300, "name": "Ж" * 200, "weight": 2**53 - 1}
    people = [*openings(EXAMPLE), *openings(RAFFLE), most]
    return [{**opening, "hash": hash_of(opening).hex()} for opening in people]


def trees() -> list[Json]:
    made = []
    for size in (1, 2, 3, 4, 5, 7, 8):
        entrants = [(sha256(f"leaf {i}".encode()).digest(), i * i + 1) for i in range(size)]
        made.append(
            {
                "entrants": [{"hash": entry.hex(), "weight": weight} for entry, weight in entrants],
                "leaves": [check.merkle_root([entrant]).hex() for entrant in entrants],
                "root": check.merkle_root(entrants).hex(),
                "proofs": [proof(entrants, index) for index in range(size)],
            }
        )
    return made


def take(source: Iterator[int], size: int) -> str:
    return bytes(next(source) for _ in range(size)).hex()


def streams() -> list[Json]:
    made = []
    for label, public_value in (("a", ""), ("b", "drand 1234567"), ("ж", "маяк")):
        inputs = stream_inputs(label, public_value)
        source = source_of(inputs)
        made.append({**inputs, "blocks": [take(source, 32) for _ in range(4)]})
    return made


def recorded(source: Iterator[int], read: list[int]) -> Iterator[int]:
    for byte in source:
        read.append(byte)
        yield byte


def numbers() -> Json:
    """`below` of many limits, one after the other on one stream, with the bytes that it read."""
    inputs = stream_inputs("numbers", "")
    read: list[int] = []
    source = recorded(source_of(inputs), read)
    limits = [1, 2, 3, 5, 128, 129, 129, 129, 255, 256, 257, 257, 1000, 65536, 65537, 65537]
    limits += [2**31, 2**32, 2**32 + 1, 2**53 - 1, 2**62 + 1, 2**62 + 1, 2**63 - 1, 1, 7]
    calls: list[Json] = []
    for limit in limits:
        read.clear()
        value = check.below(limit, source)
        once = ((limit - 1).bit_length() + 7) // 8
        rejected = len(read) // once - 1 if once else 0
        call = {"limit": str(limit), "value": str(value), "read": bytes(read).hex()}
        calls.append({**call, "rejected": rejected})
    assert sum(call["rejected"] for call in calls) > 4
    return {**inputs, "calls": calls}


def orders() -> list[Json]:
    cases = {
        "one": [1],
        "two": [1, 1],
        "uniform-10": [1] * 10,
        "uniform-257": [1] * 257,
        "weighted-5": [5, 1, 10, 2, 2],
        "weighted-40": [(i * i * 7919) % 1009 + 1 for i in range(40)],
        "huge-weights": [2**53 - 1] * 9 + [1, 2**53 - 1],
    }
    made = []
    for name, weights in cases.items():
        entrants = [
            (sha256(f"{name} {i}".encode()).digest(), weight) for i, weight in enumerate(weights)
        ]
        inputs = stream_inputs(name, "")
        inputs["root"] = check.merkle_root(entrants).hex()
        made.append(
            {
                "name": name,
                **inputs,
                "entrants": [{"hash": entry.hex(), "weight": weight} for entry, weight in entrants],
                "order": check.order(weights, len(weights), source_of(inputs)),
            }
        )
    return made


def forged(made: list[Json]) -> list[Json]:
    """Forgeries of the records above, each refused by the script too."""
    sound = {entry["name"]: entry["record"] for entry in made}
    for forgery in (table := forgeries(sound, consistent_forgeries())):
        record = changed(sound[forgery["of"]], forgery["set"])
        assert refused(record), forgery["name"]
    return table


def refused(record: Json) -> bool:
    with redirect_stdout(StringIO()):
        try:
            return check.verify(record) is None
        except (SystemExit, *check.MALFORMED):
            return True


def vectors() -> Json:
    made = records()
    return {
        "format": "goldomatic-draw/1",
        "entries": entries(),
        "trees": trees(),
        "streams": streams(),
        "below": numbers(),
        "orders": orders(),
        "records": made,
        "forgeries": forged(made),
    }


def text(made: Json) -> str:
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(text(vectors()), encoding="utf-8")
