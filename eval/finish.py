"""What is complete → scores, overlap, reports, and the manifests that make them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from redstar_geo.benchmarks import HarnessTask
from redstar_geo.eval import harness, overlap
from redstar_geo.eval.asked import Asked
from redstar_geo.eval.items import Items
from redstar_geo.eval.judging import JUDGEMENTS, judge_of, score_judged
from redstar_geo.eval.scoring import score
from redstar_geo.fingerprint import sha256
from redstar_geo.generation.request import Sample
from redstar_geo.progress import console
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.report.evaluation import Results, Scored, markdown, write_report
from redstar_geo.report.judged import Judged
from redstar_geo.run import Counts, Run, open_run, write_json, write_text
from redstar_geo.scores.summary import Attempt

_MAY_CHANGE = {"servers", "deadline_s", "attempts", "give_up_s"}


def recipe_as_run(recipe: EvalRecipe) -> dict[str, Any]:
    """The recipe that a folder belongs to: where models are served, and how patiently asked, may change on the way."""
    return recipe.model_dump(exclude={"endpoint": _MAY_CHANGE, "judge": {"endpoint": _MAY_CHANGE}})


def samples_of(asked: Asked, recipe: EvalRecipe) -> list[Sample]:
    """Every attempt that is wanted, in the order of the problems."""
    return [
        Sample(problem, number, plain=asked.judged) for problem in asked.problems for number in range(recipe.samples)
    ]


def finish(run: Run, sets: Sequence[Asked], tasks: Sequence[HarnessTask], recipe: EvalRecipe) -> dict[str, Any]:
    """Write scores and reports; returns what `scores.json` holds."""
    results = Results(
        [_scored(asked, recipe, run.path("facts.sqlite")) for asked in sets if not asked.judged],
        [_judged(asked, recipe) for asked in sets if asked.judged],
        [harness.finished(task, recipe) or {} for task in tasks],
    )
    scores = _scores(run, sets, results, recipe)
    write_text(run.path("recipe.yaml"), yaml.safe_dump(recipe.model_dump(), allow_unicode=True, sort_keys=False))
    facts = {"recipe": run.manifest["recipe"], "inputs": run.manifest["inputs"], "versions": run.manifest["versions"]}
    again = f"redstar-geo eval {run.folder}/recipe.yaml run={run.folder}_again"
    write_report(run.path("report.html"), results, scores, facts, again, recipe.shown)
    write_text(run.path("report.md"), markdown(results, scores))
    write_json(run.path("scores.json"), scores)
    run.finish("evaluate", _counts(sets), command=again)
    console.print(markdown(results, scores), markup=False, soft_wrap=True)
    return scores


def _scored(asked: Asked, recipe: EvalRecipe, library: Path) -> Scored:
    items = Items(asked.folder, 0).settle([each.key for each in samples_of(asked, recipe)])
    return Scored(asked.name, asked.problems, items, score(asked, items, recipe, library))


def _judged(asked: Asked, recipe: EvalRecipe) -> Judged:
    order = [each.key for each in samples_of(asked, recipe)]
    items = Items(asked.folder, 0).settle(order)
    judgements = Items(asked.folder, 0, JUDGEMENTS).settle(order)
    scores = score_judged(asked, items, judgements, judge_of(recipe), recipe.limit)
    return Judged(asked.name, asked.problems, items, judgements, scores)


def _scores(run: Run, sets: Sequence[Asked], results: Results, recipe: EvalRecipe) -> dict[str, Any]:
    shared = _overlap(sets, {one.name: list(map(Attempt.of, one.items)) for one in results.scored}, recipe)
    if recipe.problems is not None:
        return {**results.scored[0].scores, **shared}
    weights = {name: digest for name, digest in run.manifest["inputs"].items() if name.endswith(".safetensors")}
    by_name = {one.name: one.scores for one in results.scored} | {one.name: one.scores for one in results.judged}
    for asked in sets:
        _finish_one(asked, by_name[asked.name], recipe, weights)
    scores: dict[str, Any] = {"benchmarks": {one.name: one.scores for one in results.scored}}
    if results.judged:
        scores["judged"] = {one.name: one.scores for one in results.judged}
    if results.general:
        scores["general"] = {one["name"]: one for one in results.general}
    return scores | shared


def _finish_one(asked: Asked, scores: Any, recipe: EvalRecipe, weights: dict[str, str]) -> None:
    """A benchmark's folder is a run of its own, so that it can be compared with another one's."""
    assert asked.benchmark is not None
    own = {"run": str(asked.folder), "problems": str(asked.file), "benchmark": asked.benchmark.model_dump()}
    whole = {name: value for name, value in recipe_as_run(recipe).items() if name not in ("benchmarks", "paths")}
    with open_run(asked.folder, whole | own, {str(asked.file): sha256(asked.file)} | weights) as run:
        write_json(run.path("scores.json"), scores)
        run.finish("evaluate", _counts([asked]))


def _overlap(sets: Sequence[Asked], attempts: dict[str, list[Attempt]], recipe: EvalRecipe) -> dict[str, Any]:
    """With the training run, where one is given, and of benchmarks with each other; judged ones have no attempts."""
    if not sets or (recipe.training is None and len(sets) < 2):
        return {}
    prints = overlap.Fingerprints()
    looked = [overlap.Looked(asked, prints) for asked in sets]
    shared: dict[str, Any] = {}
    if recipe.training is not None:
        training = Path(recipe.training)
        shared["in_training"] = {
            asked.name: overlap.with_training(asked, look, attempts.get(asked.name, []), training)
            for asked, look in zip(sets, looked, strict=True)
        }
    if len(sets) > 1:
        shared["between_benchmarks"] = overlap.between(list(zip(looked, sets, strict=True)))
    return shared


def _counts(sets: Sequence[Asked]) -> Counts:
    rejected = sum((asked.rejected for asked in sets), Counter[str]())
    out = sum(len(asked.problems) for asked in sets)
    return Counts(in_=out + rejected.total(), out=out, rejected=dict(rejected))
