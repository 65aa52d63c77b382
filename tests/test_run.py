import json
import multiprocessing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.run import Counts, open_run, read_manifest, write_json, write_rows


def test_counts_that_do_not_add_up_are_refused() -> None:
    counts = Counts(in_=3, out=1)
    counts.reject("bad", 2)
    assert counts.settle() == {"in": 3, "out": 1, "rejected": {"bad": 2}, "pending": 0}
    counts.in_ += 1
    with pytest.raises(RedStarError, match="4 in, 3 accounted"):
        counts.settle()


def test_a_finished_stage_stays_finished(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", {"seed": 1}) as run:
        run.finish("collect", Counts())
    with open_run(tmp_path / "r", {"seed": 1}) as run:
        assert run.finished("collect") and not run.finished("sample")
    assert read_manifest(tmp_path / "r")["versions"]["redstar-geo"]


def test_another_recipe_is_refused_and_the_change_named(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", {"source": {"path": "a"}}):
        pass
    with (
        pytest.raises(InputError, match=r"source\.path was 'a', is 'b'"),
        open_run(tmp_path / "r", {"source": {"path": "b"}}),
    ):
        pass


def hold(folder: Path, ready: multiprocessing.Event, release: multiprocessing.Event) -> None:  # type: ignore[valid-type]
    with open_run(folder, {}):
        ready.set()
        release.wait(30)


def test_two_processes_against_one_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "r", ready, release))
    other.start()
    assert ready.wait(30)
    with pytest.raises(InputError, match="in use by another process"), open_run(tmp_path / "r", {}):
        pass
    release.set()
    other.join(30)
    with open_run(tmp_path / "r", {}):
        pass


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int64())])
    path = tmp_path / "rows.parquet"
    assert write_rows(path, schema, ({"n": n} for n in range(1000))) == 1000

    def broken():  # type: ignore[no-untyped-def]
        yield {"n": 1}
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_rows(path, schema, broken())
    assert pq.read_table(path)["n"].to_pylist() == list(range(1000))
    assert [p.name for p in tmp_path.iterdir()] == ["rows.parquet"]


def test_json_is_whole_or_absent(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"∠": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"bad": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"∠": 1}
