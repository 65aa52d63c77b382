"""Batched evaluation of a model: every answer is kept as soon as it is judged, and all scores follow from what is kept.

One process or several ranks (torchrun, or any launcher that sets its variables): each answers its part, and the one
that ends last finds everything there and writes the scores. Whatever stops in between, the same command goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from redstar_geo import benchmarks
from redstar_geo.benchmarks import Benchmark, HarnessTask
from redstar_geo.errors import InputError, RedStarError, disk_full_reported
from redstar_geo.eval import harness
from redstar_geo.eval.errata import faulty
from redstar_geo.eval.finish import finish, named, recipe_as_run, samples_of
from redstar_geo.eval.items import LEFT_TO_JUDGE, Item, Items
from redstar_geo.eval.judging import JUDGEMENTS, judge_answers, judge_of
from redstar_geo.eval.looks import asked_again
from redstar_geo.eval.questions import Questions, of_benchmark, of_file, sha256_of
from redstar_geo.fingerprint import sha256
from redstar_geo.finish_reason import is_truncated
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import Backend, Key, Sample, Shard
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Verdict
from redstar_geo.run import Run, open_run, read_json, run_lock

if TYPE_CHECKING:
    from redstar_geo.generation.batches import BatchedModel


def main(recipe: EvalRecipe) -> dict[str, Any]:
    """Answer and score every problem. Resumes answer by answer; finished is a no-op.

    Of a file of problems, `items.jsonl` and `scores.json` are in the run folder; of benchmarks, each has a folder of
    its own below it. `report.html` and `report.md` tell all of them.

    Returns:
        What `scores.json` holds; for benchmarks `{"benchmarks": {name: scores}, …}`, those that a judge scores under
        `judged`, tasks of lm-evaluation-harness under `general`. A rank that is not the last returns how many answers
        are still missing under `missing`.

    Raises:
        InputError: the problems, the model, the judge or a server are at fault.
        RedStarError: some answers or judgements could not be got; all others are kept.
        DiskFull: there is no room in the run's folder.
    """
    shard, wanted = Shard.here(), benchmarks.resolve(recipe.benchmarks)
    folder, inputs = Path(recipe.run), _inputs(recipe, wanted)
    with disk_full_reported(folder), _alone(folder, shard):
        with _turn(folder):  # what a mistake in the recipe leaves behind must not refuse the mended one
            if (folder / "run.json").is_file() and (scores := _finished(recipe, inputs)):
                return scores
            sets, tasks = _sets(recipe, wanted)
        asked = [each for questions in sets for each in (questions, *questions.again.values())]
        backend = _backend(recipe, shard) if any(_missing(each, recipe, shard) for each in asked) else None
        with _turn(folder), _opened(recipe, inputs):
            pass
        failures = _answer(asked, recipe, backend, shard) if backend else Counter[str]()
        if shard.rank == 0:
            _run_tasks(tasks, recipe, backend, shard)
        with _turn(folder):
            if scores := _finished(recipe, inputs):
                return scores
            missing = {each.name: _missing(each, recipe, shard) for each in asked}
            missing |= {task.name: int(harness.finished(task, recipe) is None) for task in tasks}
            if any(missing.values()):
                return _unfinished(missing, failures, shard)
            _judge(sets, recipe)
            with _opened(recipe, inputs) as run:
                return finish(run, sets, tasks, recipe)


def _sets(recipe: EvalRecipe, wanted: Sequence[Benchmark | HarnessTask]) -> tuple[list[Questions], list[HarnessTask]]:
    """What is asked here, and the tasks that lm-evaluation-harness runs."""
    if recipe.problems is not None:
        return [asked_again(of_file(recipe, Path(recipe.problems)), recipe)], []
    if strange := sorted(recipe.paths.keys() - {each.name for each in wanted}):
        raise InputError(f"paths names {strange}, which are not evaluated: {[each.name for each in wanted]} are.")
    tasks = [each for each in wanted if isinstance(each, HarnessTask)]
    harness.check(tasks, recipe)
    here = [each for each in wanted if isinstance(each, Benchmark)]
    if any(each.judged for each in here):
        judge_of(recipe)
    return [asked_again(of_benchmark(recipe, each), recipe) for each in here], tasks


def _answer(sets: Sequence[Questions], recipe: EvalRecipe, backend: Backend, shard: Shard) -> Counter[str]:
    """Append an item for every answer; how many could not be got now, by reason."""
    failures = Counter[str]()
    for asked in sets:
        items = Items(asked.folder, shard.rank, asked.kept)
        samples, done = samples_of(asked, recipe), items.read()
        if all(each.key in done for each in samples):
            continue

        def keep(pairs: Sequence[tuple[Sample, Reply]], asked: Questions = asked, items: Items = items) -> None:
            items.append([_item(asked, sample, reply) for sample, reply in pairs])

        failures.update(backend.answer(samples, done.keys(), keep, shard))
    return failures


def _backend(recipe: EvalRecipe, shard: Shard) -> Backend:
    """Each is imported only where it is used: torch takes seconds."""
    if recipe.endpoint is not None:
        from redstar_geo.generation.served import ServedModel

        return ServedModel(recipe.model, recipe.generation, recipe.endpoint)
    if recipe.engine == "vllm":
        from redstar_geo.generation.vllm import VllmModel

        return VllmModel(recipe.model, recipe.generation, recipe.dtype, shard)
    return _local(recipe, shard)


def _local(recipe: EvalRecipe, shard: Shard) -> BatchedModel:
    from redstar_geo.generation.batches import BatchedModel

    return BatchedModel(recipe.model, recipe.generation, recipe.batch_size, recipe.dtype, shard)


def _run_tasks(tasks: Sequence[HarnessTask], recipe: EvalRecipe, backend: Backend | None, shard: Shard) -> None:
    """Those that are not finished, all with one model: the one that has answered, if it is of this process."""
    left = [task for task in tasks if harness.finished(task, recipe) is None]
    if left:
        from redstar_geo.generation.batches import BatchedModel

        model = backend if isinstance(backend, BatchedModel) else _local(recipe, shard)
        for task in left:
            harness.run(task, recipe, model.local)


def _item(asked: Questions, sample: Sample, reply: Reply) -> Item:
    """The line of an answer; one that failed for good is undecided under that reason, with the server's words."""
    verdict = _verdict(asked, sample, reply)
    said = {"said": reply.said} if reply.failure is not None else {}
    return {
        "id": sample.problem.id,
        "sample": sample.number,
        "response": reply.text,
        "verdict": verdict.status,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "tokens": reply.completion_tokens or 0,
        "truncated": is_truncated(reply.finish_reason),
        "seconds": round(reply.seconds or 0.0, 4),
        **said,
    }


def _verdict(asked: Questions, sample: Sample, reply: Reply) -> Verdict:
    if reply.failure is not None:
        return Verdict("undecided", reply.failure)
    if asked.judged:
        return Verdict("undecided", LEFT_TO_JUDGE)
    return asked.grade(sample.problem, reply.trace(*sample.key))


def _judge(sets: Sequence[Questions], recipe: EvalRecipe) -> None:
    """Have every answer judged that is for a judge and is not yet.

    Raises:
        RedStarError: some judgements could not be got; all others are kept.
    """
    failures = Counter[str]()
    for questions in (each for each in sets if each.judged):
        kept = Items(questions.folder, 0, JUDGEMENTS)
        done, answers = kept.read(), Items(questions.folder, 0).read()
        left = [answers[each.key] for each in samples_of(questions, recipe) if each.key not in done]
        failures += judge_answers(questions, left, judge_of(recipe), recipe.seed, kept.append)
    if failures:
        why = ", ".join(f"{count} {reason}" for reason, count in failures.most_common())
        raise RedStarError(
            f"{failures.total()} judgements are missing: {why}. All others are kept; the same command asks only for "
            "these."
        )


def _missing(questions: Questions, recipe: EvalRecipe, shard: Shard) -> int:
    done: dict[Key, Item] = Items(questions.folder, shard.rank, questions.kept).read()
    return sum(each.key not in done for each in samples_of(questions, recipe))


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
        return read_json(path, dict) if run.finished("evaluate") else {}


@contextmanager
def _alone(folder: Path, shard: Shard) -> Iterator[None]:
    """One process a rank."""
    with run_lock(folder / f".rank{shard.rank}.lock"):
        yield


def _turn(folder: Path) -> FileLock:
    """Ranks wait for one another where they share a file, and nowhere else."""
    return FileLock(folder / ".turn.lock")


def _opened(recipe: EvalRecipe, inputs: dict[str, str]) -> AbstractContextManager[Run]:
    return open_run(recipe.run, recipe_as_run(recipe), inputs, named(recipe), remake=True)


def _inputs(recipe: EvalRecipe, benchmarks: Sequence[Benchmark | HarnessTask]) -> dict[str, str]:
    """SHA-256 of what is read: problems, errata, definitions of benchmarks, and the weights when the model is a folder,
    since its path may come to hold another."""
    files = [] if recipe.problems is None else [Path(recipe.problems)]
    if files and not files[0].is_file():
        raise InputError(f"{files[0]} is not there. Give the problems.parquet of a run of `redstar-geo data`.")
    if recipe.errata is not None:
        faulty(Path(recipe.errata))  # what is not as it should be is told before anything is asked
        files.append(Path(recipe.errata))
    weights = [] if recipe.endpoint else sorted(Path(recipe.model).glob("*.safetensors"))
    definitions = {f"benchmark {each.name}": sha256_of(each.model_dump_json().encode()) for each in benchmarks}
    return {str(path): sha256(path) for path in [*files, *weights]} | definitions
