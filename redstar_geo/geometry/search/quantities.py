"""The quantities of one figure: a column for each, its value, and how expressions change with them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from redstar_geo.geometry import cdl, predicates
from redstar_geo.geometry.figure import Figure, FigureError, measure
from redstar_geo.geometry.language import UNKNOWN
from redstar_geo.geometry.state import State

Slope = dict[int, float]  # column → derivative
_CLOSE = 1e-6  # relative: what a figure's coordinates are good for
_FLAT = 1e-7  # a derivative that vanishes at this figure only
_DEGREE = math.pi / 180
_FUNCTIONS: dict[str, Callable[[float], tuple[float, float]]] = {  # of degrees: value and derivative
    "Sin": lambda a: (math.sin(a * _DEGREE), math.cos(a * _DEGREE) * _DEGREE),
    "Cos": lambda a: (math.cos(a * _DEGREE), -math.sin(a * _DEGREE) * _DEGREE),
    "Tan": lambda a: (math.tan(a * _DEGREE), _DEGREE / math.cos(a * _DEGREE) ** 2),
    "Sqrt": lambda a: (math.sqrt(a), 0.5 / math.sqrt(a)),
    "sqrt": lambda a: (math.sqrt(a), 0.5 / math.sqrt(a)),
}


@dataclass(frozen=True)
class Equation:
    """An equation that is true of the figure: the derivatives of its difference, relative to each quantity's size.

    Attributes:
        linear: no two quantities are multiplied, and none is in a function, a power or below a line.
        product: both sides are products, whose logarithms make up a linear equation.
        silent: quantities on which it depends, though not to first order at this figure, as on the angle in sin 90°.
    """

    slope: Mapping[int, float]
    linear: bool
    product: bool = False
    silent: frozenset[int] = frozenset()

    @property
    def key(self) -> tuple[tuple[int, float], ...]:
        """The same for equations that say the same, up to a factor, to first order."""
        terms = sorted((column, part) for column, part in self.slope.items() if part)
        return tuple((column, round(part / terms[0][1], 7)) for column, part in terms)


class Quantities:
    """The measures and letters of a problem, numbered as they come up.

    Args:
        directed: whether angles are counter-clockwise as written, as FormalGeo has them, or below 180° either way.

    Attributes:
        values: of every quantity, in the figure.
        names: measure and points of every quantity, one of its names.
    """

    def __init__(self, state: State, figure: Figure, directed: bool) -> None:
        self.state, self.figure, self.directed = state, figure, directed
        self.values: list[float] = []
        self.names: list[tuple[str, tuple[str, ...]]] = []
        self._columns: dict[tuple[str, tuple[str, ...]], int | None] = {}
        given = ("prerequisite", None, None)
        items = state.condition.items
        self._lines = [
            "".join(items[i][1]) for i in state.condition.ids_of_predicate["Collinear"] if items[i][3] == given
        ]
        self._there = {name: set(group) for name, group in state.condition.items_group.items() if name != "Equation"}

    def column(self, head: str, points: tuple[str, ...]) -> int | None:
        """The number of a quantity under any of its names; None for one that the figure does not have."""
        key = head, points
        if key not in self._columns:
            self._columns[key] = self._new(head, points)
        return self._columns[key]

    def equation(self, text: str, letters: Mapping[str, str] | None = None) -> Equation | None:
        """`Equal(a,b)` with the problem's points for a theorem's; None if it is false of the figure, or not of it."""
        left, right = cdl.parse(text).terms
        first, second = self._dual(left, letters), self._dual(right, letters)
        if first is None or second is None:
            return None
        (a, one), (b, other) = first, second
        if not abs(a - b) <= _CLOSE * max(1.0, abs(a), abs(b)):
            return None
        slope = _sum([1.0, -1.0], [first, second])
        size = max((abs(part) for side in (one, other) for part in side.values()), default=0.0)
        if all(abs(part) <= _FLAT * size for part in slope.values()):
            return Equation({}, True)  # of something and itself
        return self._scaled(slope, text)

    def expression(self, term: cdl.Term) -> Equation | None:
        """How an expression changes; None if the figure does not have it."""
        dual = self._dual(term, None)
        return None if dual is None else self._scaled(dual[1], str(term))

    def _scaled(self, slope: Slope, text: str) -> Equation:
        linear = _is_linear(text)
        scaled = {column: part * max(abs(self.values[column]), 1e-3) for column, part in slope.items()}
        size = max(map(abs, scaled.values()), default=0.0) or 1.0
        felt = {column: part / size for column, part in scaled.items() if abs(part) > _FLAT * size}
        silent = frozenset() if linear else frozenset(scaled.keys() - felt.keys())
        return Equation(felt, linear, _is_product(text), silent)

    def _dual(self, term: cdl.Term, letters: Mapping[str, str] | None) -> tuple[float, Slope] | None:
        head = term.head
        if head == "Number":
            return float(str(term)), {}
        if head == "Name" and str(term) == "pi":
            return math.pi, {}
        if head in UNKNOWN or head in predicates.MEASURES:
            points = "".join(term.points)
            named = tuple(points) if letters is None or head in UNKNOWN else tuple(map(letters.__getitem__, points))
            column = self.column("Free" if head in UNKNOWN else head, named)
            return None if column is None else (self.values[column], {column: 1.0})
        parts = [self._dual(part, letters) for part in term.terms]
        if any(part is None for part in parts):
            return None
        try:
            return _combined(head, [part for part in parts if part is not None])
        except (ArithmeticError, ValueError, IndexError):
            return None

    def _new(self, head: str, points: tuple[str, ...]) -> int | None:
        first = self._first_name(head, points)
        if first is None:
            return None
        if first != points:
            return self.column(head, first)
        number = self._value(head, points)
        if number is None or not math.isfinite(number):
            return None
        self.values.append(number)
        self.names.append((head, points))
        return len(self.values) - 1

    def _first_name(self, head: str, points: tuple[str, ...]) -> tuple[str, ...] | None:
        if head == "Free":
            return points
        definition = self.state.language.predicates["Attribution"][head]
        letters = dict(zip(definition["vars"], points, strict=False))
        if len(points) != len(definition["vars"]) or len(set(points)) < len(set(points[:3])):
            return None
        for entity, names in definition["ee_check"]:
            if tuple(map(letters.__getitem__, names)) not in self._there[entity]:
                return None
        if head == "MeasureOfAngle":
            a, vertex, b = points
            return self.arm(vertex, a), vertex, self.arm(vertex, b)
        return min([points, *(tuple(map(letters.__getitem__, names)) for names in definition["multi"])])

    def arm(self, vertex: str, towards: str) -> str:
        """The first point on the ray from a vertex through another point."""
        found = towards
        for line in self._lines:
            if vertex in line and towards in line:
                start, end = line.index(vertex), line.index(towards)
                found = line[start + (1 if end > start else -1)]
        return found

    def _value(self, head: str, points: tuple[str, ...]) -> float | None:
        if head == "Free":
            return self.figure.symbols.get("".join(points))
        try:
            if head == "MeasureOfAngle":
                a, vertex, b = (complex(*self.figure.at(point)) for point in points)
                turn = math.degrees(cmath.phase((a - vertex) / (b - vertex)))
                return turn % 360 if self.directed else abs(turn)
            sizes, rest = predicates.MEASURES[head], "".join(points)
            groups = tuple(rest[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(len(sizes)))
            return measure(self.figure, cdl.Term(head, tuple(cdl.Term("Points", (group,)) for group in groups)))
        except (FigureError, ArithmeticError):
            return None


def _combined(head: str, parts: list[tuple[float, Slope]]) -> tuple[float, Slope]:
    """Forward differentiation."""
    if head in ("Add", "Sub", "Neg"):
        signs = [-1.0] if head == "Neg" else [-1.0 if head == "Sub" and place else 1.0 for place in range(len(parts))]
        return sum(sign * value for sign, (value, _) in zip(signs, parts, strict=True)), _sum(signs, parts)
    if head == "Mul":
        value, slope = parts[0]
        for factor, other in parts[1:]:
            value, slope = value * factor, _sum([factor, value], [(0, slope), (0, other)])
        return value, slope
    if head == "Div":
        (a, slope), (b, other) = parts
        return a / b, _sum([1 / b, -a / b**2], [(0, slope), (0, other)])
    if head == "Pow":
        (a, slope), (power, _) = parts
        return a**power, _sum([power * a ** (power - 1)], [(0, slope)])
    if head in _FUNCTIONS:
        value, factor = _FUNCTIONS[head](parts[0][0])
        return value, _sum([factor], [parts[0]])
    raise ValueError(head)


def _sum(factors: list[float], parts: list[tuple[float, Slope]]) -> Slope:
    total: Slope = {}
    for factor, (_, slope) in zip(factors, parts, strict=True):
        for column, part in slope.items():
            total[column] = total.get(column, 0.0) + factor * part
    return total


@lru_cache(maxsize=4_096)
def _is_linear(text: str) -> bool:
    """Whether no two quantities are multiplied, and none is in a function, a power or below a line."""
    return all(
        _degree(side) <= 1 for side in (cdl.parse(text).terms if text.startswith("Equal(") else (cdl.parse(text),))
    )


@lru_cache(maxsize=4_096)
def _is_product(text: str) -> bool:
    term = cdl.parse(text)
    return not any(part.head in ("Add", "Sub", "Neg") for part in term.walk()) and not _has_zero(term)


def _has_zero(term: cdl.Term) -> bool:
    return any(part.head == "Number" and float(str(part)) == 0 for part in term.walk())


def _degree(term: cdl.Term) -> int:
    if term.head in UNKNOWN or term.head in predicates.MEASURES:
        return int(str(term) != "pi")
    degrees = [_degree(part) for part in term.terms]
    if term.head == "Mul":
        return sum(degrees)
    if term.head in ("Add", "Sub", "Neg") or (term.head == "Div" and not degrees[1]):
        return max(degrees)
    return 9 * max(degrees, default=0)
