"""Write a proof move by move; every premise is looked up among what is known, every value is computed exactly.

A family only names theorems and points. Definitions are unfolded where a theorem needs them, several names of one
measure (∠ABC and ∠CBD with C, D on one ray) count as one, and what the goal does not rest on is marked as not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.construct.exact import Exact, evaluate
from redstar_geo.geometry.construct.theorems import instance
from redstar_geo.geometry.figure import unfold
from redstar_geo.geometry.proof import Proof, Solve, Step

_GIVEN = -1
_APPLICATION = re.compile(r"([A-Z][A-Za-z]+)\(([A-Z]+(?:,[A-Z]+)*)\)")
_BARE = ("Collinear", "Cocircular")


class DeductionError(RedStarError):
    """A premise is not known, or the equations do not determine the unknown."""


@dataclass
class _Entry:
    move: Step | Solve
    rests_on: set[int]


class Deduction:
    """What is known so far, and the moves that led there.

    Args:
        givens: statements; their wording names the measures.
        goal: the expression asked for.
        collinear: `("ADB",)`: points on one line in this order, so that ∠CAD and ∠CAB are the same angle.
    """

    def __init__(self, givens: tuple[str, ...], goal: str, collinear: tuple[str, ...] = ()) -> None:
        self.collinear = collinear
        self.keys: dict[str, str] = {}  # any wording of a statement or a measure → its key
        self.names: dict[str, str] = {}  # key of a measure → the way it is written in this proof
        self.facts: dict[str, int] = {}  # key of a statement → the move that gave it
        self.stated: dict[str, str] = {}  # key of a statement → its first wording
        self.implied: dict[str, tuple[str, str]] = {}  # key → (statement, the statement whose definition holds it)
        self.values: dict[str, tuple[Exact, int]] = {}
        self.equals: dict[str, dict[str, str]] = {}  # key of a measure → those known to be equal, by which statement
        self.entries: list[_Entry] = []
        self.givens = tuple(self._worded(given) for given in givens)
        self.goal = self._worded(goal)
        for given in self.givens:
            self._add(given, _GIVEN)

    def apply(self, theorem: str, *points: str) -> tuple[str, ...]:
        """Apply a theorem and return its conclusions; where they are known already, nothing is written again.

        Raises:
            DeductionError: a premise is not known.
        """
        premises, conclusions = (tuple(map(self._worded, part)) for part in instance(theorem, points))
        if all(self._key(conclusion) in self.facts for conclusion in conclusions):
            return conclusions
        evidence = [self._find(premise) for premise in premises]
        unknown = [p for p, sources in zip(premises, evidence, strict=True) if sources is None]
        if unknown:
            raise DeductionError(f"{theorem}({','.join(points)}) needs {', '.join(unknown)}.")
        known = tuple(s for p, sources in zip(premises, evidence, strict=True) if sources for s in self._grounds(p))
        rests_on = set().union(*(sources for sources in evidence if sources))
        self._record(Step(theorem, points, known, conclusions), rests_on, conclusions)
        return conclusions

    def attempt(self, theorem: str, *points: str) -> None:
        """Apply a theorem if it can be applied; otherwise record the dead end with the premises that are missing."""
        premises, _ = (tuple(map(self._worded, part)) for part in instance(theorem, points))
        missing = tuple(premise for premise in premises if self._find(premise, emit=False) is None)
        if missing:
            self._record(Step(theorem, points, missing, ()), set(), ())
        else:
            self.apply(theorem, *points)

    def perhaps_attempt(self, rng: Random, theorem: str, *points: str) -> None:
        """Three times in ten, `attempt` a theorem that does not help, as a student would."""
        if rng.random() < 0.3:
            self.attempt(theorem, *points)

    def solve(self, unknown: str, *equations: str) -> Exact:
        """Compute a measure, a symbol or an expression from known equations and values.

        Raises:
            DeductionError: an equation is not known, or the unknown is not determined.
        """
        unknown = self._worded(unknown)
        used = tuple(self._worded(equation) for equation in equations)
        rests_on: set[int] = set()
        for equation in used:
            sources = self._find(equation)
            if sources is None:
                raise DeductionError(f"{equation} is not known.")
            rests_on |= sources
        used = tuple(statement for equation in used for statement in self._grounds(equation))
        terms = [cdl.parse(equation) for equation in used] or [cdl.parse(unknown)]
        known: dict[str, str] = {}
        for measure in (m for term in terms for m in term.measures()):
            key = self._key(str(measure))
            self._unfold_value(key)
            if key in self.values:
                known[self.names[key]] = self.values[key][0].text()
                rests_on.add(self.values[key][1])
        value = self._solution(self._key(unknown), terms) if used else self._evaluate(terms[0], {})
        self._record(Solve(unknown, value.text(), used, tuple(known.items())), rests_on, ())
        self.values[self._key(unknown)] = (value, len(self.entries) - 1)
        return value

    def derive(self, unknown: str, theorem: str, *points: str) -> Exact:
        """Apply a theorem and `solve` what it concludes."""
        return self.solve(unknown, *self.apply(theorem, *points))

    def proof(self) -> Proof:
        """The proof, once the goal has its value.

        Raises:
            DeductionError: it has none.
        """
        if self._key(self.goal) not in self.values:
            raise DeductionError(f"The goal {self.goal} was not reached.")
        answer, last = self.values[self._key(self.goal)]
        needed, pending = set(), [last]
        while pending:
            i = pending.pop()
            if i != _GIVEN and i not in needed:
                needed.add(i)
                pending += self.entries[i].rests_on
        moves = tuple(replace(entry.move, needed=i in needed) for i, entry in enumerate(self.entries))
        return Proof(self.givens, self.goal, answer.text(), moves)

    def _record(self, move: Step | Solve, rests_on: set[int], conclusions: tuple[str, ...]) -> None:
        self.entries.append(_Entry(move, rests_on))
        for conclusion in conclusions:
            self._add(conclusion, len(self.entries) - 1)

    def _add(self, statement: str, source: int) -> None:
        self.facts.setdefault(self._key(statement), source)
        self.stated.setdefault(self._key(statement), statement)
        term = cdl.parse(statement)
        if term.head == "Equal":
            left, right = term.terms
            if (left.head in cdl.MEASURES or left.head == "Name") and not any(right.measures()):
                self.values.setdefault(self._key(str(left)), (self._evaluate(right, {}), source))
            if left.head in cdl.MEASURES and right.head in cdl.MEASURES:
                first, second = self._key(str(left)), self._key(str(right))
                self.equals.setdefault(first, {}).setdefault(second, statement)
                self.equals.setdefault(second, {}).setdefault(first, statement)
        self._imply(term)

    def _imply(self, term: Term) -> None:
        for part in unfold(term):
            inner = cdl.parse(part)
            if inner.head not in _BARE:
                key = self._key(part)
                self.implied.setdefault(key, (part, str(term)))
                if inner.head == "Equal" and len(measures := list(inner.measures())) == 1:
                    self.implied.setdefault(f"value of {self._key(str(measures[0]))}", (part, str(term)))
                self._imply(inner)

    def _find(self, statement: str, emit: bool = True) -> set[int] | None:
        """The moves that a known statement rests on; empty for what is plain; None when it is not known."""
        key = self._key(statement)
        if key in self.facts:
            return {self.facts[key]}
        if key in self.implied:
            return {self._unfold(key)} if emit else set()
        term = cdl.parse(statement)
        if term.head != "Equal":
            return None
        left, right = (self._key(str(arg)) for arg in term.args)
        if left == right:
            return set()
        measures = [self._key(str(measure)) for measure in term.measures()]
        for measure in measures if emit else ():
            self._unfold_value(measure)
        if all(measure in self.values for measure in measures) and self._evaluate(term, {}) == 0:
            return {self.values[measure][1] for measure in measures}
        through = self._through(left, right)
        return {self.facts[self._key(link)] for link in through} if through else None

    def _through(self, left: str, right: str) -> tuple[str, ...]:
        """Two known equalities that make `left` and `right` equal to one third measure; none if there are none."""
        ours, theirs = self.equals.get(left, {}), self.equals.get(right, {})
        return next(((ours[key], theirs[key]) for key in ours if key in theirs), ())

    def _grounds(self, premise: str) -> tuple[str, ...]:
        """The statements that a found premise is known by."""
        key = self._key(premise)
        term = cdl.parse(premise)
        if key not in self.stated and term.head == "Equal":
            left, right = (self._key(str(arg)) for arg in term.args)
            if not (left in self.values and right in self.values):
                return self._through(left, right) or (premise,)
        return (self.stated.get(key, premise),)

    def _unfold_value(self, key: str) -> None:
        if key not in self.values and f"value of {key}" in self.implied:
            part, _ = self.implied[f"value of {key}"]
            self._unfold(self._key(part))

    def _unfold(self, key: str) -> int:
        """Write the definitions that lead to an implied statement; the number of the last such move."""
        if key not in self.facts:
            part, parent = self.implied[key]
            source = self._unfold(self._key(parent))
            worded = self._worded(part)
            self._record(Step("definition", (), (self._worded(parent),), (worded,)), {source}, (worded,))
        return self.facts[key]

    def _key(self, text: str) -> str:
        key = self.keys.get(text)
        if key is None:
            key = self.keys[text] = canonical(text, self.collinear)
        return key

    def _worded(self, text: str) -> str:
        """The text with each measure under the name by which it was first called."""

        def name(match: re.Match[str]) -> str:
            written = match[0]
            return self.names.setdefault(self._key(written), written) if match[1] in cdl.MEASURES else written

        worded = _APPLICATION.sub(name, text)
        if worded.islower():
            self.names.setdefault(worded, worded)
        return worded

    def _evaluate(self, term: Term, unknowns: dict[str, Exact]) -> Exact:
        def value_of(measure: Term) -> Exact:
            key = self._key(str(measure))
            if key in unknowns:
                return unknowns[key]
            if key not in self.values:
                raise DeductionError(f"{measure} is not known.")
            return self.values[key][0]

        return evaluate(term, value_of)

    def _solution(self, unknown: str, terms: list[Term]) -> Exact:
        open_keys = {self._key(str(m)): None for term in terms for m in term.measures()}
        unknowns = [key for key in open_keys if key not in self.values]
        if unknown not in unknowns:
            raise DeductionError(f"{unknown} is not open in {', '.join(map(str, terms))}.")
        if len(unknowns) == len(terms) == 1:
            return _positive_root(lambda x: self._evaluate(terms[0], {unknown: x}))
        return self._linear(unknowns, terms)[unknown]

    def _linear(self, unknowns: list[str], terms: list[Term]) -> dict[str, Exact]:
        """Gauss–Jordan elimination; coefficients are read off by probing with 0 and 1."""
        zero, one = Exact({}), Exact.of(1)
        rows = []
        for term in terms:
            constant = self._evaluate(term, dict.fromkeys(unknowns, zero))
            probes = [{key: one if key == probed else zero for key in unknowns} for probed in unknowns]
            rows.append([*(self._evaluate(term, probe) - constant for probe in probes), -constant])
        for column in range(len(unknowns)):
            pivot = next((r for r in range(column, len(rows)) if rows[r][column] != 0), None)
            if pivot is None:
                raise DeductionError(f"{', '.join(map(str, terms))} do not determine {unknowns[column]}.")
            rows[column], rows[pivot] = rows[pivot], rows[column]
            rows[column] = [entry / rows[column][column] for entry in rows[column]]
            for r in range(len(rows)):
                if r != column and rows[r][column] != 0:
                    factor = rows[r][column]
                    rows[r] = [a - factor * b for a, b in zip(rows[r], rows[column], strict=True)]
        solution = {key: rows[i][-1] for i, key in enumerate(unknowns)}
        if any(self._evaluate(term, solution) != 0 for term in terms):
            raise DeductionError(f"{', '.join(map(str, terms))} are not linear.")
        return solution


def _positive_root(f: Callable[[Exact], Exact]) -> Exact:
    """The only positive root of a polynomial of degree at most two."""
    at_zero, at_one, at_minus_one = f(Exact({})), f(Exact.of(1)), f(Exact.of(-1))
    a, b = at_one + at_minus_one - at_zero * 2, at_one - at_minus_one  # twice the coefficients
    if a == 0:
        if b == 0:
            raise DeductionError("The equation does not determine its unknown.")
        return at_zero * -2 / b
    half = (b * b - a * at_zero * 8).sqrt()
    roots = {x for x in ((half - b) / (a * 2), (-half - b) / (a * 2)) if float(x) > 0}
    if len(roots) != 1 or f(next(iter(roots))) != 0:
        raise DeductionError("The equation has no single positive root.")
    return roots.pop()


@lru_cache(maxsize=65_536)
def canonical(text: str, collinear: tuple[str, ...]) -> str:
    """One key for all ways to write a statement or a measure."""
    return str(_canonical_term(cdl.parse(text), collinear))


def _canonical_term(term: Term, collinear: tuple[str, ...]) -> Term:
    if term.head == "MeasureOfAngle":
        first, vertex, second = tuple(term.points[0])
        ends = sorted(_on_ray(vertex, end, collinear) for end in (first, second))
        return Term(term.head, (Term("Points", (ends[0] + vertex + ends[1],)),))
    if term.head in _SYMMETRIES:
        return Term(term.head, tuple(Term("Points", (group,)) for group in min(_SYMMETRIES[term.head](*term.points))))
    parts = term.map(lambda part: _canonical_term(part, collinear))
    return Term(term.head, tuple(sorted(parts.args, key=str))) if term.head in ("Equal", "Add", "Mul") else parts


def _on_ray(vertex: str, point: str, collinear: tuple[str, ...]) -> str:
    """The outermost named point on the ray from `vertex` through `point`."""
    for line in collinear:
        if vertex in line and point in line:
            return line[-1] if line.index(point) > line.index(vertex) else line[0]
    return point


def _turns(points: str) -> list[tuple[str, ...]]:
    return [(points[i:] + points[:i],) for i in range(len(points))]


def _polygon(points: str) -> list[tuple[str, ...]]:
    return _turns(points) + _turns(points[::-1])


def _together(first: str, second: str) -> list[tuple[str, ...]]:
    """The same reordering of both."""
    n = len(first)
    orders = [[(i + k) % n for k in range(n)] for i in range(n)]
    orders += [order[::-1] for order in orders]
    return [("".join(first[i] for i in order), "".join(second[i] for i in order)) for order in orders]


def _either_way(first: str, second: str) -> list[tuple[str, ...]]:
    return _together(first, second) + _together(second, first)


_SYMMETRIES: dict[str, Callable[..., list[tuple[str, ...]]]] = {
    "LengthOfLine": lambda ab: [(ab,), (ab[::-1],)],
    "PerimeterOfTriangle": _polygon,
    "AreaOfTriangle": _polygon,
    "PerimeterOfQuadrilateral": _polygon,
    "AreaOfQuadrilateral": _polygon,
    "RatioOfSimilarTriangle": _together,
    "HeightOfTriangle": lambda abc: [(abc,), (abc[0] + abc[:0:-1],)],
    "ParallelBetweenLine": lambda ab, cd: [(ab, cd), (cd, ab), (ab[::-1], cd[::-1]), (cd[::-1], ab[::-1])],
    "PerpendicularBetweenLine": lambda ao, co: [(ao, co), (co, ao)],
    "IsMidpointOfLine": lambda m, ab: [(m, ab), (m, ab[::-1])],
    "IsDiameterOfCircle": lambda ab, o: [(ab, o), (ab[::-1], o)],
    "IsoscelesTriangle": lambda abc: [(abc,), (abc[0] + abc[:0:-1],)],
    "RightTriangle": lambda abc: [(abc,), (abc[::-1],)],
    "EquilateralTriangle": _polygon,
    "Parallelogram": _polygon,
    "Rectangle": _polygon,
    "Rhombus": _polygon,
    "Square": _polygon,
    "SimilarBetweenTriangle": _either_way,
    "CongruentBetweenTriangle": _either_way,
}
