from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import mathverse
from tests.sources.small import jsonl, parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "sample_index": "1",
        "problem_index": "1",
        "problem_version": "Text Dominant",
        "question": "DE is parallel to BC. Find angle CED. ()\nChoices:\nA:40°\nB:60°\nC:120°\nD:140°",
        "image": {"bytes": png(), "path": "1.png"},
        "answer": "C",
        "question_type": "multi-choice",
        "metadata": {"split": "testmini", "source": "GeoQA", "subject": "Plane Geometry", "subfield": "Angle"},
    } | changes


def test_versions_with_choices_and_without(tmp_path: Path) -> None:
    only = {"problem_version": "Vision Only", "question": ""}
    free = {"question": "Find AB.", "question_type": "free-form", "answer": "2\\sqrt{3}"}
    path = parquet(tmp_path / "testmini.parquet", [row(), row(**only), row(**free), row(**free | only)])
    (chosen, seen, written, seen_free), reasons = sorted_out(mathverse.problems(str(path)))
    assert not reasons and chosen.id == "mathverse/testmini/0"
    assert (chosen.question, chosen.answer) == ("DE is parallel to BC. Find angle CED. ()", "C")
    assert (chosen.choices, chosen.answer_kind) == (("40°", "60°", "120°", "140°"), "choice")
    assert (seen.answer, seen.choices, seen.answer_kind) == ("C", (), "choice") and "picture" in seen.question
    assert (written.answer, written.choices, written.answer_kind) == ("2\\sqrt{3}", (), "expression")
    assert seen_free.question == seen.question and seen_free.answer == "2\\sqrt{3}"
    assert (chosen.meta["problem_version"], chosen.meta["subject"]) == ("Text Dominant", "Plane Geometry")


def test_what_is_broken_is_counted_and_missing_columns_are_named(tmp_path: Path) -> None:
    rows = [row(image=None), row(image={"bytes": png(), "path": ""}, answer="F"), row(image="1.png", answer="")]
    (tmp_path / "1.png").write_bytes(png())
    path = parquet(tmp_path / "testmini.parquet", [rows[1]])
    assert sorted_out(mathverse.problems(str(path)))[1] == {"bad_answer": 1}
    path = jsonl(tmp_path / "rows" / "testmini.jsonl", [rows[0], rows[2] | {"image": "../1.png"}])
    assert sorted_out(mathverse.problems(str(path)))[1] == {"missing_picture": 1, "missing_field": 1}
    bare = {key: value for key, value in row(image="1.png").items() if key != "problem_version"}
    with pytest.raises(InputError, match="lacks problem_version"):
        list(mathverse.problems(str(jsonl(tmp_path / "testmini.jsonl", [bare]))))
