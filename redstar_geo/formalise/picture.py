"""What a picture says, whoever reads it: a model behind an endpoint, the embedded reader, a person, a data set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from redstar_geo.bounds import EXPRESSION
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.formalise.placement import Placed, placed, placements
from redstar_geo.formalise.statement import Said, Source
from redstar_geo.geometry import cdl
from redstar_geo.geometry import claims as grammar
from redstar_geo.geometry.claims.meaning import flaw
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.formal import balanced
from redstar_geo.geometry.reading import Statement, read, shown, written
from redstar_geo.pictures.bounds import PictureError
from redstar_geo.records import Image

READER_FAILED = "reader_failed"  # on a picture, for no reason of the picture's own
_JOINING = re.compile(r"^\s*\(?\d{1,3}[.)]\s|\b(?:and|points?)\b|[点且和]")  # says nothing by itself


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
    """The one interface of all that read pictures."""

    def read(self, picture: Image, question: str) -> Depiction:
        """What the picture of a question shows; the question may help to name things, and is never answered.

        Raises:
            InputError: there is no such reader, whatever the picture.
            RedStarError: this picture cannot be read; a `PictureError` has its reason.
        """
        ...


def read_or_refused(reader: PictureReader, picture: Image, question: str) -> tuple[Depiction | None, str]:
    """What a picture shows; or None and the reason why it was not read.

    Raises:
        InputError: there is no such reader.
    """
    try:
        return reader.read(picture, question), ""
    except InputError:
        raise
    except RedStarError as error:
        return None, error.reason if isinstance(error, PictureError) else READER_FAILED


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
    """What is said of a picture in the language of `geometry.reading`, `lines AB, ADC; ⊙O: AB; ∠ABC = 53°`, and of
    `formalise.placement`: `C and D on the same side of AB`.

    A value may be any expression that the claim grammar reads. What is no statement is told as unread.
    """
    parts = told_parts(text)
    return depicted(parts.drawn, parts.places, parts.unread, source)


def told(figure: Figure) -> str:
    """All that the drawing of a figure says, and where its points lie, as `in_words` reads it."""
    return "; ".join([written(shown(figure)), *placed(figure)])


class Told(NamedTuple):
    """What is said of a picture: lines, circles and marks, where points lie with the words for it, and unread parts."""

    drawn: set[Statement]
    places: dict[cdl.Term, str]
    unread: tuple[str, ...]


def told_parts(text: str) -> Told:
    """As of `in_words`; what the embedded reader lists of the labels first says nothing yet."""
    drawn, places, unread = set[Statement](), dict[cdl.Term, str](), list[str]()
    for part in filter(None, (part.strip() for part in text.replace("\n", ";").replace("；", ";").split(";"))):
        if found := _placements(part):
            places |= {each.statement: part for each in found}
            drawn |= {Statement("on circle", (each.circle, point)) for each in found for point in each.on}
            continue
        statements, bad = read(part)
        drawn |= statements
        if bad or not (statements or part.startswith("labels ")):
            unread.append(part)
    return Told(drawn, places, tuple(unread))


def depicted(
    drawn: set[Statement], places: Mapping[cdl.Term, str], unread: Sequence[str] = (), source: Source = "picture"
) -> Depiction:
    """A picture that shows this."""
    said = [Said(term, words, source) for words, term in _statements(drawn) if not flaw(term)]
    said += [Said(term, words, source) for term, words in places.items()]
    words = "; ".join(filter(None, [written(drawn), *dict.fromkeys(places.values())]))
    return Depiction(tuple(_construction(drawn)), tuple(said), False, tuple(unread), words)


def _placements(part: str) -> list[Placed]:
    """Where points lie, if a part says this and nothing else."""
    found = list(placements(part)) if len(part) <= EXPRESSION else []
    rest = list(part)
    for each in found:
        rest[each.start : each.end] = " " * (each.end - each.start)
    return [] if re.search(r"\w", _JOINING.sub(" ", "".join(rest))) else found


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
