"""One problem inside the `formalgeo` solver, every expression of it built from terms of `cdl`.

The package's own loader and its ways to apply a theorem read expressions by a parser that runs Python, so what they do
is done here, and equations are solved by `equations`; its conditions and checks are used as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from formalgeo.problem import Problem
from formalgeo.problem.condition import Goal

from redstar_geo.geometry import cdl, predicates
from redstar_geo.geometry.equations import MOST_CALLS, Equations, real
from redstar_geo.geometry.language import UNKNOWN, Branch, Language

_GIVEN, _EXTENDED = ("prerequisite", None, None), ("extended", None, None)
_MAX_SHAPES = (
    20_000  # ways to name the polygons that the figure's parts make up; FormalGeo7k's largest figure has 13,971
)
_NEARLY = 1e-3
_INFINITE = (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)
Call = tuple[str, str | None, str]  # a theorem, its branch if one is named, its points


@dataclass(frozen=True)
class FormalProblem:
    """A problem in the language, as `formal.admitted` makes it.

    Attributes:
        key: what sets its dead ends apart from another problem's.
        construction: predicates and their parts: `("Shape", ("AB", "BC", "CA"))`, `("Collinear", ("A", "B", "C"))`.
        givens: statements.
        goal: the expression asked for; to show `a = b` is to find 0 for `a − b`.
        answer: its value as the problem gives it.
        theorems: the sequence that reaches it.
    """

    key: str
    construction: tuple[tuple[str, tuple[str, ...]], ...]
    givens: tuple[str, ...]
    goal: cdl.Term
    answer: sympy.Expr
    theorems: tuple[Call, ...]


class State(Problem):  # type: ignore[misc]
    """What the solver knows of a problem; no equation is solved yet.

    Args:
        thorough, calls: as of `Equations`.

    Raises:
        CDLError: a given or the goal is no finite expression, or the figure has too many polygons.
    """

    def __init__(
        self, language: Language, problem: FormalProblem, thorough: bool = False, calls: int = MOST_CALLS
    ) -> None:
        super().__init__()
        self.equations = Equations(self, thorough, calls)
        self.language = language
        construction = [(head, list(parts)) for head, parts in problem.construction]
        parsed = {"construction_cdl": construction, "text_and_image_cdl": [], "goal": {"type": None}}
        self.load_problem_by_fl(language.predicates, language.theorems, {"parsed_cdl": parsed})
        for text in problem.givens:
            self._add_statement(text, None, (-1,), _GIVEN)
        self.goal = Goal()
        self.goal.type, self.goal.item, self.goal.answer = "algebra", self.expression(problem.goal), problem.answer
        self.step("init_problem", 0)

    def expression(self, term: cdl.Term, letters: Mapping[str, str] | None = None) -> sympy.Expr | None:
        """The solver's algebra of an expression, or of `a − b` for `Equal(a,b)`; None when it has a measure that the
        figure has not.

        Args:
            letters: the problem's points for a theorem's.

        Raises:
            CDLError: it is no finite expression.
        """
        values: dict[cdl.Term, sympy.Expr] = {}
        for part in term.outermost(lambda inner: inner.head in UNKNOWN or inner.head in predicates.MEASURES):
            if part not in values and str(part) != "pi":
                values[part] = self._symbol(part, letters)
                if values[part] is None:
                    return None
        for part in term.walk():
            if part.head == "Number" and "." in str(part):  # the solver rounds where a problem does
                values[part] = sympy.Float(str(part))
        made = cdl.to_sympy(term, values)
        if made.has(*_INFINITE):
            raise cdl.CDLError(f"{str(term)[:80]!r} is not finite.")
        return made

    def _symbol(self, part: cdl.Term, letters: Mapping[str, str] | None) -> sympy.Symbol | None:
        if part.head in UNKNOWN:
            return self.get_sym_of_attr("Free", str(part))
        points = "".join(part.points)
        return self.get_sym_of_attr(part.head, tuple(points if letters is None else map(letters.__getitem__, points)))

    def _add_shape(self, shape: tuple[str, ...], premise: tuple[int, ...], theorem: tuple[object, ...]) -> object:
        """The solver's, which joins parts of a figure that share a side, over and over: a 4 × 4 grid has no end."""
        if len(self.condition.items_group["Shape"]) > _MAX_SHAPES:
            raise cdl.CDLError(f"The figure has more than {_MAX_SHAPES} ways to name a polygon.")
        return super()._add_shape(shape, premise, theorem)

    def add(
        self,
        predicate: str,
        item: object,
        premise: tuple[int, ...],
        theorem: tuple[object, ...],
        skip_check: bool = False,
    ) -> bool:
        """The solver's, with what follows from a definition added by us."""
        if not super().add(predicate, item, premise, theorem, skip_check):
            return False
        names, texts = self.language.extensions.get(predicate, ("", ()))
        if texts and isinstance(item, tuple):
            letters = dict(zip(names, item, strict=True))
            source = (self.condition.get_id_by_predicate_and_item(predicate, item),)
            for text in texts:
                self._add_statement(text, letters, source, _EXTENDED)
        return True

    def _add_statement(
        self,
        text: str,
        letters: Mapping[str, str] | None,
        premise: tuple[int, ...],
        theorem: tuple[object, ...],
    ) -> None:
        term = cdl.parse(text)
        if term.head in ("Equal", "Equation"):
            equation = self.expression(term if term.head == "Equal" else term.terms[0], letters)
            self.add("Equation", equation, premise, theorem)
        else:
            points = "".join(term.points)
            item = tuple(points if letters is None else map(letters.__getitem__, points))
            self.add(term.head, item, premise, theorem)

    def apply(self, name: str, branch: str | None, points: tuple[str, ...]) -> None:
        """Add a theorem's conclusions, by each of its branches, or the named one, whose premises are known."""
        theorem = self.language.theorems[name]
        letters = dict(zip(theorem.letters, points, strict=True))
        for number, body in theorem.branches.items():
            if branch in (None, number):
                premises = self._premises(body, letters)
                if premises is not None:
                    for text in body.conclusions:
                        self._add_statement(text, letters, tuple(premises), (name, number, points))
                self.step((name, number, points), 0)

    def _premises(self, body: Branch, letters: Mapping[str, str]) -> list[int] | None:
        """The conditions that a branch rests on; None when one is not known."""
        premises: list[int] = []
        for predicate, points in body.premises:
            item = tuple(map(letters.__getitem__, points))
            if not self.condition.has(predicate, item):
                return None
            premises.append(self.condition.get_id_by_predicate_and_item(predicate, item))
        for text in body.equations:
            result, used = self.equations.value(self.expression(cdl.parse(text), letters))
            if result is None or not _is_nearly_zero(result):
                return None
            premises += used
        return premises

    def check_goal(self) -> None:
        """Look for the goal's value, and what it rests on."""
        goal = self.goal
        value, premise = self.equations.value(goal.item)
        if value is not None:
            goal.solved_answer, goal.solved = value, _is_nearly_zero(value - goal.answer)
            valued = self.condition.id_of_item.get(("Equation", str(goal.item - value)))
            goal.premise = tuple(premise) if valued is None else self.condition.items[valued][2]
        self.step("check_goal", 0)


def _is_nearly_zero(number: sympy.Expr) -> bool:
    """Numerically, as the package compares: whether roots of roots are equal can take sympy minutes to find out."""
    worth = real(number)
    return worth is not None and abs(worth) < _NEARLY
