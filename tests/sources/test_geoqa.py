from pathlib import Path
from typing import Any

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.sources import geoqa
from redstar_geo.sources.pictures import normalise
from tests.sources.small import jsonl, parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "subject": "如图,直线a与b平行,∠1=50°,则∠2等于()",
        "choices": ["40°", "50°", "130°", "不能确定"],
        "label": 1,
        "formal_point": ["两直线平行"],
        "answer": "解:略",
        "comment": "",
        "original_split": "train",
        "image": {"bytes": png(), "path": None},
    } | changes


def test_a_row_becomes_a_problem_in_both_protocols(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data" / "train-00000-of-00001.parquet", [row()])
    ((shown,), _) = sorted_out(geoqa.problems(str(path)))
    assert (shown.id, shown.domain, shown.source, shown.language) == ("geoqa/train/0", "geometry", "geoqa", "zh")
    assert (shown.answer, shown.answer_kind, shown.choices) == ("B", "choice", ("40°", "50°", "130°", "不能确定"))
    assert shown.images == (normalise(png()),)
    assert shown.meta == {
        "id": 7,
        "formal_point": ["两直线平行"],
        "answer": "解:略",
        "comment": "",
        "protocol": "choices",
    }
    ((free,), _) = sorted_out(geoqa.problems(str(tmp_path), protocol="free"))
    assert (free.answer, free.answer_kind, free.choices, free.question) == ("50°", "expression", (), shown.question)
    for problem in (shown, free):
        assert verify(problem.answer, "\\boxed{50}", choices=problem.choices).status == "correct"


def test_every_label_names_its_choice(tmp_path: Path) -> None:
    path = parquet(tmp_path / "geoqa.parquet", [row(label=label) for label in range(4)])
    assert [problem.answer for problem in sorted_out(geoqa.problems(str(path)))[0]] == list("ABCD")


def test_the_original_splits_are_kept_apart(tmp_path: Path) -> None:
    rows = [row(original_split=split, id=number) for number, split in enumerate(["train", "test", "val", "test"])]
    path = str(parquet(tmp_path / "train.parquet", rows))
    assert [problem.meta["id"] for problem in sorted_out(geoqa.problems(path, "test"))[0]] == [1, 3]
    with pytest.raises(InputError, match="test, train, val"):
        list(geoqa.problems(path, "validation"))


def test_what_is_broken_is_counted(tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(png())
    broken: list[Any] = [
        row(label=4),
        row(label=True),
        row(label=None),
        row(choices=None),
        row(choices=["40°"]),
        row(choices=["40°", "", "3", "4"]),
        row(subject=" "),
        row(image="../here.png"),
        row(image="gone.png"),
        row(image=None),
        row(image="broken.png"),
        row(image="here.png"),
        row(original_split=None),
        '{"id": 8, "subject": "如',
    ]
    for entry in broken:
        if isinstance(entry, dict) and isinstance(entry["image"], dict):
            entry["image"] = "here.png"
    (tmp_path / "broken.png").write_bytes(png()[:60])
    problems, reasons = sorted_out(geoqa.problems(str(jsonl(tmp_path / "train.jsonl", broken))))
    assert reasons == {
        "bad_answer": 3,
        "no_choices": 3,
        "missing_field": 2,
        "missing_picture": 3,
        "bad_picture": 1,
        "bad_json": 1,
    }
    assert [problem.id for problem in problems] == ["geoqa/train/11"]


def test_a_choice_that_is_no_value_is_not_asked_for_freely(tmp_path: Path) -> None:
    path = str(parquet(tmp_path / "train.parquet", [row(label=3), row(label=0)]))
    problems, reasons = sorted_out(geoqa.problems(path, protocol="free"))
    assert reasons == {"needs_choices": 1} and problems[0].answer == "40°"


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = parquet(tmp_path / "train.parquet", [{"subject": "…", "image": None, "answer": "B"}])
    with pytest.raises(InputError, match="lacks choices, label, original_split"):
        list(geoqa.problems(str(path)))
