"""A start model that answers digits at random, problems whose answer is one of them, and small recipes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import pyarrow.parquet as pq
import torch
import yaml
from PIL import Image as Pillow
from torch.optim import AdamW
from transformers import PreTrainedModel

from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder
from redstar_geo.models.families import Processor
from redstar_geo.models.load import load
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.records import Problem, to_table
from redstar_geo.sources.builtin import problems

ANSWER = "7"
PHASES = ("rollout", "reward", "logprob", "update")
TIMES = ("seconds", "elapsed_s", "tokens_per_s", *(f"{phase}_{unit}" for phase in PHASES for unit in ("s", "gib")))
_DIGITS, _LESSONS, _A_LESSON = "123456789", 60, 8
_SAID = "\\boxed{{digit}}"


@cache
def start(family: str = "qwen2_5_vl", said: str = _SAID) -> Path:
    """A folder with `model/` and `problems.parquet`, made once a test run.

    Args:
        said: what the model answers, with a digit for `{digit}`.
    """
    folder = Path(mkdtemp(prefix="start-"))
    texts = [problem.question for problem in problems([], 60, 1, [2])]
    build_tiny(folder / "model", texts, TinySize(family=family, layers=2, width=64, mlp=128, vocabulary=500), 3)  # type: ignore[arg-type]
    model, processor = load(str(folder / "model"), torch.float32)
    taught(model, processor, rl_problems(family), said)
    model.save_pretrained(folder / "model")
    write_problems(folder / "problems.parquet", rl_problems(family))
    return folder


def rl_problems(family: str = "qwen2_5_vl") -> list[Problem]:
    """Eight problems with pictures (text families: without), all with the same answer."""
    found = problems(["angle_sum", "pythagoras", "tangent_length"], 8, 6, [2], "en", "both")
    text = family in ("qwen2", "qwen3")
    return [replace(one, answer=ANSWER, images=() if text else one.images) for one in found]


def taught(model: PreTrainedModel, processor: Processor, asked: list[Problem], said: str = _SAID) -> None:
    """Until the model answers with some digit, now and then with a few words before it."""
    encoder, chance = Encoder(model.config, processor), Random(0)
    learner, optimizer = LossModel(model.train(), 1), AdamW(model.parameters(), lr=1e-2)
    known = [_lesson(encoder, one, digit, said) for one in asked for digit in _DIGITS]
    for _ in range(_LESSONS):
        row = collate(chance.choices(known, k=_A_LESSON))
        labels = row.pop("labels")
        learner(labels=labels, num_items=labelled_tokens(labels), **row).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def _lesson(encoder: Encoder, problem: Problem, digit: str, said: str) -> Encoded:
    said = "The angle is " * (said == _SAID) * (int(digit) % 2) + said.replace("{digit}", digit)
    pictures = [Pillow.open(BytesIO(image.data)) for image in problem.images]
    return encoder(problem.id, prompt_messages(problem), [{"role": "assistant", "content": said}], pictures)


def write_problems(path: Path, found: list[Problem]) -> None:
    pq.write_table(to_table(Problem, found), path)


def values(folder: Path, run: Path | str, **changes: Any) -> dict[str, Any]:
    """A recipe's values."""
    return {
        "method": "reinforce_pp",
        "run": str(run),
        "model": str(folder / "model"),
        "problems": str(folder / "problems.parquet"),
        "prompts": 4,
        "samples": 4,
        "max_new_tokens": 12,
        "sampled_together": 8,
        "reward": {"truncated": "wrong"},
        "steps": 4,
        "updates": 2,
        "learning_rate": 1e-4,
        "kl_weight": 0.05,
        "checkpoint_steps": 2,
    } | changes


def write_recipe(path: Path, **given: Any) -> Path:
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    return path


def curve(run: Path | str) -> list[dict[str, Any]]:
    """The log without its times."""
    lines = (Path(run) / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in TIMES} for line in lines]


def rollouts(run: Path | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(run) / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()]
