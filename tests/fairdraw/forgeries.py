"""Changes to sound records that every verifier must notice."""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]


def changed(record: Json, new_values: Json) -> Json:
    """A copy of the record with the value at each JSON pointer replaced."""
    copy = deepcopy(record)
    for pointer, value in new_values.items():
        *way, last = pointer.removeprefix("/").split("/")
        target: Any = copy
        for step in way:
            target = target[int(step) if isinstance(target, list) else step]
        target[int(last) if isinstance(target, list) else last] = value
    return copy


def other(digits: str) -> str:
    """Another hexadecimal number of the same length."""
    return ("0" if digits[0] != "0" else "1") + digits[1:]


Row = tuple[str, str, Json, str | None]
"""Name, forged record, new values, and a check that must fail (None: not even readable)."""


def forgeries(records: dict[str, Json], others: list[Row]) -> list[Json]:
    """Changes of single values of the sample records, and `others`, as the vectors list them."""
    table = (
        *of_form(records["example"]),
        *of_list(records["example"]),
        *of_result(records["example"]),
        *of_winner(records["example"]),
        *of_state(records),
        *of_openings(records["gift"]),
        *others,
    )
    return [
        {"name": name, "of": record, "set": new_values, "fails": check}
        for name, record, new_values, check in table
    ]


def of_form(record: Json) -> list[Row]:
    frozen_at, capitals = record["frozenAt"], record["commitment"].upper()
    assert capitals != record["commitment"]
    return [
        ("format unknown", "example", {"/format": "goldomatic-draw/2"}, "format"),
        ("status unknown", "example", {"/status": "finished"}, None),
        ("commitment of another seed", "example", {"/commitment": "ab" * 32}, "commitment"),
        ("commitment in capitals", "example", {"/commitment": capitals}, "commitment"),
        ("commitment too short", "example", {"/commitment": "ab"}, "commitment"),
        ("frozen when committed", "example", {"/committedAt": frozen_at}, "times"),
        ("frozen before committed", "example", {"/frozenAt": "2026-01-31T17:59:59.999Z"}, "times"),
        ("revealed before frozen", "example", {"/revealedAt": "2026-01-31T18:03:59.999Z"}, "times"),
        ("instant with offset", "example", {"/frozenAt": "2026-01-31T18:04:00.000+00:00"}, "times"),
        ("instant without millis", "example", {"/revealedAt": "2026-01-31T18:05:00Z"}, "times"),
        ("instant in words", "example", {"/revealedAt": "yesterday"}, "times"),
        ("frozen without instant", "example", {"/frozenAt": None}, "fields"),
        ("revealed without instant", "example", {"/revealedAt": None}, "fields"),
        ("voided and revealed", "example", {"/voidReason": "changed my mind"}, "fields"),
        ("draw id a number", "example", {"/drawId": 7}, None),
        ("list an object", "example", {"/entrants": {}}, None),
        ("seed hidden", "example", {"/seed": None}, "fields"),
    ]


def of_list(record: Json) -> list[Row]:
    entrants = record["entrants"]
    first, second, third = entrants
    doubled = [first, second, third, first]
    more_weight = {"/entrants/1/weight": 2, "/totalWeight": 4}
    one_less = {"/entrants": entrants[:2], "/entrantCount": 2, "/totalWeight": 2}
    one_more = {"/entrants": doubled, "/entrantCount": 4, "/totalWeight": 4}
    return [
        ("weight raised", "example", more_weight, "root"),
        ("entrant taken out", "example", one_less, "root"),
        ("entrant listed twice", "example", one_more, "entrants"),
        ("entrants exchanged", "example", {"/entrants": [second, first, third]}, "root"),
        ("entrant replaced", "example", {"/entrants/1/hash": other(second["hash"])}, "root"),
        ("hash not hexadecimal", "example", {"/entrants/0/hash": "g" * 64}, "entrants"),
        ("hash in capitals", "example", {"/entrants/0/hash": first["hash"].upper()}, "entrants"),
        ("hash too short", "example", {"/entrants/0/hash": first["hash"][:62]}, "entrants"),
        (
            "hash with a space",
            "example",
            {"/entrants/0/hash": first["hash"][:-1] + " "},
            "entrants",
        ),
        ("weight zero", "example", {"/entrants/0/weight": 0, "/totalWeight": 2}, "entrants"),
        ("weight negative", "example", {"/entrants/0/weight": -1, "/totalWeight": 1}, "entrants"),
        (
            "weight too large",
            "example",
            {"/entrants/0/weight": 2**53, "/totalWeight": 2**53 + 2},
            "entrants",
        ),
        ("weight with a point", "example", {"/entrants/0/weight": 1.0}, None),
        ("weight true", "example", {"/entrants/0/weight": True}, None),
        ("root of another list", "example", {"/root": other(record["root"])}, "root"),
        ("root missing", "example", {"/root": None}, "fields"),
        ("count wrong", "example", {"/entrantCount": 4}, "totals"),
        ("total wrong", "example", {"/totalWeight": 4}, "totals"),
    ]


def of_result(record: Json) -> list[Row]:
    first, second, third = record["order"]
    return [
        ("seed of another draw", "example", {"/seed": other(record["seed"])}, "commitment"),
        ("seed too short", "example", {"/seed": record["seed"][:62]}, "commitment"),
        (
            "draw id of another draw",
            "weighted",
            {"/drawId": "1b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11"},
            "order",
        ),
        ("public value chosen later", "weighted", {"/publicValue": "7"}, "order"),
        ("winner exchanged", "example", {"/order": [second, first, third]}, "order"),
        ("alternates exchanged", "example", {"/order": [first, third, second]}, "order"),
        ("winner drawn twice", "example", {"/order": [first, first, third]}, "order"),
        ("order longer than the list", "example", {"/order": [first, second, third, 3]}, "order"),
        ("order out of the list", "example", {"/order": [first, second, 99]}, "order"),
        ("order negative", "example", {"/order": [first - 3, second, third]}, "order"),
        ("order empty", "example", {"/order": []}, "fields"),
    ]


def of_winner(record: Json) -> list[Row]:
    winner, second = record["winner"], record["order"][1]
    proof, opening = winner["proof"], "/winner/opening"
    salt = winner["opening"]["salt"]
    return [
        ("winner missing", "example", {"/winner": None}, "fields"),
        ("alternate as winner", "example", {"/winner/index": second}, "winner"),
        ("winner out of the list", "example", {"/winner/index": 99}, "winner"),
        ("winner negative", "example", {"/winner/index": -1}, "winner"),
        ("proof of another tree", "example", {"/winner/proof/0": other(proof[0])}, "winner-proof"),
        ("proof too short", "example", {"/winner/proof": proof[:-1]}, "winner-proof"),
        ("proof too long", "example", {"/winner/proof": [*proof, proof[0]]}, "winner-proof"),
        ("proof empty", "example", {"/winner/proof": []}, "winner-proof"),
        ("another name", "example", {f"{opening}/name": "Mallory"}, "winner-opening"),
        ("another viewer", "example", {f"{opening}/viewerId": "666"}, "winner-opening"),
        ("another weight", "example", {f"{opening}/weight": 2}, "winner-opening"),
        ("another salt", "example", {f"{opening}/salt": other(salt)}, "winner-opening"),
        ("salt too short", "example", {f"{opening}/salt": salt[:30]}, "winner-opening"),
    ]


def of_state(records: dict[str, Json]) -> list[Row]:
    example = records["example"]
    result = {f"/{name}": example[name] for name in ("order", "winner")}
    seed = {"/seed": example["seed"]}
    return [
        ("seed told before the draw", "frozen", seed, "fields"),
        ("result of a frozen draw", "frozen", result, "fields"),
        ("list before it is frozen", "committed", {"/entrants": example["entrants"]}, "fields"),
        ("count before it is frozen", "committed", {"/entrantCount": 3}, "totals"),
        ("frozen with another root", "frozen", {"/root": other(example["root"])}, "root"),
        ("frozen without entrants", "frozen", {"/entrants": []}, "fields"),
        ("void with a winner", "void-after-freeze", result, "fields"),
        ("void with another seed", "void-before-freeze", {"/seed": "00" * 32}, "commitment"),
        ("void without a reason", "void-before-freeze", {"/voidReason": None}, "fields"),
        ("void with half a list", "void-after-freeze", {"/frozenAt": None}, "fields"),
        ("void with another root", "void-after-freeze", {"/root": "00" * 32}, "root"),
    ]


def of_openings(record: Json) -> list[Row]:
    first, second, *rest = record["openings"]
    one_more = [first, second, *rest, first]
    count = {"/openings/0/viewerId": "item:7073:9:0:4"}
    return [
        ("item with another name", "gift", {"/openings/1/name": "Linen"}, "openings"),
        ("item with another count", "gift", count, "openings"),
        ("items exchanged", "gift", {"/openings": [second, first, *rest]}, "openings"),
        ("item not opened", "gift", {"/openings": [first, second]}, "openings"),
        ("item opened twice", "gift", {"/openings": one_more}, "openings"),
        ("no item opened", "gift", {"/openings": []}, "openings"),
        ("openings no list", "gift", {"/openings": 7}, None),
    ]
