"""Statements and numbers of the formal language in mathematical prose, English and Chinese, and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term

_LETTER = re.compile(r"[a-zα-ω](?![A-Za-z])")
_DECIMAL = (2, 4, 5, 8, 10, 20, 25, 50, 100)  # denominators of fractions that are written as decimals
_FRACTION = re.compile(r"-?\d+/(\d+)")
_FIRST = ("Number", "Div")  # of the factors of a product without measures: 2 · OA and 56 · cos(34°) · x
_DIGITS = "0123456789"  # but not ²
_SUPERSCRIPT = {"2": "²", "3": "³"}
_ANGLES = ("MeasureOfAngle", "MeasureOfArc")

_MEASURES = {  # in English and Chinese; a mirrored figure is worded like a plain one
    "LengthOfLine": ("{0}", "{0}"),
    "MeasureOfAngle": ("∠{0}", "∠{0}"),
    "MeasureOfArc": ("arc {0}", "弧{0}"),
    "LengthOfArc": ("the length of arc {0}", "弧{0}的长"),
    "RadiusOfCircle": ("the radius of ⊙{0}", "⊙{0}的半径"),
    "DiameterOfCircle": ("the diameter of ⊙{0}", "⊙{0}的直径"),
    "PerimeterOfCircle": ("the circumference of ⊙{0}", "⊙{0}的周长"),
    "AreaOfCircle": ("the area of ⊙{0}", "⊙{0}的面积"),
    "PerimeterOfSector": ("the perimeter of sector {0}", "扇形{0}的周长"),
    "AreaOfSector": ("the area of sector {0}", "扇形{0}的面积"),
    "AbscissaOfPoint": ("the x-coordinate of {0}", "{0}的横坐标"),
    "OrdinateOfPoint": ("the y-coordinate of {0}", "{0}的纵坐标"),
    "PerimeterOfTriangle": ("the perimeter of △{0}", "△{0}的周长"),
    "AreaOfTriangle": ("the area of △{0}", "△{0}的面积"),
    "HeightOfTriangle": ("the height of △{0}", "△{0}的高"),
    "PerimeterOfQuadrilateral": ("the perimeter of {0}", "四边形{0}的周长"),
    "AreaOfQuadrilateral": ("the area of {0}", "四边形{0}的面积"),
    "HeightOfQuadrilateral": ("the height of {0}", "四边形{0}的高"),
    "RatioOfSimilarTriangle": ("the ratio △{0} : △{1}", "△{0}与△{1}的相似比"),
    "RatioOfSimilarQuadrilateral": ("the ratio {0} : {1}", "四边形{0}与{1}的相似比"),
    "RatioOfSimilarArc": ("the ratio of arcs {0} : {1}", "弧{0}与弧{1}之比"),
}
_RELATIONS = {
    "ParallelBetweenLine": ("{0} ∥ {1}", "{0} ∥ {1}"),
    "PerpendicularBetweenLine": ("{0} ⊥ {1}", "{0} ⊥ {1}"),
    "SimilarBetweenTriangle": ("△{0} ∼ △{1}", "△{0} ∼ △{1}"),
    "CongruentBetweenTriangle": ("△{0} ≅ △{1}", "△{0} ≅ △{1}"),
    "SimilarBetweenQuadrilateral": ("{0} ∼ {1}", "四边形{0} ∼ 四边形{1}"),
    "CongruentBetweenQuadrilateral": ("{0} ≅ {1}", "四边形{0} ≅ 四边形{1}"),
    "CongruentBetweenArc": ("arcs {0} and {1} are congruent", "弧{0}与弧{1}相等"),
    "SimilarBetweenArc": ("arcs {0} and {1} are similar", "弧{0}与弧{1}相似"),
    "RightTriangle": ("△{0} is right-angled at {0[1]}", "△{0}是直角三角形，{0[1]}为直角顶点"),
    "IsoscelesTriangle": (
        "△{0} is isosceles with {0[0]}{0[1]} = {0[0]}{0[2]}",
        "△{0}是等腰三角形，{0[0]}{0[1]} = {0[0]}{0[2]}",
    ),
    "IsoscelesRightTriangle": ("△{0} is an isosceles right triangle", "△{0}是等腰直角三角形"),
    "EquilateralTriangle": ("△{0} is equilateral", "△{0}是等边三角形"),
    "Kite": ("{0} is a kite", "四边形{0}是筝形"),
    "Parallelogram": ("{0} is a parallelogram", "四边形{0}是平行四边形"),
    "Rhombus": ("{0} is a rhombus", "四边形{0}是菱形"),
    "Rectangle": ("{0} is a rectangle", "四边形{0}是矩形"),
    "Square": ("{0} is a square", "四边形{0}是正方形"),
    "Trapezoid": ("{0} is a trapezium", "四边形{0}是梯形"),
    "IsoscelesTrapezoid": ("{0} is an isosceles trapezium", "四边形{0}是等腰梯形"),
    "RightTrapezoid": ("{0} is a right trapezium", "四边形{0}是直角梯形"),
    "IsMidpointOfLine": ("{0} is the midpoint of {1}", "{0}是{1}的中点"),
    "IsMidpointOfArc": ("{0} is the midpoint of arc {1}", "{0}是弧{1}的中点"),
    "IsPerpendicularBisectorOfLine": ("{0} is the perpendicular bisector of {1}", "{0}是{1}的垂直平分线"),
    "IsBisectorOfAngle": ("{0} bisects ∠{1}", "{0}平分∠{1}"),
    "IsMedianOfTriangle": ("{0} is a median of △{1}", "{0}是△{1}的中线"),
    "IsAltitudeOfTriangle": ("{0} is an altitude of △{1}", "{0}是△{1}的高"),
    "IsMidsegmentOfTriangle": ("{0} is a midsegment of △{1}", "{0}是△{1}的中位线"),
    "IsCircumcenterOfTriangle": ("{0} is the circumcentre of △{1}", "{0}是△{1}的外心"),
    "IsIncenterOfTriangle": ("{0} is the incentre of △{1}", "{0}是△{1}的内心"),
    "IsCentroidOfTriangle": ("{0} is the centroid of △{1}", "{0}是△{1}的重心"),
    "IsOrthocenterOfTriangle": ("{0} is the orthocentre of △{1}", "{0}是△{1}的垂心"),
    "IsAltitudeOfQuadrilateral": ("{0} is an altitude of {1}", "{0}是四边形{1}的高"),
    "IsMidsegmentOfQuadrilateral": ("{0} is the midsegment of {1}", "{0}是四边形{1}的中位线"),
    "IsCircumcenterOfQuadrilateral": ("{0} is the circumcentre of {1}", "{0}是四边形{1}的外心"),
    "IsIncenterOfQuadrilateral": ("{0} is the incentre of {1}", "{0}是四边形{1}的内心"),
    "IsDiameterOfCircle": ("{0} is a diameter of ⊙{1}", "{0}是⊙{1}的直径"),
    "IsTangentOfCircle": ("{0} is tangent to ⊙{1}", "{0}是⊙{1}的切线"),
    "IsCentreOfCircle": ("{0} is the centre of ⊙{1}", "{0}是⊙{1}的圆心"),
}


@lru_cache(maxsize=65_536)
def say(statement: str, language: str) -> str:
    """A statement or an expression in prose: `Equal(MeasureOfAngle(ABC),50)` → `∠ABC = 50°`."""
    term = cdl.parse(statement)
    if term.head == "Equal":
        degrees = is_angle(term)
        return " = ".join(expression(with_decimal(side), language, degrees) for side in term.terms)
    relations = _RELATIONS.get(term.head.replace("Mirror", ""))
    if relations is not None:
        return relations[language == "zh"].format(*_points(term))
    return expression(term, language, is_angle(term))


def joined(parts: Sequence[str], language: str) -> str:
    """A list in prose."""
    if language == "zh":
        return "，".join(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def value(measure: str, worth: str, language: str) -> str:
    """A value of this measure in prose: `50°`, `5√3`."""
    text = _number(worth, language)
    if not is_angle(cdl.parse(measure)):
        return text
    return f"({text})°" if " " in text else f"{text}°"


def has_inverse(text: str) -> bool:
    """Whether an inverse trigonometric function is in a text; nobody goes on calculating with one."""
    return any(function in text for function in ("arcsin", "arccos", "arctan", "asin", "acos", "atan"))


def says_little(statement: str) -> bool:
    """That a circle named O has its centre at O."""
    return statement.startswith("IsCentreOfCircle(") and len(set(cdl.parse(statement).points)) == 1


@lru_cache(maxsize=65_536)
def is_angle(term: Term) -> bool:
    """Whether plain numbers in this statement are degrees: it speaks of angles or arcs and of nothing else."""
    measures = [measure for measure in term.measures() if measure.head != "Name"]
    trigonometric = any(head in str(term) for head in ("Sin(", "Cos(", "Tan("))
    return bool(measures) and not trigonometric and all(measure.head in _ANGLES for measure in measures)


def expression(term: Term, language: str, degrees: bool = False, strength: int = 0) -> str:
    """An expression in infix; with `degrees`, numbers that stand alone carry the degree sign."""
    if term.head == "Number":
        return _decimal(str(term)) + ("°" if degrees else "")
    if term.head in ("Name", "Points"):  # a capital that stands for a number looks like a point
        return "π" if str(term) == "pi" else str(term)
    if term.head in cdl.MEASURES:
        written = _MEASURES[term.head.replace("Mirror", "")][language == "zh"].format(*_points(term))
        return f"({written})" if strength > 1 and " " in written else written
    if term.head in ("Add", "Sub"):
        sign = " + " if term.head == "Add" else " − "
        later = 1 if term.head == "Add" else 2  # what follows a minus sign needs brackets sooner
        parts = [expression(arg, language, degrees, later if i else 0) for i, arg in enumerate(term.terms)]
        parts[1:] = [f"({part})" if part[0] == "−" else part for part in parts[1:]]
        return _wrap(sign.join(parts), strength > 1)
    if term.head == "Neg":
        return _wrap("−" + expression(term.terms[0], language, degrees, 2), strength > 0)
    if term.head == "Mul":
        shorter = _over(term) or squared(term)
        if shorter is not None:
            return expression(shorter, language, degrees, strength)
        factors = sorted(_factors(term), key=lambda arg: (bool(list(arg.measures())), arg.head not in _FIRST))
        numeric = degrees and not list(term.measures())
        parts = [expression(arg, language, numeric and arg is factors[-1], 2) for arg in factors]
        product = parts[0]
        for part in parts[1:]:
            plain = (part[0] in "√π" or _LETTER.match(part)) and product[-1] in _DIGITS and "/" not in product
            product += part if plain else f" · {part}"  # 5√3 and 5x, but 5 · AB
        return _wrap(product, strength > 2)
    if term.head == "Div":
        above, below = (expression(arg, language, degrees and not i, 2 + i) for i, arg in enumerate(term.terms))
        above = _wrap(above, "/" in above and "(" not in above)
        tight = len(above) + len(below) < 8 and not any(map(str.isupper, below))  # 1/2, but DE / BC
        return _wrap(f"{above}/{below}" if tight else f"{above} / {below}", strength > 2)
    if term.head == "Pow":
        base, power = term.terms
        raised = _SUPERSCRIPT.get(str(power), f"^({expression(power, language)})")
        return expression(base, language, False, 4) + raised
    if term.head in ("sqrt", "Sqrt"):
        inner = expression(term.terms[0], language)
        return f"√{inner}" if inner.isdigit() else f"√({inner})"
    turn = _degrees(term)
    if turn is not None:
        return f"{term.head}({number(turn, language)}°)"
    inner = expression(term.terms[0], language, term.head in ("Sin", "Cos", "Tan"))
    name = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}.get(term.head, term.head.lower())
    return f"{name} {inner}" if inner[0] == "∠" else f"{name}({inner})"


def with_decimal(term: Term) -> Term:
    """A fraction of numbers as the decimal that people write: 289/2 as 144.5; anything else as it is."""
    if term.head == "Div" and term.terms[0].head == term.terms[1].head == "Number":
        below = int(str(term.terms[1]))
        if below in _DECIMAL and len(str(term.terms[0])) < 6:
            return Term("Number", (f"{int(str(term.terms[0])) / below:g}",))
    return term


def number(value: sympy.Expr | Fraction | int, language: str = "en") -> str:
    """A number in prose: `5*sqrt(3)` → `5√3`; decimals with few digits stay decimals."""
    return _number(str(value).replace(" ", ""), language)


@lru_cache(maxsize=65_536)
def _number(text: str, language: str) -> str:
    decimal = _FRACTION.fullmatch(text)
    if decimal is not None and text[0] == "-":
        return "−" + _number(text[1:], language)
    return expression(with_decimal(cdl.parse(text)), language)


def latex(text: str, degrees: bool, *, decimals: bool = True) -> str:
    """A value of the formal language for `\\boxed{}`, with `decimals` as in prose: 12.5 and not 25/2."""
    fraction = _FRACTION.fullmatch(text)
    decimal = decimals and fraction is not None and int(fraction[1]) in _DECIMAL
    written = number(cdl.value(text)) if decimal else _latex(cdl.parse(text))
    if not degrees:
        return written
    return written + r"^\circ" if written.replace(".", "").isdigit() else rf"({written})^\circ"


def _latex(term: Term, strength: int = 0) -> str:
    if term.head in ("Number", "Name", "Points"):
        return r"\pi" if str(term) == "pi" else str(term)
    parts = term.terms
    if term.head == "Add":
        return _wrap(" + ".join(_latex(part, i) for i, part in enumerate(parts)).replace("+ -", "- "), strength > 1)
    if term.head == "Sub":
        return _wrap(f"{_latex(parts[0], 1)} - {_latex(parts[1], 2)}", strength > 1)
    if term.head == "Neg":
        return _wrap("-" + _latex(parts[0], 2), strength > 0)
    if term.head == "Mul":
        left, right = _latex(parts[0], 2), _latex(parts[1], 2)
        return _wrap(left + (right if right[0] in "\\(" else rf" \cdot {right}"), strength > 2)
    if term.head == "Div":
        return rf"\frac{{{_latex(parts[0])}}}{{{_latex(parts[1])}}}"
    if term.head == "Pow":
        return f"{_latex(parts[0], 4)}^{{{_latex(parts[1])}}}"
    if term.head == "sqrt":
        return rf"\sqrt{{{_latex(parts[0])}}}"
    name = {"asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan"}.get(term.head, "\\" + term.head.lower())
    turn = _degrees(term)
    return f"{name}({_latex(parts[0])})" if turn is None else rf"{name}({number(turn)}^\circ)"


def _degrees(term: Term) -> sympy.Expr | None:
    """Of a function of a number of radians, the degrees: nobody writes cos(11π/36) who was given 55°."""
    if term.head not in ("sin", "cos", "tan") or list(term.measures()):
        return None
    turn = cdl.to_sympy(term.terms[0]) * 180 / sympy.pi
    return turn if turn.is_Rational and turn >= 0 else None


def _factors(term: Term) -> list[Term]:
    """Of a product, without products in it."""
    found = []
    for part in term.terms:
        rooted = any(inner.head in ("sqrt", "Sqrt") for inner in part.walk())  # 2√15 stays one factor
        found += _factors(part) if part.head == "Mul" and not rooted else [part]
    return found


def _over(term: Term) -> Term | None:
    """`Mul(a,1/2)` as `a / 2`, the way people write it."""
    factors = _factors(term)
    part = next((f for f in reversed(factors) if f.head == "Div" and str(f.terms[0]) == "1"), None)
    if part is None or (part is factors[0] and len(factors) == 2):  # 1/2 · BD is as good
        return None
    factors.remove(part)
    return Term("Div", (factors[0] if len(factors) == 1 else Term("Mul", tuple(factors)), part.terms[1]))


def squared(term: Term) -> Term | None:
    """`Mul(a,a,b)` as a² · b, π · 8 · 8 and √3 · √3 too; else None."""
    circle = any(str(factor) == "pi" for factor in term.terms)
    pairs = [factor for factor in term.terms if term.terms.count(factor) == 2]
    twice = next((f for f in pairs if circle or list(f.measures()) or f.head in ("Mul", "sqrt")), None)
    if twice is None or term.head != "Mul":
        return None
    square = Term("Pow", (twice, Term("Number", ("2",))))
    rest = [factor for factor in term.terms if factor != twice]
    return Term("Mul", (square, *rest)) if rest else square


def _points(term: Term) -> tuple[str, ...]:
    """Point groups as people write them: an arc by its ends, mirrored figures in corresponding order."""
    groups = term.points
    if "Mirror" in term.head:  # FormalGeo goes round the second figure the other way
        groups = (groups[0], groups[1][0] + groups[1][:0:-1])
    arcs = term.head.endswith(("OfArc", "BetweenArc")) or term.head == "RatioOfSimilarArc"
    return tuple(group[1:] if arcs and len(group) == 3 else group for group in groups)


def _decimal(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _wrap(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
