from pathlib import Path

import pytest

from redstar_geo.sources import aime
from tests.sources.small import parquet, sorted_out

ROWS = {
    "one publisher": {
        "id": 60, "problem": "Find $n$.", "solution": "It is 33.", "answer": "033", "url": "u", "year": "2024"
    },
    "the other": {"ID": "2024-I-1", "Problem": "Find $n$.", "Solution": "It is 33.", "Answer": 33},
}  # fmt: skip


@pytest.mark.parametrize("publisher", ROWS)
def test_both_publishers(tmp_path: Path, publisher: str) -> None:
    row = ROWS[publisher]
    (problem,), rejected = sorted_out(aime.problems(str(parquet(tmp_path / "train.parquet", [row]))))
    assert not rejected
    assert (problem.id, problem.question, int(problem.answer), problem.answer_kind) == (
        "aime/train/0", "Find $n$.", 33, "number"
    )  # fmt: skip
    assert problem.meta["id"] == row.get("id", row.get("ID"))
    assert problem.meta["solution"] == "It is 33."


def test_zero_is_an_answer(tmp_path: Path) -> None:
    row = ROWS["the other"] | {"Answer": 0}
    (problem,), _ = sorted_out(aime.problems(str(parquet(tmp_path / "train.parquet", [row]))))
    assert problem.answer == "0"


def test_the_answer_may_stand_in_the_solution(tmp_path: Path) -> None:
    row = {"id": 60, "problem": "Find $n$.", "solution": "\\boxed{204}", "url": "u"}
    for name in ("train.parquet", "test.parquet"):
        path = parquet(tmp_path / name.split(".")[0] / name, [row])
        ((problem,), rejected) = sorted_out(aime.problems(str(path.parent)))
        assert not rejected and problem.answer == "204"
