"""The data card: README.md of a run folder, in the form that the hub shows, with its counts, licences and two plots."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

import pyarrow.compute as pc

from redstar_geo.aligned import aligned
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem
from redstar_geo.report.histogram import histogram
from redstar_geo.run import Run, write_text

_EXAMPLES_OF_REASONS = "`filters.html` shows examples of each filter's rejects. "


def write_card(run: Run, recipe: DataRecipe) -> None:
    """Write README.md, `difficulty.svg` and `length.svg`; the same run gives the same bytes."""
    lengths, traces = _trained_on(run)
    problems = [problem for problem in prompts(run, images=False) if problem.id in traces]
    write_text(run.path("length.svg"), histogram(lengths, 40, "characters of a trace", "traces", "#2b6cb0"))
    levels = [problem.difficulty for problem in problems if problem.difficulty is not None]
    if levels:
        bins = [0.5 + level for level in range(11)]
        write_text(run.path("difficulty.svg"), histogram(levels, bins, "difficulty", "problems", "#b3261e"))
    write_text(run.path("README.md"), _card(run, problems, traces, lengths, bool(levels)))


def _trained_on(run: Run) -> tuple[list[int], Counter[str]]:
    """Characters of each selected trace, and how many of them each problem has."""
    lengths: list[int] = []
    traces = Counter[str]()
    selection = {run.path("selection.parquet"): ["reason"]}
    for table in aligned(run.path("traces.parquet"), selection, ["reasoning", "response"]):
        kept = table.filter(pc.is_null(table["reason"]))
        lengths += pc.add(pc.utf8_length(kept["reasoning"]), pc.utf8_length(kept["response"])).to_pylist()
        traces.update(kept["problem_id"].to_pylist())
    return lengths, traces


def _card(run: Run, problems: list[Problem], traces: Counter[str], lengths: list[int], levels: bool) -> str:
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
    lines += ["", *_sources(problems, traces), ""]
    if "filter" in counts:
        lines += [_EXAMPLES_OF_REASONS, ""]
    lines += ["![difficulty of the problems](difficulty.svg)", ""] if levels else []
    lines += ["![length of the traces](length.svg)", ""]
    recipe = json.dumps(run.manifest["recipe"], ensure_ascii=False, indent=2)
    return "\n".join([*lines, "Made by this recipe:", "", "```json", recipe, "```", ""])


def _front_matter(problems: list[Problem], pairs: bool) -> list[str]:
    """What the hub reads: languages, and which files make which configuration."""
    configs = ["sft", "pairs"] if pairs else ["sft"]
    files = [f"- config_name: {name}\n  data_files: {name}/*.parquet" for name in configs]
    languages = sorted({problem.language for problem in problems}) or ["en"]
    return ["---", f"language: [{', '.join(languages)}]", "configs:", *files, "---", ""]


def _sources(problems: list[Problem], traces: Counter[str]) -> list[str]:
    """Where the problems come from and under which licence."""
    cells: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for problem in problems:
        cell = cells[problem.domain, problem.source, problem.licence]
        cell[0] += 1
        cell[1] += traces[problem.id]
    rows = [f"| {d} | {s} | {licence} | {p} | {t} |" for (d, s, licence), (p, t) in sorted(cells.items())]
    return ["| domain | source | licence | problems | traces |", "|---|---|---|---:|---:|", *rows]
