"""One problem inside the `formalgeo` solver: apply its theorems, then read the proof off the solver's conditions.

Every condition there carries its premises and the theorem that gave it.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl, predicates
from redstar_geo.geometry.proof import Proof, Solve, Step
from redstar_geo.geometry.state import FormalProblem, State

BARE = predicates.BASIC.keys() | predicates.VARIABLE
# Theorems that a student would like to use on a triangle before looking closely.
_TEMPTING = (
    "isosceles_triangle_judgment_line_equal",
    "isosceles_triangle_judgment_angle_equal",
    "right_triangle_judgment_angle",
    "equilateral_triangle_judgment_isosceles_and_isosceles",
)
_MEASURE = re.compile(r"([A-Za-z]+)\(([A-Z,]+)\)")
_HALF = sympy.Rational(1, 2)
_TOLERANCE = sympy.Float(10) ** -30

_Move = tuple[Step | Solve, frozenset[int]]  # a move and the solver's conditions that it added


class ReplayError(RedStarError):
    """A problem has no proof here; `reason` is machine-readable, `solved` what the goal is where the file is wrong."""

    def __init__(self, reason: str, detail: str = "", solved: sympy.Expr | None = None) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail, self.solved = reason, detail, solved

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Replay:
    """One problem inside the solver: apply its theorems, then read the proof off the solver's conditions."""

    def __init__(self, state: State, problem: FormalProblem) -> None:
        self.state, self.problem, self.givens, self.goal = state, problem, problem.givens, problem.goal
        self.theorems, self.groups = state.language.theorems, state.language.groups
        self.state.equations.solve()
        self.condition = self.state.condition
        self.names: dict[sympy.Symbol, str] = {}  # solver symbol → the measure as this proof writes it
        self.statements: dict[int, str] = {}  # condition id → statement as the theorem file words it
        for measure in [m for text in self.givens for m in cdl.parse(text).measures()] + list(self.goal.measures()):
            if measure.head == "Name":
                self._name("Free", str(measure))
            else:
                self._name(measure.head, tuple("".join(measure.points)))
        for text in self.givens:
            self._word(text, None, 0)

    def proof(self) -> Proof:
        moves = list(self._new_moves(0, None))
        for name, args in self._temptations():
            moves += self._attempt(name, args)
        for name, branch, points in self.problem.theorems:
            moves += self._apply(name, branch, tuple(points))
        start = self.condition.id_count
        self.state.check_goal()
        goal = self.state.goal
        if goal.solved_answer is None:
            given_up = self.state.equations.given_up
            raise ReplayError("too_much_work" if given_up else "goal_not_reached")
        if not goal.solved:
            raise ReplayError("wrong_value", f"{goal.solved_answer} against {goal.answer}", goal.solved_answer)
        moves += self._new_moves(start, None)
        needed = self.ancestors(goal.premise)
        if goal.item.is_Symbol:  # the move that gave the goal its value
            values = [i for i, item in enumerate(self.condition.items) if self._values(item, goal.item)]
            needed |= self.ancestors(values)
        kept = [replace(move, needed=not ids.isdisjoint(needed)) for move, ids in moves]
        kept = [move for move in kept if move.needed or (isinstance(move, Step) and move.theorem != "definition")]
        first = {move.unknown: move for move in reversed(kept) if isinstance(move, Solve)}
        kept = [move for move in kept if not isinstance(move, Solve) or first[move.unknown] is move]
        answer = _number(sympy.S.Zero + goal.solved_answer)
        if str(self.goal) in first:  # the goal is valued last, also when the givens alone would do
            kept = [move for move in kept if move is not first[str(self.goal)]] + [first[str(self.goal)]]
        elif (alias := self._known_as(goal.item)) in first:
            kept.append(Solve(str(self.goal), answer, (f"Equal({self.goal},{alias})",), ((alias, answer),)))
        else:
            equations, known = self._evidence(self._relevant(goal.premise, goal.item.free_symbols))
            kept.append(Solve(str(self.goal), answer, equations, known))
        return Proof(self.givens, str(self.goal), answer, tuple(kept))

    def _known_as(self, goal: sympy.Expr) -> str:
        """The name under which the goal is worked out, if it is another one: ∠GFJ for ∠GFH."""
        known = self._measure(goal) if goal.is_Symbol else ""
        return known if set(known) != set(str(self.goal)) else ""

    def values(self) -> dict[str, str]:
        """Every value that the solver knows, under every name: `{"MeasureOfAngle(ABC)": "50", "x": "3"}`.

        A value that has no exact text is left out.
        """
        known = {}
        for symbol, value in self.condition.value_of_sym.items():
            if value is not None:
                attribute, items = self.condition.attr_of_sym[symbol]
                try:
                    text = _number(sympy.S.Zero + value)
                except ReplayError:
                    continue
                for points in items:
                    known[str(points) if attribute == "Free" else self._relation(attribute, points)] = text
        return known

    def _temptations(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Two theorems on triangles of the figure, the same ones for the same problem."""
        chance = random.Random(self.problem.key)
        triangles = sorted(item for item in self.condition.get_items_by_predicate("Polygon") if len(item) == 3)
        for _ in range(2 if triangles else 0):
            name, triangle = chance.choice(_TEMPTING), chance.choice(triangles)
            if name in self.theorems and len(self.theorems[name].letters) == 3:
                yield name, triangle

    def _attempt(self, name: str, args: tuple[str, ...]) -> list[_Move]:
        """Try a theorem; when a premise is not known, the attempt itself is the move: a dead end."""
        letters = dict(zip(self.theorems[name].letters, args, strict=True))
        body = self.theorems[name].branches["1"]
        missing = []
        for predicate, item in body.premises:
            points = tuple(letters[i] for i in item)
            if predicate not in BARE and not self.condition.has(predicate, points):
                missing.append(self._relation(predicate, points))
        for text in body.equations:
            difference, _ = self.state.equations.value(self.state.expression(cdl.parse(text), letters))
            if difference is None:
                missing.append(self._equation(text, letters))
        if missing:
            return [(Step(name, self._grouped(name, args), tuple(missing), ()), frozenset())]
        return self._apply(name, "1", args)

    def _apply(self, name: str, branch: str | None, args: tuple[str, ...]) -> list[_Move]:
        if name not in self.theorems or len(args) != len(self.theorems[name].letters):
            raise ReplayError("unknown_theorem", f"{name}({','.join(args)})")
        if branch is not None and branch not in self.theorems[name].branches:
            raise ReplayError("unknown_theorem", f"{name} has no branch {branch}")
        start = self.condition.id_count
        self.state.apply(name, branch, args)
        self.state.equations.solve()
        if any(self.condition.items[i][3][0] == name for i in range(start, self.condition.id_count)):
            self._word_conclusions(name, branch, args, start)
        return list(self._new_moves(start, (name, args)))

    def _word_conclusions(self, name: str, branch: str | None, args: tuple[str, ...], start: int) -> None:
        """Remember the equations a theorem gave as it words them: `a + b + c = 180`, not `a + b + c − 180 = 0`."""
        letters = dict(zip(self.theorems[name].letters, args, strict=True))
        for number, body in self.theorems[name].branches.items():
            if branch in (None, number):
                for text in body.conclusions:
                    self._word(text, letters, start)

    def _word(self, text: str, letters: Mapping[str, str] | None, start: int) -> None:
        """Remember how an equation among the conditions from `start` on is worded; no `letters`: they stand there."""
        term = cdl.parse(text)
        if term.head == "Equal":
            equation = self.state.expression(term, letters)
            condition = self.condition.id_of_item.get(("Equation", str(equation)), -1)
            if condition >= start:
                self.statements[condition] = self._equation(text, letters)

    def _new_moves(self, start: int, theorem: tuple[str, tuple[str, ...]] | None) -> Iterator[_Move]:
        """What the solver added since condition `start`: the theorem's step, definitions unfolded, values solved."""
        step: list[int] = []
        rest: list[_Move] = []
        for i in range(start, self.condition.id_count):
            predicate, item, premise, (source, _, _), _ = self.condition.items[i]
            if source == "solve_eq":
                solved = self._solved(item)
                if solved is None:
                    continue
                move: _Move = (Solve(*solved, *self._evidence(self._premise(i))), frozenset({i}))
                if step or theorem is None:
                    rest.append(move)
                else:
                    yield move  # found while the theorem's premises were looked at
            elif theorem is not None and source == theorem[0]:
                step.append(i)
            elif source == "extended" and predicate not in BARE:
                parent = self.condition.items[premise[0]]
                if parent[0] not in (*BARE, predicate):
                    unfolded = Step("definition", (), (self.statement(premise[0]),), (self.statement(i),))
                    rest.append((unfolded, frozenset({i})))
        if step and theorem is not None:
            premises = sorted({i for conclusion in step for i in self.condition.items[conclusion][2] if i >= 0})
            worth_saying = [self.statement(i) for i in premises if self.condition.items[i][0] not in BARE]
            conclusions = tuple(dict.fromkeys(self.statement(i) for i in step))
            args = self._grouped(*theorem)
            yield Step(theorem[0], args, tuple(dict.fromkeys(worth_saying)), conclusions), frozenset(step)
        yield from rest

    def _solved(self, item: sympy.Expr) -> tuple[str, str] | None:
        """What an equation found by solving values: a measure, or the goal; None when it only confirmed a premise."""
        if len(item.free_symbols) == 1:
            symbol = next(iter(item.free_symbols))
            return self._measure(symbol), _number(symbol - item)
        value = self.state.goal.item - item
        return None if value.free_symbols else (str(self.goal), _number(value))

    def ancestors(self, premise: Iterable[int]) -> set[int]:
        """Every condition that these rest on, themselves included."""
        seen: set[int] = set()
        pending = list(premise)
        while pending:
            i = pending.pop()
            if i >= 0 and i not in seen:
                seen.add(i)
                pending += self._premise(i)
        return seen

    def _premise(self, i: int) -> tuple[int, ...]:
        """What condition `i` rests on; for a solved value only the equations that can have mattered.

        The solver names every equation of the group that it solved. One that holds an unknown found in no other
        equation of the group cannot fix anything else, so it is left out, again and again until none is left to drop.
        """
        _, item, premise, (source, _, _), _ = self.condition.items[i]
        if source != "solve_eq":
            return tuple(premise)
        return self._relevant(premise, item.free_symbols)

    def _relevant(self, premise: Iterable[int], targets: set[sympy.Symbol]) -> tuple[int, ...]:
        items = {i: self.condition.items[i] for i in premise if i >= 0}
        equations = {i: item[1] for i, item in items.items() if item[0] == "Equation"}
        values = {next(iter(e.free_symbols)): i for i, e in equations.items() if len(e.free_symbols) == 1}
        values = {symbol: i for symbol, i in values.items() if self._values(self.condition.items[i], symbol)}
        open_ones = {i: e.free_symbols - values.keys() for i, e in equations.items() if i not in values.values()}
        while True:
            times = Counter(symbol for symbols in open_ones.values() for symbol in symbols)
            idle = [i for i, symbols in open_ones.items() if any(times[s] == 1 and s not in targets for s in symbols)]
            if not idle:
                break
            for i in idle:
                del open_ones[i]
        used = {symbol for i in open_ones for symbol in equations[i].free_symbols} | targets
        return (*open_ones, *(i for symbol, i in values.items() if symbol in used))

    def _evidence(self, premise: Iterable[int]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """The equations among these conditions, and the values."""
        equations, known = [], {}
        for i in sorted(set(premise)):
            if i < 0 or self.condition.items[i][0] != "Equation":
                continue
            item = self.condition.items[i][1]
            symbol = next(iter(item.free_symbols))
            if self._values(self.condition.items[i], symbol):
                known[self._measure(symbol)] = _number(symbol - item)
            else:
                equations.append(self.statement(i))
        return tuple(equations), tuple(known.items())

    @staticmethod
    def _values(item: tuple[Any, ...], symbol: sympy.Symbol) -> bool:
        return item[0] == "Equation" and item[1].free_symbols == {symbol} and not (symbol - item[1]).free_symbols

    def _grouped(self, head: str, points: Iterable[str]) -> tuple[str, ...]:
        """Points in the groups that the language gives this head: `("ABC", "DEF")`."""
        letters = iter(points)
        return tuple("".join(itertools.islice(letters, size)) for size in self.groups[head])

    def _relation(self, head: str, points: Iterable[str]) -> str:
        return f"{head}({','.join(self._grouped(head, points))})"

    def _name(self, attribute: str, points: tuple[str, ...] | str) -> str:
        """The measure (or, for `Free`, the letter) as this proof writes it: the first name under which it came up."""
        symbol = self.state.get_sym_of_attr(attribute, points)
        written = str(points) if attribute == "Free" else self._relation(attribute, points)
        return written if symbol is None else self.names.setdefault(symbol, written)

    def _measure(self, symbol: sympy.Symbol) -> str:
        attribute, items = self.condition.attr_of_sym[symbol]
        return self.names.get(symbol) or self._name(attribute, items[0])

    def statement(self, i: int) -> str:
        """Condition `i` as the problem or the theorem words it, with the proof's names."""
        predicate, item = self.condition.items[i][:2]
        if i in self.statements:
            return self.statements[i]
        if predicate != "Equation":
            return self._relation(predicate, item)
        terms = sympy.Add.make_args(sympy.expand(item))
        negative = [term for term in terms if term.could_extract_minus_sign()]
        left = sympy.Add(*[term for term in terms if term not in negative])
        right = sympy.Add(*[-term for term in negative])
        return f"Equal({self._text(left)},{self._text(right)})"

    def _equation(self, text: str, letters: Mapping[str, str] | None) -> str:
        """A statement of the problem or a theorem with every measure as this proof writes it."""

        def named(match: re.Match[str]) -> str:
            points = match[2].replace(",", "")
            if match[1] not in predicates.MEASURES:
                return match[0]
            return self._name(match[1], tuple(points if letters is None else map(letters.__getitem__, points)))

        return _MEASURE.sub(named, text)

    def _text(self, expression: sympy.Expr) -> str:
        """An expression of the solver in the language; angles inside trigonometric functions in degrees."""
        for function, head in ((sympy.sin, "Sin"), (sympy.cos, "Cos"), (sympy.tan, "Tan")):
            degrees = sympy.Function(head)
            expression = expression.replace(
                lambda e, f=function: isinstance(e, f) and bool(e.free_symbols),
                lambda e, d=degrees: d(e.args[0] * 180 / sympy.pi),
            )
        named = {symbol: sympy.Symbol(self._measure(symbol)) for symbol in expression.free_symbols}
        return str(expression.xreplace(named)).replace(" ", "")


def _number(expression: sympy.Expr) -> str:
    """An exact value as text of the language.

    The solver sometimes leaves a number in a complex disguise, such as −3·tan(i·log(7/25 + 24i/25)/2), and sometimes a
    float. Then the simple number, or the angle of a simple cosine, that agrees to 20 digits is written.

    Raises:
        ReplayError: there is no such number.
    """
    expression = _without_nested_roots(_without_arcs(expression))
    if expression.has(sympy.asin, sympy.acos, sympy.atan) and expression.has(sympy.sin, sympy.cos, sympy.tan):
        nearest = sympy.nsimplify(sympy.N(expression, 40), rational=True, tolerance=_TOLERANCE)
        expression = nearest if nearest.q < 1000 else expression  # 8 for 24/(5*sin(acos(7/25)/2))
    text = str(expression).replace(" ", "")
    try:
        if not expression.has(sympy.Float):
            cdl.value(text)
            return text
    except cdl.CDLError:
        pass
    if expression.is_Float:  # of the solver's: only its first digits mean anything
        nearest = sympy.nsimplify(expression, rational=True, tolerance=1e-12)
        if nearest.q < 1000:
            return str(nearest)
    real, imaginary = sympy.N(expression, 40).as_real_imag()
    cosine = sympy.nsimplify(sympy.N(sympy.cos(real * sympy.pi / 180), 40), tolerance=_TOLERANCE)
    for simple in (sympy.nsimplify(real, tolerance=_TOLERANCE), 180 * sympy.acos(cosine) / sympy.pi):
        text = str(simple).replace(" ", "")
        if abs(imaginary) < 1e-12 and len(text) < 40 and abs(sympy.N(simple - real, 40)) < 1e-20:
            return text
    raise ReplayError("inexact_value", str(expression)[:200])


def _without_arcs(expression: sympy.Expr) -> sympy.Expr:
    """The same number without functions of arcs where these go away: 3/5 for sin(pi/2 - asin(4/5))."""
    inverse = expression.atoms(sympy.asin, sympy.acos, sympy.atan)
    if not inverse or not expression.has(sympy.sin, sympy.cos, sympy.tan):
        return expression
    plain = sympy.radsimp(sympy.expand(sympy.expand_trig(sympy.expand(expression))))
    return expression if plain.has(*inverse) or plain.has(sympy.sin, sympy.cos, sympy.tan) else plain


def _without_nested_roots(expression: sympy.Expr) -> sympy.Expr:
    """The same number without roots of sums and sums below a line where these go away: 12√3 for (24√3−36)/√(7−4√3)."""
    sums = [power for power in expression.atoms(sympy.Pow) if power.base.is_Add and power.exp in (-1, _HALF, -_HALF)]
    if not sums or expression.has(sympy.Float):
        return expression
    plain = sympy.radsimp(sympy.sqrtdenest(expression))
    return min(expression, plain, key=lambda written: len(str(written)))
