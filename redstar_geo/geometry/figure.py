"""A figure: points with coordinates, what is drawn between them, and the numeric truth of statements about it.

Coordinates are double-precision numbers whose unit is the problem's own unit of length, so that every statement of the
language in `cdl` can be checked to a relative 1e-9, or to the figure's own precision. The exact values live in the
proof; the figure is the witness.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Literal

from redstar_geo.errors import RedStarError
from redstar_geo.geometry import cdl

Point = tuple[float, float]
TOLERANCE = 1e-9
_POINTS = re.compile(r"(?<![A-Za-z])[A-Z]+(?![A-Za-z])")


class FigureError(RedStarError):
    """A statement or measure that this figure cannot answer: an unknown point, circle, symbol or predicate."""


@dataclass(frozen=True)
class Circle:
    """A circle by the name of its centre point and its radius."""

    centre: str
    radius: float


@dataclass(frozen=True)
class Mark:
    """Something drawn to say a fact.

    Attributes:
        kind: `angle` (arc, text), `right` (square), `ticks` (equal lengths), `arrows` (parallels), `length` (text).
        points: three letters, the vertex in the middle, for angles; two for segments.
        text: what is written; empty for marks without text.
        count: how many arcs, ticks or arrows.
    """

    kind: Literal["angle", "right", "ticks", "arrows", "length"]
    points: str
    text: str = ""
    count: int = 1


@dataclass(frozen=True)
class Figure:
    """Points and what is drawn.

    Attributes:
        points: coordinates by name, y upwards.
        segments: pairs of point names that are joined.
        circles: by name.
        marks: angle arcs, right-angle squares, ticks, arrows, length labels.
        dashed: segments drawn dashed (heights and other helping lines).
        symbols: values of free symbols such as x.
        tolerance: relative precision of the coordinates, to which statements are checked.
    """

    points: Mapping[str, Point]
    segments: tuple[str, ...]
    circles: Mapping[str, Circle] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    dashed: tuple[str, ...] = ()
    symbols: Mapping[str, float] = field(default_factory=dict)
    tolerance: float = TOLERANCE

    def at(self, name: str) -> Point:
        try:
            return self.points[name]
        except KeyError:
            raise FigureError(f"No point {name} in this figure.") from None

    def circle(self, name: str) -> Circle:
        try:
            return self.circles[name]
        except KeyError:
            raise FigureError(f"No circle {name} in this figure.") from None


def measure(figure: Figure, term: cdl.Term) -> float:
    """The numeric value of an expression: degrees, units of length and of area.

    `MeasureOfAngle(ABC)` is the unsigned angle at B, 0 to 180; `MeasureOfArc(OAB)` runs counter-clockwise from A to B.

    Raises:
        FigureError: an unknown name, or not an expression.
    """
    head = term.head
    if head == "Number":
        return float(str(term))
    if head == "Name" and str(term) == "pi":
        return math.pi
    if head == "Name":
        if str(term) not in figure.symbols:
            raise FigureError(f"No value for {term} in this figure.")
        return figure.symbols[str(term)]
    if head in _MEASURES:
        try:
            return _MEASURES[head](figure, *term.points)
        except (TypeError, ValueError):
            raise FigureError(f"{term} has the wrong points.") from None
    if head in _OPERATORS:
        values = [measure(figure, arg) for arg in term.terms]
        try:
            return _OPERATORS[head](values)
        except (ArithmeticError, IndexError, ValueError):
            raise FigureError(f"{term} has no value in this figure.") from None
    raise FigureError(f"{head} is not a measure that figures know.")


def holds(figure: Figure, statement: str) -> bool:
    """Whether a statement is true of the coordinates, to the figure's tolerance.

    Raises:
        CDLError: not in the language.
        FigureError: an unknown name or predicate.
    """
    return _true(figure, cdl.parse(statement))


def close(a: float, b: float, tolerance: float = TOLERANCE) -> bool:
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def _true(figure: Figure, term: cdl.Term) -> bool:
    if term.head == "Equal":
        left, right = (measure(figure, arg) for arg in term.terms)
        return close(left, right, figure.tolerance)
    if term.head in _PREDICATES:
        try:
            return _PREDICATES[term.head](figure, *term.points)
        except (TypeError, ValueError):
            raise FigureError(f"{term} has the wrong points.") from None
    if term.head in DEFINITIONS:
        parts = unfold(term)
        if not parts:
            raise FigureError(f"{term} says nothing: its points are not apart.")
        return all(_true(figure, cdl.parse(part)) for part in parts)
    raise FigureError(f"{term.head} is not a predicate that figures know.")


# What FormalGeo's predicates mean in terms of simpler ones.
DEFINITIONS: dict[str, tuple[str, tuple[str, ...]]] = {  # in shorthand
    "RightTriangle": ("ABC", ("AB⊥CB",)),
    "IsoscelesTriangle": ("ABC", ("|AB| = |AC|",)),
    "IsoscelesRightTriangle": ("ABC", ("RightTriangle(CAB)", "IsoscelesTriangle(ABC)")),
    "EquilateralTriangle": ("ABC", ("IsoscelesTriangle(ABC)", "IsoscelesTriangle(BCA)", "IsoscelesTriangle(CAB)")),
    "Kite": ("ABCD", ("|AB| = |AD|", "|CB| = |CD|")),
    "Parallelogram": ("ABCD", ("AD∥BC", "BA∥CD")),
    "Rhombus": ("ABCD", ("Parallelogram(ABCD)", "Kite(ABCD)", "Kite(BCDA)")),
    "Rectangle": ("ABCD", ("Parallelogram(ABCD)", "AB⊥CB", "BC⊥DC", "CD⊥AD", "DA⊥BA")),
    "Square": ("ABCD", ("Rhombus(ABCD)", "Rectangle(ABCD)")),
    "Trapezoid": ("ABCD", ("AD∥BC",)),
    "IsoscelesTrapezoid": ("ABCD", ("Trapezoid(ABCD)", "|AB| = |CD|")),
    "RightTrapezoid": ("ABCD", ("Trapezoid(ABCD)", "DA⊥BA", "AB⊥CB")),
    "IsMidpointOfLine": ("M,AB", ("Collinear(AMB)", "|AM| = |MB|")),
    "PerpendicularBetweenLine": ("AO,CO", ("∠AOC = 90",)),
    "IsMidpointOfArc": ("M,OAB", ("LengthOfArc(OAM) = LengthOfArc(OMB)",)),
    "IsPerpendicularBisectorOfLine": ("CO,AB", ("AO⊥CO", "CO⊥BO", "IsMidpointOfLine(O,AB)")),
    "IsBisectorOfAngle": ("BD,ABC", ("∠ABD = ∠DBC",)),
    "IsMedianOfTriangle": ("AD,ABC", ("IsMidpointOfLine(D,BC)",)),
    "IsAltitudeOfTriangle": ("AD,ABC", ("|AD| = HeightOfTriangle(ABC)", "BD⊥AD", "AD⊥CD")),
    "IsMidsegmentOfTriangle": ("DE,ABC", ("IsMidpointOfLine(D,AB)", "IsMidpointOfLine(E,AC)")),
    "IsMidsegmentOfQuadrilateral": ("EF,ABCD", ("IsMidpointOfLine(E,AB)", "IsMidpointOfLine(F,CD)")),
    "IsIncenterOfTriangle": (
        "O,ABC",
        ("IsBisectorOfAngle(AO,CAB)", "IsBisectorOfAngle(BO,ABC)", "IsBisectorOfAngle(CO,BCA)"),
    ),
    "IsAltitudeOfQuadrilateral": ("EF,ABCD", ("|EF| = HeightOfQuadrilateral(ABCD)",)),
}


@lru_cache(maxsize=16_384)
def unfold(term: cdl.Term) -> tuple[str, ...]:
    """The statements that define `term`'s predicate, about its points; none for a primitive one.

    Raises:
        FigureError: it has other numbers of points than its definition.
    """
    if term.head not in DEFINITIONS:
        return ()
    pattern, parts = DEFINITIONS[term.head]
    table = renaming(pattern, term.points)
    renamed = (rename(cdl.spelled(part), table) for part in parts)
    # of an altitude that is also a side, the right angle at the foot has two points that are one
    return tuple(part for part in renamed if all(len(set(group)) == len(group) for group in _POINTS.findall(part)))


def renaming(pattern: str, groups: Sequence[str]) -> dict[int, int]:
    """The table with which `rename` turns the points of a pattern, `AD,ABC`, into these groups.

    Raises:
        FigureError: the groups are of other sizes.
    """
    if [len(group) for group in pattern.split(",")] != [len(group) for group in groups]:
        raise FigureError(f"{','.join(groups)} are not points like {pattern}.")
    return str.maketrans(pattern.replace(",", ""), "".join(groups))


def rename(text: str, table: Mapping[int, str | int]) -> str:
    """Text or a statement with its points renamed, `table` as from `str.maketrans`; words and predicates stay."""
    return _POINTS.sub(lambda match: match[0].translate(table), text)


def _minus(p: Point, q: Point) -> Point:
    return p[0] - q[0], p[1] - q[1]


def _cross(u: Point, v: Point) -> float:
    return u[0] * v[1] - u[1] * v[0]


def angle_at(a: Point, vertex: Point, b: Point) -> float:
    """The unsigned angle at `vertex` in degrees."""
    u, v = _minus(a, vertex), _minus(b, vertex)
    return math.degrees(abs(math.atan2(_cross(u, v), u[0] * v[0] + u[1] * v[1])))


def _length(figure: Figure, ab: str) -> float:
    return math.dist(*map(figure.at, ab))


def _angle(figure: Figure, abc: str) -> float:
    return angle_at(*map(figure.at, abc))


def _sides(figure: Figure, polygon: str) -> list[float]:
    return [_length(figure, a + b) for a, b in zip(polygon, polygon[1:] + polygon[0], strict=True)]


def _area(figure: Figure, polygon: str) -> float:
    corners = [figure.at(name) for name in polygon]
    return abs(sum(_cross(p, q) for p, q in zip(corners, corners[1:] + corners[:1], strict=True))) / 2


def _height(figure: Figure, polygon: str) -> float:
    """Distance of the first corner from the line through the second and third."""
    a, b, c = (figure.at(name) for name in polygon[:3])
    return abs(_cross(_minus(c, b), _minus(a, b))) / math.dist(b, c)


def _arc(figure: Figure, oab: str) -> float:
    centre = figure.at(figure.circle(oab[0]).centre)
    u, v = (_minus(figure.at(end), centre) for end in oab[1:])
    return math.degrees(math.atan2(_cross(u, v), u[0] * v[0] + u[1] * v[1])) % 360


def _arc_length(figure: Figure, oab: str) -> float:
    return math.radians(_arc(figure, oab)) * figure.circle(oab[0]).radius


def _ratio(figure: Figure, ab: str, cd: str) -> float:
    return _length(figure, ab) / _length(figure, cd)


_MEASURES: dict[str, Callable[..., float]] = {
    "LengthOfLine": _length,
    "MeasureOfAngle": _angle,
    "PerimeterOfTriangle": lambda figure, abc: sum(_sides(figure, abc)),
    "AreaOfTriangle": _area,
    "HeightOfTriangle": _height,
    "RatioOfSimilarTriangle": lambda figure, p, q: _ratio(figure, p[:2], q[:2]),
    "RatioOfMirrorSimilarTriangle": lambda figure, p, q: _ratio(figure, p[1:], q[1:]),
    "PerimeterOfQuadrilateral": lambda figure, abcd: sum(_sides(figure, abcd)),
    "AreaOfQuadrilateral": _area,
    "HeightOfQuadrilateral": _height,
    "RatioOfSimilarQuadrilateral": lambda figure, p, q: _ratio(figure, p[:2], q[:2]),
    "RatioOfMirrorSimilarQuadrilateral": lambda figure, first, second: _ratio(
        figure, first[:2], second[0] + second[-1]
    ),
    "LengthOfArc": _arc_length,
    "MeasureOfArc": _arc,
    "RatioOfSimilarArc": lambda figure, first, second: _arc_length(figure, first) / _arc_length(figure, second),
    "RadiusOfCircle": lambda figure, o: figure.circle(o).radius,
    "DiameterOfCircle": lambda figure, o: 2 * figure.circle(o).radius,
    "PerimeterOfCircle": lambda figure, o: 2 * math.pi * figure.circle(o).radius,
    "AreaOfCircle": lambda figure, o: math.pi * figure.circle(o).radius ** 2,
    "PerimeterOfSector": lambda figure, oab: 2 * figure.circle(oab[0]).radius + _arc_length(figure, oab),
    "AbscissaOfPoint": lambda figure, point: figure.at(point)[0],
    "OrdinateOfPoint": lambda figure, point: figure.at(point)[1],
    "AreaOfSector": lambda figure, oab: figure.circle(oab[0]).radius * _arc_length(figure, oab) / 2,
}
_OPERATORS: dict[str, Callable[[list[float]], float]] = {
    "Add": sum,
    "Mul": math.prod,
    "Sub": lambda values: values[0] - values[1],
    "Div": lambda values: values[0] / values[1],
    "Pow": lambda values: math.pow(values[0], values[1]),
    "Neg": lambda values: -values[0],
    "Sin": lambda values: math.sin(math.radians(values[0])),
    "Cos": lambda values: math.cos(math.radians(values[0])),
    "Tan": lambda values: math.tan(math.radians(values[0])),
    "sqrt": lambda values: math.sqrt(values[0]),
    "sin": lambda values: math.sin(values[0]),
    "cos": lambda values: math.cos(values[0]),
    "tan": lambda values: math.tan(values[0]),
    "asin": lambda values: math.asin(values[0]),
    "acos": lambda values: math.acos(values[0]),
    "atan": lambda values: math.atan(values[0]),
}


def _parallel(figure: Figure, ab: str, cd: str) -> bool:
    u, v = (_minus(figure.at(end), figure.at(start)) for start, end in map(tuple, (ab, cd)))
    return abs(_cross(u, v)) <= figure.tolerance * math.hypot(*u) * math.hypot(*v)


def _collinear(figure: Figure, points: str) -> bool:
    """On one line in this order."""
    inner = zip(points, points[1:], points[2:], strict=False)
    return all(close(_angle(figure, abc[0] + abc[1] + abc[2]), 180, figure.tolerance) for abc in inner)


def _same_orientation(figure: Figure, *triples: str) -> bool:
    """All of them turn to the left, or all to the right; none is flat."""
    turns = set()
    for a, b, c in (map(figure.at, triple) for triple in triples):
        u, v = _minus(b, a), _minus(c, b)
        turn = _cross(u, v)
        if abs(turn) <= figure.tolerance * math.hypot(*u) * math.hypot(*v):
            return False
        turns.add(turn > 0)
    return len(turns) == 1


def _cocircular(figure: Figure, o: str, points: str = "") -> bool:
    circle = figure.circle(o)
    distances = (math.dist(figure.at(circle.centre), figure.at(p)) for p in points)
    return all(close(distance, circle.radius, figure.tolerance) for distance in distances)


def _tangent(figure: Figure, pa: str, o: str) -> bool:
    return _cocircular(figure, o, pa[1]) and close(_angle(figure, pa + figure.circle(o).centre), 90, figure.tolerance)


def _centroid(figure: Figure, o: str, abc: str) -> bool:
    (x, y), corners = figure.at(o), [figure.at(p) for p in abc]
    sums = (sum(p[0] for p in corners), sum(p[1] for p in corners))
    return all(close(3 * a, b, figure.tolerance) for a, b in zip((x, y), sums, strict=True))


def _orthocentre(figure: Figure, o: str, abc: str) -> bool:
    bases = ((abc[i], abc.replace(abc[i], "")) for i in range(3))
    return all(_perpendicular(figure, o + vertex, base) for vertex, base in bases if vertex != o)


def _perpendicular(figure: Figure, ab: str, cd: str) -> bool:
    u, v = (_minus(figure.at(end), figure.at(start)) for start, end in map(tuple, (ab, cd)))
    return abs(u[0] * v[0] + u[1] * v[1]) <= figure.tolerance * math.hypot(*u) * math.hypot(*v)


def _same_shape(figure: Figure, first: str, second: str, *, size: bool, mirror: bool) -> bool:
    """Corresponding sides in one ratio and corresponding angles equal; FormalGeo mirrors ABCD to AFED order."""
    if mirror:
        second = second[0] + second[:0:-1]
    ratios = [a / b for a, b in zip(_sides(figure, first), _sides(figure, second), strict=True)]
    angles = zip(_angles(figure, first), _angles(figure, second), strict=True)
    wanted = 1.0 if size else ratios[0]
    pairs = [*((ratio, wanted) for ratio in ratios), *angles]
    return all(close(a, b, figure.tolerance) for a, b in pairs)


def _angles(figure: Figure, polygon: str) -> list[float]:
    n = len(polygon)
    return [_angle(figure, polygon[i - 1] + polygon[i] + polygon[(i + 1) % n]) for i in range(n)]


def _same_arcs(figure: Figure, first: str, second: str) -> bool:
    return close(_arc_length(figure, first), _arc_length(figure, second), figure.tolerance)


def _exists(figure: Figure, points: str) -> bool:
    return all(figure.at(p) for p in points)


_PREDICATES: dict[str, Callable[..., bool]] = {
    "ParallelBetweenLine": _parallel,
    "PerpendicularBetweenLine": _perpendicular,  # of any two lines; FormalGeo's, which meet in a point, unfold to 90°
    "Collinear": _collinear,
    "Cocircular": _cocircular,
    "IsCentreOfCircle": lambda figure, p, o: figure.at(p) == figure.at(figure.circle(o).centre),
    "IsDiameterOfCircle": lambda figure, ab, o: (
        _collinear(figure, ab[0] + figure.circle(o).centre + ab[1]) and _cocircular(figure, o, ab)
    ),
    "IsTangentOfCircle": _tangent,
    "IsCircumcenterOfTriangle": lambda figure, o, abc: all(
        close(_length(figure, o + abc[0]), _length(figure, o + p), figure.tolerance) for p in abc
    ),
    "IsCentroidOfTriangle": _centroid,
    "IsOrthocenterOfTriangle": _orthocentre,
    "SameOrientation": _same_orientation,
    "CongruentBetweenArc": _same_arcs,
    "SimilarBetweenArc": lambda figure, first, second: figure.circle(first[0]) == figure.circle(second[0]),
    "Point": _exists,
    "Line": _exists,
    "Angle": _exists,
    "Polygon": _exists,
    **{
        f"{mirror}{kind}Between{shape}": partial(_same_shape, size=kind == "Congruent", mirror=bool(mirror))
        for mirror in ("", "Mirror")
        for kind in ("Congruent", "Similar")
        for shape in ("Triangle", "Quadrilateral")
    },
}
