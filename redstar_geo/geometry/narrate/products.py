"""Products of unknowns in a system: what equations say of them, terms that both sides have, ratios as quotients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate import polynomial as poly
from redstar_geo.geometry.narrate.polynomial import polynomial

Rewritten = tuple[int, tuple[Term, ...], Term]  # the place of an equation, what is told first, and what it becomes


def put_in(equations: Sequence[Term]) -> Rewritten | None:
    """A product that one equation says the value of, put into another one."""
    for said in equations:
        for product, worth in _values(said):
            for place, equation in enumerate(equations):
                sides = [polynomial(side) for side in equation.terms]
                if equation != said and None not in sides:
                    put = [poly.with_product(side or {}, product, worth) for side in sides]
                    if put != sides:
                        return place, (equation, said), Term("Equal", tuple(map(poly.term_of, put)))
    return None


def _values(equation: Term) -> Iterator[tuple[tuple[Term, ...], Fraction]]:
    """The product of unknowns that an equation gives a number, if it does."""
    for side, other in (equation.terms, equation.terms[::-1]):
        worth, product = polynomial(side), polynomial(other)
        if worth is not None and product is not None and len(product) == 1 and set(worth) == {()}:
            ((factors, times),) = product.items()
            if len(factors) > 1:
                yield factors, worth[()] / times


def collected(equations: Sequence[Term]) -> Rewritten | None:
    """The first equation in products that has a term on both sides, without it."""
    for place, equation in enumerate(equations):
        left, right = (polynomial(side) for side in equation.terms)
        if left is None or right is None or not set(left) & set(right) - {()}:
            continue
        difference = poly.add(left, right, Fraction(-1))
        above = {m: c for m, c in difference.items() if c > 0}
        below = {m: -c for m, c in difference.items() if c < 0}
        if above and below and poly.degree(difference) > 1 and len(poly.unknowns(difference)) > 1:
            return place, (equation,), Term("Equal", (poly.term_of(above), poly.term_of(below)))
    return None


def as_quotient(unknown: Term, equations: Iterable[Term]) -> Term:
    """A ratio of similarity as the quotient of two lengths that it is, EA / AC where EA = AC · k."""
    for equation in equations if unknown.head.startswith("RatioOf") else ():
        for side, product in (equation.terms, equation.terms[::-1]):
            if product.head == "Mul" and len(product.terms) == 2 and unknown in product.terms and unknown != side:
                return Term("Div", (side, product.terms[product.terms[0] == unknown]))
    return unknown
