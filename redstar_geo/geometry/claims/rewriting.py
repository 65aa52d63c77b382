"""Text that is rewritten pass by pass while every character still knows which part of the original it stands for.

What has been understood becomes an *object*: two private-use characters, the first for its kind, the second for its
number, so that the wordings of the next pass are plain regular expressions over kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from redstar_geo.geometry.cdl import Term

KINDS = ["angle", "circle", "segment", "triangle", "polygon", "arc", "measure", "number", "expression", "corner"]
_FIRST_KIND, _FIRST_OBJECT, _MOST_OBJECTS = 0xE000, 0xF0000, 65_000
SIGNS_OF_KINDS = "".join(chr(_FIRST_KIND + place) for place in range(len(KINDS)))
OBJECT = f"[{SIGNS_OF_KINDS}][\U000f0000-\U000ffffd]"


def kinds(*names: str) -> str:
    """The regular expression of an object of one of these kinds."""
    signs = "".join(SIGNS_OF_KINDS[KINDS.index(name)] for name in names)
    return f"[{signs}][\U000f0000-\U000ffffd]"


def kind_of(sign: str) -> str:
    """The kind of an object, by its two characters."""
    return KINDS[SIGNS_OF_KINDS.index(sign[0])]


def wording(text: str, **parts: str) -> re.Pattern[str]:
    """A regular expression in which `{angle}` and `{angle|arc}` capture an object of these kinds.

    A corner, three bare letters, is a triangle until a number or an angle is said to be equal to it.

    Args:
        parts: what other names in braces stand for.
    """

    def expanded(match: re.Match[str]) -> str:
        names = match[1].replace("triangle", "triangle|corner").split("|")
        return parts[match[1]] if match[1] in parts else f"({kinds(*names)})"

    return re.compile(re.sub(r"\{([A-Za-z_|]+)\}", expanded, text), re.MULTILINE)


class Rewriting:
    """A text on its way from prose to objects.

    Attributes:
        text: the text as it stands now; `original` as it was.
        starts, ends: for each character of it, the part of the original that it stands for.
    """

    def __init__(self, text: str) -> None:
        self.text = self.original = text
        self.starts = list(range(len(text)))
        self.ends = list(range(1, len(text) + 1))
        self.terms: list[Term] = []

    def put(self, kind: str, term: Term) -> str:
        """The two characters of a new object; nothing more is understood once there are too many."""
        if len(self.terms) >= _MOST_OBJECTS:
            return ""
        self.terms.append(term)
        return SIGNS_OF_KINDS[KINDS.index(kind)] + chr(_FIRST_OBJECT + len(self.terms) - 1)

    def term(self, sign: str) -> Term:
        """The term of an object's two characters."""
        return self.terms[ord(sign[1]) - _FIRST_OBJECT]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original behind `text[start:end]`, not empty."""
        return self.starts[start], self.ends[end - 1]

    def rewrite(self, pattern: re.Pattern[str], build: Callable[[re.Match[str]], str | None]) -> bool:
        """Replace every match by what `build` returns (None: leave it); whether anything changed."""
        edits = []
        for match in pattern.finditer(self.text):
            new = build(match)
            if new is not None:
                edits.append((match.start(), match.end(), new))
        self.replace(edits)
        return bool(edits)

    def expand(self, pattern: re.Pattern[str], template: str) -> None:
        """Replace every match by a template with `\\1` for its groups."""
        self.rewrite(pattern, lambda match: match.expand(template))

    def replace(self, edits: list[tuple[int, int, str]]) -> None:
        """Replace parts, none empty, from left to right; the new characters stand for the whole old part."""
        if not edits:
            return
        text, starts, ends, at = [], [], [], 0
        for start, end, new in edits:
            text += [self.text[at:start], new]
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            if new:
                starts += [self.starts[start]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            elif ends:  # what is left out belongs to the character before it
                ends[-1] = self.ends[end - 1]
            at = end
        self.text = "".join([*text, self.text[at:]])
        self.starts = starts + self.starts[at:]
        self.ends = ends + self.ends[at:]
