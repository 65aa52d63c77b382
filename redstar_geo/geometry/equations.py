"""The equations of a problem in the `formalgeo` solver, solved as its own `EquationKiller` does, but without a clock.

That one ends each step after two seconds and walks through sets, so what it finds depends on how busy the machine is
and on how a process hashes. Here a step may take so many function calls (`work`), and everything has an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from redstar_geo.geometry import cdl
from redstar_geo.geometry.work import TooMuchWorkError, Work

if TYPE_CHECKING:
    from formalgeo.problem.problem import Problem

MOST_CALLS = 60_000_000
"""Function calls that all equations of one problem may take; a free core makes 2 million a second."""

_AT_FIRST, _AT_ONCE = 300_000, 4_000_000  # of these, for one attempt
_MOST_ATOMS = 5  # of an equation that is put into others
_UNSOLVABLE = (  # what sympy raises of equations that it cannot solve
    ArithmeticError,
    AssertionError,
    AttributeError,
    BasePolynomialError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)

_TRIGONOMETRIC = {sympy.sin: sympy.asin, sympy.cos: sympy.acos, sympy.tan: sympy.atan}

Found = dict[sympy.Symbol, sympy.Expr]


class Equations:
    """What solves the equations of one problem.

    Args:
        thorough: also solve groups of equations with more unknowns than equations (slower).
        calls: how many function calls all of it may take.

    Attributes:
        given_up: how many groups of equations took too much work.
    """

    def __init__(self, state: Problem, thorough: bool, calls: int = MOST_CALLS) -> None:
        self.state, self.thorough = state, thorough
        self.given_up = 0
        self._work = Work(calls)
        # The same equations come up after every theorem: their solutions, None for too much work, and the calls allowed
        self._solved: dict[tuple[sympy.Expr, ...], tuple[list[Found] | None, int]] = {}

    def solve(self) -> None:
        """Give values to unknowns: what is done after every theorem."""
        self._put_in_values()
        for group in _groups(self.state.condition.simplified_equation):
            if self.thorough or len(group) >= len(_unknowns(group)):
                premise = self._premise(group)
                for symbol, value in self._values(group).items():
                    self.state.set_value_of_sym(symbol, value, premise)

    def value(self, target: sympy.Expr | None) -> tuple[sympy.Expr | None, list[int]]:
        """The value of an expression, None where the equations give none, and the conditions that it rests on."""
        condition = self.state.condition
        if target is None:
            return None, []
        for stated in (target, -target):
            if stated in condition.items_group["Equation"]:
                return sympy.S.Zero, [condition.get_id_by_predicate_and_item("Equation", stated)]
        self._put_in_values()
        premise = []
        for symbol in _ordered(target.free_symbols):
            value = condition.value_of_sym[symbol]
            if value is not None:
                target = _put(target, symbol, value)
                premise.append(condition.get_id_by_predicate_and_item("Equation", symbol - value))
        if not target.free_symbols:
            return target, premise
        value, used = self._first_value(target)
        if value is None:
            return None, []
        premise += self._premise(used)
        self._remember(target, value, premise)
        return value, premise

    def _first_value(self, target: sympy.Expr) -> tuple[sympy.Expr | None, list[sympy.Expr]]:
        """What half of the equations give, those that have most to do with the target, or three quarters, and so on."""
        goal = sympy.Symbol("t_s")
        ranked = _nearest(goal - target, list(self.state.condition.simplified_equation))
        for calls in (_AT_FIRST, _AT_ONCE):  # more equations are often less work than fewer, which leave more unknown
            head, tail = 0, len(ranked)
            while tail - head > 1:
                head = (head + tail) // 2
                value = self._values(self._with_fewer_unknowns(ranked[: head + 1], goal), calls).get(goal)
                if value is not None:
                    return value, ranked[1 : head + 1]
        return None, []

    def _with_fewer_unknowns(self, equations: Sequence[sympy.Expr], goal: sympy.Symbol) -> list[sympy.Expr]:
        """The equations after those in one unknown, and short ones in two, are solved and put into the others."""
        rest = list(equations)
        while True:
            expressed = next(filter(None, (self._expressed(equation, goal) for equation in rest)), None)
            if expressed is None:
                return [equation for equation in rest if equation.free_symbols]
            rest = [equation.subs(*expressed) for equation in rest]

    def _expressed(self, equation: sympy.Expr, goal: sympy.Symbol) -> tuple[sympy.Symbol, sympy.Expr] | None:
        unknowns = equation.free_symbols
        if goal in unknowns or not 1 <= len(unknowns) <= 2:
            return None
        if len(unknowns) == 1 and (tangent := _tangent(equation)) is not None:
            return tangent
        if len(equation.atoms()) > _MOST_ATOMS:
            return None
        solutions = self._solutions([equation])
        if len(unknowns) == 1 and len(solutions) > 1:
            return None  # which of them is meant the other equations may tell
        found = next(iter(solutions), {})
        symbol, value = next(iter(found.items()), (goal, goal))
        return None if symbol == goal or value.has(sympy.Float) or not value.is_rational_function() else (symbol, value)

    def _remember(self, target: sympy.Expr, value: sympy.Expr, premise: list[int]) -> None:
        """The target's value, or that of its only unknown."""
        found = self._values([target - value]) if len(target.free_symbols) == 1 else {}
        for symbol, own in found.items():
            self.state.set_value_of_sym(symbol, own, premise)
        if not found:
            self.state.condition.add("Equation", target - value, premise, ("solve_eq", None, None))

    def _premise(self, equations: Iterable[sympy.Expr]) -> list[int]:
        return [i for equation in equations for i in self.state.condition.simplified_equation[equation]]

    def _put_in_values(self) -> None:
        """In rounds: solve every equation that has one unknown left, then put the new values into the others."""
        equations = self.state.condition.simplified_equation
        while True:
            for equation in [equation for equation in equations if len(equation.free_symbols) == 1]:
                for symbol, value in self._values([equation]).items():
                    self.state.set_value_of_sym(symbol, value, tuple(equations.pop(equation)))
            if not self._replace_known():
                return

    def _replace_known(self) -> bool:
        """Replace symbols of known value in every equation; whether equations with unknowns came of it."""
        condition = self.state.condition
        replaced, added = [], []
        for equation, premise in condition.simplified_equation.items():
            rest, used = equation, []
            for symbol in _ordered(equation.free_symbols):
                value = condition.value_of_sym[symbol]
                if value is not None:
                    rest = _put(rest, symbol, value)
                    used.append(condition.get_id_by_predicate_and_item("Equation", symbol - value))
            if used:
                replaced.append(equation)
                if rest.free_symbols:
                    added.append((rest, premise + used))
        for equation in replaced:
            del condition.simplified_equation[equation]
        condition.simplified_equation.update(added)
        return bool(added)

    def _values(self, equations: Sequence[sympy.Expr], calls: int = _AT_ONCE) -> Found:
        """The numbers that equations give; of several solutions, those of the positive and smaller ones."""
        solutions = self._solutions(equations, calls)
        best = reduce(_preferred, solutions) if solutions else {}
        return {symbol: value for symbol, value in best.items() if not value.free_symbols}

    def _solutions(self, equations: Sequence[sympy.Expr], calls: int = _AT_ONCE) -> list[Found]:
        key = tuple(equations)
        found, tried = self._solved.get(key, (None, 0))
        if found is None and tried < calls:
            found = self._solve(key, calls)
            self._solved[key] = found, calls
        return found or []

    def _solve(self, equations: tuple[sympy.Expr, ...], calls: int) -> list[Found] | None:
        """Every solution that is real; None when that takes too much work."""
        if len(equations) == 1 and (found := _by_hand(equations[0])) is not None:
            return found
        try:
            found = self._work.bounded(lambda: sympy.solve(equations, dict=True), calls)
        except TooMuchWorkError:
            self.given_up += calls == _AT_ONCE
            return None
        except _UNSOLVABLE:
            return []
        return [each for each in found if all(value.free_symbols or real(value) is not None for value in each.values())]


def _put(expression: sympy.Expr, symbol: sympy.Symbol, value: sympy.Expr) -> sympy.Expr:
    """The expression with a value for a symbol; the sine of 18° stays a sine."""
    angle = sympy.pi * symbol / 180
    functions = {f(angle): cdl.function_of(f, sympy.pi * value / 180) for f in _TRIGONOMETRIC if value.is_Rational}
    return expression.xreplace(functions).subs(symbol, value)


def _by_hand(equation: sympy.Expr) -> list[Found] | None:
    """Solutions of an equation for which sympy is not needed, or would take minutes; None for one of another form.

    Forms: a·x + b·y + c with rational numbers; with functions of angles a·x + b, a·x² + b, a·cos(πx/180) + b.
    """
    unknowns = _ordered(equation.free_symbols)
    factors: dict[sympy.Expr, sympy.Expr] = {}
    for term in sympy.Add.make_args(equation):
        number, rest = term.as_independent(*unknowns, as_Add=False)
        factors[rest] = factors.get(rest, sympy.S.Zero) + number
    constant = factors.pop(sympy.S.One, sympy.S.Zero)
    rational = constant.is_Rational and all(factor.is_Rational for factor in factors.values())
    if rational and list(factors) and all(part.is_Symbol for part in factors) and len(unknowns) <= 2:
        first, *others = unknowns
        value = -sympy.expand((constant + sum(factors[symbol] * symbol for symbol in others)) / factors[first])
        return [] if first.is_positive and value.is_positive is False else [{first: value}]
    if len(unknowns) != 1 or len(factors) != 1 or not equation.has(*_TRIGONOMETRIC):
        return None
    ((part, factor),) = factors.items()
    return _inverted(part, -constant / factor, unknowns[0])


def _inverted(part: sympy.Expr, worth: sympy.Expr, symbol: sympy.Symbol) -> list[Found] | None:
    """The positive or smallest solution of `part` = `worth`."""
    if part == symbol:
        return [{symbol: worth}] if not symbol.is_positive or sympy.N(worth) > 0 else []
    if part == symbol**2 and symbol.is_positive:
        return [{symbol: sympy.sqrt(worth)}] if sympy.N(worth) > 0 else []
    inverse = _TRIGONOMETRIC.get(part.func)
    if inverse is None or part.args[0] != sympy.pi * symbol / 180:
        return None
    angle = 180 * inverse(cdl.opened(worth)) / sympy.pi
    return [{symbol: angle}] if (size := real(angle)) is not None and size > 0 else None


def _tangent(equation: sympy.Expr) -> tuple[sympy.Symbol, sympy.Expr] | None:
    """The acute angle x of a·sin(πx/180) + b·cos(πx/180); None for another equation."""
    (symbol,) = equation.free_symbols
    angle = sympy.pi * symbol / 180
    plain = equation.replace(lambda e: isinstance(e, sympy.sin | sympy.cos), lambda e: e.func(sympy.expand(e.args[0])))
    sine, cosine = plain.coeff(sympy.sin(angle)), plain.coeff(sympy.cos(angle))
    if 0 in (sine, cosine) or sympy.expand(plain - sine * sympy.sin(angle) - cosine * sympy.cos(angle)) != 0:
        return None
    value = 180 * sympy.atan(-cosine / sine) / sympy.pi
    return (symbol, value) if (size := real(value)) is not None and size > 0 else None


def _preferred(one: Found, other: Found) -> Found:
    """Of two solutions: the one with numbers, else the positive, else the smaller."""
    alike = [symbol for symbol in one if symbol in other and not one[symbol].free_symbols | other[symbol].free_symbols]
    for symbol, value in one.items():
        if symbol not in other or (other[symbol].free_symbols and not value.free_symbols):
            return one
        if value.free_symbols and not other[symbol].free_symbols:
            return other
        if symbol in alike and (_number(value) > 0) != (_number(other[symbol]) > 0) and 0 not in (value, other[symbol]):
            return one if _number(value) > 0 else other
    for symbol in alike:
        if one[symbol] != other[symbol]:
            return other if abs(_number(one[symbol])) > abs(_number(other[symbol])) else one
    return one


def real(value: sympy.Expr) -> float | None:
    """A number as a float; None for one that is not real or not finite."""
    if value.is_Rational:
        return float(value)
    try:
        worth = complex(sympy.N(value))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return worth.real if abs(worth.imag) <= 1e-9 * max(1.0, abs(worth)) else None


def _number(value: sympy.Expr) -> float:
    worth = real(value)
    assert worth is not None  # others are no solutions
    return worth


def _groups(equations: Iterable[sympy.Expr]) -> Iterator[list[sympy.Expr]]:
    """Equations that hang together by their unknowns."""
    rest = list(equations)
    while rest:
        group, rest = rest[:1], rest[1:]
        symbols = _unknowns(group)
        while near := [equation for equation in rest if not symbols.isdisjoint(equation.free_symbols)]:
            group += near
            symbols |= _unknowns(near)
            rest = [equation for equation in rest if symbols.isdisjoint(equation.free_symbols)]
        yield group


def _nearest(first: sympy.Expr, equations: Sequence[sympy.Expr]) -> list[sympy.Expr]:
    """`first` and what hangs together with it: each time the equation that brings the fewest new unknowns."""
    ranked, symbols, rest = [first], set(first.free_symbols), list(equations)
    while related := [equation for equation in rest if not symbols.isdisjoint(equation.free_symbols)]:
        best = min(related, key=lambda e: (len(e.free_symbols - symbols), -len(e.free_symbols)))
        ranked.append(best)
        symbols |= best.free_symbols
        rest.remove(best)
    return ranked


def _unknowns(equations: Iterable[sympy.Expr]) -> set[sympy.Symbol]:
    return {symbol for equation in equations for symbol in equation.free_symbols}


def _ordered(symbols: Iterable[sympy.Symbol]) -> list[sympy.Symbol]:
    return sorted(symbols, key=str)
