"""A scripted student goes wrong at a random place, and the solver tells the proof on from there."""

import re
from random import Random
from typing import Any

import pytest

from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.construct import FAMILIES
from redstar_geo.geometry.continuation import Continuation, continued
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate import conclusion, narrate
from redstar_geo.geometry.narrate.say import say
from redstar_geo.grading import grade
from redstar_geo.records import Problem, Trace
from redstar_geo.sources.builtin import problems

_NUMBER = re.compile(r"(?<![\d./])\d+(?![\d./])")
_SENTENCE = re.compile(r"(?:[.!?]\s+|[。！？]\s*|\n\s*)")
_SLIPS = (1, 3, 7, 10)


def facts_of(problem: Problem) -> Facts:
    with Library(None, None) as library:
        return library.facts(problem)


def gone_wrong(text: str, chance: Random) -> str:
    """The text with one number changed."""
    place = chance.choice(list(_NUMBER.finditer(text)))
    return f"{text[: place.start()]}{int(place[0]) + chance.choice(_SLIPS)}{text[place.end() :]}"


def assert_taken_over(problem: Problem, facts: Facts, reasoning: str, found: Continuation, language: str) -> None:
    """True from the cut to the end, ends in the gold answer, does not derive again what was derived."""
    kept = reasoning[: found.cut]
    judged = judge(f"{kept}{found.reasoning}\n{found.response}", facts)
    assert judged.first_false is None, judged.claims[judged.first_false or 0]
    told = [(claim, decision) for claim, decision in judged.claims if claim.start >= found.cut]
    assert {d.status for claim, d in told if claim.standing == "asserted"} <= {"true"}
    trace = Trace(problem.id, 0, "student", "", kept + found.reasoning, found.response, "stop")
    assert grade(problem, trace).status == "correct"
    assert reasoning.find(found.wrong, found.cut) >= 0 or found.cut == len(reasoning)
    results = conclusion_words(found, facts, language)
    assert not [said for said in results if f"{said}." in found.reasoning.split("\n")], "derived before the cut"


def conclusion_words(found: Continuation, facts: Facts, language: str) -> list[str]:
    """The derived statements in words, but for the goal, which an end may repeat."""
    return [say(one, language) for one in found.derived if facts.proof.goal not in one]


@pytest.mark.parametrize("voices", [1, None])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_family_is_told_on_from_a_random_mistake(language: Any, voices: int | None) -> None:
    chance, taken_over = Random(f"{language}/{voices}"), 0
    for seed, problem in enumerate(problems([], len(FAMILIES), 7, [1, 2, 3], language, "both")):
        facts = facts_of(problem)
        told = narrate(facts.proof, form="long", language=language, seed=seed, voices=voices)
        if _NUMBER.search(told.reasoning):
            reasoning = gone_wrong(told.reasoning, chance)
            found = continued(reasoning, told.response, facts, language, voices, seed)
            if found is not None:
                taken_over += 1
                assert_taken_over(problem, facts, reasoning, found, language)
    assert taken_over > 0.6 * len(FAMILIES), "a changed number makes a claim false, most of the time"


@pytest.fixture(scope="module")
def triangle() -> tuple[Problem, Facts]:
    problem = next(problems(["angle_sum"], 1, 5, [2], "en", "both"))
    return problem, facts_of(problem)


def test_nothing_false_is_nothing_to_mend(triangle: tuple[Problem, Facts]) -> None:
    told = narrate(triangle[1].proof, form="long", seed=1)
    assert continued(told.reasoning, told.response, triangle[1], "en") is None


def test_the_continuation_names_what_the_student_named(triangle: tuple[Problem, Facts]) -> None:
    """Angles from the other side, as the student has them; and what was derived is not derived again."""
    problem, facts = triangle
    given = [cdl.parse(text) for text in facts.proof.givens]
    turned = ["".join(one.terms[0].points)[::-1] for one in given]
    values = [str(one.terms[1]) for one in given]
    goal = facts.proof.goal[15:18]
    turned.append(goal[::-1])
    reasoning = (
        f"I know ∠{turned[0]} = {values[0]}° and ∠{turned[1]} = {values[1]}°.\n"
        f"The angles of a triangle make 180°, so ∠{turned[0]} + ∠{turned[1]} + ∠{turned[2]} = 180°. 2 + 2 = 5."
    )
    found = continued(reasoning, "", facts, "en", 1)
    assert found is not None and reasoning[found.cut :] == "2 + 2 = 5."
    assert f"∠{turned[2]} = " in found.reasoning and f"∠{goal} " not in found.reasoning
    assert "angle sum" not in found.reasoning and len(found.derived) == 1
    assert_taken_over(problem, facts, reasoning, found, "en")


def test_a_text_that_is_wrong_at_once_is_told_from_the_beginning(triangle: tuple[Problem, Facts]) -> None:
    _, facts = triangle
    found = continued("17 + 25 = 43.", "\\boxed{7}", facts, "en", 1)
    assert found is not None and found.cut == 0 and found.derived == ()
    assert found.reasoning == narrate(facts.proof, form="long", seed=0, voices=1).reasoning


def test_a_wrong_answer_to_right_reasoning_is_only_answered(triangle: tuple[Problem, Facts]) -> None:
    problem, facts = triangle
    told = narrate(facts.proof, form="long_unchecked", seed=1, voices=1)
    found = continued(told.reasoning, f"∠{facts.proof.goal[15:18]} = \\boxed{{1^\\circ}}", facts, "en", 1)
    assert found is not None and found.cut == len(told.reasoning)
    assert found.response == conclusion(facts.proof.goal, facts.proof.answer, "en")
    assert_taken_over(problem, facts, told.reasoning, found, "en")


def test_what_is_taken_back_behind_the_cut_is_cut_too(triangle: tuple[Problem, Facts]) -> None:
    """Left standing, it would be false."""
    _, facts = triangle
    name = "".join(cdl.parse(facts.proof.givens[0]).terms[0].points)
    reasoning = f"So ∠{name} = 1°.\n17 + 25 = 43.\nWait, ∠{name} = 1° is wrong. It is ∠{name} = 2°."
    found = continued(reasoning, "", facts, "en", 1)
    assert found is not None and (found.cut, found.wrong) == (0, "17 + 25 = 43")


@pytest.mark.parametrize("before", ["2 + 24. ", "I add.\n26. ", "26°。", "x\n7\n"])
def test_a_number_before_the_cut_is_no_answer(triangle: tuple[Problem, Facts], before: str) -> None:
    found = continued(f"{before}17 + 25 = 43.", "", triangle[1], "en", 1)
    assert found is not None and (found.cut, found.wrong) == (len(before), "17 + 25 = 43")


def test_sums_that_were_begun_are_not_said_again(triangle: tuple[Problem, Facts]) -> None:
    _, facts = triangle
    told = narrate(facts.proof, form="long_unchecked", seed=0, voices=1).reasoning
    sums = _SENTENCE.split(told)
    first = next(one for one in sums if re.fullmatch(r"\d+ [+−] \d+ = \d+", one))
    reasoning = told[: told.index(first) + len(first)] + ". 1 + 1 = 3."
    found = continued(reasoning, "", facts, "en", 1)
    assert found is not None and not found.reasoning.startswith(first)
    assert told.endswith(found.reasoning.split("\n")[0])
