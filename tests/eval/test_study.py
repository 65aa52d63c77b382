"""A study's machinery: cells, shared tasks, failures, kills, cost, table. Its stages are stand-ins, for speed."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.eval.study import main, predict
from redstar_geo.recipe import check
from redstar_geo.study.plan import cells, distinct
from redstar_geo.study.recipe import StudyRecipe
from redstar_geo.study.work import Workshop
from tests.disks import no_file_beyond
from tests.killing import send

ROOT = Path(__file__).parents[2]
STAND_IN = [sys.executable, str(Path(__file__).with_name("stand_in.py"))]


def recipe(folder: Path, **changes: Any) -> dict[str, Any]:
    """Two seeds by four sizes: 4 data, 8 trainings and 8 evaluations, and one examination for all."""
    for name, text in (("exam", "rows: 10"), ("data", "rows: 10"), ("train", "seed: 0"), ("eval", "k: 1")):
        (folder / f"{name}.yaml").write_text(text)
    stage = {"launch": STAND_IN}
    return {
        "study": "Does it grow?",
        "run": "study",
        "stages": {
            "exam": {"verb": "data", "recipe": str(folder / "exam.yaml"), **stage},
            "data": {"verb": "data", "recipe": str(folder / "data.yaml"), "work": ["data.rows"], **stage},
            "unused": {"verb": "data", "recipe": str(folder / "data.yaml"), "changes": {"rows": 3}, **stage},
            "train": {
                "verb": "train",
                "recipe": str(folder / "train.yaml"),
                "changes": {"data": "{data}", "rate.peak": 0.1, "kept": ["{exam}/x"]},
                "work": ["data.rows", "data.rows"],
                "rate": 0.5,
                **stage,
            },
            "taken": {
                "verb": "eval",
                "recipe": str(folder / "eval.yaml"),
                "changes": {"model": "{train}", "told": "{train.rate.peak}"},
                **stage,
            },
        },
        "axes": {
            "seed": {"keys": ["train.seed"], "values": [1, 2]},
            "rows": {"levels": {20: {"data.rows": 20}}, "keys": ["data.rows"], "values": [80, 320, 1280]},
        },
        "repeats": "seed",
        "measures": {"right": {"stage": "taken"}, "best": {"stage": "taken", "score": "best"}},
        "facts": {"taught": "train.counts.train.rows"},
        "compare": {"rows": [[20, 1280]]},
        "plots": [{"measure": "right", "x": "rows", "fit": True}, {"measure": "right"}],
        **changes,
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STARTS", str(tmp_path / "starts"))
    return tmp_path


def starts(folder: Path) -> Counter[str]:
    path = folder / "starts"
    return Counter(path.read_text().split("\n")[:-1]) if path.is_file() else Counter()


def test_cells_share_what_is_the_same_and_leave_out_what_nothing_rests_on(folder: Path) -> None:
    planned = cells(StudyRecipe(**recipe(folder)))
    assert [dict(cell.levels) for cell in planned[:2]] == [{"seed": 1, "rows": 20}, {"seed": 1, "rows": 80}]
    assert Counter(task.stage for task in distinct(planned).values()) == {"exam": 1, "data": 4, "train": 8, "taken": 8}
    taken, train = planned[0].tasks["taken"], planned[0].tasks["train"]
    assert taken.values["model"] == str(train.folder) and taken.values["told"] == 0.1
    assert train.values["rate"] == {"peak": 0.1} and train.values["kept"] == [f"{planned[0].tasks['exam'].folder}/x"]
    assert train.work == 400


def test_axes_hold_over_changes_and_null_takes_away(folder: Path) -> None:
    changed = recipe(folder)
    changed["stages"]["data"]["changes"] = {"rows": 7, "deep.left": 1, "deep": {"right": 2}}
    changed["stages"]["train"]["changes"] |= {"rate": None, "rate.other": 3}
    changed["stages"]["taken"]["changes"]["told"] = "{train.rate.other}"
    tasks = cells(StudyRecipe(**changed))[0].tasks
    assert tasks["data"].values["rows"] == 20 and tasks["data"].values["deep"] == {"left": 1, "right": 2}
    assert tasks["train"].values["rate"] == {"other": 3} and tasks["taken"].values["told"] == 3


def test_a_task_is_known_by_its_content(folder: Path) -> None:
    first = recipe(folder)
    before = set(distinct(cells(StudyRecipe(**first))))
    first["axes"]["rows"]["values"].append(5120)
    first["run"] = "elsewhere"
    assert before < set(distinct(cells(StudyRecipe(**first))))
    first["stages"]["exam"]["changes"] = {"rows": 11}  # read by the trainings, not by the data
    after = distinct(cells(StudyRecipe(**first)))
    assert {after[key].stage for key in before & set(after)} == {"data"}


def test_all_that_is_wrong_is_said_at_once(folder: Path) -> None:
    wrong = recipe(folder, repeats="sead", compare={"rows": [[20, 21]]}, facts={"x": "trian.counts"})
    wrong["measures"]["right"] = {"stage": "data"}
    wrong["plots"] = [{"measure": "wright", "x": "colour"}]
    with pytest.raises(InputError) as error:
        check(StudyRecipe, wrong, "here")
    for part in ("'sead'", "pairs of levels", "'trian.counts'", "no stage with verb: eval", "'wright'", "'colour'"):
        assert part in str(error.value)
    circle = recipe(folder)
    circle["stages"]["exam"]["changes"] = {"after": "{train}"}
    with pytest.raises(InputError, match=r"circle: taken → train → exam → train"):
        cells(StudyRecipe(**circle))


def test_a_study_has_a_table_with_intervals_plots_and_a_report(folder: Path) -> None:
    found = main(StudyRecipe(**recipe(folder)))
    assert found["counts"] == {"in": 8, "out": 8, "rejected": {}, "pending": 0}
    assert [row["levels"]["rows"] for row in found["rows"]] == [20, 80, 320, 1280]
    for row in found["rows"]:
        right, best = row["scores"]["right"], row["scores"]["best"]
        assert right["n"] == 200 and right["repeats"] == 2 and right["low"] < right["value"] < right["high"]
        assert right["t_low"] <= right["value"] <= right["t_high"] and right["truncated"] == 1 / 200
        assert best["value"] == pytest.approx(right["value"]) and best["low"] is None  # of two seeds: only Student's t
        assert row["facts"] == {"taught": row["levels"]["rows"]}
    (law,) = found["laws"]
    assert law["low"] < 0.5 < law["high"] and law["low"] < law["alpha"] < law["high"]  # the stand-in's error: 3 n^-1/2
    (compared,) = (each for each in found["comparisons"] if each["column"] == "right")
    assert compared["low"] > 0 and compared["n"] == 200 and compared["disjoint"] and compared["t_disjoint"] is not None
    table = (folder / "study" / "table.md").read_text()
    report = (folder / "study" / "report.html").read_text()
    assert 0 < compared["p_value"] < 0.01 and f"| {compared['p_value']:.2g} |" in table
    assert "| 1280 | 2 | 1,280 |" in table and "8 of 8 cells finished" in table and "α = " in table
    assert report.count("<svg") == 2 and "<script" not in report
    assert 'src="http' not in report and 'href="http' not in report
    assert (folder / "study" / "plot_2.png").is_file()
    assert set(starts(folder).values()) == {1} and len(starts(folder)) == 21


def test_finished_cells_are_not_done_again_and_new_ones_are(folder: Path) -> None:
    main(StudyRecipe(**recipe(folder)))
    table = (folder / "study" / "table.md").read_text()
    main(StudyRecipe(**recipe(folder)))
    assert (folder / "study" / "table.md").read_text() == table and starts(folder).total() == 21
    grown = recipe(folder)
    grown["axes"]["seed"]["values"].append(3)
    assert main(StudyRecipe(**grown))["counts"]["out"] == 12
    assert starts(folder).total() == 21 + 4 + 4


def test_a_failed_cell_is_counted_and_does_not_end_the_others(folder: Path) -> None:
    broken = recipe(folder)
    broken["axes"]["rows"]["levels"][20]["train.fail"] = True
    found = main(StudyRecipe(**broken))
    assert found["counts"] == {"in": 8, "out": 6, "rejected": {"train failed": 2}, "pending": 0}
    assert "exit code 1: it was asked to fail" in found["failures"]["seed 1, rows 20"]
    assert "failed: 2 train failed" in (folder / "study" / "table.md").read_text()
    assert [row["finished"] for row in found["rows"]] == [0, 2, 2, 2]
    broken["axes"]["rows"] = {"levels": {20: broken["axes"]["rows"]["levels"][20]}}
    broken |= {"compare": {}, "plots": []}
    with pytest.raises(RedStarError, match="Every cell failed: train: exit code 1"):
        main(StudyRecipe(**broken))


@pytest.mark.long
def test_several_cells_at_a_time_give_the_same_table(folder: Path) -> None:
    main(StudyRecipe(**recipe(folder, run="one")))
    main(StudyRecipe(**recipe(folder, run="three", processes=3)))
    assert (folder / "one" / "table.md").read_text() == (folder / "three" / "table.md").read_text()
    assert starts(folder).total() == 42


@pytest.mark.long
def test_ten_kills_give_the_same_table(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe(folder, processes=2)))
    command = [sys.executable, "-m", "tests.eval.killed_study", str(folder / "recipe.yaml"), "10"]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tables = [(folder / name / "study" / "table.md").read_text() for name in ("calm", "killed")]
    assert tables[0] == tables[1] and "8 of 8 cells" in tables[0]


_STARTED = """
import sys, yaml
from redstar_geo.errors import RedStarError
from redstar_geo.eval.study import main
from redstar_geo.study.recipe import StudyRecipe
try:
    main(StudyRecipe(**yaml.safe_load(open(sys.argv[1]))))
except RedStarError as error:
    sys.exit(str(error))
"""


@pytest.mark.long
@pytest.mark.parametrize("size", [0, 300, 700, 2000, 9000])
def test_without_room_it_stops_in_a_paragraph_and_the_same_command_goes_on(size: int, folder: Path) -> None:
    def ended(name: str, **options: Any) -> tuple[int, str]:
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(recipe(folder, run=name)))
        command = [sys.executable, "-c", _STARTED, f"{name}.yaml"]
        environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, **options)
        return done.returncode, done.stderr

    assert ended("calm")[0] == 0
    code, said = ended("full", preexec_fn=no_file_beyond(size))
    assert code == 1 and ("The disk of full is full" in said or "Every cell failed" in said), said
    assert ended("full")[0] == 0
    assert (folder / "calm" / "table.md").read_bytes() == (folder / "full" / "table.md").read_bytes()


@pytest.mark.long
def test_sigterm_ends_its_processes_and_the_same_command_goes_on(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe(folder)))
    code = "import yaml; from redstar_geo.eval.study import *; main(StudyRecipe(**yaml.safe_load(open('recipe.yaml'))))"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stderr=subprocess.PIPE, text=True)
    send(process, signal.SIGTERM, begun=lambda: starts(folder).total() >= 4)
    assert "Stopped;" in process.communicate()[1] and process.returncode == 1
    told = json.loads((folder / "study" / "study.json").read_text())["counts"]
    assert told["pending"] and told["out"] + told["pending"] == 8
    assert main(StudyRecipe(**recipe(folder)))["counts"]["out"] == 8


def test_ctrl_c_reaches_the_study_alone_which_says_so(folder: Path) -> None:
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe(folder)))
    code = "import yaml; from redstar_geo.eval.study import *; main(StudyRecipe(**yaml.safe_load(open('recipe.yaml'))))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stderr=subprocess.PIPE, text=True, process_group=0
    )
    send(process, signal.SIGINT, begun=lambda: starts(folder).total() >= 4, group=True)
    assert "Interrupted: Stopped;" in process.communicate()[1]
    assert "KeyboardInterrupt" not in "".join(each.read_text() for each in (folder / "study").rglob("*.log"))


def test_a_study_that_waits_for_anothers_task_can_be_stopped(folder: Path) -> None:
    task = distinct(cells(StudyRecipe(**recipe(folder))))
    first = next(iter(task.values()))
    first.folder.parent.mkdir(parents=True)
    workshop = Workshop(None, lambda text: workshop.stop())
    with first.folder.with_name(f"{first.key}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not workshop.do(first).finished  # it said that it waits, and was stopped then
    assert not starts(folder)


def test_a_program_that_is_not_there_is_a_failed_cell(folder: Path) -> None:
    plan = recipe(folder)
    plan["stages"]["taken"]["launch"] = ["no_such_program"]
    with pytest.raises(RedStarError, match="no_such_program cannot be started: No such file"):
        main(StudyRecipe(**plan))


def test_cost_is_predicted_by_rates_then_by_what_was_measured(folder: Path) -> None:
    plan = recipe(folder)
    told = predict(StudyRecipe(**plan))
    assert told["tasks"] == told["to_do"] == 21 and told["unknown"] == {"exam": 1, "data": 4, "taken": 8}
    assert told["seconds"] == 2 * 0.5 * (20**2 + 80**2 + 320**2 + 1280**2)
    main(StudyRecipe(**plan))
    plan["axes"]["seed"]["values"].append(3)
    told = predict(StudyRecipe(**plan))
    assert told["to_do"] == 8 and not told["unknown"] and told["seconds"] > 0
    assert told["seconds"] == round(told["seconds"], 1)
