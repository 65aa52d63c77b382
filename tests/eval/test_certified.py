"""Certificates of an evaluation's answers, and what the report shows of them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Pillow

from redstar_geo.errors import InputError
from redstar_geo.eval.certified import certification, read_pictures
from redstar_geo.eval.questions import Questions
from redstar_geo.geometry.construct import construct
from redstar_geo.pictures.read import encoded
from redstar_geo.readers.named import Reader
from redstar_geo.readers.strokes import StrokeReader
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Image
from redstar_geo.report.certified import certified_rows, certified_section

BUILT = [construct("exterior_angle", seed, modality="picture") for seed in (3, 4)]
BLOT = Image.of(encoded(Pillow.effect_noise((320, 240), 90)))
PROBLEMS = [replace(each.problem, choices=(), answer=each.proof.answer) for each in BUILT]


def item(place: int, said: str, verdict: str) -> dict[str, object]:
    return {"id": PROBLEMS[place].id, "response": f"\\boxed{{{said}}}", "truncated": False, "verdict": verdict}


def test_right_answers_are_certified_and_wrong_ones_refuted() -> None:
    items = [item(0, PROBLEMS[0].answer, "correct"), item(1, "1", "wrong"), item(1, PROBLEMS[1].answer, "correct")]
    found = certification(PROBLEMS, {}, items)
    assert found is not None
    assert (found["answers"], found["problems"], found["caught"], found["wrong"], found["lost"]) == (3, 2, 1, 1, 0)
    assert found["coverage"] == 2 / 3 and found["at_coverage"]["accuracy"] == 1.0
    (row,) = certified_rows({"exam": {"certified": found}, "other": {}})
    assert row[:3] == ["exam", "66.7 %", "100.0 %"] and row[-1] == "1 of 1"
    section = certified_section({"certified": found})
    assert section is not None and str(section["plot"]).startswith("<svg") and section["lost"] == "0"


def test_of_other_problems_nothing_is_said() -> None:
    other = [replace(each, source="mine", meta={}) for each in PROBLEMS]
    assert certification(other, {}, [item(0, "1", "wrong")]) is None
    assert certified_section({}) is None


def own(tmp_path: Path) -> Questions:
    """Three problems of whose pictures nothing is known; the last shows scribble."""
    problems = [replace(each, source="mine", meta={}) for each in PROBLEMS]
    blot = replace(problems[0], id="mine/blot", images=(BLOT,))
    return Questions("mine", tmp_path, tmp_path / "problems.parquet", [*problems, blot], Counter())


def test_a_reader_that_a_recipe_names_says_what_nobody_knew_of_pictures(tmp_path: Path) -> None:
    recipe = EvalRecipe.model_validate({"run": "a", "model": "b", "problems": "c", "reader": {"name": "strokes"}})
    problems, pictures = read_pictures(own(tmp_path), recipe.reader)
    assert pictures == {"read": 2, "not_a_drawing": 1}
    items = [item(0, PROBLEMS[0].answer, "correct"), item(1, "1", "wrong"), item(0, "1", "wrong") | {"id": "mine/blot"}]
    found = certification(problems, pictures, items)
    assert found is not None and (found["coverage"], found["caught"], found["answers"]) == (1 / 3, 1, 3)
    assert found["pictures"] == pictures


def test_no_picture_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_pictures(own(tmp_path), Reader(name="strokes"))
    monkeypatch.setattr(StrokeReader, "read", None)
    assert read_pictures(own(tmp_path), Reader(name="strokes")) == first


def test_without_a_server_a_reader_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="9/v1"):
        read_pictures(own(tmp_path), Reader(name="http://127.0.0.1:9/v1"))


def test_a_reader_without_certificates_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="certificates is false"):
        EvalRecipe.model_validate(
            {"run": "a", "model": "b", "problems": "c", "certificates": False, "reader": {"name": "strokes"}}
        )
