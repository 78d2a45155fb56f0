"""Weights: every worked example, and what settings may be."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from goldomatic.raffle.weights import (
    DEFAULTS,
    FLAGS,
    MAX_TOTAL,
    UNIT,
    Formula,
    Profile,
    Support,
    changed,
    half_even,
    millionths,
    number,
    shown,
)
from goldomatic.values import Code, Refused


def formula(profile: Profile, **numbers: Any) -> Formula:
    return Formula(replace(DEFAULTS[profile], **numbers), FLAGS[profile])


def micro(weight: str) -> int:
    return int(Decimal(weight) * UNIT)


OVER = Support(is_subscriber=True, sub_months=37, resubs=9, bits=12345, donations=9900, gifts=120)
CLASSIC = {
    "W-C01": (Support(), "1"),
    "W-C02": (Support(is_subscriber=True, sub_months=3), "1.3"),
    "W-C03": (Support(is_subscriber=True, sub_months=10), "2"),
    "W-C04": (Support(is_subscriber=True, sub_months=37), "2"),
    "W-C05": (Support(sub_months=12), "1"),
    "W-C06": (Support(is_subscriber=True), "1"),
    "W-C07": (Support(resubs=2), "1.4"),
    "W-C08": (Support(resubs=9), "2"),
    "W-C09": (Support(bits=750), "1.75"),
    "W-C10": (Support(bits=5000), "6"),
    "W-C11": (Support(bits=12345), "6"),
    "W-C12": (Support(donations=1999), "2.999"),
    "W-C13": (Support(donations=9900), "6"),
    "W-C14": (Support(gifts=7), "1.7"),
    "W-C15": (Support(gifts=50), "6"),
    "W-C16": (Support(gifts=120), "6"),
    "W-C17": (Support(carry=micro("2.75")), "3.75"),
    "W-C18": (
        Support(
            is_subscriber=True,
            sub_months=6,
            resubs=1,
            bits=1500,
            donations=500,
            gifts=3,
            carry=micro("0.6"),
        ),
        "4.7",
    ),
    "W-C19": (OVER, "18"),
    "W-C20": (replace(OVER, carry=micro("9.5")), "27.5"),
}
CAPPED = {
    "W-L01": (Support(), "1"),
    "W-L02": (Support(is_subscriber=True), "1.5"),
    "W-L03": (Support(is_subscriber=True, sub_months=6), "4"),
    "W-L04": (Support(is_subscriber=True, sub_months=10), "4"),
    "W-L05": (Support(is_subscriber=True, sub_months=37), "4"),
    "W-L06": (Support(resubs=9, donations=9900), "1"),
    "W-L07": (Support(bits=250), "3.5"),
    "W-L08": (Support(bits=15000), "121"),
    "W-L09": (Support(gifts=3), "16"),
    "W-L10": (Support(gifts=30), "121"),
    "W-L11": (Support(bits=8000, gifts=12), "121"),
    "W-L12": (
        Support(is_subscriber=True, sub_months=6, bits=200, gifts=3, carry=UNIT),
        "22",
    ),
    "W-L13": (
        Support(
            is_subscriber=True, sub_months=6, bits=200, gifts=3, carry=UNIT, bonus=micro("2.5")
        ),
        "24.5",
    ),
    "W-L14": (
        Support(
            is_subscriber=True,
            sub_months=37,
            resubs=9,
            bits=15000,
            donations=9900,
            gifts=30,
            carry=UNIT,
        ),
        "125",
    ),
}


#
@pytest.mark.parametrize("example", CLASSIC)
def test_worked_examples_of_the_classic_profile(example: str) -> None:
    support, total = CLASSIC[example]
    assert formula("classic").total(support) == micro(total)


#
@pytest.mark.parametrize("example", CAPPED)
def test_worked_examples_of_the_capped_profile(example: str) -> None:
    support, total = CAPPED[example]
    assert formula("capped").total(support) == micro(total)


#
@pytest.mark.parametrize(
    ("numbers", "support", "cheer", "total"),
    [
        ({"cheer_bits_divisor": 3000 * UNIT}, Support(bits=1000), "0.333333", "1.333333"),
        ({"cheer_bits_divisor": 300 * UNIT}, Support(bits=200), "0.666667", "1.666667"),
        ({"base_weight": 2 * UNIT}, Support(is_subscriber=True, sub_months=3), "0", "2.3"),
    ],
)
def test_divisions_round_to_six_places(
    numbers: dict[str, int], support: Support, cheer: str, total: str
) -> None:
    parts = formula("classic", **numbers).parts(support)
    assert (parts.cheer, parts.total) == (micro(cheer), micro(total))


def test_the_caps_of_the_capped_profile_stand_beside_what_they_cut() -> None:
    parts = formula("capped").parts(CAPPED["W-L11"][0])
    assert (parts.cheer, parts.gift) == (80 * UNIT, 60 * UNIT)
    assert (parts.support_raw, parts.support) == (140 * UNIT, 120 * UNIT)
    parts = formula("capped").parts(CAPPED["W-L04"][0])
    assert (parts.loyalty_raw, parts.loyalty) == (5 * UNIT, 3 * UNIT)


def test_nothing_weighs_more_than_a_million() -> None:
    assert formula("classic").total(Support(carry=MAX_TOTAL, bonus=MAX_TOTAL)) == MAX_TOTAL


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 2, 4), (1, 3, 0), (2, 3, 1), (0, 7, 0), (6, 4, 2)],
)
def test_half_goes_to_even(numerator: int, denominator: int, rounded: int) -> None:
    assert half_even(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (1, UNIT),
        (Decimal("0.333333"), 333_333),
        ("2.50", 2_500_000),
        (" 7 ", 7 * UNIT),
        ("1e3", 1000 * UNIT),
        (Decimal("1E-6"), 1),
        (".5", 500_000),
        ("12abc", None),
        ("", None),
        ("0x10", None),
        ("1_000", None),
        ("٣", None),
        ("NaN", None),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ([1], None),
        ("0.0000001", None),
        ("1e999", None),
        ("9" * 41, None),
    ],
)
def test_what_counts_as_a_number(text: object, value: int | None) -> None:
    assert millionths(text) == value


def test_json_shows_weights_as_decimal_numbers() -> None:
    assert [number(each) for each in (UNIT, 4_700_000, 1, 0, MAX_TOTAL)] == [
        1,
        4.7,
        0.000001,
        0,
        1_000_000,
    ]


#
def test_a_change_of_some_numbers_leaves_the_others() -> None:
    before = DEFAULTS["classic"]
    after = changed(before, {"cheerBitsCap": "7.5", "unknown": 1, "loyaltyMaxBonus": 3})
    assert after == replace(before, cheer_bits_cap=7_500_000, loyalty_max_bonus=3 * UNIT)
    assert changed(after, {"loyaltyMaxBonus": None}).loyalty_max_bonus is None
    assert shown(after, FLAGS["classic"])["cheerBitsCap"] == 7.5


#
@pytest.mark.parametrize(
    "given",
    [
        {"cheerBitsDivisor": 0},
        {"donationsDivisor": -1},
        {"baseWeight": 0},
        {"cheerBitsCap": -1},
        {"resubMultiplier": -0.1},
        {"subMonthsCap": 2.5},
        {"resubCap": -1},
        {"giftedSubsCap": "12abc"},
        {"giftedSubsCap": None},
        {"baseWeight": float("nan")},
        {"supportMaxBonus": "NaN"},
        {"carryOverMultiplier": 1_000_001},
        {"carryOverMultiplier": "0.1234567"},
        {"baseWeight": True},
    ],
)
def test_a_bad_number_is_refused_by_name(given: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        changed(DEFAULTS["classic"], {"resubCap": 3, **given})
    assert refused.value.code is Code.INVALID_SETTING
    assert refused.value.details["field"] in given
    assert refused.value.message.startswith(str(refused.value.details["field"]))


def test_settings_show_fifteen_numbers_and_the_flags_of_the_profile() -> None:
    classic = shown(DEFAULTS["classic"], FLAGS["classic"])
    capped = shown(DEFAULTS["capped"], FLAGS["capped"])
    assert len(classic) == 18
    assert classic["carryOverMaxBonus"] is None
    assert (classic["cheerBitsDivisor"], capped["cheerBitsDivisor"]) == (1000, 100)
    assert (capped["minOneSubMonth"], capped["countResubs"]) == (True, False)
