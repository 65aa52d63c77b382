"""A question of one's own: what is read, what it determines, what that says of an answer; corrected by a person."""

import asyncio
import re

import pytest

from redstar_geo.errors import InputError
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.geometry.construct import construct
from redstar_geo.viewing.cards import answer_card
from redstar_geo.viewing.compare_tab import differing
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.permalink import own_problem
from redstar_geo.viewing.reading import WorkedOut, panel, read
from redstar_geo.viewing.service import Service, Steps
from redstar_geo.viewing.words import LABELS, words
from redstar_geo.workers import GaveUp
from tests.paths import DOZEN
from tests.report.test_names import raw

PROOFS = Proofs(None)
RIGHT = "In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC."
OPEN = "In △ABC, AB = 6 and ∠ABC = 90°. Find AC."
QUESTIONS = [
    RIGHT,
    OPEN,
    "在△ABC中，AB=6，BC=8，∠ABC=90°，求AC的长。",
    "In △ABC, AB = AC, ∠BAC = 40°. Find ∠ABC.",
    "Prove that the base angles of an isosceles triangle are equal.",
    "In △ABC, ∠ABC = 90°, ∠ACB = 95°, AB = 3. Find AC.",
    "What is the area of the shaded part?",
    "",
    "\\frac{1}{0} $$ ∠∠∠",
]


def test_what_is_determined_is_said_and_certifies_an_answer() -> None:
    found = read(RIGHT, None, "", "stop", "en")
    assert (found.lines, found.value, found.status) == (("AB = 6", "BC = 8", "∠ABC = 90°"), "10", "")
    assert read(RIGHT, None, "so AC = \\boxed{10}", "stop", "en").status == "certified"
    assert read(RIGHT, None, "so AC = \\boxed{14}", "stop", "en").status == "refuted"
    assert read(RIGHT, None, "so AC = \\boxed{1", "length", "en").status == "not certified"


@pytest.mark.parametrize("added", ["BC = 8", "BC is 8 long and BC = 8", "lines AB, BC, CA; BC = 8"])
def test_a_person_adds_what_only_the_figure_shows(added: str) -> None:
    assert read(OPEN, None, "", "stop", "en").outcome == "not determined"
    found = read(OPEN, ["AB = 6", "∠ABC = 90°", added], "", "stop", "en")
    assert found.value == "10" and found.lines[-1] == added


def test_a_line_that_says_nothing_is_told_and_one_that_is_taken_out_is_gone() -> None:
    found = read(RIGHT, ["AB = 6", "BC = 8", "hm?"], "", "stop", "en")
    assert found.unread[-1] == "hm?" and found.outcome == "not determined" and not found.value


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_outcome_is_in_words(question: str, language: str) -> None:
    said = words(language)
    for answer in ("", "\\boxed{10}"):
        page = panel(read(question, None, answer, "stop", said["code"]), said)
        assert raw(page.replace("\\frac{1}{0} $$", "")) == [] and "<p>" in page


async def replied(proofs: Proofs, question: str) -> LiveReply:
    reply = LiveReply(WorkedOut.name)
    async for delta in WorkedOut(proofs).stream(own_problem(question, None), GenerationSettings(64)):
        reply.take(delta)
    reply.end("done")
    return reply


def test_it_answers_in_the_language_of_the_question_or_says_why_not() -> None:
    async def told(question: str) -> str:
        return (await replied(PROOFS, question)).content

    assert asyncio.run(told(RIGHT)).endswith("AC = \\boxed{10}")
    assert "由" in asyncio.run(told(QUESTIONS[2]))
    with pytest.raises(InputError, match="does not determine"):
        asyncio.run(told(OPEN))
    with pytest.raises(InputError, match="reads text alone"):
        asyncio.run(told(""))
    assert LABELS["en"]["not_worked_out"] != LABELS["zh-CN"]["not_worked_out"]


def test_a_question_of_ones_own_is_worked_out_where_a_known_proof_is_chosen() -> None:
    service = Service([FormalAnswers(PROOFS, "long"), WorkedOut(PROOFS)], PROOFS, None)
    example = construct("angle_sum", 3).problem
    chosen = [service.answering("formal, long", each).name for each in (example, own_problem(RIGHT, None))]
    assert chosen == ["formal, long", WorkedOut.name]


def test_a_proof_is_looked_for_where_the_theorems_are_there_and_judged() -> None:
    question, proofs = QUESTIONS[2], Proofs(DOZEN / "gdl")
    problem = own_problem(question, None)
    reply = asyncio.run(replied(proofs, question))
    thought, response = reply.parts()
    assert (
        "10" in thought
        and response.endswith("AC = \\boxed{10}")
        and not asyncio.run(replied(PROOFS, question)).reasoning
    )
    steps = asyncio.run(Service([], proofs, None).judged(problem, reply, words("en")))
    assert steps.counts is not None and steps.counts["true"] > 2 and not steps.counts["false"]
    assert raw(steps.page) == [] and "<svg" in steps.page


def test_a_search_that_is_cut_off_is_not_told_as_one_that_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    proofs = Proofs(DOZEN / "gdl")

    async def searched(question: str) -> str:
        raise GaveUp("too long")

    monkeypatch.setattr(proofs, "searched", searched)
    told = asyncio.run(replied(proofs, RIGHT)).content
    assert "AC = \\boxed{10}" in told and told.endswith("was stopped before its end.")


def test_steps_of_a_models_answer_are_judged_by_the_figures_that_the_question_determines() -> None:
    service, problem = Service([], PROOFS, None), own_problem(RIGHT, None)
    reply = LiveReply("a model", content="<think>AC² = 36 + 64 = 100, so AC = 10 and AB = 7.</think>AC = \\boxed{10}")
    reply.end("done")
    steps = asyncio.run(service.judged(problem, reply, words("en")))
    assert steps.counts == {"true": 4, "false": 1}
    card = answer_card(problem, reply, words("en"), read(RIGHT, None, "\\boxed{10}", "stop", "en"))
    assert "✓" in card and "as it was read" in card
    card = answer_card(problem, reply, words("en"), read(RIGHT, None, "\\boxed{14}", "stop", "en"))
    assert "✗" in card and "<b>10</b>" in card
    assert "No verdict" not in card and "no verdict" in answer_card(problem, reply, words("en"))
    steps = asyncio.run(service.judged(own_problem(OPEN, None), reply, words("en")))
    assert steps.counts is None and "determine" in steps.page


def test_two_answers_are_compared_with_what_differs_first() -> None:
    problem = own_problem(RIGHT, None)
    said = words("en")
    answers = []
    for name, text in (("one", "\\boxed{10}"), ("other", "\\boxed{14}")):
        reply = LiveReply(name, content=text, tokens=9)
        reply.end("done")
        reply.ended = reply.started + 1.0
        answers.append((reply, Steps(text, {"false": 1, "true": 2})))
    page = differing(problem, answers, False, said)
    rows = re.findall(r'<tr class="(\w+)"><th>(.*?)</th><td>(.*?)</td><td>(.*?)</td>', page)
    assert rows[0] == ("differs", "Answer", "10", "14") and {row[0] for row in rows[1:]} == {"same"}
    assert "different answers" in page and raw(page) == []
    assert "Both give the same answer: <b>10</b>" in differing(problem, [answers[0]] * 2, True, said)
    assert "Neither" in differing(problem, [(LiveReply("x"), Steps(""))] * 2, False, said)
