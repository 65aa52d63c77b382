"""A text from a person or a model → HTML: formulas are drawn, claims are marked, everything else stays text.

Of Markdown what models write is shown as meant (bold, headings, lists, code); its signs make no other element.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, takewhile

from redstar_geo.report.formula import formula

LONGEST = 200_000  # characters that are shown of one text
_MOST_UNCLOSED = 200  # formulas without an end, before the rest of a text is taken as it stands
_OPENINGS = re.compile(
    r"\$\$|\$(?![\s$])|\\\(|\\\[|\\boxed\s*(?=\{)"
    r"|\^\{?\\circ\b\}?|\\(?:[dt]?frac|sqrt|text|mathrm|overline|widehat)(?=\{)"  # outside of any formula
    r"|\\(?:angle|triangle|circ|cdot|times|div|pi|perp|parallel|sim|cong|approx|neq?|leq?|geq?|odot|degree|pm|because"
    r"|therefore|Rightarrow|implies|quad)(?![A-Za-z])"
)
_MARKDOWN = re.compile(
    r"(?P<bold>\*\*)|(?P<end>\n)|(?P<head>^\#{1,6}[ \t]+(?=\S))|(?P<item>^[ \t]*[*-][ \t]+(?=\S))"
    r"|(?P<rule>^-{3,}[ \t]*$)|(?P<code>`[^`\n]{1,200}`)",
    re.MULTILINE,
)
_ENDINGS = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_DOLLAR = re.compile(r"(?<![\s\\])\$(?!\d)")
WORST_FIRST = ("false", "withdrawn", "unproven", "true")


@dataclass(frozen=True)
class Marked:
    """A part of a text to be marked: characters `start` to `end`, a class, and the numbers of its claims."""

    start: int
    end: int
    status: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class _Piece:
    """Characters `start` to `end`: a formula, or text; `shown` stands instead of a sign of Markdown."""

    start: int
    end: int
    latex: str | None = None
    display: bool = False
    tag: str = ""
    shown: str | None = None


def merged(text: str, marks: Sequence[Marked]) -> list[Marked]:
    """Marks that share words (a = b = c is two claims), or a formula, are one, as bad as the worst of them."""
    pieces = _pieces(text[:LONGEST])
    found: list[Marked] = []
    for mark in sorted((_widened(mark, pieces) for mark in marks), key=lambda mark: mark.start):
        if found and mark.start < found[-1].end:
            last = found.pop()
            worst = min(last.status, mark.status, key=WORST_FIRST.index)
            mark = Marked(last.start, max(last.end, mark.end), worst, (*last.numbers, *mark.numbers))
        found.append(mark)
    return found


def to_html(text: str, marks: Sequence[Marked] = ()) -> str:
    """The text as HTML without any element of its own; every one of the `marks` is in it, see `merged`."""
    text = text[:LONGEST]
    pieces = _pieces(text)
    out: list[str] = []
    at = 0
    for mark in merged(text, marks):
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
    pieces = _pieces(text)
    whole = _widened(Marked(start, min(end, len(text)), "", ()), pieces)
    return _rendered(text, pieces, whole.start, whole.end)


def _widened(mark: Marked, pieces: Sequence[_Piece]) -> Marked:
    """A mark that ends inside a formula takes all of it, since a formula is one thing on the page."""
    start, end = mark.start, mark.end
    for piece in _overlapping(pieces, start, end):
        if piece.latex is not None:
            start = piece.start if piece.start < start < piece.end else start
            end = piece.end if piece.start < end < piece.end else end
    return Marked(start, end, mark.status, mark.numbers)


def _rendered(text: str, pieces: Sequence[_Piece], start: int, end: int) -> str:
    out = []
    for piece in _overlapping(pieces, start, end):
        if piece.latex is not None:
            said = formula(piece.latex, piece.display)
        elif piece.shown is not None:
            said = piece.shown
        else:
            said = html.escape(text[max(piece.start, start) : min(piece.end, end)])
        out.append(f"<{piece.tag}>{said}</{piece.tag}>" if piece.tag and said else said)
    return "".join(out)


def _overlapping(pieces: Sequence[_Piece], start: int, end: int) -> Iterator[_Piece]:
    first = bisect_right(pieces, start, key=lambda piece: piece.end)
    return takewhile(lambda piece: piece.start < end, islice(pieces, first, None))


@lru_cache(maxsize=16)
def _pieces(text: str) -> tuple[_Piece, ...]:
    return tuple(_without_markdown(text, _formulas(text)))


def _without_markdown(text: str, pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """The pieces cut at Markdown's signs; bold goes over formulas, and ends with its line."""
    tag = ""
    for piece in pieces:
        if piece.latex is not None or piece.shown is not None:
            yield replace(piece, tag=tag)
            continue
        at = piece.start
        for sign in _MARKDOWN.finditer(text, piece.start, piece.end):
            kind = sign.lastgroup
            if kind == "bold" and not tag and not _opens_bold(text, sign.start()):
                continue
            yield _Piece(at, sign.start(), tag=tag)
            at = sign.end()
            if kind == "code":
                yield _Piece(sign.start(), sign.start() + 1, shown="")
                yield _Piece(sign.start() + 1, sign.end() - 1, tag="code")
                yield _Piece(sign.end() - 1, sign.end(), shown="")
            elif kind == "end":
                yield _Piece(sign.start(), sign.end())
                tag = ""
            else:
                yield _Piece(sign.start(), sign.end(), shown={"item": "• ", "rule": "⸻"}.get(str(kind), ""))
                tag = {"head": "strong", "bold": {"": "b", "b": ""}.get(tag, tag)}.get(str(kind), tag)
        yield _Piece(at, piece.end, tag=tag)


def _opens_bold(text: str, at: int) -> bool:
    """Whether these asterisks begin something that ends on their line; between letters they are a power."""
    end = text.find("\n", at)
    closing = text.find("**", at + 2, end if end >= 0 else len(text))
    return closing > at + 2 and not text[at + 2].isspace() and not text[at - 1 : at].isalnum()


def _formulas(text: str) -> Iterator[_Piece]:
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
    if opening not in _ENDINGS:
        return _bare(text, match)
    ending = _ENDINGS[opening]
    end = text.find(ending, match.end(), match.end() + 4_000)
    if end < 0:
        return None
    return _Piece(start, end + 2, text[match.end() : end], opening != r"\(")


def _bare(text: str, match: re.Match[str]) -> _Piece | None:
    """A command outside of any formula, with what stands in braces behind it."""
    end = match.end()
    if "circ" in match[0] and match[0].startswith("^"):
        return _Piece(match.start(), end, shown="°")
    for _ in range(2):
        if text[end : end + 1] == "{" and (closed := _closing_brace(text, end)):
            end = closed
    return _Piece(match.start(), end, text[match.start() : end])


def _closing_brace(text: str, opening: int) -> int | None:
    depth = 0
    for at in range(opening, min(len(text), opening + 2_000)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return None
