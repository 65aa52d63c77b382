"""Angles that a text may give in degrees or in radians: arccos(3/5), π/2."""

from __future__ import annotations

from redstar_geo.geometry.cdl import Term

_INVERSE = ("asin", "acos", "atan")
_PI, _HALF_TURN = Term("Name", ("pi",)), Term("Number", ("180",))


def in_some_unit(term: Term) -> bool:
    """Whether an angle in it may be in degrees or in radians."""
    return any(part.head in _INVERSE for part in term.walk()) or _in_pi(term)


def in_degrees(term: Term) -> Term:
    """The same with those that are in radians in degrees."""
    if _in_pi(term):
        return term.replaced({_PI: _HALF_TURN})
    whole = term.map(in_degrees)
    return Term("Div", (Term("Mul", (whole, _HALF_TURN)), _PI)) if term.head in _INVERSE else whole


def _in_pi(term: Term) -> bool:
    """Whether it gives an angle as a multiple of π."""
    return any(side.head == "MeasureOfAngle" for side in term.terms) and _PI in list(term.walk())
