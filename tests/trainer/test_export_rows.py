"""An export that others wrote: without pictures it trains as text, and a null elsewhere is a counted row, no crash."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.preflight.check import check as preflight
from redstar_geo.recipe import check
from redstar_geo.run import open_run, read_manifest
from redstar_geo.train.sft import prepare
from redstar_geo.trainer.recipe import SftRecipe
from tests.train.small import SIZE, problem, trace

TEXTS = [problem(number, with_picture=False) for number in range(1, 5)]
PICTURE = {"bytes": problem(1).images[0].data, "path": None}


def row(number: int, **changes: Any) -> dict[str, Any]:
    each = TEXTS[number]
    completion = completion_messages(trace(each))
    return {"id": each.id, "prompt": prompt_messages(each), "completion": completion, "images": []} | changes


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build_tiny(folder, [each.question + trace(each) for each in TEXTS], TinySize.model_validate(SIZE), seed=0)
    return folder


def measured(folder: Path, model: Path, **changes: Any) -> dict[str, Any]:
    """The counts of measuring `folder`'s rows, as a training begins."""
    values = {"method": "sft", "run": str(folder / "run"), "data": str(folder / "*.parquet"), "model": str(model)}
    values |= {"epochs": 1, "pack": {"samples": 4}, "learning_rate": 1e-3} | changes
    recipe = check(SftRecipe, values, "test")
    with open_run(recipe.run, recipe.model_dump()) as run:
        prepare(recipe, run)
    return dict(read_manifest(folder / "run")["counts"]["prepare"])


def errors(folder: Path, model: Path, **changes: Any) -> list[str]:
    """What `redstar-geo check` says of it."""
    recipe = folder / "recipe.yaml"
    recipe.write_text("method: sft\nepochs: 1\npack: {samples: 4}\nlearning_rate: 0.001\n")
    values = {"data": folder / "*.parquet", "model": model, "run": folder / "checked", **changes}
    return preflight(str(recipe), [f"{key}={value}" for key, value in values.items()]).errors


def write(folder: Path, *rows: dict[str, Any], name: str = "train.parquet") -> None:
    pq.write_table(pa.Table.from_pylist(list(rows)), folder / name)


@pytest.mark.parametrize("images", [[None, None], [[], []], [None, []], [None, [PICTURE]]])
def test_null_is_no_picture(tmp_path: Path, model: Path, images: list[Any]) -> None:
    rows = [row(number, images=own) for number, own in enumerate(images)]
    write(tmp_path, *rows)
    assert errors(tmp_path, model) == []
    assert measured(tmp_path, model)["out"] == 2


def test_files_with_pictures_and_without_go_together(tmp_path: Path, model: Path) -> None:
    write(tmp_path, row(0, images=[PICTURE]), name="a.parquet")
    write(tmp_path, row(1, images=None), name="b.parquet")
    write(tmp_path, row(2), name="c.parquet")
    assert errors(tmp_path, model) == []
    assert measured(tmp_path, model)["out"] == 3


TURN = {"role": "user", "content": "What is 2 + 2?"}
NULLS: dict[str, dict[str, Any]] = {
    "id": {"id": None},
    "prompt": {"prompt": None},
    "no turn": {"prompt": []},
    "turn": {"prompt": [None]},
    "content": {"prompt": [TURN | {"content": None}]},
    "role": {"prompt": [TURN | {"role": None}]},
    "completion": {"completion": None},
    "its turn": {"completion": [None]},
    "its content": {"completion": [{"role": "assistant", "content": None}]},
}


@pytest.mark.parametrize("changes", NULLS.values(), ids=NULLS)
def test_a_null_costs_its_row_alone(tmp_path: Path, model: Path, changes: dict[str, Any]) -> None:
    write(tmp_path, row(0), row(1, **changes), row(2))
    (error,) = errors(tmp_path, model)
    assert "1 of 3 samples cannot be trained on" in error
    assert errors(tmp_path, model, unfit="drop") == []
    with pytest.raises(InputError, match="1 of 3 samples cannot be trained on"):
        measured(tmp_path, model, run=str(tmp_path / "fails"))
    assert measured(tmp_path, model, unfit="drop") == {
        "in": 3,
        "out": 2,
        "rejected": {"malformed row": 1},
        "pending": 0,
    }


def test_a_picture_that_is_null_is_told_as_a_picture(tmp_path: Path, model: Path) -> None:
    write(tmp_path, row(0), row(1, images=[None, PICTURE]))
    assert "picture" in errors(tmp_path, model)[0]
    assert measured(tmp_path, model, unfit="drop")["rejected"] == {"unreadable image": 1}


@pytest.mark.parametrize(
    "content", [[{"type": "text", "text": "What is 2 + 2?"}], ["What is 2 + 2?"], 4, {"text": "2"}]
)
def test_content_that_is_no_text_is_refused_with_what_it_should_be(tmp_path: Path, model: Path, content: Any) -> None:
    write(tmp_path, row(0, prompt=[{"role": "user", "content": content}], images=[PICTURE]))
    (error,) = errors(tmp_path, model)
    assert "prompt (list" in error and "content as one text" in error
    with pytest.raises(InputError, match="content as one text"):
        measured(tmp_path, model)
