"""Of how many built-in problems, values in the picture only, a reader's readings of the pictures determine the answer.

`python -m tests.bench.formalise_reader READER [problems] [hardest level] [samples] [FILE]` prints a JSON object for
`strokes`, `base`, or a model in a folder, asked as it was trained: families, levels and languages in turn, with numbers
of the test split, which no training has. "perfect" is the same with readings without a fault. What is in FILE, a line
a problem, is not done again.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from redstar_geo.errors import RedStarError
from redstar_geo.formalise import Depiction, PictureReader, in_words, read_question, solve
from redstar_geo.formalise.picture import told_parts
from redstar_geo.geometry.construct import FAMILIES, Built, construct
from redstar_geo.geometry.reading import compared, shown, written
from redstar_geo.readers.named import Reader
from redstar_geo.scores.statements import agreement
from tests.bench.formalise_answers import agrees


def problems(count: int, hardest: int) -> Iterator[Built]:
    families = tuple(FAMILIES)
    for number in range(count):
        turn, place = divmod(number, len(families))
        family, level, language = families[place], 1 + (place + turn) % hardest, ("en", "zh")[turn % 2]
        yield construct(family, 50_000 + number, level, language, "picture", split="test")


def _answered(built: Built, depiction: Depiction) -> str:
    """`right`, `wrong`, or the outcome of a question without an answer."""
    solution = solve(read_question(built.problem.question), depiction, explain=False)
    if solution.value is None:
        return solution.outcome
    return "right" if agrees(solution, built.proof.answer) else "wrong"


def outcome(reader: PictureReader, built: Built) -> dict[str, Any]:
    """What comes of one problem, as plain values."""
    there = written(shown(built.figure))
    row = {"id": built.problem.id, "perfect": _answered(built, in_words(there)), "there": there}
    started = time.perf_counter()
    try:
        depiction = reader.read(built.problem.images[0], built.problem.question)
    except RedStarError as error:
        return row | {"what": "not read", "told": "", "why": str(error), "seconds": time.perf_counter() - started}
    seconds = time.perf_counter() - started
    return row | {"what": _answered(built, depiction), "told": depiction.words, "seconds": seconds}


def main(name: str, count: int, hardest: int, samples: int, kept: Path | None) -> dict[str, Any]:
    reader = Reader(name=name, samples=samples).open()
    done = {row["id"]: row for row in map(json.loads, kept.open())} if kept and kept.exists() else {}
    every = []
    with nullcontext() if kept is None else kept.open("a") as out:
        for built in problems(count, hardest):
            row = done.get(built.problem.id) or outcome(reader, built)
            every.append(row)
            if out is not None and built.problem.id not in done:
                print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
    outcomes = Counter(row["what"] for row in every)
    answered = outcomes["right"] + outcomes["wrong"]
    pairs = [compared(row["there"], written(told_parts(row["told"]).drawn)) for row in every]
    return {
        "problems": len(every),
        "answered": answered / len(every),
        "of these right": outcomes["right"] / max(1, answered),
        "outcomes": outcomes,
        "perfect": Counter(row["perfect"] for row in every),
        "read": {kind: {"precision": each.precision, "recall": each.recall} for kind, each in agreement(pairs).items()},
        "read without a fault": sum(there == told for there, told, _ in pairs) / len(every),
        "seconds a picture": sum(row["seconds"] for row in every) / len(every),
        "wrong": {row["id"]: row["told"] for row in every if row["what"] == "wrong"},
    }


if __name__ == "__main__":
    args = sys.argv[1:] + ["base", "90", "3", "1", ""][len(sys.argv) - 1 :]
    file = Path(args[4]) if args[4] else None
    found = main(args[0], int(args[1]), int(args[2]), int(args[3]), file)
    print(json.dumps(found, ensure_ascii=False, indent=1))
