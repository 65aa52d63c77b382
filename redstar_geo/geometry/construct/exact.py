"""Exact numbers of school geometry: sums of q·√n·π^k with rational q.

Sympy is exact too, and two hundred times slower; problems are made by the hundred thousand. What is written here reads
back with `cdl.value`, which tests compare.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl

Key = tuple[int, int]  # square-free number under the root, power of π
_ONE: Key = (1, 0)


class ExactError(RedStarError):
    """The result is not a sum of q·√n·π^k."""


class Exact:
    """An immutable exact number; arithmetic with integers and fractions included.

    Whole coefficients are kept as `int`, which is several times faster than `Fraction`.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Key, Fraction | int]) -> None:
        self.terms = {key: q for key, q in terms.items() if q}

    @classmethod
    def of(cls, number: Number) -> Exact:
        return number if isinstance(number, Exact) else _rational(number)

    @property
    def rational(self) -> Fraction | None:
        """The value as a fraction, or None when it is irrational."""
        if not self.terms:
            return Fraction(0)
        return Fraction(self.terms[_ONE]) if len(self.terms) == 1 and _ONE in self.terms else None

    def __add__(self, other: Number) -> Exact:
        terms = dict(self.terms)
        for key, q in Exact.of(other).terms.items():
            terms[key] = terms.get(key, 0) + q
        return Exact(terms)

    def __mul__(self, other: Number) -> Exact:
        terms: dict[Key, Fraction | int] = {}
        others = Exact.of(other).terms
        for (n, k), p in self.terms.items():
            for (m, j), q in others.items():
                common = math.gcd(n, m)
                key = (n * m // common**2, k + j)
                terms[key] = terms.get(key, 0) + p * q * common
        return Exact(terms)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Exact:
        return Exact({key: -q for key, q in self.terms.items()})

    def __sub__(self, other: Number) -> Exact:
        return self + -Exact.of(other)

    def __rsub__(self, other: Number) -> Exact:
        return Exact.of(other) - self

    def __truediv__(self, other: Number) -> Exact:
        divisor = Exact.of(other)
        if not divisor.terms:
            raise ZeroDivisionError("division of an exact number by zero")
        if len(divisor.terms) > 2 or (len(divisor.terms) == 2 and any(k for _, k in divisor.terms)):
            raise ExactError(f"Cannot divide by {divisor.text()}.")
        if len(divisor.terms) == 2:  # (a + b)(a − b) is rational
            (first, p), (second, q) = divisor.terms.items()
            conjugate = Exact({first: p, second: -q})
            return self * conjugate / (divisor * conjugate)
        ((n, k), q) = next(iter(divisor.terms.items()))
        numerator = self if n == 1 and k == 0 else self * Exact({(n, -k): 1})
        return Exact({key: _whole(Fraction(p, q * n)) for key, p in numerator.terms.items()})

    def __rtruediv__(self, other: Number) -> Exact:
        return Exact.of(other) / self

    def __pow__(self, power: int) -> Exact:
        result = _rational(1)
        for _ in range(abs(power)):
            result = result * self
        return result if power >= 0 else 1 / result

    def sqrt(self) -> Exact:
        """The non-negative root of q·π^2k.

        Raises:
            ExactError: the root is nested or imaginary.
        """
        if not self.terms:
            return self
        ((n, k), q) = next(iter(self.terms.items()))
        if len(self.terms) > 1 or n != 1 or k % 2 or q < 0:
            raise ExactError(f"The root of {self.text()} has no simple form.")
        outside, inside = _square_free(q.numerator * q.denominator)
        return Exact({(inside, k // 2): _whole(Fraction(outside, q.denominator))})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exact | int | Fraction) and self.terms == Exact.of(other).terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __lt__(self, other: Number) -> bool:
        return float(self) < float(other)

    def __float__(self) -> float:
        return float(sum(float(q) * math.sqrt(n) * math.pi**k for (n, k), q in self.terms.items()))

    def __repr__(self) -> str:
        return f"Exact({self.text()})"

    def text(self) -> str:
        """In the formal language: `55`, `15/2`, `5*sqrt(3)/2`, `9*pi`, `2+sqrt(3)`."""
        return self._write("*", lambda n: f"sqrt({n})", "pi")

    def pretty(self) -> str:
        """As in a textbook: `55`, `7.5`, `11/3`, `5√3/2`, `9π`, `2+√3`."""
        rational = self.rational
        if rational is not None and rational.denominator == 2:
            return f"{float(rational):.1f}"
        return self._write("", lambda n: f"√{n}", "π")

    def _write(self, times: str, root: Callable[[int], str], pi: str) -> str:
        if any(k not in (0, 1) for _, k in self.terms):
            raise ExactError("Powers of π other than the first are not written.")
        written = ""
        for (n, k), q in sorted(self.terms.items(), key=lambda term: (term[0] != _ONE, term[1] < 0, term[0])):
            factors = [root(n)] * (n > 1) + [pi] * k
            size = abs(q.numerator)
            body = times.join(([str(size)] if size != 1 or not factors else []) + factors)
            sign = "-" if q < 0 else "+" * bool(written)
            written += sign + body + (f"/{q.denominator}" if q.denominator != 1 else "")
        return written or "0"


@lru_cache(maxsize=16_384)
def _rational(number: int | Fraction) -> Exact:
    return Exact({_ONE: _whole(number)})


def _whole(number: int | Fraction) -> int | Fraction:
    """As an integer where it is one."""
    return number.numerator if number.denominator == 1 else number


@lru_cache(maxsize=16_384)
def _square_free(number: int) -> tuple[int, int]:
    """`number` = outside² · inside with nothing square left inside."""
    outside, factor = 1, 2
    while factor * factor <= number:
        while number % (factor * factor) == 0:
            number //= factor * factor
            outside *= factor
        factor += 1
    return outside, number


Number = Exact | int | Fraction
PI = Exact({(1, 1): 1})


def root(number: int | Fraction) -> Exact:
    """√number, simplified."""
    return _rational(number).sqrt()


@lru_cache(maxsize=1_024)
def sine(degrees: Fraction) -> Exact:
    """The sine of a multiple of 30° or 45°.

    Raises:
        ExactError: another angle.
    """
    quarter = {0: Exact({}), 30: _rational(Fraction(1, 2)), 45: root(2) / 2, 60: root(3) / 2, 90: _rational(1)}
    turn = degrees % 360
    sign, half = (1, turn) if turn < 180 else (-1, turn - 180)
    acute = min(half, 180 - half)
    if acute not in quarter:
        raise ExactError(f"The sine of {degrees}° has no simple form.")
    return quarter[int(acute)] * sign


def cosine(degrees: Fraction) -> Exact:
    """The cosine of a multiple of 30° or 45°.

    Raises:
        ExactError: another angle.
    """
    return sine(degrees + 90)


def evaluate(term: cdl.Term, value_of: Callable[[cdl.Term], Exact]) -> Exact:
    """An expression's exact value; `Equal(a, b)` is a − b.

    Args:
        value_of: gives the value of a measure or a symbol.

    Raises:
        ExactError: an operation that leaves the sums of q·√n·π^k.
    """
    head = term.head
    if head == "Number":
        return _number(str(term.args[0]))
    if head in cdl.MEASURES:
        return value_of(term)
    if head == "Name":
        return PI if term.args[0] == "pi" else value_of(term)
    return _operate(head, [evaluate(arg, value_of) for arg in term.terms])


def constant(text: str) -> Exact:
    """The value of a number written in the formal language."""
    return evaluate(cdl.parse(text), _no_value)


def _no_value(measure: cdl.Term) -> Exact:
    raise ExactError(f"{measure} is not a number.")


@lru_cache(maxsize=16_384)
def _number(text: str) -> Exact:
    return Exact.of(Fraction(text))


def _operate(head: str, args: list[Exact]) -> Exact:
    if head == "Add":
        return sum(args, Exact({}))
    if head == "Mul":
        product = args[0]
        for factor in args[1:]:
            product = product * factor
        return product
    if head in ("Sub", "Equal"):
        return args[0] - args[1]
    if head == "Div":
        return args[0] / args[1]
    if head == "Neg":
        return -args[0]
    if head == "sqrt":
        return args[0].sqrt()
    number = args[-1].rational
    if head == "Pow" and number is not None and number.denominator == 1:
        return args[0] ** int(number)
    if head in ("Sin", "Cos", "Tan") and number is not None:
        sines = sine(number), sine(number + 90)
        return sines[0] / sines[1] if head == "Tan" else sines[head == "Cos"]
    raise ExactError(f"{head} is not an exact operation.")
