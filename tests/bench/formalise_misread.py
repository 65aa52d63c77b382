"""Certificates on built-in problems whose pictures a scripted model misreads at known rates: predicted and found.

Each statement of a picture is misread at the rate, half of these times left out, else with another value or letter; of
several readings most have to agree. From the readings of one seed it is learned how often a reading with something left
out, or with something wrong, is answered and right; with the binomial law that predicts accuracy and coverage at every
rate and number of readings, which another seed then shows.

`python -m tests.bench.formalise_misread [problems] [FIGURE.svg]` prints a JSON object.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from math import comb
from typing import Any

from redstar_geo.formalise import read_question, solve
from redstar_geo.formalise.agreement import agreed
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, Built, construct
from redstar_geo.geometry.reading import Statement, read, shown, written

RATES, READINGS = (0.0, 0.05, 0.1, 0.2), (1, 3)
_CALIBRATED = 0.1  # rate at which it is learned what a flawed reading does


def misread(statements: Sequence[Statement], rate: float, chance: random.Random) -> str:
    told = []
    letters = sorted({letter for each in statements for name in each.names for letter in name})
    for each in statements:
        if chance.random() >= rate:
            told.append(each)
        elif chance.random() < 0.5:
            told.append(_other(each, letters, chance))
    return written(told)


def _other(statement: Statement, letters: Sequence[str], chance: random.Random) -> Statement:
    if statement.value.isdecimal():
        return statement._replace(value=str(int(statement.value) + chance.choice((-10, -3, -1, 1, 2, 10))))
    name = statement.names[-1]
    old = chance.choice(name)
    new = chance.choice([letter for letter in letters if letter not in name] or [old])
    return statement._replace(names=(*statement.names[:-1], name.replace(old, new)))


def outcome(built: Built, rate: float, readings: int, seed: str) -> tuple[str, str]:
    """What was wrong with the reading (`clean`, `less`, `wrong`), and what came of it (`right`, `wrong`, `none`)."""
    there = sorted(shown(built.figure))
    chance = random.Random(seed)
    depiction = agreed([misread(there, rate, chance) for _ in range(readings)])
    said = read(depiction.words)[0]
    flaw = "clean" if said == set(there) else "less" if said < set(there) else "wrong"
    solution = solve(read_question(built.problem.question), depiction, explain=False)
    if solution.value is None:
        return flaw, "none"
    gold = float(cdl.value(built.proof.answer).evalf())
    return flaw, "right" if abs(solution.value.number - gold) <= 1e-6 * max(1.0, abs(gold)) else "wrong"


def predicted(
    sizes: Sequence[int], rate: float, readings: int, learned: dict[str, dict[str, float]]
) -> dict[str, float]:
    """Coverage and accuracy, by how likely all statements of a picture are right, or nothing in them wrong."""
    need = readings // 2 + 1
    right = sum(comb(readings, k) * (1 - rate) ** k * rate ** (readings - k) for k in range(need, readings + 1))
    not_wrong = 1 - rate / 2 if readings == 1 else 1.0  # two readings hardly ever make the same mistake
    found = Counter[str]()
    for size in sizes:
        shares = {"clean": right**size, "less": not_wrong**size - right**size, "wrong": 1 - not_wrong**size}
        for flaw, share in shares.items():
            for what in ("right", "wrong"):
                found[what] += share * learned[flaw][what] / len(sizes)
    answered = found["right"] + found["wrong"]
    return {"coverage": answered, "accuracy": found["right"] / answered}


def main(count: int, figure: str) -> dict[str, Any]:
    families = list(FAMILIES)
    problems = [construct(families[i % len(families)], 100 + i, 1 + i % 7, modality="picture") for i in range(count)]
    sizes = [len(shown(each.figure)) for each in problems]
    learned: dict[str, dict[str, float]] = {}
    seen: dict[str, Counter[str]] = {flaw: Counter() for flaw in ("clean", "less", "wrong")}
    for i, each in enumerate(problems):
        for rate in (0.0, _CALIBRATED):
            flaw, what = outcome(each, rate, 1, f"learn {i}")
            seen[flaw][what] += 1
    for flaw, times in seen.items():
        learned[flaw] = {what: times[what] / max(1, times.total()) for what in ("right", "wrong")}
    rows = []
    for rate in RATES:
        for readings in READINGS:
            found = Counter(outcome(each, rate, readings, f"test {i} {rate}") for i, each in enumerate(problems))
            answered = sum(times for (_, what), times in found.items() if what != "none")
            right = sum(times for (_, what), times in found.items() if what == "right")
            clean = sum(times for (flaw, _), times in found.items() if flaw == "clean")
            rows.append(
                {
                    "rate": rate,
                    "readings": readings,
                    "predicted": predicted(sizes, rate, readings, learned),
                    "coverage": answered / count,
                    "accuracy": right / max(1, answered),
                    "wrong answers refuted where the reading is right": found["clean", "right"] / max(1, clean),
                }
            )
    if figure:
        _draw(rows, figure)
    return {"problems": count, "statements a picture": sum(sizes) / count, "learned": learned, "rows": rows}


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
    args = sys.argv[1:] + ["90", ""][len(sys.argv) - 1 :]
    print(json.dumps(main(int(args[0]), args[1]), indent=1))
