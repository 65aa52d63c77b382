"""The whole data run: counts add up, a kill loses nothing, a finished run is a no-op."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from redstar_geo import recipe
from redstar_geo.data_prep.pipeline import main
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, read
from redstar_geo.run import read_manifest
from tests.killing import kill
from tests.paths import DOZEN
from tests.teacher.test_endpoint import rows as ledger_rows

_CHANGES = ("source.origin=all", "teacher.mistakes=1.0")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve problems, one with a picture that is none and one whose proof does not reach its answer."""
    folder = shutil.copytree(DOZEN, tmp_path_factory.mktemp("source") / "formalgeo7k")
    (folder / "diagrams" / "1126.png").write_bytes(b"not a picture")
    unproven = folder / "problems" / "1193.json"
    unproven.write_text(json.dumps(json.loads(unproven.read_text()) | {"problem_answer": "123456"}))
    return folder


def load(source: Path, run: Path, *overrides: str) -> DataRecipe:
    changes = [f"source.path={source}", f"run={run}", *_CHANGES, "workers=1", *overrides]
    return recipe.load(DataRecipe, "data_prep/geoqa_formal.yaml", changes)


@pytest.fixture(scope="module")
def finished(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "finished"
    main(load(source, run))
    return run


def test_every_prompt_is_accounted_for(finished: Path) -> None:
    counts = read_manifest(finished)["counts"]
    for stage in ("collect", "sample", "verify", "select", "prompts"):
        count = counts[stage]
        assert count["in"] == count["out"] + sum(count["rejected"].values()) + count["pending"], stage
    assert counts["collect"] == {"in": 12, "out": 11, "rejected": {"bad_picture": 1}, "pending": 0}
    assert counts["sample"]["rejected"] == {"wrong_value": 2}
    assert counts["prompts"]["in"] == 11 and counts["prompts"]["rejected"] == {"no response": 1}
    assert counts["select"]["out"] == 20


def test_traces_carry_verdicts_and_name_their_problem(finished: Path) -> None:
    problems = {problem.id for problem in read(Problem, finished / "problems.parquet")}
    traces = list(read(Trace, finished / "traces.parquet"))
    assert {trace.problem_id for trace in traces} < problems
    assert all(trace.verdict is not None for trace in traces)
    assert len({trace.request for trace in traces}) == len(traces)


def test_errors_that_traces_mend_are_counted_and_cost_no_trace(finished: Path) -> None:
    counts = read_manifest(finished)["counts"]
    steps = [
        step for trace in read(Trace, finished / "traces.parquet") if trace.verdict for step in trace.verdict.steps
    ]
    made, mended = sum(step.error for step in steps), sum(step.mended for step in steps)
    assert counts["verify"]["errors"] == {"made": made, "mended": mended} and made >= mended > 0
    assert not any(step.status == "false" for step in steps)
    assert 0 < counts["select"]["with_a_mended_error"] <= counts["select"]["out"]


def test_the_export_loads_with_datasets_and_has_its_picture(finished: Path) -> None:
    rows = load_dataset("parquet", data_files=str(finished / "sft" / "train.parquet"), split="train")
    assert len(rows) == read_manifest(finished)["counts"]["select"]["out"]
    row = rows[0]
    assert row["images"][0].size[0] >= 56
    text = row["completion"][0]["content"]
    assert text.count("<think>") == text.count("</think>") == 1
    assert "\\boxed{" in text.split("</think>")[1]
    assert row["prompt"][0]["role"] == "user"


def test_the_card_tells_the_counts(finished: Path) -> None:
    card = (finished / "README.md").read_text()
    assert "bad_picture 1" in card and "wrong_value 2" in card


def test_a_finished_run_is_a_no_op(source: Path, finished: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file() and path.name != ".lock"}
    main(load(source, finished))
    after = {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file() and path.name != ".lock"}
    assert before == after


def test_a_proof_that_the_machine_was_too_busy_for_is_tried_again(tmp_path: Path) -> None:
    folder = shutil.copytree(DOZEN, tmp_path / "one")
    for file in sorted((folder / "problems").glob("*.json"))[1:]:
        file.unlink()
    run = tmp_path / "run"
    for seconds, outcome in ((1e-6, {"rejected": {"timeout": 2}}), (600, {"out": 2}), (1e-6, {"out": 2})):
        counts = main(load(folder, run, f"teacher.timeout_s={seconds}"))
        assert counts["sample"] == {"in": 2, "out": 0, "rejected": {}, "pending": 0} | outcome


def test_another_recipe_does_not_touch_the_run(source: Path, finished: Path) -> None:
    with pytest.raises(InputError, match=r"teacher\.samples was 2, is 3"):
        main(load(source, finished, "teacher.samples=3"))


def rows(run: Path) -> list[list[dict]]:
    return [
        pq.read_table(run / name).to_pylist() for name in ("problems.parquet", "traces.parquet", "sft/train.parquet")
    ]


@pytest.mark.long
def test_kill_in_the_middle_and_again_gives_the_same_rows(source: Path, finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "killed"
    command = [sys.executable, "-m", "redstar_geo", "data", "data_prep/geoqa_formal.yaml", "-q"]
    command += [f"source.path={source}", f"run={run}", *_CHANGES]
    for begun in (lambda: ledger_rows(run), (run / "traces.parquet").is_file):
        kill(subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True), begun=begun)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert rows(run) == rows(finished)
    assert read_manifest(run)["counts"] == read_manifest(finished)["counts"]


@pytest.mark.long
def test_the_number_of_workers_changes_nothing(source: Path, finished: Path, tmp_path: Path) -> None:
    main(load(source, tmp_path / "two", "workers=2"))
    assert rows(tmp_path / "two") == rows(finished)
