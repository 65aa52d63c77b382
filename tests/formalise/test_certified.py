"""Certificates, rewards and gold answers of problems, none of which looks at the gold answer."""

import json
from dataclasses import replace

import pytest

from redstar_geo import rewards
from redstar_geo.formalise.certified import STATEMENTS, certificate_of, certified_reward, depicted, facts_of
from redstar_geo.geometry.claims import judge
from redstar_geo.geometry.construct import construct
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.reading import shown, written
from redstar_geo.geometry.replay import ReplayError
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


LINES = "lines AB, BC, CA; ∠ABC = 53°; ∠BAC = 60°"
CIRCLE = "⊙O: ABC; lines OA, OB, CA, CB; ∠ACB = 28°"
RIGHT = "In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC."


@pytest.mark.parametrize(
    ("question", "statements", "answer", "text", "verdicts"),
    [
        (RIGHT, "", "10", "AC² = AB² + BC² = 36 + 64 = 100, so AC = 10.", "true true true true"),
        (RIGHT, "", "10", "6 + 8 = 14, so AC = 14.", "true false"),
        (RIGHT, "", "10", "AB ⊥ BC. AC ⊥ BC. The area of △ABC = 24. ∠BAC = 30°.", "true false true false"),
        ("Find ∠ACB.", LINES, "67", "53 + 60 = 113. ∠ACB = 67°. ∠ABC = 50°.", "true true false"),
        ("In ⊙O, ∠ACB = 28°. Find ∠AOB.", CIRCLE, "56", "∠AOB = 2 · ∠ACB = 56°. ∠AOB = 28°.", "true true false"),
        (
            "如图，在△ABC中，AB = AC，∠BAC = 40°，求∠ABC的度数。",
            "",
            "70",
            "因为AB = AC，所以∠ABC = ∠ACB。∠ACB = 60°。",
            "true true false",
        ),
    ],
)
def test_steps_of_an_own_question_are_judged(
    question: str, statements: str, answer: str, text: str, verdicts: str
) -> None:
    facts = facts_of(_own(question, answer, statements), Library(None, None))
    assert " ".join(decision.status for _, decision in judge(text, facts).claims) == verdicts


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("In △ABC, AB = 6. Find AC.", "6"),  # not determined
        ("In △ABC, AB = 3, BC = 4 and AC = 9. Find ∠ABC.", "90"),  # no figure
        ("Find the area of the shaded part.", "6"),  # no name
        (RIGHT, "14"),  # the gold answer is another one: either it or the reading is wrong
    ],
)
def test_steps_are_left_alone_where_nothing_is_sure(question: str, answer: str) -> None:
    with pytest.raises(ReplayError, match="no_formal_statement"):
        facts_of(_own(question, answer), Library(None, None))


def test_a_proof_comes_first() -> None:
    library = Library(None, None)
    assert facts_of(BUILT.problem, library).proof == library.facts(BUILT.problem).proof


def _own(question: str, answer: str, statements: str = "") -> Problem:
    meta = {STATEMENTS: statements} if statements else {}
    return replace(BARE, id="mine/1", source="mine", question=question, answer=answer, meta=meta)
