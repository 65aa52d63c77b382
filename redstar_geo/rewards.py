"""Reward functions for TRL's `GRPOTrainer`: is the answer correct, are the steps true, is the answer certified?

    GRPOTrainer(model, reward_funcs=[rewards.verified_answer, rewards.true_steps],
                train_dataset=Dataset.from_list(rewards.rows(problems)), …)

What is not decided is None, not 0: TRL leaves it out of the mean of its group, and it moves nothing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import PIL.Image

from redstar_geo.answer import Answer, verify
from redstar_geo.api import facts
from redstar_geo.errors import InputError
from redstar_geo.formalise.certified import certified_reward
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.geometry.claims import Judged, judge
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.pictures.bounds import format_of
from redstar_geo.pictures.read import picture_size
from redstar_geo.records import Problem, from_row, to_row
from redstar_geo.rl.reward import RewardSettings, outcome_of, process_score

Completion = str | Sequence[Mapping[str, Any]]  # a text, or the messages of a conversation


def rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """The rows of a data set for `GRPOTrainer`, with the columns that both rewards ask for.

    Columns: `prompt` (the user turn: question, choices, instruction), `images` (PIL; remove the column for a model
    that sees none), `answer`, `choices`, and `problem` (JSON, without the pictures).
    """
    return [
        {
            "prompt": prompt_messages(problem),
            "images": [_unread(image.data) for image in problem.images],
            "answer": problem.answer,
            "choices": list(problem.choices),
            "problem": json.dumps(to_row(replace(problem, images=())), ensure_ascii=False),
        }
        for problem in problems
    ]


def _unread(data: bytes) -> PIL.Image.Image:
    """A picture that is within the bounds of `pictures`, decoded when it is used: thousands at once fill the memory."""
    picture_size(data)
    return PIL.Image.open(io.BytesIO(data), formats=[format_of(data)])


def verified_answer(
    prompts: Sequence[Any],
    completions: Sequence[Completion],
    answer: Sequence[Answer],
    choices: Sequence[Sequence[Answer] | None] | None = None,
    **columns: Any,
) -> list[float | None]:
    """1 for a correct answer, 0 for a wrong one, None where it is undecided.

    Args:
        answer: the column of gold answers.
        choices: the column of choices, for a data set that has some.
    """
    shown = choices or [None] * len(completions)
    verdicts = [verify(gold, _text(each), own) for each, gold, own in zip(completions, answer, shown, strict=True)]
    return [outcome_of(verdict, RewardSettings()) for verdict in verdicts]


def true_steps(
    prompts: Sequence[Any],
    completions: Sequence[Completion],
    problem: Sequence[str | Mapping[str, Any]],
    gdl: Sequence[str | None] | None = None,
    **columns: Any,
) -> list[float | None]:
    """The share of true claims less that of false ones, −1 to 1; None for a problem without a proof.

    A claim that is said again counts once, one that is not decided counts as neither.

    Args:
        problem: the column of problems: each JSON, or a row of `problems.parquet`.
        gdl: a column with the path of FormalGeo's predicates and theorems, for its problems.

    Raises:
        InputError: a `problem` is none.
    """
    folders = gdl or [None] * len(completions)
    judged = [_judged(each, own, at) for each, own, at in zip(completions, problem, folders, strict=True)]
    return [None if each is None else process_score(each.steps()) for each in judged]


def certified_answer(
    prompts: Sequence[Any],
    completions: Sequence[Completion],
    problem: Sequence[str | Mapping[str, Any]],
    **columns: Any,
) -> list[float | None]:
    """1 for an answer that question and picture determine, 0 for another one, None where they determine none.

    No gold answer is looked at. Something has to be known of the picture, as of built-in problems and FormalGeo7k's, or
    the question has to say all.

    Args:
        problem: as of `true_steps`.

    Raises:
        InputError: a `problem` is none.
    """
    return [certified_reward(_problem(own), _text(each)) for each, own in zip(completions, problem, strict=True)]


def _judged(completion: Completion, problem: str | Mapping[str, Any], gdl: str | None) -> Judged | None:
    known = facts(_problem(problem), gdl)
    return None if isinstance(known, ReplayError) else judge(_text(completion), known)


def _problem(column: str | Mapping[str, Any]) -> Problem:
    try:
        row = json.loads(column) if isinstance(column, str) else column
        return from_row(Problem, {**row, "images": ()})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The column `problem` holds {str(column)[:80]!r}, which is no problem ({error!r}). Make the data set with "
            "redstar_geo.rewards.rows(problems)."
        ) from None


def _text(completion: Completion) -> str:
    """What a completion says: of messages the assistant's, with the thoughts that TRL may have parted from them."""
    if isinstance(completion, str):
        return completion
    said = []
    for message in completion:
        if message["role"] == "assistant":
            thought = message.get("reasoning_content")
            said.append((f"<think>\n{thought}\n</think>\n" if thought else "") + (message.get("content") or ""))
    return "\n".join(said)
