"""Several readings of one picture → the statements that more than half of them agree on (self-consistency, Wang et
al., arXiv 2203.11171); what fewer say is told, and not used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from redstar_geo.formalise.picture import Depiction, depicted, told_parts
from redstar_geo.geometry.reading import as_drawn, written


def agreed(readings: Sequence[str]) -> Depiction:
    """What the majority of readings say; of a single one all of it.

    Readings may name one angle or line by other points of it: they are compared by the lines that most of them see.
    """
    told = [told_parts(text) for text in readings]
    most = len(told) // 2 + 1
    lines = Counter(each for parts in told for each in parts.drawn if each.kind == "line")
    drawn = [each.names[0] for each, times in lines.items() if times >= most]
    votes = Counter(each for parts in told for each in as_drawn(parts.drawn, drawn))
    places = Counter(term for parts in told for term in parts.places)
    said = {term: words for parts in reversed(told) for term, words in parts.places.items()}
    disputed = [(written([each]), times) for each, times in sorted(votes.items()) if times < most]
    disputed += [(said[term], times) for term, times in places.items() if times < most]
    unread = [f"{words} ({times} of {len(told)} readings)" for words, times in disputed]
    unread += [part for parts in told for part in parts.unread]
    return depicted(
        {each for each, times in votes.items() if times >= most},
        {term: said[term] for term, times in places.items() if times >= most},
        list(dict.fromkeys(unread)),
    )
