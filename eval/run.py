"""Batched evaluation of a model: every answer is kept as soon as it is judged, and all scores follow from what is kept.

One process or several ranks (torchrun, or any launcher that sets its variables): each answers its part, and the one
that ends last finds everything there and writes the scores. Whatever stops in between, the same command goes on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from redstar_geo import benchmarks
from redstar_geo.backends import Answer, Backend, Key, Sample, Shard
from redstar_geo.benchmarks import Benchmark, HarnessTask
from redstar_geo.errors import InputError, RedStarError
from redstar_geo.eval import overlap
from redstar_geo.eval.asked import Asked, of_benchmark, of_file, sha256, sha256_of
from redstar_geo.eval.items import Item, Items
from redstar_geo.eval.recipe import EvalRecipe
from redstar_geo.eval.scoring import score
from redstar_geo.progress import console
from redstar_geo.records import Trace, Verdict
from redstar_geo.report.evaluation import Scored, markdown, write_report
from redstar_geo.run import Counts, Run, open_run, write_json, write_text
from redstar_geo.scores.summary import Attempt
from redstar_geo.teacher.reply import read_reply

__all__ = ["EvalRecipe", "main"]
_MAY_CHANGE = {"servers", "deadline_s", "attempts", "give_up_s"}


def main(recipe: EvalRecipe) -> dict[str, Any]:
    """Answer and score every problem. Resumes answer by answer; finished is a no-op.

    Of a file of problems, `items.jsonl` and `scores.json` are in the run folder; of benchmarks, each has a folder of
    its own below it. `report.html` and `report.md` tell all of them.

    Returns:
        What `scores.json` holds; for benchmarks `{"benchmarks": {name: scores}, …}`. A rank that is not the last
        returns how many answers are still missing under `missing`.

    Raises:
        InputError: the problems, the model or a server are at fault.
        RedStarError: some answers could not be got; all others are kept.
    """
    shard, wanted = Shard.here(), benchmarks.resolve(recipe.benchmarks)
    folder, inputs = Path(recipe.run), _inputs(recipe, wanted)
    with _alone(folder, shard):
        with _turn(folder):  # what a mistake in the recipe leaves behind must not refuse the mended one
            if (folder / "run.json").is_file() and (scores := _finished(recipe, inputs)):
                return scores
            sets, elsewhere = _sets(recipe, wanted)
        backend = _backend(recipe, shard) if any(_missing(each, recipe, shard) for each in sets) else None
        with _turn(folder), _opened(recipe, inputs):
            pass
        failures = _answer(sets, recipe, backend, shard) if backend else Counter[str]()
        with _turn(folder):
            if scores := _finished(recipe, inputs):
                return scores
            missing = {each.name: _missing(each, recipe, shard) for each in sets}
            if any(missing.values()):
                return _unfinished(missing, failures, shard)
            with _opened(recipe, inputs) as run:
                return _finish(run, sets, elsewhere, recipe)


def _sets(recipe: EvalRecipe, found: Sequence[Benchmark | HarnessTask]) -> tuple[list[Asked], dict[str, str]]:
    """What is asked, and the benchmarks that are run elsewhere, with where."""
    if recipe.problems is not None:
        return [of_file(recipe, Path(recipe.problems))], {}
    if strange := sorted(recipe.paths.keys() - {each.name for each in found}):
        raise InputError(f"paths names {strange}, which are not evaluated: {[each.name for each in found]} are.")
    elsewhere = {each.name: "lm-evaluation-harness" for each in found if isinstance(each, HarnessTask)}
    sets = [of_benchmark(recipe, each) for each in found if not isinstance(each, HarnessTask)]
    if not sets:
        raise InputError(f"All of {sorted(elsewhere)} are run through lm-evaluation-harness, and none is asked here.")
    return sets, elsewhere


def _answer(sets: Sequence[Asked], recipe: EvalRecipe, backend: Backend, shard: Shard) -> Counter[str]:
    """Append an item for every answer; how many could not be got now, by reason."""
    failures = Counter[str]()
    for asked in sets:
        items = Items(asked.folder, shard.rank)
        samples, done = _samples(asked, recipe), items.read()
        if all(each.key in done for each in samples):
            continue

        def keep(pairs: Sequence[tuple[Sample, Answer]], asked: Asked = asked, items: Items = items) -> None:
            items.append([_item(asked, sample, answer) for sample, answer in pairs])

        failures.update(backend.answer(samples, done.keys(), keep, shard))
    return failures


def _backend(recipe: EvalRecipe, shard: Shard) -> Backend:
    """Each is imported only where it is used: torch takes seconds."""
    if recipe.endpoint is not None:
        from redstar_geo.backends.endpoint import ServedModel

        return ServedModel(recipe.model, recipe.generation, recipe.endpoint)
    if recipe.engine == "vllm":
        from redstar_geo.backends.vllm import VllmModel

        return VllmModel(recipe.model, recipe.generation, recipe.dtype, shard)
    from redstar_geo.backends.local import LocalModel

    return LocalModel(recipe.model, recipe.generation, recipe.batch_size, recipe.dtype, shard)


def _item(asked: Asked, sample: Sample, answer: Answer) -> Item:
    """The line of an answer; one that failed for good is undecided under that reason."""
    if answer.failure is None:
        reply = read_reply({"choices": [{"message": {"content": answer.text}}]})
        trace = Trace(*sample.key, "", "", reply.reasoning, reply.response, answer.finish_reason)
        verdict = asked.grade(sample.problem, trace)
    else:
        verdict = Verdict("undecided", answer.failure)
    return {
        "id": sample.problem.id,
        "sample": sample.number,
        "response": answer.text,
        "verdict": verdict.status,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "tokens": answer.tokens or 0,
        "truncated": answer.finish_reason == "length",
        "seconds": round(answer.seconds, 4),
    }


def _finish(run: Run, sets: Sequence[Asked], elsewhere: dict[str, str], recipe: EvalRecipe) -> dict[str, Any]:
    """Scores, overlap and reports of what is complete."""
    scored = []
    for asked in sets:
        items = Items(asked.folder, 0).settle([each.key for each in _samples(asked, recipe)])
        scored.append(Scored(asked.name, asked.problems, items, score(asked, items, recipe, run.path("facts.sqlite"))))
    shared = _overlap(sets, scored, recipe)
    if recipe.problems is not None:
        scores = {**scored[0].scores, **shared}
    else:
        weights = {name: digest for name, digest in run.manifest["inputs"].items() if name.endswith(".safetensors")}
        for asked, one in zip(sets, scored, strict=True):
            _finish_one(asked, one, recipe, weights)
        scores = {"benchmarks": {one.name: one.scores for one in scored}, "run_elsewhere": elsewhere} | shared
    write_text(run.path("recipe.yaml"), yaml.safe_dump(recipe.model_dump(), allow_unicode=True, sort_keys=False))
    facts = {"recipe": run.manifest["recipe"], "inputs": run.manifest["inputs"], "versions": run.manifest["versions"]}
    again = f"redstar-geo eval {run.folder}/recipe.yaml run={run.folder}_again"
    write_report(run.path("report.html"), scored, scores, facts, again, recipe.shown)
    write_text(run.path("report.md"), markdown(scored, scores))
    write_json(run.path("scores.json"), scores)
    run.finish("evaluate", _counts(sets), command=again)
    console.print(markdown(scored, scores), markup=False, soft_wrap=True)
    return scores


def _finish_one(asked: Asked, scored: Scored, recipe: EvalRecipe, weights: dict[str, str]) -> None:
    """A benchmark's folder is a run of its own, so that it can be compared with another one's."""
    inputs = {str(asked.file): sha256(asked.file)} | weights
    with open_run(asked.folder, _recipe_of(asked, recipe), inputs) as run:
        write_json(run.path("scores.json"), scored.scores)
        run.finish("evaluate", _counts([asked]))


def _recipe_of(asked: Asked, recipe: EvalRecipe) -> dict[str, Any]:
    assert asked.benchmark is not None
    changes = {"run": str(asked.folder), "problems": str(asked.file), "benchmark": asked.benchmark.model_dump()}
    return recipe.model_dump(exclude={"benchmarks", "paths"}) | changes


def _overlap(sets: Sequence[Asked], scored: Sequence[Scored], recipe: EvalRecipe) -> dict[str, Any]:
    """With the training run, where one is given, and of benchmarks with each other."""
    if recipe.training is None and len(sets) < 2:
        return {}
    prints = overlap.Fingerprints()
    looked = [overlap.Looked(asked, prints) for asked in sets]
    shared: dict[str, Any] = {}
    if recipe.training is not None:
        training = Path(recipe.training)
        shared["in_training"] = {
            asked.name: overlap.with_training(asked, look, list(map(Attempt.of, one.items)), training)
            for asked, look, one in zip(sets, looked, scored, strict=True)
        }
    if len(sets) > 1:
        shared["between_benchmarks"] = overlap.between(list(zip(looked, sets, strict=True)))
    return shared


def _counts(sets: Sequence[Asked]) -> Counts:
    rejected = sum((asked.rejected for asked in sets), Counter[str]())
    out = sum(len(asked.problems) for asked in sets)
    return Counts(in_=out + rejected.total(), out=out, rejected=dict(rejected))


def _samples(asked: Asked, recipe: EvalRecipe) -> list[Sample]:
    return [Sample(problem, number) for problem in asked.problems for number in range(recipe.samples)]


def _missing(asked: Asked, recipe: EvalRecipe, shard: Shard) -> int:
    done: dict[Key, Item] = Items(asked.folder, shard.rank).read()
    return sum(each.key not in done for each in _samples(asked, recipe))


def _unfinished(missing: dict[str, int], failures: Counter[str], shard: Shard) -> dict[str, Any]:
    """What a rank leaves to the others; answers that could not be got are an error."""
    if not failures and shard.ranks > 1:
        return {"missing": missing}
    why = ", ".join(f"{count} {reason}" for reason, count in failures.most_common())
    where = ", ".join(f"{count} of {name}" for name, count in missing.items() if count)
    raise RedStarError(
        f"{sum(missing.values())} answers are missing ({where}): {why}. All others are kept; the same "
        "command asks only for these."
    )


def _finished(recipe: EvalRecipe, inputs: dict[str, str]) -> dict[str, Any]:
    """The scores of a run that has them."""
    with _opened(recipe, inputs) as run:
        path = run.path("scores.json")
        return json.loads(path.read_text(encoding="utf-8")) if run.finished("evaluate") else {}


@contextmanager
def _alone(folder: Path, shard: Shard) -> Iterator[None]:
    """One process a rank."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f".rank{shard.rank}.lock", timeout=0):
            yield
    except Timeout:
        raise InputError(
            f"Run folder {folder} is in use by another process. Wait for it to end, or give this run its own folder "
            "with run=…"
        ) from None


def _turn(folder: Path) -> FileLock:
    """Ranks wait for one another where they share a file, and nowhere else."""
    return FileLock(folder / ".turn.lock")


def _opened(recipe: EvalRecipe, inputs: dict[str, str]) -> AbstractContextManager[Run]:
    """The run of this recipe; where a model is served, and how patiently it is asked, may change on the way."""
    return open_run(recipe.run, recipe.model_dump(exclude={"endpoint": _MAY_CHANGE}), inputs)


def _inputs(recipe: EvalRecipe, asked: Sequence[Benchmark | HarnessTask]) -> dict[str, str]:
    """SHA-256 of what is read: the problems, each benchmark's definition, and the weights when the model is a folder,
    since its path may come to hold another."""
    files = [] if recipe.problems is None else [Path(recipe.problems)]
    if files and not files[0].is_file():
        raise InputError(f"{files[0]} is not there. Give the problems.parquet of a run of `redstar-geo data`.")
    weights = [] if recipe.endpoint else sorted(Path(recipe.model).glob("*.safetensors"))
    definitions = {f"benchmark {each.name}": sha256_of(each.model_dump_json().encode()) for each in asked}
    return {str(path): sha256(path) for path in [*files, *weights]} | definitions
