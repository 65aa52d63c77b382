"""Values that linear equations in one unknown give, found without the general solver: most of a replay's equations.

The solver works on its equations in rounds: solve every one that has a single unknown left, then put the new values
into the others. This does the same rounds in the same order, with the same premises, and leaves the rest to the solver
as soon as an equation needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy

if TYPE_CHECKING:
    from formalgeo.problem.problem import Problem


def solve_linear(state: Problem) -> None:
    """Give values to unknowns while each round's equations in one unknown are linear with rational coefficients."""
    equations = state.condition.simplified_equation
    while True:
        for equation in list(equations):
            unknowns = equation.free_symbols
            if len(unknowns) == 1:
                symbol = next(iter(unknowns))
                value = _root(equation, symbol)
                if value is None:
                    return
                if not symbol.is_positive or value.is_positive:
                    state.set_value_of_sym(symbol, value, tuple(equations[equation]))
                    del equations[equation]
        if not _put_in_values(state):
            return


def _root(equation: sympy.Expr, symbol: sympy.Symbol) -> sympy.Rational | None:
    """The root of a·symbol + b; None when the equation is of another form."""
    slope = constant = sympy.S.Zero
    for term in sympy.Add.make_args(equation):
        if term.is_Rational:
            constant += term
        elif term == symbol:
            slope += 1
        elif term.is_Mul and len(term.args) == 2 and term.args[0].is_Rational and term.args[1] == symbol:
            slope += term.args[0]
        else:
            return None
    return -constant / slope if slope else None


def _put_in_values(state: Problem) -> bool:
    """Replace symbols of known value in every equation; whether equations with unknowns came of it."""
    condition = state.condition
    replaced, added = [], []
    for equation, premise in condition.simplified_equation.items():
        rest, used = equation, []
        for symbol in equation.free_symbols:
            value = condition.value_of_sym[symbol]
            if value is not None:
                rest = rest.subs(symbol, value)
                used.append(condition.get_id_by_predicate_and_item("Equation", symbol - value))
        if used:
            replaced.append(equation)
            if rest.free_symbols:
                added.append((rest, premise + used))
    for equation in replaced:
        del condition.simplified_equation[equation]
    for equation, premise in added:
        condition.simplified_equation[equation] = premise
    return bool(added)
