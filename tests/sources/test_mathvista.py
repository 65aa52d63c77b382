from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import mathvista
from tests.sources.small import jsonl, parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "pid": "1",
        "question": "How long is AB?",
        "image": "images/1.jpg",
        "decoded_image": {"bytes": png(), "path": "1.jpg"},
        "choices": ["3", "4", "5", "6"],
        "unit": None,
        "precision": None,
        "answer": "5",
        "question_type": "multi_choice",
        "answer_type": "text",
        "metadata": {"task": "geometry problem solving", "source": "Geometry3K", "grade": "high school"},
        "query": "Hint: …",
    } | changes


def free(**changes: Any) -> dict[str, Any]:
    return row(question_type="free_form", choices=None, answer="1.5", precision=1.0, **changes)


def test_chosen_and_free_answers(tmp_path: Path) -> None:
    chart = {"task": "figure question answering", "source": "ChartQA", "grade": "daily life"}
    path = str(parquet(tmp_path / "data" / "testmini-00000-of-00001.parquet", [row(), free(), row(metadata=chart)]))
    ((chosen, written, other), reasons) = sorted_out(mathvista.problems(path))
    assert not reasons and chosen.id == "mathvista/testmini/0"
    assert (chosen.answer, chosen.choices, chosen.answer_kind) == ("C", ("3", "4", "5", "6"), "choice")
    assert (written.answer, written.choices, written.meta["precision"]) == ("1.5", (), 1.0)
    assert [problem.domain for problem in (chosen, written, other)] == ["geometry", "geometry", "math"]
    assert chosen.meta["source"] == "Geometry3K" and chosen.meta["protocol"] == "choices"
    assert [problem.answer for problem in sorted_out(mathvista.problems(path, protocol="free"))[0]] == ["5", "1.5", "5"]


def test_pictures_may_lie_beside_the_rows_and_what_is_broken_is_counted(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").write_bytes(png())
    rows = [
        row(decoded_image=None),
        row(decoded_image=None, image="images/2.jpg"),
        row(decoded_image=None, answer=""),
        row(decoded_image=None, answer="7"),
        row(decoded_image=None, metadata=None),
    ]
    problems, reasons = sorted_out(mathvista.problems(str(jsonl(tmp_path / "testmini.jsonl", rows))))
    assert len(problems) == 1
    assert reasons == {"missing_picture": 1, "missing_field": 2, "bad_answer": 1}


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks pid, question"):
        path = parquet(
            tmp_path / "testmini.parquet", [{k: v for k, v in row().items() if k not in ("pid", "question", "query")}]
        )
        list(mathvista.problems(str(path)))
