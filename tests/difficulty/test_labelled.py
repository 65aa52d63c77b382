import pytest

from redstar_geo.difficulty.labelled import Labelled, examples, files
from redstar_geo.errors import InputError
from tests.train.small import problem, write_problems

LINES = rb"""{"problem": "What is 1+1?", "difficulty": 1.5, "source": "HMMT_2"}
{"problem": "What is 1-1?", "level": "Level 3", "type": "Algebra"}
{"problem": "What  is 1+1?\n", "difficulty": 9}
{"problem": "Unlevelled", "level": "Level ?"}
{"problem": "Beyond", "difficulty": 11}
{"problem": "", "difficulty": 3}
{"difficulty": 3}
[1]
{"problem": "\xff", "difficulty": 3}
{"torn
"""


def test_both_layouts_are_read_and_every_other_line_is_counted(tmp_path):
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(LINES)
    found, counts = examples(files([str(path)]))
    assert found == [Labelled("What is 1+1?", 1.5, "HMMT_2"), Labelled("What is 1-1?", 3.0, "Algebra")]
    reasons = {"duplicate": 1, "no_level": 1, "off_scale": 1, "no_question": 2, "bad_line": 3}
    assert counts.settle() == {"in": 10, "out": 2, "rejected": reasons, "pending": 0} and counts.rejected == reasons


def test_runs_and_files_are_read_together(tmp_path):
    (tmp_path / "run").mkdir()
    write_problems(tmp_path / "run" / "problems.parquet", [problem(1), problem(2)])
    (tmp_path / "one.jsonl").write_text('{"problem": "New", "level": 4}\n')
    found, counts = examples(files([str(tmp_path / "run"), str(tmp_path / "one.jsonl")]))
    assert [each.level for each in found] == [problem(1).difficulty, problem(2).difficulty, 4.0]
    assert [each.origin for each in found[:2]] == ["small", "small"] and counts.out == 3


@pytest.mark.parametrize("name", ["", "missing", "levels.csv"])
def test_a_name_without_problems_is_the_users_mistake(tmp_path, name):
    (tmp_path / "levels.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="holds no labelled problems"):
        files([str(tmp_path / name)])
