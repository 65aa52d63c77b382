"""Select: which verified traces of a problem are taught."""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.data_prep.recipe import Selection
from redstar_geo.records import Trace, Verdict
from redstar_geo.run import Counts


def choose(traces: Sequence[Trace], selection: Selection, counts: Counts) -> list[Trace]:
    """The first verified traces of one problem up to the cap; all others are counted under their reason."""
    chosen: list[Trace] = []
    for trace in traces:
        counts.in_ += 1
        if trace.verdict is None or trace.verdict.status != "correct":
            counts.reject("not verified" if trace.verdict is None else trace.verdict.status)
        elif not selection.wrong_steps and _has_false_step(trace.verdict):
            counts.reject("right answer by wrong steps")
        elif len(chosen) == selection.per_problem:
            counts.reject("over the cap per problem")
        else:
            counts.out += 1
            chosen.append(trace)
    return chosen


def _has_false_step(verdict: Verdict) -> bool:
    return any(step.status == "false" for step in verdict.steps)
