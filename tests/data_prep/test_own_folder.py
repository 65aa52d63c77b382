"""A run on a folder of one's own knows when it has changed; where there is nothing, it says so and can be mended."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from redstar_geo import recipe
from redstar_geo.data_prep.pipeline import fingerprints, main
from redstar_geo.data_prep.plan import plan
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.run import open_run
from tests.sources.small import jsonl, png

RIGHT = {"question": "In the figure, AB = 6 and BC = 8. Find AC.", "image": "1.png", "answer": "10"}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "1.png").write_bytes(png())
    jsonl(tmp_path / "mine" / "train.jsonl", [RIGHT])
    return tmp_path / "mine"


def load(mine: Path, **changes: Any) -> DataRecipe:
    source = {"kind": "folder", "path": str(mine)}
    values = {"run": str(mine.parent / "run"), "source": source, "prompts": {}, "workers": 1}
    return recipe.check(DataRecipe, values | changes, "test")


def answers(mine: Path) -> list[str]:
    return pq.read_table(mine.parent / "run" / "problems.parquet").column("answer").to_pylist()


def test_a_changed_gold_answer_is_noticed_and_the_message_says_what_to_do(mine: Path) -> None:
    main(load(mine))
    jsonl(mine / "train.jsonl", [RIGHT | {"answer": "11"}])
    with pytest.raises(InputError, match=r"made with other inputs: source\.path was .*such as run="):
        main(load(mine))
    assert answers(mine) == ["10"]
    main(load(mine, run=str(mine.parent / "new")))
    jsonl(mine / "train.jsonl", [RIGHT])
    assert main(load(mine))["collect"]["out"] == 1


def test_a_changed_picture_is_noticed(mine: Path) -> None:
    main(load(mine))
    (mine / "1.png").write_bytes(png("blue"))
    with pytest.raises(InputError, match="made with other inputs"):
        main(load(mine))


@pytest.mark.parametrize("named", ["prompts", "difficulty"])
def test_a_changed_benchmark_and_changed_levels_are_noticed(mine: Path, named: str) -> None:
    exam = jsonl(mine.parent / "exam.jsonl", [{"question": "Find x.", "answer": "5", "difficulty": 3}])
    other = {"exam": {"kind": "exam_file", "path": str(exam)}}
    sections: dict[str, dict[str, Any]] = {
        "prompts": {"prompts": {"benchmarks": other}},
        "difficulty": {"difficulty": {"by": "label", "labelled": other}},
    }
    section = sections[named]
    main(load(mine, **section))
    jsonl(exam, [{"question": "Find y.", "answer": "5", "difficulty": 3}])
    with pytest.raises(InputError, match=rf"other inputs: {named}\.\w+\.exam\.path was"):
        main(load(mine, **section))


def test_a_retrained_teacher_is_noticed(mine: Path) -> None:
    model = mine.parent / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"one")
    wanted = load(mine, teacher={"kind": "local", "model": str(model)})
    with open_run(wanted.run, wanted.as_run, fingerprints(wanted)):
        pass
    (model / "model.safetensors").write_bytes(b"two")
    with pytest.raises(InputError, match=r"other inputs: teacher\.model was"):
        main(wanted)


NOTHING: list[tuple[str, str, str]] = [
    ("train.jsonl", "", "not a row is there"),
    ("train.jsonl", "\n \n", "not a row is there"),
    ("train.csv", "question,answer\n", "not a row is there"),
    ("train.json", "[]", "not a row is there"),
    ("train.jsonl", json.dumps(RIGHT | {"image": "gone.png"}), "rows rejected: 1 (missing_picture 1)"),
    (
        "train.jsonl",
        "\n".join(map(json.dumps, [RIGHT | {"image": "gone.png"}] * 2 + [RIGHT | {"answer": ""}])),
        "rows rejected: 3 (missing_picture 2, no_answer 1)",
    ),
]


@pytest.mark.parametrize(("name", "text", "said"), NOTHING)
def test_a_folder_without_a_problem_is_said_so_and_the_mended_one_goes_on(
    mine: Path, name: str, text: str, said: str
) -> None:
    (mine / "train.jsonl").unlink()
    (mine / name).write_text(text)
    with pytest.raises(InputError) as raised:
        main(load(mine))
    message = str(raised.value)
    assert message.startswith(f"No problem in {mine}; {said}. ") and "same command again" in message
    named = f"`python -m redstar_geo.sources.folder {mine}` names each row and why" in message
    assert named == ("rejected" in said)
    assert not (mine.parent / "run" / "problems.parquet").exists()
    with pytest.raises(InputError, match=re.escape(message)):
        plan(load(mine, teacher={"kind": "endpoint", "model": "m", "servers": [{"url": "http://localhost:1/v1"}]}))
    (mine / name).unlink()
    jsonl(mine / "train.jsonl", [RIGHT])
    assert main(load(mine))["collect"] == {"in": 1, "out": 1, "rejected": {}, "pending": 0}


def test_a_folder_that_could_not_be_read_goes_on_once_mended(mine: Path) -> None:
    jsonl(mine / "train.jsonl", [{"remark": "Find AC.", "answer": "10"}])
    with pytest.raises(InputError, match="lacks question"):
        main(load(mine))
    jsonl(mine / "train.jsonl", [RIGHT])
    main(load(mine))
    assert answers(mine) == ["10"]
