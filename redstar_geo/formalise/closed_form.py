"""A measured value → the exact number that it is: rationals, roots, π, and sums of two; else a decimal.

A form is believed only when it says less than the digits that it explains: with n forms as simple as it, the chance
that one of them meets a value to a relative precision p is about n·p, which has to be small. So a longer form needs a
more precise value, and an accident is no exact answer (the principle of minimum description length, Rissanen, 1978).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

_ACCIDENT = 1e-4  # chance that is borne
_DENOMINATOR = 720
_PART = 60  # of a sum: the largest whole number in either part, over a common denominator
_DENOMINATORS = (1, 2, 3, 4, 6)
_ROOTS = tuple((math.sqrt(n), f"sqrt({n})") for n in range(2, 80) if all(n % (p * p) for p in (2, 3, 5, 7)))
_NAMES = ("pi", *(name for _, name in _ROOTS))
_TIMES = np.array([sign * times for times in range(1, _PART + 1) for sign in (1, -1)])
_SECONDS = np.outer(_TIMES, (math.pi, *(root for root, _ in _ROOTS)))
_DENSITY = 2 * sum(_DENOMINATORS) * _SECONDS.size  # sums to a unit of length of the number line, about


@dataclass(frozen=True)
class Value:
    """What was asked for.

    Attributes:
        number: as measured.
        error: how far that may be off.
        exact: as FormalGeo and the verifier write it (`5*sqrt(3)/2`), empty where no form explains the digits.
    """

    number: float
    error: float
    exact: str = ""

    @property
    def text(self) -> str:
        """The exact form, or as many decimals as are sure, ten at most."""
        if self.exact:
            return self.exact
        scale = max(self.error, abs(self.number) * 1e-10, 1e-12)
        return f"{self.number:.{max(0, min(10, int(-math.log10(scale)) - 1))}f}"


def value(number: float, error: float) -> Value:
    """The value with its exact form, if there is one.

    Args:
        error: how far the number may be off, absolute.
    """
    return Value(number, error, exact(number, error) or "")


def exact(number: float, error: float) -> str | None:
    """The simplest form that explains a number."""
    if not math.isfinite(number) or not math.isfinite(error):
        return None
    if abs(number) <= error:
        return "0"
    precision = error / abs(number)
    if (plain := _rational(number, precision)) is not None:
        return _times(plain, "")
    if (multiple := _rational(number / math.pi, precision)) is not None:
        return _times(multiple, "pi")
    if (square := _rational(number * number, 2 * precision)) is not None and square > 0:
        return ("-" if number < 0 else "") + _root(square)
    if (square := _rational((number / math.pi) ** 2, 2 * precision)) is not None and square > 0:
        return f"{_root(square)}*pi"
    return _sum(number, error)


def _rational(number: float, precision: float) -> Fraction | None:
    """The simplest fraction this near, if as simple a one is rare enough."""
    nearest = Fraction(number).limit_denominator(_DENOMINATOR)
    if nearest == 0 or abs(float(nearest) - number) > precision * abs(number):
        return None
    forms = max(1, abs(nearest.numerator)) * nearest.denominator
    return nearest if forms * precision < _ACCIDENT else None


def _sum(number: float, error: float) -> str | None:
    """a + b√c, a + bπ or a√c + bπ over one denominator, the smallest whole numbers first."""
    if _DENSITY * error > 10 * _ACCIDENT:
        return None
    for below in _DENOMINATORS:
        rest = number * below - _SECONDS  # (times, irrationals)
        for unit, name in ((1.0, ""), *_ROOTS):
            seconds = rest if not name else rest[:, :1]  # of two irrational parts one is a multiple of π
            whole = np.round(seconds / unit)
            near = np.abs(seconds - whole * unit) <= error * below
            fits = np.argwhere(near & (whole != 0) & (np.abs(whole) <= (_PART if name else 10 * _PART)))
            if len(fits):
                row, column = min(fits, key=lambda fit: abs(whole[tuple(fit)]) + abs(_TIMES[fit[0]]))
                first, times = int(whole[row, column]), int(_TIMES[row])
                front = _signed(first, name).lstrip("+") if name else str(first)
                return _over(f"{front}{_signed(times, _NAMES[column])}", below)
    return None


def _signed(times: int, name: str) -> str:
    return f"{'+' if times > 0 else '-'}{'' if abs(times) == 1 else f'{abs(times)}*'}{name}"


def _over(text: str, below: int) -> str:
    return text if below == 1 else f"({text})/{below}"


def _times(factor: Fraction, unit: str) -> str:
    """`3*pi/2`, `5/7`, `-2`."""
    top, below = factor.numerator, factor.denominator
    if not unit:
        return str(factor)
    front = "" if top == 1 else "-" if top == -1 else f"{top}*"
    return f"{front}{unit}" + (f"/{below}" if below > 1 else "")


def _root(square: Fraction) -> str:
    """√(p/q) as a whole root over a whole number: `3*sqrt(2)/2`."""
    product, below = square.numerator * square.denominator, square.denominator
    outside = 1
    for prime in range(2, 1_000):
        while product % (prime * prime) == 0:
            product //= prime * prime
            outside *= prime
    return _times(Fraction(outside, below), f"sqrt({product})")
