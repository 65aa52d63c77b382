"""Several readings of one picture → the statements that more than half of them agree on (self-consistency, Wang et
al., arXiv 2203.11171); what fewer say is told, and not used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from redstar_geo.formalise.picture import Depiction, in_words
from redstar_geo.geometry.reading import Statement, as_drawn, read, written


def agreed(readings: Sequence[str]) -> Depiction:
    """What the majority of readings say; of a single one all of it.

    Readings may name one angle or line by other points of it: they are compared by the lines that most of them see.
    """
    said = [read(text)[0] for text in readings]
    lines = Counter(each for statements in said for each in statements if each.kind == "line")
    drawn = [each.names[0] for each, times in lines.items() if 2 * times > len(said)]
    votes = Counter(each for statements in said for each in as_drawn(statements, drawn))
    taken = {each for each, times in votes.items() if 2 * times > len(said)}
    disputed = sorted(each for each in votes if each not in taken)
    unread = [part for text in readings for part in in_words(text).unread]
    told = [f"{words(each)} ({votes[each]} of {len(said)} readings)" for each in disputed]
    return replace(in_words(written(taken)), unread=tuple(dict.fromkeys([*told, *unread])))


def words(statement: Statement) -> str:
    return written([statement])
