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


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def lp(value: bytes) -> bytes:  # length-prefixed: 4 bytes of length, then the value
    return len(value).to_bytes(4, "big") + value


def entry_hash(salt: bytes, viewer_id: str, name: str, weight: int) -> bytes:
    who = lp(viewer_id.encode("utf-8")) + lp(name.encode("utf-8"))
    return sha256(lp(b"goldomatic-entry/1") + lp(salt) + who + u64(weight)).digest()


def leaf(entry: bytes, weight: int) -> bytes:
    return sha256(b"\x00" + entry + u64(weight)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def left_size(size: int) -> int:  # how many leaves go left: the largest power of two below size
    return 1 << ((size - 1).bit_length() - 1)


def merkle_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = left_size(len(leaves))
    return node(merkle_root(leaves[:k]), merkle_root(leaves[k:]))


def climb(start: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that a proof leads to: its last hash is the other half of the whole tree."""
    if size == 1:
        return start if not proof else b"too long"
    k, beside, rest = left_size(size), proof[-1], proof[:-1]
    if index < k:
        return node(climb(start, index, k, rest), beside)
    return node(beside, climb(start, index - k, size - k, rest))


def stream(seed: bytes, draw_id: str, root: bytes, public_value: str) -> Iterator[int]:
    what = lp(draw_id.encode("utf-8")) + lp(root) + lp(public_value.encode("utf-8"))
    key = hmac.digest(seed, lp(b"goldomatic-draw/1") + what, "sha256")
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


def unhex(text: str) -> bytes:
    if not re.fullmatch("([0-9a-f]{2})*", text):
        raise ValueError("not lowercase hexadecimal")
    return bytes.fromhex(text)


def check(name: str, holds: bool) -> None:
    sys.stdout.write(f"{'ok' if holds else 'FAILED'}: {name}\n")
    if not holds:
        sys.exit(1)


def verify(record: dict[str, Any]) -> int:
    status, size = record["status"], len(record["entrants"])
    entries = [unhex(entrant["hash"]) for entrant in record["entrants"]]
    weights = [entrant["weight"] for entrant in record["entrants"]]
    check("format", record["format"] == "goldomatic-draw/1")
    check("status", status in ("committed", "frozen", "revealed", "void"))
    frozen = status in ("frozen", "revealed") or (status == "void" and size > 0)
    ended, won = status in ("revealed", "void"), status == "revealed"
    fits = {"frozenAt": frozen, "root": frozen, "entrants": frozen, "revealedAt": ended}
    fits |= {"seed": ended, "order": won, "winner": won, "voidReason": status == "void"}
    check("fields", all((record[name] not in (None, "", [])) is fit for name, fit in fits.items()))
    times = [record[name] for name in ("committedAt", "frozenAt", "revealedAt") if record[name]]
    instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    check("times", all(re.fullmatch(instant, time) for time in times) and times == sorted(times))
    check("committed before frozen", record["committedAt"] != record["frozenAt"])
    check("entrants", all(len(entry) == 32 for entry in entries) and len(set(entries)) == size)
    check("weights", all(type(weight) is int and 0 < weight < 2**53 for weight in weights))
    check("totals", (size, sum(weights)) == (record["entrantCount"], record["totalWeight"]))
    leaves = [leaf(entry, weight) for entry, weight in zip(entries, weights, strict=True)]
    root = merkle_root(leaves) if frozen else b""
    check("root", not frozen or root.hex() == record["root"])
    if not ended:
        return 4
    seed = unhex(record["seed"])
    check("seed", len(seed) == 32 and sha256(seed).hexdigest() == record["commitment"])
    if won:
        drawn, winner = record["order"], record["winner"]
        source = stream(seed, record["drawId"], root, record["publicValue"])
        check("length of the order", len(drawn) <= min(size, 10_000))
        check("order", drawn == order(weights, len(drawn), source))
        index, opened = winner["index"], winner["opening"]
        check("winner", index == drawn[0])
        proof = [unhex(beside) for beside in winner["proof"]]
        check("winner's proof", climb(leaves[index], index, size, proof) == root)
        if opened is not None:
            salt, weight = unhex(opened["salt"]), opened["weight"]
            made = entry_hash(salt, opened["viewerId"], opened["name"], weight)
            check("winner's name", made == entries[index] and weight == weights[index])
            sys.stdout.write(f"winner: {opened['name']!a}, viewer {opened['viewerId']!a}\n")
    return 0


if __name__ == "__main__":
    try:
        code = verify(json.loads(Path(sys.argv[1]).read_bytes()))
    except Exception as reason:
        sys.exit(f"FAILED: not a sound record: {reason!r}")
    sys.exit(code)
