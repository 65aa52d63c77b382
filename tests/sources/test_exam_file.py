import json
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import exam_file
from tests.sources.small import jsonl, png, sorted_out


def test_every_form_of_question(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(png())
    rows = [
        {"question": "求极限 $\\lim_{x\\to0}\\frac{\\sin x}{x}$。", "answer": "1", "level": "数学一", "year": 2024},
        {"question": "下列正确的是", "answer": "B", "choices": ["$1$", "$2$", "$3$", "$4$"], "difficulty": 4},
        {"question": "下列正确的是", "answer": "$3$", "choices": ["$1$", "$2$", "$3$"]},
        {"question": "下列正确的是 A. 1 B. 2 C. 3 D. 4", "answer": "C"},
        {"question": "如图，求两根。", "answer": ["2", 3], "images": ["1.png"]},
    ]
    found, reasons = sorted_out(exam_file.problems(str(jsonl(tmp_path / "g.jsonl", rows)), name="graduate_entrance"))
    assert not reasons
    assert [(problem.answer, problem.choices) for problem in found] == [
        ("1", ()),
        ("B", ("$1$", "$2$", "$3$", "$4$")),
        ("C", ("$1$", "$2$", "$3$")),
        ("C", ("1", "2", "3", "4")),
        ("2, 3", ()),
    ]
    assert [problem.language for problem in found] == ["zh"] * 5
    assert (found[0].id, found[0].meta["level"]) == ("graduate_entrance/test/0", "数学一")
    assert [problem.difficulty for problem in found[:2]] == [None, 4.0]
    assert [len(problem.images) for problem in found] == [0, 0, 0, 0, 1]


def test_what_is_broken_is_counted(tmp_path: Path) -> None:
    rows = [
        {"question": "Find x.", "answer": "5"},
        {"question": "Which?", "answer": "9", "choices": ["1", "2"]},
        {"question": "Which?", "answer": "A", "choices": "1, 2"},
        {"question": "Find x.", "answer": "5", "images": ["../secret.png"]},
        {"question": "Find x.", "answer": "5", "images": 7},
        {"question": "Find x.", "answer": "5", "difficulty": 11},
        {"question": "Find x.", "answer": []},
        {"question": "Find x."},
        {"question": "Prove that x > 0.", "answer": "see solution"},
    ]
    found, reasons = sorted_out(exam_file.problems(str(jsonl(tmp_path / "e.jsonl", rows))))
    assert len(found) == 1 and found[0].language == "en"
    assert reasons == {
        "bad_answer": 1,
        "no_choices": 1,
        "missing_picture": 2,
        "bad_difficulty": 1,
        "no_answer": 1,
        "missing_field": 1,
        "asks_for_a_proof": 1,
    }


def test_a_path_is_needed() -> None:
    with pytest.raises(InputError, match="league is no public data set"):
        list(exam_file.problems(None, name="league"))


GAOKAO = [
    {
        "question": "则 M \\cup N=( ) A. {x \\mid x<1} B. {x} C. {y} D. {z}",
        "answer": "C. {y}",
        "choice_answer": "C",
    },
    {
        "question": "距离为 (\\quad) A. \\sqrt2 B. 2 C. 3 D. 3 \\sqrt{2}",
        "answer": "3 \\sqrt{2}",
        "choice_answer": "D",
    },
    {"question": "距离为 (\\quad) A. \\sqrt2 B. 2 C. 3 D. 3 \\sqrt{2}", "answer": "3\\sqrt2"},
    {"question": "是 ( ) A．正 B．负 C．零 D．无", "answer": ["C"], "analysis": "略"},
    {"question": "Which?", "options": "A) $f(-6)=0$ B) $f(6)=-6$ C) $-6$", "Answer": "B"},
    {
        "passage": None,
        "question": "则( )",
        "options": {"A": "1", "B": "2", "C": "3", "D": "4"},
        "label": "D",
        "answer": None,
    },
    {"question": "则( )", "options": ["(A)1", "(B)2", "(C)3", "(D)4"], "label": "A", "answer": None},
    {"question": "多选( )", "options": ["1", "2", "3", "4"], "answer": "ACD"},
    {"question": "求值。", "answer": "5"},
]


def test_gaokao_and_sat_as_other_evaluations_ship_them(tmp_path: Path) -> None:
    found, reasons = sorted_out(exam_file.problems(str(jsonl(tmp_path / "test.jsonl", GAOKAO)), name="gaokao"))
    assert not reasons
    answers = ["C", "D", "D", "C", "B", "D", "A", "A, C, D", "5"]
    assert [(each.answer, len(each.choices)) for each in found] == [
        *zip(answers, [4, 4, 4, 4, 3, 4, 4, 4, 0], strict=True)
    ]
    assert [each.question for each in found[1:4]] == ["距离为 (\\quad)", "距离为 (\\quad)", "是 ( )"]


def test_gaokao_bench_keeps_its_rows_under_one_key(tmp_path: Path) -> None:
    rows = [{"year": "2010", "question": "1. 是 ( ) A. 正 B. 负 C. 零", "answer": ["B"], "index": 0, "analysis": "…"}]
    (tmp_path / "2010-2022_Math_MCQs.json").write_text(json.dumps({"keywords": "Math_MCQs", "example": rows}))
    ((problem,), reasons) = sorted_out(exam_file.problems(str(tmp_path)))
    assert not reasons and (problem.answer, problem.choices, problem.meta["year"]) == ("B", ("正", "负", "零"), "2010")
