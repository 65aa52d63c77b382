"""Faults planted in a small set are found, each with what shows it, and nothing else is."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.data_prep import errata
from redstar_geo.errors import InputError
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.run import read_manifest
from redstar_geo.sources import formalgeo7k
from redstar_geo.sources.errata import faults
from tests.sources.formal_set import AB, AC, BC, PLANTED, RIGHT, write


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("set") / "planted", {name: each for name, (each, _) in PLANTED.items()})


@pytest.fixture(scope="module")
def made(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "errata"
    done = CliRunner().invoke(app, ["errata", str(planted), "--run", str(run), "--quiet"])
    assert done.exit_code == 0, done.output
    assert "contradictory_givens" in done.output
    return run


def lines(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "errata.jsonl").read_text(encoding="utf-8").splitlines()]


def test_what_was_planted_is_found_and_nothing_else(made: Path) -> None:
    found: dict[str, list[str]] = {}
    for line in lines(made):
        found.setdefault(line["id"].removeprefix("formalgeo7k/"), []).append(line["kind"])
    assert found == {name: kinds for name, (_, kinds) in PLANTED.items() if kinds}


def test_the_counts_add_up_and_a_finished_run_is_left_alone(made: Path, planted: Path) -> None:
    counts = read_manifest(made)["counts"]["errata"]
    assert (counts["in"], counts["out"], counts["pending"]) == (len(PLANTED), 1, 0)
    assert counts["rejected"] == {
        **{"contradictory_givens": 2, "lost_given": 2, "bad_statement": 1, "nonsense": 1, "open_goal": 1},
        **{"misnamed": 1},
        **{"loose_givens": 1, "rounded_givens": 1, "wrong_answer": 1},
    }
    assert counts["found"] == {kind: counts["rejected"][kind] for kind in counts["found"]}
    assert counts["mended"] == {"lost_given": 1, "nonsense": 1, "misnamed": 1}
    before = (made / "errata.jsonl").stat().st_mtime_ns
    errata.main(planted, str(made))
    assert (made / "errata.jsonl").stat().st_mtime_ns == before


def test_a_contradiction_that_the_replay_meets_is_derived(made: Path) -> None:
    (line,) = (line for line in lines(made) if line["id"] == "formalgeo7k/2")
    shown = line["certificate"]
    assert shown["found"] == "derived"
    assert sorted(shown["givens"]) == sorted([AB, BC, AC.format(6), RIGHT])
    assert sorted([shown["left"], shown["right"]]) == [25, 36]
    assert any(step.startswith("right_triangle_property_pythagorean(A,B,C): ") for step in shown["steps"])


def test_a_contradiction_that_no_theorem_meets_is_the_smallest_set_without_a_figure(planted: Path) -> None:
    problem, _ = PLANTED["3"]
    beside = problem | {"text_cdl": ["Equal(MeasureOfAngle(BCA),x)", *problem["text_cdl"]]}
    (found,) = faults(beside, FormalSolver(planted / "gdl"))
    shown = found.certificate
    assert shown["found"] == "no_figure"
    assert sorted(shown["givens"]) == sorted([AB, BC, AC.format(6), RIGHT]), "x has nothing to do with it"
    for own, given in shown["where_the_others_hold"][AC.format(6)]:
        assert own == pytest.approx(5) and given == 6


def test_a_wrong_answer_stands_beside_the_values_in_figures(made: Path) -> None:
    (line,) = (line for line in lines(made) if line["kind"] == "wrong_answer")
    shown = line["certificate"]
    assert shown["gold"] == 6 and shown["values"] == pytest.approx([5] * len(shown["values"]))
    for figure in shown["figures"]:
        (ax, ay), (cx, cy) = figure["points"]["A"], figure["points"]["C"]
        assert ((ax - cx) ** 2 + (ay - cy) ** 2) ** 0.5 == pytest.approx(5, abs=1e-3)


def test_a_figure_that_turns_something_round_shows_nothing(planted: Path) -> None:
    problem, _ = PLANTED["5"]
    solver = FormalSolver(planted / "gdl")
    turned = problem | {"text_cdl": [AB, BC, "Equal(MeasureOfAngle(CBA),90)"]}  # counter-clockwise it is ABC
    assert faults(turned, solver) == []
    straight = turned | {"text_cdl": [AB, BC, "Equal(MeasureOfAngle(ABC),90)"]}
    assert [each.kind for each in faults(straight, solver)] == ["wrong_answer"]


def test_what_a_question_lost_stands_beside_its_statement(made: Path) -> None:
    lost = {line["id"]: line for line in lines(made) if line["kind"] == "lost_given"}
    (clause,) = lost["formalgeo7k/7"]["certificate"]["clauses"]
    assert clause["statement"].endswith("3/4)") and "3/4" not in clause["text"]
    assert "AB / BC = 0.75" in lost["formalgeo7k/7"]["certificate"]["mended"] and lost["formalgeo7k/7"]["mended"]
    assert "mended" not in lost["formalgeo7k/9"]["certificate"] and not lost["formalgeo7k/9"]["mended"]


def test_a_clause_that_names_something_else_stands_beside_its_statement(made: Path) -> None:
    (line,) = (line for line in lines(made) if line["kind"] == "misnamed")
    assert line["certificate"]["clauses"] == [{"text": "AB is perpendicular to BB", "statement": RIGHT}]
    assert "AB ⊥ CB" in line["certificate"]["mended"] and line["mended"]


def test_an_evaluation_leaves_out_what_is_neither_mended_nor_bearable(made: Path) -> None:
    kept = {line["kind"] for line in lines(made) if not line["left_out"]}
    assert kept == {"lost_given", "nonsense", "misnamed", "rounded_givens", "loose_givens"}
    assert all(line["left_out"] for line in lines(made) if line["id"] == "formalgeo7k/9"), "that is not mended"


def test_pictures_are_compared_across_the_splits_of_the_set(tmp_path: Path) -> None:
    same, _ = PLANTED["1"]
    named = {"1": same, **{str(number): same | {"problem_img": "./1.png"} for number in range(2, 6)}}
    folder = write(tmp_path / "set", named, [3, 1, 1, 619])
    splits = formalgeo7k.splits(folder)
    assert sorted(splits.values()) == ["test", "train", "train", "train", "val"]
    errata.main(folder, str(tmp_path / "run"))
    shared = {line["id"]: line["certificate"] for line in lines(tmp_path / "run")}
    assert len(shared) == 5
    for name, certificate in shared.items():
        own = splits[name.removeprefix("formalgeo7k/")]
        assert certificate["split"] == own
        assert set(certificate["also_in"].values()) == {"train", "val", "test"} - {own}


@pytest.mark.parametrize(
    "info", ["[]", '{"problem_number": 3}', '{"problem_number": 9e9, "problem_split": [1,1,1,0]}', "{"]
)
def test_splits_that_cannot_be_are_told(tmp_path: Path, info: str) -> None:
    (tmp_path / "info.json").write_text(info)
    with pytest.raises(InputError, match="how problems are split"):
        formalgeo7k.splits(tmp_path)


def test_what_is_no_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="problems/"):
        errata.main(tmp_path, str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
