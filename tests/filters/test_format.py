"""What the response must hold: one final answer, or one whole program; tags and truncation."""

import pytest

from redstar_geo.filters import reject
from redstar_geo.filters.format import HIDDEN, NO_ANSWER, NO_CODE, SEVERAL, TAGS, TORN_CODE, TRUNCATED
from redstar_geo.records import Domain, Trace

THOUGHTS = "The sides are 3 and 4, so the diagonal is 5, by the theorem of Pythagoras for right triangles."


def reason(
    response: str, reasoning: str = THOUGHTS, finish: str = "stop", domain: Domain = "math", question: str = ""
) -> str | None:
    trace = Trace("", 0, "", "", reasoning, response, finish)
    found = reject(trace, question=question, language="en", domain=domain)
    return found.reason if found else None


@pytest.mark.parametrize(
    "response",
    [
        "The diagonal is \\boxed{5}.",
        "<answer>5</answer>",
        "The answer is 5.",
        "x = 5",
        "\\boxed{5} and, to repeat it, \\boxed{5.0}",
        "\\boxed{1/2}, that is \\boxed{0.5}",
        "The roots are \\boxed{2} and \\boxed{3}.",
        "The answer is (C).",
    ],
)
def test_one_final_answer_is_kept(response: str) -> None:
    assert reason(response) is None


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("", NO_ANSWER),
        ("This completes the proof. Nothing else has to be shown here.", NO_ANSWER),
        ("The diagonal is \\boxed{}.", NO_ANSWER),
        ("The diagonal is \\boxed{\\text{answer}}.", NO_ANSWER),
        ("It is \\boxed{5}.\nNo, the other one, it is \\boxed{7}.", SEVERAL),
        ("The answer is 5.\nThe answer is 7.", SEVERAL),
        ("<think>Really?</think> \\boxed{5}", TAGS),
        ("</think>\n\\boxed{5}", TAGS),
    ],
)
def test_anything_else_has_a_reason(response: str, expected: str) -> None:
    assert reason(response) == expected


def test_an_answer_in_the_thoughts_is_no_answer() -> None:
    assert reason("That was it.", THOUGHTS + " \\boxed{5}") == HIDDEN
    assert reason("", "<think>" + THOUGHTS) == TAGS


def test_a_question_with_parts_has_several_answers() -> None:
    question = "(a) Find the diagonal. (b) Find the area."
    assert reason("(a) \\boxed{5} (b) That is \\boxed{12}.", question=question) is None


def test_truncation_comes_first() -> None:
    assert reason("The diagonal is \\boxed{5}. For comple", finish="length") == TRUNCATED


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("```python\nprint(5)\n```", None),
        ("Helper:\n```python\ndef f(): ...\n```\nMain:\n```python\nprint(5)\n```\nDone.", None),
        ("It prints five.", NO_CODE),
        ("```python\n\n```", NO_CODE),
        ("```python\nprint(5", TORN_CODE),
        ("```python\ndef main():\n    # your code here\n```", TORN_CODE),
    ],
)
def test_code_ends_with_one_whole_block(response: str, expected: str | None) -> None:
    assert reason(response, domain="code") == expected


def test_code_in_the_thoughts_is_not_handed_in() -> None:
    assert reason("It prints five.", f"{THOUGHTS}\n```python\nprint(5)\n```\n", domain="code") == HIDDEN
