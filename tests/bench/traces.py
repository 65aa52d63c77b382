"""The linter over traces of every real problem or of very many built-in ones, and letters outside their figures.

`python -m tests.bench.traces real` or `… built 100000 [KEPT.jsonl]` prints one JSON object. With a file, every
instalment is kept in it, and the next call goes on behind the last.

A real problem is told long and short in both languages, a built-in one in one of these four ways, which take turns.
Every fifth long telling has a mistake where the problem invites one; the mistake itself, being false, is not linted.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import read
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.narrate import Form, narrate
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from tests.bench.geometry_problems import letters_outside
from tests.geometry.trace_lint import lint
from tests.paths import FORMALGEO7K

_INSTALMENT = 45
_MISTAKES = 0.2
_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_WAYS: tuple[tuple[Language, Form], ...] = (("en", "long"), ("zh", "long"), ("en", "short"), ("zh", "short"))


def _way(number: int) -> tuple[Language, Form]:
    """Of a built-in problem: its four ways take turns, another one for a family each time."""
    return _WAYS[(number + number // len(FAMILIES)) % len(_WAYS)]


@dataclass(frozen=True)
class Told:
    """A problem's name, its proof, its points, and the letters of question and picture that are none of these."""

    name: str
    proof: Proof
    points: frozenset[str]
    outside: tuple[str, ...] = ()


def built(start: int, count: int) -> Iterator[Told]:
    """Built-in problems by number: families, then levels and modalities taking turns."""
    families = list(FAMILIES)
    for number in range(start, start + count):
        seed, family = divmod(number, len(families))
        modality = ("text", "picture", "both")[seed % 3]
        problem = construct(families[family], seed, 1 + seed % 10, _LANGUAGES[seed % 2], modality)
        yield Told(
            problem.problem.id, problem.proof, frozenset(problem.figure.points), tuple(sorted(letters_outside(problem)))
        )


def real(start: int, count: int) -> Iterator[Told]:
    """Problems of FormalGeo7k, by number in the order of their names."""
    solver = FormalSolver(FORMALGEO7K / "gdl")
    for file in sorted((FORMALGEO7K / "problems").glob("*.json"))[start : start + count]:
        problem = json.loads(file.read_text(encoding="utf-8"))
        try:
            proof = solver.replay(problem)
        except ReplayError:
            continue
        drawn = (text.partition("(")[2] for text in problem["construction_cdl"])  # one has a full stop for a comma
        points = {letter for text in drawn for letter in text if letter.isupper()}
        said = (cdl.parse(text) for text in (*proof.givens, proof.goal))
        yield Told(file.stem, proof, frozenset(points.union(*(_points(term) for term in said))))


def _points(term: cdl.Term) -> set[str]:
    return {letter for part in term.walk() if part.head == "Points" for letter in str(part) if letter.isupper()}


def linted(problem: Told, seed: int, ways: Sequence[tuple[Language, Form]]) -> Iterator[tuple[str, str]]:
    """Kind and text of everything found in the traces of a problem."""
    yield from (("letter", letter) for letter in problem.outside)
    for language, form in ways:
        told = narrate(problem.proof, form=form, language=language, seed=seed, mistakes=_MISTAKES)
        reasoning = told.reasoning
        if told.mistake is not None:
            reasoning = reasoning.replace(told.mistake.text, "").replace("  ", " ")
        for finding in lint(problem.proof, reasoning, told.response, language, short=form == "short"):
            yield f"{finding.kind} {language} {form}", finding.text
        used = set().union(*(_points(claim.statement) for claim in read(told.reasoning).claims))
        yield from ((f"letter {language} {form}", letter) for letter in sorted(used - problem.points))


def instalment(kind: str, start: int, count: int) -> dict[str, Any]:
    problems = list(built(start, count) if kind == "built" else real(start, count))
    found = [
        {"problem": problem.name, "seed": start + number, "kind": each, "text": text}
        for number, problem in enumerate(problems)
        for each, text in linted(problem, start + number, _WAYS if kind == "real" else (_way(start + number),))
    ]
    return {"kind": kind, "start": start, "asked": count, "problems": len(problems), "found": found}


def main(kind: str, count: int, kept: Path | None) -> dict[str, Any]:
    started = time.perf_counter()
    lines = kept.read_text(encoding="utf-8").splitlines() if kept is not None and kept.exists() else []
    done = [json.loads(line) for line in lines]
    for start in range(sum(part["asked"] for part in done), count, _INSTALMENT):
        done.append(instalment(kind, start, min(_INSTALMENT, count - start)))
        if kept is not None:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[-1], ensure_ascii=False) + "\n")
    found = [each for part in done for each in part["found"]]
    problems = sum(part["problems"] for part in done)
    return {
        "problems": problems,
        "traces": problems * (len(_WAYS) if kind == "real" else 1),
        "findings": len(found),
        "kinds": Counter(each["kind"] for each in found).most_common(),
        "first": found[:5],
        "seconds": round(time.perf_counter() - started, 1),
    }


if __name__ == "__main__":
    arguments = sys.argv[1:]
    number = int(arguments[1]) if len(arguments) > 1 else len(list((FORMALGEO7K / "problems").glob("*.json")))
    print(
        json.dumps(
            main(arguments[0], number, Path(arguments[2]) if len(arguments) > 2 else None), ensure_ascii=False, indent=1
        )
    )
