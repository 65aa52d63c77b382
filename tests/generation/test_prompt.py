import pytest

from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.records import Problem


def make(language: str, choices: tuple[str, ...] = ()) -> Problem:
    return Problem("p/1", "geometry", "p", "test", "CC0-1.0", "Find ∠C.", "55", "number", language, choices=choices)


@pytest.mark.parametrize(("language", "word"), [("en", "Think"), ("zh", "思考")])
def test_prompt_is_question_then_instruction_in_its_language(language, word):
    (message,) = prompt_messages(make(language))
    assert message["role"] == "user"
    question, instruction = message["content"].split("\n")
    assert question == "Find ∠C."
    assert word in instruction and "\\boxed{}" in instruction


def test_choices_are_lettered_one_a_line():
    (message,) = prompt_messages(make("en", ("35°", "55°", "65°")))
    assert message["content"].split("\n")[1:4] == ["A. 35°", "B. 55°", "C. 65°"]


def test_completion_is_the_trace_unchanged():
    text = "<think>\n90 + 35 = 125.\n</think>\n\\boxed{55}"
    assert completion_messages(text) == [{"role": "assistant", "content": text}]
