from pathlib import Path

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.sources import geoqa_r1v
from tests.sources.small import parquet, png, sorted_out

PICTURE = {"bytes": png(), "path": "1.png"}


def read(tmp_path: Path, *solutions: str) -> tuple:
    rows = [{"image": PICTURE, "problem": "<image>In triangle ABC, find ∠A.", "solution": s} for s in solutions]
    return sorted_out(geoqa_r1v.problems(str(parquet(tmp_path / "train-00000-of-00001.parquet", rows))))


def test_the_tagged_answer_is_the_gold_one(tmp_path: Path) -> None:
    problems, reasons = read(tmp_path, "<answer> 145° </answer>", "<answer> 2\\sqrt{3} cm </answer>")
    assert [problem.answer for problem in problems] == ["145°", "2\\sqrt{3} cm"] and not reasons
    first = problems[0]
    assert (first.question, first.language, first.choices) == ("In triangle ABC, find ∠A.", "en", ())
    assert first.meta["protocol"] == "free" and len(first.images) == 1
    assert verify(first.answer, "So it is \\boxed{145}").status == "correct"


def test_what_cannot_be_asked_freely_is_counted(tmp_path: Path) -> None:
    _, reasons = read(tmp_path, "<answer> B </answer>", "<answer> none of these </answer>", "145", " ")
    assert reasons == {"needs_choices": 2, "no_answer_in_solution": 1, "missing_field": 1}


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks solution"):
        list(geoqa_r1v.problems(str(parquet(tmp_path / "train.parquet", [{"image": PICTURE, "question": "?"}]))))
