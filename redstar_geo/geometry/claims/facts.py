"""What is known of a problem: the statements and values of its proof, each with its origin, and figures.

The proof gives exact values and reasons; the figures, several independent ones of the same givens, decide what the
proof does not speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations

from redstar_geo.bounds import fraction
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.numbers import Number, Unknown, constant, evaluate
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.proof import Proof, Solve, Step

_REST = cdl.parse("360-x")
_KINDS = (("length", "LengthOfLine"), ("angle", "MeasureOfAngle"))
_CONGRUENT = ("CongruentBetweenTriangle", "SimilarBetweenTriangle")


@dataclass(frozen=True)
class Known:
    """A value and its origin: `given` or `step 3: triangle_property_angle_sum`."""

    value: Number
    origin: str


class Facts:
    """The facts of one problem; looking them up costs a dictionary access.

    Args:
        proof: from the givens to the goal.
        figures: independent figures of the same givens, or a function that finds them when they are first needed.
        collinear: points on one line in order (`ADB`), so that ∠CAD and ∠CAB are one angle.
        values: measures that are known besides those of the proof, as text.
    """

    def __init__(
        self,
        proof: Proof,
        figures: Sequence[Figure] | Callable[[], Sequence[Figure]] = (),
        collinear: Iterable[str] = (),
        values: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.proof = proof
        self._figures = figures
        self._ray: dict[tuple[str, str], str] = {}  # (vertex, point) → first letter on that ray
        for line in collinear:
            self._add_line(line)
        self.statements: dict[str, str] = {}
        self.values: dict[str, Known] = {}  # by key
        self._named: dict[str, Known] = {}  # as written
        self._round: set[str] = set()  # keys of angles that the proof tells from their reflex angle, ∠BOA from ∠AOB
        for given in proof.givens:
            self._add(given, "given")
        for number, move in enumerate(proof.moves, 1):
            if isinstance(move, Step):
                for conclusion in move.conclusions:
                    self._add(conclusion, f"step {number}: {move.theorem}")
            else:
                self._add_solution(move, f"step {number}")
        for measure, value in values:
            self._add_value(measure, value, "solver")
        self._follow()

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(self._figures() if callable(self._figures) else self._figures)

    @cached_property
    def points(self) -> frozenset[str]:
        """The points that are spoken of or drawn."""
        named = {letter for text in self._texts for group in _groups(cdl.parse(text)) for letter in group}
        return frozenset(named.union(*(figure.points for figure in self.figures)))

    @cached_property
    def asked(self) -> dict[str, Term]:
        """By their words: the goal (answer, perimeter, area … that is asked for), and the size of the only circle."""
        goal = cdl.parse(self.proof.goal)
        words = ("perimeter", "area", "height", "radius", "diameter")
        sizes = {word: cdl.parse(f"{word.capitalize()}OfCircle({name})") for word in words[3:] for name in self.circles}
        found = {word: goal for word in words if goal.head.startswith(f"{word.capitalize()}Of")}
        found |= {word: goal for word, head in _KINDS if goal.head == head}
        return {**(sizes if len(self.circles) == 1 else {}), **found, "answer": goal}

    @cached_property
    def circles(self) -> tuple[str, ...]:
        named = {name for figure in self.figures[:1] for name in figure.circles}
        for text in self._texts:
            for part in cdl.parse(text).walk():
                if part.terms and "Circle" in part.head:
                    named.add(part.points[-1])
                elif part.terms and "Arc" in part.head:
                    named.add(part.points[-1][0])
        return tuple(sorted(named))

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        """Every statement and measure of the proof."""
        steps = [move for move in self.proof.moves if isinstance(move, Step)]
        return (*self.proof.givens, self.proof.goal, *(c for step in steps for c in step.conclusions), *self._named)

    def known(self, measure: Term) -> Known | None:
        """The exact value of a measure or letter, if the proof gives it.

        Of ∠AOB and ∠BOA one may be the reflex angle; an arc may be known as the rest of its circle.
        """
        known = self._named.get(str(measure)) or self.values.get(self.key(measure))
        if known is not None and self.key(measure) in self._round and str(measure) not in self._named:
            return Known(evaluate(_REST, lambda term: known.value), known.origin)
        if known is None and measure.head == "MeasureOfArc":  # the rest of the circle
            name = measure.points[0]
            rest = self._named.get(f"MeasureOfArc({name[0]}{name[:0:-1]})")
            return None if rest is None else Known(evaluate(_REST, lambda term: rest.value), rest.origin)
        return known

    def origin(self, statement: Term) -> str | None:
        """Where the proof states it, or its equations together if a chain of them links the two sides; else None."""
        origin = self.statements.get(self.key(statement))
        if origin is None and statement.head == "Equal":
            left, right = map(self.key, statement.terms)
            if left in self._links and self._first_link(left) == self._first_link(right):
                return "equations of the proof"
        return origin

    def choices(self, term: Term) -> list[Term]:
        """What `MeasureOfAngle(B)` or `MeasureOfArc(AB)` may stand for."""
        (name,) = term.points
        if term.head == "MeasureOfAngle":
            ends = sorted({self._ray.get((name, p), p) for p in self._joined(name)})
            return [cdl.parse(f"MeasureOfAngle({a}{name}{b})") for a, b in combinations(ends, 2)]
        if len(name) == 3 and name[0] in self.circles:
            return [term]  # FormalGeo's name: the circle first
        around = (name[0] + name[-1], name[-1] + name[0])  # arc AMB goes by M
        return [cdl.parse(f"{term.head}({o}{ends})") for o in self.circles for ends in around]

    def key(self, term: Term) -> str:
        """One text for all ways of writing a measure or statement."""
        if term.head == "MeasureOfAngle" and len(term.points[0]) == 3:
            name = term.points[0]
            vertex, ends = name[1], sorted(self._ray.get((name[1], end), end) for end in (name[0], name[2]))
            return f"MeasureOfAngle({ends[0]}{vertex}{ends[1]})"
        if term.head == "Add":
            return f"Add({','.join(sorted(self.key(part) for part in _flat(term)))})"
        if term.head in ("Mul", "Div"):
            return self._product(term)
        if term.head.startswith("RatioOf"):
            return f"Ratio({','.join(''.join(sorted(group)) for group in term.points)})"
        if term.head in ("Equal", "ParallelBetweenLine", "PerpendicularBetweenLine"):
            return f"{term.head}({','.join(sorted(self.key(part) for part in term.terms))})"
        if term.head.removeprefix("Mirror") in _CONGRUENT:
            first, second = term.points
            second = second[0] + second[:0:-1] if term.head.startswith("Mirror") else second
            pairs = ("".join(sorted(pair)) for pair in zip(first, second, strict=False))
            return f"{term.head.removeprefix('Mirror')}({','.join(sorted(pairs))})"
        if term.head == "Points":
            name = str(term.args[0])
            return "".join(sorted(name)) if len(name) == 2 else name
        if term.head in _ROUND and term.terms:
            return f"{term.head}({','.join(_turned(group) for group in term.points)})"
        return f"{term.head}({','.join(self.key(part) for part in term.terms)})" if term.terms else str(term)

    def _product(self, term: Term) -> str:
        """A product in one form, whether it is written with ½ · a or a / 2."""
        factor = Fraction(1)
        above: list[str] = []
        below: list[str] = []
        for part, inverse in _factors(term, False):
            if part.head == "Number" and (value := fraction(str(part.args[0]))):
                factor = factor / value if inverse else factor * value
            else:
                (below if inverse else above).append(self.key(part))
        return f"Mul({','.join([str(factor), *sorted(above)])};{','.join(sorted(below))})"

    def _joined(self, vertex: str) -> set[str]:
        """The points that a line of the problem joins to this one."""
        groups = [group for text in self._texts for group in _groups(cdl.parse(text)) if vertex in group]
        segments = [segment for figure in self.figures[:1] for segment in figure.segments if vertex in segment]
        joined: set[str] = set()
        for group in [*groups, *segments]:
            place = group.index(vertex)
            if len(group) <= 3:
                joined.update(group[max(0, place - 1) : place] + group[place + 1 : place + 2])
            else:
                joined.update((group[place - 1], group[(place + 1) % len(group)]))
        return joined - {vertex}

    def _add_line(self, line: str) -> None:
        for place, vertex in enumerate(line):
            for ray in (line[:place], line[place + 1 :]):
                first = min([*ray, *(self._ray.get((vertex, point), point) for point in ray)], default="")
                self._ray.update({(vertex, point): first for point in ray})

    def _add(self, text: str, origin: str) -> None:
        statement = cdl.parse(text)
        if origin.endswith("round_angle"):
            self._round.update(map(self.key, statement.measures()))
        self.statements.setdefault(self.key(statement), origin)
        if statement.head == "Equal" and (statement.terms[0].head in cdl.MEASURES or statement.terms[0].head == "Name"):
            self._add_value(str(statement.terms[0]), str(statement.terms[1]), origin)

    def _add_solution(self, move: Solve, origin: str) -> None:
        for measure, value in (*move.known, (move.unknown, move.value)):
            self._add_value(measure, value, origin)
        for equation in move.equations:
            self.statements.setdefault(self.key(cdl.parse(equation)), origin)

    @cached_property
    def _links(self) -> dict[str, str]:
        """A tree for each set of sides that the proof's equations make equal, as child → parent."""
        tree: dict[str, str] = {}
        for term in map(cdl.parse, self._texts):
            if term.head == "Equal":
                left, right = (self._first_link(self.key(side), tree) for side in term.terms)
                if left != right:
                    tree[left] = right
                    tree.setdefault(right, right)
        return tree

    def _first_link(self, key: str, tree: dict[str, str] | None = None) -> str:
        tree = self._links if tree is None else tree
        while tree.get(key, key) != key:
            key = tree[key]
        return key

    def _follow(self) -> None:
        """Values that a stated equation gives at once: AB = y with y known."""
        equations = [term for term in map(cdl.parse, self._texts) if term.head == "Equal"]
        grew = True
        while grew:
            grew = False
            for left, right in [pair for term in equations for pair in (term.terms, term.terms[::-1])]:
                if (left.head in cdl.MEASURES or left.head == "Name") and self.known(left) is None:
                    try:
                        value = evaluate(right, lambda term: known.value if (known := self.known(term)) else None)
                    except Unknown:
                        continue
                    self.values[self.key(left)] = Known(value, self.statements[self.key(Term("Equal", (left, right)))])
                    grew = True

    def _add_value(self, measure: str, value: str, origin: str) -> None:
        try:
            known = Known(constant(value), origin)
            self.values.setdefault(self.key(cdl.parse(measure)), known)
            self._named.setdefault(measure, known)
        except Unknown:
            return  # an expression of other measures, which is a statement and no value


# It does not matter at which corner and in which direction their polygons begin, nor from which end their lines run.
_ROUND = frozenset(
    [f"{measure}Of{shape}" for measure in ("Area", "Perimeter") for shape in ("Triangle", "Quadrilateral")]
    + [f"Is{centre}OfTriangle" for centre in ("Centroid", "Incenter", "Circumcenter", "Orthocenter", "Midsegment")]
    + ["Parallelogram", "Rhombus", "Rectangle", "Square", "EquilateralTriangle", "IsMidpointOfLine"]
)


def _turned(polygon: str) -> str:
    """The first of all ways to go round a polygon."""
    ways = [name[i:] + name[:i] for name in (polygon, polygon[::-1]) for i in range(len(name))]
    return min(ways)


def _flat(term: Term) -> list[Term]:
    """The operands of a sum of sums or a product of products."""
    return [leaf for part in term.terms for leaf in (_flat(part) if part.head == term.head else [part])]


def _factors(term: Term, inverse: bool) -> Iterable[tuple[Term, bool]]:
    """What is multiplied, and what is divided by."""
    if term.head not in ("Mul", "Div"):
        yield term, inverse
        return
    for place, part in enumerate(term.terms):
        yield from _factors(part, inverse != (term.head == "Div" and place > 0))


def _groups(term: Term) -> list[str]:
    return [str(part.args[0]) for part in term.walk() if part.head == "Points"]
