"""What statements mean as equations between a few primitive quantities of a figure.

The primitives are `LengthOfLine(AB)`, `AreaOfTriangle(ABC)`, `AreaOfQuadrilateral(ABCD)`, `RadiusOfCircle(O)`,
coordinates, free symbols and angles in degrees: `MeasureOfAngle(ABC)` from BC to BA, `Turn(AB,CD)` and `Tilt(AB,CD)`
from direction AB to direction CD, `Arc(OAB)` from OA to OB; `system` says how they are counted. `Tilt` is 0 for
parallels, `Turn` for a straight line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import rename, renaming, unfold
from redstar_geo.geometry.fit.expression import PRIMITIVES

_ARC_LENGTH = "RadiusOfCircle(O)*⌒OAB*pi/180"
_MEASURES = {
    "PerimeterOfTriangle": ("ABC", "|AB|+|BC|+|CA|"),
    "PerimeterOfQuadrilateral": ("ABCD", "|AB|+|BC|+|CD|+|DA|"),
    "HeightOfTriangle": ("ABC", "2*AreaOfTriangle(ABC)/|BC|"),
    "HeightOfQuadrilateral": ("ABCD", "2*AreaOfTriangle(ABC)/|BC|"),
    "RatioOfSimilarTriangle": ("ABC,DEF", "|AB|/|DE|"),
    "RatioOfMirrorSimilarTriangle": ("ABC,DEF", "|BC|/|EF|"),
    "RatioOfSimilarQuadrilateral": ("ABCD,EFGH", "|AB|/|EF|"),
    "RatioOfMirrorSimilarQuadrilateral": ("ABCD,EFGH", "|AB|/|EH|"),
    "LengthOfArc": ("OAB", _ARC_LENGTH),
    "RatioOfSimilarArc": ("OAB,PCD", "LengthOfArc(OAB)/LengthOfArc(PCD)"),
    "DiameterOfCircle": ("O", "2*RadiusOfCircle(O)"),
    "PerimeterOfCircle": ("O", "2*pi*RadiusOfCircle(O)"),
    "AreaOfCircle": ("O", "pi*RadiusOfCircle(O)^2"),
    "PerimeterOfSector": ("OAB", f"2*RadiusOfCircle(O)+{_ARC_LENGTH}"),
    "AreaOfSector": ("OAB", "RadiusOfCircle(O)^2*⌒OAB*pi/360"),
}
_SIDES = ("|AB|-|DE|", "|BC|-|EF|", "|CA|-|FD|")
_ANGLES = ("∠CAB-∠FDE", "∠ABC-∠DEF")
_SIDES_4 = ("|AB|-|EF|", "|BC|-|FG|", "|CD|-|GH|", "|DA|-|HE|")
_ANGLES_4 = ("∠DAB-∠HEF", "∠ABC-∠EFG", "∠BCD-∠FGH")
_MIRRORED_ANGLES_4 = ("∠DAB-∠FEH", "∠ABC-∠GFE", "∠BCD-∠HGF")
_RATIOS_4 = ("|AB|/|EF|-|BC|/|FG|", "|AB|/|EF|-|CD|/|GH|")
# Mirrored shapes run the other way round from the same first corner: D to A, then F to B and E to C.
_PREDICATES = {
    "ParallelBetweenLine": ("AB,CD", ("Tilt(AB,CD)",)),
    "CongruentBetweenTriangle": ("ABC,DEF", _SIDES),
    "MirrorCongruentBetweenTriangle": ("ABC,DFE", _SIDES),
    "SimilarBetweenTriangle": ("ABC,DEF", _ANGLES),
    "MirrorSimilarBetweenTriangle": ("ABC,DEF", ("∠CAB-∠FDE", "∠ABC-∠EFD")),
    "CongruentBetweenQuadrilateral": ("ABCD,EFGH", _SIDES_4 + _ANGLES_4),
    "MirrorCongruentBetweenQuadrilateral": ("ABCD,EHGF", _SIDES_4 + _MIRRORED_ANGLES_4),
    "SimilarBetweenQuadrilateral": ("ABCD,EFGH", _ANGLES_4 + _RATIOS_4),
    "MirrorSimilarBetweenQuadrilateral": ("ABCD,EHGF", _RATIOS_4 + _MIRRORED_ANGLES_4),
    "IsCircumcenterOfTriangle": ("O,ABC", ("|OA|-|OB|", "|OB|-|OC|")),
    "IsCentroidOfTriangle": (
        "O,ABC",
        ("AreaOfTriangle(OAB)-AreaOfTriangle(OBC)", "AreaOfTriangle(OBC)-AreaOfTriangle(OCA)"),
    ),
    "IsOrthocenterOfTriangle": ("O,ABC", ("Cos(Turn(OA,BC))", "Cos(Turn(OB,CA))")),
    "IsAltitudeOfQuadrilateral": ("EF,ABCD", ("Cos(Turn(EF,BC))", "Cos(Turn(EF,AD))")),
    "IsMidpointOfArc": ("M,OAB", ("⌒OAM-⌒OMB",)),
    "CongruentBetweenArc": ("OAB,PCD", ("⌒OAB-⌒PCD", "RadiusOfCircle(O)-RadiusOfCircle(P)")),
}
_POINTS = {
    "PerpendicularBetweenLine": "AB,CD",
    "IsDiameterOfCircle": "AB,O",
    "IsTangentOfCircle": "PA,O",
    "IsCentreOfCircle": "P,O",
}
_NOTHING = frozenset(
    {"Point", "Line", "Arc", "Angle", "Polygon", "Circle", "IsCentreOfCircle", "SimilarBetweenArc", "SameOrientation"}
)


class UnsupportedError(cdl.CDLError):
    """A statement or measure that has no meaning here."""


def equations(statement: cdl.Term, centres: Mapping[str, str]) -> Iterator[cdl.Term]:
    """Expressions of primitives that are 0 when the statement is true.

    Args:
        centres: the centre point of every circle.

    Raises:
        UnsupportedError: an unknown predicate, measure or circle.
        FigureError: a statement has other numbers of points than its predicate.
    """
    head, groups = statement.head, statement.points
    if head in _POINTS:
        renaming(_POINTS[head], groups)
    if head in _NOTHING:
        return
    if head == "Equal":
        yield _primitive(cdl.Term("Sub", statement.args), centres)
    elif head == "Collinear" and len(groups) == 1:
        for a, b, c in zip(groups[0], groups[0][1:], groups[0][2:], strict=False):
            yield cdl.parse(f"Turn({a}{b},{b}{c})")
    elif head in ("Cocircular", "IsDiameterOfCircle", "IsTangentOfCircle"):
        yield from map(cdl.parse, _of_circle(head, groups, centres))
    elif head == "PerpendicularBetweenLine" and groups[0][1] != groups[1][1]:
        yield cdl.parse(f"Cos(Turn({groups[0]},{groups[1]}))")
    elif head in _PREDICATES:
        pattern, parts = _PREDICATES[head]
        for part in parts:
            yield _primitive(cdl.parse(_instance(pattern, groups, part)), centres)
        if head == "IsAltitudeOfQuadrilateral":
            yield from _unfolded(statement, centres)
    else:
        yield from _unfolded(statement, centres)


def _unfolded(statement: cdl.Term, centres: Mapping[str, str]) -> Iterator[cdl.Term]:
    parts = unfold(statement)
    if not parts:
        raise UnsupportedError(f"{statement} has no equations.")
    for part in parts:
        yield from equations(cdl.parse(part), centres)


def _of_circle(head: str, groups: tuple[str, ...], centres: Mapping[str, str]) -> Iterator[str]:
    circle, points = (groups[0], "".join(groups[1:])) if head == "Cocircular" else (groups[1], groups[0])
    centre = _centre(circle, centres)
    for point in points[1:] if head == "IsTangentOfCircle" else points:
        yield f"LengthOfLine({centre}{point})-RadiusOfCircle({circle})"
    if head == "IsDiameterOfCircle":
        yield f"Turn({points[0]}{centre},{centre}{points[1]})"
    elif head == "IsTangentOfCircle":
        yield f"Cos(Turn({points},{centre}{points[1]}))"


def _primitive(term: cdl.Term, centres: Mapping[str, str]) -> cdl.Term:
    """The same expression with every measure written in primitives."""
    if term.head == "MeasureOfArc":
        renaming("OAB", term.points)
        arc = term.points[0]
        return cdl.parse(f"Arc({_centre(arc[0], centres)}{arc[1:]})")
    if term.head == "RadiusOfCircle":
        renaming("O", term.points)
        _centre(term.points[0], centres)  # there is such a circle
    if term.head in PRIMITIVES or term.head == "Number":
        return term
    if term.head in _MEASURES:
        pattern, expression = _MEASURES[term.head]
        return _primitive(cdl.parse(_instance(pattern, term.points, expression)), centres)
    if term.head in cdl.MEASURES or term.head == "Points":
        raise UnsupportedError(f"{term} has no expression.")
    return term.map(lambda part: _primitive(part, centres))


def _instance(pattern: str, groups: tuple[str, ...], text: str) -> str:
    return rename(cdl.spelled(text), renaming(pattern, groups))


def _centre(circle: str, centres: Mapping[str, str]) -> str:
    if circle not in centres:
        raise UnsupportedError(f"No circle {circle} in the construction.")
    return centres[circle]
