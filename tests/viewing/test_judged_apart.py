"""Steps judged beside the server: what is found arrives, whatever the problem; or else why nothing is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.records import Problem
from redstar_geo.sources import formalgeo7k
from redstar_geo.teacher.formal import Style, answer
from redstar_geo.viewing.formal_answers import JudgedText, Proofs
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.service import Service
from redstar_geo.viewing.words import words
from tests.paths import DOZEN

PROOFS = Proofs(DOZEN / "gdl")


def test_the_judged_steps_of_every_family_arrive() -> None:
    built = [construct(family, seed=7, difficulty=4) for family in FAMILIES]

    async def judged() -> list[JudgedText]:
        texts = [answer(each.problem, each.proof, Style("long"), 0, 0)["reasoning"] for each in built]
        return await asyncio.gather(
            *(PROOFS.judged(each.problem, text) for each, text in zip(built, texts, strict=True))
        )

    for each, (found, figures, _) in zip(built, asyncio.run(judged()), strict=True):
        assert found.first_false is None and any(decision.status == "true" for _, decision in found.claims)
        assert figures == (each.figure,)


def test_the_judged_steps_of_a_formalgeo_problem_arrive() -> None:
    problem = next(formalgeo7k.problems(DOZEN))
    assert isinstance(problem, Problem)
    found, figures, _ = asyncio.run(PROOFS.judged(problem, f"The answer is {problem.answer}."))
    assert figures and not found.cut


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source": "folder", "question": "Find the shaded area."}, "a proof of the question has to be known"),
        ({"meta": {}}, "could not be checked: This could not be worked out (KeyError)"),
        (
            {"meta": {"family": "<b>", "seed": 1, "difficulty": 1, "modality": "text"}},
            "could not be checked: &#x27;&lt;b&gt;&#x27; is no family",
        ),
    ],
)
def test_a_page_says_why_steps_are_not_judged(changed: dict[str, object], said: str) -> None:
    problem = replace(construct("angle_sum", 1).problem, **changed)  # type: ignore[arg-type]
    reply = LiveReply("test", 0)
    reply.content = "180 - 90 = 90"
    assert said in asyncio.run(Service([], PROOFS, None).judged(problem, reply, words("en"))).page
