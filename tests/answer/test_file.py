import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redstar_geo.answer.file import verify_file
from redstar_geo.cli import app
from redstar_geo.errors import InputError

ROWS = [
    {"gold": "5", "prediction": "\\boxed{5}", "expected": True},
    {"gold": "5", "prediction": "\\boxed{6}", "expected": False},
    {"gold": "B", "prediction": "A", "choices": ["1", "2"]},
    {"gold": "B", "prediction": "答案：B", "choices": 4, "expected": None},
    {"gold": "5", "prediction": "<think>", "finish_reason": "length"},
]
BAD = ['{"gold": 5', "[1]", '{"gold": "5"}', '{"gold": "5", "prediction": "5", "choices": 1.5, "expected": true}']


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    path.write_text("\n".join(lines[:2] + BAD + lines[2:]) + "\n")
    return path


def test_every_line_has_a_verdict_and_a_bad_one_is_named(answers: Path, tmp_path: Path) -> None:
    tally = verify_file(answers, tmp_path / "out.jsonl")
    verdicts = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [v["line"] for v in verdicts] == list(range(1, 10))
    reasons = ["match", "different", *["bad_line"] * 4, "different", "match", "truncated"]
    assert [v["reason"] for v in verdicts] == reasons
    assert tally.unreadable == [
        (3, "not JSON (Expecting ',' delimiter at character 11)"),
        (4, "not a JSON object"),
        (5, "no 'prediction'"),
        (6, "choices are 1.5, neither a list nor their number, 0 to 10"),
    ]
    expected = {("True", "correct"): 1, ("False", "wrong"): 1, ("None", "correct"): 1, ("True", "undecided"): 1}
    assert tally.counts == Counter(expected | {("–", "wrong"): 1, ("–", "undecided"): 4})


def test_it_goes_on_after_a_kill_in_the_middle_of_a_line(answers: Path, tmp_path: Path) -> None:
    verify_file(answers, tmp_path / "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1, len(whole)):
        (tmp_path / "cut.jsonl").write_bytes(whole[:cut])
        verify_file(answers, tmp_path / "cut.jsonl")
        assert (tmp_path / "cut.jsonl").read_bytes() == whole


def test_the_command_prints_the_confusion_table_and_the_bad_lines(answers: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", str(answers), "--out", str(tmp_path / "out.jsonl"), "--quiet"])
    assert result.exit_code == 1, result.output
    cells = [line.replace("│", " ").split() for line in result.output.splitlines()]
    assert ["True", "1", "0", "1"] in cells
    assert ["False", "0", "1", "0"] in cells
    assert "4 lines could not be read: line 3 (not JSON" in result.output
    assert "line 5 (no 'prediction') …" in result.output and "line 6" not in result.output


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"gold": None, "prediction": None}, "gold is None"),
        ({"gold": "None", "prediction": None}, "prediction is None"),
        ({"gold": True, "prediction": "True"}, "gold is True"),
        ({"gold": ["5"], "prediction": "5"}, "gold is ['5']"),
        ({"gold": math.nan, "prediction": math.nan}, "NaN is no number"),
        ({"gold": "B", "prediction": "B", "choices": "35;55"}, "choices are '35;55'"),
        ({"gold": "B", "prediction": "B", "choices": -3}, "choices are -3"),
        ({"gold": "B", "prediction": "B", "choices": 11}, "choices are 11"),
        ({"gold": "B", "prediction": "B", "choices": True}, "choices are True"),
        ({"gold": "B", "prediction": "B", "choices": ["1", None]}, "a choice is None"),
        ({"gold": "5", "prediction": "5", "finish_reason": 1}, "finish_reason is 1"),
    ],
)
def test_what_is_no_text_and_no_number_is_a_bad_line(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    verdict = _verdicts(tmp_path, [json.dumps(ROWS[0]), json.dumps(row)])[1]
    assert verdict["verdict"] == "undecided"
    assert verdict["reason"] == "bad_line"
    assert said in verdict["error"]


def test_numbers_no_choices_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    rows = [
        {"gold": 5, "prediction": 5.0},
        {"gold": "5", "prediction": "5", "choices": None, "finish_reason": None},
        {"gold": "5", "prediction": "5", "choices": []},
        {"gold": "B", "prediction": "B", "choices": [30, 45.5]},
    ]
    verdicts = _verdicts(tmp_path, ["\ufeff" + json.dumps(rows[0]), *map(json.dumps, rows[1:])])
    assert [verdict["verdict"] for verdict in verdicts] == ["correct"] * 4


def test_blank_lines_are_no_questions(tmp_path: Path) -> None:
    verdicts = _verdicts(tmp_path, ["", json.dumps(ROWS[0]), "  ", json.dumps(ROWS[1]), ""])
    assert [(verdict["line"], verdict["verdict"]) for verdict in verdicts] == [(2, "correct"), (4, "wrong")]


@pytest.mark.parametrize("text", ["", "\n\n", "notes\n", '{"question": "1 + 1", "answer": 2}\n' * 3])
def test_a_file_without_a_question_is_the_users_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.txt").write_text(text)
    with pytest.raises(InputError, match="has no line with gold and prediction"):
        verify_file(tmp_path / "notes.txt", tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("name", ["nowhere.jsonl", ".", "answers.jsonl/more.jsonl"])
def test_a_file_that_is_none_is_the_users_mistake(answers: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"(No such file|Not a directory|is a folder).*with gold and prediction"):
        verify_file(tmp_path / name, tmp_path / "out.jsonl")


def test_verdicts_on_other_answers_are_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "a.jsonl").write_text(json.dumps({"gold": "5", "prediction": "5"}) + "\n")
    (tmp_path / "b.jsonl").write_text(json.dumps({"gold": "7", "prediction": "8"}) + "\n")
    verify_file(tmp_path / "a.jsonl", out)
    before = out.read_bytes()
    with pytest.raises(InputError, match=r"was not made from .*b\.jsonl"):
        verify_file(tmp_path / "b.jsonl", out)
    assert out.read_bytes() == before


def _verdicts(folder: Path, lines: list[str]) -> list[dict[str, Any]]:
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    verify_file(folder / "answers.jsonl", folder / "out.jsonl")
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
