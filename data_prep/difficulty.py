"""Difficulty: train a scorer of difficulty 1–10 on labelled questions and measure it on questions it has not seen.

Step 2 of the paper's data construction (arXiv 2501.11284). Writes `scorer/`, `scores.json` and `report.html`;
`redstar_geo.difficulty.load` reads the scorer.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from redstar_geo.difficulty import labelled, load, text
from redstar_geo.difficulty.labelled import Labelled
from redstar_geo.difficulty.measure import Score, Unseen, calibration, compare, cross_validated, selection, train_length
from redstar_geo.difficulty.recipe import DifficultyRecipe, FineTuning, LlmKind, TextKind
from redstar_geo.errors import InputError
from redstar_geo.identity import Settings
from redstar_geo.progress import progress
from redstar_geo.report.difficulty import write_report
from redstar_geo.run import Counts, Run, open_run, write_json, write_text

_FEWEST = 50


def main(recipe: DifficultyRecipe) -> dict[str, Any]:
    """Collect, train, measure; returns the manifest's counts. Resumes; a finished run is a no-op.

    Raises:
        InputError: no labelled problems where the recipe says, or too few.
    """
    files = labelled.files(recipe.problems)
    inputs = {str(path): digest for path, digest in files.items()}
    with open_run(recipe.run, Settings.of(recipe), inputs, ["problems"], remake=True) as run:
        if not run.finished("measure"):
            examples, counts = labelled.examples(files)
            if len(examples) < _FEWEST:
                raise InputError(
                    f"problems={recipe.problems} hold {len(examples)} usable questions of {counts.in_} (others: "
                    f"{counts.rejected or 'none'}); a scorer needs at least {_FEWEST}. Add labelled ones, such as MATH."
                )
            run.finish("collect", counts)
            if isinstance(recipe.scorer, TextKind):
                _text(run, recipe, recipe.scorer, examples)
            else:
                _llm(run, recipe, recipe.scorer, examples)
        counts_by_stage: dict[str, Any] = run.manifest["counts"]
        return counts_by_stage


def _text(run: Run, recipe: DifficultyRecipe, kind: TextKind, examples: list[Labelled]) -> None:
    """Train on everything; measure scorers trained alike on all folds but one."""
    questions, levels, origins = _columns(examples)
    text.train(questions, levels, recipe.seed).save(run.path("scorer"))
    run.finish("train", Counts(in_=len(questions), out=len(questions)), run.files("scorer"))

    def train(some: Sequence[str], their: np.ndarray) -> Score:
        return text.train(some, their, recipe.seed).score

    seeds = range(recipe.seed, recipe.seed + kind.repeats)
    measured = {
        f"{kind.folds} folds, seed {seed}": cross_validated(train, questions, levels, kind.folds, seed)
        for seed in progress(seeds, "cross-validate", kind.repeats)
    }
    if len(set(origins)) >= kind.folds:
        unseen = cross_validated(train, questions, levels, kind.folds, recipe.seed, origins)
        measured[f"{kind.folds} folds of whole origins"] = unseen
    _conclude(run, text.TextScorer.name, measured)


def _llm(run: Run, recipe: DifficultyRecipe, kind: LlmKind, examples: list[Labelled]) -> None:
    """Fine-tune on all but the held-out share and measure on that."""
    from redstar_geo.difficulty import regression_head  # takes seconds to import, which the embedded scorer saves

    seen, held_out = train_test_split(examples, test_size=kind.held_out, random_state=recipe.seed)
    questions, levels, _ = _columns(seen)
    if not run.finished("train"):
        base = str(kind.model)
        if kind.tiny is not None:
            base = str(run.path("base"))
            regression_head.build_tiny(run.path("base"), questions, kind.tiny, recipe.seed)
        settings = FineTuning(**kind.model_dump(include=set(FineTuning.model_fields)))
        facts = regression_head.train(base, questions, levels, settings, run.folder, recipe.seed)
        write_text(run.path("log.jsonl"), "".join(json.dumps(entry) + "\n" for entry in facts["log"]))
        counts = Counts(in_=len(examples), out=len(seen), rejected={"held_out": len(held_out)})
        run.finish("train", counts, run.files("scorer"), truncated=facts["truncated"])
        shutil.rmtree(run.path("checkpoints"))
    unseen_questions, true, _ = _columns(held_out)
    by_length = train_length(questions, levels)(unseen_questions)
    predicted = load(run.path("scorer")).score(unseen_questions)
    unseen = Unseen(unseen_questions, true, predicted, by_length)
    _conclude(run, regression_head.LlmScorer.name, {f"{len(seen)} others trained on": unseen})


def _conclude(run: Run, name: str, measured: dict[str, Unseen]) -> None:
    """Write `scores.json` and `report.html`; the first way of keeping questions unseen is the one drawn."""
    comparisons = {how: compare(unseen) for how, unseen in measured.items()}
    first = next(iter(measured.values()))
    bins, hard = calibration(first), selection(first)
    scores = {
        "scorer": name,
        "unseen": {how: found.as_dict() for how, found in comparisons.items()},
        "calibration": [asdict(each) for each in bins],
        "hard": asdict(hard),
    }
    write_json(run.path("scores.json"), scores)
    write_report(run.path("report.html"), name, comparisons, first, bins, hard, run.manifest["counts"]["collect"])
    run.finish("measure", Counts(in_=len(first.true), out=len(first.true)), ["scores.json"])


def _columns(examples: list[Labelled]) -> tuple[list[str], np.ndarray, list[str]]:
    levels = np.array([each.level for each in examples])
    return [each.question for each in examples], levels, [each.origin for each in examples]
