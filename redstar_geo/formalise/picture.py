"""What a picture says, whoever reads it: a model behind an endpoint, the embedded reader, a person, a data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from redstar_geo.formalise.statement import Said, Source
from redstar_geo.geometry import cdl
from redstar_geo.geometry import claims as grammar
from redstar_geo.geometry.claims.meaning import flaw
from redstar_geo.geometry.formal import balanced
from redstar_geo.geometry.reading import Statement, read, written
from redstar_geo.records import Image


@dataclass(frozen=True)
class Depiction:
    """What a picture shows.

    Attributes:
        construction: `Shape`, `Collinear` and `Cocircular` statements, as `geometry.fit` takes them.
        statements: what its marks and labels say.
        oriented: outlines run counter-clockwise as drawn and angles are named so, as FormalGeo has them; else the
            names of shapes and angles say nothing about their direction.
        unread: parts of what the reader said that are no statement, or that other readings do not bear out.
        words: all that was read, lines and circles among it, for a person to check and correct.
    """

    construction: tuple[str, ...] = ()
    statements: tuple[Said, ...] = ()
    oriented: bool = False
    unread: tuple[str, ...] = ()
    words: str = ""


class PictureReader(Protocol):
    """The one interface of all that read pictures; a reader that fails raises a `RedStarError` with its reason."""

    def read(self, picture: Image, question: str) -> Depiction:
        """What the picture of a question shows; the question may help to name things, and is never answered."""
        ...


NOTHING = Depiction()


def annotated(problem: Mapping[str, Any]) -> Depiction:
    """What FormalGeo's annotation says of a picture: what a perfect reader would.

    Args:
        problem: a FormalGeo problem file, or the `meta` of such a problem.

    Raises:
        CDLError: something is not in the language.
    """
    statements = [balanced(text) for text in problem["image_cdl"]]
    construction = tuple(balanced(text) for text in problem["construction_cdl"])
    return Depiction(
        construction=construction,
        statements=tuple(Said(cdl.parse(text), text, "picture") for text in statements),
        oriented=True,
        words="; ".join([*construction, *statements]),
    )


def in_words(text: str, source: Source = "picture") -> Depiction:
    """What is said of a picture in the language of `geometry.reading`: `lines AB, ADC; ⊙O: AB; ∠ABC = 53°`.

    A value may be any expression that the claim grammar reads. What is no statement is told as unread.
    """
    found, unread = set[Statement](), list[str]()
    for part in filter(None, (part.strip() for part in text.replace("\n", ";").replace("；", ";").split(";"))):
        statements, bad = read(part)
        found |= statements
        if bad or not statements:
            unread.append(part)
    construction = list(_construction(found))
    said = [Said(term, words, source) for words, term in _statements(found) if not flaw(term)]
    return Depiction(tuple(construction), tuple(said), False, tuple(unread), written(found))


def _construction(found: Iterable[Statement]) -> Iterator[str]:
    on: dict[str, str] = {}
    for kind, names, _ in sorted(found):
        if kind == "line" and len(set(names[0])) == len(names[0]):
            if len(names[0]) > 2:
                yield f"Collinear({names[0]})"
            yield from (f"Shape({a}{b})" for a, b in pairwise(names[0]))
        elif kind == "on circle":
            on[names[0]] = on.get(names[0], "") + names[1]
    for circle, points in on.items():
        yield f"Cocircular({circle},{points})"


def _statements(found: Iterable[Statement]) -> Iterator[tuple[str, cdl.Term]]:
    for each in sorted(found):
        words = written([each])
        if each.kind == "tangent":
            line, circle, touching = each.names
            ends = [end for end in line if end != touching]
            yield from ((words, cdl.parse(f"IsTangentOfCircle({end}{touching},{circle})")) for end in ends)
        elif each.kind == "on circle":
            yield words, cdl.parse(f"IsCentreOfCircle({each.names[0]},{each.names[0]})")
        elif each.kind != "line" and each.value != "?":
            yield from ((words, claim.statement) for claim in grammar.read(words).claims)
