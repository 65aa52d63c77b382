"""`redstar-geo data RECIPE --plan`: how many requests, tokens and hours a teacher will take, before the first call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from redstar_geo.data_prep.collect import items, no_problem
from redstar_geo.errors import InputError
from redstar_geo.generation.chat import image_tokens, teacher_question
from redstar_geo.generation.reply import read_reply
from redstar_geo.recipes.data import AskedTeacher, DataRecipe, EndpointTeacher
from redstar_geo.records import Problem
from redstar_geo.run import Counts
from redstar_geo.sources import accepted
from redstar_geo.teacher.ledger import Ledger

_CHARACTERS_A_TOKEN = {"zh": 1.5}  # other languages: 4
_ASSUMED_SHARE_OF_MAX_TOKENS, _ASSUMED_TOKENS_PER_S = 0.25, 40.0
_LOOKED_AT = 200  # problems whose prompts are measured, responses whose length is


@dataclass(frozen=True)
class Observed:
    """Mean length and duration of the responses that the run's ledger already holds."""

    completion_tokens: float
    seconds: float
    responses: int


def plan(recipe: DataRecipe) -> dict[str, Any]:
    """The forecast, with what it rests on.

    Raises:
        InputError: the recipe has no teacher that is asked, or its sources no problem.
    """
    teacher = recipe.teacher
    if not isinstance(teacher, AskedTeacher):
        raise InputError("--plan is for teachers that are asked (kind endpoint or local); this recipe has none.")
    counts = Counts()
    problems = list(accepted(items(recipe), counts))
    if not problems:
        raise no_problem(recipe, counts)
    sampling = teacher.sampling
    turns = 1 if teacher.strategy == "direct" else 3
    high = sum(sampling.most(problem.difficulty) for problem in problems) * turns
    low = high if sampling.wanted is None else sampling.wanted * len(problems) * turns
    prompt = fmean(_prompt_tokens(problem, teacher) for problem in problems[:_LOOKED_AT])
    observed = _observed(Path(recipe.run) / "ledger.sqlite")
    tokens = observed.completion_tokens if observed else _ASSUMED_SHARE_OF_MAX_TOKENS * teacher.parameters.max_tokens
    seconds = observed.seconds if observed else tokens / _ASSUMED_TOKENS_PER_S
    at_once = sum(server.most for server in teacher.servers) if isinstance(teacher, EndpointTeacher) else None
    return {
        "problems": len(problems),
        **{
            bound: {
                "requests": requests,
                "prompt_tokens": round(requests * prompt),
                "completion_tokens": round(requests * tokens),
                "cost": round(
                    requests * (prompt * teacher.bounds.price_in + tokens * teacher.bounds.price_out) / 1e6, 2
                ),
                "hours": round(requests * seconds / at_once / 3600, 2) if at_once else None,
            }
            for bound, requests in (("at_least", low), ("at_most", high))
        },
        "rests_on": {
            "prompt_tokens_each": round(prompt),
            "completion_tokens_each": round(tokens),
            "seconds_each": round(seconds, 1),
            "requests_at_once": at_once,
            "measured_on": f"{observed.responses} responses" if observed else "assumptions: nothing has been asked yet",
        },
    }


def _prompt_tokens(problem: Problem, teacher: AskedTeacher) -> float:
    characters = len(teacher_question(problem, teacher.training_prompt)) + len(teacher.system or "")
    text = characters / _CHARACTERS_A_TOKEN.get(problem.language, 4.0)
    return text + sum(image_tokens(image, teacher.pixels) for image in problem.images)


def _observed(path: Path) -> Observed | None:
    if not path.is_file():
        return None
    with Ledger(path) as ledger:
        bodies = [body for body in ledger.some(_LOOKED_AT) if "raw" in body]
    lengths = [read_reply(body["raw"]).completion_tokens for body in bodies]
    known = [(length, body["seconds"]) for length, body in zip(lengths, bodies, strict=True) if length is not None]
    if not known:
        return None
    return Observed(fmean(length for length, _ in known), fmean(seconds for _, seconds in known), len(known))
