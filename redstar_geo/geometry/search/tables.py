"""Facts by predicate, and the ways in which a theorem's premises can be met by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

Item = tuple[str, ...]
Premise = tuple[str, str]  # predicate and a theorem's letters
_Index = dict[Item, list[Item]]


class Tables:
    """Items of predicates, found by some of their points."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, int], dict[Item, None]] = defaultdict(dict)
        self._indices: dict[tuple[str, int], dict[tuple[int, ...], _Index]] = defaultdict(dict)

    def add(self, predicate: str, item: Item) -> None:
        key = predicate, len(item)
        self._items[key][item] = None
        for places, index in self._indices[key].items():
            index.setdefault(tuple(item[i] for i in places), []).append(item)

    def has(self, predicate: str, item: Item) -> bool:
        return item in self._items[predicate, len(item)]

    def matches(self, premises: Sequence[Premise], bound: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Every way to choose points for the letters of all premises."""
        if not premises:
            yield dict(bound)
            return
        (predicate, letters), rest = premises[0], premises[1:]
        places = tuple(i for i, letter in enumerate(letters) if letter in bound)
        for item in self._found(predicate, len(letters), places, tuple(bound[letters[i]] for i in places)):
            chosen = dict(bound)
            if all(chosen.setdefault(letter, point) == point for letter, point in zip(letters, item, strict=True)):
                yield from self.matches(rest, chosen)

    def _found(self, predicate: str, size: int, places: tuple[int, ...], points: Item) -> Sequence[Item]:
        key = predicate, size
        if len(places) == size:
            return [points] if points in self._items[key] else []
        if places not in self._indices[key]:
            index: _Index = {}
            for item in self._items[key]:
                index.setdefault(tuple(item[i] for i in places), []).append(item)
            self._indices[key][places] = index
        return tuple(self._indices[key][places].get(points, ()))


@lru_cache(maxsize=4_096)
def ordered(premises: tuple[Premise, ...], bound: str = "") -> tuple[Premise, ...]:
    """The same premises, each time the one that leaves the fewest new letters open, relations before entities."""
    left, known, found = list(premises), set(bound), []
    while left:
        best = min(left, key=lambda premise: (len(set(premise[1]) - known), premise[0] in ("Angle", "Polygon", "Line")))
        left.remove(best)
        known |= set(best[1])
        found.append(best)
    return tuple(found)
