"""Whether a training question is, holds, or only resembles a question of a benchmark.

Four looks, the surest first: equal after normalisation; the same particulars and nearly the same words; the item's
words run through the question (GPT-3's and PaLM's n-gram overlap, arXiv 2005.14165 and 2204.02311); and the same
wording with other numbers, which is told apart because a template makes new problems, not leaked ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redstar_geo.overlap.near import NEAR_QUESTION, band_keys
from redstar_geo.overlap.text import PERMUTATIONS, QUESTION, minhash, particulars, particulars_key, shingles, tokens
from redstar_geo.records import Problem

How = Literal["exact", "minhash", "n-gram", "template"]

_GRAM = 8  # tokens, as PaLM took; an item below that can only be equal
_LONG_RUN = 20  # tokens: half of an item counts if it runs at least this long; openings in common are shorter
_VERY_LONG_RUN = 30  # tokens: too long for chance even without the item's numbers
_COVERED = 0.8  # of an item's tokens, where its particulars are in the question too
_UNSURE = 0.15  # an estimated similarity may be off by this much: three standard deviations
_TEMPLATE_ROWS = 4
_CROWD = 64  # items of one n-gram or one band: what more share is boilerplate
_LOOK = 4  # of the candidates with most votes
_RECOGNISABLE = 12  # words
_NOWHERE = np.empty(0, np.intp)


class Match(NamedTuple):
    """The benchmark item found, and how sure.

    `similarity`: 1 for exact, the Jaccard index of words and pairs for minhash (exact) and template (estimated), the
    share of the item's tokens found in the question for n-gram.
    """

    item: str
    benchmark: str
    how: How
    similarity: float


def recognisable(problem: Problem) -> bool:
    """Whether a question can be known by its words: a short one beside a picture ("Find x.") cannot."""
    return not problem.images or len(tokens(problem.question)) >= _RECOGNISABLE


class BenchmarkIndex:
    """All benchmark questions, to look training questions up in. Picklable; about 3 kB an item."""

    def __init__(self, items: Iterable[tuple[str, str, str]]) -> None:
        """`items`: (item id, benchmark, question)."""
        self._names: list[tuple[str, str]] = []
        self._words: list[str] = []
        alike: dict[int, list[int]] = defaultdict(list)
        self._particulars: list[str] = []
        for item, benchmark, question in items:
            self._names.append((item, benchmark))
            self._words.append(" ".join(tokens(question)))
            own = particulars(question)
            alike[particulars_key(own)].append(len(self._particulars))
            self._particulars.append(_in_line(own))
        self._equal = {_digest(words): place for place, words in reversed(list(enumerate(self._words)))}
        split = [words.split() for words in self._words]
        signed = [minhash(shingles(words, QUESTION)) for words in split]
        self._signatures = np.array(signed, np.uint32).reshape(-1, PERMUTATIONS)
        self._alike = {own: np.array(places, np.intp) for own, places in alike.items()}
        self._item_grams = [shingles(words, (_GRAM,)) for words in split]
        self._grams = _Postings(self._item_grams)
        self._bands = _Postings(list(_bands(self._signatures)))

    def contamination(self, question: str) -> Match | None:
        """The surest match of the four kinds, or none; a `template` match is no reason to drop a question.

        Where a question goes with a picture its words may say little (find x): then both have to match.
        """
        words = tokens(question)
        if not words:
            return None
        equal = self._equal.get(_digest(" ".join(words)))
        if equal is not None:
            return self._match(equal, "exact", 1.0)
        if len(words) < _GRAM or not self._names:
            return None
        signature = minhash(shingles(words, QUESTION))
        sentences = particulars(question)
        own = _in_line(sentences)
        return (
            self._nearly_equal(words, signature, particulars_key(sentences))
            or self._contained(words, signature, own)
            or self._template(signature, own)
        )

    def _match(self, place: int, how: How, similarity: float) -> Match:
        item, benchmark = self._names[place]
        return Match(item, benchmark, how, similarity)

    def _nearly_equal(self, words: list[str], signature: NDArray[np.uint32], key: int) -> Match | None:
        places = self._alike.get(key, _NOWHERE)
        estimated = (self._signatures[places] == signature).mean(axis=1)
        promising = np.flatnonzero(estimated >= NEAR_QUESTION - _UNSURE)
        best = promising[np.argsort(-estimated[promising], kind="stable")[:_LOOK]]
        for place in places[best].tolist():
            similarity = _jaccard(words, self._words[place].split())
            if similarity >= NEAR_QUESTION:
                return self._match(place, "minhash", similarity)
        return None

    def _contained(self, words: list[str], signature: NDArray[np.uint32], own: str) -> Match | None:
        grams = np.unique(shingles(words, (_GRAM,)))
        known = set(grams.tolist())
        for place in self._grams.most_voted(grams):
            covered, run = _coverage([gram in known for gram in self._item_grams[place].tolist()])
            share = covered / (len(self._item_grams[place]) + _GRAM - 1)
            whole = share >= _COVERED and _counted(self._particulars[place]) <= _counted(own)
            if whole or (_is_half(self._words[place], run) and not self._is_sibling(place, signature, own)):
                return self._match(place, "n-gram", share)
        return None

    def _is_sibling(self, place: int, signature: NDArray[np.uint32], own: str) -> bool:
        """Perhaps of the item's template, but with other particulars; part of an item goes on with them in order."""
        alike = self._estimated(place, signature) >= NEAR_QUESTION - _UNSURE
        return alike and own not in self._particulars[place]

    def _template(self, signature: NDArray[np.uint32], own: str) -> Match | None:
        for place in self._bands.most_voted(_bands(signature[None])[0]):
            similarity = self._estimated(place, signature)
            if similarity >= NEAR_QUESTION and own not in self._particulars[place]:
                return self._match(place, "template", similarity)
        return None

    def _estimated(self, place: int, signature: NDArray[np.uint32]) -> float:
        return int(np.count_nonzero(self._signatures[place] == signature)) / PERMUTATIONS


class _Postings:
    """Keys to the items that have them."""

    def __init__(self, keys: Sequence[NDArray[np.unsignedinteger]]) -> None:
        every = np.concatenate([*keys, np.empty(0, np.uint32)])
        owners = np.repeat(np.arange(len(keys), dtype=np.int32), [len(own) for own in keys])
        order = np.argsort(every, kind="stable")
        self._owners = owners[order]
        self._keys, self._starts = np.unique(every[order], return_index=True)
        self._sizes = np.diff(self._starts, append=len(every))

    def most_voted(self, keys: NDArray[np.unsignedinteger]) -> list[int]:
        """At most `_LOOK` items, by how many of the keys they have; keys that a crowd has do not vote."""
        places = self._keys.searchsorted(keys)
        places = places[self._keys.take(places, mode="clip") == keys]
        places = places[self._sizes[places] <= _CROWD]
        if not len(places):
            return []
        spans = zip(self._starts[places].tolist(), self._sizes[places].tolist(), strict=True)
        voted, votes = np.unique(np.concatenate([self._owners[a : a + n] for a, n in spans]), return_counts=True)
        return voted[np.argsort(-votes, kind="stable")[:_LOOK]].tolist()


def _bands(signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """uint64 [n, bands]: where texts of one template meet, whatever their particulars."""
    return band_keys(signatures, np.zeros(len(signatures), np.uint64), _TEMPLATE_ROWS).T


def _coverage(held: list[bool]) -> tuple[int, slice]:
    """How many tokens lie in one of the n-grams held, and the longest stretch of them without a gap between n-grams."""
    covered, end, start, longest = 0, 0, 0, slice(0, 0)
    for place, here in enumerate(held):
        if not here:
            start = place + 1
            continue
        covered += place + _GRAM - max(end, place)
        end = place + _GRAM
        if end - start > longest.stop - longest.start:
            longest = slice(start, end)
    return covered, longest


def _is_half(normalised: str, run: slice) -> bool:
    """The run is half of the item, too long for a common phrase, and with half of its numbers or longer still."""
    length = run.stop - run.start
    item = normalised.split() if length >= _LONG_RUN else []
    numbers = {word for word in item if word[0].isdigit()}
    telling = length >= _VERY_LONG_RUN or len(numbers.intersection(item[run])) >= len(numbers) / 2
    return 0 < len(item) <= 2 * length and telling


def _in_line(sentences: list[tuple[str, ...]]) -> str:
    """All particulars in the text's order, so that a part of a text has a part of this string."""
    return "|" + "".join(f"{one}|" for one in chain.from_iterable(sentences))


def _counted(line: str) -> Counter[str]:
    return Counter(line.split("|"))


def _jaccard(one: list[str], other: list[str]) -> float:
    both = set(shingles(one, QUESTION).tolist()), set(shingles(other, QUESTION).tolist())
    return len(both[0] & both[1]) / len(both[0] | both[1])


def _digest(normalised: str) -> bytes:
    return blake2b(normalised.encode(), digest_size=8).digest()
