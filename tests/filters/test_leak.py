"""Refusals and leaked prompts, and what only sounds like them."""

import pytest

from redstar_geo.filters import reject
from redstar_geo.filters.leak import MACHINE, PROMPT, TOKEN, TURN
from redstar_geo.filters.refusal import REFUSED
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.records import Problem, Trace

THOUGHTS = "The sides are 3 and 4, so the diagonal is 5, by the theorem of Pythagoras for right triangles."


def reason(response: str, reasoning: str = THOUGHTS, finish: str = "stop", question: str = "") -> str | None:
    found = reject(Trace("", 0, "", "", reasoning, response, finish), question=question, language="en")
    return found.reason if found else None


@pytest.mark.parametrize(
    "response",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, I cannot see the picture.",
        "I am unable to view the image.",
        "No diagram was provided, so the length cannot be found.",
        "抱歉，我无法回答这个问题。",
    ],
)
def test_refusals(response: str) -> None:
    assert reason(response) == REFUSED


def test_the_content_filter_is_a_refusal() -> None:
    assert reason("\\boxed{5}", finish="content_filter") == REFUSED


@pytest.mark.parametrize(
    "response",
    [
        "I can't use similarity here, but Pythagoras gives \\boxed{5}.",
        "Sorry for the long way round: \\boxed{5}.",
        "We cannot have a negative length, so it is \\boxed{5}.",
        "From the figure, the diagonal is \\boxed{5}.",
    ],
)
def test_what_only_sounds_like_a_refusal_is_kept(response: str) -> None:
    assert reason(response, THOUGHTS + " I can't see the diagram well, but the text says enough.") is None


@pytest.mark.parametrize(
    ("leaked", "expected"),
    [
        ("<|im_start|>assistant", TOKEN),
        ("[INST] Find the diagonal. [/INST]", TOKEN),
        ("<｜end▁of▁sentence｜>", TOKEN),
        ("You are a helpful assistant.", PROMPT),
        ("The prompt says that the answer goes into a box.", PROMPT),
        ("系统提示要求先思考。", PROMPT),
        ("User: And the area?", TURN),
        ("As an AI language model, I calculate.", MACHINE),
    ],
)
def test_leaks_in_either_part(leaked: str, expected: str) -> None:
    assert reason(f"{leaked}\n\\boxed{{5}}") == expected
    assert reason("\\boxed{5}", f"{THOUGHTS}\n{leaked}\n") == expected
    assert reason("\\boxed{5}", f"{THOUGHTS}\n{leaked}\n", question=f"What does this mean: {leaked}") is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_instruction_of_our_own_prompts_is_a_leak(language: str) -> None:
    problem = Problem("", "math", "", "", "", "Find the diagonal.", "5", "number", language)
    instruction = prompt_messages(problem)[0]["content"].splitlines()[-1]
    assert reason(f"{instruction}\n\\boxed{{5}}") == PROMPT
