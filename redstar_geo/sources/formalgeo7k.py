"""FormalGeo7k (arXiv 2310.18021, MIT): textbook problems of GeoQA and Geometry3K with formal statements and proofs.

Upstream layout: `problems/<id>.json`, `diagrams/<id>.png`, `gdl/*.json`. The formal part of a problem stays in `meta`,
so that its proof can be replayed at any time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, foreign_json, formal_words, rewriting
from redstar_geo.sources.attached import picture
from redstar_geo.sources.row import UnusableRowError

Origin = Literal["geoqa", "geometry3k", "all"]
_MOST_PROBLEMS = 1_000_000
FORMAL = ("problem_id", "construction_cdl", "text_cdl", "image_cdl", "goal_cdl", "problem_answer", "theorem_seqs")


def problems(
    folder: Path, origin: Origin = "all", language: Literal["en", "zh"] = "en", rewritten: int = 0
) -> Iterator[Problem | Rejected]:
    """Every problem of the folder in the order of its number, or the reason why it is none.

    Args:
        origin: the data set that a problem was taken from.
        rewritten: if not 0, then instead of each problem at most so many that ask for another quantity of its figure.

    Raises:
        InputError: `folder` has no `problems/*.json`, or no `gdl` that problems could be rewritten by.
    """
    solver = FormalSolver(folder / "gdl") if rewritten else None
    for name, raw in rows(folder):
        if raw is None:
            yield Rejected(name, "bad_json")
        elif _is_from(origin, raw):
            if solver is None:
                yield _problem_or_reason(name, folder, raw, language)
            else:
                yield from others(name, folder, raw, language, solver, rewritten)


def _is_from(origin: Origin, raw: dict[str, Any]) -> bool:
    """Whether it is asked for; one that does not say where it is from goes on, to be counted."""
    source = raw.get("source") if isinstance(raw, dict) else None
    return origin == "all" or not isinstance(source, str) or source.lower().startswith(origin)


def others(
    name: str, folder: Path, raw: dict[str, Any], language: str, solver: FormalSolver, most: int
) -> Iterator[Problem | Rejected]:
    """The problems that this one is rewritten as, or why there is none."""
    try:
        found = list(rewriting.rewritten(raw, solver, most))
    except ReplayError as error:
        yield Rejected(name, error.reason)
    except (KeyError, TypeError, ValueError, AttributeError):
        yield Rejected(name, "missing_field")
    else:
        if not found:
            yield Rejected(name, "nothing_else_to_ask")
        for i, other in enumerate(found, 1):
            yield _problem_or_reason(f"{name}-{i}", folder, other, language)


def _problem_or_reason(name: str, folder: Path, raw: dict[str, Any], language: str) -> Problem | Rejected:
    try:
        return _problem(name, folder, raw, language)
    except UnusableRowError as error:
        return Rejected(name, error.reason)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Rejected(name, "missing_field")


def rows(folder: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The id of every problem in the order of its number, and what its file holds; None if that is no JSON.

    Raises:
        InputError: `folder` has no `problems/*.json`.
    """
    files = sorted((folder / "problems").glob("*.json"), key=lambda path: (len(path.stem), path.stem))
    if not files:
        raise InputError(
            f"source.path={folder} has no problems/*.json. Download formalgeo7k_v1 (docs/data.md) and give "
            "the folder that holds problems/, diagrams/ and gdl/."
        )
    for file in files:
        try:
            yield f"formalgeo7k/{file.stem}", foreign_json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            yield f"formalgeo7k/{file.stem}", None


def diagram(raw: dict[str, Any]) -> str:
    """Where the picture of a problem lies in the folder."""
    return f"diagrams/{Path(raw['problem_img']).name}"


def _problem(name: str, folder: Path, raw: dict[str, Any], language: str) -> Problem:
    meta = {key: raw[key] for key in FORMAL} | {"origin": raw["source"], "family": raw["source"].split("-")[0]}
    level = float(raw["problem_level"])
    try:
        cdl.value(raw["problem_answer"])
    except cdl.CDLError:
        raise UnusableRowError("bad_answer") from None
    if not raw["goal_cdl"].startswith("Value"):
        raise UnusableRowError("asks_for_a_proof")  # there is no answer to compare
    asked = raw["problem_text_en" if language == "en" else "problem_text_cn"]
    try:
        question = formal_words.mended(asked, raw["text_cdl"], raw["goal_cdl"], language)
    except (formal_words.LostGivenError, cdl.CDLError):
        raise UnusableRowError("lost_given") from None  # the text says less than the proof uses
    image = picture(diagram(raw), folder)
    return Problem(
        id=name,
        domain="geometry",
        source="formalgeo7k",
        split="train",
        licence="MIT",
        question=question,
        answer=raw["problem_answer"],
        answer_kind="expression",
        language=language,
        images=(image,),
        difficulty=level,
        difficulty_by="formalgeo7k level",
        meta=meta,
    )


def splits(folder: Path) -> dict[str, str]:
    """The split of every problem by the name of its file, as upstream draws it from the seed in `info.json`.

    Empty where the folder does not say how many problems there are and how they are split.

    Raises:
        InputError: `info.json` is not as upstream has it.
    """
    path = folder / "info.json"
    if not path.is_file():
        return {}
    try:
        info = foreign_json.loads(path.read_bytes())
        number, (train, val, test, seed) = int(info["problem_number"]), info["problem_split"]
        if not 0 < number <= _MOST_PROBLEMS:
            raise ValueError(f"{number} problems")
        chance, left = random.Random(seed), list(range(1, number + 1))
        drawn: dict[str, str] = {}
        for name, share in (("test", test), ("val", val)):
            part = chance.sample(left, int(number * share / (train + val + test)))
            drawn |= dict.fromkeys(map(str, part), name)
            left = [each for each in left if str(each) not in drawn]
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} does not say how problems are split: {error!r}. Mend it, or take it away.") from None
    return dict.fromkeys(map(str, left), "train") | drawn
