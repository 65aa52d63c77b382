"""Forward deduction: every theorem whose premises are true of the figure, applied as soon as they are known.

A premise that is an equation is known when equations found so far determine it to first order at the figure. That is a
guess of what algebra can do, made by linear algebra alone; whoever uses a deduction replays it exactly.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from redstar_geo.geometry import cdl, predicates
from redstar_geo.geometry.language import Branch
from redstar_geo.geometry.search.knowledge import Knowledge
from redstar_geo.geometry.search.quantities import Equation, Quantities
from redstar_geo.geometry.search.tables import Item, Premise, Tables, ordered
from redstar_geo.geometry.state import Call, FormalProblem, State

_ENTITIES = predicates.BASIC.keys() | {"Polygon", "Collinear", "Cocircular"}
_ROUNDS, _MOST_APPLIED, _MOST_WAITING = 24, 3_000, 8_000
_ALIKE = re.compile(r"(Mirror)?(Congruent|Similar)BetweenTriangle")
_OF_ITS_OWN = re.compile(r"(AreaOf|PerimeterOf|HeightOf|LengthOfArc|RatioOfSimilarArc)\w*")
_COSTS = {"sine_theorem": 4.0, "cosine_theorem": 6.0}  # what algebra is slow with; others cost 1, or 2 where not linear
_TRIGONOMETRIC = re.compile(r"Sin|Cos|Tan")  # each triangle has a dozen such equations
_LATER = 0.5  # what a round adds to the cost of an application
Fact = tuple[str, Item]


@dataclass(frozen=True)
class Application:
    """A theorem on points of the figure.

    Attributes:
        facts: the relations that it rests on.
        equations: those among its premises.
        total: about what it costs with all that it rests on.
    """

    call: Call
    conclusions: tuple[str, ...]
    letters: Mapping[str, str]
    facts: tuple[Fact, ...]
    equations: tuple[Equation, ...]
    total: float


class Deduction:
    """What follows from the givens of one problem.

    Attributes:
        applied: theorems in the order in which they were applied.
        stamps: of each, how much was known when it was chosen.
        facts: relations, and the application that each came of; -1: it is given.
    """

    def __init__(self, state: State, problem: FormalProblem, quantities: Quantities) -> None:
        self.state, self.problem, self.quantities = state, problem, quantities
        self.applied: list[Application] = []
        self.stamps: list[int] = []
        self.facts: dict[Fact, int] = {}
        self.knowledge = Knowledge(quantities.values)
        self.tables = Tables()
        self._keys: set[tuple[tuple[int, float], ...]] = set()
        self._waiting: list[Application] = []
        self._tried: set[Call] = set()
        self._new: list[Fact] = []
        self._blamed: Counter[int] = Counter()
        self._branches = [
            (name, number, branch)
            for name, theorem in state.language.theorems.items()
            if not name.startswith("similar_arc")
            for number, branch in theorem.branches.items()
        ]
        for predicate, group in state.condition.items_group.items():
            if predicate in _ENTITIES:
                for item in sorted(group):
                    self.tables.add(predicate, item)
        self._measured = {m.head for text in problem.givens for m in cdl.parse(text).measures()}
        self._measured |= {measure.head for measure in problem.goal.measures()}

    def candidates(self) -> Iterator[list[Call]]:
        """Theorems from which the goal follows, in order; one sequence, then others that were longer in coming.

        What was in a sequence before this one is dearer.
        """
        goal = self.quantities.expression(self.problem.goal)
        if goal is None:
            return
        for text in self.problem.givens:
            self._conclude(text, None, -1)
        for shape in _alike(self.tables, self.quantities):
            self.tables.add(*shape)
        for name, number, branch in self._branches:
            if all(predicate in _ENTITIES for predicate, _ in branch.premises):
                self._instantiate(name, number, branch, _seeded(branch), {}, 0)
        yield from self._rounds(goal)

    def _rounds(self, goal: Equation) -> Iterator[list[Call]]:
        told: list[list[Call]] = []
        for turn in range(_ROUNDS):
            before = len(self.applied)
            self._apply_ready(turn)
            self.knowledge.update()
            last = len(self.applied) > _MOST_APPLIED
            still = last or len(self.applied) == before
            if self.knowledge.has(goal) and (still or not told or turn % 2):
                chosen = self._trimmed(goal)
                self._blamed.update(chosen or ())
                calls = [self.applied[i].call for i in chosen or ()]
                if chosen is not None and calls not in told:
                    told.append(calls)
                    yield calls
            if last or (still and not self.knowledge.loosen()):
                return

    def _apply_ready(self, turn: int) -> None:
        """Apply what waits and has all its equations, and, over and over, what the new relations make possible."""
        waiting, self._waiting = self._waiting, []
        ready = self.knowledge.settled([each.equations for each in waiting])
        stamp = self.knowledge.clock
        for application, settled in zip(waiting, ready, strict=True):
            if settled:
                self._apply(application, stamp)
            else:
                self._waiting.append(application)
        while self._new:
            fact, *self._new = self._new
            for name, number, branch in self._branches:
                self._extend(fact, name, number, branch, turn)
            waiting, self._waiting = self._waiting, []
            for application in waiting:
                if application.equations:
                    self._waiting.append(application)
                else:
                    self._apply(application, stamp)

    def _extend(self, fact: Fact, name: str, number: str, branch: Branch, turn: int) -> None:
        """Every way in which a new relation takes the place of one of a theorem's premises."""
        predicate, item = fact
        for premise in branch.premises:
            if premise[0] == predicate and len(premise[1]) == len(item):
                letters: dict[str, str] = {}
                if all(letters.setdefault(a, point) == point for a, point in zip(premise[1], item, strict=True)):
                    rest = tuple(other for other in branch.premises if other != premise)
                    self._instantiate(name, number, branch, rest, letters, turn)

    def _instantiate(
        self,
        name: str,
        number: str,
        branch: Branch,
        premises: tuple[Premise, ...],
        letters: Mapping[str, str],
        turn: int,
    ) -> None:
        order = ordered(premises, "".join(sorted(letters)))
        for found in self.tables.matches(order, letters):
            points = "".join(map(found.__getitem__, self.state.language.theorems[name].letters))
            call = (name, number, points)
            if call not in self._tried and len(self._waiting) < _MOST_WAITING:
                application = self._application(call, branch, found, turn)
                if application is not None:
                    self._tried.add(call)
                    self._waiting.append(application)

    def _application(self, call: Call, branch: Branch, letters: dict[str, str], turn: int) -> Application | None:
        """With all premises true of the figure, and a conclusion that is about it and matters."""
        equations = []
        for text in branch.equations:
            equation = self.quantities.equation(text, letters)
            if equation is None:
                return None
            equations.append(equation)
        facts = tuple(
            (predicate, tuple(map(letters.__getitem__, names)))
            for predicate, names in branch.premises
            if predicate not in _ENTITIES
        )
        if not facts and not equations and not self._matters(branch.conclusions[0]):
            return None
        if call[0] == "angle_addition" and self.tables.has("Collinear", tuple(letters[i] for i in "ABD")):
            return None  # which is said of two angles on a line more plainly
        sources = {self.facts[fact] for fact in facts} - {-1}
        total = self._cost(call, branch, letters) + sum(self.applied[i].total for i in sources) + _LATER * turn
        return Application(call, branch.conclusions, letters, facts, tuple(equations), total)

    def _cost(self, call: Call, branch: Branch, letters: Mapping[str, str]) -> float:
        """Of one application; an angle of more than 180° is rarely the way."""
        cost = _COSTS.get(call[0], 1.0)
        for text in branch.conclusions:
            equation = self.quantities.equation(text, letters) if text.startswith("Equal") else None
            cost += 1.0 if equation and not equation.linear else 0.0
            for column in equation.slope if equation else ():
                head, value = self.quantities.names[column][0], self.quantities.values[column]
                cost += 2.0 * (head == "MeasureOfAngle" and value > 180.001)
        return cost

    def _matters(self, conclusion: str) -> bool:
        """Whether a formula for a measure of its own, as an area, is about one that the problem speaks of."""
        heads = {match[0] for match in _OF_ITS_OWN.finditer(conclusion)}
        return not heads or any(_family(head) in map(_family, self._measured) for head in heads)

    def _apply(self, application: Application, stamp: int) -> None:
        number, before = len(self.applied), (len(self._keys), len(self.facts))
        self.applied.append(application)
        self.stamps.append(stamp)
        for text in application.conclusions:
            self._conclude(text, application.letters, number)
        if before == (len(self._keys), len(self.facts)):
            self.applied.pop()
            self.stamps.pop()

    def _conclude(self, text: str, letters: Mapping[str, str] | None, source: int) -> None:
        """Add a statement, and what its definition says."""
        term = cdl.parse(text)
        if term.head == "Equation":
            return
        if term.head == "Equal":
            equation = self.quantities.equation(text, letters)
            if equation is not None and equation.slope and equation.key not in self._keys:
                self._keys.add(equation.key)
                self.knowledge.learn(equation, source, held=source >= 0 and bool(_TRIGONOMETRIC.search(text)))
            return
        points = "".join(term.points)
        item = tuple(points if letters is None else map(letters.__getitem__, points))
        fact = term.head, item
        if fact in self.facts or term.head in _ENTITIES or term.head == "Shape" or not self._is_sound(*fact):
            return
        self._know(fact, source)
        section = "Entity" if term.head in self.state.language.predicates["Entity"] else "Relation"
        definition = self.state.language.predicates[section][term.head]
        names = dict(zip(definition["vars"], item, strict=True))
        for other in definition["multi"]:
            self._know((term.head, tuple(map(names.__getitem__, other))), source)
        own, parts = self.state.language.extensions[term.head]
        for part in parts:
            self._conclude(part, dict(zip(own, item, strict=True)), source)

    def _know(self, fact: Fact, source: int) -> None:
        if fact not in self.facts:
            self.facts[fact] = source
            self.tables.add(*fact)
            self._new.append(fact)

    def _is_sound(self, predicate: str, item: Item) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(self.state.check(predicate, item))

    def _trimmed(self, goal: Equation) -> list[int] | None:
        """The applications that the goal hangs on; what came last is explained first, by the cheapest equations."""
        chosen: set[int] = set()
        done: set[int] = set()

        def cost(source: int) -> float:
            return (
                0.0 if source == -1 or source in chosen else self.applied[source].total * (1 + 3 * self._blamed[source])
            )

        if not self.knowledge.explain([goal], self.knowledge.clock, chosen, cost):
            return None
        while new := chosen - done:
            last = max(new)
            done.add(last)
            application = self.applied[last]
            chosen |= {self.facts[fact] for fact in application.facts} - {-1}
            if not self.knowledge.explain(application.equations, self.stamps[last], chosen, cost):
                return None
        return sorted(chosen)


def _family(head: str) -> str:
    """Heights are of use for areas, and the other way round."""
    return re.sub(r"Of.*", "", head).replace("Height", "Area") if head != "LengthOfArc" else head


def _seeded(branch: Branch) -> tuple[Premise, ...]:
    """The premises; two triangles that are to be alike are looked for among those that are."""
    for text in branch.conclusions:
        term = cdl.parse(text)
        if _ALIKE.fullmatch(term.head):
            return (("?" + term.head, "".join(term.points)), *branch.premises)
    return branch.premises


def _alike(tables: Tables, quantities: Quantities) -> Iterator[Fact]:
    """Every two triangles of the figure that are congruent or similar, mirrored or not."""
    kept, sides = [], []
    for letters in tables.matches((("Polygon", "ABC"),), {}):
        a, b, c = letters.values()
        columns = [quantities.column("LengthOfLine", pair) for pair in ((a, b), (b, c), (c, a))]
        if None not in columns:
            kept.append((a, b, c))
            sides.append([quantities.values[column] for column in columns if column is not None])
    if not kept:
        return
    logs = np.log(np.array(sides))
    for mirror, other in (("", logs), ("Mirror", logs[:, [2, 1, 0]])):
        differences = logs[:, None] - other[None]
        similar = np.ptp(differences, axis=2) < 1e-6
        congruent = similar & (np.abs(differences).max(axis=2) < 1e-6)
        for kind, pairs in (("Similar", similar), ("Congruent", congruent)):
            for i, j in np.argwhere(pairs):
                if min(_turns(kept[i])) < min(_turns(kept[j])):
                    yield f"?{mirror}{kind}BetweenTriangle", kept[i] + kept[j]


def _turns(item: Item) -> Iterable[Item]:
    return (item[i:] + item[:i] for i in range(len(item)))
