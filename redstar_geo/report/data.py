"""The page of a data run: what came out, problems with their pictures and traces, and what became of everything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from redstar_geo.records import Problem, Trace
from redstar_geo.report.page import write_page
from redstar_geo.report.shown import problem_card, reason


def write_report(
    path: Path,
    headline: str,
    examples: Sequence[tuple[Problem, Trace]],
    counts: Mapping[str, Any],
    sources: Sequence[Sequence[str]],
    plots: Sequence[str],
    recipe: Mapping[str, Any],
) -> None:
    """Write the page as one self-contained HTML file; the same run gives the same bytes.

    Args:
        path: the file to write.
        headline: what came out, in a sentence.
        examples: problems, each with a trace of it that is trained on.
        counts: of every stage, as the manifest has them.
        sources: rows of source, domain, licence, problems and traces.
        plots: histograms as SVG.
        recipe: as run.
    """
    write_page(
        path,
        "data.html",
        name=path.parent.name,
        headline=headline,
        about=["Every trace carries a verdict; nothing is dropped without a reason."],
        cards=[problem_card(problem) | {"told": trace.text} for problem, trace in examples],
        stages=[_stage(name, count) for name, count in counts.items()],
        sources=sources,
        plots=list(map(Markup, plots)),
        recipe=json.dumps(recipe, ensure_ascii=False, indent=2),
    )


def _stage(name: str, count: Mapping[str, Any]) -> list[str]:
    left_out = ", ".join(f"{reason(why)} {number:,}" for why, number in count["rejected"].items())
    return [name, *(f"{count[key]:,}" for key in ("in", "out", "pending")), left_out or "–"]
