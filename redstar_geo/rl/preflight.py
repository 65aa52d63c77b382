"""What can be known of a training by reinforcement before it starts: its problems, their rewards, its model."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from redstar_geo.grading import grade
from redstar_geo.preflight import Report, local_model, unreadable_image
from redstar_geo.records import Problem, read
from redstar_geo.rl.optimise import deepspeed_config
from redstar_geo.rl.preparation import longest_response, paths
from redstar_geo.rl.prompt import encode_prompt
from redstar_geo.rl.settings import RlRecipe
from redstar_geo.rl.trial import gold_trace
from redstar_geo.vlm.encode import SampleError


def look_into_reinforcement(recipe: RlRecipe, report: Report, rows: int = 64) -> None:
    """The first problems of every file: pictures, and gold answers that the verifier must take for right; the model.

    A program's gold is only run when the training starts.
    """
    problems: list[Problem] = []
    for path in paths(recipe):
        try:
            problems += islice(read(Problem, Path(path)), rows)
        except (OSError, ValueError, KeyError) as error:
            report.errors.append(
                f"problems={path} cannot be read as problems ({error}). Give the problems.parquet of a run of "
                "`redstar-geo data`."
            )
    broken = [f"{one.id} ({why})" for one in problems for im in one.images if (why := unreadable_image(im.data))]
    report.examples("problems have a picture that cannot be read", broken, len(problems))
    report.examples("problems have a gold answer that is not rewarded", list(_unrewarded(problems)), len(problems))
    if recipe.deepspeed is not None:
        report.trying(lambda: deepspeed_config(recipe))
    model = local_model(recipe.model, report)
    if model is None:
        return
    unseen = []
    for problem in problems if not broken else ():
        try:
            encode_prompt(problem, model.config, model.processor)
        except SampleError as error:
            unseen.append(str(error))
    report.examples("problems do not fit the model", unseen, len(problems))
    cap = report.trying(lambda: longest_response(recipe, model.processor))
    if cap is not None:
        responses = recipe.prompts * recipe.samples
        report.notes.append(f"a step: {responses} responses of at most {cap} tokens, {recipe.steps} steps")


def _unrewarded(problems: list[Problem]) -> list[str]:
    found = []
    for problem in problems:
        trace = gold_trace(problem)
        if problem.answer_kind != "tests" and trace is not None:
            verdict = grade(problem, trace)
            if verdict.status != "correct":
                found.append(f"{problem.id} ({verdict.status}: {verdict.reason})")
    return found
