"""A question as a link and back: built-in problems are made again from their id, own questions stand in the link."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from redstar_geo.geometry.construct import construct
from redstar_geo.records import Image, Problem
from redstar_geo.sources import row

LONGEST_QUESTION = 4_000
_BUILTIN = re.compile(r"builtin/(\w{1,40})/(en|zh)-(\d{1,2})-(\d{1,9})(?:-(picture|both))?(?:-(test))?")
OWN = "own"


def link(problem: Problem) -> str:
    """The query that leads to a problem; the picture of an own question is not part of it, only that there was one."""
    if problem.source == OWN:
        return f"?question={quote(problem.question)}" + "&picture=yes" * bool(problem.images)
    return f"?problem={quote(problem.id)}"


@lru_cache(maxsize=256)
def builtin_problem(name: str) -> Problem | None:
    """The built-in problem of this id; None when it is no such id.

    Raises:
        InputError: there is no such family, difficulty or seed.
    """
    match = _BUILTIN.fullmatch(name)
    if match is None:
        return None
    family, language, difficulty, seed, modality, split = match.groups()
    return construct(family, int(seed), int(difficulty), language, modality or "text", split or "train").problem


def own_problem(question: str, picture: Image | None, answer: str = "") -> Problem:
    """A question that somebody asks; its language is told by its script."""
    question = question.strip()[:LONGEST_QUESTION]
    return Problem(
        id=OWN,
        domain="geometry",
        source=OWN,
        split="",
        licence="",
        question=question,
        answer=answer.strip()[:400],
        answer_kind="expression",
        language=row.language(question),
        images=(picture,) if picture else (),
    )
