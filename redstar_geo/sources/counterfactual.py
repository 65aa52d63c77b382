"""Counterfactual pairs: the same question, word for word, two figures with other values in them, and two answers.

The two of a pair have its name as `pair` in their `meta`, and come one after the other. Whoever is right on both has
looked at the picture.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from redstar_geo.errors import InputError
from redstar_geo.geometry import refit
from redstar_geo.geometry.cdl import CDLError
from redstar_geo.geometry.construct import FAMILIES, ConstructionError, counterfactual
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.narrate.say import joined, say
from redstar_geo.geometry.refit import RefitError
from redstar_geo.records import Image, Problem
from redstar_geo.sources import Rejected
from redstar_geo.sources.formal_words import LostGivenError, mended
from redstar_geo.sources.formalgeo7k import FORMAL, rows
from redstar_geo.sources.reading import test_split

_SEEDS_PER_STREAM = 1_000_000  # streams with different seeds never meet
_BORNE = 20  # how often in a row a family may have no new pair
_ALIKE_IN_NOTHING = (  # values in the text, or hardly ever the same question again
    *("coordinate_distance", "coordinate_median"),
    *("angle_chain", "circle_chain", "length_chain", "area_chain"),
)
PAIRED = tuple(name for name in FAMILIES if name not in _ALIKE_IN_NOTHING)


def builtin_pairs(
    families: Sequence[str], pairs: int, seed: int, difficulty: Sequence[int], split: str
) -> Iterator[Problem | Rejected]:
    """So many pairs of built-in problems, the families and difficulties taking turns.

    A family that has no more of them gives up its turns; what has no second figure is rejected.

    Args:
        families: names from `PAIRED`; empty for all.

    Raises:
        InputError: a family has no pairs.
    """
    names = list(families) or list(PAIRED)
    if strange := [name for name in names if name not in PAIRED]:
        raise InputError(f"{strange} make no counterfactual pairs. Choose families from: {', '.join(PAIRED)}.")
    streams = deque(_stream(name, seed, difficulty, split) for name in names)
    made = 0
    while streams and made < pairs:
        for item in streams[0]:
            if isinstance(item, Rejected):
                yield item
            else:
                yield from item
                made += 1
                streams.rotate(-1)
                break
        else:
            streams.popleft()


def _stream(
    family: str, seed: int, difficulty: Sequence[int], split: str
) -> Iterator[tuple[Problem, Problem] | Rejected]:
    """The pairs of one family, each once."""
    seen = set[tuple[object, ...]]()
    vainly = 0
    places = range(seed * _SEEDS_PER_STREAM, (seed + 1) * _SEEDS_PER_STREAM)
    for i, level in zip(places, itertools.cycle(difficulty)):
        vainly += 1
        try:
            pair = counterfactual(family, i, level, split=split)
        except ConstructionError:
            yield Rejected(f"counterfactual/{family}/{level}-{i:06d}", "no_other_figure")
        else:
            first, other = (replace(built.problem, choices=()) for built in pair)
            key = (first.question, *sorted(first.meta["numbers"]), *sorted(other.meta["numbers"]))
            if key not in seen:
                seen.add(key)
                vainly = 0
                yield first, other
        if vainly == _BORNE:
            return


def formalgeo7k_pairs(folder: Path, pairs: int, seed: int, split: str) -> Iterator[Problem | Rejected]:
    """At most so many pairs of FormalGeo7k's problems, both figures drawn anew by us, in an order by chance.

    For problems whose values all stand in the diagram. Upstream's texts repeat them there; these do not.

    Raises:
        InputError: `folder` has no `problems/*.json`, or no `gdl`.
    """
    test, solver = test_split(), FormalSolver(folder / "gdl")
    found = [(name, raw) for name, raw in rows(folder) if (name in test) == (split == "test")]
    Random(seed).shuffle(found)
    made = 0
    for name, raw in found:
        if made == pairs:
            yield Rejected(name, "over_the_limit")
            continue
        try:
            yield from _refitted(name, raw, split, solver, Random(f"{seed}/{name}"))
            made += 1
        except RefitError as error:
            yield Rejected(name, error.reason)
        except (KeyError, TypeError, ValueError, AttributeError):
            yield Rejected(name, "missing_field")


def _refitted(
    name: str, raw: Mapping[str, Any] | None, split: str, solver: FormalSolver, rng: Random
) -> Iterator[Problem]:
    """Raises:
    RefitError: there is no pair of this row.
    """
    if raw is None:
        raise RefitError("bad_json")
    if not raw["goal_cdl"].startswith("Value("):
        raise RefitError("asks_for_a_proof")
    question = _without_values(raw, refit.values(raw))
    for drawn, ending in zip(refit.counterfactual(raw, solver, rng), ("", "-other"), strict=True):
        meta = {key: drawn.formal[key] for key in FORMAL} | {"origin": raw["source"], "pair": f"counterfactual/{name}"}
        yield Problem(
            id=f"counterfactual/{name}{ending}",
            domain="geometry",
            source="formalgeo7k",
            split=split,
            licence="MIT",
            question=question,
            answer=drawn.formal["problem_answer"],
            answer_kind="expression",
            language="en",
            images=(Image.of(drawn.picture),),
            difficulty=float(raw["problem_level"]),
            difficulty_by="formalgeo7k level",
            meta=meta | {"family": raw["source"].split("-")[0]} | ({"other": True} if ending else {}),
        )


def _without_values(raw: Mapping[str, Any], valued: Sequence[str]) -> str:
    """The question with all givens but the values, which stand in the diagram."""
    said = [say(text, "en") for text in raw["text_cdl"] if text not in valued]
    try:
        whole = mended(raw["problem_text_en"], raw["text_cdl"], raw["goal_cdl"], "en")
    except (LostGivenError, CDLError):
        raise RefitError("lost_given") from None
    told = f"As shown in the diagram, {joined(said, 'en')}. " if said else ""
    return f"{told}The given values are marked in the diagram. {whole[whole.rindex('Find ') :]}"
