import json
from collections import Counter
from pathlib import Path

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
    assert tally.bad_lines == [3, 4, 5, 6]
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
    assert result.exit_code == 0, result.output
    cells = [line.replace("│", " ").split() for line in result.output.splitlines()]
    assert ["True", "1", "0", "1"] in cells
    assert ["False", "0", "1", "0"] in cells
    assert "3, 4, 5, 6" in result.output


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        verify_file(tmp_path / "nowhere.jsonl", tmp_path / "out.jsonl")
