"""Angles in a system of exact equations, and their sines and cosines, which are unknowns like others.

What is known of an angle is put into its functions: sin(180° − x) = sin x, sin(90° − x) = cos x. What is known of its
sine gives the angle, if the other angle with that sine leaves no room for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from redstar_geo.geometry import cdl

Sides = tuple[sympy.Expr, sympy.Expr]
_FUNCTIONS = {"Sin": sympy.sin, "Cos": sympy.cos, "Tan": sympy.tan}
_HALF_TURN, _RIGHT = sympy.Integer(180), sympy.Integer(90)


def named(side: sympy.Expr) -> sympy.Expr:
    """With a symbol for each function of an unknown angle, written as the formal language does."""
    return side.xreplace(
        {
            part: _symbol(head, symbol)
            for head, function in _FUNCTIONS.items()
            for part in side.atoms(function)
            for symbol in part.free_symbols
            if sympy.expand(part.args[0] * 180 / sympy.pi) == symbol
        }
    )


def is_angle(symbol: sympy.Symbol) -> bool:
    return str(symbol).startswith("MeasureOfAngle(")


def in_degrees(symbol: sympy.Symbol) -> bool:
    return is_angle(symbol) or str(symbol).startswith("MeasureOfArc(")


def holds(sides: Sides, unknown: sympy.Symbol) -> bool:
    """Whether an unknown is in an equation, as itself or under a function."""
    symbols = set().union(*(side.free_symbols for side in sides))
    return unknown in symbols or any(_symbol(head, unknown) in symbols for head in _FUNCTIONS)


def can_put(angle: sympy.Symbol, expressed: sympy.Expr, equations: Sequence[Sides]) -> bool:
    """Whether the functions of an angle, as far as they occur, follow from what it is equal to."""
    symbols = {symbol for sides in equations for side in sides for symbol in side.free_symbols}
    used = [head for head in _FUNCTIONS if _symbol(head, angle) in symbols]
    return all(_function(head, expressed) is not None for head in used)


def put(side: sympy.Expr, angle: sympy.Symbol, expressed: sympy.Expr) -> sympy.Expr:
    """The functions of an angle by what it is equal to: a number, another angle, 90° or 180° less another."""
    found = {_symbol(head, angle): _function(head, expressed) for head in _FUNCTIONS}
    return side.xreplace({symbol: worth for symbol, worth in found.items() if worth is not None})


def equal_angles(equations: Sequence[Sides]) -> tuple[Sides, sympy.Symbol, sympy.Symbol] | None:
    """An equation that says that two angles have the same sine, and the angles, where these cannot make 180°."""
    for sides in equations:
        difference = sympy.expand(sides[0] - sides[1])
        symbols = sorted(difference.free_symbols, key=str)
        if len(symbols) == 2 and sympy.expand(difference.coeff(symbols[0]) * (symbols[0] - symbols[1])) == difference:
            one, other = map(angle, symbols)
            if one is not None and other is not None and _impossible([*equations, (one + other, _HALF_TURN)]):
                return sides, one, other
    return None


def angle_of(sine: sympy.Symbol, worth: sympy.Expr, equations: Sequence[Sides]) -> tuple[sympy.Expr, str] | None:
    """The angle with this sine and why it is not the other one (∠ABC = −30°, empty for 90°); None if it may be both.

    Only for angles that other equations speak of, and sines that people know.
    """
    found = angle(sine)
    acute = sympy.asin(worth) * 180 / sympy.pi
    if found is None or not acute.is_Rational or not any(found in side.free_symbols for e in equations for side in e):
        return None
    ways = [acute] if acute == _RIGHT else [acute, _HALF_TURN - acute]
    absurd = {way: _absurdity([*equations, (found, way)], found) for way in ways}
    possible = [way for way in ways if absurd[way] is None]
    if len(possible) != 1:
        return None
    return possible[0], next((reason for reason in absurd.values() if reason is not None), "")


def angle(sine: sympy.Symbol) -> sympy.Symbol | None:
    """The angle of which a symbol is the sine."""
    named_so = str(sine).startswith("Sin(MeasureOfAngle(")
    return cdl.to_sympy(cdl.parse(str(sine)[4:-1])) if named_so else None


def _symbol(head: str, angle: sympy.Symbol) -> sympy.Symbol:
    return sympy.Symbol(f"{head}({angle})", positive=head == "Sin")


def _function(head: str, expressed: sympy.Expr) -> sympy.Expr | None:
    """Of an angle by what it is equal to; None where that is no help."""
    if not expressed.free_symbols:
        return _FUNCTIONS[head](expressed * sympy.pi / 180)
    (other, *more) = expressed.free_symbols
    if expressed == other:
        return _symbol(head, other)
    if more:
        return None
    total = sympy.expand(expressed + other)
    if total == _HALF_TURN:
        return _symbol(head, other) * (1 if head == "Sin" else -1)
    if total == _RIGHT and head != "Tan":
        return _symbol("Cos" if head == "Sin" else "Sin", other)
    return None


def _linear(equations: Sequence[Sides]) -> tuple[list[sympy.Expr], list[sympy.Symbol]]:
    """What the equations say of angles alone, and these angles."""
    alone = [a - b for a, b in equations if all(map(is_angle, (a - b).free_symbols)) and (a - b).free_symbols]
    return alone, sorted(set().union(*(each.free_symbols for each in alone)), key=str)


def _impossible(equations: Sequence[Sides]) -> bool:
    differences, symbols = _linear(equations)
    return sympy.linsolve(differences, symbols) == sympy.EmptySet


def _absurdity(equations: Sequence[Sides], angle: sympy.Symbol) -> str | None:
    """An angle that comes out as zero or negative, in the formal language; None where there is none."""
    differences, symbols = _linear(equations)
    for solution in sympy.linsolve(differences, symbols):
        for symbol, worth in zip(symbols, solution, strict=True):
            if symbol != angle and worth.is_Rational and worth <= 0:
                return f"Equal({symbol},{worth})"
        return None
    return f"Equal({angle},{equations[-1][1]})"
