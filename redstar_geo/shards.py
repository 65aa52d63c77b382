"""The output of a long stage, in numbered Parquet parts that are whole or absent.

A stage that was killed goes on after its last whole part. Each part carries the counts of its own rows, so nothing has
to be read again to account for it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.run import atomic

_META = b"redstar_geo"
Tallies = Mapping[str, int]


class Parts:
    """Parts of one stage in `folder`, each made of `tasks_a_part` tasks' rows; tasks come in the same order each time.

    Attributes:
        done: tasks whose rows are on disk; the stage skips so many.
    """

    def __init__(self, folder: Path, schema: pa.Schema, tasks_a_part: int) -> None:
        self.folder, self.schema, self.tasks_a_part = folder, schema, tasks_a_part
        folder.mkdir(parents=True, exist_ok=True)
        facts = [_facts(path) for path in self.paths()]
        self.done: int = sum(fact["tasks"] for fact in facts)
        self._tallies = Counter[str]()
        for fact in facts:
            self._tallies.update(fact["tallies"])

    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.parquet"))

    def write(self, results: Iterable[tuple[Sequence[Mapping[str, Any]] | pa.Table, Tallies]]) -> None:
        """Write what the remaining tasks gave: rows (or a table of them) and tallies of whatever is counted."""
        tables: list[pa.Table] = []
        tallies = Counter[str]()
        for rows, counted in results:
            tables.append(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), self.schema))
            tallies.update(counted)
            if len(tables) == self.tasks_a_part:
                self._write(tables, tallies)
                tables, tallies = [], Counter()
        if tables:
            self._write(tables, tallies)

    def tallies(self) -> Counter[str]:
        """The sums over all parts."""
        return Counter(self._tallies)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Part by part, in order."""
        for path in self.paths():
            yield pq.read_table(path, columns=columns)

    def merge(self, target: Path) -> None:
        """All rows in one file."""
        with atomic(target) as temporary, pq.ParquetWriter(temporary, self.schema, compression="zstd") as writer:
            for path in self.paths():
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(batch_size=1024):
                        writer.write_batch(batch)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, tables: list[pa.Table], tallies: Counter[str]) -> None:
        meta = {_META: json.dumps({"tasks": len(tables), "tallies": tallies})}
        path = self.folder / f"{self.done:09d}.parquet"
        with atomic(path) as temporary:
            table = pa.concat_tables(tables).cast(self.schema)
            pq.write_table(table.replace_schema_metadata(meta), temporary, compression="zstd")
        self.done += len(tables)
        self._tallies.update(tallies)


def _facts(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_META])
    return facts
