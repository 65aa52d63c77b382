"""A changed input changes the fingerprint, whatever its size; what is not read does not."""

import os
import shutil
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import inputs
from redstar_geo.sources.catalogue import (
    BuiltinSource,
    DiagramSource,
    ExamFileSource,
    FolderSource,
    FormalGeo7kSource,
    PlainSource,
    ProblemSource,
    ProblemsSource,
    RunSource,
)
from tests.sources.small import jsonl, png

ROWS = [{"question": "Find AC.", "image": "1.png", "answer": "5"}, {"question": "Find x.", "answer": "2"}]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "images").mkdir(parents=True)
    (tmp_path / "mine" / "images" / "1.png").write_bytes(png("red"))
    jsonl(tmp_path / "mine" / "train.jsonl", ROWS)
    jsonl(tmp_path / "mine" / "test.jsonl", ROWS)
    return tmp_path / "mine"


def of(mine: Path, split: str | None = None) -> str | None:
    return inputs.fingerprint(FolderSource(kind="folder", path=str(mine), split=split))


def test_an_answer_changed_for_one_as_long(mine: Path) -> None:
    before = of(mine), of(mine, "test")
    stamp = (mine / "train.jsonl").stat()
    jsonl(mine / "train.jsonl", [ROWS[0] | {"answer": "6"}, ROWS[1]])
    os.utime(mine / "train.jsonl", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert of(mine) != before[0]
    assert of(mine, "test") == before[1]


def test_a_picture_changed_for_one_as_large(mine: Path) -> None:
    before = of(mine)
    picture = mine / "images" / "1.png"
    data = bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(data)
    assert of(mine) != before


def test_a_picture_that_was_missing(mine: Path) -> None:
    (mine / "images" / "1.png").unlink()
    before = of(mine)
    (mine / "images" / "1.png").write_bytes(png("red"))
    assert of(mine) != before


def test_a_copy_is_the_same_and_so_is_a_folder_with_notes_beside(mine: Path, tmp_path: Path) -> None:
    before = of(mine)
    assert before is not None and before.startswith("sha256:")
    (mine / "notes.txt").write_text("to do")
    (mine / "images" / "unused.png").write_bytes(png("blue"))
    (mine / "run").mkdir()
    assert of(mine) == before
    assert of(shutil.copytree(mine, tmp_path / "elsewhere" / "mine")) == before


def test_an_examination_file_and_its_pictures(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "exam.jsonl", [{"question": "Find AC.", "images": ["1.png"], "answer": "5"}])
    (tmp_path / "1.png").write_bytes(png("red"))
    source = ExamFileSource(kind="exam_file", path=str(path))
    before = inputs.fingerprint(source)
    (tmp_path / "1.png").write_bytes(png("blue"))
    after = inputs.fingerprint(source)
    jsonl(path, [{"question": "Find AC.", "images": ["1.png"], "answer": "6"}])
    assert len({before, after, inputs.fingerprint(source)}) == 3


def test_copies_of_data_sets_and_what_runs_have_left(tmp_path: Path) -> None:
    sources: dict[str, ProblemSource | RunSource] = {
        "set/data/train.jsonl": PlainSource(kind="gsm8k", path=str(tmp_path / "set")),
        "one.jsonl": PlainSource(kind="gsm8k", path=str(tmp_path / "one.jsonl")),
        "taco/train/0.arrow": PlainSource(kind="taco", path=str(tmp_path / "taco")),
        "geo/train/1/img_diagram.png": DiagramSource(kind="geometry3k", path=str(tmp_path / "geo")),
        "formal/diagrams/1.png": FormalGeo7kSource(kind="formalgeo7k", path=str(tmp_path / "formal")),
        "problems.parquet": ProblemsSource(kind="problems", path=str(tmp_path / "problems.parquet")),
        "run/problems.parquet": RunSource(kind="run", path=str(tmp_path / "run")),
        "run/prompts.parquet": RunSource(kind="run", path=str(tmp_path / "run")),
        "run/traces.parquet": RunSource(kind="run", path=str(tmp_path / "run")),
    }
    for name, source in sources.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"one")
        before = inputs.fingerprint(source)
        file.write_bytes(b"two")
        assert before is not None and inputs.fingerprint(source) != before, name


def test_what_is_not_here_has_none(tmp_path: Path) -> None:
    assert inputs.fingerprint(BuiltinSource(kind="builtin", count=1)) is None
    assert inputs.fingerprint(PlainSource(kind="gsm8k")) is None
    assert inputs.fingerprint(PlainSource(kind="gsm8k", path=str(tmp_path / "gone"))) is None
    with pytest.raises(InputError, match="is no folder"):
        of(tmp_path / "gone")


def test_a_picture_too_long_to_be_read_is_known_by_its_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "sha256", None)
    with (tmp_path / "1.png").open("wb") as file:
        file.truncate(9 << 30)
    before = inputs.of_files([tmp_path / "1.png"], tmp_path)
    with (tmp_path / "1.png").open("r+b") as file:
        file.truncate(10 << 30)
    assert inputs.of_files([tmp_path / "1.png"], tmp_path) != before
