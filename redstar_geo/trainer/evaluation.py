"""Held-out evaluation during training: problems answered and graded at every checkpoint, of which the best is kept.

The loss says how well a model continues its teachers' traces, not whether its own answers are right.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
import torch.distributed as dist
from peft import PeftModel
from pydantic import Field
from transformers import PreTrainedModel, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from redstar_geo.errors import RedStarError
from redstar_geo.generation.encoded import encode_prompt
from redstar_geo.generation.local import generate
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.grading import grade
from redstar_geo.models.families import Processor
from redstar_geo.recipe import Section
from redstar_geo.records import Problem, read_problems
from redstar_geo.run import read_json, write_json
from redstar_geo.scores import accuracy
from redstar_geo.trainer.log import append, drop_after

_NOT_OF_THE_MODEL = shutil.ignore_patterns(
    "optimizer*",
    "scheduler*",
    "scaler*",
    "rng_state*",
    "global_step*",
    "latest",
    "zero_to_fp32.py",
    "training_args.bin",
    "whole",
)


class HeldOut(Section):
    """Which problems are answered at every checkpoint: `count` of a `problems.parquet`, at random by the run's seed.

    Take problems that are not trained on. An answer longer than `max_new_tokens` counts as truncated.
    """

    problems: str
    count: int = Field(default=32, gt=0)
    max_new_tokens: int = Field(default=2048, gt=0)
    batch_size: int = Field(default=16, gt=0)


def held_out(settings: HeldOut, seed: int, sees: bool) -> list[Problem]:
    """The problems of the evaluation, the same for the same seed; `sees`: whether the model takes images.

    Raises:
        InputError: they cannot be read, there are none, or they have images that the model would not see.
    """
    problems = read_problems(settings.problems, "evaluate.problems", sees)
    return Random(seed).sample(problems, settings.count) if len(problems) > settings.count else problems


def rounds(problems: Sequence[Problem], at_once: int) -> Iterator[list[Problem]]:
    """Problems that all ranks together answer at once: all with pictures or all without.

    Under ZeRO-3 every module is gathered from all ranks when it runs: one rank that reads a picture while another has
    none would wait for ever.
    """
    for with_pictures in (True, False):
        alike = [problem for problem in problems if bool(problem.images) == with_pictures]
        for start in range(0, len(alike), at_once):
            yield alike[start : start + at_once]


def answer(
    model: PreTrainedModel | PeftModel, processor: Processor, problems: Sequence[Problem], max_new_tokens: int
) -> list[Reply]:
    """Greedy answers to one batch of problems. Under ZeRO-3 all ranks must call it equally often."""
    prompts = [encode_prompt(problem, model.config, processor) for problem in problems]
    completions = generate(model, processor, prompts, GenerationSettings(max_new_tokens))
    return [Reply.of_text(each.text, each.finish_reason, None, len(each.tokens)) for each in completions]


def evaluate(
    model: PreTrainedModel | PeftModel, processor: Processor, problems: Sequence[Problem], settings: HeldOut
) -> list[dict[str, Any]]:
    """Every problem answered and graded: id, response, verdict, reason, extracted, tokens, truncated.

    To be called on all ranks; they share the problems, and each returns all items, in the order of the problems.
    """
    rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    items: list[dict[str, Any]] = []
    for together in rounds(problems, settings.batch_size * ranks):
        own = together[rank::ranks]
        answers = answer(model, processor, own or together[:1], settings.max_new_tokens)  # all ranks must answer
        items += [_graded(problem, given) for problem, given in zip(own, answers, strict=False)]
    if ranks > 1:
        shares: list[list[dict[str, Any]]] = [[] for _ in range(ranks)]
        dist.all_gather_object(shares, items)
        items = [item for share in shares for item in share]
    by_id = {item["id"]: item for item in items}
    return [by_id[problem.id] for problem in problems]


def _graded(problem: Problem, reply: Reply) -> dict[str, Any]:
    verdict = grade(problem, reply.trace(problem.id, 0, teacher="the model in training"))
    return {
        "id": problem.id,
        "response": reply.text,
        "verdict": verdict.status,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "tokens": reply.completion_tokens,
        "truncated": reply.finish_reason == "length",
    }


def summary(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Accuracy over all items with its 95 % interval; truncated and undecided ones are shares of their own."""
    n = len(items)
    verdicts = Counter(item["verdict"] for item in items)
    scored = accuracy(verdicts["correct"], n)
    return {
        "correct": verdicts["correct"],
        "n": n,
        "accuracy": scored.accuracy,
        "low": scored.low,
        "high": scored.high,
        "truncated_share": sum(item["truncated"] for item in items) / n,
        "undecided_share": verdicts["undecided"] / n,
        "mean_tokens": sum(item["tokens"] for item in items) / n,
    }


def keep_best(folder: Path, checkpoint: Path, entry: dict[str, Any]) -> bool:
    """Copy the model of `checkpoint` to `folder/best/` if none before had more correct answers; says if it did.

    `best.json` (step, correct, n, accuracy, low, high, model) is written once the copy is whole and names it, so that a
    kill leaves the old best or the new one. Of equals the later one is kept: it has seen more.

    Raises:
        RedStarError: the checkpoint has no weights that could be loaded without the optimizer's.
    """
    pointer = folder / "best.json"
    before = read_json(pointer, dict) if pointer.is_file() else None
    if before is not None and (before["correct"] > entry["correct"] or before["step"] == entry["step"]):
        return False
    if not any(checkpoint.glob("*.safetensors")):
        raise RedStarError(
            f"{checkpoint} holds no *.safetensors, so it cannot be kept as the best one. Under ZeRO-3 the DeepSpeed "
            'configuration needs "stage3_gather_16bit_weights_on_model_save": true, as the shipped presets have it.'
        )
    target = folder / "best" / checkpoint.name
    partial = target.with_name(f".{target.name}.partial")
    for old in (partial, target):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(checkpoint, partial, ignore=_NOT_OF_THE_MODEL, copy_function=_link_or_copy)
    partial.rename(target)
    kept = {key: entry[key] for key in ("step", "correct", "n", "accuracy", "low", "high")}
    write_json(pointer, kept | {"model": f"best/{target.name}"})
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other)
    return True


def _link_or_copy(source: str, target: str) -> None:
    """A second name for the same data, which is at once; a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class EvaluationCallback(TrainerCallback):
    """Evaluates the model after every checkpoint, and before the first step.

    Writes `evaluations.jsonl` (a line each: step, seconds, what `summary` says, items), `best.json` and `best/` in the
    run's folder, on rank 0 only; `latest` is the last line without its items, on every rank.

    Args:
        model: the model in training without wrappers (DDP, DeepSpeed engine, loss).
    """

    def __init__(
        self,
        settings: HeldOut,
        problems: Sequence[Problem],
        model: PreTrainedModel | PeftModel,
        processor: Processor,
        folder: Path,
    ) -> None:
        self.settings = settings
        self.problems = problems
        self.model = model
        self.processor = processor
        self.folder = folder
        self.log = folder / "evaluations.jsonl"
        self.latest: dict[str, Any] | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Where the model stands before it learns, or at the checkpoint that it resumes from, unless that is known."""
        known: list[dict[str, Any]] = []
        if state.is_world_process_zero:
            known = drop_after(self.log, state.global_step)
        last = _from_rank_zero(known[-1] if known else None)  # other machines may not see the folder
        if last is not None and last["step"] == state.global_step:
            self.latest = _without_items(last)
        else:
            self._evaluate(args, state)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self._evaluate(args, state)

    def _evaluate(self, args: TrainingArguments, state: TrainerState) -> None:
        started = time.monotonic()
        with torch.autocast(self.model.device.type, torch.bfloat16, enabled=args.bf16):
            items = evaluate(self.model, self.processor, self.problems, self.settings)
        seconds = round(time.monotonic() - started, 2)
        entry = {"step": state.global_step, "seconds": seconds, **summary(items), "items": items}
        self.latest = _without_items(entry)
        if not state.is_world_process_zero:
            return
        append(self.log, entry)
        checkpoint = Path(str(args.output_dir)) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        if checkpoint.is_dir():  # not before the first step
            keep_best(self.folder, checkpoint, entry)


def _from_rank_zero(value: dict[str, Any] | None) -> dict[str, Any] | None:
    values = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(values)
    return values[0]


def _without_items(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "items"}
