"""Each method of reinforcement against its supervised start: the table and the curves of docs/rl.md.

    python -m tests.bench.rl FOLDER [METHOD …]

A folder holds everything: problems, starts, an evaluation a cell. What is there is not done again, so that the table
grows cell by cell and survives a kill. The start is a small model from scratch after long chains of six families;
practice and exam are of three others, which it was never shown a solution of.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from redstar_geo.records import Problem, read, to_table
from redstar_geo.trainer.log import read_log

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (1, 2, 3)
HELD_OUT = 500


@dataclass(frozen=True)
class Method:
    """A row of the table: a recipe with its overrides, from the start of a modality (`vlm` or `text`)."""

    name: str
    recipe: str
    start: str = "vlm"
    overrides: tuple[str, ...] = ()
    seeds: tuple[int, ...] = SEEDS

    @property
    def slug(self) -> str:
        """Its name in a path."""
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")


REINFORCE, PPO = "train/reinforce_pp_tiny_cpu.yaml", "train/ppo_tiny_cpu.yaml"
DPO, DAGGER = "train/dpo_tiny_cpu.yaml", "train/dagger_tiny_cpu.yaml"
GROUPED = "advantage=reinforce_pp_baseline"
GATED_STEPS = "reward={truncated: wrong, gate: true, process_credit: step}"
BY_STEPS = "reward={{truncated: wrong, process_weight: {weight}, process_credit: step}}"
METHODS = (
    Method("REINFORCE++", REINFORCE),
    Method("REINFORCE++ with baseline", REINFORCE, overrides=("advantage=reinforce_pp_baseline",)),
    Method("PPO", PPO),
    Method("DPO", DPO),
    Method("REINFORCE++, by steps, weight 1", REINFORCE, overrides=(BY_STEPS.format(weight=1.0),), seeds=(1,)),
    Method("REINFORCE++, by steps, weight 5", REINFORCE, overrides=(BY_STEPS.format(weight=5.0),)),
    Method("REINFORCE++, clip higher, mixed groups", REINFORCE, overrides=("clip_high=0.28", "dynamic_sampling=3")),
    Method("GSPO", REINFORCE, overrides=("surrogate=gspo", "clip=0.01", "clip_high=0.02", GROUPED)),
    Method("CISPO", REINFORCE, overrides=("surrogate=cispo", "clip_high=1.0", GROUPED)),
    Method("SAPO", REINFORCE, overrides=("surrogate=sapo", GROUPED)),
    Method("REINFORCE++, gate", REINFORCE, overrides=("reward={truncated: wrong, gate: true}",)),
    Method("REINFORCE++, gate, by steps", REINFORCE, overrides=(GATED_STEPS,)),
    Method("Solver as teacher", DAGGER),
    Method("Solver as teacher, pairs", DAGGER, overrides=("learn=pair",)),
    Method("REINFORCE++, text", REINFORCE, "text"),
    Method("PPO, text", PPO, "text"),
)


@dataclass(frozen=True)
class Bench:
    """The folder of all runs."""

    folder: Path

    def at(self, *parts: str) -> str:
        return str(self.folder.joinpath(*parts))

    def prepare(self, start: str) -> None:
        """Problems to train on, for RL, and held out, and a start: `vlm` or `text`."""
        practice = "data_prep/practice_tiny.yaml"
        self._run("long", "prompts", "data", "data_prep/angles.yaml")
        self._run("practice", "collect", "data", practice)
        self._run("exam", "collect", "data", practice, "seed=2", "source.split=test", f"source.count={HELD_OUT}")
        for name in ("long", "practice", "exam") if start == "text" else ():
            without_pictures(self.folder / name, self.folder / "text" / name)
        under, tiny = ("text/", ("tiny.family=qwen3",)) if start == "text" else ("", ())
        once = ("epochs=1", f"data={self.at(f'{under}long/sft/train.parquet')}")
        self._run(f"{start}/start", "train", "train", "train/sft_tiny_cpu.yaml", *once, *tiny)
        self._evaluate(start, f"{start}/start/model", f"{start}/before")

    def cell(self, method: Method, seed: int) -> dict[str, Any]:
        """One training, its evaluation, and the comparison with the start's."""
        name = f"{method.start}/{method.slug}-{seed}"
        under = "text/" if method.start == "text" else ""
        given = (f"model={self.at(method.start, 'start/model')}", f"seed={seed}", *method.overrides)
        practice = f"problems={self.at(under, 'practice/problems.parquet')}"
        if method.recipe == DPO:
            practice = self._pairs(method.start)
        self._run(name, "train", "train", method.recipe, practice, *given)
        self._evaluate(method.start, f"{name}/model", f"{name}-after")
        compared = self.folder / f"{name}-compared"
        if not (compared / "compare.json").is_file():
            self._command("compare", self.at(method.start, "before"), self.at(f"{name}-after"), "--run", str(compared))
        return json.loads((compared / "compare.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    def _pairs(self, start: str) -> str:
        """The start's own answers to new problems, right against wrong: once for all seeds."""
        teacher = f"teacher.model={self.at(start, 'start/model')}"
        self._run(f"{start}/pairs", "prompts", "data", "data_prep/pairs_tiny.yaml", teacher)
        return f"data={self.at(start, 'pairs/pairs/train.parquet')}"

    def log(self, method: Method, seed: int) -> list[dict[str, Any]]:
        return read_log(self.folder / method.start / f"{method.slug}-{seed}" / "log.jsonl")

    def false_steps(self, evaluation: str) -> float | None:
        """The share of right answers with a false step, by the step judge."""
        scores = json.loads((self.folder / evaluation / "scores.json").read_text(encoding="utf-8"))
        return scores["reasoning"]["right_by_wrong_steps"]  # type: ignore[no-any-return]

    def _evaluate(self, start: str, model: str, name: str) -> None:
        problems = self.at("text" if start == "text" else "", "exam/problems.parquet")
        self._run(name, "evaluate", "eval", "eval/quickstart.yaml", f"model={self.at(model)}", f"problems={problems}")

    def _run(self, name: str, stage: str, *arguments: str) -> None:
        manifest = self.folder / name / "run.json"
        if manifest.is_file() and stage in json.loads(manifest.read_text(encoding="utf-8"))["counts"]:
            return
        self._command(*arguments, f"run={self.at(name)}", "-q")

    def _command(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "redstar_geo", *arguments], cwd=ROOT, check=True)


def without_pictures(run: Path, target: Path) -> None:
    """The problems and exports of a run for models that see nothing: every given stands in the text."""
    (target / "sft").mkdir(parents=True, exist_ok=True)
    problems = [replace(problem, images=()) for problem in read(Problem, run / "problems.parquet")]
    pq.write_table(to_table(Problem, problems), target / "problems.parquet")
    for file in (run / "sft").glob("*.parquet"):
        rows = pq.read_table(file)
        place, kind = rows.schema.get_field_index("images"), rows.schema.field("images").type
        seeing_nothing = rows.set_column(place, rows.schema.field("images"), pa.array([[]] * len(rows), kind))
        pq.write_table(seeing_nothing, target / "sft" / file.name)


def table(bench: Bench, methods: Sequence[Method]) -> Iterator[str]:
    """Lines of Markdown: a row a method, of its median seed."""
    heads = ("method", "seeds", "before", "after: median (all)", "difference (95 %)", "p", "tokens")
    yield f"| {' | '.join((*heads, 'right by a false step', 'minutes'))} |"
    yield "|---" + "|---:" * (len(heads) + 1) + "|"
    for method in methods:
        cells = [(seed, bench.cell(method, seed)) for seed in method.seeds]
        yield method_row(bench, method, cells)


def method_row(bench: Bench, method: Method, cells: list[tuple[int, dict[str, Any]]]) -> str:
    """The seed with the median accuracy stands for the method; all accuracies are given."""
    after = sorted(cells, key=lambda cell: cell[1]["second"]["of_all"]["accuracy"])
    seed, found = after[(len(after) - 1) // 2]
    accuracies = ", ".join(f"{100 * one['second']['of_all']['accuracy']:.1f}" for _, one in cells)
    difference, log = found["difference"], bench.log(method, seed)
    evaluations = (f"{method.start}/before", f"{method.start}/{method.slug}-{seed}-after")
    false = [bench.false_steps(evaluation) for evaluation in evaluations]
    minutes = (log[-1]["seconds"] if method.recipe == DPO else sum(entry["seconds"] for entry in log)) / 60
    columns = (
        method.name,
        str(len(cells)),
        percent(found["first"]["of_all"]["accuracy"]),
        f"**{percent(found['second']['of_all']['accuracy'])}** ({accuracies})",
        f"{100 * difference['value']:+.1f} ({100 * difference['low']:+.1f} … {100 * difference['high']:+.1f})",
        f"{found['mcnemar']['p_value']:.2g}",
        f"{found['first']['mean_tokens']:.0f} → {found['second']['mean_tokens']:.0f}",
        " → ".join("–" if share is None else percent(share) for share in false),
        f"{minutes:.1f}",
    )
    return f"| {' | '.join(columns)} |"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def curves(bench: Bench, methods: Sequence[Method]) -> Figure:
    """Right samples, tokens and KL by step, a row a start: the seeds' median as a line, their range as a band."""
    sampling = [method for method in methods if method.recipe != DPO]
    starts = list(dict.fromkeys(method.start for method in sampling))
    keys = {"accuracy": "right samples, share", "mean_tokens": "tokens a response", "kl": "KL a token"}
    figure = Figure(figsize=(11, 0.4 + 2.8 * len(starts)), layout="tight")
    for start, row in zip(starts, figure.subplots(len(starts), len(keys), squeeze=False), strict=True):
        for axes, (key, words) in zip(row, keys.items(), strict=True):
            for method in (each for each in sampling if each.start == start):
                logs = [[entry[key] for entry in bench.log(method, seed)] for seed in method.seeds]
                steps, colour = range(1, len(logs[0]) + 1), f"C{sampling.index(method)}"
                axes.plot(steps, np.median(logs, axis=0), color=colour, linewidth=1.4, label=method.name)
                axes.fill_between(steps, np.min(logs, axis=0), np.max(logs, axis=0), color=colour, alpha=0.15, lw=0)
            axes.set(xlabel="step", ylabel=words)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.spines[["top", "right"]].set_visible(False)
        row[0].legend(fontsize=7, frameon=False)
    return figure


def main(folder: str, *names: str) -> None:
    bench = Bench(Path(folder).resolve())
    methods = [method for method in METHODS if not names or method.slug in names]
    for start in dict.fromkeys(method.start for method in methods):
        bench.prepare(start)
        for seed in SEEDS:  # all methods of one seed first: a table that is cut short has each of them
            for method in methods:
                if method.start == start and seed in method.seeds:
                    bench.cell(method, seed)
    lines = list(table(bench, methods))
    (bench.folder / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    curves(bench, methods).savefig(bench.folder / "curves.png", dpi=110)
    print("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
