import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fairdraw.forgeries import Json
from fairdraw.vectors import RECORDS, VECTORS, pairs
from goldomatic.fairdraw import publish
from goldomatic.fairdraw.commitment import commit
from goldomatic.fairdraw.draw import draw
from goldomatic.fairdraw.entries import entry_hashes
from goldomatic.fairdraw.frozen import Frozen, freeze
from goldomatic.fairdraw.record import DrawRecord, Receipt, encode
from goldomatic.values import CharacterName, parse_rfc3339

EXAMPLE = RECORDS["example"]
SEED = bytes.fromhex(EXAMPLE["seed"])
RECEIPTS = next(entry["receipts"] for entry in VECTORS["records"] if entry["name"] == "example")
PEOPLE = [
    (bytes.fromhex(opening["salt"]), opening["viewerId"], opening["name"], opening["weight"])
    for opening in (receipt["opening"] for receipt in RECEIPTS)
]


def as_json(document: DrawRecord | Receipt) -> Json:
    made: Json = json.loads(encode(document))
    return made


def at(record: Json, name: str) -> datetime:
    return parse_rfc3339(record[name])


@pytest.fixture
def entrants() -> Frozen:
    hashes = entry_hashes(PEOPLE)
    return freeze([(entry, person[3]) for entry, person in zip(hashes, PEOPLE, strict=True)])


@pytest.fixture
def committed() -> DrawRecord:
    draw_id, channel, kind = EXAMPLE["drawId"], EXAMPLE["channelId"], EXAMPLE["kind"]
    return publish.committed(draw_id, channel, kind, commit(SEED), at(EXAMPLE, "committedAt"))


@pytest.fixture
def frozen(committed: DrawRecord, entrants: Frozen) -> DrawRecord:
    return publish.frozen(committed, entrants, at(EXAMPLE, "frozenAt"))


@pytest.fixture
def revealed(frozen: DrawRecord, entrants: Frozen) -> DrawRecord:
    order = draw(SEED, frozen.draw_id, entrants, alternates=2)
    return publish.revealed(
        frozen,
        entrants,
        seed=SEED,
        order=order,
        opening=publish.opening(*PEOPLE[order[0]]),
        at=at(EXAMPLE, "revealedAt"),
    )


def test_the_records_of_a_draw_as_it_goes_on(
    committed: DrawRecord, frozen: DrawRecord, revealed: DrawRecord
) -> None:
    assert as_json(committed) == RECORDS["committed"]
    assert as_json(frozen) == RECORDS["frozen"]
    assert as_json(revealed) == EXAMPLE
    assert as_json(publish.forgotten(revealed)) == RECORDS["forgotten"]
    assert publish.forgotten(frozen) == frozen


def test_a_draw_that_is_called_off(committed: DrawRecord, frozen: DrawRecord) -> None:
    sample = RECORDS["void-before-freeze"]
    off = {"seed": SEED, "reason": sample["voidReason"], "at": at(sample, "revealedAt")}
    assert as_json(publish.void(committed, **off)) == sample
    listed = as_json(publish.void(frozen, **off))
    assert listed == RECORDS["frozen"] | {
        name: sample[name] for name in ("status", "seed", "voidReason", "revealedAt")
    }


def test_receipts_of_all_entrants(entrants: Frozen) -> None:
    made = [
        publish.receipt(EXAMPLE["drawId"], entrants, index, publish.opening(*person))
        for index, person in enumerate(PEOPLE)
    ]
    assert [as_json(receipt) for receipt in made] == RECEIPTS


def test_a_character_name_is_published_as_text() -> None:
    opening = publish.opening(bytes(16), "1", CharacterName.parse("Ясень"), 1)
    assert type(opening.name) is str


def test_instants_are_published_in_utc(committed: DrawRecord, entrants: Frozen) -> None:
    moscow = datetime(2026, 1, 31, 21, 4, 0, 123_999, tzinfo=timezone(timedelta(hours=3)))
    assert publish.frozen(committed, entrants, moscow).frozen_at == "2026-01-31T18:04:00.123Z"


def test_no_step_is_taken_twice_or_too_early(
    committed: DrawRecord, frozen: DrawRecord, revealed: DrawRecord, entrants: Frozen
) -> None:
    now = datetime(2026, 1, 31, 19, tzinfo=UTC)
    with pytest.raises(ValueError, match="already frozen"):
        publish.frozen(frozen, entrants, now)
    for record in (committed, revealed):
        with pytest.raises(ValueError, match=f"is already {record.status}"):
            publish.revealed(record, entrants, seed=SEED, order=[1], opening=None, at=now)
    with pytest.raises(ValueError, match="already revealed"):
        publish.void(revealed, seed=SEED, reason="too late", at=now)


@pytest.mark.parametrize("length", [0, 10_001])
def test_a_published_order_is_neither_empty_nor_endless(
    frozen: DrawRecord, entrants: Frozen, length: int
) -> None:
    now = datetime(2026, 1, 31, 19, tzinfo=UTC)
    with pytest.raises(ValueError, match=f"1 to 10,000 of the order, not {length}"):
        publish.revealed(frozen, entrants, seed=SEED, order=[0] * length, opening=None, at=now)


def test_the_frozen_list_is_the_one_of_the_vectors(entrants: Frozen) -> None:
    listed = pairs(EXAMPLE["entrants"])
    assert list(zip(entrants.hashes, entrants.weights, strict=True)) == listed
