from collections.abc import Mapping
from pathlib import Path

from redstar_geo.answer import verify
from redstar_geo.sources import olympiadbench
from tests.sources.small import jsonl, parquet, pixels, png, sorted_out

ROW = {
    "id": 1606,
    "question": "Find the roots of $x^2 = x$.",
    "solution": ["They are $0$ and $1$.", "Or by a sketch."],
    "final_answer": ["$0$, $1$"],
    "context": None,
    **dict.fromkeys((f"image_{number}" for number in range(1, 6)), None),
    "modality": "Text-only",
    "difficulty": "Competition",
    "is_multiple_answer": True,
    "unit": None,
    "answer_type": "Numerical",
    "error": None,
    "question_type": "Open-ended",
    "subfield": "Algebra",
    "subject": "Math",
    "language": "English",
}


def folder(path: Path, config: str, *changes: Mapping[str, object]) -> str:
    parquet(path / "OlympiadBench" / config / f"{config}.parquet", [{**ROW, **change} for change in changes])
    return str(path)


def test_one_or_several_answers(tmp_path: Path) -> None:
    several = {"final_answer": ["$0$", "$1$"]}
    one = {"final_answer": ["2"], "is_multiple_answer": False, "unit": "cm", "error": "1e-1", "context": "A rod."}
    path = folder(tmp_path, "OE_TO_maths_en_COMP", {}, several, one)
    problems, rejected = sorted_out(olympiadbench.problems(path))
    assert not rejected
    assert [p.answer for p in problems] == ["$0$, $1$", "$0$, $1$", "2"]
    assert verify(problems[1].answer, "\\boxed{1, 0}").status == "correct"
    assert problems[2].question == "A rod.\nFind the roots of $x^2 = x$."
    assert (problems[2].meta["unit"], problems[2].meta["error"], problems[2].meta["id"]) == ("cm", "1e-1", 1606)
    assert problems[0].meta["solution"] == "They are $0$ and $1$.\n\nOr by a sketch."


def test_pictures_in_their_order(tmp_path: Path) -> None:
    red, blue = {"bytes": png("red"), "path": "1.png"}, {"bytes": png("blue"), "path": "2.png"}
    torn, absent = {"bytes": png("red")[:60], "path": None}, {"bytes": None, "path": "../red.png"}
    changes: list[Mapping[str, object]] = [{"image_1": red, "image_2": blue}, {"image_1": torn}, {"image_1": absent}]
    path = folder(tmp_path, "OE_MM_maths_en_COMP", *changes)
    (problem,), rejected = sorted_out(olympiadbench.problems(path))
    assert [pixels(image.data) for image in problem.images] == [pixels(png("red")), pixels(png("blue"))]
    assert rejected == {"bad_picture": 1, "missing_picture": 1}


def test_what_cannot_be_compared_is_rejected(tmp_path: Path) -> None:
    changes: tuple[Mapping[str, object], ...] = (
        {"question_type": "Theorem proof", "final_answer": None},
        {"final_answer": []},
        {"subject": "Physics"},
        {"answer_type": "Need_human_evaluate"},
        {},
    )
    path = folder(tmp_path, "OE_TO_maths_en_COMP", *changes)
    problems, rejected = sorted_out(olympiadbench.problems(path))
    assert [p.id for p in problems] == ["olympiadbench/train/4"]
    assert rejected == {"asks_for_a_proof": 2, "not_maths": 1, "needs_human_judge": 1}


def test_only_the_configs_named(tmp_path: Path) -> None:
    folder(tmp_path, "OE_TO_maths_en_COMP", {})
    path = folder(tmp_path, "OE_TO_maths_zh_CEE", {"question": "求 $x^2=x$ 的根。", "language": "Chinese"})
    (problem,), _ = sorted_out(olympiadbench.problems(path, configs=("OE_TO_maths_zh_CEE",)))
    assert (problem.language, problem.question) == ("zh", "求 $x^2=x$ 的根。")


def test_as_the_qwen_evaluation_ships_it(tmp_path: Path) -> None:
    """One file, `test`, of text alone, without a column for the type of the question."""
    row = {key: value for key, value in ROW.items() if key not in ("question_type", "context") and "image" not in key}
    path = jsonl(tmp_path / "olympiadbench" / "test.jsonl", [row])
    for given in (path, path.parent):
        ((problem,), rejected) = sorted_out(olympiadbench.problems(str(given)))
        assert not rejected and problem.answer == "$0$, $1$"


def test_pictures_that_the_authors_text_names(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("3408", "3409"):
        (tmp_path / "images" / f"{name}.jpg").write_bytes(png())
    row = {key: value for key, value in ROW.items() if "image" not in key}
    rows = [
        row | {"question": "In <img_3408> and <img_3409>, see <img_3408>. Find it."},
        row | {"question": "In <img_1>?"},
    ]
    name = "OE_MM_maths_en_COMP"
    jsonl(tmp_path / name / f"{name}.jsonl", rows)
    ((problem,), rejected) = sorted_out(olympiadbench.problems(str(tmp_path), configs=[name]))
    assert problem.question == "In <image_1> and <image_2>, see <image_1>. Find it." and len(problem.images) == 2
    assert rejected == {"missing_picture": 1}
