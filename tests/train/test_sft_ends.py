"""How a training ends before its time, by the real command: what it says, its exit code, and that nothing is lost."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.torch import load_file

from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.run import read_manifest
from redstar_geo.trainer.checkpoints import last_whole
from redstar_geo.trainer.log import read_log
from tests.disks import SmallDisk
from tests.forks import exit_codes
from tests.killing import kill, saved, send
from tests.train.small import SCHEMA, SIZE, problem, trace, write_export, write_problems
from tests.train.small_ranks import redstar_geo, start

pytestmark = pytest.mark.long
PROBLEMS = [problem(number, with_picture=number % 2 == 0) for number in range(1, 7)]
VALUES: dict[str, Any] = {"method": "sft", "tiny": SIZE, "epochs": 40, "pack": {"samples": 6}, "learning_rate": 1e-3}
VALUES |= {"checkpoint_steps": 4, "compute": "float32"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("data") / "train.parquet", PROBLEMS)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "sft_small.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in (VALUES | {"data": data}).items()))
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, recipe: Path) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    code, said = redstar_geo("train", recipe, f"run={folder / 'run'}", said=folder / "said").ended()
    assert code == 0, said
    return folder / "run"


def train(recipe: Path, run: Path, *changes: str) -> tuple[int, str]:
    said = run.parent / f"{run.name}.said"
    return redstar_geo("train", recipe, f"run={run}", *changes, said=said).ended()


def same_end(run: Path, undisturbed: Path) -> None:
    """The same weights, and the same losses at the same steps from the last line that both have."""
    found, expected = (load_file(each / "model" / "model.safetensors") for each in (run, undisturbed))
    assert all(found[name].equal(expected[name]) for name in expected)
    assert read_log(run / "log.jsonl")[-1]["loss"] == read_log(undisturbed / "log.jsonl")[-1]["loss"]


def one_paragraph(said: str) -> str:
    """The error without the tables and bars before it."""
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if line.startswith(("Error:", "Failed:"))]
    assert len(errors) == 1, said
    return errors[0]


def test_sigterm_leaves_a_checkpoint_and_the_same_command_goes_on(
    tmp_path: Path, recipe: Path, undisturbed: Path
) -> None:
    run = tmp_path / "run"
    command = redstar_geo("train", recipe, f"run={run}", said=tmp_path / "said")
    send(command.process, signal.SIGTERM, begun=lambda: saved(run))
    code, said = command.ended()
    assert code == 1
    assert "Stopped by SIGTERM after step" in one_paragraph(said)
    step = int(said.split("after step ")[1].split(",")[0])
    assert 4 <= step < 40
    assert (run / "checkpoints" / f"checkpoint-{step}" / "whole").is_file()
    assert train(recipe, run)[0] == 0
    same_end(run, undisturbed)


def test_all_ranks_stop_after_the_same_step_whichever_heard_the_signal(tmp_path: Path, data: Path) -> None:
    values = VALUES | {"data": str(data), "run": str(tmp_path / "run"), "pack": {"samples": 3}}
    started = start(values, ranks=2)
    send(started[1], signal.SIGTERM, begun=lambda: saved(tmp_path / "run"))
    assert exit_codes(started) == [1, 1]
    newest = last_whole(tmp_path / "run" / "checkpoints")
    assert newest is not None and (newest / "whole").read_text() == "2\n"
    assert exit_codes(start(values, ranks=2)) == [0, 0]


def test_more_processes_do_not_go_on_from_one_s_checkpoint(tmp_path: Path, recipe: Path, data: Path) -> None:
    run = tmp_path / "run"
    command = redstar_geo("train", recipe, f"run={run}", said=tmp_path / "said")
    kill(command.process, begun=lambda: saved(run))
    newest = last_whole(run / "checkpoints")
    assert exit_codes(start(VALUES | {"data": str(data), "run": str(run)}, ranks=2)) != [0, 0]
    assert newest is not None and last_whole(run / "checkpoints") == newest


def test_a_full_disk_costs_nothing_but_the_steps_since_the_last_checkpoint(
    small_disk: SmallDisk, tmp_path: Path, recipe: Path, undisturbed: Path
) -> None:
    run, said = small_disk("5m") / "run", tmp_path / "said"
    code, text = redstar_geo("train", recipe, f"run={run}", said=said).ended()
    assert code == 1
    error = one_paragraph(text)
    assert f"The disk of {run} is full" in error and "make room" in error
    whole = list((run / "checkpoints").glob("checkpoint-*/whole"))
    assert whole and not (run / "model").exists()
    small_disk("100m")
    assert redstar_geo("train", recipe, f"run={run}", said=said).ended()[0] == 0
    same_end(run, undisturbed)


def without_pictures(folder: Path, **pictures: bytes | None) -> Path:
    """The export with the pictures of some samples replaced."""
    path = write_export(folder / "train.parquet", PROBLEMS)
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        if row["id"] in pictures:
            row["images"] = [{"bytes": pictures[row["id"]], "path": None}]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def test_missing_and_torn_pictures_are_named_before_training_or_left_out_and_counted(
    tmp_path: Path, recipe: Path
) -> None:
    torn = PROBLEMS[3].images[0].data[:-400]
    data = without_pictures(tmp_path, **{"small/2#0": None, "small/4#0": torn})
    code, said = train(recipe, tmp_path / "run", f"data={data}")
    assert code == 2
    error = one_paragraph(said)
    assert "2 of 6 samples cannot be trained on" in error and "small/2#0" in error and "small/4#0" in error
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert train(recipe, tmp_path / "less", f"data={data}", "unfit=drop", "epochs=1")[0] == 0
    counts = read_manifest(tmp_path / "less")["counts"]
    assert counts["train"]["rejected"] == {"unreadable image": 2}
    assert (counts["train"]["in"], counts["train"]["out"]) == (6, 4)


def test_a_picture_of_more_patches_than_a_row_is_named_or_left_out_and_counted(tmp_path: Path, recipe: Path) -> None:
    data = without_pictures(tmp_path)
    code, said = train(recipe, tmp_path / "run", f"data={data}", "pack={tokens: 4096, patches: 1}")
    assert code == 2 and "cannot be trained on" in one_paragraph(said) and "pack.patches=1" in said


def test_other_columns_are_named(tmp_path: Path, recipe: Path) -> None:
    data = write_problems(tmp_path / "problems.parquet", PROBLEMS)
    code, said = train(recipe, tmp_path / "run", f"data={data}")
    assert code == 2 and "missing: prompt, completion" in one_paragraph(said)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    build_tiny(tmp_path / "model", [trace(each) for each in PROBLEMS], TinySize(**SIZE), seed=0)
    return tmp_path / "model"


def test_a_template_that_forbids_reasoning_is_refused(tmp_path: Path, recipe: Path, model: Path) -> None:
    template = model / "chat_template.jinja"
    opening = "<|im_start|>assistant\\n"
    template.write_text(template.read_text().replace(opening, f"{opening}<think>\\n\\n</think>\\n\\n"))
    code, said = train(recipe, tmp_path / "run", "tiny=null", f"model={model}")
    assert code == 2 and "no reasoning is to follow" in one_paragraph(said)


def test_a_tokenizer_of_another_model_is_refused_before_anything_is_measured(
    tmp_path: Path, recipe: Path, model: Path
) -> None:
    other = tmp_path / "other"
    build_tiny(other, [each.question + trace(each) for each in PROBLEMS], TinySize(**SIZE | {"vocabulary": 700}), 0)
    (model / "tokenizer.json").write_bytes((other / "tokenizer.json").read_bytes())
    code, said = train(recipe, tmp_path / "run", "tiny=null", f"model={model}")
    assert code == 2 and "not of the same model" in one_paragraph(said)
    assert not (tmp_path / "run" / "lengths.parquet").exists()
