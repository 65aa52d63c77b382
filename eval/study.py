"""A study: every combination of its axes through data, training and evaluation, each task once, then one table.

The verbs run as processes of their own (`python -m redstar_geo VERB RECIPE`), so a study knows them by their recipes
only, and what one leaves in memory is gone when it ends. Stopped at any moment, the same command goes on: what a task
has finished is its own affair, what the study has finished are its tasks.
"""

from __future__ import annotations

import os
import platform
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from redstar_geo.errors import Interrupted, RedStarError
from redstar_geo.progress import console
from redstar_geo.recipe import written
from redstar_geo.report.study import Drawn, Report, beside, lines, write_report
from redstar_geo.run import Counts, Run, open_run, write_json, write_text
from redstar_geo.study.cost import Forecast, forecast
from redstar_geo.study.plan import Cell, cells, distinct
from redstar_geo.study.power import fit
from redstar_geo.study.recipe import Plot, StudyRecipe
from redstar_geo.study.results import Row, comparisons, rows
from redstar_geo.study.work import State, Workshop, read_state


def predict(recipe: StudyRecipe) -> dict[str, Any]:
    """What is to be done and what it costs, without doing it: tasks, seconds, and stages of unknown cost."""
    planned = cells(recipe)
    expected = _forecast(recipe, planned)
    seconds = round(expected.seconds, 1)
    return {**vars(expected), "seconds": seconds, "cells": len(planned), "told": expected.line(recipe.processes)}


def main(recipe: StudyRecipe) -> dict[str, Any]:
    """Do what is left of the study and write `study.json`, `table.md`, plots and `report.html`.

    A cell that fails is counted, told, and tried again the next time; the others go on.

    Returns:
        What `study.json` holds.

    Raises:
        InputError: the recipe of a stage is not there, or another process is at work in the folder.
        Interrupted: stopped by Ctrl+C; the report of what there is, is written.
        RedStarError: stopped by another signal, or every cell failed; the same.
    """
    planned = cells(recipe)
    with open_run(
        recipe.run, {"study": Path(recipe.run).name}
    ) as run:  # levels may be added: tasks are known by content
        write_text(run.path("recipe.yaml"), written(recipe.model_dump()))
        console.print(f"{len(planned)} cells; {_forecast(recipe, planned).line(recipe.processes)}", soft_wrap=True)
        workshop = Workshop(_threads(recipe), lambda text: console.print(text, soft_wrap=True))
        with _stopping(workshop) as signals:
            ended = _work_through(recipe, planned, workshop)
        report = _conclude(recipe, planned, ended, run)
    if workshop.stopped.is_set():
        stopped = Interrupted if signal.SIGINT in signals else RedStarError
        raise stopped(f"Stopped; {report['counts']['out']} of {len(planned)} cells are done. The same command goes on.")
    if planned and not report["counts"]["out"]:
        raise RedStarError(
            f"Every cell failed: {next(iter(report['failures'].values()))} See {run.folder}/report.html."
        )
    return report


def _work_through(recipe: StudyRecipe, planned: Sequence[Cell], workshop: Workshop) -> dict[int, str]:
    """Place of a cell → why it failed, or "" if it is finished; cells that were not come to are not there."""
    ended: dict[int, str] = {}
    with ThreadPoolExecutor(recipe.processes) as pool:
        waiting = {pool.submit(_do, cell, workshop): place for place, cell in enumerate(planned)}
        for future in as_completed(waiting):
            place, failure = waiting[future], future.result()
            if failure is None:
                continue
            ended[place] = failure
            how = f"failed: {failure}" if failure else "done"
            left = _forecast(recipe, planned).line(recipe.processes)
            console.print(f"{planned[place].name}: {how}. {left}", markup=False, soft_wrap=True)
    return ended


def _do(cell: Cell, workshop: Workshop) -> str | None:
    """Why the cell failed, "" if it did not; None if the study was stopped before its end."""
    for task in cell.tasks.values():
        state = workshop.do(task)
        if state.failure is not None:
            return f"{task.stage}: {state.failure}"
        if not state.finished:
            return None
    return ""


def _conclude(recipe: StudyRecipe, planned: Sequence[Cell], ended: dict[int, str], run: Run) -> dict[str, Any]:
    """Write everything that follows from the finished cells."""
    finished = [cell for place, cell in enumerate(planned) if ended.get(place) == ""]
    failures = {planned[place].name: why for place, why in sorted(ended.items()) if why}
    failed = Counter(f"{why.partition(':')[0]} failed" for why in failures.values())
    counts = Counts(len(planned), len(finished), dict(failed), len(planned) - len(ended))
    table = rows(recipe, planned, finished)
    compared = comparisons(recipe, table)
    drawn = [_drawn(recipe, plotted, table) for plotted in recipe.plots]
    cost, machine = _cost(planned), _machine()
    report = {
        "study": recipe.study,
        "counts": counts.settle(),
        "rows": [row.as_dict() for row in table],
        "comparisons": compared,
        "laws": [
            {"measure": each.plot.measure, "line": line.name, **line.law.as_dict()}
            for each in drawn
            for line in each.lines
            if line.law is not None
        ],
        "failures": failures,
        "cells": [_cell(cell) for cell in planned],
        "cost": cost,
        "machine": machine,
    }
    write_json(run.path("study.json"), report)
    write_report(run.folder, Report(recipe, table, compared, drawn, counts.settle(), failures, cost, machine))
    run.finish("study", counts)
    return report


def _drawn(recipe: StudyRecipe, plotted: Plot, table: Sequence[Row]) -> Drawn:
    laws = {}
    if plotted.fit and plotted.x is not None:
        for key in dict.fromkeys(beside(row, plotted.x) for row in table):
            line = [row for row in table if beside(row, plotted.x) == key and plotted.measure in row.readings]
            laws[key] = fit({float(row.levels[plotted.x]): row.readings[plotted.measure] for row in line})
    return Drawn(plotted, lines(recipe, plotted, table, laws))


def _cell(cell: Cell) -> dict[str, Any]:
    return {"levels": dict(cell.levels), "tasks": {stage: str(task.folder) for stage, task in cell.tasks.items()}}


def _forecast(recipe: StudyRecipe, planned: Sequence[Cell]) -> Forecast:
    tasks = distinct(list(planned))
    rates = {name: stage.rate for name, stage in recipe.stages.items()}
    return forecast(tasks, {key: read_state(task) for key, task in tasks.items()}, rates)


def _cost(planned: Sequence[Cell]) -> str:
    """Seconds by stage, of the attempts that ended each task."""
    seconds: dict[str, float] = {}
    states: list[State] = []
    for task in distinct(list(planned)).values():
        state = read_state(task)
        if state.finished:
            seconds[task.stage] = seconds.get(task.stage, 0.0) + (state.seconds or 0.0)
            states.append(state)
    again = sum(state.attempts > 1 for state in states)
    by_stage = ", ".join(f"{stage} {took:,.0f}" for stage, took in seconds.items())
    return f"{len(states)} tasks, seconds by stage: {by_stage or 'none'}" + (
        f"; of the interrupted ones ({again}) only the last attempt is counted." if again else "."
    )


def _machine() -> str:
    cores, memory = len(os.sched_getaffinity(0)), psutil.virtual_memory().total / 2**30
    return f"{platform.system()} {platform.machine()}, {cores} core{'s' * (cores > 1)}, {memory:.0f} GiB"


def _threads(recipe: StudyRecipe) -> int | None:
    """Several processes at a time share the cores."""
    return max(1, len(os.sched_getaffinity(0)) // recipe.processes) if recipe.processes > 1 else None


@contextmanager
def _stopping(workshop: Workshop) -> Iterator[set[int]]:
    """SIGTERM, Ctrl+C and a closed terminal end the processes at work, and what is done is reported.

    Yields:
        The signals that came.
    """
    came: set[int] = set()

    def stop(number: int, _: object) -> None:
        came.add(number)
        workshop.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
