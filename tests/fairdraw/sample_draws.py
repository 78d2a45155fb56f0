"""Sample draws in every state, made with the code of docs/verify_draw.py alone."""

import importlib.util
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

SCRIPT = Path(__file__).parents[2] / "docs/verify_draw.py"

Json = dict[str, Any]


def load_script() -> ModuleType:
    """docs/verify_draw.py as a module, though it lies outside every package."""
    spec = importlib.util.spec_from_file_location("verify_draw", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load_script()


def digits(label: str, size: int = 32) -> str:
    """Hex that looks random and is the same in every run."""
    return sha256(label.encode()).hexdigest()[: 2 * size]


# viewer id, name, weight, bytes of salt
EXAMPLE = [("1003", "Ada", 1, 16), ("1001", "Norinn", 1, 16), ("1002", "Ясень", 1, 16)]
RAFFLE = [
    ("2001", "Ben", 2_500_000, 16),
    ("2002", "Жанна Ёлкина", 1_000_000, 32),
    ("2003", "Zoë", 1, 24),
    ("2004", "名前", 4_250_000, 16),
    ("2005", "", 500_000, 16),
    ("2006", "🎲 dice 🎲", 3, 17),
    ("2007", "Åse", 7_777_777, 16),
]

GIFT = [
    ("item:7073:3:0:4", "Broken Fang", 1, 16),
    ("item:4306:20:1:1", "Шёлк", 1, 16),
    ("item:14047:12:4:16", "Runecloth", 1, 16),
    ("item:14047:12:4:17", "Runecloth", 1, 16),
]


def openings(people: list[tuple[str, str, int, int]]) -> list[Json]:
    return [
        {"salt": digits(f"salt {viewer}", size), "viewerId": viewer, "name": name, "weight": weight}
        for viewer, name, weight, size in people
    ]


def hash_of(opening: Json) -> bytes:
    salt = bytes.fromhex(opening["salt"])
    made = check.entry_hash(salt, opening["viewerId"], opening["name"], opening["weight"])
    assert isinstance(made, bytes)
    return made


def listed(opened: list[Json]) -> list[tuple[bytes, int]]:
    return [(hash_of(opening), opening["weight"]) for opening in opened]


def proof(entrants: list[tuple[bytes, int]], index: int) -> list[str]:
    """RFC 9162 section 2.1.3.1, by its recursive definition."""
    if len(entrants) == 1:
        return []
    k = check.left_size(len(entrants))
    if index < k:
        return [*proof(entrants[:k], index), check.merkle_root(entrants[k:]).hex()]
    return [*proof(entrants[k:], index - k), check.merkle_root(entrants[:k]).hex()]


def stream_inputs(label: str, public_value: str) -> Json:
    return {
        "seed": digits(f"seed {label}"),
        "drawId": f"draw-{label}",
        "root": digits(f"root {label}"),
        "publicValue": public_value,
    }


def source_of(inputs: Json) -> Iterator[int]:
    seed, root = bytes.fromhex(inputs["seed"]), bytes.fromhex(inputs["root"])
    source: Iterator[int] = check.stream(seed, inputs["drawId"], root, inputs["publicValue"])
    return source


def committed(draw_id: str, kind: str) -> Json:
    seed = bytes.fromhex(digits(f"seed {draw_id}"))
    return {
        "format": "goldomatic-draw/1",
        "drawId": draw_id,
        "channelId": "40934651",
        "kind": kind,
        "status": "committed",
        "commitment": sha256(seed).hexdigest(),
        "committedAt": "2026-01-31T18:00:00.000Z",
        "frozenAt": None,
        "revealedAt": None,
        "root": None,
        "entrantCount": 0,
        "totalWeight": 0,
        "entrants": [],
        "publicValue": "",
        "seed": None,
        "order": [],
        "winner": None,
        "voidReason": None,
    }


def frozen(record: Json, opened: list[Json]) -> Json:
    entrants = listed(opened)
    return {
        **record,
        "status": "frozen",
        "frozenAt": "2026-01-31T18:04:00.000Z",
        "root": check.merkle_root(entrants).hex(),
        "entrantCount": len(entrants),
        "totalWeight": sum(weight for _, weight in entrants),
        "entrants": [{"hash": entry.hex(), "weight": weight} for entry, weight in entrants],
    }


def revealed(record: Json, opened: list[Json], length: int, public_value: str = "") -> Json:
    seed = digits(f"seed {record['drawId']}")
    inputs = {**record, "seed": seed, "publicValue": public_value}
    weights = [entrant["weight"] for entrant in record["entrants"]]
    order = check.order(weights, length, source_of(inputs))
    first = order[0]
    return {
        **inputs,
        "status": "revealed",
        "revealedAt": "2026-01-31T18:04:00.250Z",
        "order": order,
        "winner": {
            "index": first,
            "opening": opened[first],
            "proof": proof(listed(opened), first),
        },
    }


def void(record: Json, reason: str) -> Json:
    return {
        **record,
        "status": "void",
        "revealedAt": "2026-01-31T18:05:00.000Z",
        "seed": digits(f"seed {record['drawId']}"),
        "voidReason": reason,
    }


def receipt(record: Json, opened: list[Json], index: int) -> Json:
    return {
        "format": "goldomatic-draw/1",
        "drawId": record["drawId"],
        "index": index,
        "opening": opened[index],
        "proof": proof(listed(opened), index),
        "root": record["root"],
    }


def records() -> list[Json]:
    gold = committed("0b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11", "roulette")
    gold_frozen = frozen(gold, openings(EXAMPLE))
    gold_revealed = revealed(gold_frozen, openings(EXAMPLE), 3)
    forgotten = deepcopy(gold_revealed)
    forgotten["winner"]["opening"] = None
    raffle = committed("7c3f1d52-93a5-4f0e-8c6d-1e2f3a4b5c6d", "raffle")
    raffle_frozen = frozen(raffle, openings(RAFFLE))
    raffle_revealed = revealed(raffle_frozen, openings(RAFFLE), 5, "drand 1234567")
    gift = frozen(committed("5e2d9a40-6f1b-4c3e-8a7d-9b0c1d2e3f40", "gift"), openings(GIFT))
    gift_revealed = revealed(gift, openings(GIFT), 4) | {"openings": openings(GIFT)}
    alone = frozen(committed("alone", "roulette"), openings(EXAMPLE[:1]))
    named = {
        "committed": (gold, []),
        "frozen": (gold_frozen, openings(EXAMPLE)),
        "example": (gold_revealed, openings(EXAMPLE)),
        "forgotten": (forgotten, openings(EXAMPLE)),
        "weighted": (raffle_revealed, openings(RAFFLE)),
        "alone": (revealed(alone, openings(EXAMPLE[:1]), 1), openings(EXAMPLE[:1])),
        "void-before-freeze": (void(gold, "nobody entered"), []),
        "void-after-freeze": (void(raffle_frozen, "the stream ended"), openings(RAFFLE)),
        "gift": (gift_revealed, []),
    }
    return [
        {
            "name": name,
            "verdict": "pending" if record["status"] in ("committed", "frozen") else "verified",
            "record": record,
            "receipts": [receipt(record, opened, index) for index in range(len(opened))],
        }
        for name, (record, opened) in named.items()
    ]


def consistent_forgeries() -> list[tuple[str, str, Json, str | None]]:
    """Forgeries in which everything fits together but the one thing that is not allowed."""
    sound = frozen(committed("0b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11", "roulette"), openings(EXAMPLE))
    second = receipt(sound, openings(EXAMPLE), 0)
    alternate = {name: second[name] for name in ("index", "opening", "proof")}
    doubled = [*openings(EXAMPLE), openings(EXAMPLE)[0]]
    twice = revealed(frozen(sound, doubled), doubled, 4)
    changes = ("entrants", "entrantCount", "totalWeight", "root", "order", "winner")
    return [
        ("alternate as proved winner", "example", {"/winner": alternate}, "winner"),
        (
            "entrant drawn twice",
            "example",
            {f"/{name}": twice[name] for name in changes},
            "entrants",
        ),
    ]
