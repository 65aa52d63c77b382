"""Statements, goals and whole questions in plain English and Chinese."""

from __future__ import annotations

from random import Random

from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct.sketch import in_degrees, written

_RELATIONS = {
    "ParallelBetweenLine": ("{0} ∥ {1}", "{0}∥{1}"),
    "PerpendicularBetweenLine": ("{0} ⊥ {1}", "{0}⊥{1}"),
    "IsMidpointOfLine": ("{0} is the midpoint of {1}", "{0}是{1}的中点"),
    "IsBisectorOfAngle": ("{0} bisects ∠{1}", "{0}平分∠{1}"),
    "IsPerpendicularBisectorOfLine": ("{0} is the perpendicular bisector of {1}", "{0}是{1}的垂直平分线"),
    "IsDiameterOfCircle": ("{0} is a diameter of ⊙{1}", "{0}是⊙{1}的直径"),
    "IsTangentOfCircle": ("{0} is tangent to ⊙{1} at {0[1]}", "{0}与⊙{1}相切于点{0[1]}"),
    "IsAltitudeOfTriangle": ("{0} is an altitude of △{1}", "{0}是△{1}的高"),
    "IsMidsegmentOfTriangle": ("{0} is a midsegment of △{1}", "{0}是△{1}的中位线"),
    "IsMidsegmentOfQuadrilateral": ("{0} is the midsegment of trapezoid {1}", "{0}是梯形{1}的中位线"),
    "RightTriangle": ("∠{0} = 90°", "∠{0}=90°"),
    "EquilateralTriangle": ("△{0} is equilateral", "△{0}是等边三角形"),
    "IsoscelesTriangle": ("△{0} is isosceles with apex {0[0]}", "△{0}是以{0[0]}为顶点的等腰三角形"),
    "Parallelogram": ("{0} is a parallelogram", "四边形{0}是平行四边形"),
    "Rectangle": ("{0} is a rectangle", "四边形{0}是矩形"),
    "Rhombus": ("{0} is a rhombus", "四边形{0}是菱形"),
    "Square": ("{0} is a square", "四边形{0}是正方形"),
    "Trapezoid": ("{0} is a trapezoid with {0[0]}{0[3]} ∥ {0[1]}{0[2]}", "四边形{0}是梯形，{0[0]}{0[3]}∥{0[1]}{0[2]}"),
    "IsoscelesTrapezoid": (
        "{0} is an isosceles trapezoid with {0[0]}{0[3]} ∥ {0[1]}{0[2]}",
        "四边形{0}是等腰梯形，{0[0]}{0[3]}∥{0[1]}{0[2]}",
    ),
    "Kite": ("{0} is a kite with {0[0]}{0[1]} = {0[0]}{0[3]}", "四边形{0}是筝形，{0[0]}{0[1]}={0[0]}{0[3]}"),
}
_NOUNS = {
    "LengthOfLine": ("{0}", "{0}"),
    "MeasureOfAngle": ("∠{0}", "∠{0}"),
    "AreaOfTriangle": ("the area of △{0}", "△{0}的面积"),
    "PerimeterOfTriangle": ("the perimeter of △{0}", "△{0}的周长"),
    "HeightOfTriangle": ("the height of △{0} from {0[0]}", "△{0}中{0[0]}处的高"),
    "AreaOfQuadrilateral": ("the area of quadrilateral {0}", "四边形{0}的面积"),
    "PerimeterOfQuadrilateral": ("the perimeter of quadrilateral {0}", "四边形{0}的周长"),
    "RadiusOfCircle": ("the radius of ⊙{0}", "⊙{0}的半径"),
    "DiameterOfCircle": ("the diameter of ⊙{0}", "⊙{0}的直径"),
    "PerimeterOfCircle": ("the circumference of ⊙{0}", "⊙{0}的周长"),
    "AreaOfCircle": ("the area of ⊙{0}", "⊙{0}的面积"),
    "MeasureOfArc": ("the measure of arc {0}", "弧{0}的度数"),
    "LengthOfArc": ("the length of arc {0[1]}{0[2]}", "弧{0[1]}{0[2]}的长"),
    "AreaOfSector": ("the area of sector {0}", "扇形{0}的面积"),
}
_ANGLE_ASKS = (
    ("Find {0}.", "Find the measure of {0}.", "What is {0}?", "How many degrees is {0}?", "Determine {0}."),
    ("求{0}的度数。", "{0}等于多少度？", "{0}的度数是多少？", "求{0}的大小。"),
)
_LENGTH_ASKS = (
    ("Find {0}.", "Find the length of {0}.", "What is the length of {0}?", "How long is {0}?", "Determine {0}."),
    ("求{0}的长。", "求{0}的长度。", "{0}的长是多少？", "{0}等于多少？"),
)
_OTHER_ASKS = (
    ("Find {0}.", "What is {0}?", "Calculate {0}.", "Determine {0}."),
    ("求{0}。", "{0}是多少？", "计算{0}。"),
)
_TOLD = (
    (
        "{told}. {ask}",
        "As shown in the figure, {told}. {ask}",
        "Look at the figure: {told}. {ask}",
        "It is known that {told}. {ask}",
        "As in the figure, {told}. {ask}",
    ),
    ("如图，{told}。{ask}", "{told}，{ask}", "如图，已知{told}，{ask}", "已知：如图，{told}。{ask}"),
)
_READ_IN_A_PLACE = (  # the scene is a place: "in △ABC"
    (
        "{told}, use the values marked in the figure. {ask}",
        "The figure marks the given values {told}. {ask}",
        "{told}, the known values are marked in the figure. {ask}",
    ),
    (
        "如图，{told}，已知数据标在图中。{ask}",
        "{told}，已知条件如图所示。{ask}",
        "如图，{told}，根据图中所标的数据，{ask}",
    ),
)
_READ = (
    (
        "{told}. The given values are marked in the figure. {ask}",
        "As marked in the figure, {told}. {ask}",
        "{told}; read the other known values from the figure. {ask}",
    ),
    (
        "如图，{told}，其余数据如图所示。{ask}",
        "如图，{told}，根据图中所标的数据，{ask}",
        "{told}，已知数据标在图中。{ask}",
    ),
)
_READ_ALL = (  # the figure says everything
    (
        "The given values are marked in the figure. {ask}",
        "Use the values marked in the figure. {ask}",
        "Read the known values from the figure. {ask}",
    ),
    ("已知数据如图所示。{ask}", "根据图中所标的数据，{ask}", "如图，已知数据标在图中。{ask}"),
)


def question(scene: str, givens: list[str], goal: str, language: int, rng: Random, *, read: bool) -> str:
    """A question.

    Args:
        scene: where we are, `in △ABC` or `C lies on ⊙O`; may be empty.
        givens: statements to say.
        goal: the expression asked for.
        language: 0 for English, 1 for Chinese.
        rng: chooses the phrasing.
        read: whether some given stands in the picture only.
    """
    said = [words for given in givens if (words := statement(given, language))]
    in_a_place = scene.startswith(("in ", "在"))
    templates: tuple[tuple[str, ...], ...] = _TOLD
    if read and not said:
        templates = _READ_IN_A_PLACE if in_a_place else _READ if scene else _READ_ALL
    elif read:
        templates = _READ
    if in_a_place and said:
        told = scene + ("，" if language else ", ") + _listed(said, language)
    else:
        told = _listed([scene] * bool(scene) + said, language)
    text = rng.choice(templates[language]).format(told=told, ask=ask(goal, language, rng))
    return text[0].upper() + text[1:]


def statement(given: str, language: int) -> str:
    """A given in words; empty for what the scene has already said."""
    term = cdl.parse(given)
    if given.startswith(("Equal(Abscissa", "Equal(Ordinate")):
        return ""  # the scene has the coordinates
    if term.head == "Equal":
        left, right = (_expression(arg, language) for arg in term.terms)
        if left.startswith("∠") and not right.startswith("∠"):
            right = in_degrees(right)
        return f"{left}={right}" if language else f"{left} = {right}"
    return _RELATIONS[term.head][language].format(*term.points) if term.head in _RELATIONS else ""


def noun(term: cdl.Term, language: int) -> str:
    """What a measure is called: `∠ABC`, `the area of △ABC`; a letter is its own name."""
    if term.head == "Name":
        return str(term)
    return _NOUNS[term.head][language].format(*term.points)


def unit(goal: str) -> str:
    """What stands behind a value of this kind: a degree sign or nothing."""
    return "°" if cdl.parse(goal).head in ("MeasureOfAngle", "MeasureOfArc") else ""


def _expression(term: cdl.Term, language: int) -> str:
    if term.head in cdl.MEASURES:
        return noun(term, language)
    return written(term)


def can_ask(goal: str) -> bool:
    """Whether `ask` has words for it."""
    return cdl.parse(goal).head in {"Name", *_NOUNS}


def ask(goal: str, language: int, rng: Random) -> str:
    """The sentence that asks for a measure or a letter; arguments as of `question`."""
    term = cdl.parse(goal)
    asks = {"MeasureOfAngle": _ANGLE_ASKS, "LengthOfLine": _LENGTH_ASKS}.get(term.head, _OTHER_ASKS)
    return rng.choice(asks[language]).format(noun(term, language))


def _listed(parts: list[str], language: int) -> str:
    if language:
        return "，".join(parts)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
