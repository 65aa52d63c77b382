"""What is complete → scores, overlap, reports, and the manifests that make them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redstar_geo.benchmarks import HarnessTask
from redstar_geo.cache import checked
from redstar_geo.eval import harness, overlap
from redstar_geo.eval.items import Item, Items
from redstar_geo.eval.judging import JUDGEMENTS, judge_of, score_judged
from redstar_geo.eval.looks import looks
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.scoring import score
from redstar_geo.fingerprint import sha256
from redstar_geo.generation.request import Sample
from redstar_geo.identity import Settings
from redstar_geo.models.shipped import located
from redstar_geo.recipe import written
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.report.evaluation import Results, Scored, markdown, write_report
from redstar_geo.report.judged import Judged
from redstar_geo.run import Counts, Run, open_run, write_json, write_text
from redstar_geo.scores.summary import Attempt

_MAY_CHANGE = {"servers", "deadline_s", "attempts", "give_up_s"}


def recipe_as_run(recipe: EvalRecipe) -> Settings:
    """The recipe that a folder belongs to: where models are served, and how patiently asked, may change on the way."""
    return Settings.of(recipe, {"endpoint": _MAY_CHANGE, "judge": {"endpoint": _MAY_CHANGE}})


def named(recipe: EvalRecipe) -> list[str]:
    """Its keys that name what the run is known to read by its content."""
    weights = recipe.endpoint is None and any(Path(located(recipe.model)).glob("*.safetensors"))
    return ["problems", "errata", *(["model"] if weights else [])]


def samples_of(questions: Questions, recipe: EvalRecipe) -> list[Sample]:
    """Every attempt that is wanted, in the order of the problems; one where these are asked again."""
    numbers = range(recipe.samples if questions.kept == "items" else 1)
    return [Sample(problem, number, plain=questions.judged) for problem in questions.problems for number in numbers]


def finish(run: Run, sets: Sequence[Questions], tasks: Sequence[HarnessTask], recipe: EvalRecipe) -> dict[str, Any]:
    """Write scores and reports; returns what `scores.json` holds."""
    results = Results(
        [_scored(questions, recipe, checked(run.path("facts.sqlite"))) for questions in sets if not questions.judged],
        [_judged(questions, recipe) for questions in sets if questions.judged],
        [harness.finished(task, recipe) or {} for task in tasks],
    )
    scores = _scores(run, sets, results, recipe)
    write_text(run.path("recipe.yaml"), written(recipe.model_dump()))
    facts = {"recipe": run.manifest["recipe"], "inputs": run.manifest["inputs"], "versions": run.manifest["versions"]}
    again = f"redstar-geo eval {run.folder}/recipe.yaml run={run.folder}_again"
    write_report(run.path("report.html"), results, scores, facts, again, recipe.shown)
    write_text(run.path("report.md"), markdown(results, scores))
    write_json(run.path("scores.json"), scores)
    run.finish("evaluate", _counts(sets), ["scores.json", *_items(run, sets)], command=again)
    return scores


def _scored(questions: Questions, recipe: EvalRecipe, library: Path) -> Scored:
    items = _settled(questions, recipe)
    scores = score(questions, items, recipe, library)
    if questions.again:
        again = {pictures: _settled(each, recipe) for pictures, each in questions.again.items()}
        scores["looks"] = looks(questions, items, again)
    return Scored(questions.name, questions.problems, items, scores)


def _settled(questions: Questions, recipe: EvalRecipe) -> list[Item]:
    return Items(questions.folder, 0, questions.kept).settle([each.key for each in samples_of(questions, recipe)])


def _judged(questions: Questions, recipe: EvalRecipe) -> Judged:
    order = [each.key for each in samples_of(questions, recipe)]
    items = _settled(questions, recipe)
    judgements = Items(questions.folder, 0, JUDGEMENTS).settle(order)
    scores = score_judged(questions, items, judgements, judge_of(recipe), recipe.limit)
    return Judged(questions.name, questions.problems, items, judgements, scores)


def _scores(run: Run, sets: Sequence[Questions], results: Results, recipe: EvalRecipe) -> dict[str, Any]:
    shared = _overlap(sets, {one.name: list(map(Attempt.of, one.items)) for one in results.scored}, recipe)
    if recipe.problems is not None:
        return {**results.scored[0].scores, **shared}
    weights = {name: digest for name, digest in run.manifest["inputs"].items() if name.endswith(".safetensors")}
    by_name = {one.name: one.scores for one in results.scored} | {one.name: one.scores for one in results.judged}
    for questions in sets:
        _finish_one(questions, by_name[questions.name], recipe, weights)
    scores: dict[str, Any] = {"benchmarks": {one.name: one.scores for one in results.scored}}
    if results.judged:
        scores["judged"] = {one.name: one.scores for one in results.judged}
    if results.general:
        scores["general"] = {one["name"]: one for one in results.general}
    return scores | shared


def _finish_one(questions: Questions, scores: Any, recipe: EvalRecipe, weights: dict[str, str]) -> None:
    """A benchmark's folder is a run of its own, so that it can be compared with another one's."""
    assert questions.benchmark is not None
    place, whole = {"run": str(questions.folder), "problems": str(questions.file)}, recipe_as_run(recipe)
    benchmark = Settings.of(questions.benchmark)
    own = Settings(
        _without_others(whole.values) | place | {"benchmark": benchmark.values},
        _without_others(whole.said) | place | {"benchmark": benchmark.said},
    )
    inputs = {str(questions.file): sha256(questions.file)} | weights
    with open_run(questions.folder, own, inputs, named(recipe), remake=True) as run:
        write_json(run.path("scores.json"), scores)
        run.finish("evaluate", _counts([questions]), ["scores.json"])


def _without_others(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in recipe.items() if name not in ("benchmarks", "paths")}


def _overlap(sets: Sequence[Questions], attempts: dict[str, list[Attempt]], recipe: EvalRecipe) -> dict[str, Any]:
    """With the training run, where one is given, and of benchmarks with each other; judged ones have no attempts."""
    if not sets or (recipe.training is None and len(sets) < 2):
        return {}
    prints = overlap.Fingerprints()
    indexes = [overlap.ProblemIndex(questions, prints) for questions in sets]
    shared: dict[str, Any] = {}
    if recipe.training is not None:
        training = Path(recipe.training)
        shared["in_training"] = {
            index.name: overlap.with_training(index, attempts.get(index.name, []), training) for index in indexes
        }
    if len(sets) > 1:
        shared["between_benchmarks"] = overlap.between(indexes)
    return shared


def _items(run: Run, sets: Sequence[Questions]) -> list[str]:
    """The answers of all sets, and what a judge said of them, by their names in the run's folder."""
    names = [(each.folder, asked.kept) for each in sets for asked in (each, *each.again.values())]
    names += [(each.folder, JUDGEMENTS) for each in sets if each.judged]
    return [str((folder / f"{name}.jsonl").relative_to(run.folder)) for folder, name in names]


def _counts(sets: Sequence[Questions]) -> Counts:
    counts = Counts()
    for questions in sets:
        counts.add(None, len(questions.problems))
        for reason, number in questions.rejected.items():
            counts.add(reason, number)
    return counts
