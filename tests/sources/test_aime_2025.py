from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import aime_2025
from tests.sources.small import jsonl, sorted_out


def test_rows_become_problems(tmp_path: Path) -> None:
    rows = [{"problem": "Find n.", "answer": "070", "id": "0"}, {"problem": "Find m.", "answer": 588, "id": "1"}]
    found, reasons = sorted_out(aime_2025.problems(str(jsonl(tmp_path / "test.jsonl", rows))))
    assert not reasons
    assert [(problem.id, problem.answer, problem.answer_kind) for problem in found] == [
        ("aime_2025/test/0", "070", "number"),
        ("aime_2025/test/1", "588", "number"),
    ]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks answer"):
        list(aime_2025.problems(str(jsonl(tmp_path / "test.jsonl", [{"problem": "Find n."}]))))
