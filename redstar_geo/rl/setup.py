"""Before the first step: is the reward one, do the problems fit the model, how long may a response be? Then open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from accelerate import Accelerator
from torch import distributed as dist

from redstar_geo.cache import checked
from redstar_geo.fingerprint import sha256
from redstar_geo.generation.encoded import prompt_tokens
from redstar_geo.identity import Settings
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.load import load_config, load_processor, model_fingerprint
from redstar_geo.models.pixels import limit_pixels
from redstar_geo.models.shipped import located
from redstar_geo.parquet import batches
from redstar_geo.records import Problem
from redstar_geo.rl.models import build, check_teacher
from redstar_geo.rl.optimise import open_accelerator
from redstar_geo.rl.problems import of_step, read_problems
from redstar_geo.rl.recipe import RlRecipe
from redstar_geo.rl.reward import Rewarder
from redstar_geo.rl.reward_check import tried, tried_without_gold
from redstar_geo.rl.training import Report, Training
from redstar_geo.rl.vllm import VllmSampler
from redstar_geo.run import Counts, Run, open_run, read_manifest
from redstar_geo.trainer import distributed
from redstar_geo.trainer.dataset import export_files, said
from redstar_geo.trainer.evaluation import held_out
from redstar_geo.trainer.model_card import push
from redstar_geo.trainer.trackers import OUTLETS, check_installed

_KEPT_WHOLE = 0.99  # of the completions trained on are within max_new_tokens: auto


@contextmanager
def open_training(recipe: RlRecipe, report: Report) -> Iterator[Training | None]:
    """The training as its folder has it, ready for its next step; None when it is finished.

    Args:
        report: writes the reports at its end.

    Raises:
        InputError: the model is none, the problems do not fit it, or the reward fails on gold or rewards silence.
    """
    problems, unseen = inputs(recipe)
    with ExitStack() as opened:
        run = _run(recipe, opened)
        if run.finished("train"):
            yield None
            if distributed.is_first():
                push(run, recipe.push_to_hub)
            return
        rewarder = opened.enter_context(Rewarder(recipe.reward, checked(run.path("facts.sqlite"))))
        if distributed.is_first() and not run.finished("prepare"):
            prepare(recipe, run, problems, rewarder)
        accelerator = _together(recipe)
        prepared = read_manifest(run.folder)["counts"]["prepare"]
        cap = prepared["max_new_tokens"]
        models = build(recipe, accelerator.device)
        sampler = None
        if recipe.vllm is not None:
            longest = cap + prepared["prompt_tokens"]
            plainly = recipe.generation(cap), recipe.samples
            sampler = VllmSampler(recipe.vllm, *plainly, models, accelerator, longest)
        longest = prepared["longest"]
        yield Training(recipe, run, accelerator, models, problems, unseen, longest, cap, rewarder, report, sampler)
        if distributed.is_first():
            push(run, recipe.push_to_hub)
        if dist.is_initialized():
            dist.destroy_process_group()


def inputs(recipe: RlRecipe) -> tuple[list[Problem], list[Problem]]:
    """What is trained on, and what is held out.

    Raises:
        InputError: the model is none, the problems or the teacher do not fit it, or a tracker is not installed.
    """
    check_installed(recipe.report_to)
    if recipe.teacher_model is not None:
        check_teacher(recipe.model, recipe.teacher_model)
    sees = family_of(load_config(recipe.model)).sees
    problems = read_problems(paths(recipe), sees)
    return problems, held_out(recipe.evaluate, recipe.seed, sees) if recipe.evaluate else []


def prepare(recipe: RlRecipe, run: Run, problems: Sequence[Problem], rewarder: Rewarder) -> None:
    """Try the reward on every problem that will be trained on, and find the cap on responses.

    Raises:
        InputError: the reward fails on gold or rewards silence; no export file for the cap.
    """
    steps = range(1, recipe.steps + 1)
    indices = {i for step in steps for i in of_step(len(problems), recipe.prompts, recipe.seed, step, recipe.rounds)}
    trained_on = [problems[i] for i in sorted(indices)]
    facts: dict[str, Any]
    if recipe.reward.outcome == "certified":
        facts = {"determined": tried_without_gold(trained_on, rewarder)}
    else:  # only the outcome is tried, and proofs take their time
        facts = {"gold_answers_tried": tried(trained_on, rewarder.without_steps)}
    config = load_config(recipe.model)
    processor = load_processor(recipe.model, config)
    limit_pixels(family_of(config), processor, recipe.pixels)
    lengths = {i: prompt_tokens(problems[i], config, processor) for i in sorted(indices)}
    facts |= {"longest": max(lengths, key=lambda i: lengths[i]), "prompt_tokens": max(lengths.values())}
    counts = Counts(len(problems), len(trained_on), {}, len(problems) - len(trained_on))
    run.finish("prepare", counts, **facts, max_new_tokens=longest_response(recipe, processor))


def longest_response(recipe: RlRecipe, processor: Processor) -> int:
    """`max_new_tokens`, for `auto` from the completions that the model was trained on, their end of turn included.

    Raises:
        InputError: there is no such export.
    """
    if recipe.max_new_tokens != "auto":
        return recipe.max_new_tokens
    tokenizer = tokenizer_of(processor)
    lengths = []
    for file in export_files(str(recipe.trained_on)):
        for batch in batches(pq.ParquetFile(file), ["completion"]):
            texts = [said(row["completion"]) for row in batch.to_pylist()]
            lengths += [len(ids) + 1 for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    return length_cap(lengths, _KEPT_WHOLE)


def length_cap(tokens: Sequence[int], share: float) -> int:
    """The least length that `share` of the responses keep within: a cap from the data's own lengths in tokens."""
    ordered = sorted(tokens)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def paths(recipe: RlRecipe) -> list[str]:
    """The files of problems."""
    return [recipe.problems] if isinstance(recipe.problems, str) else list(recipe.problems)


def _run(recipe: RlRecipe, opened: ExitStack) -> Run:
    """Opened by rank 0; others have the folder once it has prepared, and write nothing there."""
    if not distributed.is_first():
        return distributed.once_prepared(recipe.run)
    files = [*paths(recipe), *([recipe.evaluate.problems] if recipe.evaluate else [])]
    models = {"model": recipe.model} | ({"teacher": recipe.teacher_model} if recipe.teacher_model is not None else {})
    fingerprints = {path: sha256(Path(path)) for path in files}
    fingerprints |= {model: model_fingerprint(model) for model in models.values()}
    folders = [key for key, model in models.items() if Path(located(model)).is_dir()]
    named = ["problems", "evaluate.problems", *folders]
    return opened.enter_context(open_run(recipe.run, Settings.of(recipe, OUTLETS), fingerprints, named))


def _together(recipe: RlRecipe) -> Accelerator:
    """All ranks, once the first has prepared."""
    accelerator = open_accelerator(recipe)
    accelerator.wait_for_everyone()
    return accelerator
