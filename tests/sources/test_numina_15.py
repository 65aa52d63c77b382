from pathlib import Path

from redstar_geo.sources import numina_15
from tests.sources.small import parquet, sorted_out

SOUND = {
    "problem": "What is $1+1$?",
    "solution": "Two.",
    "answer": "2",
    "problem_type": "Algebra",
    "question_type": "math-word-problem",
    "problem_is_valid": "Yes",
    "solution_is_valid": "Yes",
    "source": "olympiads",
    "synthetic": False,
}


def test_the_owners_marks_are_respected(tmp_path: Path) -> None:
    changes: list[dict[str, object]] = [
        {},
        {
            "question_type": "MCQ",
            "problem": "What is $1+1$?\nA. 1  B. 2  C. 3  D. 4",
            "answer": "B",
            "source": "cn_contest",
        },
        {"question_type": "proof", "answer": "proof"},
        {"answer": "proof"},  # some proofs are marked as word problems
        {"answer": "notfound"},
        {"answer": None},
        {"problem_is_valid": "Incomplete"},
        {"solution_is_valid": "Problem not solved"},
        {"source": "aops_forum"},
    ]
    path = parquet(tmp_path / "train-00000-of-00003.parquet", [SOUND | change for change in changes])
    problems, rejected = sorted_out(numina_15.problems(str(path), sources=("olympiads", "cn_contest")))
    assert [(p.answer, p.answer_kind, p.choices) for p in problems] == [
        ("2", "number", ()),
        ("B", "choice", ("1", "2", "3", "4")),
    ]
    assert problems[0].meta == {
        "source": "olympiads",
        "problem_type": "Algebra",
        "question_type": "math-word-problem",
        "synthetic": False,
        "solution": "Two.",
    }
    assert rejected == {
        "asks_for_a_proof": 2,
        "no_answer": 2,
        "invalid_problem": 1,
        "invalid_solution": 1,
        "other_source": 1,
    }
