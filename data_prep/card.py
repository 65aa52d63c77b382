"""The data card: README.md of a run folder, in the form that the hub shows, with its counts, licences and two plots."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from typing import Any

import matplotlib
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from redstar_geo.data_prep.prompts import asked
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem
from redstar_geo.run import Run, write_text

_ROWS_AT_ONCE = 4096
_EXAMPLES_OF_REASONS = "`filters.html` shows examples of each filter's rejects. "


def write_card(run: Run, recipe: DataRecipe) -> None:
    """Write README.md, `difficulty.svg` and `length.svg`; the same run gives the same bytes."""
    lengths, taught = _taught(run)
    problems = [problem for problem in asked(run, images=False) if problem.id in taught]
    write_text(run.path("length.svg"), _length_plot(lengths))
    levels = [problem.difficulty for problem in problems if problem.difficulty is not None]
    if levels:
        write_text(run.path("difficulty.svg"), _difficulty_plot(levels))
    write_text(run.path("README.md"), _card(run, problems, taught, lengths, bool(levels)))


def _taught(run: Run) -> tuple[list[int], Counter[str]]:
    """Characters of each taught trace, and how many traces each problem teaches."""
    chosen = pc.is_null(pq.read_table(run.path("selection.parquet"), columns=["reason"]).column(0))
    lengths: list[int] = []
    taught = Counter[str]()
    row = 0
    with pq.ParquetFile(run.path("traces.parquet")) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=["problem_id", "reasoning", "response"]):
            kept = pa.Table.from_batches([batch]).filter(chosen.slice(row, batch.num_rows))
            row += batch.num_rows
            characters = pc.add(pc.utf8_length(kept.column("reasoning")), pc.utf8_length(kept.column("response")))
            lengths += characters.to_pylist()
            taught.update(kept.column("problem_id").to_pylist())
    return lengths, taught


def _card(run: Run, problems: list[Problem], taught: Counter[str], lengths: list[int], levels: bool) -> str:
    counts = run.manifest["counts"]
    pairs = counts["prompts"]["pairs"]
    lines = [
        *_front_matter(problems, bool(pairs)),
        f"# {run.folder.name}",
        "",
        f"{len(lengths)} verified traces of {len(problems)} problems, {pairs} preference pairs. "
        "Every trace carries a verdict; nothing is dropped without a reason.",
        "",
        "| stage | in | out | rejected by reason | pending |",
        "|---|---:|---:|---|---:|",
    ]
    for stage, count in counts.items():
        reasons = ", ".join(f"{reason} {number}" for reason, number in count["rejected"].items()) or "–"
        lines.append(f"| {stage} | {count['in']} | {count['out']} | {reasons} | {count['pending']} |")
    lines += ["", *_sources(problems, taught), ""]
    if "filter" in counts:
        lines += [_EXAMPLES_OF_REASONS, ""]
    lines += ["![difficulty of the taught problems](difficulty.svg)", ""] if levels else []
    lines += ["![length of the taught traces](length.svg)", ""]
    recipe = json.dumps(run.manifest["recipe"], ensure_ascii=False, indent=2)
    return "\n".join([*lines, "Made by this recipe:", "", "```json", recipe, "```", ""])


def _front_matter(problems: list[Problem], pairs: bool) -> list[str]:
    """What the hub reads: languages, and which files make which configuration."""
    configs = ["sft", "pairs"] if pairs else ["sft"]
    files = [f"- config_name: {name}\n  data_files: {name}/*.parquet" for name in configs]
    languages = sorted({problem.language for problem in problems}) or ["en"]
    return ["---", f"language: [{', '.join(languages)}]", "configs:", *files, "---", ""]


def _sources(problems: list[Problem], taught: Counter[str]) -> list[str]:
    """Where the problems come from and under which licence."""
    cells: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for problem in problems:
        cell = cells[problem.domain, problem.source, problem.licence]
        cell[0] += 1
        cell[1] += taught[problem.id]
    rows = [f"| {d} | {s} | {licence} | {p} | {t} |" for (d, s, licence), (p, t) in sorted(cells.items())]
    return ["| domain | source | licence | problems | traces |", "|---|---|---|---:|---:|", *rows]


def _length_plot(lengths: list[int]) -> str:
    figure, axis = _axes()
    if lengths:
        axis.hist(lengths, bins=40, color="#2b6cb0")
    axis.set(xlabel="characters of a trace", ylabel="traces")
    return _svg(figure)


def _difficulty_plot(levels: list[float]) -> str:
    figure, axis = _axes()
    axis.hist(levels, bins=[0.5 + level for level in range(11)], color="#b3261e", rwidth=0.9)
    axis.set(xlabel="difficulty", ylabel="problems", xticks=range(1, 11))
    return _svg(figure)


def _axes() -> tuple[Figure, Any]:
    figure = Figure(figsize=(6, 2.6), layout="constrained")
    axis = figure.subplots()
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "redstar-geo"}):  # no random identifiers
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
