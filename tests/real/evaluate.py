"""`python -m tests.real.evaluate ENGINE …`: benchmarks with real weights, by one of three engines.

    python -m tests.real.evaluate llama --limit 300                             # and vllm, transformers
    python -m tests.real.evaluate llama --limit 300 --larger                    # the 1.5B
    python -m tests.real.compare runs/real/llama-*                              # item by item, against others' scorers

A thin layer over `redstar-geo eval`: answers stand in `runs/real/ENGINE-MODEL-BENCHMARK/`; what was stopped goes on.
"""

from __future__ import annotations

import argparse
from typing import Any

import yaml

from redstar_geo.eval.run import main as evaluate
from redstar_geo.recipe import check
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.real import engines
from tests.real.weights import LARGER, SMALL, Weights

_DATA = {
    "gsm8k": "gsm8k_test/test.jsonl",
    "humaneval": "humaneval/HumanEval.jsonl.gz",
    "omni_math": "omni_math/omni_math_numeric_400.jsonl",
}


def main() -> None:
    """Answer, score, and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["vllm", "llama", "transformers"])
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--limit", type=int, help="problems of each, the same for every engine; all of them without it")
    parser.add_argument("--benchmarks", nargs="+", choices=list(_DATA), default=["gsm8k", "humaneval"])
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--larger", action="store_true")
    asked = parser.parse_args()
    weights = LARGER if asked.larger else SMALL
    if asked.engine == "transformers":
        # float32, because a CPU without instructions for bfloat16 takes four times as long for it
        told(asked, weights, {"model": str(weights.folder), "batch_size": 16, "dtype": "float32"})
    else:
        with engines.served(asked.engine, weights) as where:
            told(asked, weights, where)


def told(asked: argparse.Namespace, weights: Weights, where: dict[str, Any]) -> None:
    """Each benchmark is a run of its own, so that one can follow another."""
    for name in asked.benchmarks:
        values = {
            "run": f"runs/real/{asked.engine}-{weights.name}-{name}",
            "benchmarks": [name],
            "paths": {name: f"{asked.data}/{_DATA[name]}"},
            "limit": asked.limit,
            "max_new_tokens": asked.tokens,
        }
        print(yaml.safe_dump(evaluate(check(EvalRecipe, values | where, "tests.real.evaluate"))), flush=True)


if __name__ == "__main__":
    main()
