"""Units of a question and an answer: values are read as bare numbers, angles in degrees, so others are told apart."""

from __future__ import annotations

import re

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.units import in_some_unit

OTHER_UNITS = "several units, radians or minutes"
_SPACE = re.compile(r"\\(?:text|mathrm|mbox|rm)\b|\\[,;:! ]|[{}$~]")
_LENGTHS = {
    "mm": r"mm|millimet(?:er|re)s?|毫米",
    "cm": r"cm|centimet(?:er|re)s?|厘米",
    "dm": r"dm|decimet(?:er|re)s?|分米",
    "m": r"m|met(?:er|re)s?|米",
    "km": r"km|kilomet(?:er|re)s?|千米|公里",
    "in": r"inch(?:es)?",
    "ft": r"ft|feet|foot",
    "yd": r"yd|yards?",
    "mi": r"miles?",
}
_BEFORE = r"(?:[\d)²³√π]\s*|\bin |\b[Hh]ow many |多少)(?:square |平方)?"
_UNITS = {name: re.compile(rf"{_BEFORE}(?:{words})(?![A-Za-z])") for name, words in _LENGTHS.items()}
_RADIANS = re.compile(r"[\d)π]\s*(?:rad|radians?)\b|\bin radians\b|弧度")
_MINUTES = re.compile(r"(?:°|\\circ|度)\s*\d{1,2}\s*(?:['′’]|分)")
_PI = re.compile(r"π|pi(?![a-z])")


def lengths(text: str) -> set[str]:
    """The units of length in which something is given or asked for; squares and cubes count as their sides."""
    plain = _SPACE.sub(" ", text)
    return {name for name, words in _UNITS.items() if words.search(plain)}


def other_units(text: str) -> bool:
    """Whether bare numbers and degrees are not what the values in a question are."""
    plain = _SPACE.sub(" ", text)
    return len(lengths(text)) > 1 or bool(_RADIANS.search(plain) or _MINUTES.search(plain))


def in_radians(statement: Term) -> bool:
    """Whether it gives angles as multiples of π, or by an inverse function."""
    measured = {each.head for each in statement.measures()} - {"Name"}
    return in_some_unit(statement) or (measured == {"MeasureOfAngle"} and Term("Name", ("pi",)) in statement.walk())


def unlike(answer: str, text: str, goal: Term | None) -> bool:
    """Whether an answer is in another unit than the text of its question, or an angle in what may be radians."""
    said, asked = lengths(answer), lengths(text)
    angle = goal is not None and goal.head == "MeasureOfAngle"
    turned = angle and bool(_PI.search(answer) or _RADIANS.search(_SPACE.sub(" ", answer)))
    return turned or bool(said and asked and said != asked)
