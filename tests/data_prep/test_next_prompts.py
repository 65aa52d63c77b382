"""The next prompts are chosen by how often the teacher was right on others so far."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, read

RIGHT = {"angle_sum": 8, "pythagoras": 4, "circle_area": 0}  # of eight samples


def collected(run: Path, seed: int, **changes: Any) -> dict[str, Any]:
    source = {"kind": "builtin", "families": list(RIGHT), "count": 60, "choices": False}
    return main(DataRecipe.model_validate({"run": str(run), "seed": seed, "source": source, **changes}))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose teacher is always, sometimes and never right, by family."""
    run = tmp_path_factory.mktemp("first")
    collected(run, seed=1)
    right = {
        problem.id: RIGHT[problem.meta["family"]] for problem in read(Problem, run / "problems.parquet", images=False)
    }
    rows = [{"problem_id": name, "correct": count, "wrong": 8 - count} for name, count in right.items()]
    pq.write_table(pa.Table.from_pylist(rows), run / "pass_rates.parquet")
    return run


def test_those_that_it_gets_right_sometimes_are_asked_next(first: Path, tmp_path: Path) -> None:
    counts = collected(
        tmp_path / "next",
        seed=2,
        difficulty={"by": "text", "run": str(first)},
        prompts={"difficulty": [3, 8], "duplicates": "keep"},
    )
    problems = list(read(Problem, tmp_path / "next" / "problems.parquet", images=False))
    reasons = pq.read_table(tmp_path / "next" / "prompts.parquet")["reason"].to_pylist()
    asked = Counter(problem.meta["family"] for problem, reason in zip(problems, reasons, strict=True) if reason is None)
    assert asked["pythagoras"] == 20 and asked.total() < 30  # of 60; questions that are worded alike are confused
    assert counts["screen"]["out"] == asked.total() == 60 - sum(counts["screen"]["rejected"].values())


def test_a_run_whose_teacher_was_never_judged_is_the_users_mistake(first: Path, tmp_path: Path) -> None:
    run = tmp_path / "undecided"
    collected(run, seed=1)
    rows = [{"problem_id": "builtin/angle_sum/en-1-1000000", "correct": 0, "wrong": 0}]
    pq.write_table(pa.Table.from_pylist(rows), run / "pass_rates.parquet")
    with pytest.raises(InputError, match=r"undecided: no problem there has a level.*difficulty\.run"):
        collected(tmp_path / "next", seed=2, difficulty={"by": "text", "run": str(run)})
