"""Polynomials in measures and letters with rational coefficients: what is needed to solve equations by hand.

A monomial is the sorted tuple of its factors, `()` the constant: 2x² − 3 is `{(x, x): 2, (): −3}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.say import with_decimal

Polynomial = dict[tuple[Term, ...], Fraction]
PI = Term("Name", ("pi",))
ONE = Term("Number", ("1",))


def polynomial(term: Term) -> Polynomial | None:
    """The polynomial of an expression; None when it is none, or its coefficients are not rational."""
    if term.head == "Number":
        return constant(Fraction(str(term.args[0])))
    if term.head in cdl.MEASURES or term.head == "Name":  # π too: a factor that has to cancel
        return {(term,): Fraction(1)}
    if term.head in ("Sin", "Cos", "Tan") and term.terms[0].head == "Number":
        worth = cdl.to_sympy(term)
        return constant(Fraction(int(worth.p), int(worth.q))) if worth.is_Rational else None
    parts = [polynomial(part) for part in term.terms]
    operands = [part for part in parts if part is not None]
    if not operands or len(operands) < len(parts):
        return None
    if term.head in ("Add", "Mul"):
        total = operands[0]
        for part in operands[1:]:
            total = add(total, part) if term.head == "Add" else times(total, part)
        return total
    if term.head in ("Sub", "Equal"):
        return add(operands[0], operands[1], Fraction(-1))
    if term.head == "Neg":
        return add({}, operands[0], Fraction(-1))
    if term.head == "Div" and list(operands[1]) == [()]:
        return times(operands[0], constant(1 / operands[1][()]))
    if term.head == "Pow" and str(term.terms[1]) == "2":
        return times(operands[0], operands[0])
    return None


def constant(value: Fraction) -> Polynomial:
    return {(): value} if value else {}


def to_fraction(value: sympy.Expr) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def to_sympy(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def add(a: Polynomial, b: Polynomial, factor: Fraction = Fraction(1)) -> Polynomial:
    """a + factor · b"""
    total = dict(a)
    for monomial, coefficient in b.items():
        total[monomial] = total.get(monomial, Fraction(0)) + factor * coefficient
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def times(a: Polynomial, b: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for m, p in a.items():
        for n, q in b.items():
            monomial = tuple(sorted((*m, *n), key=str))
            product[monomial] = product.get(monomial, Fraction(0)) + p * q
    return {monomial: coefficient for monomial, coefficient in product.items() if coefficient}


def divided(a: Polynomial, factor: Term) -> Polynomial:
    """The polynomial without this factor, which is in all of its terms."""
    quotient = {}
    for monomial, coefficient in a.items():
        place = monomial.index(factor)
        quotient[monomial[:place] + monomial[place + 1 :]] = coefficient
    return quotient


def with_product(a: Polynomial, product: Sequence[Term], worth: Fraction) -> Polynomial:
    """The polynomial with a product of unknowns replaced by its value."""
    found: Polynomial = {}
    for monomial, coefficient in a.items():
        left = list(monomial)
        for factor in product:
            if factor not in left:
                break
            left.remove(factor)
        else:
            monomial, coefficient = tuple(left), coefficient * worth
        found = add(found, {monomial: coefficient})
    return found


def unknowns(a: Polynomial) -> list[Term]:
    """In the order in which they come up, so that a telling does not depend on how a process hashes."""
    return list(dict.fromkeys(factor for monomial in a for factor in monomial if factor != PI))


def has_pi(a: Polynomial) -> bool:
    return any(PI in monomial for monomial in a)


def degree(a: Polynomial) -> int:
    return max(map(len, a), default=0)


def coefficients(a: Polynomial, unknown: Term) -> tuple[Fraction, Fraction, Fraction]:
    """Of a polynomial in one unknown, up to the square: of the square, of the unknown, the constant."""
    return a.get((unknown, unknown), Fraction(0)), a.get((unknown,), Fraction(0)), a.get((), Fraction(0))


def term_of(a: Polynomial) -> Term:
    """The polynomial as an expression, highest powers first, but no minus sign in front where it can be helped."""
    total: Term | None = None
    parts = sorted(a.items(), key=lambda item: (-len(item[0]), list(map(str, item[0]))))
    if parts and parts[0][1] < 0:
        parts.sort(key=lambda item: item[1] < 0)
    for monomial, coefficient in parts:
        part = _product(monomial, abs(coefficient))
        if total is None:
            total = part if coefficient > 0 else Term("Neg", (part,))
        else:
            total = Term("Add" if coefficient > 0 else "Sub", (total, part))
    return total or number(Fraction(0))


def number(value: Fraction) -> Term:
    if value < 0:
        return Term("Neg", (number(-value),))
    if value.denominator == 1:
        return Term("Number", (str(value),))
    return Term("Div", (number(Fraction(value.numerator)), number(Fraction(value.denominator))))


def total(numbers: Sequence[Fraction]) -> Term:
    """A sum that is not worked out: 6 + 6 − 2."""
    summed = number(numbers[0])
    for each in numbers[1:]:
        summed = Term("Add" if each > 0 else "Sub", (summed, number(abs(each))))
    return summed


def product(a: Term, b: Term) -> Term:
    """Without a factor of 1."""
    return b if a == ONE else a if b == ONE else Term("Mul", (a, b))


def constants(side: Term, sign: int = 1) -> list[Fraction]:
    """The numbers that are summands of an expression."""
    if side.head in ("Add", "Sub"):
        signs = [sign, *([sign] if side.head == "Add" else [-sign]) * (len(side.terms) - 1)]
        return [each for part, of in zip(side.terms, signs, strict=True) for each in constants(part, of)]
    value = (polynomial(side) or {}).get(())
    return [sign * value] if value is not None else []


def root(value: Fraction) -> Fraction | None:
    """The square root, when it is rational."""
    if value < 0:
        return None
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(above, below) if above**2 == value.numerator and below**2 == value.denominator else None


def _product(monomial: tuple[Term, ...], coefficient: Fraction) -> Term:
    factors: list[Term] = []
    for factor in dict.fromkeys(monomial):
        power = monomial.count(factor)
        factors.append(factor if power == 1 else Term("Pow", (factor, number(Fraction(power)))))
    if not factors:
        return with_decimal(number(coefficient))
    if coefficient != 1:
        factors.insert(0, number(coefficient))
    return factors[0] if len(factors) == 1 else Term("Mul", tuple(factors))
