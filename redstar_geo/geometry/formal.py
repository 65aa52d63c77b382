"""FormalGeo problems: replay a theorem sequence with the `formalgeo` solver and read the proof off it.

The solver keeps, for every condition, its premises and the theorem that gave it, so the proof is what lies between the
goal and the givens. Theorems that were applied and that the goal does not rest on stay in the proof as dead ends, and a
few tempting theorems are really tried first, as a student would.

Data files are strangers'. A problem is admitted when all its strings are in the closed language of `language`, and when
the solver can be expected to bear it: the figure of a textbook, not one that has millions of polygons.
"""

from __future__ import annotations

import gc
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sympy
from sympy.core.cache import clear_cache

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl, language
from redstar_geo.geometry.contradiction import Contradiction, shortest
from redstar_geo.geometry.equations import MOST_CALLS
from redstar_geo.geometry.language import Language
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import Replay, ReplayError
from redstar_geo.geometry.state import Call, FormalProblem, State

_MAX_BYTES = 256 * 1024  # of a GDL file; FormalGeo7k's have 15 and 56 KB
_MAX_GIVENS, _MAX_CONSTRUCTION, _MAX_THEOREMS, _MAX_CHARS = 64, 64, 128, 8_000  # FormalGeo7k has 32, 28, 28 and 2,000
_MAX_ON_A_LINE, _MAX_ON_A_CIRCLE = 1_000, 3_000  # conditions that the solver makes of all lines and of all circles
_X, _Y, _Z = sympy.symbols("x y z", positive=True)
_CONSTRUCTION = re.compile(r"(Shape|Collinear|Cocircular)\(([A-Za-z0-9,.，]{1,64})\)")
_CALL = re.compile(r"([A-Za-z_0-9]{1,100})\((?:([0-9]{1,3}),)?([A-Za-z][A-Za-z,]{0,63})\)")


class FormalSolver:
    """The solver with one set of predicates and theorems; not thread-safe (the package keeps global state).

    Args:
        gdl: folder with `predicate_GDL.json` and `theorem_GDL.json`.

    Raises:
        InputError: a file is missing or holds something outside the language.
    """

    def __init__(self, gdl: Path) -> None:
        self.language = Language(*(_content(gdl / name) for name in ("predicate_GDL.json", "theorem_GDL.json")))
        sympy.solve([_X**2 + _Y - 3, _X - _Y - 1, sympy.cos(_Z) - _X], dict=True)  # imports are no problem's work
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

    def answer(self, problem: Mapping[str, Any]) -> str:
        """The value that `problem["theorem_seqs"]` gives the goal, whatever answer the file has.

        Raises:
            ReplayError: as for `replay`, but for `wrong_value`.
        """
        try:
            return self.replay(problem).answer
        except ReplayError as error:
            if error.solved is None:
                raise
            return self.replay({**problem, "problem_answer": str(error.solved)}).answer

    def contradiction(self, problem: Mapping[str, Any]) -> Contradiction | None:
        """The shortest contradiction that is met on the way to the goal.

        Raises:
            ReplayError: as for `replay`.
        """
        return shortest(self._proved(problem)[1])

    def _proved(self, problem: Mapping[str, Any]) -> tuple[Proof, Replay]:
        known = admitted(problem)
        try:
            return self.attempt(known)
        except ReplayError as error:
            if error.reason not in ("goal_not_reached", "too_much_work"):
                raise
        return self.attempt(known, thorough=True)

    def attempt(self, problem: FormalProblem, thorough: bool = False, calls: int = MOST_CALLS) -> tuple[Proof, Replay]:
        """One replay, and what it was read off; thorough and bounded as `Equations` are.

        Raises:
            ReplayError: as for `replay`, and `too_much_work`.
        """
        clear_cache()  # so that a problem is the same work whatever came before
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the solver warns of each theorem that gives nothing
            try:
                try:
                    state = State(self.language, problem, thorough, calls)
                except cdl.CDLError as error:
                    raise ReplayError("bad_statement", str(error)) from None
                replay = Replay(state, problem)
                return replay.proof(), replay
            except (
                ArithmeticError,
                AttributeError,
                LookupError,
                RuntimeError,  # also a recursion too deep
                TypeError,
                ValueError,
                cdl.CDLError,
            ) as error:
                raise ReplayError("solver_error", repr(error)[:500]) from error


def admitted(problem: Mapping[str, Any]) -> FormalProblem:
    """A problem file in the language, with balanced brackets.

    Raises:
        ReplayError: `bad_statement`: a field is missing, or not in the language, or too much.
    """
    try:
        givens = list(map(balanced, _texts(problem, "text_cdl", "image_cdl", most=_MAX_GIVENS)))
        for text in givens:
            language.statement(text)
        goal = cdl.parse(balanced(_text(problem["goal_cdl"])))
        if (goal.head, len(goal.args)) not in {("Value", 1), ("Equal", 2)}:
            raise cdl.CDLError(f"unknown goal {str(goal)[:80]!r}")
        for side in goal.terms:
            language.expression(side)
        answer = _text(problem["problem_answer"])
        language.expression(cdl.parse(answer))
        return FormalProblem(
            key=str(problem["problem_id"])[:100],
            construction=_construction(_texts(problem, "construction_cdl", most=_MAX_CONSTRUCTION)),
            givens=tuple(dict.fromkeys(givens)),
            goal=cdl.Term("Sub", goal.args) if goal.head == "Equal" else goal.terms[0],
            answer=cdl.value("0" if goal.head == "Equal" else answer),
            theorems=tuple(map(_call, _texts(problem, "theorem_seqs", most=_MAX_THEOREMS))),
        )
    except cdl.CDLError as error:
        raise ReplayError("bad_statement", str(error)) from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ReplayError("bad_statement", f"missing or malformed field {error}") from None


def balanced(text: str) -> str:
    """Upstream files have a few statements with one bracket too many or too few at the end, or a stray comma."""
    bare = text.replace(",)", ")").rstrip(")")
    return bare + ")" * (bare.count("(") - bare.count(")"))


def _content(file: Path) -> Any:
    remedy = "Point to the gdl folder that comes with FormalGeo7k."
    try:
        if not file.is_file() or file.stat().st_size > _MAX_BYTES:
            raise InputError(f"{file} is no file of at most {_MAX_BYTES // 1024} KB. {remedy}")
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} is no readable file of predicates or theorems: {error}. {remedy}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:80]!r}, which is no text")
    return value


def _texts(problem: Mapping[str, Any], *fields: str, most: int) -> list[str]:
    """The strings of a list, or of two; not more than a textbook problem could have."""
    values = [value for field in fields for value in _list(problem[field])]
    if len(values) > most or sum(len(_text(value)) for value in values) > _MAX_CHARS:
        raise cdl.CDLError(f"{' and '.join(fields)}: more than {most} statements or {_MAX_CHARS} characters.")
    return values


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{str(value)[:80]!r}, which is no list")
    return list(value)


def _construction(texts: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the figure is made of. The solver takes no notice of a shape that is written wrongly, as a few upstream are.

    Raises:
        CDLError: unknown, or with so many points on a line or circle that the solver would not come to an end.
    """
    made = []
    for text in texts:
        match = _CONSTRUCTION.fullmatch(text)
        if match is None:
            raise cdl.CDLError(f"unknown construction {text[:80]!r}")
        head, parts = match.groups()
        if head == "Cocircular":
            parts = parts.replace(",", "")
        made.append((head, tuple(parts.split(",") if head == "Shape" else parts)))
    circles = [len(parts) - 1 for head, parts in made if head == "Cocircular"]
    lines = [len(parts) for head, parts in made if head == "Collinear"]
    if sum(count * 2 ** min(count, 64) for count in circles) > 2 * _MAX_ON_A_CIRCLE:
        raise cdl.CDLError("too many points on circles")
    if sum(count**3 for count in lines) > 3 * _MAX_ON_A_LINE:
        raise cdl.CDLError("too many points on lines")
    return tuple(made)


def _call(text: str) -> Call:
    match = _CALL.fullmatch(text)
    if match is None:
        raise cdl.CDLError(f"no application of a theorem: {text[:80]!r}")
    return match[1], match[2], match[3].replace(",", "")
