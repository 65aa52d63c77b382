"""Certificates where a scripted model misreads pictures at known rates: predicted and found.

Each statement of a picture is misread at the rate, half of these times left out, else with another value or letter; of
several readings most have to agree. On other seeds one statement of each picture is left out, or wrong: what that does
to an answer (nothing, another answer, none) is all that is learned. Flaws taken as independent, that predicts coverage
and accuracy at every rate and number of readings: of n statements, each lost with probability l and wrong with w, an
answer stays right with (1 − l·(1 − a) − w·(1 − b))ⁿ, where a and b are how often one flaw leaves a right answer right.

`python -m tests.bench.formalise_misread [problems] [builtin|formalgeo7k] [FIGURE.svg]` prints a JSON object: built-in
problems in the language in which models and persons state a picture, or FormalGeo7k's with its annotation.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from redstar_geo.formalise import Depiction, annotated, certify, read_question, solve
from redstar_geo.formalise.agreement import agreed
from redstar_geo.formalise.placement import placed
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.reading import read, shown, written
from redstar_geo.sources import formal_words, formalgeo7k
from tests.bench.formalise_answers import _misread
from tests.paths import FORMALGEO7K

RATES, READINGS = (0.0, 0.05, 0.1, 0.2), (1, 3)
_KINDS = ("lost", "wrong")


@dataclass(frozen=True)
class Case:
    """A question, what its picture says, how a statement is misread, and what is made of several readings."""

    question: str
    statements: tuple[str, ...]
    gold: float
    tolerance: float
    other: Callable[[str, random.Random], str]
    depicted: Callable[[Sequence[Sequence[str]]], Depiction]


def builtin(count: int) -> Iterator[Case]:
    families = list(FAMILIES)
    for i in range(count):
        built = construct(families[i % len(families)], 100 + i, 1 + i % 7, modality="picture")
        texts = (*(written([each]) for each in sorted(shown(built.figure))), *placed(built.figure))
        letters = sorted({letter for text in texts for letter in re.findall("[A-Z]", text)})

        def other(text: str, chance: random.Random, letters: Sequence[str] = letters) -> str:
            if not (found := read(text)[0]):  # of where points lie
                spare = set(letters) - set(re.findall("[A-Z]", text))
                return _misread(text, "wrong" if spare else "swapped", list(letters), chance)
            (statement,) = found
            if statement.value.isdecimal():
                changed = statement._replace(value=str(int(statement.value) + chance.choice((-10, -3, -1, 1, 2, 10))))
            else:
                name = statement.names[-1]
                new = chance.choice([letter for letter in letters if letter not in name] or [name[0]])
                changed = statement._replace(names=(*statement.names[:-1], name.replace(chance.choice(name), new)))
            return written([changed])

        gold = float(cdl.value(built.proof.answer).evalf())
        yield Case(built.problem.question, texts, gold, 1e-6, other, lambda told: agreed(["; ".join(t) for t in told]))


def of_formalgeo7k(count: int) -> Iterator[Case]:
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
    random.Random(11).shuffle(rows)
    for raw in rows[:count]:
        try:
            text = formal_words.mended(raw["problem_text_en"], raw["text_cdl"], raw["goal_cdl"], "en")
        except (formal_words.LostGivenError, cdl.CDLError):
            continue
        points = sorted(set(re.findall(r"[A-Z](?![a-z])", " ".join(raw["construction_cdl"]))))

        def other(text: str, chance: random.Random, points: list[str] = points) -> str:
            return _misread(text, "wrong", points, chance)

        statements = (*raw["construction_cdl"], *raw["image_cdl"])
        yield Case(text, statements, float(cdl.value(raw["problem_answer"]).evalf()), 1e-3, other, _annotated)


def _annotated(told: Sequence[Sequence[str]]) -> Depiction:
    """The statements of most readings."""
    times = Counter(text for texts in told for text in dict.fromkeys(texts))
    kept = [text for text, count in times.items() if 2 * count > len(told)]
    drawn = [text for text in kept if text.startswith(("Shape", "Collinear", "Cocircular"))]
    try:
        return annotated({"construction_cdl": drawn, "image_cdl": [text for text in kept if text not in drawn]})
    except cdl.CDLError:
        return Depiction()


def misread(case: Case, rate: float, chance: random.Random) -> list[str]:
    told = []
    for text in case.statements:
        if chance.random() >= rate:
            told.append(text)
        elif chance.random() < 0.5:
            told.append(case.other(text, chance))
    return told


def outcome(case: Case, readings: Sequence[Sequence[str]]) -> str:
    """`right`, `wrong` or `none`."""
    solution = solve(read_question(case.question), case.depicted(readings), explain=False)
    if solution.value is None:
        return "none"
    near = abs(solution.value.number - case.gold) <= case.tolerance * max(1.0, abs(case.gold))
    return "right" if near else "wrong"


def is_refuted(case: Case, response: str) -> bool:
    """Whether a response is refuted where the picture is read without a fault."""
    return certify(read_question(case.question), response, case.depicted([case.statements])).status == "refuted"


def learned(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """What one flaw does to an answer that is right without it, for each kind of flaw."""
    seen = {kind: Counter[str]() for kind in _KINDS}
    for i, case in enumerate(cases):
        chance = random.Random(f"learn {i}")
        for kind in _KINDS:
            place = chance.randrange(len(case.statements))
            new = [] if kind == "lost" else [case.other(case.statements[place], chance)]
            seen[kind][outcome(case, [[*case.statements[:place], *new, *case.statements[place + 1 :]]])] += 1
    return {kind: {what: n / max(1, times.total()) for what, n in times.items()} for kind, times in seen.items()}


def predicted(
    cases: Sequence[Case], rate: float, readings: int, flaws: dict[str, dict[str, float]]
) -> dict[str, float]:
    """Coverage and accuracy over questions that are answered right where nothing is misread."""
    need = readings // 2 + 1
    kept = sum(comb(readings, k) * (1 - rate) ** k * rate ** (readings - k) for k in range(need, readings + 1))
    wrong = rate / 2 if readings == 1 else 0.0  # two readings hardly ever make the same mistake
    lost = 1 - kept - wrong
    right = kept + lost * flaws["lost"].get("right", 0.0) + wrong * flaws["wrong"].get("right", 0.0)
    any_answer = right + lost * flaws["lost"].get("wrong", 0.0) + wrong * flaws["wrong"].get("wrong", 0.0)
    correct = sum(right ** len(case.statements) for case in cases)
    answered = sum(any_answer ** len(case.statements) for case in cases)
    return {"coverage": answered / len(cases), "accuracy": correct / answered}


def main(count: int, kind: str, figure: str) -> dict[str, Any]:
    every = list(builtin(count) if kind == "builtin" else of_formalgeo7k(count))
    clean = [outcome(case, [case.statements]) for case in every]
    refuted = sum(is_refuted(case, f"\\boxed{{{1.25 * case.gold + 1:.6f}}}") for case in every)
    cases = [case for case, what in zip(every, clean, strict=True) if what == "right"]
    flaws, rows = learned(cases), []
    for rate in RATES[1:]:
        for readings in READINGS:
            found = Counter[str]()
            for i, case in enumerate(cases):
                chance = random.Random(f"test {i} {rate}")
                found[outcome(case, [misread(case, rate, chance) for _ in range(readings)])] += 1
            answered = found["right"] + found["wrong"]
            shares = {"coverage": answered / len(cases), "accuracy": found["right"] / max(1, answered)}
            rows.append(
                {"rate": rate, "readings": readings, "predicted": predicted(cases, rate, readings, flaws), **shares}
            )
    if figure:
        _draw(rows, figure)
    return {
        "problems": len(every),
        "wrong answers refuted where the reading is right": refuted / len(every),
        "wrong where the reading is right": clean.count("wrong"),
        "statements a picture": sum(len(case.statements) for case in cases) / len(cases),
        "learned": flaws,
        "rows": rows,
    }


def _draw(rows: Sequence[dict[str, Any]], file: str) -> None:
    from redstar_geo.report.page import new_plot

    figure, axes = new_plot(5, 3)
    for readings, color in zip(READINGS, ("#b3261e", "#2b6cb0"), strict=True):
        own = [row for row in rows if row["readings"] == readings]
        for what, style in (("coverage", "--"), ("accuracy", "-")):
            rates = [100 * row["rate"] for row in own]
            name = f"{what}, {readings} reading{'s' * (readings > 1)}"
            axes.plot(rates, [100 * row["predicted"][what] for row in own], style, color=color, label=name)
            axes.plot(rates, [100 * row[what] for row in own], "o", color=color, markersize=4)
    axes.set(xlabel="statements misread, %", ylabel="%", ylim=(0, 102))
    axes.legend(fontsize=7, frameon=False)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    args = sys.argv[1:] + ["90", "builtin", ""][len(sys.argv) - 1 :]
    print(json.dumps(main(int(args[0]), args[1], args[2]), indent=1))
