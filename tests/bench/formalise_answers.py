"""Of how many FormalGeo7k problems the answer is found without a model, and how often it is the gold one.

Text by the grammar; the picture's statements from the data set, as a perfect reader would give them, or with one of
them dropped, wrong or with two letters swapped.

`python -m tests.bench.formalise_answers [problems] [clean|dropped|wrong|swapped] [en|zh] [seed]` prints a JSON object.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import replace
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


def main(count: int, how: str, language: str, seed: int) -> dict[str, Any]:
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
    random.Random(seed).shuffle(rows)
    outcomes, wrong, rest, seconds, exact = Counter[str](), {}, {}, [], 0
    for raw in rows[:count]:
        chance = random.Random(f"{seed} {raw['problem_id']}")
        text = raw["problem_text_en" if language == "en" else "problem_text_cn"]
        try:
            text = formal_words.mended(text, raw["text_cdl"], raw["goal_cdl"], language)
            depiction = annotated(raw)
            if how != "clean":
                depiction = disturbed(depiction, how, chance)
        except (formal_words.LostGivenError, cdl.CDLError) as error:
            outcomes["unreadable"] += 1
            rest[raw["problem_id"]] = str(error)
            continue
        started = time.process_time()
        solution = solve(read_question(text), depiction, explain=False)
        seconds.append(time.process_time() - started)
        outcomes[solution.outcome] += 1
        outcomes[f"{len(solution.figures)} figures"] += solution.outcome == "answered"
        if solution.outcome == "answered" and solution.departures:
            outcomes[f"departing, {'right' if agrees(solution, raw['problem_answer']) else 'wrong'}"] += 1
        if solution.outcome != "answered":
            rest[raw["problem_id"]] = f"{solution.outcome}: {solution.why}"
        elif agrees(solution, raw["problem_answer"]):
            outcomes["right"] += 1
            exact += bool(solution.value and solution.value.exact)
        else:
            outcomes["wrong"] += 1
            wrong[raw["problem_id"]] = [
                solution.value.text if solution.value else "",
                raw["problem_answer"],
                solution.departures,
            ]
    seconds.sort()
    return {
        "problems": count,
        "noise": how,
        **outcomes,
        "coverage": outcomes["answered"] / count,
        "right of answered": outcomes["right"] / max(1, outcomes["answered"]),
        "wrong of all": outcomes["wrong"] / count,
        "exact of right": exact / max(1, outcomes["right"]),
        "median_ms": 1e3 * seconds[len(seconds) // 2],
        "p95_ms": 1e3 * seconds[int(0.95 * len(seconds))],
        "max_s": seconds[-1],
        "wrong": wrong,
        "rest": rest,
    }


if __name__ == "__main__":
    args = sys.argv[1:] + ["300", "clean", "en", "1"][len(sys.argv) - 1 :]
    print(json.dumps(main(int(args[0]), args[1], args[2], int(args[3])), ensure_ascii=False, indent=1))
