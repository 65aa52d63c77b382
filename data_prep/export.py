"""Export: selected traces → `sft/train.parquet`, right against wrong → `pairs/train.parquet`, and the data card.

Both load with `datasets.load_dataset("parquet", …)` and are what TRL takes: prompt, completion, images.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from datasets import Features, Image, List, Value

from redstar_geo.data_prep.recipe import DataRecipe
from redstar_geo.data_prep.select import choose
from redstar_geo.records import Problem, Trace, read
from redstar_geo.run import Counts, Run, write_rows, write_text
from redstar_geo.vlm.render import completion_messages, prompt_messages

_MESSAGES = List({"role": Value("string"), "content": Value("string")})
_SFT = Features(
    {"id": Value("string"), "prompt": _MESSAGES, "completion": _MESSAGES, "images": List(Image())}
).arrow_schema
_PAIRS = Features(
    {
        "id": Value("string"),
        "prompt": _MESSAGES,
        "chosen": _MESSAGES,
        "rejected": _MESSAGES,
        "images": List(Image()),
    }
).arrow_schema


def export(run: Run, recipe: DataRecipe) -> None:
    """Write what is taught, account for every trace and every prompt, and describe it all in README.md."""
    traces, prompts = Counts(), Counts()
    write_rows(run.path("sft", "train.parquet"), _SFT, _sft_rows(run, recipe, traces, prompts))
    run.finish("select", traces)
    pairs = write_rows(run.path("pairs", "train.parquet"), _PAIRS, _pair_rows(run))
    write_text(run.path("README.md"), _card(run, prompts, pairs))
    run.finish("prompts", prompts, pairs=pairs)


def _by_problem(run: Run) -> Iterator[tuple[Problem, list[Trace]]]:
    """Every problem with its traces; both files are in the same order, so one pass in bounded memory is enough."""
    groups = groupby(read(Trace, run.path("traces.parquet")), key=lambda trace: trace.problem_id)
    following = next(groups, None)
    for problem in read(Problem, run.path("problems.parquet")):
        if following is not None and following[0] == problem.id:
            yield problem, list(following[1])
            following = next(groups, None)
        else:
            yield problem, []


def _sft_rows(run: Run, recipe: DataRecipe, counts: Counts, prompts: Counts) -> Iterator[dict[str, Any]]:
    for problem, traces in _by_problem(run):
        chosen = choose(traces, recipe.select, counts)
        prompts.in_ += 1
        if chosen:
            prompts.out += 1
        elif traces:
            prompts.reject("no verified trace")
        else:
            prompts.reject("no response")
        for trace in chosen:
            yield {
                "id": f"{problem.id}#{trace.sample}",
                "prompt": prompt_messages(problem),
                "completion": completion_messages(trace.text),
                "images": _images(problem),
            }


def _pair_rows(run: Run) -> Iterator[dict[str, Any]]:
    for problem, traces in _by_problem(run):
        right = [trace for trace in traces if trace.verdict and trace.verdict.status == "correct"]
        wrong = [trace for trace in traces if trace.verdict and trace.verdict.status == "wrong"]
        for chosen, rejected in zip(right, wrong, strict=False):
            yield {
                "id": f"{problem.id}#{chosen.sample}-{rejected.sample}",
                "prompt": prompt_messages(problem),
                "chosen": completion_messages(chosen.text),
                "rejected": completion_messages(rejected.text),
                "images": _images(problem),
            }


def _images(problem: Problem) -> list[dict[str, Any]]:
    return [{"bytes": image.data, "path": None} for image in problem.images]


def _card(run: Run, prompts: Counts, pairs: int) -> str:
    counts = run.manifest["counts"] | {"prompts": prompts.settle()}
    lines = [
        f"# {run.folder.name}",
        "",
        f"{counts['select']['out']} verified traces of {prompts.out} problems, {pairs} preference pairs. "
        "Every trace carries a verdict; nothing is dropped without a reason.",
        "",
        "| stage | in | out | rejected by reason | pending |",
        "|---|---:|---:|---|---:|",
    ]
    for stage, count in counts.items():
        reasons = ", ".join(f"{reason} {number}" for reason, number in count["rejected"].items()) or "–"
        lines.append(f"| {stage} | {count['in']} | {count['out']} | {reasons} | {count['pending']} |")
    recipe = json.dumps(run.manifest["recipe"], ensure_ascii=False, indent=2)
    return "\n".join([*lines, "", "Made by this recipe:", "", "```json", recipe, "```", ""])
