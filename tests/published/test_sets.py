"""Files of GSM8K, Omni-MATH and Geometry3K as they are published: read, verified, scored, compared."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from redstar_geo.answer import verify
from redstar_geo.benchmarks import load, problems
from redstar_geo.difficulty import labelled
from redstar_geo.difficulty.measure import compare, cross_validated
from redstar_geo.difficulty.text import train
from redstar_geo.overlap.near import NEAR_QUESTION, near_duplicates
from redstar_geo.overlap.text import QUESTION, particulars, particulars_key, signatures
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, geometry3k, gsm8k, omni_math
from redstar_geo.sources.gold import from_solution
from tests.paths import GEOMETRY3K, GSM8K, OMNI_MATH
from tests.sources.small import sorted_out

pytestmark = pytest.mark.skipif(
    not (GSM8K.is_dir() and OMNI_MATH.is_dir() and GEOMETRY3K.is_dir()),
    reason="gsm8k_train, omni_math and geometry3k are not in ../shared/data",
)
OMNI_MATH_FILE = OMNI_MATH / "omni_math_numeric_400.jsonl"


def test_every_gold_of_gsm8k_is_a_number_that_verifies() -> None:
    items = list(gsm8k.problems(str(GSM8K)))
    assert len(items) == 300
    for item in items:
        assert isinstance(item, Problem) and item.answer_kind == "number"
        assert verify(item.answer, f"\\boxed{{{item.answer}}}").status == "correct"


def test_solutions_that_people_wrote_are_mostly_read_and_seldom_misread() -> None:
    """Nothing marks their answer: the last sentence is read, or left alone."""
    verdicts: Counter[str] = Counter()
    rows = [json.loads(line) for line in (GSM8K / "train.jsonl").read_text().splitlines()]
    for row in rows:
        solution, _, gold = row["answer"].partition("####")
        verdicts[verify(gold.strip(), re.sub(r"<<.*?>>", "", solution)).status] += 1
    assert verdicts["correct"] >= 0.86 * len(rows)
    assert verdicts["wrong"] <= 0.03 * len(rows)


def test_solutions_of_omni_math_end_in_the_answers_of_its_column() -> None:
    items = list(omni_math.problems(str(OMNI_MATH)))
    assert len(items) == 400
    for item in items:
        assert isinstance(item, Problem) and 1 <= (item.difficulty or 0) <= 10
        answer = from_solution(item.question, item.meta["solution"])
        assert verify(item.answer, f"\\boxed{{{answer}}}").status == "correct"


def test_the_one_repeated_problem_of_omni_math_is_found() -> None:
    questions = [json.loads(line)["problem"] for line in OMNI_MATH_FILE.read_text().splitlines()]
    keys = np.array([particulars_key(particulars(question)) for question in questions], np.uint64)
    pairs = near_duplicates(signatures(questions, QUESTION), NEAR_QUESTION, keys)
    assert len(pairs) == 1
    assert all(questions[place].startswith("A sequence consists of 2010 terms") for place in pairs[0].tolist()[:2])


def test_the_scorer_of_difficulty_beats_the_length_alone_with_disjoint_intervals() -> None:
    known, counts = labelled.examples([OMNI_MATH_FILE])
    assert counts.in_ == counts.out == 400
    levels = np.array([each.level for each in known])
    unseen = cross_validated(lambda q, y: train(q, y).score, [each.question for each in known], levels, 5, seed=11)
    compared = compare(unseen)
    assert compared.disjoint["spearman"] and compared.disjoint["within_one"]
    assert compared.scorer.spearman.value > 0.6


def test_problems_of_geometry3k_verify_in_both_protocols() -> None:
    for protocol in ("choices", "free"):
        rows, reasons = sorted_out(geometry3k.problems(str(GEOMETRY3K), protocol=protocol))
        assert len(rows) == 6 and not reasons
        for problem in rows:
            assert verify(problem.answer, f"\\boxed{{{problem.answer}}}", choices=problem.choices).status == "correct"


@pytest.mark.parametrize(
    ("name", "path", "split"),
    [
        ("geometry3k_choices", GEOMETRY3K, "train"),
        ("geometry3k_free", GEOMETRY3K, "train"),
        ("omni_math", OMNI_MATH, "test"),
        ("gsm8k", GSM8K, "train"),
    ],
)
def test_they_make_benchmarks(name: str, path: Path, split: str) -> None:
    benchmark = load(name)
    there = benchmark.model_copy(update={"source": benchmark.source.model_copy(update={"split": split})})
    items = islice(problems(there, str(path)), 400)
    outcomes = Counter(item.reason if isinstance(item, Rejected) else "problem" for item in items)
    assert outcomes["problem"] >= 0.9 * outcomes.total() > 0
