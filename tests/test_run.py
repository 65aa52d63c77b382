import errno
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import DiskFull, InputError, RedStarError
from redstar_geo.run import Counts, atomic, open_run, read_manifest, write_json, write_rows


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
        release.wait()


def test_two_processes_against_one_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "r", ready, release))
    other.start()
    assert ready.wait()
    with pytest.raises(InputError, match=f"in use by process {other.pid}"), open_run(tmp_path / "r", {}):
        pass
    release.set()
    other.join()
    with open_run(tmp_path / "r", {}):
        pass


def work_on(worker: Any) -> None:
    worker.value = os.getpid()
    time.sleep(60)


def leave_a_worker(folder: Path, worker: Any) -> None:
    with open_run(folder, {}):
        multiprocessing.get_context("fork").Process(target=work_on, args=(worker,)).start()
        while not worker.value:  # until it runs on its own
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_run_goes_on_while_a_worker_of_it_still_lives(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    worker = context.Value("i", 0)
    killed = context.Process(target=leave_a_worker, args=(tmp_path / "r", worker))
    killed.start()
    killed.join()
    os.kill(worker.value, 0)  # it lives
    with open_run(tmp_path / "r", {}):
        pass
    os.kill(worker.value, signal.SIGKILL)


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


def test_a_run_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("mine")
    (tmp_path / "dir" / ".lock").mkdir(parents=True)
    for name in ("afile", "afile/run", "n" * 300, "dir", "/proc/run"):
        with pytest.raises(InputError, match=r"Run folder .*cannot be made or written to .*run=…"):
            _open(tmp_path / name)
    assert (tmp_path / "afile").read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["", "{broken", "{}", "[]", '{"recipe": {}}', '{"name": "of another program"}', "\xff"]
)
def test_a_manifest_that_is_none_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_bytes(text.encode("latin-1"))
    for reads in (_open, _open, read_manifest):
        with pytest.raises(InputError, match=r"run\.json is no manifest of a run"):
            reads(tmp_path)  # the second time shows that the lock was given back
    assert (tmp_path / "run.json").read_bytes() == text.encode("latin-1")


def test_a_table_that_was_cut_is_found_when_the_run_goes_on(tmp_path: Path) -> None:
    _open(tmp_path)
    path = tmp_path / "problems.parquet"
    write_rows(path, pa.schema([("n", pa.int64())]), ({"n": n} for n in range(1000)))
    _open(tmp_path)
    whole = path.read_bytes()
    for cut in (0, 3, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"problems\.parquet is damaged"):
            _open(tmp_path)
        assert path.read_bytes() == whole[:cut]
    path.write_bytes(whole)
    _open(tmp_path)


def test_an_error_inside_a_run_is_not_taken_for_one_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), open_run(tmp_path, {}):
        raise PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(DiskFull, match=f"The disk of {tmp_path} is full"), open_run(tmp_path, {}):
        raise OSError(errno.ENOSPC, "No space left on device")


def _open(folder: Path) -> None:
    with open_run(folder, {}):
        pass


def _write_slowly(path: Path, letter: str, begun: Any, other: Any) -> None:
    with atomic(path) as temporary:
        temporary.write_text(letter * 10)
        begun.set()
        other.wait()
        assert temporary.read_text() == letter * 10


def test_two_processes_that_write_one_file_leave_one_whole(tmp_path: Path) -> None:
    path, context = tmp_path / "file", multiprocessing.get_context("fork")
    events = [context.Event(), context.Event()]
    writers = [context.Process(target=_write_slowly, args=(path, "ab"[n], events[n], events[1 - n])) for n in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert path.read_text() in ("a" * 10, "b" * 10) and [each.name for each in tmp_path.iterdir()] == ["file"]


def blame(folder: Path, name: str) -> None:
    """A manifest as a stranger may write it, which says that a finished stage left a file that is not so."""
    with open_run(folder, {}):
        pass
    manifest = read_manifest(folder)
    counts = {"a": {"in": 0, "out": 0, "rejected": {}, "pending": 0}}
    write_json(folder / "run.json", manifest | {"counts": counts, "outputs": {"a": {name: "0"}}})


@pytest.mark.parametrize("name", ["../mine.txt", "{}/mine.txt", "a/../../mine.txt", "out/mine.txt", ".", "", "a\0b"])
def test_nothing_outside_of_a_run_is_ever_put_aside(tmp_path: Path, name: str) -> None:
    mine, folder = tmp_path / "mine.txt", tmp_path / "run"
    mine.write_text("mine")
    blame(folder, name.format(tmp_path))
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(InputError, match="run"), open_run(folder, {}, remake=True):
        pass
    assert mine.read_text() == "mine" and set(tmp_path.iterdir()) == {mine, folder}


@pytest.mark.parametrize("name", ["pipe", "pipe.sqlite", "pipe.parquet"])
def test_a_pipe_in_the_place_of_an_output_is_not_waited_for(tmp_path: Path, name: str) -> None:
    blame(tmp_path / "run", name)
    os.mkfifo(tmp_path / "run" / name)
    with pytest.raises(InputError, match="no longer a file"), open_run(tmp_path / "run", {}):
        pass
