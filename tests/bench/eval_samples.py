"""Evaluation in batches beside one question at a time, and beside lm-evaluation-harness's batches, on one CPU.

`python -m tests.bench eval`. The same tiny model, prompts and settings (greedy, as many tokens for each: the model is
untrained, so hardly an answer ends by itself). The sides take turns in one run; models are loaded beforehand.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from redstar_geo.generation.batches import BatchedModel
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.generation.request import GenerationSettings, Sample, Shard
from redstar_geo.models.encode import render_prompt
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.progress import console
from redstar_geo.records import Problem
from redstar_geo.sources import builtin

PROBLEMS, ALONE, BATCH, TOKENS, ROUNDS = 64, 4, 64, 128, 3
GREEDY = GenerationSettings(max_new_tokens=TOKENS, temperature=0.0, top_p=1.0, seed=0)
HARNESS = importlib.util.find_spec("lm_eval") is not None
Side = tuple[Callable[[], dict[str, str]], int]


def ours(folder: str, batch_size: int, problems: list[Problem]) -> Callable[[], dict[str, str]]:
    model = BatchedModel(folder, GREEDY, batch_size, "float32", Shard())
    samples = [Sample(problem, 0) for problem in problems]

    def run() -> dict[str, str]:
        said: dict[str, str] = {}
        model.answer(samples, (), lambda pairs: said.update((s.problem.id, a.text) for s, a in pairs), Shard())
        return said

    return run


def harness(folder: str, problems: list[Problem]) -> Callable[[], dict[str, str]]:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=folder, device="cpu", batch_size=BATCH, dtype="float32")
    settings = {"until": [], "max_gen_toks": TOKENS, "do_sample": False}
    requests = [
        Instance("generate_until", {}, (render_prompt(model.tokenizer, prompt_messages(each)), settings), number)
        for number, each in enumerate(problems)
    ]

    def run() -> dict[str, str]:
        said = model.generate_until(requests, disable_tqdm=True)
        return {each.id: text for each, text in zip(problems, said, strict=True)}

    return run


def rates(sides: dict[str, Side]) -> tuple[dict[str, list[float]], dict[str, dict[str, str]]]:
    """Samples a second of each side in each round, and what it said last; a first round warms up."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    said: dict[str, dict[str, str]] = {}
    for _ in range(ROUNDS + 1):
        for name, (run, count) in sides.items():
            started = time.perf_counter()
            said[name] = run()
            found[name].append(count / (time.perf_counter() - started))
    return {name: measured[1:] for name, measured in found.items()}, said


def figure(found: dict[str, list[float]], name: str, against: str) -> dict[str, Any]:
    ratio = median(a / b for a, b in zip(found["batched"], found[name], strict=True))
    return {
        "name": "eval.samples_per_s",
        "value": round(median(found["batched"]), 2),
        "unit": "samples/s",
        "against": against,
        "theirs": round(median(found[name]), 2),
        "ratio": round(ratio, 2),
        "n": PROBLEMS * ROUNDS,
    }


def bench() -> Iterator[dict[str, Any]]:
    """Samples a second against each, and whether batched answers are those given one at a time."""
    logging.getLogger("transformers").setLevel(logging.ERROR)
    console.quiet = True
    problems = list(builtin.problems([], PROBLEMS, seed=0, difficulty=[1, 2, 3], modality="both"))
    texts = [each.question for each in problems]
    with tempfile.TemporaryDirectory() as folder:
        build_tiny(Path(folder), texts, TinySize(), seed=0)
        alone = (ours(folder, 1, problems[:ALONE]), ALONE)
        found, said = rates({"batched": (ours(folder, BATCH, problems), PROBLEMS), "alone": alone})
    yield figure(found, "alone", "one question at a time, with pictures")
    same = sum(said["batched"][id] == text for id, text in said["alone"].items())
    yield {"name": "eval.same_answers_in_batches", "value": same, "unit": f"of {ALONE}", "n": ALONE}
    if not HARNESS:
        print("eval: lm-evaluation-harness is not installed (pip install lm-eval)", file=sys.stderr)
        return
    bare = [replace(each, images=()) for each in problems]
    with tempfile.TemporaryDirectory() as folder:
        build_tiny(Path(folder), texts, TinySize(family="qwen2"), seed=0)
        theirs = (harness(folder, bare), PROBLEMS)
        found, said = rates({"batched": (ours(folder, BATCH, bare), PROBLEMS), "harness": theirs})
    yield figure(found, "harness", f"lm-evaluation-harness, batches of {BATCH}, without pictures")
