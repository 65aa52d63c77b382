import json
from pathlib import Path
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.benchmarks import category, load, problems
from redstar_geo.sources import logicvista
from tests.sources.small import parquet, png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "imagename": "v1_0.png",
        "question": "Which figure fits the pattern? Select from A-E",
        "answer": "C",
        "reasoning": "The dot moves.",
        "skill": ["inductive", "other"],
        "capability": ["diagram"],
    } | changes


ROWS = [
    row(),
    row(question="How many are there? Select answers from A-D. \n A) 10 B) 12 C) 14 D) 16", skill=["numerical"]),
    row(question="Which comes next? Select from A, B, and C. (A) A (B) B (C) C ", answer="B"),
    row(question="How much? Select from A, B, and C. (A) $1,170 (B)$1,230 (C)Cannot say", answer="A, C"),
    row(question="Which two?", answer="B, D"),
    row(question="Which is correct? Select from 1-5", answer="3"),
    row(question="How many? A) 10 B) 12 C) 14", answer="E"),
    row(imagename="gone.png"),
]


def test_the_authors_repository_and_the_benchmark(tmp_path: Path) -> None:
    (tmp_path / "data" / "images").mkdir(parents=True)
    (tmp_path / "data" / "images" / "v1_0.png").write_bytes(png())
    (tmp_path / "data" / "dataset.json").write_text(json.dumps({f"v1_{n}": each for n, each in enumerate(ROWS)}))
    for given in ("", "data", "data/dataset.json"):
        found, reasons = sorted_out(problems(load("logicvista"), str(tmp_path / given)))
        assert reasons == {"bad_answer": 1, "missing_picture": 1}
    assert [(each.answer, each.answer_kind, each.choices) for each in found] == [
        ("C", "choice", ()),
        ("C", "choice", ("10", "12", "14", "16")),
        ("B", "choice", ()),
        ("A, C", "choice", ("$1,170", "$1,230", "Cannot say")),
        ("B, D", "choice", ()),
        ("3", "expression", ()),
    ]
    assert [category(load("logicvista"), each) for each in found[:2]] == ["inductive", "numerical"]
    assert {each.domain for each in found} == {"math"} and found[0].meta["solution"] == "The dot moves."
    assert verify("B, D", "The answer is \\boxed{B, D}").status == "correct"


def test_the_hubs_table(tmp_path: Path) -> None:
    hub = {key: value for key, value in row().items() if key not in ("imagename", "capability")}
    hub |= {"image": {"bytes": png(), "path": None}, "broad_capability": ["diagram"], "id": "v1_0"}
    ((problem,), reasons) = sorted_out(logicvista.problems(str(parquet(tmp_path / "test.parquet", [hub]))))
    assert not reasons and (problem.answer, problem.meta["broad_capability"]) == ("C", ["diagram"])
