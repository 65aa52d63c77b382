"""`python -m tests.real.long_cot --problems 1500 --seeds 3`: the 0.5B tuned on short and on long verified chains.

Geometry in text (built-in families, values in the question), told by the formal teacher: for each form and seed LoRA of
the 0.5B, then an exam with other numbers, and GSM8K to see whether anything is forgotten. The base takes both as well.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from redstar_geo.data_prep.pipeline import main as make_data
from redstar_geo.eval.run import main as evaluate
from redstar_geo.recipe import check
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import EvalRecipe
from tests.real import engines
from tests.real.pipeline import exam, lora, told
from tests.real.weights import SMALL

RUNS = Path("runs/real/long_cot")


def main() -> None:
    """Print the scores of the base and of every form and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--forms", nargs="+", choices=["short", "long"], default=["short", "long"])
    parser.add_argument("--problems", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--exam", type=int, default=300, help="problems of each of the two exams")
    parser.add_argument("--tokens", type=int, default=1024)
    asked = parser.parse_args()
    make_data(check(DataRecipe, geometry("exam", asked.exam, None, 0), "exam"))
    gsm8k = f"{asked.data}/gsm8k_test/test.jsonl"
    exams(RUNS / "base", SMALL.folder, gsm8k, asked.exam, asked.tokens)
    for form in asked.forms:
        for seed in range(asked.seeds):
            name = f"{form}-{seed}"
            recipe = geometry(f"{name}/data", asked.problems, form, seed)
            told(f"{name} data", make_data(check(DataRecipe, recipe, name)))
            text_only(RUNS / name / "data" / "sft" / "train.parquet", RUNS / name / "sft.parquet")
            tuned = lora(RUNS / name, f"{RUNS}/{name}/sft.parquet", asked.tokens, seed)
            exams(RUNS / name, tuned, gsm8k, asked.exam, asked.tokens)


def geometry(run: str, count: int, form: str | None, seed: int) -> dict[str, Any]:
    """A recipe of problems told in text: with chains where there is a form, else an exam with other numbers."""
    source = {"kind": "builtin", "difficulty": [1, 2, 3], "count": count, "modality": "text", "choices": False}
    if form is None:
        return {"run": str(RUNS / run), "seed": seed, "source": source | {"split": "test"}}
    return {"run": str(RUNS / run), "seed": seed, "source": source, "teacher": {"kind": "formal", "form": form}}


def text_only(exported: Path, file: Path) -> None:
    """The export without its pictures: a text model takes none, and the questions say every value."""
    table = parquet.read_table(exported)
    place = table.schema.get_field_index("images")
    none = pa.array([[]] * len(table), table.schema.field(place).type)
    parquet.write_table(table.set_column(place, table.schema.field(place), none), file)


def exams(run: Path, model: Path, gsm8k: str, items: int, tokens: int) -> None:
    """Geometry and GSM8K, greedily."""
    values = {"run": str(run / "geometry"), "model": "model", "problems": str(RUNS / "exam" / "problems.parquet")}
    values |= {"pictures": "none", "looks": 0}
    with engines.vllm(model) as url:
        where = {"endpoint": engines.endpoint(url), "max_new_tokens": tokens}
        told(f"{run.name} geometry", evaluate(check(EvalRecipe, values | where, "exam")))
    exam(run / "gsm8k", model, gsm8k, items, tokens)


if __name__ == "__main__":
    main()
