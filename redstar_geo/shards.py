"""The output of a long stage, in numbered Parquet shards that are whole or absent.

A stage that was killed goes on after its last whole shard. Each shard carries the counts of its own rows, so nothing
has to be read again to account for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.engine import Engine
from redstar_geo.errors import RedStarError
from redstar_geo.pool import Outcome, Result, Task, Work, decided
from redstar_geo.progress import progress, tell
from redstar_geo.run import atomic

_META = b"redstar_geo"
Rows: TypeAlias = Sequence[Mapping[str, Any]] | pa.Table
Tallies: TypeAlias = Mapping[str, int]


class Shards:
    """Shards of one stage in `folder`, each of `tasks_a_shard` tasks' rows; tasks come in the same order each time.

    Attributes:
        done: tasks whose rows are on disk.
    """

    def __init__(self, folder: Path, schema: pa.Schema, tasks_a_shard: int) -> None:
        self.folder, self.schema, self.tasks_a_shard = folder, schema, tasks_a_shard
        folder.mkdir(parents=True, exist_ok=True)
        self.done = 0
        self._tallies = Counter[str]()
        paths = self.paths()
        for place, path in enumerate(paths):
            try:
                tasks, tallies = self._whole(path)
            except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
                tell(f"{path} is damaged ({error}): made again from there on.")
                for later in paths[place:]:
                    later.unlink()
                break
            self.done += tasks
            self._tallies.update(tallies)

    def _whole(self, path: Path) -> tuple[int, Tallies]:
        """Tasks and tallies of a shard of which every byte was read; it is there only where a stage was broken off."""
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            facts = json.loads(file.schema_arrow.metadata[_META])
            if path.name != _name(self.done):
                raise ValueError(f"{self.done} tasks come before it")
            for batch in file.iter_batches():
                batch.validate()
        return int(facts["tasks"]), {str(name): int(number) for name, number in facts["tallies"].items()}

    def paths(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.parquet"))

    def fill(
        self,
        engine: Engine,
        work: Work[Task, Result],
        tasks: Iterable[Task],
        timeout_s: float,
        rows: Callable[[Outcome[Task, Result]], tuple[Rows, Tallies]],
        total: int | None = None,
    ) -> None:
        """Do the tasks that are not on disk yet, in the engine's processes, with a progress bar.

        Args:
            rows: the rows that come of a task's outcome, and tallies of whatever is counted.
            total: how many tasks there are, if that is known.

        Raises:
            RedStarError: a task's processes were killed from outside; the whole shards before it are on disk.
        """
        outcomes = decided(engine.mapped(work, islice(tasks, self.done, None), timeout_s))
        left = None if total is None else total - self.done
        self.write(map(rows, progress(outcomes, self.folder.name, left)))

    def write(self, results: Iterable[tuple[Rows, Tallies]]) -> None:
        """Write the rows and tallies of the remaining tasks."""
        tables: list[pa.Table] = []
        tallies = Counter[str]()
        for rows, counted in results:
            tables.append(rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), self.schema))
            tallies.update(counted)
            if len(tables) == self.tasks_a_shard:
                self._write(tables, tallies)
                tables, tallies = [], Counter()
        if tables:
            self._write(tables, tallies)

    def tallies(self) -> Counter[str]:
        """The sums over all shards."""
        return Counter(self._tallies)

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Shard by shard, in order."""
        for path in self.paths():
            yield pq.read_table(path, columns=columns)

    def merge(self, target: Path) -> None:
        """All rows in one file."""
        with atomic(target) as temporary, pq.ParquetWriter(temporary, self.schema, compression="zstd") as writer:
            for path in self.paths():
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(batch_size=1024):
                        writer.write_batch(batch)

    def _write(self, tables: list[pa.Table], tallies: Counter[str]) -> None:
        meta = {_META: json.dumps({"tasks": len(tables), "tallies": tallies})}
        path = self.folder / _name(self.done)
        with atomic(path) as temporary:
            table = pa.concat_tables(tables).cast(self.schema)
            table = table.replace_schema_metadata(meta)
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        self.done += len(tables)
        self._tallies.update(tallies)


def _name(tasks: int) -> str:
    """Of the shard after so many tasks."""
    return f"{tasks:09d}.parquet"


def whole_table(outcome: Outcome[Any, pa.Table]) -> tuple[pa.Table, Tallies]:
    """`rows` of a stage whose work gives a table and may not fail."""
    _, table, failure = outcome
    if table is None:
        raise RedStarError(f"A batch of rows could not be worked on: {failure}. What is done is kept; run it again.")
    return table, {}
