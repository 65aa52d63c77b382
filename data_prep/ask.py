"""Ask: problems → a teacher at an endpoint or in this process → ledger, with a live table, a log and a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from redstar_geo.data_prep.prompts import asked
from redstar_geo.errors import InputError
from redstar_geo.generation.client import Endpoints, Server
from redstar_geo.generation.pacing import Pace
from redstar_geo.grading import grade
from redstar_geo.recipes.data import AskedTeacher, DataRecipe, EndpointTeacher, LocalTeacher
from redstar_geo.records import Problem
from redstar_geo.run import Run
from redstar_geo.teacher import chat
from redstar_geo.teacher.dispatch import Asking, Dispatcher, Teacher
from redstar_geo.teacher.ledger import Ledger
from redstar_geo.teacher.live import Live
from redstar_geo.teacher.sampling import Adaptive, Budget, Fixed, Policy
from redstar_geo.teacher.stored import trace
from redstar_geo.teacher.strategies import Turns


def ask(run: Run, recipe: DataRecipe, teacher: EndpointTeacher | LocalTeacher) -> int:
    """Ask for what the ledger does not hold yet; how many problems are left unfinished, by a bound on the run.

    Raises:
        InputError: no server, a wrong key, no such model.
        KeyboardInterrupt: Ctrl-C, once what was in flight is stored or given back.
    """
    if teacher.sampling.wanted and any(problem.answer_kind == "tests" for problem in asked(run, images=False)):
        raise InputError(
            f"teacher.sampling.wanted={teacher.sampling.wanted} needs a verdict after each sample, which programs get "
            "only when all are in. Give fixed (and wanted: null), with by_difficulty for the harder ones."
        )
    with Ledger(run.path("ledger.sqlite")) as ledger:
        return asyncio.run(_ask(run, recipe, teacher, ledger))


async def _ask(run: Run, recipe: DataRecipe, teacher: EndpointTeacher | LocalTeacher, ledger: Ledger) -> int:
    async with AsyncExitStack() as stack:
        answering: Teacher
        if isinstance(teacher, EndpointTeacher):
            servers = [Server(s.url.rstrip("/"), s.weight, s.key_env, Pace(s.start, s.most)) for s in teacher.servers]
            endpoints = Endpoints(servers, teacher.deadline_s, teacher.attempts, teacher.give_up_s)
            await stack.enter_async_context(endpoints)
            answering = endpoints
            await endpoints.check(teacher.model)
        else:
            from redstar_geo.teacher.local import LocalModel

            local = LocalModel(teacher.model, teacher.batch_size, teacher.dtype)
            await stack.enter_async_context(local)
            answering = local
        budget = Budget(**teacher.bounds.model_dump())
        dispatcher = Dispatcher(answering, ledger, asking(teacher, recipe.seed), _policy(teacher), budget, judge)
        problems = sum(1 for _ in asked(run, images=False))
        async with Live(dispatcher, answering, run.path("log.jsonl"), problems):
            await dispatcher.run(asked(run))
        return problems - dispatcher.progress.finished


def asking(teacher: AskedTeacher, seed: int) -> Asking:
    """How this teacher's requests are written and keyed."""
    parameters = teacher.parameters.model_dump(exclude_none=True)
    extra = dict(teacher.extra_body) if isinstance(teacher, EndpointTeacher) else {}

    def key(problem: Problem, sample: int, turns: Turns | None) -> Mapping[str, Any]:
        stitched = turns is None and teacher.strategy != "direct"
        return {
            "teacher": teacher.model,
            "messages": chat.keyed(problem, teacher.system, teacher.as_taught),
            "pixels": [teacher.min_pixels, teacher.max_pixels],
            "parameters": parameters | extra,
            "turns": [list(turn) for turn in turns or ()],
            "sample": sample,
            "seed": seed,
            **({"strategy": teacher.strategy} if stitched else {}),
        }

    def request(opening: Any, sample: int, turns: Turns) -> Mapping[str, Any]:
        said = chat.follow_up(opening, turns)
        return {"model": teacher.model, "messages": said, **parameters, "seed": seed + sample, **extra}

    def opening(problem: Problem) -> chat.Messages:
        return chat.messages(problem, teacher.system, teacher.min_pixels, teacher.max_pixels, teacher.as_taught)

    return Asking(key, request, opening, teacher.strategy, lambda problem: teacher.sampling.most(problem.difficulty))


def _policy(teacher: AskedTeacher) -> Policy:
    sampling = teacher.sampling
    return Fixed() if sampling.wanted is None else Adaptive(sampling.wanted)


def judge(problem: Problem, body: Mapping[str, Any]) -> str:
    """The status of a stored response; programs take too long to run here and wait for `verify`."""
    if problem.answer_kind == "tests":
        return "unjudged"
    found = trace(problem.id, 0, "", "", body)
    return grade(problem, found).status
