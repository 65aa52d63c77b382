"""What can be known of a training by reinforcement before it starts: its problems, their rewards, its model."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedConfig

from redstar_geo.generation.encoded import Prompt, encode_prompt
from redstar_geo.grading import grade
from redstar_geo.models.encode import SampleError
from redstar_geo.models.families import family_of, vision_patches
from redstar_geo.preflight.report import Report, first_problems, local_model, machine, unreadable_image
from redstar_geo.records import Problem
from redstar_geo.rl.memory import Prompts, plan_reinforcement
from redstar_geo.rl.models import check_teacher
from redstar_geo.rl.optimise import deepspeed_config
from redstar_geo.rl.recipe import RlRecipe
from redstar_geo.rl.reward_check import gold_trace
from redstar_geo.rl.setup import longest_response, paths
from redstar_geo.trainer.evaluation import held_out
from redstar_geo.trainer.zero import zero_optimization


def look_into_reinforcement(recipe: RlRecipe, report: Report, rows: int = 64) -> None:
    """The first problems of every file: pictures, and gold answers that the verifier must take for right; the model.

    A program's gold is only run when the training starts.
    """
    problems: list[Problem] = []
    for path in paths(recipe):
        problems += first_problems(path, report, rows) or ()
    broken = [f"{one.id} ({why})" for one in problems for im in one.images if (why := unreadable_image(im.data))]
    report.examples("problems have a picture that cannot be read", broken, len(problems))
    if recipe.reward.outcome == "gold":
        report.examples("problems have a gold answer that is not rewarded", list(_unrewarded(problems)), len(problems))
    if recipe.deepspeed is not None:
        report.trying(lambda: deepspeed_config(recipe))
    model = local_model(recipe.model, report)
    evaluated, sees = recipe.evaluate, model is None or family_of(model.config).sees
    if evaluated is not None:
        report.trying(lambda: held_out(evaluated, recipe.seed, sees))
    if model is None:
        report.unchecked.append("memory: it follows from the model's sizes and from the length of the prompts")
        return
    unseen, prompts = [], []
    for problem in problems if not broken else ():
        try:
            prompts.append(encode_prompt(problem, model.config, model.processor))
        except SampleError as error:
            unseen.append(str(error))
    report.examples("problems do not fit the model", unseen, len(problems))
    cap = report.trying(lambda: longest_response(recipe, model.processor))
    if cap is not None:
        responses = recipe.prompts * recipe.samples
        report.notes.append(f"a step: {responses} responses of at most {cap} tokens, {recipe.steps} steps")
    if cap is not None and prompts:
        _plan_memory(recipe, model.config, prompts, cap, report)


def _plan_memory(
    recipe: RlRecipe, config: PreTrainedConfig, prompts: Sequence[Prompt], cap: int, report: Report
) -> None:
    """The memory of a step; what does not fit is an error."""
    zero = report.trying(lambda: zero_optimization(recipe.deepspeed))
    if zero is None:
        return
    patches = max(vision_patches(family_of(config), config, one.images) for one in prompts)
    longest = Prompts(max(len(one.input_ids) for one in prompts), patches)
    ranks, device, planned_for = machine(report)
    teacher = None
    if recipe.teacher_model is not None:
        loaded = local_model(recipe.teacher_model, report)
        if loaded is None:
            return
        teacher = loaded.config
        report.trying(lambda: check_teacher(recipe.model, str(recipe.teacher_model)))
    stage = zero.get("stage", 0)
    report.plan = plan_reinforcement(config, recipe, longest, cap, stage, ranks, device, report.gpu_gib, teacher)
    report.notes.append(planned_for)
    if not report.plan.fits:
        report.errors.append(
            "The training does not fit the device's memory. Lower row_tokens or sampled_together, raise loss_chunks, "
            "give lora (and critic_lora), or take more GPUs with deepspeed=zero2."
        )


def _unrewarded(problems: list[Problem]) -> list[str]:
    unrewarded = []
    for problem in problems:
        trace = gold_trace(problem)
        if problem.answer_kind != "tests" and trace is not None:
            verdict = grade(problem, trace)
            if verdict.status != "correct":
                unrewarded.append(f"{problem.id} ({verdict.status}: {verdict.reason})")
    return unrewarded
