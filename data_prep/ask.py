"""Ask: problems → a teacher at an endpoint or in this process → ledger, with a live table, a log and a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from redstar_geo.data_prep.prompts import prompts
from redstar_geo.errors import InputError
from redstar_geo.generation.address import with_extra
from redstar_geo.generation.chat import Messages, teacher_question, user_message
from redstar_geo.generation.client import Client
from redstar_geo.grading import grade
from redstar_geo.recipes.data import AskedTeacher, DataRecipe, EndpointTeacher, LocalTeacher, Parameters
from redstar_geo.records import Problem
from redstar_geo.run import Run
from redstar_geo.teacher.dispatch import Dispatcher, RequestFormat, Teacher
from redstar_geo.teacher.ledger import Ledger, stored_trace
from redstar_geo.teacher.live import Live
from redstar_geo.teacher.sampling import Adaptive, Budget, Fixed, Policy
from redstar_geo.teacher.strategies import Turns

_RECIPE_KEYS = (
    {name: f"teacher.parameters.{name}" for name in Parameters.model_fields}
    | {name: f"teacher.{name}" for name in ("servers", "model", "extra_body")}
    | {"seed": "seed"}
)


class Unfinished(NamedTuple):
    """What is left to a later run: so many problems, of which these were begun."""

    problems: int
    begun: set[str]


def ask(run: Run, recipe: DataRecipe, teacher: EndpointTeacher | LocalTeacher) -> Unfinished:
    """Ask for what the ledger does not hold yet; what a bound on the run or failures of the moment leave unfinished.

    Raises:
        InputError: no server, a wrong key, no such model.
        KeyboardInterrupt: Ctrl-C, once what was in flight is stored or given back.
    """
    if teacher.sampling.wanted and any(problem.answer_kind == "tests" for problem in prompts(run, images=False)):
        raise InputError(
            f"teacher.sampling.wanted={teacher.sampling.wanted} needs a verdict after each sample, which programs get "
            "only when all are in. Give fixed (and wanted: null), with by_difficulty for the harder ones."
        )
    with Ledger(run.path("ledger.sqlite")) as ledger:
        return asyncio.run(_ask(run, recipe, teacher, ledger))


async def _ask(run: Run, recipe: DataRecipe, teacher: EndpointTeacher | LocalTeacher, ledger: Ledger) -> Unfinished:
    async with AsyncExitStack() as stack:
        answering: Teacher
        if isinstance(teacher, EndpointTeacher):
            answering = client = await stack.enter_async_context(
                Client(teacher, _RECIPE_KEYS, answered=bool(ledger.some(1)))
            )
            await client.check(teacher.model)
        else:
            from redstar_geo.teacher.local import LocalTeacher as Local  # brings torch along

            answering = await stack.enter_async_context(Local(teacher.model, teacher.batch_size, teacher.dtype))
        budget = Budget(**teacher.bounds.model_dump())
        dispatcher = Dispatcher(answering, ledger, asking(teacher, recipe.seed), _policy(teacher), budget, judge)
        problems = sum(1 for _ in prompts(run, images=False))
        async with Live(dispatcher, answering, run.path("log.jsonl"), problems):
            await dispatcher.run(prompts(run))
        return Unfinished(problems - dispatcher.progress.finished, dispatcher.unsatisfied())


def asking(teacher: AskedTeacher, seed: int) -> RequestFormat:
    """How this teacher's requests are written and keyed."""
    parameters = teacher.parameters.model_dump(exclude_none=True)
    extra = dict(teacher.extra_body) if isinstance(teacher, EndpointTeacher) else {}
    system = [{"role": "system", "content": teacher.system}] if teacher.system else []

    def key(problem: Problem, sample: int, turns: Turns | None) -> Mapping[str, Any]:
        stitched = turns is None and teacher.strategy != "direct"
        hashes = [{"image": image.sha256} for image in problem.images]
        question = {"role": "user", "images": hashes, "content": teacher_question(problem, teacher.training_prompt)}
        return {
            "teacher": teacher.model,
            "messages": [*system, question],
            "pixels": list(teacher.pixels),
            "parameters": parameters | extra,
            "turns": [list(turn) for turn in turns or ()],
            "sample": sample,
            "seed": seed,
            **({"strategy": teacher.strategy} if stitched else {}),
        }

    def request(opening: Messages, sample: int, turns: Turns) -> Mapping[str, Any]:
        messages = [*opening, *({"role": role, "content": text} for role, text in turns)]
        asked = {"model": teacher.model, "messages": messages, **parameters, "seed": seed + sample}
        return with_extra(asked, extra)

    def opening(problem: Problem) -> Messages:
        question = teacher_question(problem, teacher.training_prompt)
        return [*system, user_message(question, problem.images, teacher.pixels)]

    return RequestFormat(
        key, request, opening, teacher.strategy, lambda problem: teacher.sampling.most(problem.difficulty)
    )


def _policy(teacher: AskedTeacher) -> Policy:
    sampling = teacher.sampling
    return Fixed() if sampling.wanted is None else Adaptive(sampling.wanted)


def judge(problem: Problem, body: Mapping[str, Any]) -> str:
    """The status of a stored response; programs take too long to run here and wait for `verify`."""
    if problem.answer_kind == "tests":
        return "unjudged"
    return grade(problem, stored_trace(problem.id, 0, "", "", body)).status
