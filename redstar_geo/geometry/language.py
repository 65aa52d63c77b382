"""FormalGeo's language as it is given to the solver: statements of known heads, and theorems compiled from their text.

`formalgeo`'s own readers hand expressions to a parser that runs them as Python, and data files are strangers'. So none
of its readers sees a text of theirs: statements are parsed by `cdl`, held against the fixed table of `predicates`, and
stay text whose algebra `state` builds term by term.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from formalgeo.parse import parse_predicate_gdl

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl, predicates

UNKNOWN = frozenset({"Name", "Points"})  # letters that stand for a number; capitals look like points
_NAME = re.compile(r"[a-zα-ω]|pi")
_POINTS = re.compile(r"[A-Z]{1,16}")
_EXPONENT = re.compile(r"[2-4]|Div\([1-9],[1-9]\)")
_THEOREM = re.compile(r"([a-z][a-z_0-9]{0,99})\(([A-Z]{1,8}(?:,[A-Z]{1,8}){0,7})\)")
_MAX_STATEMENT, _MAX_RULE, _MAX_THEOREMS, _MAX_BRANCHES, _MAX_PARTS = 1_000, 2_000, 1_000, 16, 64


@dataclass(frozen=True)
class Branch:
    """One way to apply a theorem; points are the theorem's own letters.

    Attributes:
        premises: predicates and their points, `("Collinear", "ABC")`, those that bring in a letter first.
        equations: the `Equal(…)` among the premises.
        conclusions: statements.
    """

    premises: tuple[tuple[str, str], ...]
    equations: tuple[str, ...]
    conclusions: tuple[str, ...]


@dataclass(frozen=True)
class Theorem:
    """A theorem: `letters` are its points in order, `ABBC` of `line_addition(AB,BC)`; branches are counted from "1"."""

    letters: str
    groups: tuple[int, ...]
    branches: Mapping[str, Branch]


class Language:
    """The predicates, and the theorems of one folder.

    Args:
        definitions: the content of `predicate_GDL.json`.
        theorems: the content of `theorem_GDL.json`.

    Raises:
        InputError: something in them is not FormalGeo's language; it is named.
    """

    def __init__(self, definitions: Any, theorems: Any) -> None:
        known = predicates.check(definitions)
        self.predicates = parse_predicate_gdl(known)  # of these very texts, which it only splits
        self.extensions: dict[str, tuple[str, tuple[str, ...]]] = {}  # predicate → its letters, what follows from it
        for section in ("Entity", "Relation"):
            for signature, definition in known[section].items():
                name = predicates.name(signature)
                self.extensions[name] = _letters(signature), tuple(definition["extend"])
                self.predicates[section][name]["extend"] = ()
        self.theorems = dict(_theorems(theorems))
        self.groups = (
            predicates.MEASURES
            | predicates.RELATIONS
            | {name: theorem.groups for name, theorem in self.theorems.items()}
        )


def statement(text: str, rule: bool = False) -> cdl.Term:
    """The tree of a given, or of a part of a theorem.

    FormalGeo7k has a relation with a point too many among its givens, of which the solver takes no notice, and measures
    with a point too few in two theorems, which fail when they are used; both are let pass where they occur.

    Args:
        rule: whether it is part of a theorem.

    Raises:
        CDLError: it is none of the language.
    """
    if len(text) > _MAX_STATEMENT:
        raise cdl.CDLError(f"Statement of {len(text)} characters; the limit is {_MAX_STATEMENT}.")
    term = cdl.parse(text)
    if term.head in ("Equal", "Equation"):
        if len(term.args) != (2 if term.head == "Equal" else 1):
            raise cdl.CDLError(f"{text[:80]!r} has {len(term.args)} sides.")
        for side in term.terms:
            expression(side, rule)
    else:
        count = len("".join(_points(term)))
        sizes = predicates.RELATIONS.get(term.head) or predicates.BASIC.get(term.head)
        if sizes is None and term.head not in predicates.VARIABLE:
            raise cdl.CDLError(f"unknown head {term.head[:80]!r} in {text[:80]!r}")
        if count < sum(sizes or ()) or (rule and sizes is not None and count != sum(sizes)):
            raise cdl.CDLError(f"{text[:80]!r} has {count} points, not {sum(sizes or ())}.")
    return term


def expression(term: cdl.Term, rule: bool = False) -> None:
    """Raises:
    CDLError: it is no expression of numbers, letters, measures and operators.
    """
    if term.head in predicates.MEASURES:
        count, wanted = len("".join(_points(term))), sum(predicates.MEASURES[term.head])
        if count > wanted or (count < wanted and not rule):
            raise cdl.CDLError(f"{str(term)[:80]!r} has {count} points, not {wanted}.")
    elif term.head == "Name":
        if not _NAME.fullmatch(str(term)):
            raise cdl.CDLError(f"unknown name {str(term)[:80]!r}")
    elif term.head == "Points":
        if len(str(term)) > 3 or not _POINTS.fullmatch(str(term)):
            raise cdl.CDLError(f"unknown letter {str(term)[:80]!r}")
    elif term.head == "Pow" and not (len(term.args) == 2 and _EXPONENT.fullmatch(str(term.args[1]))):
        raise cdl.CDLError(f"power {str(term)[:80]!r}")
    elif term.head != "Number":
        if term.head not in cdl.OPERATORS:
            raise cdl.CDLError(f"unknown head {term.head[:80]!r}")
        if cdl.OPERATORS[term.head] not in (None, len(term.args)):
            raise cdl.CDLError(f"{str(term)[:80]!r} has {len(term.args)} arguments.")
        for part in term.terms:
            expression(part, rule)


def _points(term: cdl.Term) -> tuple[str, ...]:
    if not all(part.head == "Points" and _POINTS.fullmatch(str(part)) for part in term.terms):
        raise cdl.CDLError(f"{str(term)[:80]!r} takes points.")
    return term.points


def _letters(signature: str) -> str:
    return signature[:-1].partition("(")[2].replace(",", "")


def _theorems(theorems: Any) -> Iterator[tuple[str, Theorem]]:
    if not isinstance(theorems, dict) or len(theorems) > _MAX_THEOREMS:
        raise InputError(_refusal("it is no JSON object", f"of at most {_MAX_THEOREMS} theorems"))
    for signature, body in theorems.items():
        match = _THEOREM.fullmatch(signature)
        if match is None:
            raise InputError(_refusal(f"{signature[:80]!r}", "is no name with points, as line_addition(AB,BC) is"))
        try:
            letters = _letters(signature)
            rules = [(rule["premise"], rule["conclusion"]) for rule in body.values()]
            branches = [branch for rule in rules for branch in _branches(*rule, set(letters))]
            if not 0 < len(branches) <= _MAX_BRANCHES:
                raise cdl.CDLError(f"{len(branches)} branches; the limit is {_MAX_BRANCHES}.")
        except (cdl.CDLError, AttributeError, KeyError, TypeError) as error:
            raise InputError(_refusal(f"{signature[:80]!r}", str(error))) from None
        numbered = {str(number): branch for number, branch in enumerate(branches, 1)}
        yield match[1], Theorem(letters, predicates.groups(signature), numbered)


def _refusal(what: str, why: str) -> str:
    return f"theorem_GDL.json is not FormalGeo's: {what}: {why.rstrip('.')}. Take the file that comes with FormalGeo7k."


def _branches(premise: str, conclusions: list[str], letters: set[str]) -> Iterator[Branch]:
    """A rule's branches: one for each choice among its alternatives, as in `A&(B|C)`."""
    if len(premise) > _MAX_RULE or len(conclusions) > _MAX_PARTS or not all(map(_is_text, [premise, *conclusions])):
        raise cdl.CDLError("a premise or conclusion that is no text, or too long.")
    factors = [_alternatives(part) for part in _split(premise, "&")]
    for part in {*itertools.chain.from_iterable(factors), *conclusions}:
        _admit(part.removeprefix("~"), letters)
    choices = itertools.islice(itertools.product(*factors), _MAX_BRANCHES + 1)
    for parts in choices:
        used = set("".join(re.findall(r"[A-Z]+(?=[,)])", "".join(parts))))
        if used != letters:
            raise cdl.CDLError(f"its premises are about {sorted(used)}, not {sorted(letters)}.")
        yield _branch([part for part in parts if not part.startswith("~")], conclusions)


def _is_text(part: Any) -> bool:
    return isinstance(part, str)


def _branch(parts: list[str], conclusions: list[str]) -> Branch:
    """Premises in the solver's order; those denied (`~`) were left out, since it does not look at them."""
    terms = [(part, cdl.parse(part)) for part in parts]
    seen: set[str] = set()
    first: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for _, term in terms:
        if term.head != "Equal":
            points = "".join(term.points)
            (rest if set(points) <= seen else first).append((term.head, points))
            seen.update(points)
    equations = tuple(part for part, term in terms if term.head == "Equal")
    return Branch((*first, *rest), equations, tuple(conclusions))


def _admit(part: str, letters: set[str]) -> None:
    """Raises:
    CDLError: a statement of a theorem is not in the language, or names other points than the theorem.
    """
    term = statement(part, rule=True)
    if term.head == "Equation":
        raise cdl.CDLError(f"{part[:80]!r} is no rule.")
    if term.head == "Equal":
        quantities = list(term.outermost(lambda inner: inner.head in UNKNOWN or inner.head in predicates.MEASURES))
        if any(quantity.head in UNKNOWN and str(quantity) != "pi" for quantity in quantities):
            raise cdl.CDLError(f"{part[:80]!r} has a letter that stands for a number.")
    else:
        quantities = [term]
    if (
        strange := set("".join("".join(quantity.points) for quantity in quantities if quantity.head != "Name"))
        - letters
    ):
        raise cdl.CDLError(f"{part[:80]!r} names {sorted(strange)}.")


def _alternatives(part: str) -> list[str]:
    return _split(part[1:-1], "|") if part.startswith("(") and part.endswith(")") else [part]


def _split(text: str, at: str) -> list[str]:
    """The parts of a text at a sign that stands outside of brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == at and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    if len(parts) > _MAX_PARTS:
        raise cdl.CDLError(f"{len(parts)} parts; the limit is {_MAX_PARTS}.")
    return parts
