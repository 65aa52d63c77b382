from pathlib import Path

from redstar_geo.sources import hendrycks
from tests.sources.small import jsonl, parquet, sorted_out


def row(level: str, answer: str, subject: str = "Algebra") -> dict[str, str]:
    solution = f"We see that it is $\\boxed{{{answer}}}$."
    return {"problem": f"Find the {level} value.", "level": level, "type": subject, "solution": solution}


def test_subjects_in_order_and_levels_as_difficulties(tmp_path: Path) -> None:
    parquet(tmp_path / "geometry" / "train-00000-of-00001.parquet", [row("Level 3", "3\\pi", "Geometry")])
    parquet(tmp_path / "algebra" / "train-00000-of-00001.parquet", [row("Level 1", "1"), row("Level ?", "2")])
    parquet(tmp_path / "algebra" / "test-00000-of-00001.parquet", [row("Level 5", "5")])
    problems, rejected = sorted_out(hendrycks.problems(str(tmp_path)))
    assert not rejected
    assert [(p.answer, p.answer_kind, p.difficulty, p.difficulty_by, p.meta["level"]) for p in problems] == [
        ("1", "number", 1.0, "MATH level", "Level 1"),
        ("2", "number", None, None, "Level ?"),
        ("3\\pi", "expression", 3.0, "MATH level", "Level 3"),
    ]
    assert problems[2].meta["type"] == "Geometry"


def test_math_500_has_an_answer_column(tmp_path: Path) -> None:
    found = {
        "problem": "Find the value.",
        "solution": "It is $\\boxed{\\frac12}$.",
        "answer": "\\frac{1}{2}",
        "subject": "Precalculus",
        "level": 4,
        "unique_id": "test/precalculus/1.json",
    }
    path = jsonl(tmp_path / "test.jsonl", [found, found | {"answer": ""}])
    problems, rejected = sorted_out(hendrycks.problems(str(path), "test", copy="HuggingFaceH4/MATH-500"))
    assert [(p.id, p.source, p.answer, p.difficulty) for p in problems] == [
        ("math_500/test/0", "math_500", "\\frac{1}{2}", 4.0)
    ]
    assert problems[0].meta["unique_id"] == "test/precalculus/1.json"
    assert rejected == {"no_answer": 1}
