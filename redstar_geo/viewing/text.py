"""A text from a person or a model → HTML: formulas are drawn, everything else stays text, claims are marked."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from redstar_geo.viewing.formula import formula

LONGEST = 200_000  # characters that are shown of one text
_MOST_UNCLOSED = 200  # formulas without an end, before the rest of a text is taken as it stands
_OPENINGS = re.compile(r"\$\$|\$(?![\s$])|\\\(|\\\[|\\boxed\s*(?=\{)")
_DOLLAR = re.compile(r"(?<![\s\\])\$(?!\d)")


@dataclass(frozen=True)
class Marked:
    """A part of a text to be marked: characters `start` to `end`, a class, and the numbers of its claims."""

    start: int
    end: int
    status: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    latex: str | None = None
    display: bool = False


def to_html(text: str, marks: Sequence[Marked] = ()) -> str:
    """The text as HTML without any element of its own; `marks` are in order and do not overlap."""
    text = text[:LONGEST]
    pieces = list(_pieces(text))
    out: list[str] = []
    at = 0
    for mark in (_widened(mark, pieces) for mark in marks):
        if mark.start < at or mark.end > len(text):
            continue
        numbers = " ".join(map(str, mark.numbers))
        out.append(_rendered(text, pieces, at, mark.start))
        out.append(f'<mark tabindex="0" class="claim {mark.status}" data-claims="{numbers}">')
        out.append(_rendered(text, pieces, mark.start, mark.end) + "</mark>")
        at = mark.end
    out.append(_rendered(text, pieces, at, len(text)))
    return "".join(out)


def excerpt(text: str, start: int, end: int) -> str:
    """A part of a text as HTML; a formula that begins or ends inside it is included whole."""
    text = text[:LONGEST]
    pieces = list(_pieces(text))
    whole = _widened(Marked(start, min(end, len(text)), "", ()), pieces)
    return _rendered(text, pieces, whole.start, whole.end)


def _widened(mark: Marked, pieces: list[_Piece]) -> Marked:
    """A mark that ends inside a formula takes all of it, since a formula is one thing on the page."""
    start, end = mark.start, mark.end
    for piece in _overlapping(pieces, start, end):
        if piece.latex is not None:
            start = piece.start if piece.start < start < piece.end else start
            end = piece.end if piece.start < end < piece.end else end
    return Marked(start, end, mark.status, mark.numbers)


def _rendered(text: str, pieces: list[_Piece], start: int, end: int) -> str:
    out = []
    for piece in _overlapping(pieces, start, end):
        if piece.latex is None:
            out.append(html.escape(text[max(piece.start, start) : min(piece.end, end)]))
        else:
            out.append(formula(piece.latex, piece.display))
    return "".join(out)


def _overlapping(pieces: list[_Piece], start: int, end: int) -> Iterator[_Piece]:
    first = bisect_right(pieces, start, key=lambda piece: piece.end)
    return takewhile(lambda piece: piece.start < end, islice(pieces, first, None))


def _pieces(text: str) -> Iterator[_Piece]:
    at = unclosed = 0
    while unclosed < _MOST_UNCLOSED and (match := _OPENINGS.search(text, at)):
        piece = _formula_at(text, match)
        if piece is None:
            yield _Piece(at, match.end())
            at = match.end()
            unclosed += 1
            continue
        yield _Piece(at, piece.start)
        yield piece
        at = piece.end
    yield _Piece(at, len(text))


def _formula_at(text: str, match: re.Match[str]) -> _Piece | None:
    """The formula that opens here; None when it is never closed, or a dollar is money."""
    start, opening = match.start(), match[0]
    if opening.startswith("\\boxed"):
        end = _closing_brace(text, match.end())
        return _Piece(start, end, text[start:end]) if end else None
    if opening == "$":
        line_end = text.find("\n", match.end())
        closing = _DOLLAR.search(text, match.end(), line_end if line_end >= 0 else len(text))
        return _Piece(start, closing.end(), text[match.end() : closing.start()]) if closing else None
    ending = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}[opening]
    end = text.find(ending, match.end(), match.end() + 4_000)
    if end < 0:
        return None
    return _Piece(start, end + 2, text[match.end() : end], opening != r"\(")


def _closing_brace(text: str, opening: int) -> int | None:
    depth = 0
    for at in range(opening, min(len(text), opening + 2_000)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return None
