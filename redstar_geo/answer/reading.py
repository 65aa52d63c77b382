"""An answer as declared → what it may say: one tree, or several where the writing is ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from redstar_geo.answer.extract import Declared
from redstar_geo.answer.grammar import read
from redstar_geo.answer.notation import LONGEST, has_short_words, plain
from redstar_geo.answer.prose import SENTENCE_END, sentence, stated
from redstar_geo.answer.tree import Node, UnreadableError, symbols
from redstar_geo.notation import COMMANDS

_PARTED = re.compile(r"\d[, ]\d")
_GROUPS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d/ ])")
_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d,.])")
_MIXED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ .]\d{3})+,\d(?!\d{2}(?!\d))")  # 1 234,5 in one country, a list in another
_NAMED_SIGN = re.compile(r"\\([A-Za-z]+)")
_ARTICLE = re.compile(r"(?:an?|the)\s+(?=[A-Za-z]{3})", re.IGNORECASE)
_EXCLAIMED = re.compile(r"[^!]!(?:\*\*)?\s*$")
_RELATIONS = re.compile("[⊥∥≅∼]")
_RETRACTED = re.compile(
    r"\b(?:wait|no,|actually|sorry|mistake|hmm|otherwise|correction|but\s+it(?:'s|\s+is)\s+(?:not|wrong|[A-J])\b)|不对|错了|否则",
    re.IGNORECASE,
)


@lru_cache(maxsize=16_384)
def readings(text: str) -> tuple[Node, ...]:
    """What a text says when all of it is an answer; a comma between digits may group, part or begin decimals."""
    return _distinct(read, plain(text)) if len(text) <= LONGEST else ()


@lru_cache(maxsize=4_096)
def read_declared(declared: Declared) -> tuple[Node, ...]:
    """What a declared answer says; of prose, its first value when it begins with one, else the last of its sentence."""
    whole = () if declared.loose and has_short_words(declared.text) else readings(declared.text)
    if whole and declared.prose and _EXCLAIMED.search(declared.text):  # a factorial, or joy
        whole += readings(declared.text.rstrip(" *$!"))
    if whole:
        return () if declared.loose and any(map(_is_table_value, whole)) else whole
    if len(declared.text) > LONGEST:
        return ()
    return _distinct(lambda text: stated(text, declared), sentence(declared))


def _is_table_value(node: Node) -> bool:
    """sin 45° = √2/2: where nothing declares it, a step of many solutions and no answer."""
    if node.head != "Rel" or node.args[0] != ("=",):
        return False
    left = node.args[1][0]
    return left.head == "Fn" and left.args[1].head == "Measure" and not symbols(left)


def _distinct(reader: Callable[[str], Node], text: str) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for written in _commas(text):
        try:
            nodes.append(reader(written))
        except (UnreadableError, RecursionError):  # the second: called from deep in a stack
            continue
    return tuple(nodes if len(nodes) < 2 else dict.fromkeys(nodes))


def _commas(text: str) -> list[str]:
    """The text with its commas between digits as separators of thousands, as they stand, and as decimal commas."""
    if not _PARTED.search(text):
        return [text]
    outside = _mask(text)
    if (mixed := _MIXED.search(text)) and outside[mixed.start()]:
        return []
    grouped = _GROUPS.sub(lambda m: re.sub("[, ]", "", m[0]) if outside[m.start()] else m[0], text)
    forms = [grouped, text]
    decimal = [match for match in _COMMA.finditer(text) if outside[match.start()]]
    if len(decimal) == 1 and not (len(decimal[0][2]) == 3 and decimal[0][1][0] != "0"):
        forms.append(text[: decimal[0].start()] + f"{decimal[0][1]}.{decimal[0][2]}" + text[decimal[0].end() :])
    return list(dict.fromkeys(forms))


def _mask(text: str) -> list[bool]:
    """For each character whether no bracket is open there."""
    depth, outside = 0, []
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        outside.append(depth <= 0)
    return outside


def retracted(declared: Declared) -> bool:
    """Whether the words behind a declared answer, or a question mark, take it back; in a box only the mark does."""
    if not declared.prose:
        return declared.text.rstrip(" $*}").endswith(("?", "？"))
    sentence, *rest = SENTENCE_END.split(declared.text, maxsplit=1)
    asked = sentence.endswith("?") or declared.text[len(sentence) :].startswith("？")
    return asked or bool(rest and _RETRACTED.search(rest[0]))


def written(text: str) -> str:
    """What answers that are words are compared by: their letters; a text with a digit or a sign only by all of it."""
    words = plain(text[: 4 * LONGEST])
    if article := _ARTICLE.match(words):
        words = words[article.end() :]
    if "\\" in words:
        words = _NAMED_SIGN.sub(lambda sign: COMMANDS.get(sign[1], sign[0]), words)
    bare = "".join(words.replace("{", " ").replace("}", " ").split())
    if not words.isascii() and _RELATIONS.search(words):  # AB ⊥ CD
        return bare
    if not bare.isalpha():
        return " ".join(words.split())
    return bare.casefold() if len(bare) > 2 or bare in ("No", "no") else bare
