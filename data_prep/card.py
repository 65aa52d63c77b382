"""The data card: README.md of a run folder, in the form that the hub shows, and the same as a page with pictures."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import islice

import pyarrow.compute as pc

from redstar_geo.aligned import aligned
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, from_table
from redstar_geo.report.data import write_report
from redstar_geo.report.histogram import histogram
from redstar_geo.run import Run, write_text

_EXAMPLES, _LOOKED_THROUGH = 6, 2_000  # problems shown, of different kinds, among the first so many
_EXAMPLES_OF_REASONS = "`filters.html` shows examples of each filter's rejects. "


def write_card(run: Run, recipe: DataRecipe) -> None:
    """Write README.md, `report.html`, `difficulty.svg` and `length.svg`; the same run gives the same bytes."""
    lengths, traces = _trained_on(run)
    problems = [problem for problem in prompts(run, images=False) if problem.id in traces]
    plots = {"length": histogram(lengths, 40, "characters of a trace", "traces", "blue")}
    levels = [problem.difficulty for problem in problems if problem.difficulty is not None]
    if levels:
        bins = [0.5 + level for level in range(11)]
        plots["difficulty"] = histogram(levels, bins, "difficulty", "problems", "red")
    for name, drawn in plots.items():
        write_text(run.path(f"{name}.svg"), drawn)
    pairs = run.manifest["counts"]["prompts"]["pairs"]
    headline = f"{len(lengths):,} verified traces of {len(problems):,} problems, {pairs:,} preference pairs."
    sources = _sources(problems, traces)
    write_text(run.path("README.md"), _card(run, headline, problems, sources, bool(levels)))
    write_report(
        run.path("report.html"),
        headline,
        _examples(run, traces),
        run.manifest["counts"],
        [[source, domain, *rest] for domain, source, *rest in sources],
        list(plots.values()),
        run.manifest["recipe"],
    )


def _examples(run: Run, traces: Counter[str]) -> list[tuple[Problem, Trace]]:
    """The first problem of each kind that is trained on, with its first trace."""
    firsts: dict[str, Problem] = {}
    for problem in islice(prompts(run), _LOOKED_THROUGH):
        if problem.id in traces:
            firsts.setdefault(str(problem.meta.get("family", problem.source)), problem)
        if len(firsts) == _EXAMPLES:
            break
    wanted = {problem.id: problem for problem in firsts.values()}
    found: dict[str, Trace] = {}
    for table in aligned(run.path("traces.parquet"), {run.path("selection.parquet"): ["reason"]}):
        for trace in from_table(Trace, table.filter(pc.is_null(table["reason"]))):
            if trace.problem_id in wanted:
                found.setdefault(trace.problem_id, trace)
        if len(found) == len(wanted):
            break
    return [(wanted[name], trace) for name, trace in found.items()]


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


def _card(run: Run, headline: str, problems: list[Problem], sources: list[list[str]], levels: bool) -> str:
    counts = run.manifest["counts"]
    lines = [
        *_front_matter(problems, bool(counts["prompts"]["pairs"])),
        f"# {run.folder.name}",
        "",
        f"{headline} Every trace carries a verdict; nothing is dropped without a reason. "
        "`report.html` shows problems with their pictures and traces.",
        "",
        "| stage | in | out | rejected by reason | pending |",
        "|---|---:|---:|---|---:|",
    ]
    for stage, count in counts.items():
        reasons = ", ".join(f"{reason} {number}" for reason, number in count["rejected"].items()) or "–"
        lines.append(f"| {stage} | {count['in']} | {count['out']} | {reasons} | {count['pending']} |")
    lines += ["", "| domain | source | licence | problems | traces |", "|---|---|---|---:|---:|"]
    lines += [*(f"| {' | '.join(row)} |" for row in sources), ""]
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


def _sources(problems: list[Problem], traces: Counter[str]) -> list[list[str]]:
    """Where the problems come from and under which licence: domain, source, licence, problems, traces."""
    cells: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for problem in problems:
        cell = cells[problem.domain, problem.source, problem.licence]
        cell[0] += 1
        cell[1] += traces[problem.id]
    return [[*names, str(asked), str(told)] for names, (asked, told) in sorted(cells.items())]
