"""Diagrams read aloud as SFT data: an ordinary data run, whose rows a training takes."""

from __future__ import annotations

from pathlib import Path

from redstar_geo import recipe
from redstar_geo.data_prep.pipeline import main
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.run import read_manifest
from redstar_geo.trainer.dataset import export_files, open_export
from tests.paths import DOZEN


def test_descriptions_and_values_of_figures_and_diagrams(tmp_path: Path) -> None:
    changes = [f"run={tmp_path / 'run'}", "workers=1", "sources.figures.count=4", "sources.values.count=4"]
    changes += [f"sources.diagrams={{kind: reading, path: {DOZEN}}}"]
    changes += [f"sources.labels={{kind: reading, asks: value, path: {DOZEN}}}"]
    loaded = recipe.load(DataRecipe, "data_prep/reading.yaml", changes)
    counts = main(loaded)
    assert counts["collect"] == {
        "in": 32,
        "out": 19,
        "rejected": {"no_value": 7, "other_split": 6},
        "pending": 0,
    }
    assert all(counts[stage]["out"] == 19 for stage in ("sample", "verify", "select", "prompts"))
    rows = {row["id"]: row for row in open_export(export_files(f"{tmp_path}/run/sft/*.parquet"))}
    assert len(rows) == 19 and all(len(row["images"]) == 1 for row in rows.values())
    described = rows["reading/statements/formalgeo7k/1293#0"]
    assert described["prompt"][0]["content"].startswith("Read the diagram.")
    assert "QY = 6" in described["completion"][0]["content"]
    value = next(row for name, row in rows.items() if name.startswith("reading/value/formalgeo7k/1293"))
    assert r"\boxed{" in value["completion"][0]["content"] and "in the diagram?" in value["prompt"][0]["content"]
    before = read_manifest(tmp_path / "run")
    assert main(loaded) == counts and read_manifest(tmp_path / "run") == before
