"""What a benchmark asks of a source's items, what it leaves out and says so, and how its numbers are judged."""

from pathlib import Path
from typing import Any

import pytest

from redstar_geo.benchmarks import Benchmark, category, load, problems
from redstar_geo.benchmarks.grading import grade
from redstar_geo.errors import InputError
from redstar_geo.geometry.construct import FAMILIES
from redstar_geo.recipe import check
from redstar_geo.records import Problem, Trace
from redstar_geo.sources import attached
from tests.sources import test_geoqa, test_mathvision, test_mathvista
from tests.sources.small import jsonl, parquet, sorted_out


def mathvista(tmp_path: Path) -> str:
    about = [
        {"task": "geometry problem solving", "source": "GeoQA+"},
        {"task": "geometry problem solving", "source": "UniGeo"},
        {"task": "figure question answering", "source": "Geometry3K"},
    ]
    rows = [test_mathvista.row(metadata=one) for one in about]
    rows += [test_mathvista.free(metadata=about[0]), test_mathvista.row(answer="7")]
    return str(parquet(tmp_path / "testmini.parquet", rows))


def test_mathvista_geo_is_by_task_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    benchmark = load("mathvista_geo")
    asked, reasons = sorted_out(problems(benchmark, mathvista(tmp_path)))
    assert [category(benchmark, problem) for problem in asked] == ["GeoQA+", "UniGeo"]
    assert reasons == {"outside_benchmark": 1, "other_protocol": 1, "bad_answer": 1}
    whole, reasons = sorted_out(problems(load("mathvista_testmini"), mathvista(tmp_path)))
    assert len(whole) == 4 and reasons == {"bad_answer": 1}


def test_a_limit_reads_the_pictures_of_what_it_draws_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    normalise = attached.normalise
    monkeypatch.setattr(attached, "normalise", lambda data: read.append(data) or normalise(data))
    rows = [test_mathvision.row(id=str(number), subject="algebra") for number in range(60)]
    rows[::2] = [row | {"answer": "E"} for row in rows[::2]]  # no such choice
    path, benchmark = str(parquet(tmp_path / "test.parquet", rows)), load("mathvision_test")

    def drawn(limit: int, seed: int = 0) -> list[str]:
        asked, reasons = sorted_out(problems(benchmark, path, seed, limit))
        assert len(asked) == limit and len(asked) + reasons.total() == 60
        assert reasons["over_the_limit"] == 60 - limit - reasons["bad_answer"]
        return [problem.id for problem in asked]

    four, eight = drawn(4), drawn(8)
    assert len(read) == 12 and set(four) < set(eight) and four == sorted(four, key=lambda id: int(id.split("/")[-1]))
    assert drawn(4) == four != drawn(4, seed=1)
    asked, reasons = sorted_out(problems(benchmark, path, 0, 1000))
    assert (len(asked), dict(reasons)) == (30, {"bad_answer": 30})


@pytest.mark.parametrize("name", ["gsm8k", "mathvision_test", "geoqa_choices", "geometry3k_free", "gaokao"])
def test_an_error_names_the_benchmark_and_its_key(tmp_path: Path, name: str) -> None:
    jsonl(tmp_path / "train.jsonl", [{"text": "no such column"}])
    for path in (tmp_path / "gone", tmp_path, tmp_path / "train.jsonl"):
        with pytest.raises(InputError) as raised:
            list(problems(load(name), str(path)))
        said = str(raised.value)
        assert said.startswith(f"Benchmark {name}: ") and "source." not in said
        assert path.exists() or f"paths.{name}={path} does not exist" in said


@pytest.mark.parametrize("name", ["gaokao", "college_math", "taco_test", "livecodebench", "league"])
def test_what_is_not_on_the_hub_says_which_path_to_give(name: str) -> None:
    with pytest.raises(InputError, match=f"^Benchmark {name}: paths\\.{name} is missing"):
        next(problems(load(name)))


def test_math_hard_is_level_5(tmp_path: Path) -> None:
    rows = [
        {"problem": f"Find {level}.", "level": level, "type": "Algebra", "solution": "\\boxed{1}"}
        for level in ("Level 4", "Level 5", "Level ?", "Level 5")
    ]
    asked, reasons = sorted_out(problems(load("math_hard"), str(jsonl(tmp_path / "test.jsonl", rows))))
    assert [problem.meta["level"] for problem in asked] == ["Level 5"] * 2
    assert reasons == {"outside_benchmark": 2}


def test_geoqa_by_both_protocols(tmp_path: Path) -> None:
    rows = [test_geoqa.row(original_split="test"), test_geoqa.row(original_split="train")]
    path = str(parquet(tmp_path / "data" / "train-00000-of-00001.parquet", rows))
    (chosen,), _ = sorted_out(problems(load("geoqa_choices"), path))
    (free,), _ = sorted_out(problems(load("geoqa_free"), path))
    assert chosen.choices and not free.choices and chosen.id == free.id


def test_a_fresh_exam_follows_the_seed_and_takes_no_path() -> None:
    exam = load("exam")
    few = {"count": 6, "families": list(FAMILIES)[:2]}
    small = exam.model_copy(update={"source": exam.source.model_copy(update=few)})
    first, again, other = (list(problems(small, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other and all(isinstance(item, Problem) for item in first)
    assert {category(small, item) for item in first} == {"text", "picture", "both"}
    with pytest.raises(InputError, match="takes no path"):
        next(problems(exam, "folder"))


def test_no_category_is_other() -> None:
    (problem,) = problems(_benchmark(items=None), None)
    assert category(_benchmark(category="level"), problem) == "other"
    assert category(_benchmark(category="family"), problem) == problem.meta["family"]


def _benchmark(**changes: Any) -> Benchmark:
    source = {"kind": "builtin", "count": 1, "choices": False, "split": "test"}
    values = {"name": "small", "title": "Small", "source": source, "protocol": "free", "citation": "nobody"}
    return check(Benchmark, values | changes, "test")


def _judged(benchmark: Benchmark, meta: dict[str, Any], gold: str, said: str, **changes: Any) -> tuple[str, str]:
    values = {"id": "p", "domain": "math", "source": "p", "split": "test", "licence": "", "question": "?"}
    problem = Problem(**values, answer=gold, answer_kind="expression", language="en", meta=meta, **changes)
    trace = Trace("p", 0, "model", "", "", f"\\boxed{{{said}}}", "stop")
    verdict = grade(benchmark, problem, trace)
    return verdict.status, verdict.reason


def test_a_number_with_the_decimals_asked_for() -> None:
    rounded = _benchmark(decimals="precision")
    assert _judged(rounded, {"precision": 1.0}, "1.2", "1.23") == ("correct", "rounded")
    assert _judged(rounded, {"precision": 1.0}, "1.2", "\\frac{7}{6}") == ("correct", "rounded")
    assert _judged(rounded, {"precision": 1.0}, "1.2", "1.23 \\text{ cm}") == ("correct", "rounded")
    assert _judged(rounded, {"precision": 1.0}, "1.2", "1.3") == ("wrong", "different")
    assert _judged(rounded, {"precision": 1.0}, "1.2", "1.2") == ("correct", "match")
    assert _judged(rounded, {"precision": None}, "1.2", "1.23") == ("wrong", "different")
    assert _judged(rounded, {}, "1.2", "1.23") == ("wrong", "different")
    assert _judged(_benchmark(), {"precision": 1.0}, "1.2", "1.23") == ("wrong", "different")


def test_a_number_within_the_tolerance() -> None:
    tolerant = _benchmark(tolerance="error")
    assert _judged(tolerant, {"error": "1e-1"}, "1.2", "1.3") == ("correct", "within_tolerance")
    assert _judged(tolerant, {"error": "1e-1"}, "1.2", "1.31") == ("wrong", "different")
    assert _judged(tolerant, {"error": "1e-1,1e-2"}, "1.2", "1.3") == ("wrong", "different")
    assert _judged(tolerant, {"error": "nan"}, "1.2", "1.3") == ("wrong", "different")
    assert _judged(tolerant, {"error": "1"}, "30 \\text{ cm}", "30 \\text{ m}") == ("wrong", "different")
    assert _judged(tolerant, {"error": "1"}, "3", "4i") == ("wrong", "different")
    assert _judged(tolerant, {"error": "1"}, "10^{400}", "3") == ("wrong", "different")
    assert _judged(tolerant, {"error": "9"}, "A", "B", choices=("1", "2")) == ("wrong", "different")
