"""What a text speaks of: angles, segments, triangles, circles, and the measures that are taken of them."""

from __future__ import annotations

import re
from functools import partial

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import Rewriting, kinds

_NAMED = re.compile(
    r"(?P<angle>(?:m\s*)?(?:∠s?|\b[Aa]ngles?\s|角)\s*(?P<abc>[A-Z]{3}|[A-Z]|[1-9]\d?|[α-ω])(?![A-Za-z\d]))"
    r"|(?P<triangle>(?:Rt\s*)?(?:△|\b[Tt]riangles?\s|三角形)\s*(?P<tri>[A-Z]{3})(?![A-Za-z]))"
    r"|(?P<polygon>(?:\b(?:[Qq]uadrilateral|[Rr]ectangle|[Ss]quare|[Pp]arallelogram|[Rr]hombus|[Tt]rapezoid|[Tt]rapezium"
    r"|[Kk]ite)\s|四边形|矩形|长方形|正方形|菱形|梯形|[▱□◇])\s*(?P<poly>[A-Z]{4})(?![A-Za-z]))"
    r"|(?P<circle>(?:[⊙⊚]|\b[Cc]ircle\s|圆)\s*(?P<o>[A-Z])(?![A-Za-z]))"
    r"|(?P<arc>(?:(?:\b(?:minor|major)\s)?\b[Aa]rc\s|[优劣]?弧|⌒)\s*(?P<oab>[A-Z]{2,3})(?![A-Za-z]))"
    r"|(?P<segment>(?:\b(?:[Ll]ines?|[Ss]egments?|[Ll]ine segments?|[Ss]ides?|[Cc]hords?|[Rr]ays?|[Ll]egs?"
    r"|[Hh]ypotenuse|[Bb]ase|[Dd]iagonals?|[Rr]adius|[Rr]adii|[Dd]iameter|[Tt]angent)\s+|(?:线段|直线|射线|直角边|斜边|底边|边|弦)\s*)?"
    r"(?<![A-Za-z∠△⊙])(?P<ab>[A-Z]{2})(?![A-Za-z]))"
    r"|(?<![A-Za-z])(?P<bare>[A-Z]{3,6})(?![A-Za-z])"
)
_TRIGONOMETRIC = re.compile(r"(\b(?:sin|cos|tan) ?)([A-Z])(?![A-Za-z])")
_LISTS = re.compile(  # "angles ABC and DEF", "triangles ABC and DEF": the word stands for each
    r"\b([Aa]ngle|[Tt]riangle|[Aa]rc)s\s+([A-Z]{1,3})(,?\s+and\s+|,\s*|\s*&\s*)([A-Z]{1,3})(?![A-Za-z])"
)


def find(rewriting: Rewriting) -> None:
    """Put objects for everything that has a name."""
    rewriting.rewrite(_LISTS, lambda m: f"{m[1]} {m[2]}{m[3]}{m[1]} {m[4]}")
    rewriting.expand(_TRIGONOMETRIC, r"\1∠\2")
    rewriting.rewrite(_NAMED, lambda match: _object(rewriting, match))
    for pattern, head in _MEASURES:
        rewriting.rewrite(pattern, partial(_measure, rewriting, head))


def _object(rewriting: Rewriting, match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    if groups["abc"]:
        return rewriting.put("angle", _term("MeasureOfAngle", groups["abc"]))
    if groups["tri"]:
        return rewriting.put("triangle", Term("Points", (groups["tri"],)))
    if groups["poly"]:
        return rewriting.put("polygon", Term("Points", (groups["poly"],)))
    if groups["o"]:
        return rewriting.put("circle", Term("Points", (groups["o"],)))
    if groups["oab"]:
        return rewriting.put("arc", _term("MeasureOfArc", groups["oab"]))
    name = groups["ab"] or groups["bare"]
    if len(set(name)) < len(name):  # SSS, AAS: no three points
        return None
    if len(name) == 2:
        return rewriting.put("segment", _term("LengthOfLine", name))
    return rewriting.put("triangle" if len(name) == 3 else "polygon", Term("Points", (name,)))


def _measure(rewriting: Rewriting, head: str, match: re.Match[str]) -> str | None:
    terms = [Term("Points", (sign,)) if len(sign) == 1 else rewriting.term(sign) for sign in match.groups() if sign]
    points = tuple(str(term.args[0]) for term in terms)
    if head == "same":
        kind = "measure" if terms[0].head == "LengthOfLine" else "angle" if terms[0].head[-5:] == "Angle" else "arc"
        return rewriting.put(kind, terms[0])
    if head.endswith("Shape"):
        head = head[:-5] + {1: "Circle", 3: "Triangle"}.get(len(points[0]), "Quadrilateral")
    if head == "HeightOfCircle":
        return None
    return rewriting.put("measure", _term(head, *points))


def _term(head: str, *points: str) -> Term:
    return Term(head, tuple(Term("Points", (name,)) for name in points))


_THE = r"(?:\b[Tt]he )?"
_SHAPE = f"({kinds('triangle', 'polygon', 'circle')})"
_PLANE = f"({kinds('triangle', 'polygon')})"
_CIRCLE = f"({kinds('circle')})"
_SEGMENT = f"({kinds('segment')})"
_TRIANGLE = f"({kinds('triangle')})"
_POLYGON = f"({kinds('polygon')})"
_NAME = f"({kinds('triangle', 'segment', 'arc')})"
_TURN = f"({kinds('angle', 'arc')})"
_ARC = f"({kinds('arc')})"
# Wording → what is measured; `same`: the object itself is the measure, `…Shape`: the head goes by the shape.
_MEASURES = tuple(
    (re.compile(wording), head)
    for wording, head in (
        (rf"{_THE}\b[Ll]ength of {_ARC}", "LengthOfArc"),
        (rf"{_ARC}的长度?", "LengthOfArc"),
        (rf"{_THE}\b(?:[Ll]ength|[Dd]istance) (?:of |from ){_SEGMENT}", "same"),
        (rf"{_SEGMENT}的?(?:长度|长)", "same"),
        (rf"{_THE}\b(?:[Mm]easure|[Ss]ize|[Vv]alue) of {_TURN}", "same"),
        (rf"{_TURN}的?(?:度数|大小)", "same"),
        (rf"m\s*{_ARC}", "same"),
        (rf"{_THE}\b[Aa]rea of sector {_TRIANGLE}", "AreaOfSector"),
        (rf"扇形\s*{_TRIANGLE}的?面积", "AreaOfSector"),
        (rf"{_THE}\b[Pp]erimeter of sector {_TRIANGLE}", "PerimeterOfSector"),
        (rf"扇形\s*{_TRIANGLE}的?周长", "PerimeterOfSector"),
        (rf"{_THE}\b[Aa]rea(?: of)? {_SHAPE}", "AreaOfShape"),
        (rf"{_SHAPE}的?面积", "AreaOfShape"),
        (rf"(?<![A-Za-z])S\s*{_SHAPE}", "AreaOfShape"),
        (rf"\[{_PLANE}\]", "AreaOfShape"),
        (rf"(?:\b[Aa]rea|S)\s*\(\s*{_SHAPE}\s*\)", "AreaOfShape"),
        (rf"{_THE}\b(?:[Pp]erimeter|[Cc]ircumference)(?: of)? {_SHAPE}", "PerimeterOfShape"),
        (rf"{_SHAPE}的?周长", "PerimeterOfShape"),
        (rf"(?<![A-Za-z])C\s*{_PLANE}", "PerimeterOfShape"),
        (rf"{_THE}(?<!\ba )\b[Rr]adius of {_CIRCLE}", "RadiusOfCircle"),
        (rf"{_CIRCLE}'s radius", "RadiusOfCircle"),
        (rf"{_CIRCLE}的?半径(?:长|r)?(?![A-Z])", "RadiusOfCircle"),
        (rf"{_THE}(?<!\ba )\b[Dd]iameter of {_CIRCLE}", "DiameterOfCircle"),
        (rf"{_CIRCLE}的?直径(?:长)?(?![A-Z])", "DiameterOfCircle"),
        (r"(?:\b[Tt]he )?\bx-coordinate of ([A-Z])(?![A-Za-z])", "AbscissaOfPoint"),
        (r"(?:\b[Tt]he )?\by-coordinate of ([A-Z])(?![A-Za-z])", "OrdinateOfPoint"),
        (r"(?<![A-Za-z])([A-Z])的横坐标", "AbscissaOfPoint"),
        (r"(?<![A-Za-z])([A-Z])的纵坐标", "OrdinateOfPoint"),
        (rf"{_THE}\b[Hh]eight of {_PLANE}", "HeightOfShape"),
        (rf"{_PLANE}的?高(?![A-Z])", "HeightOfShape"),
        (rf"{_THE}\b[Rr]atio (?:of )?{_TRIANGLE} ?(?::|to) ?{_TRIANGLE}", "RatioOfSimilarTriangle"),
        (rf"{_TRIANGLE}[与和]{_TRIANGLE}的?相似比", "RatioOfSimilarTriangle"),
        (rf"{_THE}\b[Rr]atio (?:of )?{_POLYGON} ?(?::|to) ?{_POLYGON}", "RatioOfSimilarQuadrilateral"),
        (rf"{_POLYGON}[与和]{_POLYGON}的?相似比", "RatioOfSimilarQuadrilateral"),
        (rf"{_THE}\b[Rr]atio of arcs {_NAME} : {_NAME}", "RatioOfSimilarArc"),
        (rf"{_ARC}[与和]{_ARC}之比", "RatioOfSimilarArc"),
    )
)
