"""What README, CONTRIBUTING, docs and recipes say: links, headings, commands, tables, quoted messages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / f"{page}.md" for page in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").glob("*.md")),
]
RECIPES = [path for room in ("data_prep", "train", "eval") for path in sorted((ROOT / room).glob("*.yaml"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_STARTS = ("redstar-geo", "make", "python", "torchrun", "sbatch", "accelerate")
_OPTIONAL = re.compile(r"\[(?:key=value …|--[^\]]*|,[^\]]*)\]")


@dataclass(frozen=True)
class Command:
    """A command as a page has it, without the words beside it."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """The targets of links and pictures, code left out."""
    return _LINK.findall(_INLINE.sub("", _FENCE.sub("", text(page))))


def anchors(page: Path) -> set[str]:
    """The headings as addresses have them."""
    bare = _FENCE.sub("", text(page))
    headings = re.findall(r"^#+ (.+)$", bare, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(page: Path) -> Iterator[Command]:
    """Every command of a page's code, fenced or inline; of a recipe those in its comments."""
    if page.suffix == ".yaml":
        lines = [line.lstrip("# ") for line in text(page).splitlines() if line.startswith("#")]
    else:
        blocks = [re.sub(r"\s*\\\n\s*", " ", body) for _, body in _FENCE.findall(text(page))]
        inline = [" ".join(code.split()) for code in _INLINE.findall(_FENCE.sub("", text(page)))]
        lines = [line.strip() for block in blocks for line in block.splitlines()] + inline
    for line in lines:
        found = _words(line)
        if found and found[0] in _STARTS and len(found) > 1 and found[1] != "@":  # `name @ address` is a requirement
            yield Command(name(page), found)


def _words(line: str) -> tuple[str, ...]:
    """The words of a command line; what explains it behind three spaces or a hash is left out."""
    line = re.sub(r"^(redstar-geo \w+) {2,}(?=[A-Z[])", r"\1 ", line.strip())
    line = _OPTIONAL.sub("", re.split(r"\s{3,}", line)[0])
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an apostrophe: no command but prose
        return ()
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):  # an environment variable before the command
        words = words[1:]
    return tuple(words)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [body for found, body in _FENCE.findall(text(page)) if found == language]


def tables(page: Path, heading: str) -> dict[str, list[list[str]]]:
    """Tables by the code of the heading above, of those headings that are one piece of code: rows of bare cells."""
    found: dict[str, list[list[str]]] = {}
    for title, body in re.findall(rf"^{heading} `([^`]+)`\n(.*?)(?=^#|\Z)", text(page), re.MULTILINE | re.DOTALL):
        rows = [line.strip("|\n").split("|") for line in body.splitlines() if line.startswith("|")]
        found[title] = [[cell.strip().strip("`") for cell in row] for row in rows[2:]]
    return found
