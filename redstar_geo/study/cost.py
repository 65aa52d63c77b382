"""What a study costs, before it runs: seconds of its tasks, from those that ran already or from the recipe's rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redstar_geo.study.plan import Task
from redstar_geo.study.work import State


@dataclass(frozen=True)
class Forecast:
    """Tasks in all and still to do; `seconds` of those that can be predicted, one after the other; `unknown` others."""

    tasks: int
    to_do: int
    seconds: float
    unknown: dict[str, int]

    def line(self, processes: int) -> str:
        """For a reader."""
        text = f"{self.to_do} of {self.tasks} tasks to do"
        if not self.to_do:
            return f"{text}."
        if self.to_do > sum(self.unknown.values()):
            text += f", about {_duration(self.seconds / processes)}" + (
                f" with {processes} at a time" * (processes > 1)
            )
        if self.unknown:
            stages = ", ".join(f"{number} {stage}" for stage, number in self.unknown.items())
            text += f"; not known before the first of them ran: {stages}"
        return f"{text}."


def forecast(tasks: Mapping[str, Task], states: Mapping[str, State], rates: Mapping[str, float | None]) -> Forecast:
    """What the unfinished tasks will take.

    Args:
        tasks: by key. states: how far each is. rates: stage → seconds a unit of work, where the recipe gives them.
    """
    seconds, unknown = 0.0, dict[str, int]()
    to_do = [task for key, task in tasks.items() if not states[key].finished]
    for task in to_do:
        measured = [
            (other.work, float(states[key].seconds or 0))
            for key, other in tasks.items()
            if other.stage == task.stage and states[key].finished and states[key].attempts == 1
        ]
        rate = rates[task.stage]
        if measured:
            seconds += _predicted(measured, task.work)
        elif rate is not None:
            seconds += rate * task.work
        else:
            unknown[task.stage] = unknown.get(task.stage, 0) + 1
    return Forecast(len(tasks), len(to_do), seconds, unknown)


def _predicted(measured: Sequence[tuple[float, float]], work: float) -> float:
    """By a straight line through what was measured, no part of it falling; by proportion if there is one work only."""
    works, seconds = (np.array(column) for column in zip(*measured, strict=True))
    if len(set(works)) > 1:
        slope, start = np.polyfit(works, seconds, 1)
        if slope >= 0 and start >= 0:
            return float(start + slope * work)
    return float(seconds.sum() / works.sum() * work)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"
