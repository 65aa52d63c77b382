"""What a study recipe may say: stages with changes, axes over any of their keys, and what is read off in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from redstar_geo.recipe import Section

REFERENCE = re.compile(r"\{(\w+)\}")  # in a value: the folder of that stage in the same cell
VALUE = re.compile(r"\{(\w+)\.([\w.]+)\}")  # a whole value: what that stage's recipe has there
Level = str | int | float
Changes = Annotated[dict[str, Any], Field(default_factory=dict)]


class Stage(Section):
    """A command with its recipe; it runs only in cells whose measures rest on it, and once where cells share it.

    Attributes:
        changes: `key.sub: value` in its recipe; a mapping is merged into the one that is there, null takes it away.
            `{name}` in a text is the folder of the stage of that name, `{name.key.sub}` what its recipe has there.
        launch: what starts the processes in place of one Python, such as `[torchrun, --nproc_per_node, "8"]`.
        work: keys `stage.key.sub` whose product its time is linear in, for predicting the study's cost.
        rate: seconds for a unit of that product, for predicting it before anything has been measured.
    """

    verb: Literal["data", "train", "eval"]
    recipe: str
    changes: Changes
    launch: list[str] = Field(default_factory=list)
    work: list[str] = Field(default_factory=list)
    rate: float | None = Field(default=None, gt=0)


class Axis(Section):
    """What is varied: named `levels` with several changes each, then `values` of keys `stage.key.sub`."""

    keys: list[str] = Field(default_factory=list)
    values: list[Level] = Field(default_factory=list)
    levels: dict[Level, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_levels(self) -> Axis:
        if not (self.levels or self.values) or bool(self.keys) != bool(self.values):
            raise ValueError("give keys and values, or levels, or both")
        return self

    @property
    def changes(self) -> dict[Level, dict[str, Any]]:
        """Level → its changes by `stage.key.sub`."""
        return self.levels | {value: dict.fromkeys(self.keys, value) for value in self.values}


class Measure(Section):
    """What is read of an evaluation: a score, of one of its benchmarks where it has several, of all or by group.

    Attributes:
        score: a key of `scores.json`, such as `of_all` or `best_of.8.best_of`.
        by: one column for each family or difficulty of the problems; only for `of_all`.
        steps: whether a correct answer with a false step counts as wrong, of problems whose proofs are known.
    """

    stage: str
    benchmark: str | None = None
    score: str = "of_all"
    by: Literal["family", "difficulty"] | None = None
    steps: bool = False

    @model_validator(mode="after")
    def _grouped_by_item(self) -> Measure:
        if (self.by is not None or self.steps) and self.score != "of_all":
            raise ValueError("by and steps need score: of_all, which is known for every problem")
        return self


class Plot(Section):
    """The measure over an axis of numbers, a line for each of the other axes' levels; without `x`, one point a row.

    `fit` adds the power law: error ∝ x^-α.
    """

    measure: str
    x: str | None = None
    fit: bool = False


class StudyRecipe(Section):
    """`redstar-geo study`: the product of the axes, the last one turning fastest; every combination is a cell.

    Attributes:
        study: the question it asks.
        repeats: the axis that only repeats, such as seeds: tables average over it.
        measures: column → what it shows. facts: column → `stage.key.sub` in the run.json of that stage, averaged.
        compare: axis → pairs of its levels: second minus first, all else equal.
        processes: how many cells run at a time.
    """

    study: str
    run: str
    stages: dict[str, Stage] = Field(min_length=1)
    axes: dict[str, Axis] = Field(min_length=1)
    repeats: str | None = None
    measures: dict[str, Measure] = Field(min_length=1)
    facts: dict[str, str] = Field(default_factory=dict)
    compare: dict[str, list[list[Level]]] = Field(default_factory=dict)
    plots: list[Plot] = Field(default_factory=list)
    processes: int = Field(default=1, gt=0)

    @field_validator("stages")
    @classmethod
    def _names(cls, stages: dict[str, Stage]) -> dict[str, Stage]:
        if strange := [name for name in stages if not re.fullmatch(r"\w+", name)]:
            raise ValueError(
                f"names of stages are folders and stand in braces: letters, digits and _ only, not {strange}"
            )
        return stages

    @model_validator(mode="after")
    def _names_are_known(self) -> StudyRecipe:
        errors = [*self._unknown_stages(), *self._unknown_axes()]
        if errors:
            raise ValueError("; ".join(errors))
        return self

    def _unknown_stages(self) -> Iterator[str]:
        dotted = [(f"axes.{where}", key) for where, axis in self.axes.items() for key in _keys(axis)]
        dotted += [(f"stages.{name}.work", key) for name, stage in self.stages.items() for key in stage.work]
        dotted += [(f"facts.{name}", key) for name, key in self.facts.items()]
        for where, key in dotted:
            stage, _, rest = key.partition(".")
            if stage not in self.stages or not rest:
                yield f"{where}: {key!r} is not stage.key of the stages {', '.join(self.stages)}"
        for name, measure in self.measures.items():
            if measure.stage not in self.stages or self.stages[measure.stage].verb != "eval":
                yield f"measures.{name}: {measure.stage!r} is no stage with verb: eval"

    def _unknown_axes(self) -> Iterator[str]:
        if self.repeats is not None and self.repeats not in self.axes:
            yield f"repeats: there is no axis {self.repeats!r}"
        for name, pairs in self.compare.items():
            known = self.axes[name].changes.keys() if name in self.axes and name != self.repeats else {}
            if any(len(pair) != 2 or not set(pair) <= set(known) for pair in pairs):
                yield f"compare.{name}: give pairs of levels of an axis that does not only repeat"
        for plot in self.plots:
            if plot.measure not in self.measures:
                yield f"plots: there is no measure {plot.measure!r}"
            if plot.x is not None and not self._of_numbers(plot.x):
                yield f"plots: x: {plot.x!r} is no axis whose levels are numbers above 0"
            if plot.fit and (plot.x is None or not self._known_by_problem(plot.measure)):
                yield f"plots: fit needs x, and {plot.measure!r} to be of score of_all and without by"

    def _known_by_problem(self, name: str) -> bool:
        measure = self.measures.get(name)
        return measure is not None and measure.score == "of_all" and measure.by is None

    def _of_numbers(self, name: str) -> bool:
        levels = self.axes[name].changes if name in self.axes and name != self.repeats else {"": {}}
        return all(isinstance(level, int | float) and level >= 0 for level in levels)


def _keys(axis: Axis) -> Iterator[str]:
    for changes in axis.changes.values():
        yield from changes
