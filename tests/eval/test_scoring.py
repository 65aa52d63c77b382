"""Scores of hand-made items: what is known by hand comes out, nothing truncated is wrong, disagreements are listed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.eval.errata import faulty
from redstar_geo.eval.questions import Questions
from redstar_geo.eval.scoring import score
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.records import Trace
from redstar_geo.report.evaluation import Results, Scored, markdown, score_rows, write_report
from tests.sources.small import jsonl
from tests.train.small import problem

PROBLEMS = [replace(problem(number), images=(), choices=("30", "60", "90", "120"), answer="B") for number in range(4)]
RIGHT, WRONG, BOTH = "\\boxed{B}", "\\boxed{C}", "\\boxed{B. 30}"


def scored(tmp_path: Path, said: list[list[str]], **changes):
    questions = Questions("hand-made", tmp_path, tmp_path / "none", PROBLEMS, Counter(no_answer_key=2))
    items = []
    for each, texts in zip(PROBLEMS, said, strict=True):
        for number, text in enumerate(texts):
            cut = text.endswith("…")
            verdict = questions.grade(each, Trace(each.id, number, "", "", "", text, "length" if cut else "stop"))
            items.append(
                {
                    **{"id": each.id, "sample": number, "response": text, "verdict": verdict.status},
                    **{"reason": verdict.reason, "extracted": verdict.extracted, "tokens": 10, "truncated": cut},
                    "seconds": 0.5,
                }
            )
    values = {
        "run": str(tmp_path),
        "model": "m",
        "problems": "p",
        "samples": len(said[0]),
        "temperature": 1.0,
    } | changes
    return score(questions, items, EvalRecipe(**values), tmp_path / "facts.sqlite"), items, questions


def test_pass_and_majority_by_hand(tmp_path):
    said = [[RIGHT] * 4, [RIGHT, WRONG, WRONG, WRONG], [WRONG] * 4, [RIGHT, RIGHT, RIGHT, "thinking …"]]
    found, items, _ = scored(tmp_path, said, k=[1, 2, 4])
    assert found["n"] == 16 and found["problems"] == 4 and found["of_all"]["correct"] == 8
    assert found["pass_at"]["1"]["value"] == 0.5
    assert found["pass_at"]["2"]["value"] == pytest.approx((1 + 1 / 2 + 0 + 1) / 4)
    assert found["maj_at"]["4"]["value"] == pytest.approx((1 + 0 + 0 + 1) / 4)
    assert found["reasons"]["truncated"] == 1 and found["truncated_share"] == 1 / 16
    assert found["of_completed"]["n"] == 15 == found["of_decided"]["n"]
    assert found["of_all"]["high"] - found["of_all"]["low"] > 0.4  # four problems, not sixteen independent answers
    assert found["rejected"] == {"no_answer_key": 2}
    row = markdown(Results([Scored("hand-made", PROBLEMS, items, found)]), found).splitlines()[2]
    assert "50.0 %" in row and "6.2 %" in row


def test_letter_and_value_that_disagree_are_listed(tmp_path):
    assert verify("B", BOTH, choices=PROBLEMS[0].choices).reason == "contradictory"
    found, _, _ = scored(tmp_path, [[RIGHT], [BOTH], [WRONG], [RIGHT]], temperature=0.0)
    (one,) = found["letter_or_value"]
    assert one["id"] == PROBLEMS[1].id and one["gold"] == "B" and one["reason"] == "contradictory"
    assert found["verdicts"] == {"correct": 2, "undecided": 1, "wrong": 1}


def test_the_score_without_errata_stands_beside_the_full_one(tmp_path):
    said = [[RIGHT], [WRONG], [WRONG], [RIGHT]]
    errata = [
        (1, "wrong_answer", True),
        (1, "open_goal", True),
        (2, "rounded_givens", False),  # nobody's answer is wrong by that
        (3, "lost_given", False),  # mended in the question that is asked
        (99, "nonsense", True),
    ]
    rows = [{"id": f"train/{number}", "kind": kind, "left_out": left_out} for number, kind, left_out in errata]
    ids = {number: PROBLEMS[number].id for number in range(4)}
    rows = [row | {"id": ids.get(number, "none")} for row, (number, _, _) in zip(rows, errata, strict=True)]
    file = jsonl(tmp_path / "errata.jsonl", rows)
    found, items, _ = scored(tmp_path, said, temperature=0.0, errata=str(file))
    assert found["of_all"]["n"] == 4 and found["of_all"]["correct"] == 2
    beside = found["without_errata"]
    assert (beside["problems"], beside["left_out"]) == (3, {"wrong_answer": 1})
    assert (beside["of_all"]["correct"], beside["of_all"]["n"]) == (2, 3)
    assert score_rows({"benchmarks": {"hand-made": found}})[1][:2] == ["hand-made without 1 errata", "66.7 %"]
    results = Results([Scored("hand-made", PROBLEMS, items, found)])
    assert "| hand-made without 1 errata | 66.7 % |" in markdown(results, found)
    write_report(tmp_path / "report.html", results, found, {"recipe": {}, "inputs": {}, "versions": {}}, "again", 4)
    assert "hand-made without 1 errata: 66.7 %" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "without_errata" not in scored(tmp_path, said, temperature=0.0)[0]


def test_when_all_problems_are_faulty_there_is_no_score_without_them(tmp_path):
    rows = [{"id": each.id, "kind": "open_goal", "left_out": True} for each in PROBLEMS]
    file = jsonl(tmp_path / "errata.jsonl", rows)
    found, _, _ = scored(tmp_path, [[RIGHT]] * 4, temperature=0.0, errata=str(file))
    assert found["without_errata"]["problems"] == 0 and found["without_errata"]["of_all"]["n"] == 0
    assert score_rows({"benchmarks": {"hand-made": found}})[1][1] == "–"


def test_errata_that_are_none_are_told(tmp_path):
    with pytest.raises(InputError, match="redstar-geo errata"):
        faulty(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="no 'kind'"):
        faulty(jsonl(tmp_path / "other.jsonl", [{"id": "1"}]))
