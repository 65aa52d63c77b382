"""How much of FormalGeo7k's `text_cdl` and `goal_cdl` is read from its question texts, in English and Chinese.

`python -m tests.bench.formalise_text [en|zh] [dev|rest|all] [examples]` prints one JSON object. `dev` are the problems
whose number leaves 0 to 3 on division by five: what was looked into; `rest` are the others.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from redstar_geo.formalise import read_question
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.meaning import readings
from redstar_geo.geometry.claims.numbers import Unknown, evaluate
from redstar_geo.geometry.formal import balanced
from redstar_geo.sources import formal_words, formalgeo7k
from tests.paths import FORMALGEO7K

_SYMMETRIC = ("Equal", "Add", "Mul", "ParallelBetweenLine", "PerpendicularBetweenLine")
_ROUND = ("Parallelogram", "Rhombus", "Rectangle", "Square", "EquilateralTriangle")


def canonical(term: Term) -> Term:
    """One spelling for what says the same."""
    if term.head == "CongruentBetweenArc" and term.points[0][0] == term.points[1][0]:
        term = Term("Equal", tuple(Term("MeasureOfArc", (arc,)) for arc in term.args))
    if term.head in (
        "LengthOfLine",
        "IsDiameterOfCircle",
        "IsMidpointOfLine",
        "PerpendicularBetweenLine",
    ) or term.head in (
        "ParallelBetweenLine",
        "IsPerpendicularBisectorOfLine",
        "IsTangentOfCircle",
        "IsMidsegmentOfTriangle",
        "IsMidsegmentOfQuadrilateral",
        "IsAltitudeOfQuadrilateral",
    ):
        term = Term(
            term.head,
            tuple(Term("Points", ("".join(sorted(p)),)) if len(p) == 2 else Term("Points", (p,)) for p in term.points),
        )
    if term.head in _ROUND:
        name = term.points[0]
        turns = [way[i:] + way[:i] for way in (name, name[::-1]) for i in range(len(name))]
        term = Term(term.head, (Term("Points", (min(turns),)),))
    try:
        number = evaluate(term, lambda _: None)
        return Term("Number", (str(float(number)),))
    except Unknown:
        pass
    made = term.map(canonical)
    if made.head in ("Add", "Mul"):
        parts = [part for each in made.terms for part in (each.terms if each.head == made.head else [each])]
        made = Term(made.head, tuple(parts))
    if made.head in _SYMMETRIC:
        made = Term(made.head, tuple(sorted(made.args, key=str)))
    return made


def among(statement: Term) -> list[Term]:
    """An open statement as each closed one that it may be."""
    try:
        ways = readings(statement, lambda term: (), "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    except (KeyError, IndexError, ValueError):
        return []
    return [canonical(way[0]) for way in ways]


def kind(statement: Term) -> str:
    return statement.head if statement.head != "Equal" else f"Equal {statement.terms[0].head}"


def problems(part: str) -> Iterator[Mapping[str, Any]]:
    for name, raw in formalgeo7k.rows(FORMALGEO7K):
        held = int(name.rpartition("/")[2]) % 5 == 4
        if raw is not None and (part == "all" or held == (part == "rest")):
            yield raw


def main(language: str, part: str, examples: int) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    missed, extra, unread = Counter[str](), Counter[str](), Counter[str]()
    shown: dict[str, list[list[str]]] = defaultdict(list)
    seconds = []
    for raw in problems(part):
        text = raw["problem_text_en" if language == "en" else "problem_text_cn"]
        try:
            text = formal_words.mended(text, raw["text_cdl"], raw["goal_cdl"], language)
        except (formal_words.LostGivenError, cdl.CDLError):
            counts["left out: the text lost a given"] += 1
            continue
        started = time.perf_counter()
        question = read_question(text)
        seconds.append(time.perf_counter() - started)
        gold = Counter(canonical(cdl.parse(balanced(statement))) for statement in dict.fromkeys(raw["text_cdl"]))
        gold = Counter(dict.fromkeys(gold, 1))
        left = dict(gold)
        counts["questions"] += 1
        counts["gold"] += len(gold)
        for said in question.statements:
            form = canonical(said.statement)
            match = form if form in left else next((way for way in among(said.statement) if way in left), None)
            counts["read"] += 1
            if match is not None:
                counts["closed" if match == form else "open"] += 1
                left.pop(match)
            elif form in gold:
                counts["closed"] += 1
            else:
                extra[kind(said.statement)] += 1
                shown[f"+{kind(said.statement)}"].append([raw["problem_id"], str(said), text])
        for statement in left:
            missed[kind(statement)] += 1
            shown[f"-{kind(statement)}"].append([raw["problem_id"], str(statement), text])
        wanted = canonical(cdl.parse(balanced(raw["goal_cdl"])).terms[0])
        right = question.goal is not None and canonical(question.goal) == wanted
        counts["goal right" if right else "goal refused" if question.goal is None else "goal wrong"] += 1
        if not right:
            shown["goal"].append([raw["problem_id"], f"{question.goal} {question.refusal} for {wanted}", text])
        for clause in question.unread:
            unread["clauses"] += 1
            shown["unread"].append([raw["problem_id"], clause, text])
    seconds.sort()
    matched = counts["closed"] + counts["open"]
    return {
        "language": language,
        "part": part,
        **counts,
        "precision": matched / counts["read"],
        "recall": 1 - missed.total() / counts["gold"],
        "goals": counts["goal right"] / counts["questions"],
        "missed": dict(missed.most_common()),
        "extra": dict(extra.most_common()),
        "unread": unread["clauses"],
        "median_ms": 1e3 * seconds[len(seconds) // 2],
        "examples": {name: rows[:examples] for name, rows in shown.items()} if examples and part == "dev" else {},
    }


if __name__ == "__main__":
    wanted = sys.argv[1:] + ["en", "dev", "0"][len(sys.argv) - 1 :]
    print(json.dumps(main(wanted[0], wanted[1], int(wanted[2])), ensure_ascii=False, indent=1))
