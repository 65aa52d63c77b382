"""What can be known to be wrong before anything is loaded: the recipe, its data, its model, the memory it needs.

Here stands which recipes every command takes, and what looks into each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redstar_geo import recipe as recipes
from redstar_geo.base.recipe import BaseRecipe
from redstar_geo.difficulty.recipe import DifficultyRecipe
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.errors import InputError
from redstar_geo.preflight.data import look_into_sources
from redstar_geo.preflight.evaluation import look_into_evaluation
from redstar_geo.preflight.reinforcement import look_into_reinforcement
from redstar_geo.preflight.report import Report
from redstar_geo.preflight.training import look_into_merge, look_into_preferences, look_into_training
from redstar_geo.recipe import Section
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.rl.recipe import DaggerRecipe, DistillRecipe, PpoRecipe, ReinforceRecipe
from redstar_geo.study.plan import Task, cells, distinct
from redstar_geo.study.recipe import StudyRecipe
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe


@dataclass(frozen=True)
class Kind:
    """A kind of recipe; `look` adds to the report what can be known of its data and model."""

    model: type[Section]
    look: Callable[[Any, Report], None] | None = None


@dataclass(frozen=True)
class Verb:
    """The recipes of a command.

    Attributes:
        key: whose value names the kind; empty where there is only one.
        usual: the kind of a recipe without that key.
        marks: keys by which a recipe without `key` is recognised as this verb's.
    """

    key: str
    usual: str
    kinds: Mapping[str, Kind]
    marks: frozenset[str]

    def load(self, values: Mapping[str, Any], where: str) -> tuple[str, Section]:
        """The recipe's kind, and its model.

        Raises:
            InputError: no such kind, or all that is wrong with the recipe.
        """
        models = {name: kind.model for name, kind in self.kinds.items()}
        return recipes.check_kind(models, self.key, self.usual, values, where)


def check(name: str, overrides: Sequence[str], gpus: int | None = None, gpu_gib: float | None = None) -> Report:
    """Look into a recipe of any verb: all of its own errors at once, then, if there are none, its data and model.

    Args:
        gpus, gpu_gib: for which a training's memory is planned; this machine's if not given.

    Raises:
        InputError: there is no such recipe, or it is no YAML mapping.
    """
    path = recipes.find(name)
    values = recipes.read(path, overrides)
    report = Report(str(path), gpus, gpu_gib)
    verb = _verb(values)
    loaded = report.trying(lambda: verb.load(values, str(path)))
    if loaded is not None:
        _look(verb, *loaded, report)
    return report


def check_cells(recipe: StudyRecipe) -> None:
    """Every recipe of every cell of a study.

    Raises:
        InputError: what is wrong with them, all at once.
    """
    report = Report(recipe.study)
    for task in distinct(cells(recipe)).values():
        _loaded(task, report)
    if report.errors:
        raise InputError("\n".join(report.errors))


def look_into_study(recipe: StudyRecipe, report: Report) -> None:
    """Every recipe of every cell; of those that read no other stage also what they read."""
    planned = report.trying(lambda: cells(recipe))
    if planned is None:
        return
    tasks = distinct(planned)
    for task in tasks.values():
        loaded = _loaded(task, report)
        if loaded is not None and not task.needs:
            _look(VERBS[task.verb], *loaded, report)
    report.errors, report.unchecked = list(dict.fromkeys(report.errors)), list(dict.fromkeys(report.unchecked))
    report.notes.append(f"{len(planned)} cells, {len(tasks)} different tasks")


VERBS = {
    "train": Verb(
        "method",
        "sft",
        {
            "sft": Kind(SftRecipe, look_into_training),
            "dpo": Kind(DpoRecipe, look_into_preferences),
            "ppo": Kind(PpoRecipe, look_into_reinforcement),
            "reinforce_pp": Kind(ReinforceRecipe, look_into_reinforcement),
            "dagger": Kind(DaggerRecipe, look_into_reinforcement),
            "distill": Kind(DistillRecipe, look_into_reinforcement),
            "merge": Kind(MergeRecipe, look_into_merge),
            "base": Kind(BaseRecipe),
        },
        frozenset({"pack", "data"}),
    ),
    "data": Verb(
        "makes",
        "traces",
        {"traces": Kind(DataRecipe, look_into_sources), "difficulty": Kind(DifficultyRecipe)},
        frozenset({"source", "sources"}),
    ),
    "eval": Verb("", "eval", {"eval": Kind(EvalRecipe, look_into_evaluation)}, frozenset({"model", "problems"})),
    "study": Verb("", "study", {"study": Kind(StudyRecipe, look_into_study)}, frozenset({"stages", "axes"})),
}


def _loaded(task: Task, report: Report) -> tuple[str, Section] | None:
    """The task's recipe; what is wrong with it is said once for all cells, with the stage that its keys are of."""
    try:
        return VERBS[task.verb].load(task.values, f"stage {task.stage}")
    except InputError as error:
        if str(error) not in report.errors:
            report.errors.append(str(error))
    return None


def _look(verb: Verb, kind: str, recipe: Section, report: Report) -> None:
    look = verb.kinds[kind].look
    if look is not None:
        look(recipe, report)


def _verb(values: Mapping[str, Any]) -> Verb:
    """The verb whose key the recipe has, else the one with most of whose marks it has."""
    keyed = [verb for verb in VERBS.values() if verb.key in values]
    return keyed[0] if keyed else max(VERBS.values(), key=lambda verb: len(verb.marks & set(values)))
