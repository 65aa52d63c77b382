"""`python -m tests.real.evaluate ENGINE …`: GSM8K and HumanEval with real weights, by one of three engines.

    python -m tests.real.evaluate vllm --data ../shared/data --limit 300        # and llama, transformers
    python -m tests.real.evaluate vllm --data ../shared/data --larger           # the 1.5B
    python -m tests.real.compare runs/real/vllm-qwen2.5-coder-0.5b-instruct     # item by item, against others' scorers

A thin layer over `redstar-geo eval`: the answers stand in `runs/real/ENGINE-MODEL/`, and what was stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from redstar_geo.eval.run import main as evaluate
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.real import engines
from tests.real.weights import LARGER, SMALL, Weights

_DATA = {"gsm8k": "gsm8k_test/test.jsonl", "humaneval": "humaneval/HumanEval.jsonl.gz"}


def main() -> None:
    """Answer, score, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["vllm", "llama", "transformers"])
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--limit", type=int, help="problems of each, the same for every engine; all of them without it")
    parser.add_argument("--benchmarks", nargs="+", choices=list(_DATA), default=list(_DATA))
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--larger", action="store_true")
    asked = parser.parse_args()
    weights = LARGER if asked.larger else SMALL
    values = {
        "run": f"runs/real/{asked.engine}-{weights.name}",
        "benchmarks": asked.benchmarks,
        "paths": {name: f"{asked.data}/{_DATA[name]}" for name in asked.benchmarks},
        "limit": asked.limit,
        "max_new_tokens": asked.tokens,
        "dtype": "bfloat16",
    }
    with served(asked.engine, weights) as where:
        scores = evaluate(check(EvalRecipe, values | where, "tests.real.evaluate"))
    print(yaml.safe_dump(scores))


@contextmanager
def served(engine: str, weights: Weights) -> Iterator[dict[str, Any]]:
    """How a recipe names the model while an engine has it."""
    if engine == "transformers":
        yield {"model": str(weights.folder), "batch_size": 16}
        return
    start = engines.vllm(weights.folder) if engine == "vllm" else engines.llama(weights.gguf)
    with start as url:
        yield {"model": "model", "endpoint": {"servers": [{"url": url, "start": 8, "most": 32}]}}


if __name__ == "__main__":
    main()
