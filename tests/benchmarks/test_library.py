"""Every shipped benchmark is short, sound and in a suite; one of your own is a file like those."""

from pathlib import Path

import pytest

from redstar_geo import recipe
from redstar_geo.benchmarks import Benchmark, HarnessTask, load, names, resolve, suites
from redstar_geo.errors import InputError

FOLDER = Path(__file__).parents[2] / "redstar_geo" / "benchmarks"
OWN = """title: Solid geometry
source: {kind: exam_file, name: solid, split: test}
protocol: free
citation: nobody
"""


@pytest.mark.parametrize("name", names())
def test_a_shipped_benchmark_is_at_most_20_lines_and_in_a_suite(name: str) -> None:
    assert len((FOLDER / f"{name}.yaml").read_text().splitlines()) <= 20
    found = load(name)
    assert found.name == name and found.citation
    assert any(name in members for members in suites().values())


def test_suites_name_benchmarks_that_exist_and_each_once() -> None:
    assert set(suites()) == {"geometry", "math", "recent", "code", "looking", "chinese", "general", "judged", "paper"}
    for members in suites().values():
        assert len(set(members)) == len(members) > 0
        assert set(members) <= set(names())
    assert {type(each) for each in resolve(["general"])} == {HarnessTask}
    assert all(each.judged for each in resolve(["judged"]))
    for name in ("geometry", "math", "recent", "code", "looking", "chinese"):
        assert {type(each) for each in resolve([name])} == {Benchmark}


def test_the_papers_suite_has_its_tables() -> None:
    paper = set(suites()["paper"])
    assert {"math_hard", "olympiadbench", "college_math", "league", "aime24"} <= paper
    assert {"mmlu_stem", "bbh", "commonsense_qa", "truthfulqa", "hellobench", "sedareval"} <= paper
    assert {"geoqa_choices", "mathvista_geo", "geometry3k_choices", "graduate_entrance"} <= paper


def test_code_is_judged_by_tests_and_geometry_names_whether_choices_are_given() -> None:
    assert {load(name).protocol for name in suites()["code"]} == {"tests"}
    for name in ("geoqa", "geometry3k"):
        for protocol in ("choices", "free"):
            found = load(f"{name}_{protocol}")
            assert found.protocol == found.source.protocol == protocol


def test_the_exam_is_that_of_its_recipe() -> None:
    asked = load("exam").source
    values = recipe.read(recipe.find("data_prep/exam.yaml"))
    assert asked == recipe.check(type(asked), values["source"], "exam.yaml")


def test_one_of_your_own_goes_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "solid.yaml"
    own.write_text(OWN)
    assert (load(str(own)).name, load(str(own)).source.kind) == ("solid", "exam_file")
    assert [each.name for each in resolve(["chinese", str(own), "gaokao"])] == [*suites()["chinese"], "solid"]
    (tmp_path / "gsm8k.yaml").write_text(OWN)
    with pytest.raises(InputError, match="name of another benchmark, gsm8k"):
        resolve(["math", str(tmp_path / "gsm8k.yaml")])


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean geoqa_free"):
        load("geoqa-free")
    own = tmp_path / "own.yaml"
    own.write_text(OWN.replace("protocol: free", "protocol: easy\nlimits: 3"))
    with pytest.raises(InputError, match="2 errors") as caught:
        load(str(own))
    assert "protocol" in str(caught.value) and "limits: unknown key" in str(caught.value)
    own.write_text(OWN.replace(", split: test", ""))
    with pytest.raises(InputError, match=r"source\.split is not named"):
        load(str(own))
    own.write_text(OWN.replace("protocol: free", "protocol: judged"))
    with pytest.raises(InputError, match="judged is for hellobench, sedareval"):
        load(str(own))
