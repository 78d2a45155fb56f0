"""docs/fair-draw.md says what the code does."""

import hmac
import json
import re
from hashlib import sha256
from pathlib import Path

from msgspec.structs import fields

from fairdraw.sample_draws import check
from fairdraw.vectors import RECORDS, VECTORS, pairs
from goldomatic.fairdraw.commands import EXIT_CODES, EXIT_UNREADABLE
from goldomatic.fairdraw.draw import pick_few
from goldomatic.fairdraw.encoding import u64
from goldomatic.fairdraw.record import DrawRecord, Receipt, decode_receipt, decode_record
from goldomatic.fairdraw.report import Outcome
from goldomatic.fairdraw.verify import verify, verify_receipt

TEXT = (Path(__file__).parents[2] / "docs/fair-draw.md").read_text(encoding="utf-8")
SECTIONS = {part.splitlines()[0]: part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]}
WORKED = SECTIONS["A worked example"]
EXAMPLE = RECORDS["example"]
RECEIPTS = VECTORS["records"][2]["receipts"]


def table(section: str) -> list[list[str]]:
    """The cells of every table line of a section."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def quoted(section: str) -> list[str]:
    """What stands in backquotes in the first cell of the lines."""
    return [row[0].strip("`") for row in table(section) if row[0].startswith("`")]


def bytes_after(heading: str) -> bytes:
    """The bytes of the first indented block after a heading, without the remarks beside them."""
    block = WORKED.partition(heading)[2].partition("\n\n")[2].partition("\n\n")[0]
    digits = [re.split(" {3,}", line.removeprefix("    "))[0] for line in block.splitlines()]
    return bytes.fromhex("".join(digits))


def test_the_bytes_of_the_example_hash_to_its_values() -> None:
    assert sha256(bytes_after("**Entry 2**")).hexdigest() == EXAMPLE["entrants"][2]["hash"]
    key = hmac.digest(bytes.fromhex(EXAMPLE["seed"]), bytes_after("**Stream**"), "sha256")
    assert f"= {key.hex()}\n" in WORKED
    assert f"= {hmac.digest(key, u64(0), 'sha256').hex()}\n" in WORKED


def test_every_value_of_the_example_is_the_computed_one() -> None:
    entrants = pairs(EXAMPLE["entrants"])
    leaves = [check.merkle_root([entrant]).hex() for entrant in entrants]
    named = {f"leaf {index}": leaf for index, leaf in enumerate(leaves)}
    named |= {f"entry hash {index}": entrants[index][0].hex() for index in (0, 1)}
    named |= {"seed": EXAMPLE["seed"], "commitment": EXAMPLE["commitment"]}
    for name, value in named.items():
        assert re.search(f"^    {name} += {value}$", WORKED, re.MULTILINE), name
    (node,) = EXAMPLE["winner"]["proof"]
    assert f"node   = SHA-256( 01 leaf 0 leaf 1 )\n           = {node}\n" in WORKED
    assert f"root   = SHA-256( 01 node leaf 2 )\n           = {EXAMPLE['root']}\n" in WORKED
    assert RECEIPTS[0]["proof"] == leaves[1:]
    for receipt in RECEIPTS:
        assert receipt["opening"]["salt"] in WORKED


def test_the_example_record_and_receipt_are_those_of_the_vectors() -> None:
    shown = re.findall(r"```json\n(.*?)```", WORKED, re.DOTALL)
    assert [json.loads(block) for block in shown] == [EXAMPLE, RECEIPTS[0]]


def test_the_small_example_of_an_order_holds() -> None:
    assert "weights 5, 1, 10 and the drawn numbers 5, 14, 0" in SECTIONS["The format"]
    assert "The order is 1, 2, 0." in SECTIONS["The format"]
    numbers = iter([(5, 16), (14, 15), (0, 5)])

    def below(limit: int) -> int:
        number, expected = next(numbers)
        assert limit == expected
        return number

    assert pick_few([5, 1, 10], 3, below) == [1, 2, 0]


def test_every_field_is_described() -> None:
    assert quoted("The record") == [field.encode_name for field in fields(DrawRecord)]
    assert quoted("The receipt") == [field.encode_name for field in fields(Receipt)]


def test_every_check_is_described() -> None:
    section = SECTIONS["What a verifier checks"]
    made = verify(decode_record(json.dumps(EXAMPLE).encode())).checks
    assert quoted("What a verifier checks") == [made_check.name for made_check in made]
    record, receipt = json.dumps(EXAMPLE).encode(), json.dumps(RECEIPTS[0]).encode()
    own = verify_receipt(decode_record(record), decode_receipt(receipt)).checks
    others = ("receipt-format", "noted-commitment", "asked-for")
    for name in (*others, *(made_check.name for made_check in own), *Outcome):
        assert f"`{name}`" in section


def test_every_exit_code_is_described() -> None:
    told = [int(row[0]) for row in table("How to check a draw") if row[0].isdigit()]
    assert sorted([*EXIT_CODES.values(), EXIT_UNREADABLE, 2]) == told


def test_every_part_of_the_vectors_is_described() -> None:
    assert quoted("Test vectors") == [key for key in VECTORS if key != "format"]
