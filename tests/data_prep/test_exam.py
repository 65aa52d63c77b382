"""A fresh exam: balanced, from the test side, described, and the same for the same seed."""

from collections import Counter
from pathlib import Path

from redstar_geo import recipe as recipes
from redstar_geo.data_prep.pipeline import main
from redstar_geo.geometry.construct import FAMILIES, MODALITIES
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, read

FOUR = ("angle_sum", "coordinate_distance", "circle_area", "angle_chain")


def exam(folder: Path, seed: int) -> list[Problem]:
    changes = [f"run={folder}", f"seed={seed}", f"source.families=[{', '.join(FOUR)}]", "source.count=120"]
    main(recipes.load(DataRecipe, "data_prep/exam.yaml", changes))
    return list(read(Problem, folder / "problems.parquet"))


def test_an_exam_is_balanced_and_of_the_test_side(tmp_path: Path) -> None:
    problems = exam(tmp_path / "exam", 7)
    cells = Counter((p.meta["family"], p.meta["difficulty"], p.meta["modality"]) for p in problems)
    assert len(cells) == len(FOUR) * 10 * len(MODALITIES) and set(cells.values()) == {1}
    assert {p.split for p in problems} == {"test"} and not any(p.choices for p in problems)
    assert sorted(file.name for file in (tmp_path / "exam").glob("*.*")) == [
        ".lock",
        "README.md",
        "problems.parquet",
        "run.json",
    ]


def test_the_same_seed_gives_the_same_exam_and_another_one_another(tmp_path: Path) -> None:
    first, again, other = (exam(tmp_path / name, seed) for name, seed in (("a", 7), ("b", 7), ("c", 8)))
    assert first == again
    assert not {p.id for p in first} & {p.id for p in other}
    cards = [(tmp_path / name / "README.md").read_text(encoding="utf-8") for name in "abc"]
    marks = [next(line for line in card.splitlines() if len(line) == 67 and line[0] == "`") for card in cards]
    assert marks[0] == marks[1] != marks[2]


def test_the_recipe_has_every_cell_of_all_families() -> None:
    recipe = recipes.load(DataRecipe, "data_prep/exam.yaml", ["run=unused"])
    source = recipe.source
    assert source.kind == "builtin" and source.families == []
    assert source.count == len(FAMILIES) * len(source.difficulty) * len(MODALITIES)
