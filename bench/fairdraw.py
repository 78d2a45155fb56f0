"""How long a fair draw takes: python bench/fairdraw.py [entrants ...]

Prints a table; ends with code 1 when a limit is missed. Times are processor time: a draw is one
thread that never waits, and other programs on the machine should not count.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import process_time

from goldomatic.fairdraw import publish
from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.entries import entry_hashes
from goldomatic.fairdraw.frozen import Frozen, freeze
from goldomatic.fairdraw.record import decode_record, encode
from goldomatic.fairdraw.report import Verdict
from goldomatic.fairdraw.verify import verify
from rows import Row, finish

SIZES = (10_000, 100_000, 1_000_000)
ALTERNATES = 9
SEED = sha256(b"bench").digest()

LIMITS = {
    ("draw, uniform", 10_000): 0.060,
    ("draw, uniform", 1_000_000): 5.0,
    ("draw, weighted", 100_000): 0.500,
    ("verify, uniform", 10_000): 0.200,
    ("verify, uniform", 1_000_000): 5.0,
}

Entry = tuple[bytes, str, str, int]


def measure(sizes: Sequence[int] = SIZES) -> list[Row]:
    """Time drawing (commit, entry hashes, freeze, draw, proof) and verifying (JSON included)."""
    rows = []
    for size in sizes:
        for kind, entries in (("uniform", uniform(size)), ("weighted", weighted(size))):
            data = published(entries)
            for task, work in (("draw", drawing(entries)), ("verify", verifying(data))):
                taken = best(work, 10 if size <= 10_000 else 2)
                rows.append(row(f"{task}, {kind}", size, taken))
    return rows


def row(task: str, size: int, taken: float) -> Row:
    """The figure beside its limit, with the share of the limit that it uses."""
    what, limit = f"{task}, {size:,} entrants", LIMITS.get((task, size))
    if limit is None:
        return Row(what, f"{taken * 1000:,.0f} ms", "", kept=True)
    figure = f"{taken * 1000:,.0f} ms ({taken / limit:.0%})"
    return Row(what, figure, f"{limit * 1000:,.0f} ms", kept=taken <= limit)


def uniform(size: int) -> list[Entry]:
    return [(_salt(i), str(100_000_000 + i), f"Норинн{i}", 1) for i in range(size)]


def weighted(size: int) -> list[Entry]:
    return [(salt, viewer, name, _weight(viewer)) for salt, viewer, name, _ in uniform(size)]


def _salt(number: int) -> bytes:
    return sha256(number.to_bytes(8, "big")).digest()[:16]


def _weight(viewer: str) -> int:
    return int(viewer) * 7919 % 9_999_991 + 1


def drawing(entries: list[Entry]) -> Callable[[], object]:
    def work() -> list[bytes]:
        commit(SEED)
        entrants, order = _drawn(entries)
        return entrants.proof(order[0])

    return work


def _drawn(entries: list[Entry]) -> tuple[Frozen, list[int]]:
    weights = [weight for _, _, _, weight in entries]
    entrants = freeze(list(zip(entry_hashes(entries), weights, strict=True)))
    return entrants, draw(SEED, "bench", entrants, alternates=ALTERNATES)


def published(entries: list[Entry]) -> bytes:
    entrants, order = _drawn(entries)
    at = datetime(2026, 1, 31, tzinfo=UTC)
    record = publish.committed("bench", "1", "roulette", commit(SEED), at)
    record = publish.frozen(record, entrants, at + timedelta(minutes=4))
    opening = publish.opening(*entries[order[0]])
    return encode(
        publish.revealed(
            record, entrants, seed=SEED, order=order, opening=opening, at=at + timedelta(minutes=5)
        )
    )


def verifying(data: bytes) -> Callable[[], object]:
    def work() -> None:
        assert verify(decode_record(data)).verdict is Verdict.VERIFIED

    return work


def best(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return min(taken)


def main() -> None:
    finish(measure([int(size) for size in sys.argv[1:]] or SIZES))


if __name__ == "__main__":
    main()
