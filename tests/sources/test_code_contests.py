import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sandbox.tests import Case, parse
from redstar_geo.sources import code_contests
from tests.sources.small import jsonl, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "content": "Print n squared.",
        "id": 4,
        "labels": json.dumps({"difficulty": "B", "name": "1_B. Square", "source": "CODEFORCES"}),
        "test": json.dumps([{"input": {"stdin": f"{n}\n"}, "output": {"stdout": f"{n * n}\n"}} for n in range(3)]),
    } | changes


def test_a_row_becomes_a_problem(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "contests.jsonl", [row(), row(labels={"difficulty": "A"}, id="5")])
    ((first, second), reasons) = sorted_out(code_contests.problems(str(path)))
    assert not reasons and (first.id, first.licence) == ("code_contests/train/0", "CC BY 4.0")
    assert first.meta["name"] == "1_B. Square" and (first.meta["id"], second.meta["id"]) == (4, "5")
    assert first.meta["difficulty"] == "B" and second.meta["difficulty"] == "A"
    assert first.tests is not None and parse(first.tests).cases[2] == Case("2\n", "4\n")


def test_what_is_broken_is_counted(tmp_path: Path) -> None:
    rows: list[Any] = [
        row(test="[]"),
        row(test=""),
        row(test='[{"input": '),
        row(test='[{"input": {"stdin": "1"}}]'),
        row(test='[{"input": "1", "output": "1"}]'),
        row(test='[{"input": {"stdin": null}, "output": {"stdout": "1"}}]'),
        row(test="5"),
        row(labels="{"),
        row(content=""),
        "torn",
        row(),
    ]
    problems, reasons = sorted_out(code_contests.problems(str(jsonl(tmp_path / "contests.jsonl", rows))))
    assert len(problems) == 1
    assert reasons == {"no_tests": 2, "bad_tests": 5, "bad_labels": 1, "missing_field": 1, "bad_json": 1}


def test_the_users_mistakes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks content, labels"):
        list(code_contests.problems(str(jsonl(tmp_path / "contests.jsonl", [{"id": 1, "test": "[]"}]))))
    with pytest.raises(InputError, match="SandboxFusion"):
        list(code_contests.problems(None))
