"""Carry-over: what a viewer who was not drawn takes into the next session. Pure.

`classic` keeps a share of the whole weight, `accumulate` adds a share of what was earned to what
was carried before. A session bonus is never carried in either.
"""

from typing import Literal

import msgspec

from goldomatic.raffle.weights import MAX_TOTAL, UNIT, Formula, Support, half_even

Mode = Literal["classic", "accumulate"]


class Carried(msgspec.Struct, frozen=True, gc=False):
    """A viewer's carry-over and total after a run, in millionths."""

    carry: int
    total: int


def classic(formula: Formula, total: int, bonus: int, *, reset: bool) -> Carried:
    """A share of the whole weight; the weight falls back to the base until it is recomputed."""
    n = formula.numbers
    carry = 0 if reset else _share(max(0, total - bonus), n.carry_over_multiplier)
    carry = _capped(carry, n.carry_over_max_bonus)
    return Carried(carry, min(n.base_weight + bonus + carry, MAX_TOTAL))


def accumulate(formula: Formula, of: Support, total: int, *, reset: bool) -> Carried:
    """What was carried, and a share of what was earned besides; the weight is recomputed."""
    n = formula.numbers
    carry = 0
    if not reset:
        earned = max(0, total - of.carry - of.bonus)
        carry = _capped(of.carry + _share(earned, n.carry_over_multiplier), n.carry_over_max_bonus)
    return cleared(formula, of, carry)


def cleared(formula: Formula, of: Support, carry: int = 0) -> Carried:
    """The weight by the formula with this carry-over."""
    return Carried(carry, formula.total(msgspec.structs.replace(of, carry=carry)))


def _share(weight: int, multiplier: int) -> int:
    return half_even(weight * multiplier, UNIT)


def _capped(carry: int, cap: int | None) -> int:
    return min(carry, MAX_TOTAL if cap is None else min(cap, MAX_TOTAL))
