"""General abilities: tasks of lm-evaluation-harness, by its own protocols, on the model that answers here.

What the harness has got from the model is kept request by request until its task is finished, so that a task that was
stopped goes on. A task's score is that of its items, all subtasks together.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redstar_geo.benchmarks import HarnessTask
from redstar_geo.errors import InputError
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.run import read_json, write_json, write_text
from redstar_geo.scores import accuracy, bootstrap

if TYPE_CHECKING:
    from redstar_geo.generation.local import LocalModel

_REQUESTS = "requests"


def check(tasks: Sequence[HarnessTask], recipe: EvalRecipe) -> None:
    """Whether the tasks can be run at all.

    Raises:
        InputError: the harness is not installed, or the weights are behind an endpoint.
    """
    if not tasks:
        return
    names = ", ".join(task.name for task in tasks)
    if importlib.util.find_spec("lm_eval") is None:
        raise InputError(
            f"{names} need lm-evaluation-harness, which is not installed. Install it (pip install "
            "'redstar-geo[eval]'), or leave them out."
        )
    if recipe.endpoint is not None:
        raise InputError(
            f"{names} cannot be asked at an endpoint: they compare the likelihoods of given answers, which a chat "
            "server does not tell. Give the weights as model, without endpoint, or leave them out."
        )


def finished(task: HarnessTask, recipe: EvalRecipe) -> dict[str, Any] | None:
    """The scores of a task that has them."""
    path = Path(recipe.run) / task.name / "scores.json"
    return read_json(path, dict) if path.is_file() else None


def run(task: HarnessTask, recipe: EvalRecipe, model: LocalModel) -> None:
    """Run a task and write its `scores.json` and `items.jsonl` (`id`, `value` of its metric).

    Raises:
        InputError: the harness knows no such task or metric, or its data cannot be read.
    """
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    folder = Path(recipe.run) / task.name
    folder.mkdir(parents=True, exist_ok=True)
    wrapped = HFLM(pretrained=model.model, backend="causal", tokenizer=model.tokenizer, batch_size=recipe.batch_size)
    try:
        results = simple_evaluate(
            wrapped,
            tasks=[task.harness],
            limit=recipe.limit,
            use_cache=str(folder / _REQUESTS),
            bootstrap_iters=0,
            task_manager=TaskManager(include_path=task.folder, include_defaults=task.folder is None),
        )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"lm-evaluation-harness cannot run {task.harness!r} for the benchmark {task.name}: {error}. Check its "
            "name there, its data and the connection."
        ) from None
    items = list(_items(task, results["samples"]))
    scores = _scores(task, items, results)
    write_text(folder / "items.jsonl", "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))
    write_json(folder / "scores.json", scores)
    for left in folder.glob(f"{_REQUESTS}*"):
        left.unlink()


def _items(task: HarnessTask, samples: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The metric of every item of every subtask, by the first of the filters that read its answer."""
    for name, rows in samples.items():
        first = rows[0]["filter"] if rows else None
        for row in rows:
            if row["filter"] != first:
                continue
            value = row.get(task.metric)
            if not isinstance(value, int | float):
                raise InputError(
                    f"{task.harness} has no metric {task.metric!r} with a number an item; it has "
                    f"{', '.join(row['metrics'])}. Correct `metric` of the benchmark {task.name}."
                )
            yield {"id": f"{name}/{row['doc_id']}", "task": name, "value": float(value)}


def _scores(task: HarnessTask, items: Sequence[Mapping[str, Any]], results: Mapping[str, Any]) -> dict[str, Any]:
    by_task: dict[str, list[float]] = {}
    for item in items:
        by_task.setdefault(item["task"], []).append(item["value"])
    metrics = results["results"].get(task.harness, {})
    return {
        "name": task.name,
        "title": task.title,
        "ability": task.ability,
        "task": task.harness,
        "metric": task.metric,
        "harness": f"lm-eval {version('lm_eval')}",
        **_estimate([item["value"] for item in items]),
        "by_harness": next((value for name, value in metrics.items() if name.partition(",")[0] == task.metric), None),
        "by_task": {name: _estimate(values) for name, values in sorted(by_task.items())},
    }


def _estimate(values: Sequence[float]) -> dict[str, Any]:
    """The mean with its 95 % interval: Wilson's where every item is right or wrong, else by the bootstrap."""
    if set(values) <= {0.0, 1.0}:
        share = accuracy(int(sum(values)), len(values))
        return {"n": share.n, "value": share.accuracy, "low": share.low, "high": share.high}
    return bootstrap.mean(values).as_dict()
