"""Recompute a draw from its published record alone and say, point by point, what holds.

Nothing in a record is trusted: whatever it contains, the answer is a report, in bounded time.
"""

import re
from functools import partial

from msgspec import UnsetType
from msgspec.structs import fields

from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.encoding import FORMAT, unhex, unhex_each
from goldomatic.fairdraw.entries import MAX_WEIGHT, entry_hash
from goldomatic.fairdraw.frozen import Frozen
from goldomatic.fairdraw.merkle import leaf_hash, proves
from goldomatic.fairdraw.record import MAX_ORDER, DrawRecord, Opening, Receipt, Status, Winner
from goldomatic.fairdraw.report import Check, Report, failed, held, not_opened, not_yet, shown
from goldomatic.values import parse_rfc3339

_LIST = frozenset({"frozenAt", "root", "entrants"})
_RESULT = frozenset({"revealedAt", "seed", "order", "winner"})

# status: fields that must be there, fields that may be there besides
_FIELDS: dict[Status, tuple[frozenset[str], frozenset[str]]] = {
    Status.COMMITTED: (frozenset(), frozenset()),
    Status.FROZEN: (_LIST, frozenset({"publicValue"})),
    Status.REVEALED: (_LIST | _RESULT, frozenset({"publicValue"})),
    Status.VOID: (frozenset({"seed", "voidReason", "revealedAt"}), _LIST | {"publicValue"}),
}
_OPTIONAL = {
    field.encode_name: field.name
    for field in fields(DrawRecord)
    if field.encode_name in _LIST | _RESULT | {"publicValue", "voidReason"}
}
_ABSENT: tuple[object, ...] = (None, "", ())

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def verify(record: DrawRecord) -> Report:
    """Check a record in any state; never raises, however hostile the record.

    A draw that is not revealed yet gets `not-yet` for what only its seed can show. Claims that
    no computation can confirm (channel, kind, the instants) are named in `docs/fair-draw.md`.
    """
    if record.format != FORMAT:
        return _report(record, failed("format", _foreign(record.format)))
    frozen, entrants = _entrants(record)
    return _report(
        record,
        held("format", lambda: f"The record has the format {FORMAT}."),
        held("fields", partial(_fields, record)),
        held("times", partial(_times, record)),
        *entrants,
        held("totals", partial(_totals, record)),
        *_all_opened(record),
        _commitment(record),
        *_result(record, frozen),
    )


def verify_receipt(record: DrawRecord, receipt: Receipt) -> Report:
    """Check that a viewer's receipt belongs to this record; says nothing about the draw itself.

    With `verify` of the same record it shows that the viewer was in the list that was drawn.
    """
    for document in (record, receipt):
        if document.format != FORMAT:
            return _report(record, failed("receipt-format", _foreign(document.format)))
    if record.root is None and record.status is Status.COMMITTED:
        return _report(record, not_yet("receipt-root", "The list is not frozen yet."))
    return _report(
        record,
        held("receipt-draw", partial(_same_draw, record, receipt)),
        held("receipt-root", partial(_same_root, record, receipt)),
        held("receipt-entry", partial(_own_entry, record, receipt)),
        held("receipt-proof", partial(_proof, record, receipt.index, receipt.proof)),
    )


def _report(record: DrawRecord, *checks: Check) -> Report:
    return Report(record.draw_id, record.status, checks)


def _foreign(found: str) -> str:
    return f"the format is {shown(found)}, this program knows {FORMAT}"


def _fields(record: DrawRecord) -> str:
    present = {told for told, name in _OPTIONAL.items() if getattr(record, name) not in _ABSENT}
    must, may = _FIELDS[record.status]
    if missing := must - present:
        raise ValueError(f"a {record.status} draw must have {', '.join(sorted(missing))}")
    if surplus := present - must - may:
        raise ValueError(f"a {record.status} draw cannot have {', '.join(sorted(surplus))}")
    if present & _LIST not in (frozenset(), _LIST):
        raise ValueError("only together can there be frozenAt, root and entrants")
    if not record.draw_id:
        raise ValueError("the draw has no id")
    return f"What belongs to a {record.status} draw is there, and nothing else."


def _times(record: DrawRecord) -> str:
    instants = {
        "committedAt": record.committed_at,
        "frozenAt": record.frozen_at,
        "revealedAt": record.revealed_at,
    }
    told = {name: text for name, text in instants.items() if text is not None}
    for name, text in told.items():
        if not _INSTANT.fullmatch(text):
            raise ValueError(f"the instant {name} is not like 2026-01-31T18:00:00.000Z")
        parse_rfc3339(text)
    # In this one form the order of the texts is the order of the instants.
    if list(told.values()) != sorted(told.values()):
        raise ValueError(f"the instants must follow each other: {', '.join(told)}")
    if record.committed_at == record.frozen_at:
        raise ValueError("the seed must be committed to before the list is frozen")
    return f"{', '.join(f'{name} {text}' for name, text in told.items())}."


def _entrants(record: DrawRecord) -> tuple[Frozen | None, tuple[Check, ...]]:
    """The checks `entrants` and `root`, and the list itself if it is sound."""
    if record.status is Status.COMMITTED:
        return None, (not_yet("entrants", "Entries are open; the list is not frozen yet."),)
    if record.status is Status.VOID and record.root is None:
        return None, ()
    try:
        hashes = unhex_each(entrant.hash for entrant in record.entrants)
        frozen = Frozen(hashes, [entrant.weight for entrant in record.entrants])
    except ValueError as reason:
        without = "the root cannot be recomputed from this list"
        return None, (failed("entrants", str(reason)), failed("root", without))
    sound = f"{frozen.count:,} entrants, each listed once, each with a whole weight of at least 1."
    return frozen, (held("entrants", lambda: sound), held("root", partial(_root, record, frozen)))


def _root(record: DrawRecord, frozen: Frozen) -> str:
    if frozen.root.hex() != record.root:
        raise ValueError("the Merkle root of the listed entrants is not the published one")
    return f"The listed entrants have the published Merkle root {record.root}."


def _totals(record: DrawRecord) -> str:
    count, total = len(record.entrants), sum(entrant.weight for entrant in record.entrants)
    if (count, total) != (record.entrant_count, record.total_weight):
        raise ValueError("the totals entrantCount and totalWeight do not fit the list")
    return f"{count:,} entrants with a total weight of {total:,}, as published."


def _commitment(record: DrawRecord) -> Check:
    if record.status in (Status.REVEALED, Status.VOID):
        return held("commitment", partial(_kept, record))
    try:
        unhex(record.commitment)
    except ValueError as reason:
        return failed("commitment", str(reason))
    return not_yet("commitment", f"The seed is still secret; its hash is {record.commitment}.")


def _kept(record: DrawRecord) -> str:
    if commit(_seed(record)) != unhex(record.commitment):
        raise ValueError("the revealed seed is not the one that was committed to")
    return f"The revealed seed has the committed hash {record.commitment}."


def _seed(record: DrawRecord) -> bytes:
    if record.seed is None:
        raise ValueError("the seed is missing")
    return unhex(record.seed)


def _result(record: DrawRecord, frozen: Frozen | None) -> tuple[Check, ...]:
    if record.status is Status.VOID:
        return ()
    if record.status is not Status.REVEALED:
        return (not_yet("order", "Known when the seed is revealed."),)
    if frozen is None:
        return (failed("order", "the order cannot be recomputed from this list"),)
    order = held("order", partial(_order, record, frozen))
    winner = record.winner
    if winner is None:
        return order, failed("winner", "no winner is named")
    return (
        order,
        held("winner", partial(_first, record, winner)),
        held("winner-proof", partial(_proof, record, winner.index, winner.proof)),
        _opening(record, winner),
    )


def _order(record: DrawRecord, frozen: Frozen) -> str:
    published = record.order
    if not 1 <= len(published) <= min(MAX_ORDER, frozen.count):
        raise ValueError(f"an order names 1 to {MAX_ORDER:,} of the entrants, each once")
    seed = _seed(record)
    drawn = draw(seed, record.draw_id, frozen, record.public_value, len(published) - 1)
    for place, (right, told) in enumerate(zip(drawn, published, strict=True), start=1):
        if right != told:
            raise ValueError(f"number {place} of the order must be index {right}, not {told:d}")
    value = (
        f"public value {shown(record.public_value)}" if record.public_value else "no public value"
    )
    return f"Seed, draw id, list and {value} give this order of {len(published):,}."


def _first(record: DrawRecord, winner: Winner) -> str:
    if record.order[:1] != (winner.index,):
        raise ValueError("the named winner is not the first of the order")
    return f"The winner, index {winner.index} in the list, is the first of the order."


def _proof(record: DrawRecord, index: int, proof: tuple[str, ...]) -> str:
    entry, weight = _entrant(record, index)
    path, root = unhex_each(proof), unhex(record.root or "")
    if not proves(path, leaf_hash(entry, weight), index, len(record.entrants), root):
        raise ValueError(f"the inclusion proof does not lead from index {index} to the root")
    return f"The inclusion proof leads from index {index} to the root."


def _opening(record: DrawRecord, winner: Winner) -> Check:
    if winner.opening is None:
        why = "The winner's name was removed at their wish; the entry stays in the list."
        return not_opened("winner-opening", why)
    return held("winner-opening", partial(_opened, record, winner.index, winner.opening))


def _opened(record: DrawRecord, index: int, opening: Opening) -> str:
    entry, weight = _entrant(record, index)
    (salt,) = unhex_each([opening.salt])
    if entry_hash(salt, opening.viewer_id, opening.name, opening.weight) != entry:
        raise ValueError(f"the opened entry is not the one listed at index {index}")
    if opening.weight != weight:
        raise ValueError(f"the list gives index {index} another weight than the opened entry")
    who = f"{shown(opening.name)} (viewer {shown(opening.viewer_id)})"
    return f"Index {index} is {who} with weight {weight:,} of {record.total_weight:,}."


def _all_opened(record: DrawRecord) -> tuple[Check, ...]:
    """The check `openings`, where the record opens every entry: a draw among things."""
    openings = record.openings
    if isinstance(openings, UnsetType):
        return ()
    return (held("openings", partial(_each_opened, record, openings)),)


def _each_opened(record: DrawRecord, openings: tuple[Opening, ...]) -> str:
    if len(openings) != len(record.entrants):
        raise ValueError("not every entry is opened, or more than there are")
    for index, opening in enumerate(openings):
        _opened(record, index, opening)
    return f"All {len(openings):,} entries are opened, and each is the one listed."


def _entrant(record: DrawRecord, index: int) -> tuple[bytes, int]:
    """Entry hash and weight at `index`, also of a list that is not sound as a whole."""
    if not 0 <= index < len(record.entrants):
        raise ValueError(f"the list has no index {index}")
    entrant = record.entrants[index]
    if not 1 <= entrant.weight <= MAX_WEIGHT:
        raise ValueError(f"the list gives index {index} an impossible weight")
    return unhex(entrant.hash), entrant.weight


def _same_draw(record: DrawRecord, receipt: Receipt) -> str:
    if receipt.draw_id != record.draw_id:
        raise ValueError("the receipt belongs to another draw")
    return "The receipt belongs to this draw."


def _same_root(record: DrawRecord, receipt: Receipt) -> str:
    if receipt.root != record.root:
        raise ValueError("the receipt has another Merkle root: it speaks of another list")
    return "The receipt and the record have the same Merkle root."


def _own_entry(record: DrawRecord, receipt: Receipt) -> str:
    sentence = _opened(record, receipt.index, receipt.opening)
    if receipt.index not in record.order:
        return sentence
    return f"{sentence} It is number {record.order.index(receipt.index) + 1} of the order."
