from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.shards import Parts

SCHEMA = pa.schema([("number", pa.int64())])


def results(start: int, stop: int, broken_at: int | None = None) -> Iterator[tuple[list[dict[str, int]], Counter[str]]]:
    for task in range(start, stop):
        if task == broken_at:
            raise RuntimeError("killed")
        yield [{"number": 10 * task + row} for row in range(task % 3)], Counter({f"kind {task % 2}": 1})


def test_a_stage_goes_on_after_its_last_whole_part(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", SCHEMA, tasks_a_part=4)
    with pytest.raises(RuntimeError):
        parts.write(results(0, 30, broken_at=11))
    again = Parts(tmp_path / "parts", SCHEMA, tasks_a_part=4)
    assert again.done == 8
    again.write(results(again.done, 30))
    undisturbed = Parts(tmp_path / "other", SCHEMA, tasks_a_part=4)
    undisturbed.write(results(0, 30))
    for name, one in (("a", again), ("b", undisturbed)):
        assert one.tallies() == Counter({"kind 0": 15, "kind 1": 15})
        one.merge(tmp_path / f"{name}.parquet")
    assert pq.read_table(tmp_path / "a.parquet").equals(pq.read_table(tmp_path / "b.parquet"))
    assert Parts(tmp_path / "parts", SCHEMA, 4).tallies() == again.tallies()


def test_nothing_to_write_gives_an_empty_file(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "parts", SCHEMA, tasks_a_part=4)
    parts.write(results(0, 0))
    parts.merge(tmp_path / "none.parquet")
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
