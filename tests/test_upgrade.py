"""Runs of an earlier version go on: a key that recipes have since been given, with its default, makes no other run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from redstar_geo import recipe as recipes
from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.eval.finish import recipe_as_run
from redstar_geo.identity import Settings, differences
from redstar_geo.preflight.check import _verb
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.run import Counts, open_run
from tests.documents import RECIPES, name
from tests.sources.small import jsonl

OF_RUNS = [path for path in RECIPES if not path.name.startswith(("study_", "base_"))]  # these are known otherwise


def settings(path: Path) -> Settings:
    values = recipes.read(path)
    _, recipe = _verb(values).load(values, name(path))
    known = recipe_as_run(recipe) if isinstance(recipe, EvalRecipe) else Settings.of(recipe)
    known = recipe.as_run if isinstance(recipe, DataRecipe) else known
    return Settings(*(json.loads(json.dumps(values)) for values in (known.values, known.said)))


def made(folder: Path, recipe: Any) -> None:
    """A finished run whose manifest has this recipe."""
    with open_run(folder, {"made": "elsewhere"}) as run:
        run.manifest["recipe"] = json.loads(json.dumps(recipe))
        run.finish("all", Counts())


def without(values: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {key: value for key, value in values.items() if key != first}
    return {**values, first: without(values[first], tuple(rest))}


def keys(values: Any, said: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every key of a recipe, however deep, and whether it is said: without those that a run finds by other means."""
    for key, value in values.items():
        told = isinstance(said, Mapping) and key in said
        if above or key != "run":
            yield (*above, key), told
        if isinstance(value, Mapping):
            yield from keys(value, said[key] if told else None, (*above, key))


@pytest.mark.parametrize("path", OF_RUNS, ids=name)
def test_keys_that_came_later_are_no_other_run(path: Path) -> None:
    now = settings(path)
    later = [key for key, told in keys(now.values, now.said) if not told]
    assert later
    for before in (now.said, *(without(now.values, key) for key in later)):
        assert not list(differences({"recipe": before}, now, {}, ()))


@pytest.mark.parametrize("path", OF_RUNS, ids=name)
def test_a_key_that_came_later_and_is_set_is_another_run(path: Path) -> None:
    now = settings(path)
    told = [key for key, said in keys(now.values, now.said) if said]
    for key in [key for key in told if reduce(getitem, key, now.values) is not None]:
        found = list(differences({"recipe": without(now.values, key)}, now, {}, ()))
        assert [part for part, _ in found] == ["recipe"] and f"{'.'.join(key)}" in found[0][1]


def test_what_a_run_was_told_stays_as_it_was(tmp_path: Path) -> None:
    """A later version adds no key to the record of an earlier one."""
    recipe = EvalRecipe(run=str(tmp_path), model="m", problems="p")
    before = {key: value for key, value in recipe_as_run(recipe).values.items() if key not in ("pictures", "looks")}
    made(tmp_path, before)
    with open_run(tmp_path, recipe_as_run(recipe)) as run:
        assert run.manifest["recipe"] == before
    swapped = recipe.model_copy(update={"pictures": "swapped"})
    with pytest.raises(InputError, match="pictures was None, is 'swapped'"), open_run(tmp_path, recipe_as_run(swapped)):
        pass


def test_a_key_within_a_list_may_come_later(tmp_path: Path) -> None:
    said = {"servers": [{"url": "a"}, {"url": "b", "weight": 2}]}
    now = Settings({"servers": [{"url": "a", "weight": 1}, {"url": "b", "weight": 2}]}, said)
    made(tmp_path, said)
    with open_run(tmp_path, now):
        pass
    made(tmp_path / "set", {"servers": [{"url": "a"}, {"url": "b"}]})
    with pytest.raises(InputError, match="servers was"), open_run(tmp_path / "set", now):
        pass


def test_the_same_command_in_a_finished_run_of_an_earlier_version(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    jsonl(tmp_path / "mine" / "train.jsonl", [{"question": "What is 6 + 8?", "answer": "14"}])
    values = {"source": {"kind": "folder", "path": str(tmp_path / "mine")}, "workers": 1, "run": str(tmp_path / "run")}
    recipe = recipes.check(DataRecipe, values, "test")
    main(recipe)
    path = tmp_path / "run" / "run.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest["recipe"]["source"]["gold"], manifest["recipe"]["pairs"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    problems = (tmp_path / "run" / "problems.parquet").read_bytes()
    assert main(recipe)["collect"]["out"] == 1
    assert (tmp_path / "run" / "problems.parquet").read_bytes() == problems
    certified = recipes.check(DataRecipe, values | {"source": values["source"] | {"gold": "certified"}}, "test")  # type: ignore[operator]
    with pytest.raises(InputError, match=r"source\.gold was None, is 'certified'"):
        main(certified)
