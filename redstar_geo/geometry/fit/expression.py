"""Expressions of a figure's quantities: which occur, and values with derivatives for many layouts at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from redstar_geo.geometry import cdl

Array = NDArray[np.float64]
Slope = dict[int, Array]  # derivative (layouts,) by the number of a quantity
Index = Callable[[cdl.Term], int]  # the number of a primitive's quantity
Linear = tuple[float, dict[int, float]]  # constant and coefficients
PRIMITIVES = frozenset(
    {
        "LengthOfLine",
        "AreaOfTriangle",
        "AreaOfQuadrilateral",
        "AbscissaOfPoint",
        "OrdinateOfPoint",
        "RadiusOfCircle",
        "Turn",
        "Tilt",
        "MeasureOfAngle",
        "Corner",
        "Arc",
        "Name",
    }
)
DEGREE = 180 / math.pi
_TINY = 1e-12


def primitives(term: cdl.Term) -> list[cdl.Term]:
    """The primitive quantities of an expression, left to right."""
    return list(term.outermost(lambda part: part.head in PRIMITIVES and not _is_number(part)))


def linear(term: cdl.Term, index: Index) -> Linear | None:
    """An expression as constant and coefficients, if it is that simple."""
    if _is_number(term):
        return (math.pi if term.head == "Name" else float(str(term.args[0]))), {}
    if term.head in PRIMITIVES:
        return 0.0, {index(term): 1.0}
    parts: list[Linear] = []
    for arg in term.terms:
        part = linear(arg, index)
        if part is None:
            return None
        parts.append(part)
    if term.head in ("Add", "Sub", "Neg"):
        constant, total = 0.0, dict[int, float]()
        for sign, (number, slope) in zip(_signs(term), parts, strict=True):
            constant += sign * number
            for i, coefficient in slope.items():
                total[i] = total.get(i, 0.0) + sign * coefficient
        return constant, total
    if len(parts) == 2 and term.head in ("Mul", "Div"):
        (a, slope), (b, other) = parts
        if not other and (term.head == "Mul" or b):
            factor = b if term.head == "Mul" else 1 / b
            return a * factor, {i: part * factor for i, part in slope.items()}
        if not slope and term.head == "Mul":
            return a * b, {i: part * a for i, part in other.items()}
    return None


def dual(term: cdl.Term, values: Array, index: Index) -> tuple[Array, Slope]:
    """Value (layouts,) of an expression and its derivatives, by forward differentiation.

    Args:
        values: (layouts, quantities).

    Raises:
        CDLError: an operator that is not known.
    """
    form = linear(term, index)
    if form is not None:
        constant, coefficients = form
        total = np.full(len(values), constant)
        for i, coefficient in coefficients.items():
            total = total + coefficient * values[:, i]
        return total, {i: np.full(len(values), coefficient) for i, coefficient in coefficients.items()}
    parts = [dual(arg, values, index) for arg in term.terms]
    if term.head in ("Add", "Sub", "Neg"):
        signs = _signs(term)
        value = np.sum([sign * part for sign, (part, _) in zip(signs, parts, strict=True)], axis=0)
        return value, _combined(signs, [slope for _, slope in parts])
    if term.head == "Mul":
        value, slope = parts[0]
        for factor, other in parts[1:]:
            value, slope = value * factor, _combined([factor, value], [slope, other])
        return value, slope
    if len(parts) == 2 and term.head == "Div":
        (a, slope), (b, other) = parts
        b = np.where(np.abs(b) < _TINY, _TINY, b)
        return a / b, _combined([1 / b, -a / b**2], [slope, other])
    if len(parts) == 2 and term.head == "Pow" and not parts[1][1]:
        (a, slope), power = parts[0], float(parts[1][0][0])
        base = a if power.is_integer() else np.maximum(a, _TINY)
        return base**power, _combined([power * base ** (power - 1)], [slope])
    if len(parts) == 1 and term.head in _FUNCTIONS:
        value, factor = _FUNCTIONS[term.head](parts[0][0])
        return value, _combined([factor], [parts[0][1]])
    raise cdl.CDLError(f"{term} is not an expression of quantities.")


def _root(a: Array) -> tuple[Array, Array]:
    root = np.sqrt(np.maximum(a, _TINY))
    return root, 0.5 / root


_FUNCTIONS: Mapping[str, Callable[[Array], tuple[Array, Array]]] = {  # of degrees, as the language has them
    "sqrt": _root,
    "Sin": lambda a: (np.sin(a / DEGREE), np.cos(a / DEGREE) / DEGREE),
    "Cos": lambda a: (np.cos(a / DEGREE), -np.sin(a / DEGREE) / DEGREE),
    "Tan": lambda a: (np.tan(a / DEGREE), 1 / np.cos(a / DEGREE) ** 2 / DEGREE),
}


def _is_number(term: cdl.Term) -> bool:
    return term.head == "Number" or (term.head == "Name" and term.args[0] == "pi")


def _signs(term: cdl.Term) -> list[float]:
    if term.head == "Neg":
        return [-1.0]
    return [-1.0 if term.head == "Sub" and place else 1.0 for place in range(len(term.args))]


def _combined(factors: Sequence[Array | float], slopes: Sequence[Slope]) -> Slope:
    total: Slope = {}
    for factor, slope in zip(factors, slopes, strict=True):
        for i, part in slope.items():
            total[i] = total.get(i, 0.0) + factor * part
    return total
