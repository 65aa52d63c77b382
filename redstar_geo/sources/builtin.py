"""Built-in problems as a source: balanced over families, reproducible by seed, nothing to download."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import FAMILIES, MODALITIES, Built, construct
from redstar_geo.records import Problem

_SEEDS_PER_STREAM = 1_000_000  # streams with different seeds never meet
_REPEATS_BORNE = 200


def problems(
    families: Sequence[str],
    count: int,
    seed: int,
    difficulty: Sequence[int],
    language: str = "en",
    modality: str = "text",
    split: str = "train",
) -> Iterator[Problem]:
    """Problems one by one, the families and difficulties taking turns, so that any slice is balanced.

    A question with the same numbers comes twice only when a family has run out of others.

    Args:
        families: names from `construct.FAMILIES`; empty for all.
        count: how many in all.
        seed: which stream.
        difficulty: the difficulties to take in turn, 1 to 10.
        language: `en` or `zh`.
        modality: `text`, `picture`, `both`, or `mixed` for each problem in all three, one after the other.
        split: `train` or `test`.

    Raises:
        InputError: an argument is out of range.
    """
    for built in builds(families, count, seed, difficulty, language, modality, split):
        yield built.problem


def builds(
    families: Sequence[str],
    count: int,
    seed: int,
    difficulty: Sequence[int],
    language: str = "en",
    modality: str = "text",
    split: str = "train",
) -> Iterator[Built]:
    """`problems` with their proofs and figures."""
    if count < 0 or not difficulty:
        raise InputError(f"count {count}, difficulty {list(difficulty)}: give a count from 0 and a difficulty or more.")
    names = list(families) or list(FAMILIES)
    streams = [_stream(name, seed, difficulty, language, modality, split) for name in names]
    yield from itertools.islice(itertools.chain.from_iterable(zip(*streams, strict=True)), count)


def _stream(
    family: str, seed: int, difficulty: Sequence[int], language: str, modality: str, split: str
) -> Iterator[Built]:
    """One family without end."""
    seen: set[tuple[str, ...]] = set()
    repeats = 0
    modalities = MODALITIES if modality == "mixed" else (modality,)
    levels = itertools.cycle(difficulty)
    level = next(levels)
    for i in range(seed * _SEEDS_PER_STREAM, (seed + 1) * _SEEDS_PER_STREAM):
        built = construct(family, i, level, language, modalities[0], split)
        key = (built.problem.question, *sorted(built.problem.meta["numbers"]))
        repeats = repeats + 1 if key in seen else 0
        if repeats and repeats < _REPEATS_BORNE:
            continue
        seen.add(key)
        yield built
        for other in modalities[1:]:
            yield construct(family, i, level, language, other, split)
        level = next(levels)
