"""Geo170K (arXiv 2312.11370): questions on GeoQA's and Geometry3K's diagrams, rewritten and answered by a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from redstar_geo.answer import verify
from redstar_geo.answer.extract import declared
from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.attached import folder_of, picture
from redstar_geo.sources.choices import listed_choices
from redstar_geo.sources.multiple_choice import LETTERS, Protocol, chosen, geometry_problem
from redstar_geo.sources.row import Row, UnusableRowError
from redstar_geo.sources.table import Table

TABLE = Table("Luckyjhg/Geo170K", ("image", "conversations"))
_QUESTION = re.compile(r"Question\s*[:：]\s*+(\S.*?)(?:\n[^\S\n]*Choices\s*[:：](.*))?\Z", re.DOTALL)


def problems(
    path: str | None, split: str = "qa_tuning", protocol: Protocol = "choices"
) -> Iterator[Problem | Rejected]:
    """Every row of a local copy in which `images.zip` is unpacked. Rows that only describe a diagram are rejected.

    Raises:
        InputError: no path, nothing to read there, or columns are missing.
    """
    if path is None:
        raise InputError(
            "source.path is missing. Geo170K's pictures are an archive apart: fetch Luckyjhg/Geo170K, unpack its "
            "images.zip beside it and give that folder."
        )
    return table.problems(
        TABLE, path, split, "geo170k", lambda row, id: _problem(row, id, split, protocol, folder_of(path))
    )


def _problem(row: Row, problem_id: str, split: str, protocol: Protocol, folder: Path | None) -> Problem:
    prompt, solution = _turns(row)
    question = _QUESTION.search(prompt)
    if question is None:
        raise UnusableRowError("asks_no_question")
    choices = listed_choices(question[2])
    if not choices:
        raise UnusableRowError("no_choices")
    gold = chosen(protocol, choices, _right(solution, choices))
    meta, stem = {"solution": solution, "image": row["image"]}, question[1].rstrip()
    return geometry_problem(problem_id, split, "unknown", stem, gold, [picture(row["image"], folder)], meta)


def _turns(row: Row) -> tuple[str, str]:
    """The prompt and the reply of a conversation of one turn each."""
    match row["conversations"]:
        case [{"from": "human", "value": str(prompt)}, {"from": "gpt", "value": str(reply)}]:
            return prompt.strip(), reply.strip()
    raise UnusableRowError("bad_conversation")


def _right(solution: str, choices: Sequence[str]) -> int:
    """The one choice that the solution declares, by letter or by value; one that stands twice is none."""
    if not declared(solution):
        raise UnusableRowError("no_answer_in_solution")
    verdicts = [verify(letter, solution, choices=choices).status for letter in LETTERS[: len(choices)]]
    correct = [place for place, status in enumerate(verdicts) if status == "correct"]
    if not correct or choices.count(choices[correct[0]]) > 1:
        raise UnusableRowError("bad_answer")
    return correct[0]
