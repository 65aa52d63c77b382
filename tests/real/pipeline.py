"""`python -m tests.real.pipeline --problems 300`: the whole text pipeline with a real teacher behind a real server.

GSM8K (or programs: `--task code`) → the teacher, up to `--samples` a problem, fewer where enough are verified →
verified, filtered, selected → LoRA of the 0.5B → merged → GSM8K before and after through vLLM, compared by item. Every
stage resumes: the same command goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from redstar_geo.data_prep.pipeline import main as make_data
from redstar_geo.eval.compare import main as compare
from redstar_geo.eval.run import main as evaluate
from redstar_geo.recipe import check
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from redstar_geo.train.merge import main as merge
from redstar_geo.train.sft import main as tune
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe
from tests.real import engines
from tests.real.weights import LARGER, SMALL

_SOURCES = {
    "gsm8k": {"kind": "gsm8k", "path": "gsm8k_train/train.jsonl", "split": "train"},
    "code": {"kind": "code_contests", "path": "code_contests"},
}


def main() -> None:
    """Print every stage's counts and the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--task", choices=list(_SOURCES), default="gsm8k")
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--exam", type=int, default=300, help="problems of GSM8K's test set")
    parser.add_argument("--teacher", choices=["0.5b", "1.5b"], default="1.5b")
    parser.add_argument("--engine", choices=["vllm", "llama"], default="vllm", help="of the teacher")
    parser.add_argument("--samples", type=int, default=10, help="of a problem, at most")
    parser.add_argument("--tokens", type=int, default=512)
    asked = parser.parse_args()
    runs = Path(f"runs/real/pipeline-{asked.task}")
    with engines.served(asked.engine, LARGER if asked.teacher == "1.5b" else SMALL) as where:
        told("data", make_data(check(DataRecipe, data(runs, asked, where), "data")))
    tuned = lora(runs, f"{runs}/data/sft/*.parquet", asked.tokens)
    for name, folder in (("before", SMALL.folder), ("after", tuned)):
        exam(runs / name, folder, f"{asked.data}/gsm8k_test/test.jsonl", asked.exam, asked.tokens)
    pair = {"first": f"{runs}/before/gsm8k", "second": f"{runs}/after/gsm8k"}
    told("compared", compare(check(CompareRecipe, pair, "compare")))


def data(runs: Path, asked: argparse.Namespace, where: dict[str, Any]) -> dict[str, Any]:
    """A recipe of traces: two verified ones a problem."""
    source = _SOURCES[asked.task]
    teacher = {
        "kind": "endpoint",
        "model": where["model"],
        **where["endpoint"],
        "training_prompt": True,
        "timeout_s": 1800,  # of a busy CPU
        "parameters": {"max_tokens": asked.tokens},
        "sampling": {"fixed": None, "wanted": 2, "cap": asked.samples},
    }
    return {
        "run": str(runs / "data"),
        "source": source | {"path": f"{asked.data}/{source['path']}"},
        "prompts": {"limit": asked.problems},
        "teacher": teacher,
        "filters": {},
        "select": {"per_problem": 2, "choose": "diverse"},
    }


def lora(runs: Path, exported: str, tokens: int, seed: int = 0) -> Path:
    """The 0.5B, tuned by the rates of `train/sft_geo_8b_lora.yaml` and merged; where it is."""
    values = {
        "method": "sft",
        "run": str(runs / "lora"),
        "data": exported,
        "model": str(SMALL.folder),
        "epochs": 1,
        "learning_rate": {"language": 1e-4},
        "lora": {"rank": 16, "alpha": 32},
        "pack": {"tokens": 2 * tokens + 600},
        "max_tokens": 2 * tokens + 600,
        "accumulate": 4,
        "unfit": "drop",
        "dtype": "bfloat16",
        "compute": "bfloat16",
        "loss_chunks": 4,
        "warmup": 0.05,
        "checkpoint_steps": 20,
        "seed": seed,
    }
    told("tuned", tune(check(SftRecipe, values, "lora")))
    values = {"method": "merge", "run": str(runs / "merged"), "adapter": str(runs / "lora" / "model")}
    told("merged", merge(check(MergeRecipe, values | {"model": str(SMALL.folder)}, "merge")))
    return runs / "merged" / "model"


def exam(run: Path, model: Path, gsm8k: str, items: int, tokens: int) -> None:
    """GSM8K through vLLM's server, greedily."""
    values = {"run": str(run), "model": "model", "benchmarks": ["gsm8k"], "paths": {"gsm8k": gsm8k}, "limit": items}
    with engines.vllm(model) as url:
        where = {"endpoint": engines.endpoint(url), "max_new_tokens": tokens}
        told(run.name, evaluate(check(EvalRecipe, values | where, "exam"))["benchmarks"]["gsm8k"])


def told(stage: str, counts: Any) -> None:
    """One line of JSON."""
    print(json.dumps({stage: counts}, default=str), flush=True)


if __name__ == "__main__":
    main()
