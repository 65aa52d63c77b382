from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.shards import Shards

SCHEMA = pa.schema([("number", pa.int64())])


def results(start: int, stop: int, broken_at: int | None = None) -> Iterator[tuple[list[dict[str, int]], Counter[str]]]:
    for task in range(start, stop):
        if task == broken_at:
            raise RuntimeError("killed")
        yield [{"number": 10 * task + row} for row in range(task % 3)], Counter({f"kind {task % 2}": 1})


def test_a_stage_goes_on_after_its_last_whole_shard(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "shards", SCHEMA, tasks_a_shard=4)
    with pytest.raises(RuntimeError):
        shards.write(results(0, 30, broken_at=11))
    again = Shards(tmp_path / "shards", SCHEMA, tasks_a_shard=4)
    assert again.done == 8
    again.write(results(again.done, 30))
    undisturbed = Shards(tmp_path / "other", SCHEMA, tasks_a_shard=4)
    undisturbed.write(results(0, 30))
    for name, one in (("a", again), ("b", undisturbed)):
        assert one.tallies() == Counter({"kind 0": 15, "kind 1": 15})
        one.merge(tmp_path / f"{name}.parquet")
    assert pq.read_table(tmp_path / "a.parquet").equals(pq.read_table(tmp_path / "b.parquet"))
    assert Shards(tmp_path / "shards", SCHEMA, 4).tallies() == again.tallies()


def test_nothing_to_write_gives_an_empty_file(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "shards", SCHEMA, tasks_a_shard=4)
    shards.write(results(0, 0))
    shards.merge(tmp_path / "none.parquet")
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0


@pytest.mark.parametrize("kind", ["cut", "flipped", "gone"])
def test_from_a_damaged_shard_on_the_stage_is_gone_through_again(tmp_path: Path, kind: str) -> None:
    whole = Shards(tmp_path / "whole", SCHEMA, tasks_a_shard=4)
    whole.write(results(0, 30))
    broken = Shards(tmp_path / "shards", SCHEMA, tasks_a_shard=4)
    broken.write(results(0, 22))
    path = broken.paths()[2]
    data = bytearray(path.read_bytes())
    data[12] ^= 255  # within the first page
    if kind == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-9] if kind == "cut" else data)
    again = Shards(tmp_path / "shards", SCHEMA, tasks_a_shard=4)
    assert again.done == 8
    again.write(results(again.done, 30))
    assert again.tallies() == whole.tallies()
    assert [table.to_pylist() for table in again.tables()] == [table.to_pylist() for table in whole.tables()]
