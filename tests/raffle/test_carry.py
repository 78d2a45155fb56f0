"""Carry-over: every worked example of both modes."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from goldomatic.raffle.carry import accumulate, classic, cleared
from goldomatic.raffle.weights import DEFAULTS, FLAGS, MAX_TOTAL, UNIT, Formula, Support

PLAIN = Formula(DEFAULTS["classic"], FLAGS["classic"])
CAP_1 = Formula(replace(DEFAULTS["classic"], carry_over_max_bonus=UNIT), FLAGS["classic"])


def micro(weight: str) -> int:
    return int(Decimal(weight) * UNIT)


#
@pytest.mark.parametrize(
    ("example", "stored", "carry", "total"),
    [
        ("CO-1", "1", "0.5", "1.5"),
        ("CO-2", "2", "1", "2"),
        ("CO-3", "3.4", "1.7", "2.7"),
        ("CO-4", "13.45", "6.725", "7.725"),
        ("CO-5", "18", "9", "10"),
        ("CO-6", "1.000001", "0.5", "1.5"),
        ("CO-7", "1.000003", "0.500002", "1.500002"),
    ],
)
def test_worked_examples(example: str, stored: str, carry: str, total: str) -> None:
    after = classic(PLAIN, micro(stored), 0, reset=False)
    assert (after.carry, after.total) == (micro(carry), micro(total))


#
def test_co_8_a_reset_leaves_the_base() -> None:
    after = classic(PLAIN, micro("7.3"), 0, reset=True)
    assert (after.carry, after.total) == (0, UNIT)


#
def test_co_9_a_bonus_is_not_carried_and_stays_until_the_session_ends() -> None:
    after = classic(PLAIN, micro("6.5"), 4 * UNIT, reset=False)
    assert (after.carry, after.total) == (micro("1.25"), micro("6.25"))
    assert after.total - 4 * UNIT == micro("2.25")


#
def test_co_10_the_cap_of_the_carry_over() -> None:
    after = classic(CAP_1, 5 * UNIT, 0, reset=False)
    assert (after.carry, after.total) == (UNIT, 2 * UNIT)


#
def test_co_11_another_multiplier() -> None:
    quarter = Formula(
        replace(DEFAULTS["classic"], carry_over_multiplier=UNIT // 4), FLAGS["classic"]
    )
    after = classic(quarter, 5 * UNIT, 0, reset=False)
    assert (after.carry, after.total) == (micro("1.25"), micro("2.25"))


#
def test_co_12_repeated_without_recomputing() -> None:
    carries, totals, total = [], [], UNIT
    for _ in range(7):
        after = classic(PLAIN, total, 0, reset=False)
        total = after.total
        carries.append(after.carry)
        totals.append(total)
    expected = ["0.5", "0.75", "0.875", "0.9375", "0.96875", "0.984375", "0.992188"]
    assert carries == [micro(each) for each in expected]
    assert totals == [micro(each) + UNIT for each in expected]


#
@pytest.mark.parametrize(
    ("support", "totals", "carries"),
    [
        (
            Support(is_subscriber=True, sub_months=10),
            ["2", "3", "3.5", "3.75", "3.875"],
            ["1", "1.5", "1.75", "1.875", "1.9375"],
        ),
        (
            Support(
                is_subscriber=True, sub_months=37, resubs=9, bits=12345, donations=9900, gifts=120
            ),
            ["18", "27", "31.5", "33.75", "34.875"],
            ["9", "13.5", "15.75", "16.875", "17.4375"],
        ),
    ],
    ids=["CO-13", "CO-14"],
)
def test_recomputed_every_session(support: Support, totals: list[str], carries: list[str]) -> None:
    found = []
    for _ in totals:
        total = PLAIN.total(support)
        after = classic(PLAIN, total, 0, reset=False)
        found.append((total, after.carry))
        support = replace(support, carry=after.carry)
    assert found == [(micro(t), micro(c)) for t, c in zip(totals, carries, strict=True)]


#
@pytest.mark.parametrize(
    ("example", "total", "carry", "bonus", "capped", "uncapped"),
    [
        ("CA-1", "1", "0", "0", "0.5", "0.5"),
        ("CA-2", "1.5", "0.5", "0", "1", "1"),
        ("CA-3", "2", "1", "0", "1", "1.5"),
        ("CA-4", "4", "0", "0", "1", "2"),
        ("CA-5", "21", "0", "0", "1", "10.5"),
        ("CA-6", "3.5", "0", "2", "0.75", "0.75"),
        ("CA-7", "1.8", "0.3", "0", "1", "1.05"),
    ],
)
def test_worked_examples_of_accumulate(
    example: str, total: str, carry: str, bonus: str, capped: str, uncapped: str
) -> None:
    support = Support(carry=micro(carry), bonus=micro(bonus))
    with_cap = accumulate(CAP_1, support, micro(total), reset=False)
    without = accumulate(PLAIN, support, micro(total), reset=False)
    assert (with_cap.carry, without.carry) == (micro(capped), micro(uncapped))
    assert without.total == UNIT + micro(uncapped) + micro(bonus)


def test_a_reset_and_a_win_leave_no_carry_over() -> None:
    support = Support(carry=3 * UNIT, bits=1000)
    assert accumulate(PLAIN, support, 5 * UNIT, reset=True).carry == 0
    assert cleared(PLAIN, support).total == 2 * UNIT


def test_a_multiplier_above_one_ends_at_the_ceiling() -> None:
    double = Formula(
        replace(DEFAULTS["classic"], carry_over_multiplier=1000 * UNIT), FLAGS["classic"]
    )
    total = UNIT
    for _ in range(10):
        total = classic(double, total, 0, reset=False).total
    assert total == MAX_TOTAL
