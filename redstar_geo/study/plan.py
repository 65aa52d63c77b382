"""A study recipe → cells and the tasks they rest on.

A task is known by its content: its verb, its recipe with all changes, and the tasks whose folders it names. Cells that
agree in these share it, and a study that grows by a level keeps what it has.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from redstar_geo import recipe as recipes
from redstar_geo.errors import InputError
from redstar_geo.study.recipe import REFERENCE, VALUE, Level, Stage, StudyRecipe

_LOGIN = re.compile(r"https?://[^/]*@")
_DIGITS = 10  # of a task's key


@dataclass(frozen=True)
class Task:
    """One run of a verb. `values` is its recipe with folders filled in, `needs` are the tasks that it reads."""

    stage: str
    key: str
    verb: str
    launch: tuple[str, ...]
    values: Mapping[str, Any]
    needs: tuple[Task, ...]
    work: float

    @property
    def folder(self) -> Path:
        return Path(self.values["run"])


@dataclass(frozen=True)
class Cell:
    """A combination of levels, and its tasks by stage, each after those that it needs."""

    levels: Mapping[str, Level]
    tasks: Mapping[str, Task]

    @property
    def name(self) -> str:
        return ", ".join(f"{axis} {level}" for axis, level in self.levels.items())


@dataclass
class _Resolver:
    """The tasks of one cell."""

    recipe: StudyRecipe
    changes: Mapping[str, list[tuple[str, Any]]]  # stage → (key.sub, value) in the order in which they hold
    bases: dict[str, dict[str, Any]]
    tasks: dict[str, Task] = field(default_factory=dict)
    under_way: list[str] = field(default_factory=list)

    def task(self, stage: str) -> Task:
        if stage in self.tasks:
            return self.tasks[stage]
        if stage in self.under_way:
            circle = " → ".join([*self.under_way, stage])
            raise InputError(f"The stages need each other in a circle: {circle}. Take one of the references out.")
        self.under_way.append(stage)
        declared = self.recipe.stages[stage]
        values = self._taken_over(self._values(stage))
        names = sorted(
            {name for text in _texts(values) for name in REFERENCE.findall(text) if name in self.recipe.stages}
        )
        needs = tuple(self.task(name) for name in names)
        key = _key(declared.verb, values, needs)
        folders = {need.stage: str(need.folder) for need in needs}
        filled = _filled(values, folders) | {"run": str(Path(self.recipe.run, stage, key))}
        self.under_way.pop()
        self.tasks[stage] = Task(stage, key, declared.verb, tuple(declared.launch), filled, needs, self._work(declared))
        return self.tasks[stage]

    def _values(self, stage: str) -> dict[str, Any]:
        """Its recipe with this cell's changes."""
        values = copy.deepcopy(self.bases[stage])
        for key, value in self.changes[stage]:
            _put(values, key, value)
        return values

    def _taken_over(self, values: Any) -> Any:
        """With `{stage.key.sub}` replaced by what that stage's recipe has there."""
        if isinstance(values, dict):
            return {key: self._taken_over(value) for key, value in values.items()}
        if isinstance(values, list):
            return [self._taken_over(value) for value in values]
        match = VALUE.fullmatch(values) if isinstance(values, str) else None
        if match is None or match[1] not in self.recipe.stages:
            return values
        return look_up(self._values(match[1]), match[2])

    def _work(self, declared: Stage) -> float:
        """The product of the keys that the time is linear in; a key that no recipe gives counts as 1."""
        factors = []
        for dotted in declared.work:
            stage, _, key = dotted.partition(".")
            value = look_up(self._values(stage), key)
            factors.append(float(value) if isinstance(value, int | float) else 1.0)
        return prod(factors)


def cells(recipe: StudyRecipe) -> list[Cell]:
    """Every combination of levels, the last axis turning fastest.

    Raises:
        InputError: a stage's recipe is not there, or stages need each other in a circle.
    """
    bases = {name: recipes.read(recipes.find(stage.recipe)) for name, stage in recipe.stages.items()}
    if any(_LOGIN.match(text) for text in _texts([bases, recipe.model_dump()])):
        raise InputError("A server's URL in this study has a login, and a study keeps its recipes: name it by key_env.")
    measured = dict.fromkeys(measure.stage for measure in recipe.measures.values())
    combined = itertools.product(*(axis.changes.items() for axis in recipe.axes.values()))
    planned = []
    for combination in combined:
        changes = {name: list(stage.changes.items()) for name, stage in recipe.stages.items()}
        for _, level_changes in combination:
            for dotted, value in level_changes.items():
                stage, _, key = dotted.partition(".")
                changes[stage].append((key, value))
        resolver = _Resolver(recipe, changes, bases)
        for stage in measured:
            resolver.task(stage)
        levels = dict(zip(recipe.axes, (level for level, _ in combination), strict=True))
        planned.append(Cell(levels, resolver.tasks))
    return planned


def distinct(planned: list[Cell]) -> dict[str, Task]:
    """Key → task, of all cells, each after those that it needs."""
    return {task.key: task for cell in planned for task in cell.tasks.values()}


def look_up(values: Any, dotted: str) -> Any:
    """The value at `key.sub`, None if there is none."""
    for key in dotted.split("."):
        if not isinstance(values, Mapping) or key not in values:
            return None
        values = values[key]
    return values


def _put(values: dict[str, Any], dotted: str, value: Any) -> None:
    """Set a key; a mapping is merged into the one that is there."""
    *above, last = dotted.split(".")
    for key in above:
        if values.get(key) is None:
            values[key] = {}
        values = values[key]
        if not isinstance(values, dict):
            raise InputError(f"{dotted}: {key!r} is {values!r}, which has no parts. Change {key} instead.")
    if isinstance(value, dict) and isinstance(values.get(last), dict):
        for key, inner in value.items():
            _put(values[last], str(key), inner)
    else:
        values[last] = copy.deepcopy(value)  # several cells are made from one recipe


def _key(verb: str, values: dict[str, Any], needs: tuple[Task, ...]) -> str:
    content = {key: value for key, value in values.items() if key != "run"}
    whole = [verb, content, {need.stage: need.key for need in needs}]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        for value in values.values():
            yield from _texts(value)
    elif isinstance(values, list):
        for value in values:
            yield from _texts(value)


def _filled(values: Any, folders: Mapping[str, str]) -> Any:
    if isinstance(values, str):
        return REFERENCE.sub(lambda match: folders.get(match[1], match[0]), values)
    if isinstance(values, dict):
        return {key: _filled(value, folders) for key, value in values.items()}
    return [_filled(value, folders) for value in values] if isinstance(values, list) else values
