"""Built-in problems: how many a second, and a check of very many that shares no code with the constructor's own.

`python -m tests.bench.geometry_problems 100000` builds that many on all cores and prints one JSON object: duplicates of
text and figure, problems whose givens or answer do not hold in their coordinates or that cannot be read well, and how
the difficulty that was asked of composed problems agrees with that of their proofs.
"""

from __future__ import annotations

import cmath
import hashlib
import json
import math
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from typing import Any

import sympy
from scipy.stats import spearmanr

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, Built, construct
from redstar_geo.geometry.draw import layout, png
from redstar_geo.geometry.figure import Figure
from redstar_geo.sources.builtin import builds

_NAMES = re.compile(r"(?<![A-Za-z])(?!A line)[A-Z]+(?![A-Za-z])")  # points, not words and not predicates


def independent_faults(figure: Figure, statements: list[str]) -> list[str]:
    """The statements that do not hold, by complex numbers alone."""
    at = {name: complex(*place) for name, place in figure.points.items()}

    def value(term: cdl.Term) -> float:
        head, names = term.head, [str(arg) for arg in term.args]
        if head == "Number":
            return float(names[0])
        if head == "Name":
            return math.pi if names[0] == "pi" else figure.symbols[names[0]]
        if head == "LengthOfLine":
            return abs(at[names[0][0]] - at[names[0][1]])
        if head == "MeasureOfAngle":
            a, v, b = (at[letter] for letter in names[0])
            return abs(math.degrees(cmath.phase((a - v) / (b - v))))
        if head in ("AreaOfTriangle", "AreaOfQuadrilateral"):
            corners = [at[letter] for letter in names[0]]
            return (
                abs(sum((p.conjugate() * q).imag for p, q in zip(corners, corners[1:] + corners[:1], strict=True))) / 2
            )
        if head in ("PerimeterOfTriangle", "PerimeterOfQuadrilateral"):
            corners = [at[letter] for letter in names[0]]
            return sum(abs(p - q) for p, q in zip(corners, corners[1:] + corners[:1], strict=True))
        if head in ("PerimeterOfCircle", "AreaOfCircle"):
            radius = figure.circles[names[0]].radius
            return 2 * math.pi * radius if head[0] == "P" else math.pi * radius**2
        if head in ("LengthOfArc", "AreaOfSector"):
            start, end = (at[end] - at[names[0][0]] for end in names[0][1:])
            swept = cmath.phase(end / start) % (2 * math.pi)
            return swept * abs(start) if head[0] == "L" else swept * abs(start) ** 2 / 2
        if head in ("AbscissaOfPoint", "OrdinateOfPoint"):
            return at[names[0]].real if head[0] == "A" else at[names[0]].imag
        parts = [value(part) for part in term.terms]
        return {
            "Add": lambda: sum(parts),
            "Sub": lambda: parts[0] - parts[1],
            "Mul": lambda: math.prod(parts),
            "Div": lambda: parts[0] / parts[1],
            "Pow": lambda: parts[0] ** parts[1],
            "Neg": lambda: -parts[0],
            "sqrt": lambda: math.sqrt(parts[0]),
        }[head]()

    def turn(ab: str, cd: str) -> float:
        """The angle between two lines, 0 to 90 degrees."""
        degrees = abs(math.degrees(cmath.phase((at[ab[1]] - at[ab[0]]) / (at[cd[1]] - at[cd[0]])))) % 180
        return min(degrees, 180 - degrees)

    def sides(polygon: str) -> list[float]:
        return [abs(at[p] - at[q]) for p, q in zip(polygon, polygon[1:] + polygon[:1], strict=True)]

    def near(a: float, b: float) -> bool:
        return abs(a - b) < 1e-7 * max(1.0, abs(a), abs(b))

    def holds(term: cdl.Term) -> bool:
        names = [str(arg) for arg in term.args]
        if term.head == "Equal":
            return near(value(term.terms[0]), value(term.terms[1]))
        first = names[0]
        rules = {
            "ParallelBetweenLine": lambda: turn(*names) < 1e-6,
            "PerpendicularBetweenLine": lambda: near(turn(*names), 90),
            "IsMidpointOfLine": lambda: near(abs(2 * at[first] - at[names[1][0]] - at[names[1][1]]), 0),
            "IsBisectorOfAngle": lambda: near(
                value(cdl.parse(f"MeasureOfAngle({names[1][0]}{first})")),
                value(cdl.parse(f"MeasureOfAngle({names[1][2]}{first})")),
            ),
            "IsCentreOfCircle": lambda: first == figure.circles[names[1]].centre,
            "IsDiameterOfCircle": lambda: near(abs(at[first[0]] + at[first[1]] - 2 * at[names[1]]), 0),
            "IsTangentOfCircle": lambda: (
                near(turn(first, names[1] + first[1]), 90)
                and near(abs(at[first[1]] - at[names[1]]), figure.circles[names[1]].radius)
            ),
            "IsAltitudeOfTriangle": lambda: near(turn(first, names[1][1:]), 90),
            "EquilateralTriangle": lambda: near(max(sides(first)), min(sides(first))),
            "Parallelogram": lambda: near(abs(at[first[0]] + at[first[2]] - at[first[1]] - at[first[3]]), 0),
            "Rectangle": lambda: near(turn(first[:2], first[1:3]), 90) and near(turn(first[1:3], first[2:]), 90),
            "Square": lambda: near(max(sides(first)), min(sides(first))) and near(turn(first[:2], first[1:3]), 90),
            "Trapezoid": lambda: turn(first[0] + first[3], first[1:3]) < 1e-6,
            "IsoscelesTrapezoid": lambda: (
                turn(first[0] + first[3], first[1:3]) < 1e-6
                and near(sides(first)[0], sides(first)[2])
                and turn(first[:2], first[2:]) > 1
            ),
            "Kite": lambda: near(sides(first)[0], sides(first)[3]) and near(sides(first)[1], sides(first)[2]),
            "IsPerpendicularBisectorOfLine": lambda: (
                near(turn(*names), 90) and near(abs(2 * at[first[1]] - at[names[1][0]] - at[names[1][1]]), 0)
            ),
        }
        return rules[term.head]()

    return [statement for statement in statements if not holds(cdl.parse(statement))]


def unreadable(figure: Figure) -> list[str]:
    """What makes a figure hard to read: points that nearly coincide, or that nearly lie on a drawn line or circle."""
    at = {name: complex(*place) for name, place in figure.points.items()}
    extent = max(abs(p - q) for p, q in combinations(at.values(), 2))
    found = [f"{p} is {q}" for p, q in combinations(at, 2) if abs(at[p] - at[q]) < 0.08 * extent]
    for ab in figure.segments:
        start, vector = at[ab[0]], at[ab[1]] - at[ab[0]]
        for name in at.keys() - set(ab):
            along = (at[name] - start) / vector  # the segment runs from 0 to 1
            if 0 < along.real < 1 and 1e-6 * extent < abs(along.imag) * abs(vector) < 0.04 * extent:
                found.append(f"{name} beside {ab}")
    return found


def letters_outside(built: Built) -> set[str]:
    """Capital letters of question, choices, proof and picture that are no points of the figure."""
    problem, figure = built.problem, built.figure
    drawn = [*figure.segments, *figure.dashed, *figure.circles, *(circle.centre for circle in figure.circles.values())]
    drawn += [text for mark in figure.marks for text in (mark.points, mark.text)]
    texts = [problem.question, *problem.choices, built.proof.to_json(), *drawn]
    names = set().union(*(name for text in texts for name in _NAMES.findall(text)))
    return names - set(figure.points)


def faults(built: Built) -> list[str]:
    """Everything that is wrong with a problem."""
    answer, goal = built.proof.answer, cdl.parse(built.proof.goal)
    value = float(sympy.N(cdl.value(answer), 20))
    found = independent_faults(built.figure, [*built.proof.givens, f"Equal({goal},{value:.15f})"])
    found += unreadable(built.figure)
    found += [f"no point {letter}" for letter in sorted(letters_outside(built))]
    if len(set(built.problem.choices)) != 4 or value <= 0:
        found.append("choices")
    return [f"{built.problem.id}: {fault}" for fault in found]


def _family(family: str, count: int) -> tuple[list[str], list[str], list[tuple[int, float]]]:
    """Hashes of a family's problems (text and picture), faults, and asked against measured difficulty."""
    hashes, wrong, levels = [], [], []
    modality, language = ("text", "picture", "both")[len(family) % 3], ("en", "zh")[len(family) % 2]
    for built in builds((family,), count, 0, range(1, 11), language, modality):
        wrong += faults(built)
        content = built.problem.question.encode() + built.problem.images[0].data
        hashes.append(hashlib.sha256(content).hexdigest())
        levels.append((int(built.problem.meta["difficulty"]), built.problem.difficulty or 0.0))
    return hashes, wrong, levels


def check(count: int) -> dict[str, Any]:
    """Build problems on all cores, as many of every family; duplicates and faults among them."""
    started, seen = time.perf_counter(), Counter[str]()
    wrong: list[str] = []
    levels: list[tuple[int, float]] = []
    families = sorted(FAMILIES, key=lambda family: not family.endswith("_chain"))  # what takes longest begins
    shares = [len(range(i, count, len(families))) for i in range(len(families))]
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        for family, (hashes, found, measured) in zip(families, pool.map(_family, families, shares), strict=True):
            seen.update(hashes)
            wrong += found
            levels += measured if family.endswith("_chain") else []
    seconds = time.perf_counter() - started
    return {
        "problems": sum(seen.values()),
        "families": len(families),
        "with_the_text_and_figure_of_another": sum(seen.values()) - len(seen),
        "invalid": len(wrong),
        "faults": wrong[:5],
        "composed_asked_against_measured_spearman": round(float(spearmanr(*zip(*levels, strict=True))[0]), 3),
        "seconds": round(seconds, 1),
        "problems_per_s_and_core_with_the_check": round(count / seconds / cores, 1),
    }


def bench() -> Iterator[dict[str, Any]]:
    """Problems with pictures a second, against the drawing and writing of the pictures alone."""
    families, built = list(FAMILIES), []
    spent = {"all": 0.0, "pictures": 0.0}
    for number in range(10 * len(families)):
        started = time.perf_counter()
        built.append(construct(families[number % len(families)], number, 1 + number // len(families) % 10))
        spent["all"] += time.perf_counter() - started
        started = time.perf_counter()
        png(layout(built[-1].figure))
        spent["pictures"] += time.perf_counter() - started
    yield {
        "name": "geometry.problems_per_s",
        "value": round(len(built) / spent["all"], 1),
        "unit": "problems/s",
        "against": "drawing their pictures alone",
        "ratio": round(spent["pictures"] / spent["all"], 3),
        "n": len(built),
    }


if __name__ == "__main__":
    print(json.dumps(check(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=1, ensure_ascii=False))
