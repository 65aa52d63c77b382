"""Of how many FormalGeo7k problems the answer is found without a model, and how often it is the gold one.

Text by the grammar; the picture's statements from the data set, as a perfect reader would give them, or with one of
them dropped, wrong or with two letters swapped.

`python -m tests.bench.formalise_answers [problems] [clean|dropped|wrong|swapped] [en|zh] [seed] [FILE]` prints a JSON
object; what is in FILE, a line a problem, is not done again.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from redstar_geo.formalise import read_question
from redstar_geo.formalise.picture import Depiction, annotated
from redstar_geo.formalise.solve import Solution, solve
from redstar_geo.formalise.statement import Said
from redstar_geo.geometry import cdl
from redstar_geo.sources import formal_words, formalgeo7k
from tests.paths import FORMALGEO7K

_AGREES = 1e-3  # gold answers are written to few digits


def disturbed(depiction: Depiction, how: str, chance: random.Random) -> Depiction:
    """The same picture, misread in one statement."""
    shapes, said = list(depiction.construction), list(depiction.statements)
    place = chance.randrange(len(shapes) + len(said))
    if how == "dropped":
        (shapes if place < len(shapes) else said).pop(place if place < len(shapes) else place - len(shapes))
        return replace(depiction, construction=tuple(shapes), statements=tuple(said))
    text = shapes[place] if place < len(shapes) else str(said[place - len(shapes)])
    new = _misread(text, how, sorted(set(re.findall(r"[A-Z](?![a-z])", " ".join(shapes)))), chance)
    if place < len(shapes):
        shapes[place] = new
    else:
        said[place - len(shapes)] = Said(cdl.parse(new), new, "picture")
    return replace(depiction, construction=tuple(shapes), statements=tuple(said))


def _misread(text: str, how: str, points: list[str], chance: random.Random) -> str:
    letters = sorted(set(re.findall(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])", text)))
    letters = sorted(set("".join(letters)))
    number = re.search(r"(?<![A-Za-z\d])\d+(?=\)*$)", text)
    if how == "wrong" and number is not None and chance.random() < 0.7:
        return (
            text[: number.start()]
            + str(int(number[0]) + chance.choice((-3, -2, -1, 1, 2, 3, 10)))
            + text[number.end() :]
        )
    a = chance.choice(letters)
    others = letters if how == "swapped" and len(letters) > 1 else [p for p in points if p not in letters] or points
    b = chance.choice([p for p in others if p != a] or [a])
    table = str.maketrans({a: b, b: a} if how == "swapped" else {a: b})
    return re.sub(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])", lambda match: match[0].translate(table), text)


def agrees(solution: Solution, gold: str) -> bool:
    assert solution.value is not None
    wanted = float(cdl.value(gold).evalf())
    return abs(solution.value.number - wanted) <= _AGREES * max(1.0, abs(wanted))


def solved(raw: Mapping[str, Any], how: str, language: str, seed: int) -> dict[str, Any]:
    """What comes of one problem, as plain values."""
    name, chance = raw["problem_id"], random.Random(f"{seed} {raw['problem_id']}")
    text = raw["problem_text_en" if language == "en" else "problem_text_cn"]
    try:
        text = formal_words.mended(text, raw["text_cdl"], raw["goal_cdl"], language)
        depiction = annotated(raw)
        if how != "clean":
            depiction = disturbed(depiction, how, chance)
    except (formal_words.LostGivenError, cdl.CDLError) as error:
        return {"id": name, "outcome": "unreadable", "why": str(error), "seconds": 0.0}
    started = time.process_time()
    solution = solve(read_question(text), depiction, explain=False)
    found = {"id": name, "outcome": solution.outcome, "why": solution.why}
    if solution.value is not None:
        right, text = agrees(solution, raw["problem_answer"]), f"{solution.value.text} for {raw['problem_answer']}"
        found |= {"right": right, "exact": bool(solution.value.exact), "why": "" if right else text}
    return found | {"seconds": time.process_time() - started}


def main(count: int, how: str, language: str, seed: int, kept: Path | None) -> dict[str, Any]:
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
    random.Random(seed).shuffle(rows)
    done = {row["id"]: row for row in map(json.loads, kept.open())} if kept and kept.exists() else {}
    with nullcontext() if kept is None else kept.open("a") as out:
        for raw in rows[:count]:
            if raw["problem_id"] not in done:
                done[raw["problem_id"]] = found = solved(raw, how, language, seed)
                if out is not None:
                    print(json.dumps(found, ensure_ascii=False), file=out, flush=True)
    found_all = [done[raw["problem_id"]] for raw in rows[:count]]
    outcomes = Counter(found["outcome"] for found in found_all)
    right = [found for found in found_all if found.get("right")]
    seconds = sorted(found["seconds"] for found in found_all)
    count = len(found_all)
    return {
        "problems": count,
        "noise": how,
        **outcomes,
        "right": len(right),
        "coverage": outcomes["answered"] / count,
        "right of answered": len(right) / max(1, outcomes["answered"]),
        "wrong of all": (outcomes["answered"] - len(right)) / count,
        "exact of right": sum(found["exact"] for found in right) / max(1, len(right)),
        "median_ms": 1e3 * seconds[count // 2],
        "p95_ms": 1e3 * seconds[int(0.95 * count)],
        "max_s": seconds[-1],
        "wrong": {found["id"]: found["why"] for found in found_all if not found.get("right", True)},
        "rest": {found["id"]: f"{found['outcome']}: {found['why']}" for found in found_all if "right" not in found},
    }


if __name__ == "__main__":
    args = sys.argv[1:] + ["300", "clean", "en", "1", ""][len(sys.argv) - 1 :]
    file = Path(args[4]) if args[4] else None
    print(json.dumps(main(int(args[0]), args[1], args[2], int(args[3]), file), ensure_ascii=False, indent=1))
