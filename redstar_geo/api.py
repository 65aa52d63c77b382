"""What `import redstar_geo` offers beside `verify`: judged steps, built-in problems, narrated proofs, runs.

All of it is done elsewhere; here it is one call each, and a user's mistake is an `InputError`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from redstar_geo.answer import verify
from redstar_geo.bounds import TEXT
from redstar_geo.errors import InputError
from redstar_geo.formalise.certified import facts_of
from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.construct import FAMILIES, LANGUAGES, construct
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate import Form
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.jsonl import read_rows
from redstar_geo.records import Problem, Trace, from_row, to_row
from redstar_geo.records import read as read_records
from redstar_geo.run import read_manifest
from redstar_geo.sources import builtin
from redstar_geo.teacher import formal

_PROBLEMS_KEPT = 256  # whose proofs and figures stay in memory: enough for the prompts of a batch


@dataclass(frozen=True)
class Step:
    """One claim of a text.

    Attributes:
        text: its words, `text[start:end]` of what was judged.
        status: `true`, `false`, `unproven`, or `withdrawn` where the text takes it back.
        reason: the proof's step, the arithmetic or the figure's value that decides it, or what is not known.
    """

    text: str
    start: int
    end: int
    status: str
    reason: str


def judge_steps(text: str, problem: Problem, *, gdl: str | Path | None = None) -> list[Step]:
    """The claims that a text makes about a problem, in order, each with its verdict; what it only supposes is left out.

    Args:
        text: a chain of thought in English or Chinese, in Unicode, LaTeX or words.
        problem: built-in, of FormalGeo7k, or one whose question and `meta["statements"]` determine its answer.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.

    Raises:
        InputError: the problem has no proof, or the text is longer than what is read.
    """
    if len(text) > TEXT:
        raise InputError(f"The text has {len(text):,} characters, and at most {TEXT:,} are read. Give it in pieces.")
    known = facts(problem, gdl)
    if isinstance(known, ReplayError):
        raise _no_proof(problem, known)
    return [
        Step(claim.text, claim.start, claim.end, decision.status, decision.reason)
        for claim, decision in judge(text, known).claims
        if claim.standing == "asserted"
    ]


def facts(problem: Problem, gdl: str | Path | None = None) -> Facts | ReplayError:
    """What is known of a problem, or why it has no proof; kept in memory for the next text on it."""
    row = to_row(replace(problem, images=()))
    return _facts(json.dumps(row), None if gdl is None else Path(gdl))


@lru_cache(_PROBLEMS_KEPT)
def _facts(row: str, gdl: Path | None) -> Facts | ReplayError:
    with Library(None, gdl) as library:
        try:
            known = facts_of(from_row(Problem, json.loads(row)), library)
        except ReplayError as error:
            return error
        known.figures  # noqa: B018  # fitted while the library is open
        return known


def _no_proof(problem: Problem, error: ReplayError) -> InputError:
    return InputError(
        f"Problem {problem.id!r} has no proof here ({error}). Give a built-in problem, or one of FormalGeo7k with gdl= "
        "the folder of predicates and theorems that comes with it. Steps can also be judged of one of your own whose "
        "question and statements determine its answer."
    )


def families() -> list[str]:
    """The names of the families of built-in problems."""
    return list(FAMILIES)


def make_problem(
    family: str, seed: int = 0, level: int = 1, *, language: str = "en", modality: str = "text", split: str = "train"
) -> Problem:
    """A built-in problem with its picture; the same arguments give the same bytes.

    Args:
        family: one of `families()`.
        seed: any integer from 0.
        level: from 1 for easy numbers and short proofs to 10; `Problem.difficulty` is measured on the proof.
        language: `en` or `zh`.
        modality: whether given values stand in the `text`, in the `picture` or in `both`.
        split: `train` or `test`; the two share no numbers.

    Raises:
        InputError: an argument is out of range.
    """
    return construct(family, seed, level, language, modality, split).problem


def make_problems(
    n: int,
    *,
    families: Sequence[str] = (),
    seed: int = 0,
    levels: Sequence[int] = (1, 2, 3),
    language: str = "en",
    modality: str = "text",
    split: str = "train",
) -> list[Problem]:
    """`n` different built-in problems, the families and levels taking turns.

    Args:
        families: some of `families()`; empty for all.
        seed: which problems: those of two seeds are different ones.

    The other arguments are those of `make_problem`.

    Raises:
        InputError: an argument is out of range.
    """
    return list(builtin.problems(families, n, seed, levels, language, modality, split))


def narrate(
    problem: Problem,
    form: Form = "long",
    *,
    language: Literal["en", "zh"] | None = None,
    seed: int = 0,
    gdl: str | Path | None = None,
) -> Trace:
    """The proof of a problem told as a chain of thought, with the verdict on its answer; no model is asked.

    Args:
        form: nothing but the `answer`, a `short` proof, or a chain of thought: `long`, or `long_unchecked` without its
            checks.
        language: the problem's, unless another is named.
        seed: decides the voice and the wording.
        gdl: FormalGeo's folder of predicates and theorems, for its problems.

    Raises:
        InputError: the problem has no proof, or an argument is out of range.
    """
    for name, value, allowed in (("form", form, get_args(Form)), ("language", language, (None, *LANGUAGES))):
        if value not in allowed:
            raise InputError(f"{name} is {value!r}. Choose one of: {', '.join(map(repr, allowed))}.")
    try:
        with Library(None, None if gdl is None else Path(gdl)) as library:
            proof = library.proof(problem)
    except ReplayError as error:
        raise _no_proof(problem, error) from None
    spoken = replace(problem, language=language or problem.language)
    parts = formal.answer(spoken, proof, formal.Style(form), sample=0, seed=seed)
    trace = Trace(problem.id, 0, formal.NAME, "", parts["reasoning"], parts["response"], parts["finish_reason"])
    return replace(trace, verdict=verify(problem.answer, trace.text, problem.choices))


class RunFolder:
    """A run of `redstar-geo data` or `redstar-geo eval`; each file is read when it is first asked for, then kept.

    Attributes:
        folder: where it lies.
        manifest: its `run.json`: recipe, versions, inputs, and the counts of every stage.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.manifest = folder, read_manifest(folder)

    def __repr__(self) -> str:
        return f"RunFolder({str(self.folder)!r}, stages={list(self.manifest['counts'])})"

    @cached_property
    def problems(self) -> list[Problem]:
        """The problems with their pictures; of an evaluation those that were asked."""
        asked = self.manifest["recipe"].get("problems")
        return list(read_records(Problem, Path(asked) if isinstance(asked, str) else self._file("problems.parquet")))

    @cached_property
    def traces(self) -> list[Trace]:
        """The responses to the problems, right and wrong ones, with their verdicts."""
        return list(read_records(Trace, self._file("traces.parquet")))

    @cached_property
    def items(self) -> list[dict[str, Any]]:
        """The answers of an evaluation; docs/evaluation.md names their keys."""
        path = self._file("items.jsonl")
        return list(read_rows(path))  # without a last one that an evaluation may still be writing

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise InputError(
                f"{self.folder} has no {name}: `redstar-geo data` writes problems.parquet and traces.parquet, "
                "`redstar-geo eval` items.jsonl, of benchmarks in a folder each. Give the folder that holds it."
            )
        return path


def read(run_folder: str | Path) -> RunFolder:
    """A run to look at: its `problems`, `traces` and `items`.

    Raises:
        InputError: it is no folder of a run.
    """
    return RunFolder(Path(run_folder))
