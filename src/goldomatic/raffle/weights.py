"""Raffle weights in whole millionths: settings, formula, and what each part adds. Pure.

A weight of 4.7 is the whole number 4,700,000, so that sums are exact and a draw can be repeated
anywhere. Only divisions round, to the nearest millionth, half to even.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec.structs import fields, replace

from goldomatic.values import Code, Refused

UNIT = 1_000_000
"""Millionths in a weight of 1."""

MAX_TOTAL = 1_000_000 * UNIT
"""The most that one entrant weighs, so that five million of them stay below 2^63."""

MAX_COUNT = 10**12
"""Bits, cents, gifts or months above this count as this many."""

Profile = Literal["classic", "capped"]


class WeightSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The numbers that the broadcaster can change. Millionths, except the two whole-number caps.

    A max bonus of None is no cap.
    """

    base_weight: int = UNIT
    sub_months_multiplier: int = UNIT // 10
    sub_months_cap: int = 10
    resub_multiplier: int = UNIT // 5
    resub_cap: int = 5
    cheer_bits_divisor: int = 1000 * UNIT
    cheer_bits_cap: int = 5 * UNIT
    donations_divisor: int = 1000 * UNIT
    donations_cap: int = 5 * UNIT
    gifted_subs_multiplier: int = UNIT // 10
    gifted_subs_cap: int = 5 * UNIT
    carry_over_multiplier: int = UNIT // 2
    carry_over_max_bonus: int | None = None
    loyalty_max_bonus: int | None = None
    support_max_bonus: int | None = None


class Flags(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the profile fixes."""

    min_one_sub_month: bool = False
    count_resubs: bool = True
    count_donations: bool = True


DEFAULTS: Mapping[Profile, WeightSettings] = MappingProxyType(
    {
        "classic": WeightSettings(),
        "capped": WeightSettings(
            sub_months_multiplier=UNIT // 2,
            cheer_bits_divisor=100 * UNIT,
            cheer_bits_cap=120 * UNIT,
            gifted_subs_multiplier=5 * UNIT,
            gifted_subs_cap=120 * UNIT,
            carry_over_max_bonus=UNIT,
            loyalty_max_bonus=3 * UNIT,
            support_max_bonus=120 * UNIT,
        ),
    }
)
FLAGS: Mapping[Profile, Flags] = MappingProxyType(
    {
        "classic": Flags(),
        "capped": Flags(min_one_sub_month=True, count_resubs=False, count_donations=False),
    }
)


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """What a weight is computed from. `donations` in cents, `carry` and `bonus` in millionths."""

    is_subscriber: bool = False
    sub_months: int = 0
    resubs: int = 0
    bits: int = 0
    donations: int = 0
    gifts: int = 0
    bonus: int = 0
    carry: int = 0


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a weight is made of, in millionths. `loyalty` and `support` are capped, `_raw` not."""

    base: int
    months: int
    resub: int
    cheer: int
    donate: int
    gift: int
    loyalty_raw: int
    loyalty: int
    support_raw: int
    support: int
    bonus: int
    carry: int
    total: int


class Formula(msgspec.Struct, frozen=True):
    """How a weight is computed now."""

    numbers: WeightSettings
    flags: Flags

    def parts(self, of: Support) -> Parts:
        """Every part of a viewer's weight."""
        n, flags = self.numbers, self.flags
        months = max(1, of.sub_months) if flags.min_one_sub_month else of.sub_months
        from_months = (
            min(months, n.sub_months_cap) * n.sub_months_multiplier if of.is_subscriber else 0
        )
        from_resubs = min(of.resubs, n.resub_cap) * n.resub_multiplier if flags.count_resubs else 0
        cheer = min(_share(of.bits, n.cheer_bits_divisor), n.cheer_bits_cap)
        donate = (
            min(_share(of.donations, n.donations_divisor), n.donations_cap)
            if flags.count_donations
            else 0
        )
        gift = min(of.gifts * n.gifted_subs_multiplier, n.gifted_subs_cap)
        loyalty = _capped(from_months + from_resubs, n.loyalty_max_bonus)
        support = _capped(cheer + donate + gift, n.support_max_bonus)
        total = n.base_weight + loyalty + support + of.bonus + of.carry
        return Parts(
            base=n.base_weight,
            months=from_months,
            resub=from_resubs,
            cheer=cheer,
            donate=donate,
            gift=gift,
            loyalty_raw=from_months + from_resubs,
            loyalty=loyalty,
            support_raw=cheer + donate + gift,
            support=support,
            bonus=of.bonus,
            carry=of.carry,
            total=min(total, MAX_TOTAL),
        )

    def total(self, of: Support) -> int:
        """A viewer's weight."""
        return self.parts(of).total


def _share(count: int, divisor: int) -> int:
    """`count` ÷ `divisor` (millionths) in millionths."""
    return half_even(count * UNIT * UNIT, divisor)


def _capped(bonus: int, cap: int | None) -> int:
    return bonus if cap is None else min(bonus, cap)


def half_even(numerator: int, denominator: int) -> int:
    """The nearest whole number to a quotient of whole numbers, half to even."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient


def number(millionths: int) -> float:
    """A weight as JSON shows it: 4_700_000 is 4.7. Exact up to `MAX_TOTAL`."""
    whole, rest = divmod(millionths, UNIT)
    return millionths / UNIT if rest else whole


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MOST_DIGITS = 40


def millionths(value: object) -> int | None:
    """A JSON number or a complete numeric text in millionths; None for anything else.

    Also None for what is not finite, has more than six decimals or is absurdly large.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    try:
        scaled = Decimal(text).scaleb(6)
        whole = scaled.to_integral_value()
    except InvalidOperation:
        return None
    return int(whole) if whole == scaled and abs(whole) <= 10**24 else None


_WHOLE = frozenset({"sub_months_cap", "resub_cap"})
_DIVISORS = frozenset({"cheer_bits_divisor", "donations_divisor"})
_OPTIONAL = frozenset({"carry_over_max_bonus", "loyalty_max_bonus", "support_max_bonus"})
NAMES: Mapping[str, str] = MappingProxyType(
    {field.encode_name: field.name for field in fields(WeightSettings)}
)
"""Wire name of each editable number to its field."""


def changed(present: WeightSettings, given: Mapping[str, object]) -> WeightSettings:
    """The settings with some numbers replaced; unknown names are ignored.

    Raises `Refused` with `INVALID_SETTING` that names the first field that is wrong.
    """
    values = {NAMES[key]: _read(key, value) for key, value in given.items() if key in NAMES}
    return replace(present, **values)


def _read(key: str, value: object) -> int | None:
    name = NAMES[key]
    if value is None and name in _OPTIONAL:
        return None
    amount = millionths(value)
    if amount is None:
        raise _invalid(key, "number")
    if name in _WHOLE:
        if amount % UNIT or amount < 0:
            raise _invalid(key, "whole")
    elif name == "base_weight" or name in _DIVISORS:
        if amount <= 0:
            raise _invalid(key, "positive")
    elif amount < 0:
        raise _invalid(key, "not_negative")
    if amount > MAX_TOTAL:
        raise _invalid(key, "too_large")
    return amount // UNIT if name in _WHOLE else amount


_WRONG = MappingProxyType(
    {
        "number": "must be a finite number with at most 6 decimals",
        "whole": "must be a whole number of at least 0",
        "positive": "must be greater than 0",
        "not_negative": "must not be negative",
        "too_large": "must not exceed 1,000,000",
    }
)


def _invalid(key: str, rule: str) -> Refused:
    details = {"field": key, "rule": rule}
    return Refused(Code.INVALID_SETTING, f"{key} {_WRONG[rule]}.", details=details)


def shown(numbers: WeightSettings, flags: Flags) -> dict[str, Any]:
    """The settings as JSON shows them: 15 numbers and the flags of the profile."""
    values: dict[str, Any] = {}
    for wire, name in NAMES.items():
        value = getattr(numbers, name)
        values[wire] = value if value is None or name in _WHOLE else number(value)
    values |= msgspec.to_builtins(flags)
    return values
