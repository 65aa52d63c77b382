"""A user's own columns are read under every name they go by, and a picture is never left out in silence."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import exam_file, folder
from redstar_geo.sources.columns import SPELLINGS, renamed, spelled
from tests.sources.small import jsonl, png, sorted_out

ROW: dict[str, Any] = {
    "question": "How large is the angle?",
    "answer": "55°",
    "choices": ["35°", "55°", "65°"],
    "images": "1.png",
    "solution": "It follows.",
    "id": "x7",
    "difficulty": 3,
    "level": "7",
    "year": 2024,
}


def read(tmp_path: Path, *rows: dict[str, Any], name: str = "train.jsonl") -> tuple[list[Problem], dict[str, int]]:
    (tmp_path / "1.png").write_bytes(png())
    jsonl(tmp_path / name, rows)
    found, reasons = sorted_out(folder.problems(str(tmp_path)))
    same, same_reasons = sorted_out(exam_file.problems(str(tmp_path / name)))
    assert same_reasons == reasons and [each.answer for each in same] == [each.answer for each in found]
    return found, dict(reasons)


def styles(name: str) -> list[str]:
    """The ways in which a name is written."""
    words = name.split("_")
    return [name, name.upper(), name.replace("_", " ").title(), name.replace("_", "-"), "".join(words)]


EVERY = [(name, spelling) for name in SPELLINGS if name != "letter" for spelling in SPELLINGS[name]]


@pytest.mark.parametrize(("name", "spelling"), EVERY, ids=[spelling for _, spelling in EVERY])
def test_every_spelling_is_read(tmp_path: Path, name: str, spelling: str) -> None:
    for written in styles(spelling):
        row = {key: value for key, value in ROW.items() if key != name} | {written: ROW[name]}
        (problem,), reasons = read(tmp_path, row)
        assert not reasons
        assert (problem.question, problem.answer, problem.choices) == (ROW["question"], "B", ("35°", "55°", "65°"))
        assert len(problem.images) == 1 and problem.difficulty == 3 and problem.id.endswith("/x7")
        assert (problem.meta["solution"], problem.meta["level"], problem.meta["year"]) == ("It follows.", "7", 2024)


@pytest.mark.parametrize("spelling", SPELLINGS["letter"])
@pytest.mark.parametrize("answer", [{}, {"answer": "55°"}, {"answer": None}, {"answer": "略"}, {"answer": "B. 55°"}])
def test_a_letter_beside_the_answer_or_instead_of_it(tmp_path: Path, spelling: str, answer: dict[str, Any]) -> None:
    row = {key: value for key, value in ROW.items() if key not in ("answer", "id")} | answer
    found, reasons = read(tmp_path, row | {spelling: "B"}, row | {spelling: 1})
    assert not reasons and [problem.answer for problem in found] == ["B", "B"]


def test_a_letter_that_contradicts_the_answer_is_neither(tmp_path: Path) -> None:
    assert read(tmp_path, ROW, ROW | {"label": "C", "id": 2})[1] == {"bad_answer": 1}


CHOICES: list[Any] = [
    ["A. 35°", "B. 55°", "C. 65°"],
    ["(A) 35°", "(B) 55°", "(C) 65°"],
    ["A) 35°", "B) 55°", "C) 65°"],
    ["A、35°", "B、55°", "C、65°"],
    ["A．35°", "B．55°", "C．65°"],
    ["（A）35°", "（B）55°", "（C）65°"],
    {"A": "35°", "B": "55°", "C": "65°"},
    {"C": "65°", "a": "35°", "B": "55°", "D": None},
    {"label": ["A", "B", "C"], "text": ["35°", "55°", "65°"]},
    [{"label": "A", "text": "35°"}, {"label": "B", "text": "55°"}, {"label": "C", "text": "65°"}],
    "A) 35° B) 55° C) 65°",
    "(A) 35° (B) 55° (C) 65°",
    "A. 35°; B. 55°; C. 65°;",
    "A. 35°;B. 55°;C. 65°.",
    "A. 35°\nB. 55°\nC. 65°",
    "35°; 55°; 65°",
    "35°；55°；65°",
    "35°\n55°\n65°",
    "35° | 55° | 65°",
    '["35°", "55°", "65°"]',
    '{"A": "35°", "B": "55°", "C": "65°"}',
]


@pytest.mark.parametrize("choices", CHOICES)
def test_choices_in_every_form(tmp_path: Path, choices: Any) -> None:
    (problem,), reasons = read(tmp_path, ROW | {"choices": choices})
    assert not reasons and problem.answer == "B"
    assert [choice.rstrip(".") for choice in problem.choices] == ["35°", "55°", "65°"]


@pytest.mark.parametrize("of", ["{}", "option_{}", "Option {}", "choice{}", "选项{}"])
def test_choices_with_a_column_each(tmp_path: Path, of: str) -> None:
    row = {key: value for key, value in ROW.items() if key != "choices"}
    columns = {of.format(letter): text for letter, text in zip("ABCD", ["35°", "55°", "65°", None], strict=True)}
    (problem,), reasons = read(tmp_path, row | columns)
    assert not reasons and (problem.answer, problem.choices) == ("B", ("35°", "55°", "65°"))


def test_sides_are_no_choices(tmp_path: Path) -> None:
    row = {"question": "How large is the third side?", "answer": "5", "a": 3, "b": 4, "c": 5}
    (problem,), reasons = read(tmp_path, row)
    assert not reasons and (problem.answer, problem.choices) == ("5", ())


@pytest.mark.parametrize("choices", ["35°", "A. 35° C. 65°", {"A": "35°", "C": "65°"}, 7, ["35°"], {"first": "35°"}])
def test_choices_that_cannot_be_told_apart_are_counted(tmp_path: Path, choices: Any) -> None:
    assert set(read(tmp_path, ROW, ROW | {"choices": choices, "id": 2})[1]) <= {"no_choices", "bad_answer"}
    assert len(read(tmp_path, ROW, ROW | {"choices": choices, "id": 2})[0]) == 1


def test_several_right_ones_and_choices_that_stand_in_the_picture(tmp_path: Path) -> None:
    several = ROW | {"answer": "AC"}
    drawn = ROW | {"choices": ["A", "B", "C"], "answer": "B", "id": 2}
    (both, letters), reasons = read(tmp_path, several, drawn)
    assert not reasons
    assert (both.answer, both.answer_kind, len(both.choices)) == ("A, C", "choice", 3)
    assert (letters.answer, letters.answer_kind, letters.choices) == ("B", "choice", ())


@pytest.mark.parametrize("named", ["image_{}", "image{}", "Picture {}", "图{}"])
def test_pictures_with_a_column_each(tmp_path: Path, named: str) -> None:
    row = {key: value for key, value in ROW.items() if key != "images"}
    (problem,), _ = read(tmp_path, row | {named.format(1): "1.png", named.format(2): "1.png", named.format(3): None})
    assert len(problem.images) == 2


def test_a_picture_in_a_column_of_another_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(png())
    jsonl(tmp_path / "train.jsonl", [{"question": "How large?", "answer": "5", "scan": "1.png"}])
    with pytest.raises(InputError, match=r"'scan' .* names a picture \(1\.png\)"):
        list(folder.problems(str(tmp_path)))


def test_no_two_names_have_a_spelling_in_common() -> None:
    every = list(chain.from_iterable(SPELLINGS.values()))
    assert len(every) == len(set(every))


def test_a_letter_does_for_an_answer_and_an_answer_for_no_label() -> None:
    assert spelled("answer", ["label"]) == "label" and spelled("label", ["answer"]) is None
    assert renamed({"Problem": "?", "other": 1}) == {"other": 1, "question": "?"}
