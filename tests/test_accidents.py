"""A run is known by its content, one process writes it, and what an accident does to it is found and mended or told."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from redstar_geo.answer.file import verify_file
from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.jsonl import read_rows
from redstar_geo.run import open_run, read_manifest
from tests.accidents import made, small
from tests.teacher.conftest import write_problems
from tests.test_house import sources


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "finished"
    main(small(run))
    return run


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy, which is the same run in another place."""
    return shutil.copytree(finished, tmp_path / "copied")


def stamps(run: Path) -> dict[str, int]:
    files = (path for path in run.rglob("*") if path.is_file() and path.name not in (".lock", "run.json"))
    return {str(path.relative_to(run)): path.stat().st_mtime_ns for path in files if path.suffix not in (".sqlite",)}


def test_a_run_that_was_moved_or_is_spelled_otherwise_is_finished_still(run: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(run)
    before = stamps(run)
    os.chdir(tmp_path)
    for name in (run, Path("copied"), Path("./copied/../copied"), link, f"{run}/"):
        main(small(Path(name)).model_copy(update={"run": str(name)}))
    assert stamps(run) == before


@pytest.mark.parametrize("as_link", [False, True])
def test_data_that_were_moved_are_the_same_data(tmp_path: Path, as_link: bool) -> None:
    first, second, run = tmp_path / "first.parquet", tmp_path / "second.parquet", tmp_path / "run"
    write_problems(first, 3)
    main(small(run, source={"kind": "problems", "path": str(first)}, teacher=None))
    if as_link:
        second.symlink_to(first)
    else:
        first.rename(second)
    main(small(run, source={"kind": "problems", "path": str(second)}, teacher=None))
    assert read_manifest(run)["recipe"]["source"]["path"] == str(second)  # where it is now
    write_problems(tmp_path / "third.parquet", 4)
    with pytest.raises(InputError, match=r"made with other inputs: source\.path was .* run=.*run_2") as refused:
        main(small(run, source={"kind": "problems", "path": str(tmp_path / "third.parquet")}, teacher=None))
    assert "remove" not in str(refused.value)


def test_what_differs_is_named_and_another_folder_proposed(run: Path) -> None:
    (run.parent / "copied_2").mkdir()
    with pytest.raises(InputError, match=r"other recipe: teacher\.samples was 2, is 3.* run=\S*copied_3") as refused:
        main(small(run, teacher={"kind": "formal", "samples": 3}))
    assert "remove" not in str(refused.value) and "left as it is" in str(refused.value)


def test_a_folder_of_the_first_edition_is_known_by_the_same_fingerprints(run: Path) -> None:
    with open_run(run.parent / "old", {"data": "a/*.parquet", "run": "x"}, {"a/1.parquet": "1", "a/2.parquet": "2"}):
        pass
    with open_run(run.parent / "old", {"data": "b", "run": "y"}, {"b/1.parquet": "1", "b/2.parquet": "2"}, ["data"]):
        pass
    swapped = {"b/1.parquet": "2", "b/2.parquet": "1"}
    with pytest.raises(InputError), open_run(run.parent / "old", {"data": "b"}, swapped, ["data"]):
        pass


def test_no_message_advises_to_remove_anything() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and str(getattr(node.func, "id", "")).endswith(("Error", "DiskFull")):
                texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
                said = " ".join(text for text in texts if isinstance(text, str))
                assert not re.search(r"\b(remove|delete)\b|\bremoving\b", said), f"{path}: {said}"


def damaged_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def damaged_in_the_middle(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


@pytest.mark.parametrize("damage", [damaged_by_cutting, damaged_in_the_middle, Path.unlink])
@pytest.mark.parametrize("name", ["sft/train.parquet", "traces.parquet", "problems.parquet"])
def test_a_finished_run_makes_again_what_was_damaged(
    finished: Path, run: Path, name: str, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / "ledger.sqlite").read_bytes()
    damage(run / name)
    main(small(run))
    assert f"{run / name} " in capsys.readouterr().err
    assert made(run) == made(finished)
    assert (run / "ledger.sqlite").read_bytes() == before, "nothing was asked for again"
    main(small(run))
    assert not capsys.readouterr().err


def test_a_damaged_ledger_is_told_and_left_as_it_is(run: Path) -> None:
    ledger = run / "ledger.sqlite"
    whole = ledger.read_bytes()
    for damage in (damaged_by_cutting, damaged_in_the_middle, Path.unlink, lambda path: path.write_bytes(b"no" * 9999)):
        damage(ledger)
        left = ledger.read_bytes() if ledger.exists() else b""
        with pytest.raises(InputError, match=r"ledger\.sqlite .*copy") as refused:
            main(small(run))
        assert "remove" not in str(refused.value)
        assert left == (ledger.read_bytes() if ledger.exists() else b"")
        ledger.write_bytes(whole)
    main(small(run))


def test_a_ledger_of_another_version_is_one_paragraph(run: Path) -> None:
    manifest = read_manifest(run)
    del manifest["counts"]["verify"], manifest["outputs"]
    (run / "run.json").write_text(json.dumps(manifest))
    with sqlite3.connect(run / "ledger.sqlite") as database:
        database.execute("ALTER TABLE responses DROP COLUMN failure")
    with pytest.raises(InputError, match=r"ledger .* cannot be used .*copy"):
        main(small(run))


def test_a_damaged_cache_costs_nothing(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("facts.sqlite", "judged.sqlite"):
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / name).write_bytes(b"no cache" * 1000)
    main(small(tmp_path / "run"))
    assert made(tmp_path / "run") == made(finished)
    assert capsys.readouterr().err.count("was damaged") == 2


_VERIFY = "import sys; from redstar_geo.__main__ import main; sys.argv[0] = 'redstar-geo'; main()"


def test_of_two_that_write_one_file_the_second_is_told_who_does(tmp_path: Path) -> None:
    file, out = tmp_path / "answers.jsonl", tmp_path / "out.jsonl"
    file.write_text('{"gold": "1", "prediction": "1"}\n' * 3000)
    command = [sys.executable, "-c", _VERIFY, "verify", str(file), "--out", str(out), "-q"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as first:
        while not out.exists() or not out.stat().st_size:
            assert first.poll() is None
        with pytest.raises(InputError, match=f"{out} is in use by process {first.pid}.*another --out"):
            verify_file(file, out)
        assert first.wait() == 0
    verify_file(file, out)
    assert [row["line"] for row in read_rows(out)] == list(range(1, 3001))


_HOLD = """
import sys, time
from redstar_geo.run import open_run
with open_run(sys.argv[1], {}):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_run_in_use_names_its_process_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None and first.stdout.readline()
        with pytest.raises(InputError, match=f"in use by process {first.pid}"), open_run(tmp_path, {}):
            pass
        first.kill()
    with open_run(tmp_path, {}):
        pass
