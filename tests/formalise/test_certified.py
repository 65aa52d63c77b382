"""Certificates, rewards and gold answers of problems, none of which looks at the gold answer."""

import json
from dataclasses import replace

import pytest

from redstar_geo import rewards
from redstar_geo.formalise.certified import STATEMENTS, certificate_of, certified_reward, depicted
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.reading import shown, written
from redstar_geo.records import Problem
from redstar_geo.sources.formalgeo7k import problems
from tests.paths import DOZEN

BUILT = construct("exterior_angle", seed=3, modality="picture")
BARE = replace(BUILT.problem, answer="no gold", images=(), choices=())


@pytest.mark.parametrize(
    ("response", "reward"),
    [
        (f"<think>…</think>\\boxed{{{BUILT.proof.answer}}}", 1.0),
        ("\\boxed{1}", 0.0),
        ("I cannot tell.", None),
        (f"\\boxed{{1}} or \\boxed{{{BUILT.proof.answer}}} or \\boxed{{2}}", 0.0),  # the last one counts
    ],
)
def test_a_reward_without_gold(response: str, reward: float | None) -> None:
    assert certified_reward(BARE, response) == reward
    column = json.dumps({**rewards.to_row(BARE), "images": []}, ensure_ascii=False)
    assert rewards.certified_answer(["?"], [response], [column]) == [reward]


def test_what_is_truncated_has_no_reward() -> None:
    assert certified_reward(BARE, "So far the sum is", "length") is None


def test_statements_of_a_person_or_reader_stand_for_the_picture() -> None:
    own = replace(BARE, source="mine", meta={})
    assert depicted(own) is None and certified_reward(own, f"\\boxed{{{BUILT.proof.answer}}}") is None
    read = replace(own, meta={STATEMENTS: written(shown(BUILT.figure))})
    assert certified_reward(read, f"\\boxed{{{BUILT.proof.answer}}}") == 1.0


def test_annotated_problems_are_certified_by_their_annotation() -> None:
    found = [each for each in problems(DOZEN) if isinstance(each, Problem)]
    statuses = [certificate_of(each, f"\\boxed{{{each.answer}}}").status for each in found]
    assert statuses.count("certified") >= 9 and "refuted" not in statuses


@pytest.mark.parametrize("changes", [{"domain": "math"}, {"answer_kind": "statements"}, {"answer_kind": "tests"}])
def test_other_problems_have_no_picture_to_know(changes: dict[str, str]) -> None:
    assert depicted(replace(BARE, **changes)) is None  # type: ignore[arg-type]
