"""How pages write the raffle's numbers. `formats.js` writes them alike: both are tested by
`tests/samples/raffle-formats.json`. Halves are rounded up, as `toFixed` does.
"""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType


def weight(value: float) -> str:
    """4.7 is `4.70x`."""
    return f"{_fixed(value, 2)}x"


def largest(value: float) -> str:
    """The most that a part can weigh: 5 is `5.0x`."""
    return f"{_fixed(value, 1)}x"


def percent(value: float) -> str:
    """33.3333 is `33.33%`."""
    return f"{_fixed(value, 2)}%"


def plain(value: float) -> str:
    """A number of the settings as it was typed: 0.1 is `0.1`, 1000 is `1000`."""
    return f"{Decimal(str(value)):f}"


def chance(value: float) -> str:
    """A chance in percent as people read it; empty for what is no number."""
    if math.isnan(value):
        return ""
    clamped = min(100.0, max(0.0, value))
    nearest = math.floor(clamped + 0.5)
    if clamped == 0:
        return "0%"
    if clamped < 0.01:
        return "<0.01%"
    if nearest >= 1 and abs(clamped - nearest) <= 0.05:
        return f"{nearest}%"
    return f"{_fixed(clamped, 1 if clamped >= 10 else 2)}%"


def money(cents: int) -> str:
    """1999 is `$19.99`."""
    return f"${cents // 100}.{cents % 100:02d}"


def _fixed(value: float, decimals: int) -> str:
    """Rounded from the exact binary value, so that a browser gives the same."""
    step = Decimal(1).scaleb(-decimals)
    return str(Decimal(value).quantize(step, rounding=ROUND_HALF_UP))


IN_TEMPLATES: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "weight": weight,
        "largest": largest,
        "percent": percent,
        "plain": plain,
        "chance": chance,
        "money": money,
    }
)
"""Under these names templates call them."""
