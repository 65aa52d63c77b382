"""Diagrams to be read: what one says as statements, or one value that is written in it.

Built-in figures are drawn with all given values. FormalGeo7k's diagrams (arXiv 2310.18021, MIT) come with formal
descriptions, `construction_cdl` and `image_cdl`; its test split is the one that its owners' own loader draws. What a
description says that has no place among our statements stands in `meta`, under `left_out`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal

from redstar_geo.fingerprint import sha256
from redstar_geo.geometry.cdl import CDLError
from redstar_geo.geometry.construct import Built
from redstar_geo.geometry.depicted import depicted
from redstar_geo.geometry.narrate import say
from redstar_geo.geometry.reading import QUESTION, Statement, shown, written
from redstar_geo.records import Image, Problem
from redstar_geo.sources import Rejected, builtin
from redstar_geo.sources.attached import picture
from redstar_geo.sources.formalgeo7k import diagram, rows
from redstar_geo.sources.row import UnusableRowError

Asks = Literal["statements", "value"]
Split = Literal["train", "test"]
_NUMBER = re.compile(r"(\d*)√(\d+)|\d+(?:\.\d+)?")
_MEASURES = {"angle": "MeasureOfAngle", "length": "LengthOfLine"}
_OF_FORMALGEO7K, _SEED = 6981, 619  # problem_number, and the last of problem_split, of its info.json
_TEST = _OF_FORMALGEO7K // 5


def builtin_figures(
    asks: Asks, count: int, seed: int, families: Sequence[str], difficulty: Sequence[int], split: Split
) -> Iterator[Problem | Rejected]:
    """Of so many built-in problems, in turn of every family; the splits share no numbers."""
    for built in builtin.builds(families, count, seed, difficulty, modality="picture", split=split):
        yield of_figure(asks, built)


def of_figure(asks: Asks, built: Built) -> Problem | Rejected:
    """A built-in problem's figure, to be read."""
    problem = built.problem
    name, family = f"reading/{asks}/{problem.id}", str(problem.meta["family"])
    return _asked(asks, name, problem.split, problem.licence, family, problem.images[0], shown(built.figure), [])


def formalgeo7k(asks: Asks, folder: Path, split: Split) -> Iterator[Problem | Rejected]:
    """The diagrams of FormalGeo7k's test split, or for training all others that it does not show too.

    Raises:
        InputError: `folder` has no `problems/*.json`.
    """
    test = test_split()
    shown_there = {_content(folder, raw) for name, raw in rows(folder) if name in test}
    for row, raw in rows(folder):
        name = f"reading/{asks}/{row}"
        if (row in test) != (split == "test"):
            yield Rejected(name, "other_split")
        elif raw is None:
            yield Rejected(name, "bad_json")
        elif split == "train" and _content(folder, raw) in shown_there - {None}:
            yield Rejected(name, "picture_of_the_test_split")
        else:
            yield _described(asks, name, split, folder, raw)


def test_split() -> set[str]:
    """The ids of FormalGeo7k's test split, as its owners' own loader draws it."""
    return {f"formalgeo7k/{number}" for number in Random(_SEED).sample(range(1, _OF_FORMALGEO7K + 1), _TEST)}


def _content(folder: Path, raw: dict[str, Any] | None) -> str | None:
    """The fingerprint of a row's picture, where it has one."""
    try:
        return sha256(folder / diagram(raw or {}))
    except (KeyError, TypeError, OSError):
        return None


def _described(asks: Asks, name: str, split: Split, folder: Path, raw: dict[str, Any]) -> Problem | Rejected:
    try:
        statements, left_out = depicted(raw["construction_cdl"], raw["image_cdl"])
        family, image = raw["source"].split("-")[0], picture(diagram(raw), folder)
    except UnusableRowError as error:
        return Rejected(name, error.reason)
    except CDLError:
        return Rejected(name, "bad_formal_statement")
    except (KeyError, TypeError, ValueError, AttributeError):
        return Rejected(name, "missing_field")
    return _asked(asks, name, split, "MIT", family, image, statements, left_out)


def _asked(
    asks: Asks,
    name: str,
    split: str,
    licence: str,
    family: str,
    image: Image,
    statements: Iterable[Statement],
    left_out: list[str],
) -> Problem | Rejected:
    """The diagram as a problem: `meta.goal` is the value that is asked for, if one is."""
    question, answer, goal = QUESTION, written(statements), None
    if asks == "value":
        numbers = [each for each in sorted(statements) if each.kind in _MEASURES and _NUMBER.fullmatch(each.value)]
        if not numbers:
            return Rejected(name, "no_value")
        chosen = Random(name).choice(numbers)
        goal = f"{_MEASURES[chosen.kind]}({chosen.names[0]})"
        question, answer = f"What is {say(goal, 'en')} in the diagram?", _NUMBER.sub(_formal_root, chosen.value)
    if not answer:
        return Rejected(name, "nothing_to_read")
    return Problem(
        id=name,
        domain="geometry",
        source="reading",
        split=split,
        licence=licence,
        question=question,
        answer=answer,
        answer_kind="number" if goal else "statements",
        language="en",
        images=(image,),
        meta={"family": family, "goal": goal, "left_out": left_out},
    )


def _formal_root(match: re.Match[str]) -> str:
    return f"{match[1] or 1}*sqrt({match[2]})" if match[2] else match[0]
