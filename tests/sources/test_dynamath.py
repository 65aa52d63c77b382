import json
from pathlib import Path
from typing import Any

from redstar_geo.benchmarks import load
from redstar_geo.benchmarks.grading import grade
from redstar_geo.records import Problem, Trace
from redstar_geo.sources import dynamath
from tests.sources.small import parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "question": "How long is the side? ",
        "answer": "3.1416",
        "image": "image/image1.png",
        "answer_type": "float",
        "subject": "plane geometry",
        "level": "high school",
    } | changes


CHOSEN = row(
    question="Is it even? choice: (A) Yes (B) No", answer="B", answer_type="multiple choice", subject="algebra"
)


def test_the_seeds_as_their_repository_has_them(tmp_path: Path) -> None:
    (tmp_path / "dataset" / "image").mkdir(parents=True)
    (tmp_path / "dataset" / "image" / "image1.png").write_bytes(png())
    drawn = CHOSEN | {"question": "Which figure is even?", "answer": "C"}
    words = row(answer="May", answer_type="text")
    rows = [row(), CHOSEN, drawn, words, CHOSEN | {"answer": "D"}, row(answer=""), row(image="image/2.png")]
    (tmp_path / "dataset" / "dataset.json").write_text(json.dumps({str(n): each for n, each in enumerate(rows)}))
    (tmp_path / "results.json").write_text('[{"model": "x"}]')
    for given in (tmp_path, tmp_path / "dataset", tmp_path / "dataset" / "dataset.json"):
        (value, chosen, letter, word), reasons = sorted_out(dynamath.problems(str(given)))
        assert reasons == {"bad_answer": 1, "missing_field": 1, "missing_picture": 1}
    assert (value.domain, value.answer, value.meta["tolerance"], value.meta["id"]) == ("geometry", "3.1416", 0.001, "0")
    assert (chosen.question, chosen.choices, chosen.answer, chosen.domain) == (
        "Is it even?",
        ("Yes", "No"),
        "B",
        "math",
    )
    assert (letter.choices, letter.answer, letter.answer_kind) == ((), "C", "choice")
    assert word.answer == "May" and "tolerance" not in word.meta


def test_a_variant_as_the_hub_has_it(tmp_path: Path) -> None:
    hub = {key: value for key, value in row().items() if key not in ("answer", "level")}
    hub |= {"ground_truth": "2.5", "knowledge_level": "high school", "decoded_image": {"bytes": png(), "path": None}}
    for number in (1, 2):
        parquet(tmp_path / "data" / f"sample_variant{number}-00000-of-00001.parquet", [hub | {"id": str(number)}])
    ((problem,), reasons) = sorted_out(dynamath.problems(str(tmp_path), "sample_variant2"))
    assert not reasons and (problem.answer, problem.meta["id"]) == ("2.5", "2")


def test_a_number_may_be_a_thousandth_off() -> None:
    def judged(said: str) -> str:
        problem = Problem("d", "math", "d", "t", "", "?", "3.1416", "expression", "en", meta={"tolerance": 0.001})
        return grade(load("dynamath"), problem, Trace("d", 0, "m", "", "", f"\\boxed{{{said}}}", "stop")).status

    assert [judged(said) for said in ("3.1416", "\\pi", "3.142", "3.15")] == ["correct"] * 3 + ["wrong"]
