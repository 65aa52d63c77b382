"""FormalGeo problems: replay a theorem sequence with the `formalgeo` solver and read the proof off it.

The solver keeps, for every condition, its premises and the theorem that gave it, so the proof is what lies between the
goal and the givens. Theorems that were applied and that the goal does not rest on stay in the proof as dead ends, and a
few tempting theorems are really tried first, as a student would.

`formalgeo` hands expressions to a parser that runs them as Python, and data files are strangers'. So every string of a
problem and of the theorem file passes a whitelist (`cdl.parse` and known heads) before the solver sees it.
"""

from __future__ import annotations

import gc
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formalgeo.core import EquationKiller
from formalgeo.solver import Interactor

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import BARE, Replay, ReplayError

_OPERATORS = {"Equal", "Equation", "Value", "Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Sin", "Cos", "Tan", "Neg"}
_FUNCTIONS = {"sqrt", "sin", "cos", "tan", "asin", "acos", "atan"}
_NAME = re.compile(r"[a-zα-ω]|pi")


class FormalSolver:
    """The solver with one set of predicates and theorems; not thread-safe (the package keeps global state).

    Args:
        gdl: folder with `predicate_GDL.json` and `theorem_GDL.json`.

    Raises:
        InputError: a file is missing or holds something outside the language.
    """

    def __init__(self, gdl: Path) -> None:
        try:
            predicates = json.loads((gdl / "predicate_GDL.json").read_text(encoding="utf-8"))
            theorems = json.loads((gdl / "theorem_GDL.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            remedy = "Point to the gdl folder that comes with FormalGeo7k."
            raise InputError(f"{gdl} has no readable predicate and theorem files: {error}. {remedy}") from None
        sections = [predicates[part] for part in ("Entity", "Relation", "Attribution")]
        named = {key.partition("(")[0] for section in sections for key in section}
        self.heads = _OPERATORS | _FUNCTIONS | BARE | named | {"Points", "Number"}
        for body in theorems.values():
            for branch in body.values():
                for part in [*re.split(r"[&|~]", branch["premise"]), *branch["conclusion"]]:
                    if part:
                        self._admit_rule(balanced(part.lstrip("(")))
        self.groups = {
            key.partition("(")[0]: [len(group) for group in key[:-1].partition("(")[2].split(",")]
            for section in [*sections, theorems]
            for key in section
        }
        self.interactor = Interactor(predicates, theorems)
        gc.freeze()  # all of this lives on: the collector need not walk it again for each problem

    def replay(self, problem: Mapping[str, Any]) -> Proof:
        """The proof that `problem["theorem_seqs"]` makes.

        Args:
            problem: a FormalGeo problem file as read from JSON.

        Raises:
            ReplayError: `bad_statement`, `unknown_theorem`, `solver_error`, `goal_not_reached`, `wrong_value` or
                `inexact_value`.
        """
        return self._proved(problem)[0]

    def replay_with_values(self, problem: Mapping[str, Any]) -> tuple[Proof, dict[str, str]]:
        """The proof, and every value that the solver came to know, as `Replay.values` gives them.

        Raises:
            ReplayError: as for `replay`.
        """
        proof, replay = self._proved(problem)
        return proof, replay.values()

    def _proved(self, problem: Mapping[str, Any]) -> tuple[Proof, Replay]:
        problem = self._admitted(problem)
        try:
            return self._replay(problem, thorough=False)
        except ReplayError as error:
            if error.reason != "goal_not_reached":
                raise
        return self._replay(problem, thorough=True)

    def _replay(self, problem: Mapping[str, Any], thorough: bool) -> tuple[Proof, Replay]:
        """One attempt; a thorough one also solves groups of equations with more unknowns than equations (slower)."""
        EquationKiller.solve_rank_deficient_eqs = thorough
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the solver warns of each theorem that gives nothing
            try:
                replay = Replay(self.interactor, self.groups, problem)
                return replay.proof(), replay
            except (
                AttributeError,
                IndexError,
                KeyError,
                TypeError,
                ValueError,
                NotImplementedError,
                cdl.CDLError,
            ) as error:
                raise ReplayError("solver_error", repr(error)) from error

    def _admitted(self, problem: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with balanced brackets whose every string is in the language."""
        try:
            admitted = dict(problem)
            for key in ("text_cdl", "image_cdl"):
                admitted[key] = [self._admit(balanced(text)) for text in problem[key]]
            for text in problem["construction_cdl"]:
                if not re.fullmatch(r"(Shape|Collinear|Cocircular)\([\w,.，]+\)", text):
                    raise ReplayError("bad_statement", str(text))
            admitted["goal_cdl"] = self._admit(balanced(problem["goal_cdl"]))
            admitted["problem_answer"] = self._admit(problem["problem_answer"])
            for text in problem["theorem_seqs"]:
                if not re.fullmatch(r"\w+\([\w,]+\)", text):
                    raise ReplayError("bad_statement", str(text))
        except (KeyError, TypeError, AttributeError) as error:
            raise ReplayError("bad_statement", f"missing or malformed field {error}") from None
        return admitted

    def _admit_rule(self, text: str) -> None:
        try:
            self._admit(text)
        except ReplayError as error:
            raise InputError(
                f"theorem_GDL.json is not FormalGeo's: {error}. Take the file that comes with it."
            ) from None

    def _admit(self, text: str) -> str:
        try:
            terms = cdl.parse(text).walk()
        except cdl.CDLError as error:
            raise ReplayError("bad_statement", str(error)) from None
        for term in terms:
            if term.head == "Name":
                if not _NAME.fullmatch(str(term)):
                    raise ReplayError("bad_statement", f"unknown name {term} in {text!r}")
            elif term.head == "Pow" and not re.fullmatch(r"[2-4]|Div\([1-9],[1-9]\)", str(term.args[1])):
                raise ReplayError("bad_statement", f"power {term} in {text!r}")
            elif term.head not in self.heads:
                raise ReplayError("bad_statement", f"unknown head {term.head} in {text!r}")
        return text


def balanced(text: str) -> str:
    """Upstream files have a few statements with one bracket too many or too few at the end, or a stray comma."""
    bare = text.replace(",)", ")").rstrip(")")
    return bare + ")" * (bare.count("(") - bare.count(")"))
