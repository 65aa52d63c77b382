"""What a recipe names and a fresh checkout does not have, made small: exports, problems, a model, sources."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.records import Trace, to_table
from redstar_geo.sources import builtin, folder
from tests.paths import DOZEN
from tests.train.small import SCHEMA, SIZE, problem, trace, write_export, write_problems

PROBLEMS = [problem(number) for number in range(4)]


class World:
    """A folder in which recipes find what they name; `provide` makes it as it is named."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.model = root / ".model"
        build_tiny(self.model, [one.question + trace(one) for one in PROBLEMS], TinySize.model_validate(SIZE), seed=0)
        for name in ("formalgeo7k_v1", "FOLDER"):
            shutil.copytree(DOZEN, root / name)
        folder.write(builtin.problems(["angle_sum"], 4, seed=0, difficulty=[1], modality="both"), root / "mine")
        folder.write(builtin.problems(["angle_sum"], 4, 0, [1], modality="both", split="test"), root / "mine-test")
        shutil.copytree(root / "mine-test", root / "mine", dirs_exist_ok=True)
        shutil.copytree(root / "mine", root / "messy")

    def provide(self, values: Any) -> None:
        """Make what the strings of a recipe name below `runs/`, or beside it as a benchmark's local copy."""
        for key, value in _strings(values):
            path = self.root / value.replace("*", "train")
            if not value.startswith("runs/") and not key.startswith("paths."):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix != ".parquet":
                self._folder(path, key)
            elif path.exists():
                continue
            elif "pairs" in path.parts:
                _write_pairs(path)
            elif "sft" in path.parts:
                write_export(path, PROBLEMS)
            else:
                write_problems(path, PROBLEMS)

    def _folder(self, path: Path, key: str) -> None:
        if key in ("model", "adapter", "teacher") or key.endswith(".model"):
            if not path.exists():
                path.symlink_to(self.model)
        elif not (path / "pass_rates.parquet").exists():  # the rest may be there, made for another recipe
            path.mkdir(exist_ok=True)
            write_problems(path / "problems.parquet", PROBLEMS)
            pq.write_table(to_table(Trace, []), path / "traces.parquet")
            pq.write_table(pa.table({"problem_id": ["1"], "correct": [1], "wrong": [1]}), path / "pass_rates.parquet")


def _strings(values: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _strings(value, f"{key}.{name}" if key else str(name))
    elif isinstance(values, list):
        for value in values:
            yield from _strings(value, key)
    elif isinstance(values, str):
        yield key, values


def _write_pairs(path: Path) -> None:
    rows = [
        {**row, "chosen": row["completion"], "rejected": [{"role": "assistant", "content": "\\boxed{0}"}]}
        for row in pq.read_table(write_export(path, PROBLEMS)).to_pylist()
    ]
    messages = SCHEMA.field("completion").type
    fields = [("id", pa.string()), ("prompt", messages), ("chosen", messages), ("rejected", messages)]
    schema = pa.schema([*fields, ("images", SCHEMA.field("images").type)])
    pq.write_table(pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema), path)
