"""What a text speaks of: angles, segments, triangles, circles, and the measures that are taken of them."""

from __future__ import annotations

import re
from functools import partial

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.rewriting import Rewriting, wording

_NAMED = re.compile(
    r"(?P<angle>(?:(?<![A-Za-z])m\s*)?(?:∠s?|(?<![A-Za-z])[Aa]ngles?\s|角)\s*([A-Z]{3}|[A-Z]|[1-9]\d?|[α-ω])(?![A-Za-z\d]))"
    r"|(?P<triangle>(?:Rt\s*)?(?:△|\b[Tt]ri(?:angle)?s?\s|三角形)\s*([A-Z]{3})(?![A-Za-z]))"
    r"|(?P<polygon>(?:\b(?:[Qq]uadrilateral|[Rr]ectangle|[Ss]quare|[Pp]arallelogram|[Rr]hombus|[Tt]rapezoid"
    r"|[Tt]rapezium"
    r"|[Kk]ite)\s|四边形|矩形|长方形|正方形|菱形|梯形|[▱□◇])\s*([A-Z]{4})(?![A-Za-z]))"
    r"|(?P<circle>(?:[⊙⊚]|\b[Cc]ircle\s|圆)\s*([A-Z])(?![A-Za-z]))"
    r"|(?P<arc>(?:(?:\b(?:minor|major)\s)?\b[Aa]rc\s|[优劣]?弧|⌒)\s*([A-Z]{2,3})(?![A-Za-z]))"
    r"|(?P<segment>(?:\b(?:[Ll]ines?|[Ss]egments?|[Ll]ine segments?|[Ss]ides?|[Cc]hords?|[Rr]ays?|[Ll]egs?"
    r"|[Hh]ypotenuse|[Bb]ase|[Dd]iagonals?|[Rr]adius|[Rr]adii|[Dd]iameter|[Tt]angent)\s+|(?:线段|直线|射线|直角边"
    r"|斜边|底边|边"
    r"|弦)\s*)?"
    r"(?<![A-Za-z∠△⊙])([A-Z]{2})(?![A-Za-z]))"
    r"|(?P<bare>(?<![A-Za-z])([A-Z]{3,6})(?![A-Za-z]))"
)
_NAME = re.compile(r"[A-Z]{1,3}")
_MEASURED = {"angle": "MeasureOfAngle", "arc": "MeasureOfArc", "segment": "LengthOfLine"}
_TRIGONOMETRIC = re.compile(r"((?<![A-Za-z])(?:sin|cos|tan)²? ?)([A-Z])(?![A-Za-z])")
_LISTS = re.compile(  # "angles ABC, ABD and DEF", "triangles ABC and DEF": the word stands for each
    r"\b([Aa]ngle|[Tt]riangle|[Aa]rc)s\s+([A-Z]{1,3}(?:(?:,?\s+and\s+|,\s*|\s*&\s*)[A-Z]{1,3})+)(?![A-Za-z])"
)
_SPELLED = re.compile(r"((?:∠|△|\b[Aa]ngle\s|\b[Tt]riangle\s)\s?)([A-Z])([ -])([A-Z])\3([A-Z])(?![A-Za-z])")
_SECTOR = wording(r"(?:扇形|\b[Ss]ector )\s*{corner}")  # whose three letters are no angle
_AT = re.compile(r"(?<!ight )(?<!erior )\b[Aa]ngle at (?:vertex |point |corner )?([A-Z])(?![A-Za-z])(?! between)")
_ZH_AT = re.compile(r"(?<![A-Za-z∠])([A-Z]) ?角(?![形度平的])")


def find(rewriting: Rewriting) -> None:
    """Put objects for everything that has a name."""
    rewriting.rewrite(_LISTS, lambda match: _NAME.sub(rf"{match[1]} \g<0>", match[2]))
    rewriting.expand(_SPELLED, r"\1\2\4\5")
    rewriting.expand(_AT, r"angle \1")
    rewriting.expand(_ZH_AT, r"∠\1")
    rewriting.expand(_TRIGONOMETRIC, r"\1∠\2")
    rewriting.rewrite(_NAMED, lambda match: _object(rewriting, match))
    for pattern, head in _MEASURES:
        rewriting.rewrite(pattern, partial(_measure, rewriting, head))
    rewriting.rewrite(_SECTOR, lambda match: rewriting.put("triangle", rewriting.term(match[1])))


def _object(rewriting: Rewriting, match: re.Match[str]) -> str | None:
    kind, name = str(match.lastgroup), match[(match.lastindex or 0) + 1]
    if kind in ("segment", "bare") and len(set(name)) < len(name):  # SSS, AAS: no three points
        return None
    if kind == "bare":
        kind = "corner" if len(name) == 3 else "polygon"
    return rewriting.put(kind, _term(_MEASURED[kind], name) if kind in _MEASURED else Term("Points", (name,)))


def _measure(rewriting: Rewriting, head: str, match: re.Match[str]) -> str | None:
    terms = [Term("Points", (sign,)) if len(sign) == 1 else rewriting.term(sign) for sign in match.groups() if sign]
    points = tuple(str(term.args[0]) for term in terms)
    if head == "between":
        common = set(points[0]) & set(points[1])
        if len(common) != 1:
            return None
        vertex = common.pop()
        return rewriting.put("angle", _term("MeasureOfAngle", vertex.join(name.replace(vertex, "") for name in points)))
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


# Wording → what is measured; `same`: the object itself is the measure, `between`: the angle of two lines, `…Shape`: the
# head goes by the shape.
_MEASURES = tuple(
    (wording(text, the=r"(?:\b[Tt]he )?"), head)
    for text, head in (
        (r"{the}\b[Aa]ngle (?:at [A-Z] )?(?:between|formed by|made by|of) {segment} and {segment}", "between"),
        (r"{the}\b[Aa]ngle (?:that|which) {segment} (?:makes|forms) with {segment}", "between"),
        (r"{segment}[与和]{segment}的?夹角", "between"),
        (r"{the}\b[Ll]ength of {arc}", "LengthOfArc"),
        (r"{arc}的长度?", "LengthOfArc"),
        (r"{the}\b(?:[Ll]ength|[Dd]istance) (?:of |from ){segment}", "same"),
        (r"{segment}的?(?:长度|长(?! ?[\d√]))", "same"),
        (r"{the}\b(?:[Mm]easure|[Ss]ize|[Vv]alue) of {angle|arc}", "same"),
        (r"{angle|arc}的?(?:度数|大小|角度)", "same"),
        (r"m\s*{arc}", "same"),
        (r"{the}\b[Aa]rea of (?:the )?sector {triangle}", "AreaOfSector"),
        (r"扇形\s*{triangle}的?面积", "AreaOfSector"),
        (r"{the}\b[Pp]erimeter of (?:the )?sector {triangle}", "PerimeterOfSector"),
        (r"扇形\s*{triangle}的?周长", "PerimeterOfSector"),
        (r"{the}\b[Aa]rea(?: of(?: the)?)? {triangle|polygon|circle}", "AreaOfShape"),
        (r"{triangle|polygon|circle}的?面积", "AreaOfShape"),
        (r"(?<![A-Za-z])S\s*{triangle|polygon|circle}", "AreaOfShape"),
        (r"\[{triangle|polygon}\]", "AreaOfShape"),
        (r"(?:\b[Aa]rea|S)\s*\(\s*{triangle|polygon|circle}\s*\)", "AreaOfShape"),
        (r"{the}\b(?:[Pp]erimeter|[Cc]ircumference)(?: of(?: the)?)? {triangle|polygon|circle}", "PerimeterOfShape"),
        (r"{triangle|polygon|circle}的?周长", "PerimeterOfShape"),
        (r"(?<![A-Za-z])P\s*\(\s*{triangle|polygon}\s*\)", "PerimeterOfShape"),
        (r"(?<![A-Za-z])C\s*{triangle|polygon}", "PerimeterOfShape"),
        (r"{the}(?<!\ba )\b[Rr]adius of {circle}", "RadiusOfCircle"),
        (r"{circle}'s radius", "RadiusOfCircle"),
        (r"{circle}的?半径(?:长|r)?(?![A-Z])", "RadiusOfCircle"),
        (r"{the}(?<!\ba )\b[Dd]iameter of {circle}", "DiameterOfCircle"),
        (r"{circle}的?直径(?:长)?(?![A-Z])", "DiameterOfCircle"),
        (r"{the}\bx-coordinate of ([A-Z])(?![A-Za-z])", "AbscissaOfPoint"),
        (r"{the}\by-coordinate of ([A-Z])(?![A-Za-z])", "OrdinateOfPoint"),
        (r"(?<![A-Za-z])([A-Z])的横坐标", "AbscissaOfPoint"),
        (r"(?<![A-Za-z])([A-Z])的纵坐标", "OrdinateOfPoint"),
        (r"{the}\b[Hh]eight of {triangle|polygon}", "HeightOfShape"),
        (r"(?:(?<!是)|(?<=于是)){triangle|polygon}的?高(?![A-Z])", "HeightOfShape"),
        (r"{the}\b[Rr]atio (?:of )?{triangle} ?(?::|to) ?{triangle}", "RatioOfSimilarTriangle"),
        (r"{the}\b[Rr]atio of similar (?:triangles )?{triangle} and {triangle}", "RatioOfSimilarTriangle"),
        (r"{triangle}[与和]{triangle}的?相似比", "RatioOfSimilarTriangle"),
        (r"{the}\b[Rr]atio (?:of )?{polygon} ?(?::|to) ?{polygon}", "RatioOfSimilarQuadrilateral"),
        (
            r"{the}\b[Rr]atio of similar (?:quadrilaterals )?{polygon} and {polygon}",
            "RatioOfSimilarQuadrilateral",
        ),
        (r"{polygon}[与和]{polygon}的?相似比", "RatioOfSimilarQuadrilateral"),
        (r"{the}\b[Rr]atio of arcs {triangle|segment|arc} : {triangle|segment|arc}", "RatioOfSimilarArc"),
        (r"{arc}[与和]{arc}之比", "RatioOfSimilarArc"),
    )
)
