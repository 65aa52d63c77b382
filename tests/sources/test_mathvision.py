from pathlib import Path
from typing import Any

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.sources import mathvision
from tests.sources.small import jsonl, parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "question": "How long is the side?\n<image1>",
        "options": ["3", "4", "5"],
        "image": "images/1.jpg",
        "decoded_image": {"bytes": png(), "path": "1.jpg"},
        "answer": "B",
        "solution": None,
        "level": 2,
        "subject": "metric geometry - length",
    } | changes


def test_choices_written_drawn_and_none(tmp_path: Path) -> None:
    drawn = row(options=["A", "B", "C"], question="Which figure fits? <image1>", subject="logic")
    path = parquet(tmp_path / "data" / "test-00000-of-00001.parquet", [row(), drawn, row(options=[], answer="4")])
    (written, letters, free), reasons = sorted_out(mathvision.problems(str(path)))
    assert not reasons and written.id == "mathvision/test/0"
    assert (written.question, written.answer, written.choices) == ("How long is the side?", "B", ("3", "4", "5"))
    assert (letters.answer, letters.choices, letters.answer_kind) == ("B", (), "choice")
    assert verify(letters.answer, "The answer is \\boxed{B}.").status == "correct"
    assert (free.answer, free.choices, free.answer_kind) == ("4", (), "expression")
    assert [problem.domain for problem in (written, letters, free)] == ["geometry", "math", "geometry"]
    assert written.meta["level"] == 2 and "solution" not in written.meta


def test_what_is_broken_is_counted_and_missing_columns_are_named(tmp_path: Path) -> None:
    rows = [
        row(decoded_image=None),
        row(decoded_image=None, answer="D"),
        row(decoded_image=None, question="<image1>"),
        row(decoded_image=None, options=["3", ""], answer="A"),
    ]
    found = sorted_out(mathvision.problems(str(jsonl(tmp_path / "test.jsonl", rows))))
    assert found == ([], {"missing_picture": 1, "bad_answer": 1, "missing_field": 1, "no_choices": 1})
    bare = {key: value for key, value in row(decoded_image=None).items() if key not in ("level", "subject")}
    with pytest.raises(InputError, match="lacks level, subject"):
        list(mathvision.problems(str(jsonl(tmp_path / "bad" / "test.jsonl", [bare]))))
