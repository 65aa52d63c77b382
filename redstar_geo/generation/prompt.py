"""A problem and its trace as chat messages: the one place where training and evaluation get their prompts from.

The instruction is one short line on purpose: it is paid for in every sample of every epoch.
"""

from __future__ import annotations

from string import ascii_uppercase

from redstar_geo.records import Problem
from redstar_geo.sandbox.prompt import program_question

_INSTRUCTION = {"en": "Think, then answer in \\boxed{}.", "zh": "先思考，再把答案写进 \\boxed{}。"}


def prompt_messages(problem: Problem) -> list[dict[str, str]]:
    """The user turn: question, choices one a line (`A. 35`) if there are any, instruction in the problem's language.

    A diagram to be read is asked about in its own words alone.

    Contents are plain strings. The pictures of the problem go before the text when the chat is rendered.
    """
    if problem.answer_kind == "tests":
        return [{"role": "user", "content": program_question(problem)}]
    if problem.answer_kind == "statements":
        return [{"role": "user", "content": problem.question}]
    instruction = _INSTRUCTION["zh" if problem.language == "zh" else "en"]
    return [{"role": "user", "content": f"{question_with_choices(problem)}\n{instruction}"}]


def question_with_choices(problem: Problem) -> str:
    """The question, and its choices one a line."""
    choices = (f"{letter}. {choice}" for letter, choice in zip(ascii_uppercase, problem.choices, strict=False))
    return "\n".join([problem.question, *choices])


def completion_messages(trace_text: str) -> list[dict[str, str]]:
    """The assistant turn that is trained on: `<think>…</think>` and the answer, unchanged."""
    return [{"role": "assistant", "content": trace_text}]
