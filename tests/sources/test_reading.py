"""Diagrams to be read: every one is asked, or has its reason, and gold answers are right."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from redstar_geo.geometry.construct import FAMILIES
from redstar_geo.geometry.reading import compared, read
from redstar_geo.grading import grade
from redstar_geo.recipe import RecipeError, check
from redstar_geo.records import Problem, Trace
from redstar_geo.sources import Rejected, catalogue, reading
from redstar_geo.sources.catalogue import ReadingSource
from redstar_geo.teacher.formal import read_off
from tests.paths import DOZEN


def outcome(problem: Problem, said: str, finish_reason: str = "stop") -> tuple[str, str]:
    verdict = grade(problem, Trace(problem.id, 0, "", "", "", said, finish_reason))
    return verdict.status, verdict.reason


def asked(source: dict[str, object]) -> tuple[list[Problem], Counter[str]]:
    items = list(catalogue.read(check(ReadingSource, {"kind": "reading"} | source, "test")))
    assert len({item.id for item in items}) == len(items)
    rejected = Counter(item.reason for item in items if isinstance(item, Rejected))
    return [item for item in items if isinstance(item, Problem)], rejected


@pytest.mark.parametrize("asks", ["statements", "value"])
def test_what_the_teacher_reads_off_is_right(asks: str) -> None:
    problems, rejected = asked({"asks": asks, "count": len(FAMILIES)})
    assert len(problems) + rejected["no_value"] == len(FAMILIES)
    assert len({problem.meta["family"] for problem in problems}) >= 30
    for problem in problems:
        assert outcome(problem, read_off(problem)["response"])[0] == "correct"


def test_verdicts_on_descriptions() -> None:
    problem = asked({"count": 1})[0][0]
    parts = problem.answer.split("; ")
    assert outcome(problem, "\n".join(reversed(parts))) == ("correct", "same_statements")
    assert outcome(problem, "; ".join(parts[1:])) == ("wrong", "other_statements")
    assert outcome(problem, f"{problem.answer}; QX = 3") == ("wrong", "other_statements")
    assert outcome(problem, f"{problem.answer}; it is fine") == ("wrong", "other_statements")
    assert outcome(problem, "I cannot see it") == ("undecided", "no_answer")
    assert outcome(problem, problem.answer, "length") == ("undecided", "truncated")


def test_splits_share_no_numbers() -> None:
    train, test = (asked({"asks": "value", "count": 90, "split": split})[0] for split in ("train", "test"))
    assert not {problem.images[0].sha256 for problem in train} & {problem.images[0].sha256 for problem in test}


def test_formalgeo7k_by_its_owners_split(tmp_path: Path) -> None:
    folder = shutil.copytree(DOZEN, tmp_path / "formalgeo7k")
    test, rejected = asked({"path": str(folder), "split": "test"})
    assert {problem.id.rpartition("/")[2] for problem in test} == {"1126", "1763", "6427"}
    assert rejected == {"other_split": 9}
    shutil.copy(folder / "diagrams" / "1126.png", folder / "diagrams" / "1193.png")
    for number, change in (("2865", {"construction_cdl": ["Shape(DJ.JC)"]}), ("3156", {"image_cdl": None})):
        file = folder / "problems" / f"{number}.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
    (folder / "problems" / "5835.json").write_text("{")
    (folder / "diagrams" / "3666.png").write_bytes(b"none")
    train, rejected = asked({"path": str(folder)})
    assert {problem.id.rpartition("/")[2] for problem in train} == {"1293", "2881", "2951", "3419"}
    assert rejected == {
        "other_split": 3,
        "picture_of_the_test_split": 1,
        "bad_formal_statement": 1,
        "missing_field": 1,
        "bad_json": 1,
        "bad_picture": 1,
    }


def test_what_has_no_place_is_told() -> None:
    problems, _ = asked({"path": str(DOZEN), "split": "test"})
    problem = next(each for each in problems if each.id.endswith("/1763"))
    assert "Rectangle(ADBE)" in problem.meta["left_out"] and "IsDiameterOfCircle(FG,C)" in problem.meta["left_out"]
    assert read(problem.answer)[1] == 0 and "AF touches ⊙C at F" not in problem.answer
    assert compared(problem.answer, "EF touches circle C at F")[1] <= compared(problem.answer, problem.answer)[0]


def test_either_a_count_or_a_path() -> None:
    for source in ({}, {"count": 3, "path": str(DOZEN)}):
        with pytest.raises(RecipeError, match="either count"):
            asked(source)


def test_a_number_with_a_root_is_asked_in_the_formal_language() -> None:
    said = {reading._NUMBER.sub(reading._formal_root, text) for text in ("5√3", "√2", "12.5", "7")}
    assert said == {"5*sqrt(3)", "1*sqrt(2)", "12.5", "7"}
