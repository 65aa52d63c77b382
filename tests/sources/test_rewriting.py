"""Problems rewritten to ask for another quantity: with their own proof, and true in a figure that knows no proof."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.fit import fit
from redstar_geo.geometry.formal import FormalSolver, balanced
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, catalogue, formalgeo7k
from tests.geometry.test_fit import goal_agrees
from tests.paths import DOZEN

FIRST = {item.id: item for item in formalgeo7k.problems(DOZEN) if isinstance(item, Problem)}


@pytest.fixture(scope="module")
def others() -> list[Problem]:
    """What the problems of a folder are rewritten as."""
    return [item for item in formalgeo7k.problems(DOZEN, rewritten=2) if isinstance(item, Problem)]


def parent(other: Problem) -> Problem:
    return FIRST[other.id.rpartition("-")[0]]


def goal(problem: Problem) -> str:
    return str(cdl.parse(problem.meta["goal_cdl"]).terms[0])


def test_each_has_a_proof_that_is_a_part_of_the_first_ones(others: list[Problem]) -> None:
    solver = FormalSolver(DOZEN / "gdl")
    assert len(others) > 8
    for other in others:
        proof = solver.replay(other.meta)
        assert proof.answer == other.answer and proof.goal == goal(other) != goal(parent(other))
        calls = iter(parent(other).meta["theorem_seqs"])
        assert other.meta["theorem_seqs"] and all(call in calls for call in other.meta["theorem_seqs"])
        assert other.images == parent(other).images and other.difficulty == len(other.meta["theorem_seqs"])


def test_the_answers_are_true_in_figures_fitted_to_the_givens(others: list[Problem]) -> None:
    for other in others:
        givens = [balanced(text) for text in other.meta["text_cdl"] + other.meta["image_cdl"]]
        assert goal_agrees(fit(other.meta["construction_cdl"], givens).figures, other.meta), other.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_are_the_first_ones_up_to_what_is_asked_for(language: str) -> None:
    first = {item.id: item.question for item in formalgeo7k.problems(DOZEN, language=language)}
    others = [item for item in formalgeo7k.problems(DOZEN, language=language, rewritten=1) if isinstance(item, Problem)]
    assert others
    for other in others:
        question = first[other.id.rpartition("-")[0]]
        told = question[: question.rstrip("。.").rindex("。" if language == "zh" else ". ") + 1]
        assert other.question.startswith(told) and other.question != question


def test_as_many_as_are_asked_for_and_none_is_a_given() -> None:
    found = {most: list(formalgeo7k.problems(DOZEN, rewritten=most)) for most in (1, 3)}
    made = {most: [item for item in items if isinstance(item, Problem)] for most, items in found.items()}
    assert len(made[1]) < len(made[3])
    for most, items in found.items():
        of = Counter(item.id.rpartition("-")[0] if isinstance(item, Problem) else item.id for item in items)
        assert of.keys() == FIRST.keys() and max(of.values()) <= most
        assert {item.reason for item in items if isinstance(item, Rejected)} == {"nothing_else_to_ask"}
    for item in made[3]:
        assert f"Equal({goal(item)},{item.answer})" not in item.meta["text_cdl"]


def test_what_has_no_proof_or_is_broken_is_counted(tmp_path: Path) -> None:
    for part in ("diagrams", "gdl"):
        (tmp_path / part).symlink_to(DOZEN / part)
    (tmp_path / "problems").mkdir()
    raw = json.loads((DOZEN / "problems" / "1293.json").read_text()) | {"theorem_seqs": ["no_such_theorem(1,ABC)"]}
    for name, content in (("1293", raw), ("1294", {"source": 3}), ("1295", None)):
        (tmp_path / "problems" / f"{name}.json").write_text(json.dumps(content))
    values = {"kind": "formalgeo7k", "path": str(tmp_path), "origin": "geometry3k", "rewritten": 2}
    source = DataRecipe.model_validate({"run": "x", "source": values}).source
    assert list(catalogue.read(source)) == [
        Rejected("formalgeo7k/1293", "unknown_theorem"),
        Rejected("formalgeo7k/1294", "bad_statement"),
        Rejected("formalgeo7k/1295", "bad_json"),
    ]
