"""Numeric value of an expression, exact where it is rational, to 40 digits otherwise."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, TypeAlias

import mpmath

from redstar_geo.bounds import BITS, OutOfBounds, fraction
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term

Real: TypeAlias = Any  # mpmath comes without types
Number: TypeAlias = Fraction | Real
Lookup = Callable[[Term], Number | None]

_DIGITS = 40
EPSILON = mpmath.mpf(10) ** -30
_context = mpmath.MPContext()
_context.dps = _DIGITS


class Unknown(Exception):
    """A measure, letter or operation without a value; `args[0]` names it."""


def evaluate(term: Term, lookup: Lookup) -> Number:
    """The value; angles in degrees.

    Raises:
        Unknown: something in it has no value.
    """
    if term.head == "Number":
        return _written(str(term.args[0]))
    if term.head == "Name" and term.args[0] == "pi":
        return +_context.pi
    if term.head in cdl.MEASURES or term.head in ("Name", "Points"):
        value = lookup(term)
        if value is None:
            raise Unknown(str(term))
        return value
    values = [evaluate(part, lookup) for part in term.terms]
    if term.head not in _OPERATIONS:
        raise Unknown(str(term)[:80])
    try:
        value = _OPERATIONS[term.head](*values)
    except (ArithmeticError, TypeError, ValueError):
        raise Unknown(str(term)[:80]) from None
    if not _context.isfinite(real(value)) or _bits(value) > BITS:
        raise Unknown(str(term)[:80])
    return value


@lru_cache(maxsize=65_536)
def constant(text: str) -> Number:
    """The value of a number written in the formal language.

    Raises:
        Unknown: it is none.
    """
    return evaluate(cdl.parse(text), lambda term: None)


def same(left: Number, right: Number) -> bool:
    """Equal exactly, or to 30 digits where roots, π or trigonometric values are in it."""
    difference = minus(left, right)
    if isinstance(difference, Fraction):
        return difference == 0
    return bool(abs(difference) <= EPSILON * max(1, abs(real(left)), abs(real(right))))


def minus(left: Number, right: Number) -> Number:
    """The difference, exact where both are rational."""
    exact = isinstance(left, Fraction) and isinstance(right, Fraction)
    return left - right if exact else real(left) - real(right)


def real(value: Number) -> Real:
    return _context.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def approximate(value: float) -> Number:
    """A measured value, such as one of a figure."""
    return _context.mpf(value)


def _written(text: str) -> Fraction:
    try:
        return fraction(text)
    except OutOfBounds as error:
        raise Unknown(str(error)) from None


def _bits(value: Number) -> int:
    if isinstance(value, Fraction):
        return max(value.numerator.bit_length(), value.denominator.bit_length())
    return abs(int(_context.mag(value))) if value else 0


def _root(value: Number) -> Number:
    if isinstance(value, Fraction) and value >= 0:
        top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if top * top == value.numerator and bottom * bottom == value.denominator:
            return Fraction(top, bottom)
    if value < 0:
        raise ValueError("root of a negative number")
    return _context.sqrt(real(value))


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(exponent, Fraction) and exponent.denominator == 1 and abs(exponent) <= 64:
        return base ** int(exponent)
    if exponent == Fraction(1, 2):
        return _root(base)
    if base < 0 or abs(real(exponent)) > 64:
        raise ValueError("power out of bounds")
    return _context.power(real(base), real(exponent))


def _mixed(operation: Callable[[Number, Number], Number]) -> Callable[..., Number]:
    """Exact between rational numbers, to 40 digits otherwise; from left to right where there are more than two."""

    def applied(left: Number, right: Number) -> Number:
        both = isinstance(left, Fraction) and isinstance(right, Fraction)
        return operation(left, right) if both else operation(real(left), real(right))

    return lambda *values: reduce(applied, values)


def _degrees(function: Callable[[Real], Real]) -> Callable[[Number], Number]:
    return lambda angle: function(real(angle) * _context.pi / 180)


def _radians(function: Callable[[Real], Real]) -> Callable[[Number], Number]:
    def applied(angle: Number) -> Number:
        value = function(real(angle))
        if isinstance(value, _context.mpc):
            raise ValueError("not a real number")
        return value

    return applied


_OPERATIONS: dict[str, Callable[..., Number]] = {
    "Add": _mixed(operator.add),
    "Mul": _mixed(operator.mul),
    "Sub": minus,
    "Div": _mixed(operator.truediv),
    "Neg": operator.neg,
    "Pow": _power,
    "sqrt": _root,
    **{name: _degrees(getattr(_context, name.lower())) for name in ("Sin", "Cos", "Tan")},
    **{name: _radians(getattr(_context, name)) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
}
