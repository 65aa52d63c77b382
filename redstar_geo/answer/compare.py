"""When two values are the same answer. Every policy of the verifier is here.

- Numbers are compared exactly (to 25 digits for roots, π and angles).
- A decimal agrees with an exact number when it is that number rounded to the decimals written, three significant digits
  or more: 8.66 is 5√3, 9 is not.
- A unit that only one side gives is not held against the answer; two units must be the same, or of one kind (cm and m)
  with the values agreeing.
- 50 % is 0.5, and not 50.
"""

from __future__ import annotations

import sympy

from redstar_geo.answer.parse import Value

_METRES = {
    "mm": sympy.Rational(1, 1000),
    "cm": sympy.Rational(1, 100),
    "dm": sympy.Rational(1, 10),
    "km": sympy.Integer(1000),
}
_DIGITS = 25
_EXACT = sympy.Float(10) ** -20
_FLOAT_DECIMALS = 12  # more decimals than that are a float's noise


def same(gold: Value, found: Value) -> bool:
    """Whether `found` is the answer `gold`."""
    scale = _scale(gold.unit, found.unit)
    if scale is None:
        return False
    a, b = gold.number, found.number * scale
    if a == b:
        return True
    x, y = sympy.N(a, _DIGITS), sympy.N(b, _DIGITS)
    if not (x.is_real and y.is_real):
        return False
    gap = abs(x - y)
    if gap <= _EXACT * (abs(x) or 1):
        return True
    decimals = min((d for d in (gold.decimals, found.decimals) if d is not None), default=None)
    if decimals is None:
        return False
    decimals = min(decimals, _FLOAT_DECIMALS)
    significant = decimals + (len(str(int(abs(y)))) if abs(y) >= 1 else 0)
    return significant >= 3 and bool(gap <= sympy.Rational(1, 2 * 10**decimals))


def _scale(gold: str | None, found: str | None) -> sympy.Expr | None:
    """What `found` is to be multiplied with to be in the unit of `gold`; None when the units contradict."""
    if gold == found or gold is None or found is None or "unit" in (gold, found):
        return sympy.Integer(1)
    (gold_base, _, gold_power), (found_base, _, found_power) = gold.partition("^"), found.partition("^")
    metres = {"m": sympy.Integer(1), **_METRES}
    if gold_power != found_power or gold_base not in metres or found_base not in metres:
        return None
    return (metres[found_base] / metres[gold_base]) ** int(gold_power or 1)
