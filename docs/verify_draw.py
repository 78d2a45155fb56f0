"""Check a published draw of Gold-o-Matic with none of its code: python verify_draw.py record.json

Standard library only. Read it beside fair-draw.md: it is that text as a program.
Ends with code 0: verified, 1: something is wrong, 4: the seed is not revealed yet.
"""

import hmac
import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate, count, islice
from pathlib import Path
from typing import Any

MALFORMED = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def lp(value: bytes | str) -> bytes:  # length-prefixed: 4 bytes of length, then the value
    data = value.encode("utf-8") if isinstance(value, str) else value
    return len(data).to_bytes(4, "big") + data


def entry_hash(salt: bytes, viewer_id: str, name: str, weight: int) -> bytes:
    parts = lp("goldomatic-entry/1") + lp(salt) + lp(viewer_id) + lp(name) + u64(weight)
    return sha256(parts).digest()


def opens(opening: dict[str, Any]) -> tuple[bytes, int]:
    """The line of the list that an opening stands for; nothing for a salt of a wrong length."""
    salt, weight = unhex(opening["salt"]), opening["weight"]
    made = entry_hash(salt, opening["viewerId"], opening["name"], weight)
    return (made if 16 <= len(salt) <= 32 else b"", weight)


def left_size(size: int) -> int:  # how many go to the left: the largest power of two below size
    return 1 << ((size - 1).bit_length() - 1)


def merkle_root(entrants: list[tuple[bytes, int]]) -> bytes:  # of (entry hash, weight)
    if len(entrants) == 1:
        entry, weight = entrants[0]
        return sha256(b"\x00" + entry + u64(weight)).digest()
    k = left_size(len(entrants))
    return sha256(b"\x01" + merkle_root(entrants[:k]) + merkle_root(entrants[k:])).digest()


def climb(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that a proof leads to; its last hash is the other half of the whole tree."""
    if size == 1:
        return leaf if not proof else b"too long"
    k, beside, rest = left_size(size), proof[-1], proof[:-1]
    if index < k:
        return sha256(b"\x01" + climb(leaf, index, k, rest) + beside).digest()
    return sha256(b"\x01" + beside + climb(leaf, index - k, size - k, rest)).digest()


def stream(seed: bytes, draw_id: str, root: bytes, public_value: str) -> Iterator[int]:
    message = lp("goldomatic-draw/1") + lp(draw_id) + lp(root) + lp(public_value)
    key = hmac.digest(seed, message, "sha256")
    for i in count():
        yield from hmac.digest(key, u64(i), "sha256")


def below(limit: int, source: Iterator[int]) -> int:
    """0 to limit-1, all equally likely: a number that is too high is thrown away."""
    bits = (limit - 1).bit_length()
    while True:
        drawn = bytes(islice(source, (bits + 7) // 8))
        number = int.from_bytes(drawn, "big") & ((1 << bits) - 1)
        if number < limit:
            return number


def order(weights: list[int], length: int, source: Iterator[int]) -> list[int]:
    """Entrant i holds weights[i] tickets; the owner of the ticket drawn leaves with all of them."""
    tickets, drawn = list(weights), []
    for _ in range(length):
        ticket = below(sum(tickets), source)
        drawn.append(next(i for i, end in enumerate(accumulate(tickets)) if ticket < end))
        tickets[drawn[-1]] = 0
    return drawn


def unhex(text: str) -> bytes:  # anything but lowercase hexadecimal fits no hash
    return bytes.fromhex(text) if re.fullmatch("([0-9a-f]{2})+", text) else b""


def check(name: str, holds: bool) -> None:
    sys.stdout.write(f"{'ok' if holds else 'FAILED'}: {name}\n")
    if not holds:
        sys.exit(1)


def verify(record: dict[str, Any]) -> int:
    check("format", record["format"] == "goldomatic-draw/1")
    status, drawn, winner = record["status"], record["order"], record["winner"]
    listed = [(unhex(entrant["hash"]), entrant["weight"]) for entrant in record["entrants"]]
    entries, weights, size = [e for e, _ in listed], [w for _, w in listed], len(listed)
    frozen = {"committed": False, "frozen": True, "revealed": True, "void": size > 0}[status]
    won, ended = status == "revealed", status in ("revealed", "void")
    fits = {"frozenAt": frozen, "root": frozen, "entrants": frozen, "revealedAt": ended}
    fits |= {"seed": ended, "order": won, "winner": won, "voidReason": status == "void"}
    check("fields", all((record[name] not in (None, "", [])) is fit for name, fit in fits.items()))
    times = [record[name] for name in ("committedAt", "frozenAt", "revealedAt") if record[name]]
    instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    check("instants", all(re.fullmatch(instant, time) for time in times))
    check("order of time", times == sorted(times) and record["committedAt"] != record["frozenAt"])
    check("entrants", all(len(e) == 32 for e in entries) and len(set(entries)) == size)
    whole = all(type(weight) is int and 1 <= weight < 2**53 for weight in weights)
    check("weights", whole and sum(weights) < 2**63)
    check("totals", [size, sum(weights)] == [record["entrantCount"], record["totalWeight"]])
    root = merkle_root(listed) if frozen else b""
    check("root", not frozen or root.hex() == record["root"])
    for index, opened in enumerate(record.get("openings", [])):  # a draw among things opens all
        check(f"entry {index}: {opened['name']!a}", opens(opened) == listed[index])
    check("openings", len(record.get("openings", listed)) == size)
    if not ended:
        return 4
    seed = unhex(record["seed"])
    check("seed", len(seed) == 32 and sha256(seed).hexdigest() == record["commitment"])
    if won:
        source = stream(seed, record["drawId"], root, record["publicValue"])
        check("length of the order", len(drawn) <= min(size, 10_000))
        check("order", drawn == order(weights, len(drawn), source))
        index, opened = winner["index"], winner["opening"]
        check("winner", index == drawn[0])
        proof = [unhex(text) for text in winner["proof"]]
        check("winner's proof", climb(merkle_root([listed[index]]), index, size, proof) == root)
        if opened is not None:  # None: the winner asked to be forgotten
            who = f"winner: {opened['name']!a} ({opened['viewerId']!a})"
            check(who, opens(opened) == listed[index])
    return 0


if __name__ == "__main__":
    try:  # parse_float: a number with a point is no whole number, even 1.0
        sys.exit(verify(json.loads(Path(sys.argv[1]).read_bytes(), parse_float=str)))
    except MALFORMED as reason:
        sys.exit(f"FAILED: not a sound record: {reason!r}")
