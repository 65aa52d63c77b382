"""What can be known of a training by reinforcement before it starts: its problems, their rewards, its model."""

from __future__ import annotations

from redstar_geo.generation.encoded import encode_prompt
from redstar_geo.grading import grade
from redstar_geo.models.encode import SampleError
from redstar_geo.models.families import family_of
from redstar_geo.preflight.report import Report, first_problems, local_model, unreadable_image
from redstar_geo.records import Problem
from redstar_geo.rl.optimise import deepspeed_config
from redstar_geo.rl.recipe import PpoRecipe, RlRecipe
from redstar_geo.rl.reward_check import gold_trace
from redstar_geo.rl.setup import longest_response, paths
from redstar_geo.trainer.evaluation import held_out


def look_into_reinforcement(recipe: RlRecipe, report: Report, rows: int = 64) -> None:
    """The first problems of every file: pictures, and gold answers that the verifier must take for right; the model.

    A program's gold is only run when the training starts.
    """
    problems: list[Problem] = []
    for path in paths(recipe):
        problems += first_problems(path, report, rows) or ()
    broken = [f"{one.id} ({why})" for one in problems for im in one.images if (why := unreadable_image(im.data))]
    report.examples("problems have a picture that cannot be read", broken, len(problems))
    report.examples("problems have a gold answer that is not rewarded", list(_unrewarded(problems)), len(problems))
    if recipe.deepspeed is not None:
        report.trying(lambda: deepspeed_config(recipe))
    critic = ", of learning and of the critic" if isinstance(recipe, PpoRecipe) else " and of learning"
    report.notes.append(f"memory of sampling{critic}: not planned")
    model = local_model(recipe.model, report)
    evaluated, sees = recipe.evaluate, model is None or family_of(model.config).sees
    if evaluated is not None:
        report.trying(lambda: held_out(evaluated, recipe.seed, sees))
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
    unrewarded = []
    for problem in problems:
        trace = gold_trace(problem)
        if problem.answer_kind != "tests" and trace is not None:
            verdict = grade(problem, trace)
            if verdict.status != "correct":
                unrewarded.append(f"{problem.id} ({verdict.status}: {verdict.reason})")
    return unrewarded
