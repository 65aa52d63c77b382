"""Batched evaluation of a model on problems: every item is kept as soon as it is answered, scores follow from items."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image
from pydantic import Field
from transformers import AutoModelForImageTextToText, AutoProcessor, ProcessorMixin
from trl.data_utils import prepare_multimodal_messages

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.eval.reasoning import reasoning
from redstar_geo.jsonl import cut_torn_line
from redstar_geo.progress import progress
from redstar_geo.recipe import Section
from redstar_geo.records import Problem, read
from redstar_geo.run import Counts, Run, open_run, write_json
from redstar_geo.scores import accuracy, accuracy_by
from redstar_geo.vlm.render import prompt_messages


class EvalRecipe(Section):
    """`redstar-geo eval`: a model (hub id or folder) and the `problems.parquet` of a run; greedy decoding.

    `limit` takes that many problems at random by `seed`. `gdl` is FormalGeo's folder of predicates and theorems: the
    steps of answers to its problems are judged only with it; built-in problems bring their proofs.
    """

    run: str
    model: str
    problems: str
    limit: int | None = Field(default=None, gt=0)
    seed: int = 0
    gdl: str | None = None
    max_new_tokens: int = Field(default=1024, gt=0)
    batch_size: int = Field(default=64, gt=0)
    dtype: Literal["float32", "bfloat16"] = "bfloat16"


def main(recipe: EvalRecipe) -> dict[str, Any]:
    """Answer and score every problem; returns what `scores.json` holds. Resumes item by item; finished is a no-op.

    Raises:
        InputError: the problems or the model cannot be read.
    """
    problems = _problems(recipe)
    with open_run(recipe.run, recipe.model_dump(), _fingerprints(recipe)) as run:
        items_path, scores_path = run.path("items.jsonl"), run.path("scores.json")
        if not run.finished("evaluate"):
            done = {item["id"] for item in _keep_whole_lines(items_path)}
            _answer([problem for problem in problems if problem.id not in done], recipe, items_path)
            items = _keep_whole_lines(items_path)
            scored = score(problems, items) | {"reasoning": _reasoning(problems, items, recipe, run)}
            write_json(scores_path, scored)
            run.finish("evaluate", Counts(in_=len(problems), out=len(problems)))
        scores: dict[str, Any] = json.loads(scores_path.read_text(encoding="utf-8"))
        return scores


def score(problems: Sequence[Problem], items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the items say.

    `of_all` counts the right ones among all items, `of_decided` among those that got a verdict: truncated and
    unreadable answers are undecided and stand as shares of their own beside both. Groups are shares of all items.
    """
    by_id = {problem.id: problem for problem in problems}
    outcomes = [(by_id[item["id"]], item["verdict"] == "correct") for item in items]
    n, right = len(items), sum(correct for _, correct in outcomes)
    verdicts, reasons = Counter(item["verdict"] for item in items), Counter(item["reason"] for item in items)
    families = accuracy_by((str(problem.meta.get("family", problem.source)), correct) for problem, correct in outcomes)
    levels = accuracy_by((_level(problem), correct) for problem, correct in outcomes)
    return {
        "n": n,
        "of_all": accuracy(right, n).as_dict(),
        "of_decided": accuracy(right, n - verdicts["undecided"]).as_dict(),
        "verdicts": dict(verdicts.most_common()),
        "reasons": dict(reasons.most_common()),
        "truncated_share": sum(item["truncated"] for item in items) / n,
        "no_answer_share": reasons["no_answer"] / n,
        "undecided_share": verdicts["undecided"] / n,
        "mean_tokens": sum(item["tokens"] for item in items) / n,
        "seconds": sum(item["seconds"] for item in items),
        "by_family": {family: found.as_dict() for family, found in families.items()},
        "by_difficulty": {level: found.as_dict() for level, found in levels.items()},
    }


def _reasoning(
    problems: Sequence[Problem], items: Sequence[dict[str, Any]], recipe: EvalRecipe, run: Run
) -> dict[str, Any]:
    by_id = {problem.id: replace(problem, images=()) for problem in problems}
    answered = [(by_id[item["id"]], item["response"], item["verdict"] == "correct") for item in items]
    return reasoning(answered, run.path("facts.sqlite"), None if recipe.gdl is None else Path(recipe.gdl))


def _level(problem: Problem) -> str:
    return "unknown" if problem.difficulty is None else f"{problem.difficulty:g}"


def _problems(recipe: EvalRecipe) -> list[Problem]:
    path = Path(recipe.problems)
    try:
        problems = list(read(Problem, path))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path} cannot be read as problems ({error}). Give the problems.parquet of a run of `redstar-geo data`."
        ) from None
    if not problems:
        raise InputError(f"{path} holds no problems. See run.json beside it for why every one was rejected.")
    if recipe.limit is not None and recipe.limit < len(problems):
        problems = random.Random(recipe.seed).sample(problems, recipe.limit)
    return problems


def _answer(problems: list[Problem], recipe: EvalRecipe, items: Path) -> None:
    """Append one line an item; prompts of like length share a batch, so that little is spent on padding."""
    if not problems:
        return
    model, processor = _load(recipe)
    prompts = [_prompt(problem, processor) for problem in problems]
    order = sorted(range(len(problems)), key=lambda index: len(processor.tokenizer(prompts[index])["input_ids"]))
    batches = [order[start : start + recipe.batch_size] for start in range(0, len(order), recipe.batch_size)]
    with items.open("a", encoding="utf-8") as file:
        for batch in progress(batches, "evaluating"):
            chosen = [problems[index] for index in batch]
            for item in _answer_batch(model, processor, chosen, [prompts[index] for index in batch], recipe):
                file.write(json.dumps(item, ensure_ascii=False) + "\n")
            file.flush()


def _answer_batch(
    model: Any, processor: ProcessorMixin, problems: list[Problem], prompts: list[str], recipe: EvalRecipe
) -> Iterator[dict[str, Any]]:
    started = time.monotonic()
    inputs = processor(
        text=prompts,
        images=[picture for problem in problems for picture in _pictures(problem)] or None,
        padding=True,
        padding_side="left",
        add_special_tokens=False,
        return_tensors="pt",
    ).to(model.device)
    with torch.inference_mode():
        output = model.generate(**inputs, max_new_tokens=recipe.max_new_tokens, do_sample=False)
    completions = output[:, inputs["input_ids"].shape[1] :]
    texts = processor.tokenizer.batch_decode(completions, skip_special_tokens=True)
    seconds = (time.monotonic() - started) / len(problems)
    ends = model.generation_config.eos_token_id
    ends = torch.tensor(ends if isinstance(ends, list) else [ends], device=completions.device)
    for problem, text, ended in zip(problems, texts, torch.isin(completions, ends), strict=True):
        truncated = not bool(ended.any())
        tokens = len(ended) if truncated else int(ended.int().argmax()) + 1
        finish_reason = "length" if truncated else "stop"
        verdict = verify(problem.answer, text, choices=problem.choices, finish_reason=finish_reason)
        yield {
            "id": problem.id,
            "response": text,
            "verdict": verdict.status,
            "reason": verdict.reason,
            "extracted": verdict.extracted,
            "tokens": tokens,
            "truncated": truncated,
            "seconds": round(seconds, 4),
        }


def _load(recipe: EvalRecipe) -> tuple[Any, ProcessorMixin]:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        processor = AutoProcessor.from_pretrained(recipe.model)
        model = AutoModelForImageTextToText.from_pretrained(recipe.model, dtype=recipe.dtype, device_map=device)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Model {recipe.model!r} cannot be loaded ({error}). Give a Hugging Face id, or a folder such as "
            "runs/NAME/model that a training wrote."
        ) from None
    return model.eval(), processor


def _prompt(problem: Problem, processor: ProcessorMixin) -> str:
    """Rendered as in training: the pictures before the text of the question."""
    messages = prepare_multimodal_messages(prompt_messages(problem), images=_pictures(problem))
    rendered: str = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return rendered


def _pictures(problem: Problem) -> list[Image.Image]:
    return [Image.open(BytesIO(image.data)).convert("RGB") for image in problem.images]


def _keep_whole_lines(path: Path) -> list[dict[str, Any]]:
    """The items so far; a last line torn by a kill is cut off, so that the next one starts clean."""
    if not cut_torn_line(path):
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def _fingerprints(recipe: EvalRecipe) -> dict[str, str]:
    """SHA-256 of the problems, and of the weights when the model is a folder: its path may come to hold another."""
    weights = sorted(Path(recipe.model).glob("*.safetensors"))
    return {str(path): _sha256(path) for path in [Path(recipe.problems), *weights]}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
