"""Other ways of writing what a diagram says: LaTeX, words and FormalGeo's language, brought into the one that is read.

`$\\angle ABC = 53^\\circ$, AB is parallel to CD` becomes `∠ABC = 53°` and `AB ∥ CD`.
"""

from __future__ import annotations

import re

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import CDLError, Term

_LONGEST = 1_000  # characters of a statement; what is longer is none
_MARKUP = (  # in this order
    (r"\s+", " "),
    (r"\*\*|\$|`|\\[()\[\],;!]|\\left|\\right|\\displaystyle", ""),
    (r"\\(?:text|mathrm|overline|overleftrightarrow|overrightarrow|vec|boxed)\{([^{}]*)\}", r"\1"),
    (r"\\triangle|\\quad|\\qquad|&|~", " "),
    (r"\\(?:measured)?angle|\b[Aa]ngles?\s+(?=[A-Z]{3}\b)|∡|<(?=\s?[A-Z]{3}\b)", "∠"),
    (r"\bm\s?(?=∠)", ""),
    (r"\^\{?\\circ\}?|\\degree|\s*degrees?\b|º", "°"),
    (r"\\parallel|\|\||//|\s(?:is|are) parallel (?:to|with)\s", " ∥ "),
    (r"\\perp|\s(?:is|are) perpendicular to\s", " ⊥ "),
    (r"\\odot|\b[Cc]ircle\s+(?=[A-Z]\b)|⨀|⊙", "⊙"),
    (r"\s(?:is|are) equal to\s|\s(?:is|equals)\s(?=[\d∠(√]|[A-Z]{2,3}\b|\d*[a-z]\b)|\\cong|≅", " = "),
    (r"\s(?:is (?:a )?tangent (?:to|of)|touches)(?: the)?\s+", " touches "),
    (r"\b(?:[Ll]ine|[Ss]egment|[Ss]ide|[Rr]ay)\s+segments?\s+|\b(?:[Ss]egment|[Ss]ide|[Rr]ay)s?\s+(?=[A-Z]{2}\b)", ""),
    (r"\b[Ll]ines?:?\s+(?=[A-Z]{2,})", "lines "),
    (r"\s+", " "),
)
_SUBSTITUTED = [(re.compile(pattern), new) for pattern, new in _MARKUP]
_BULLET = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,3}[.)])\s+")
_NEXT = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")  # between statements of one sentence
_SAYS = re.compile(r"[=∥⊥]|touches")
_ON_LINE = re.compile(r"(?:[Pp]oints )?([A-Z](?:(?:, | and |, and )[A-Z])+) are collinear")
_ON_CIRCLE = re.compile(r"(?:[Pp]oints? )?([A-Z](?:(?:, | and |, and )[A-Z])*) (?:lies?|is|are) on (?:the )?⊙([A-Z])")
_CIRCLE = re.compile(
    r"⊙ ?([A-Z]) ?(?::|passes through|through|contains)(?: points?)? ?([A-Z](?:(?:, | and |, and )?[A-Z])*)"
)
_LINE_LIST = re.compile(r"lines ([A-Z]{2,}(?:(?:, | and |, and )[A-Z]{2,})*)")
_SPACED = re.compile(r"(?<=∠) (?=[A-Z])|(?<=⊙) (?=[A-Z])")
_RIGHT = re.compile(r"([A-Z]{2}) ⊥ ([A-Z]{2})")
_FORMAL = re.compile(r"[A-Z][A-Za-z]+\(.+\)")
_LATEX_VALUE = (
    (r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2"),
    (r"\\?sqrt\{?\(?([^{}()]+)\)?\}?", r"√\1"),
    (r"\\cdot|\\times|[*·×]", ""),
)
_VALUE = [(re.compile(pattern), new) for pattern, new in _LATEX_VALUE]
_UNITS = re.compile(r"(?<=[\d)])(?:cm|mm|dm|km|m|in|ft|units?)$")


def parts(text: str) -> list[str]:
    """The statements of a text, each as `reading.read` has them if it is one at all."""
    found = []
    for line in re.split(r"[;\n。；]", text):
        said = _BULLET.sub("", line).strip().rstrip(".,")
        if said:
            found += _parts(said) if len(said) <= _LONGEST else [said[:1]]
    return found


def value(text: str) -> str:
    """What is written beside a segment or in an angle, without spaces, degrees, units and needless brackets."""
    worth = re.sub(r"\s", "", text).replace("−", "-").replace("°", "")
    for pattern, new in _VALUE:
        worth = pattern.sub(new, worth)
    worth = _UNITS.sub("", worth)
    bare = worth[1:-1]
    return bare if worth[:1] + worth[-1:] == "()" and not set("()") & set(bare) else worth


def formal(statement: str) -> str | None:
    """A statement of FormalGeo's language as it is written here; None for one that has no place here.

    Perpendicular lines have to meet in the last letter of both, as FormalGeo writes them.
    """
    try:
        term = cdl.parse(statement)
    except CDLError:
        return None
    if term.head == "Equal" and len(term.args) == 2:
        sides = [_measured(side) for side in term.terms]
        return f"{sides[0]} = {sides[1]}" if sides[0] and sides[1] else None
    points = term.points
    if term.head == "ParallelBetweenLine" and len(points) == 2:
        return f"{points[0]} ∥ {points[1]}"
    if term.head == "PerpendicularBetweenLine" and len(points) == 2 and points[0][-1] == points[1][-1]:
        return f"∠{points[0]}{points[1][0]} = 90°"
    return f"lines {points[0]}" if term.head == "Collinear" else None


def _measured(side: Term) -> str | None:
    """A length, an angle, or a value without any measure."""
    if side.head == "LengthOfLine":
        return side.points[0]
    if side.head == "MeasureOfAngle":
        return f"∠{side.points[0]}"
    return None if any(part.head in cdl.MEASURES for part in side.walk()) else _infix(side)


def _infix(term: Term) -> str:
    """A value as a diagram has it: `2x-14`."""
    signs = {"Add": "+", "Sub": "-", "Mul": "", "Div": "/", "Pow": "^"}
    if term.head in ("Number", "Name", "Points"):
        return str(term)
    inside = [
        f"({_infix(part)})" if part.head in ("Add", "Sub") and term.head in ("Mul", "Div", "Pow") else _infix(part)
        for part in term.terms
    ]
    if term.head in signs:
        return signs[term.head].join(inside)
    return {"Sqrt": "√", "sqrt": "√", "Neg": "-"}.get(term.head, term.head) + "".join(inside)


def _parts(said: str) -> list[str]:
    if _FORMAL.fullmatch(said):
        return [formal(said) or said]
    for pattern, new in _SUBSTITUTED:
        said = pattern.sub(new, said)
    said = _SPACED.sub("", said.strip())
    for pattern, written in ((_ON_LINE, "lines {0}"), (_ON_CIRCLE, "⊙{1}: {0}"), (_CIRCLE, "⊙{0}: {1}")):
        if match := pattern.fullmatch(said):
            return [written.format(*("".join(re.findall("[A-Z]", group)) for group in match.groups()))]
    if match := _LINE_LIST.fullmatch(said):
        return ["lines " + ", ".join(re.findall("[A-Z]{2,}", match[1]))]
    pieces = _NEXT.split(said)
    if len(pieces) > 1 and all(map(_SAYS.search, pieces)):
        return [_perpendicular(_signs(piece)) for piece in pieces]
    return [_perpendicular(_signs(said))]


def _signs(said: str) -> str:
    """Signs with a space on either side, and a line without the word before it."""
    return re.sub(r"\s*([=∥⊥])\s*", r" \1 ", said.replace("lines ", "") if _SAYS.search(said) else said).strip()


def _perpendicular(said: str) -> str:
    """Perpendicular lines that have a point in common, as the right angle between them."""
    match = _RIGHT.fullmatch(said)
    common = set(match[1]) & set(match[2]) if match else set()
    if match is None or len(common) != 1:
        return said
    vertex = common.pop()
    return f"∠{match[1].replace(vertex, '')}{vertex}{match[2].replace(vertex, '')} = 90°"
