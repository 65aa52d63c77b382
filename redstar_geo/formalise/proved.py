"""A proof of an answer that was found without one: what was read, turned as FormalGeo's solver has it, and a search.

FormalGeo names outlines and angles counter-clockwise. Where a reading says nothing of directions, a figure of it does.
"""

from __future__ import annotations

import cmath
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

from redstar_geo.formalise.answered import Answered
from redstar_geo.formalise.scene import united
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.figure import Figure, rename, renaming
from redstar_geo.geometry.fit import shown
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.incidence import lines
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.search import prove

_FEW_POINTS = 8  # of a figure all of whose triangles are looked at
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_BACK = {  # the same of an outline that is named the other way round
    "RightTriangle": ("ABC", "CBA"),
    "IsoscelesTriangle": ("ABC", "ACB"),
    "IsoscelesRightTriangle": ("ABC", "ACB"),
    "EquilateralTriangle": ("ABC", "ACB"),
    "Kite": ("ABCD", "ADCB"),
    "Parallelogram": ("ABCD", "ADCB"),
    "Rhombus": ("ABCD", "ADCB"),
    "Rectangle": ("ABCD", "ADCB"),
    "Square": ("ABCD", "ADCB"),
    "Trapezoid": ("ABCD", "DCBA"),
    "IsoscelesTrapezoid": ("ABCD", "DCBA"),
    "RightTrapezoid": ("ABCD", "BADC"),
    "IsBisectorOfAngle": ("BD,ABC", "BD,CBA"),
    "IsMedianOfTriangle": ("AD,ABC", "AD,ACB"),
    "IsAltitudeOfTriangle": ("AD,ABC", "AD,ACB"),
    "IsMidsegmentOfTriangle": ("DE,ABC", "ED,ACB"),
    "IsCircumcenterOfTriangle": ("O,ABC", "O,CBA"),
    "IsIncenterOfTriangle": ("O,ABC", "O,CBA"),
    "IsCentroidOfTriangle": ("O,ABC", "O,CBA"),
    "MeasureOfAngle": ("ABC", "CBA"),
    "AreaOfTriangle": ("ABC", "CBA"),
    "PerimeterOfTriangle": ("ABC", "CBA"),
    "HeightOfTriangle": ("ABC", "ACB"),
    "AreaOfQuadrilateral": ("ABCD", "DCBA"),
    "PerimeterOfQuadrilateral": ("ABCD", "DCBA"),
}


def proof_of(found: Answered, solver: FormalSolver) -> Proof:
    """A proof that ends in the answer.

    Raises:
        ReplayError: `no_answer`, `open_reading` (the words have several readings, and each would need a proof of its
            own), or as of `search.prove`.
    """
    value = found.solution.value
    if value is None:
        raise ReplayError("no_answer", found.solution.outcome)
    scene = united(found.question, found.depiction)
    if len(scene.ways) != 1:
        raise ReplayError("open_reading", f"{len(scene.ways)} readings")
    (way,), figure = scene.ways, found.solution.figures[0]
    givens = [said.statement for said in way.givens if said.statement.head != "SameOrientation"]  # the figure has it
    problem: dict[str, Any] = {
        "problem_id": 0,
        "image_cdl": (),
        "theorem_seqs": (),
        "problem_answer": value.exact or f"{value.number:.12f}",
    }
    if scene.oriented:
        texts = {
            "construction_cdl": way.construction,
            "text_cdl": tuple(map(str, givens)),
            "goal_cdl": f"Value({way.goal})",
        }
        return prove(solver, problem | texts)
    return prove(solver, problem | directed(figure, givens, way.goal), figure)


def told(found: Answered, gdl: Path) -> dict[str, Any]:
    """The proof of an answer as a chain of thought, with its theorems, or why there is none.

    Args:
        gdl: FormalGeo's folder of predicates and theorems.

    Raises:
        InputError: the folder is not FormalGeo's.
    """
    try:
        proof = proof_of(found, FormalSolver(gdl))
    except ReplayError as error:
        return {"proof": None, "why": str(error)}
    theorems = [f"{step.theorem}({','.join(step.args)})" for step in proof.steps]
    language: Literal["en", "zh"] = "zh" if _CHINESE.search(found.question.text) else "en"
    return {"proof": narrate(proof, form="long_unchecked", language=language, voices=1).reasoning, "theorems": theorems}


def directed(figure: Figure, givens: list[Term], goal: Term) -> dict[str, Any]:
    """Construction, givens and goal of a problem with every name in the direction that it has in a figure."""
    named = {point: place for point, place in figure.points.items() if point.isupper()}  # others are nobody's
    own = replace(figure, points=named, segments=tuple(pair for pair in figure.segments if pair.isupper()))
    drawn = lines(own)
    shapes = sorted(
        {group for term in (*givens, goal) for part in term.walk() if part.head in _BACK for group in part.points}
    )
    turned = [str(turn) for given in givens for turn in _turned(figure, given, drawn)]
    return {
        "construction_cdl": tuple(
            dict.fromkeys([*_outlines(own, drawn), *_shapes(own, drawn, shapes), *_shown(figure)])
        ),
        "text_cdl": tuple(dict.fromkeys(turned)),
        "goal_cdl": f"Value({_renamed(figure, goal)})",
    }


def _shown(figure: Figure) -> Iterator[str]:
    """Points along lines and on circles, those with a name."""
    for text in shown(figure):
        head, _, points = text[:-1].partition("(")
        points = re.sub("[a-z]", "", points)
        if head != "Collinear" or len(points) > 2:
            yield f"{head}({points})"


def _turned(figure: Figure, term: Term, drawn: list[str]) -> Iterator[Term]:
    if term.head == "ParallelBetweenLine":
        yield _parallel(figure, *term.points)
    elif term.head == "PerpendicularBetweenLine":
        yield from _right_angles(figure, drawn, *term.points)
    else:
        yield _renamed(figure, term)


def _renamed(figure: Figure, term: Term) -> Term:
    if term.head in _BACK and all(letter in figure.points for letter in "".join(term.points)):
        pattern, back = _BACK[term.head]
        if len(term.points[-1]) == len(pattern.rpartition(",")[2]) and _area(figure, term.points[-1]) < 0:
            return cdl.parse(f"{term.head}({rename(back, renaming(pattern, term.points))})")
        return term
    return term.map(lambda part: _renamed(figure, part))


def _area(figure: Figure, outline: str) -> float:
    """Twice the area that it goes round counter-clockwise."""
    corners = [complex(*figure.at(point)) for point in outline]
    return sum((a.conjugate() * b).imag for a, b in zip(corners, corners[1:] + corners[:1], strict=True))


def _parallel(figure: Figure, ab: str, cd: str) -> Term:
    """Both lines in one direction, the first to the left."""
    a, b, c, d = (complex(*figure.at(point)) for point in ab + cd)
    if ((b - a).conjugate() * (d - c)).real < 0:
        cd, c = cd[::-1], d
    if ((b - a).conjugate() * (a - c)).imag < 0:
        ab, cd = ab[::-1], cd[::-1]
    return cdl.parse(f"ParallelBetweenLine({ab},{cd})")


def _right_angles(figure: Figure, drawn: list[str], ab: str, cd: str) -> Iterator[Term]:
    """The four right angles, or fewer, where two lines meet in a point with a name."""
    runs = [next((line for line in drawn if set(pair) <= set(line)), pair) for pair in (ab, cd)]
    for foot in sorted(set(runs[0]) & set(runs[1])):
        for first in sorted(set(runs[0]) - {foot}):
            for second in sorted(set(runs[1]) - {foot}):
                a, o, b = (complex(*figure.at(point)) for point in (first, foot, second))
                ends = (first, second) if ((b - o).conjugate() * (a - o)).imag > 0 else (second, first)
                yield cdl.parse(f"PerpendicularBetweenLine({ends[0]}{foot},{ends[1]}{foot})")


def _shapes(figure: Figure, drawn: list[str], named: list[str]) -> Iterator[str]:
    """Shapes that are named, and triangles that lines cut up in points without a name."""
    sides = {frozenset(pair) for line in drawn for pair in combinations(line, 2)}
    triangles = (
        ["".join(corners) for corners in combinations(sorted(figure.points), 3)]
        if len(figure.points) <= _FEW_POINTS
        else []
    )
    for corners in (*named, *triangles):
        if len(corners) < 3 or not set(corners) <= figure.points.keys():
            continue
        outline = zip(corners, corners[1:] + corners[0], strict=True)
        area = _area(figure, corners)
        if abs(area) > 1e-9 and all(frozenset(ab) in sides for ab in outline):
            yield _shape(corners if area > 0 else corners[::-1])


def _shape(corners: str) -> str:
    """Its outline, from the smallest letter."""
    start = corners.index(min(corners))
    corners = corners[start:] + corners[:start]
    return f"Shape({','.join(a + b for a, b in zip(corners, corners[1:] + corners[0], strict=True))})"


def _outlines(figure: Figure, drawn: list[str]) -> Iterator[str]:
    """The faces between the drawn lines, counter-clockwise, and the angles between lines next to each other."""
    near: dict[str, list[str]] = {point: [] for point in figure.points}
    for a, b in dict.fromkeys(tuple(sorted(pair)) for line in drawn for pair in pairwise(line)):
        near[a].append(b)
        near[b].append(a)
    for point, others in near.items():
        others.sort(key=lambda other: cmath.phase(complex(*figure.at(other)) - complex(*figure.at(point))))
    seen = set()
    for start in ((a, b) for a, others in near.items() for b in others):
        face, side = "", start
        while side not in seen:
            seen.add(side)
            face += side[0]
            around = near[side[1]]
            side = side[1], around[around.index(side[0]) - 1]  # the next one clockwise
        if len(face) > 2 and len(set(face)) == len(face) and _area(figure, face) > 0:
            yield _shape(face)
    for vertex, others in near.items():
        for a, b in zip(others, others[1:] + others[:1], strict=True):
            if a != b and _area(figure, b + vertex + a) > 1e-9:
                yield f"Shape({b}{vertex},{vertex}{a})"
    yield from (f"Shape({a}{b})" for a, others in near.items() for b in others if a < b)
