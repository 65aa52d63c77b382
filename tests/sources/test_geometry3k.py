import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import geometry3k
from redstar_geo.sources.pictures import normalise
from tests.sources.small import parquet, png, sorted_out

PICTURES = [{"bytes": png(), "path": None}]


def official(folder: Path, number: int, **changes: Any) -> None:
    place = folder / str(number)
    place.mkdir(parents=True)
    data = {
        "problem_text": "Find m \\angle 1.",
        "choices": ["30", "45", "\\frac { 90 } { 7 }", "150"],
        "answer": "C",
        "precise_value": [30.0, 45.0, 12.857, 150.0],
        "problem_type_graph": ["Triangle"],
        "id": number,
    }
    (place / "data.json").write_text(json.dumps(data | changes))
    (place / "img_diagram.png").write_bytes(png())


def test_the_authors_folders(tmp_path: Path) -> None:
    for number in (102, 9, 33):
        official(tmp_path / "train", number)
    problems, reasons = sorted_out(geometry3k.problems(str(tmp_path)))
    assert [problem.id for problem in problems] == [f"geometry3k/train/{number}" for number in (9, 33, 102)]
    assert not reasons
    first = problems[0]
    assert (first.question, first.answer, first.answer_kind) == ("Find m \\angle 1.", "C", "choice")
    assert first.choices == ("30", "45", "\\frac { 90 } { 7 }", "150")
    assert first.images == (normalise(png()),) and first.licence == "MIT"
    assert first.meta["problem_type_graph"] == ["Triangle"] and first.meta["precise_value"][2] == 12.857
    ((free, *_), _) = sorted_out(geometry3k.problems(str(tmp_path), protocol="free"))
    assert (free.answer, free.choices, free.meta["protocol"]) == ("\\frac { 90 } { 7 }", (), "free")
    assert verify(free.answer, "\\boxed{90/7}").status == "correct"


def test_validation_lies_in_val_and_a_split_that_is_not_there_is_named(tmp_path: Path) -> None:
    official(tmp_path / "val", 5)
    ((problem,), _) = sorted_out(geometry3k.problems(str(tmp_path), "validation"))
    assert (problem.id, problem.split) == ("geometry3k/validation/5", "validation")
    with pytest.raises(InputError, match="test"):
        list(geometry3k.problems(str(tmp_path), "test"))


def test_what_is_broken_in_a_folder_is_counted(tmp_path: Path) -> None:
    for number in range(7):
        official(tmp_path / "train", number)
    place = tmp_path / "train"
    (place / "0" / "data.json").write_text('{"problem_text": ')
    (place / "1" / "img_diagram.png").unlink()
    (place / "2" / "img_diagram.png").write_bytes(b"GIF")
    for number, changes in ((3, {"answer": "E"}), (4, {"choices": []}), (5, {"problem_text": None})):
        data = json.loads((place / str(number) / "data.json").read_text())
        (place / str(number) / "data.json").write_text(json.dumps(data | changes))
    problems, reasons = sorted_out(geometry3k.problems(str(tmp_path)))
    assert [problem.id for problem in problems] == ["geometry3k/train/6"]
    assert reasons == dict.fromkeys(
        ("bad_json", "missing_picture", "bad_picture", "bad_answer", "no_choices", "missing_field"), 1
    )


def hub(tmp_path: Path, row: dict[str, Any], protocol: Any) -> Problem | str:
    path = parquet(tmp_path / "data" / "train-00000-of-00001.parquet", [{"images": PICTURES} | row])
    problems, reasons = sorted_out(geometry3k.problems(str(path), protocol=protocol))
    return problems[0] if problems else next(iter(reasons))


def test_the_first_card_has_no_choices(tmp_path: Path) -> None:
    row = {"problem": "<image>Find x.", "answer": "3 \\sqrt { 2 }"}
    found = hub(tmp_path, row, "free")
    assert isinstance(found, Problem)
    assert (found.id, found.question, found.answer) == ("geometry3k/train/0", "Find x.", "3 \\sqrt { 2 }")
    assert hub(tmp_path, row, "choices") == "no_choices"


@pytest.mark.parametrize(
    "told",
    [
        {"answer": "45", "ground_truth": "B"},
        {"answer": "B", "ground_truth": "45"},
        {"answer": "45", "ground_truth": ""},
    ],
)
def test_the_second_card_tells_the_choice_by_letter_or_text(tmp_path: Path, told: dict[str, str]) -> None:
    row = {"problem": "<image>Find x.", "id": 12, "choices": ["30", "45", "60", "90"]} | told
    shown, free = hub(tmp_path, row, "choices"), hub(tmp_path, row, "free")
    assert isinstance(shown, Problem) and isinstance(free, Problem)
    assert (shown.answer, free.answer, free.choices) == ("B", "45", ()) and shown.meta["id"] == 12


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks images"):
        list(geometry3k.problems(str(parquet(tmp_path / "train.parquet", [{"problem": "?", "answer": "1"}]))))
