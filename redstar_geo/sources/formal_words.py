"""Words of a FormalGeo question that upstream left in the formal language, mended from its formal statements.

Upstream's texts are made from `text_cdl` by templates. Those for sums, products and quotients lose the value,
`Div(LengthOfLine(AD)=LengthOfLine(AB))`, those for functions of an angle lose a point, `sin(BA)`, and some name
another circle or line than the statement, mostly in Chinese: `AB是圆O的切线` where the circle is P. Clauses stand
in the order of the statements, behind the words `As shown in the diagram`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from redstar_geo.geometry import cdl
from redstar_geo.geometry.narrate.say import expression, say

_CLAUSE = re.compile(r"(?:(?!, |\. |[.]$)[^，。])+")
_RAW = re.compile(r"[A-Z][a-z]+[A-Za-z]*\(")  # a head of the formal language
_SIGNS = re.compile(r"LengthOfLine|MeasureOfAngle|[^A-Za-z0-9]")  # what a text does not spell out
_ASKED = re.compile(r"\. (?=[A-Z])|。")  # where what is given ends
_NAME = re.compile(r"[A-Z]+")
_FUNCTION = re.compile(r"(?:sin|cos|tan)\([A-Z]+\)")


class LostGivenError(ValueError):
    """A clause in the formal language is none of the problem's statements."""


def mended(text: str, statements: Sequence[str], goal: str, language: str) -> str:
    """The question with every formal clause in words, its value from the statement that it was made from, and with the
    names of the statement where a clause has others.

    Args:
        statements: the problem's `text_cdl`.
        goal: its `goal_cdl`.

    Raises:
        LostGivenError: a clause or the goal is like no statement.
        CDLError: a statement is not in the language.
    """
    left = list(statements)
    renamed = {start: statement for start, _, statement in misnamed(text, statements)}

    def clause(match: re.Match[str]) -> str:
        if match.start() in renamed:
            return " " * match[0].startswith(" ") + say(renamed[match.start()], language)
        if not _RAW.search(match[0]):
            return match[0]
        statement = _taken(match[0], left)
        if statement is None:
            raise LostGivenError(match[0])
        return " " * match[0].startswith(" ") + say(statement, language)

    asked = cdl.parse(goal.replace(",)", ")")).outermost(lambda term: term.head in ("Sin", "Cos", "Tan"))

    def function(match: re.Match[str]) -> str:
        term = next(asked, None)
        if term is None:
            raise LostGivenError(match[0])
        return expression(term, language)

    return _FUNCTION.sub(function, _CLAUSE.sub(clause, text))


def without_value(text: str, statements: Sequence[str]) -> list[tuple[str, str | None]]:
    """The clauses in the formal language that say less than the statement they were made from, each with that; None is
    for a clause that is like none."""
    left = list(statements)
    clauses = [match[0].strip() for match in _CLAUSE.finditer(text) if _RAW.search(match[0])]
    made = [(clause, _taken(clause, left)) for clause in clauses]
    return [(clause, of) for clause, of in made if of is None or not _letters(clause).endswith(_letters(_right(of)))]


def misnamed(text: str, statements: Sequence[str]) -> list[tuple[int, str, str]]:
    """The clauses that name only a part of what their statement is about: where each begins, its words, that."""
    clauses = list(_CLAUSE.finditer(_ASKED.split(text)[0]))[1:]
    pairs = zip(clauses, statements, strict=True) if len(clauses) == len(statements) else ()
    return [(c.start(), c[0].strip(), statement) for c, statement in pairs if _names_others(c[0], statement)]


def _names_others(clause: str, statement: str) -> bool:
    """Whether a clause has some names of a statement and not all, whichever corner they begin at."""
    if _RAW.search(clause) or statement.count("(") != statement.count(")"):
        return False
    names = [str(part.args[0]) for part in cdl.parse(statement).walk() if part.head == "Points"]
    names = [name for name in names if len(name) > 1 or not any(name in other for other in names if name != other)]
    said = _NAME.findall(clause)
    known = {name: any(turn in said for turn in _turns(name)) for name in names}
    return any(known.values()) and not all(known.values())


def _turns(name: str) -> list[str]:
    return [way[i:] + way[:i] for way in (name, name[::-1]) for i in range(len(name))]


def without_meaning(text: str) -> list[str]:
    """Functions of an angle that are of no angle: `sin(BA)`."""
    return [phrase for phrase in _FUNCTION.findall(text) if len(phrase) != len("sin(ABC)")]


def _right(statement: str) -> str:
    return statement.rpartition(",")[2]


def _taken(clause: str, statements: list[str]) -> str | None:
    """The first statement that the clause was made from, which is taken away."""
    for statement in statements:
        if _says(clause, statement):
            statements.remove(statement)
            return statement
    return None


def _says(clause: str, statement: str) -> bool:
    """Whether a clause was made from this equation: from its beginning, or in words but for the right side."""
    if not statement.startswith("Equal("):
        return False
    formal = _RAW.search(clause)
    in_words = formal is not None and statement.endswith(f",{clause[formal.start() :]})")
    return in_words or _letters(statement[6:]).startswith(_letters(clause))


def _letters(text: str) -> str:
    return _SIGNS.sub("", text)
