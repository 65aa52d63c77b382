"""What visitors export takes a bounded part of the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.records import SCHEMAS, Trace, to_row
from redstar_geo.viewing.exports import Exports
from tests.train.small import problem, trace


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def endless(read: list[int]) -> Iterator[pa.Table]:
    part = pa.Table.from_pylist(
        [to_row(Trace(problem(1).id, 0, "t", "k", "", trace(problem(1)), "stop"))] * 100, SCHEMAS[Trace]
    )
    while True:
        read.append(len(part))
        yield part


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/*.parquet"))


def test_a_selection_without_end_is_cut_and_says_where(tmp_path: Path) -> None:
    read: list[int] = []
    exports = Exports(most_bytes=50_000)
    path, rows = exports.write("me", endless(read))
    assert 50_000 <= path.stat().st_size < 200_000 and rows == sum(read) == pq.read_metadata(path).num_rows


def test_a_visitor_has_one_file_and_all_have_few(tmp_path: Path) -> None:
    exports = Exports(most_bytes=1, kept=3)
    for visitor in ["a", "a", "b", "a", "c", "d", "../../e"]:
        last, _ = exports.write(visitor, endless([]))
    assert len(files(tmp_path)) == 3 and last in files(tmp_path)
    exports.forget("../../e")
    exports.forget("nobody")
    assert len(files(tmp_path)) == 2
    del exports
    assert files(tmp_path) == []
