import json
from pathlib import Path

import pytest

from redstar_geo.answer.file import verify_file
from redstar_geo.errors import InputError

ROWS = [
    {"gold": "5", "prediction": "\\boxed{5}", "expected": True},
    {"gold": "5", "prediction": "\\boxed{6}", "expected": False},
    {"gold": "B", "prediction": "A", "choices": ["1", "2"]},
    {"gold": "5", "prediction": "<think>", "finish_reason": "length"},
]


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    lines.insert(2, '{"gold": 5')
    path.write_text("\n".join(lines) + "\n")
    return path


def test_every_line_has_a_verdict_and_a_bad_one_is_named(answers: Path, tmp_path: Path) -> None:
    counts = verify_file(answers, tmp_path / "out.jsonl")
    verdicts = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [v["line"] for v in verdicts] == [1, 2, 3, 4, 5]
    assert [v["reason"] for v in verdicts] == ["match", "different", "bad_line", "different", "truncated"]
    assert counts == {("True", "correct"): 1, ("False", "wrong"): 1, ("–", "wrong"): 1, ("–", "undecided"): 2}


def test_it_goes_on_after_a_kill_in_the_middle_of_a_line(answers: Path, tmp_path: Path) -> None:
    verify_file(answers, tmp_path / "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1, len(whole)):
        (tmp_path / "cut.jsonl").write_bytes(whole[:cut])
        verify_file(answers, tmp_path / "cut.jsonl")
        assert (tmp_path / "cut.jsonl").read_bytes() == whole


def test_a_missing_file_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        verify_file(tmp_path / "nowhere.jsonl", tmp_path / "out.jsonl")
