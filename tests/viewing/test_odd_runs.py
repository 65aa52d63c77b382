"""Run folders that somebody else made, or that were damaged: shown, or refused in one paragraph."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.eval.compare import main as compare
from redstar_geo.recipes.evaluation import CompareRecipe
from redstar_geo.viewing.runs import Runs
from tests.viewing.evaluated import write_evaluation, write_problems
from tests.viewing.many import write_many

ODD: list[Any] = [None, 7, "text", [], [1], {}, {"path": None}, {"path": 7}, {"path": "a\0b"}, 1e999, "\ud800", True]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    problems = write_problems(folder / "exam" / "problems.parquet", 4)
    pairs = [(problem, rf"\boxed{{{problem.answer}}}") for problem in problems]
    for name in ("before", "after"):
        write_evaluation(folder / name, folder / "exam" / "problems.parquet", name, pairs)
    recipe = {"first": str(folder / "before"), "second": str(folder / "after"), "run": str(folder / "compared")}
    compare(CompareRecipe.model_validate(recipe))
    write_many(folder / "data", 20)
    return folder


def shown_or_refused(folder: Path) -> None:
    try:
        store = Runs(folder).first
        _ = store.gdl, store.columns
        if store.traces:
            store.trace(0)
        store.problems(0, 1)
    except InputError as refusal:
        assert len(str(refusal)) < 900


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("kind", ["data", "before", "compared"])
def test_values_of_odd_types(folder: Path, kind: str, odd: Any, tmp_path: Path) -> None:
    file = "compare.json" if kind == "compared" else "run.json"
    whole = json.loads((folder / kind / file).read_text())
    for number, changed in enumerate(_with_each_value(whole, odd)):
        copy = tmp_path / str(number)
        shutil.copytree(folder / kind, copy)
        (copy / file).write_text(json.dumps(changed))
        shown_or_refused(copy)


def _with_each_value(whole: dict[str, Any], odd: Any) -> list[Any]:
    """The value in place of the whole, of each part, and of each part of the recipe."""
    parts = [whole | {name: odd} for name in whole]
    inner = [name for name in ("recipe", "first", "flips", "counts") if isinstance(whole.get(name), dict)]
    return [
        odd,
        *parts,
        *(whole | {name: whole[name] | {key: odd}} for name in inner for key in [*whole[name], "source", "sources"]),
    ]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_items_of_odd_types(folder: Path, odd: Any, tmp_path: Path) -> None:
    first, *rest = (folder / "before" / "items.jsonl").read_text().split("\n")
    for name in json.loads(first):
        copy = tmp_path / name
        shutil.copytree(folder / "before", copy)
        (copy / "items.jsonl").write_text("\n".join([json.dumps(json.loads(first) | {name: odd}), *rest]))
        shown_or_refused(copy)


@pytest.mark.parametrize("file", ["run.json", "problems.parquet", "traces.parquet", "filters.parquet"])
def test_files_that_are_damaged(folder: Path, file: str, tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"{", b"PAR1", b"[" * 100_000, b"\xff\xfe", b"PAR1" + bytes(100) + b"PAR1")):
        copy = tmp_path / str(number)
        shutil.copytree(folder / "data", copy)
        (copy / file).write_bytes(data)
        shown_or_refused(copy)


@pytest.mark.parametrize("file", ["problems.parquet", "traces.parquet"])
def test_columns_of_odd_types(folder: Path, file: str, tmp_path: Path) -> None:
    table = pq.read_table(folder / "data" / file)
    for number, name in enumerate(table.column_names):
        for column in (None, pa.array([7] * len(table)), pa.array([b"\xff"] * len(table)), pa.nulls(len(table))):
            copy = tmp_path / f"{number}-{column is None}-{column.type if column is not None else ''}"
            shutil.copytree(folder / "data", copy)
            other = table.drop_columns([name])
            pq.write_table(other if column is None else other.append_column(name, column), copy / file)
            shown_or_refused(copy)
