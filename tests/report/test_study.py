from pathlib import Path

from redstar_geo.report import study
from redstar_geo.study.recipe import Plot, StudyRecipe
from redstar_geo.study.results import Row


def test_a_study_of_which_nothing_is_measured_yet_has_no_empty_plot(tmp_path: Path) -> None:
    recipe = StudyRecipe.model_validate(
        {
            **{"study": "Does it help to think longer?", "run": str(tmp_path), "repeats": "seed"},
            "stages": {"train": {"verb": "eval", "recipe": "eval.yaml"}},
            "axes": {
                "rows": {"keys": ["train.rows"], "values": [20, 80]},
                "seed": {"values": [1, 2], "keys": ["train.seed"]},
            },
            "measures": {"right": {"stage": "train"}},
        }
    )
    table = [Row({"rows": rows}, 2, {}, {}, []) for rows in (20, 80)]
    plots = [Plot.model_validate({"measure": "right"}), Plot.model_validate({"measure": "right", "x": "rows"})]
    drawn = [study.Drawn(plot, study.lines(recipe, plot, table, {})) for plot in plots]
    counts = {"in": 4, "out": 0, "pending": 4, "rejected": {}}
    study.write_report(tmp_path, study.Report(recipe, table, [], drawn, counts, {}, "", "2 cores, 24 GiB"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Nothing is measured yet." in page and "<svg" not in page
