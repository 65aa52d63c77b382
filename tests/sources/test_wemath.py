from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import wemath
from tests.sources.small import jsonl, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "ID": "3steps_1",
        "split": "testmini",
        "knowledge concept": "Area of Circles",
        "question": "What is the area of the flower bed (  ) m²?",
        "option": "A. 200.96;B. 3215.36;C. (1, 2); D. 32; E. No correct answer",
        "answer": "B",
        "image_path": "3steps/image/1.png",
        "key": "3steps_multi",
        "question number": 1575,
    } | changes


def test_options_become_choices(tmp_path: Path) -> None:
    (tmp_path / "3steps" / "image").mkdir(parents=True)
    (tmp_path / "3steps" / "image" / "1.png").write_bytes(png())
    rows = [
        row(),
        row(option="A. x; y;B. 3；4;", answer="A"),
        row(option="4, 5"),
        row(answer="F"),
        row(image_path="2.png"),
    ]
    found, reasons = sorted_out(wemath.problems(str(jsonl(tmp_path / "testmini.jsonl", rows))))
    assert [problem.choices for problem in found] == [
        ("200.96", "3215.36", "(1, 2)", "32", "No correct answer"),
        ("x; y", "3；4"),
    ]
    assert (found[0].id, found[0].answer, found[0].meta["key"]) == ("wemath/testmini/0", "B", "3steps_multi")
    assert reasons == {"no_choices": 1, "bad_answer": 1, "missing_picture": 1}


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks key"):
        list(wemath.problems(str(jsonl(tmp_path / "t.jsonl", [{k: v for k, v in row().items() if k != "key"}]))))
