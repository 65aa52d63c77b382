from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import redstar
from tests.sources.small import jsonl, sorted_out

BOXED = "<think>\nTwo and two.\n</think>\nIt is \\boxed{4}."


@pytest.mark.parametrize(
    "row",
    [
        {"problem": "What is $2+2$?", "answer": "4"},
        {"Question": "What is $2+2$?", "Final_Answer": 4, "level": 7},
        {"instruction": "What is $2+2$?", "input": "", "output": BOXED},
        {"messages": [{"role": "system", "content": "Think."}, {"role": "user", "content": "What is $2+2$?"},
                      {"role": "assistant", "content": BOXED}]},
        {"conversations": [{"from": "human", "value": "What is $2+2$?"}, {"from": "gpt", "value": BOXED}]},
    ],
)  # fmt: skip
def test_usual_names_are_understood(tmp_path: Path, row: dict[str, object]) -> None:
    (problem,), _ = sorted_out(redstar.problems(str(jsonl(tmp_path / "some.jsonl", [row]))))
    assert (problem.question, problem.answer, problem.answer_kind) == ("What is $2+2$?", "4", "number")
    assert problem.meta.get("level") == row.get("level")


@pytest.mark.parametrize("columns", [("text", "score"), ("problem", "score"), ("answer", "score")])
def test_other_names_are_told_with_what_is_needed(tmp_path: Path, columns: tuple[str, ...]) -> None:
    path = jsonl(tmp_path / "some.jsonl", [dict.fromkeys(columns, "4")])
    with pytest.raises(InputError, match=f"has the columns {', '.join(sorted(columns))}.*Needed are a question"):
        list(redstar.problems(str(path)))


def test_a_later_row_without_them_is_its_own_matter(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"problem": "二加二等于多少？", "answer": "4"},
        {"problem": "What is $2+2$?"},
        {"messages": ["?", {"role": "user"}]},
    ]
    (problem,), rejected = sorted_out(redstar.problems(str(jsonl(tmp_path / "some.jsonl", rows)), release="rl_dataset"))
    assert (problem.id, problem.language) == ("redstar_rl_dataset/train/0", "zh")
    assert rejected == {"missing_field": 2}
