"""The command line: one thin Typer app. The only place that knows the verbs."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from redstar_geo import recipe as recipes
from redstar_geo.errors import InputError, Interrupted, RedStarError
from redstar_geo.progress import console

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Verified long chains of thought for multimodal geometry: from problems to a measured model.",
)
Recipe = Annotated[str, typer.Argument(help="Recipe file, or the name of a shipped one.", show_default=False)]
Overrides = Annotated[list[str] | None, typer.Argument(help="Overrides, key.sub=value.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")]
_CTRL_C = 130  # the exit code of what a signal 2 ended, as shells give it


def main() -> None:
    """Run the app; a user's mistake is one paragraph and exit code 2, failed work exit code 1, Ctrl-C 130."""
    logging.getLogger("DeepSpeed").addFilter(_aside)
    try:
        app()
    except InputError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Error:[/] {_escaped(error)}")
        sys.exit(2)
    except Interrupted as error:
        Console(stderr=True, soft_wrap=True).print(_escaped(error))
        sys.exit(_CTRL_C)
    except RedStarError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Failed:[/] {_escaped(error)}")
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == _CTRL_C:
            Console(stderr=True).print("Stopped by Ctrl-C. The same command goes on.")
        raise


@app.command()
def data(
    recipe: Recipe,
    overrides: Overrides = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only forecast requests, tokens and hours.")] = False,
    quiet: Quiet = False,
) -> None:
    """Collect problems, ask the teacher, verify, filter, select, export. Resumes; a finished run is a no-op.

    Example: redstar-geo data data_prep/geoqa_formal.yaml source.path=formalgeo7k_v1
    """
    from redstar_geo.data_prep.difficulty import main as make_scorer
    from redstar_geo.data_prep.pipeline import main as run_data
    from redstar_geo.difficulty.recipe import DifficultyRecipe
    from redstar_geo.recipes.data import DataRecipe

    console.quiet = quiet
    kinds: dict[str, type[recipes.Section]] = {"traces": DataRecipe, "difficulty": DifficultyRecipe}
    loaded = recipes.load_kind(kinds, "makes", "traces", recipe, overrides or [])
    if isinstance(loaded, DifficultyRecipe):
        _print_counts(loaded.run, make_scorer(loaded))
        return
    assert isinstance(loaded, DataRecipe)
    if plan:
        from redstar_geo.data_prep.plan import plan as forecast

        Console().print_json(data=forecast(loaded))
        return
    _print_counts(loaded.run, run_data(loaded))


@app.command()
def check(
    recipe: Recipe,
    overrides: Overrides = None,
    gpus: Annotated[int | None, typer.Option(help="Plan for so many GPUs, not this machine's.", min=1)] = None,
    gpu_gib: Annotated[float | None, typer.Option(help="Memory of each of them.")] = None,
) -> None:
    """Everything that can be known to be wrong with a recipe before it runs, and the memory that a training needs.

    Example: redstar-geo check train/sft_geo_8b.yaml data='runs/geoqa/sft/*.parquet' --gpus 8 --gpu-gib 80
    """
    from redstar_geo.preflight.check import check as run_check

    report = run_check(recipe, overrides or [], gpus, gpu_gib)
    for line in report.lines():
        Console().print(line, markup=False, soft_wrap=True)
    raise typer.Exit(report.exit_code)


@app.command()
def train(recipe: Recipe, overrides: Overrides = None, quiet: Quiet = False) -> None:
    """Fine-tune a model on traces, on pairs or by reinforcement, or merge a LoRA adapter into its base. Resumes.

    Example: redstar-geo train train/sft_tiny_cpu.yaml data=runs/geoqa_formal/sft/train.parquet
    """
    from redstar_geo.preflight.check import VERBS
    from redstar_geo.train import dpo, merge, ppo, reinforce_pp, sft

    console.quiet = quiet
    mains: dict[str, Callable[[Any], object]] = {
        "sft": sft.main,
        "dpo": dpo.main,
        "ppo": ppo.main,
        "reinforce_pp": reinforce_pp.main,
        "merge": merge.main,
    }
    path = recipes.find(recipe)
    method, loaded = VERBS["train"].load(recipes.read(path, overrides or []), str(path))
    mains[method](loaded)


@app.command("eval")
def evaluate(recipe: Recipe, overrides: Overrides = None, quiet: Quiet = False) -> None:
    """Score a model on problems, with intervals, truncated and no-answer shares. Resumes item by item.

    Example: redstar-geo eval eval/tiny_cpu.yaml model=runs/sft_tiny_cpu/model problems=runs/exam/problems.parquet
    """
    from redstar_geo.eval.run import main as run_eval
    from redstar_geo.recipes.evaluation import EvalRecipe

    console.quiet = quiet
    run_eval(recipes.load(EvalRecipe, recipe, overrides or []))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="Folder of an evaluation.")],
    second: Annotated[str, typer.Argument(help="Folder of another one, on the same problems.")],
    run: Annotated[str | None, typer.Option(help="Where the comparison goes.", show_default=False)] = None,
    quiet: Quiet = False,
) -> None:
    """Two evaluations item by item: McNemar's test, the difference with its interval, and what flipped.

    Example: redstar-geo compare runs/eval_before runs/eval_after
    """
    from redstar_geo.eval.compare import main as run_compare
    from redstar_geo.recipes.evaluation import CompareRecipe

    console.quiet = quiet
    folder = run or f"runs/{Path(first).name}_against_{Path(second).name}"
    Console().print_json(data=run_compare(CompareRecipe(first=first, second=second, run=folder)))


@app.command()
def study(
    recipe: Recipe,
    overrides: Overrides = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only forecast tasks and hours.")] = False,
    quiet: Quiet = False,
) -> None:
    """Every combination of a study's axes through data, training and evaluation: table, plots, report. Resumes.

    Example: redstar-geo study eval/study_form.yaml
    """
    from redstar_geo.eval.study import main as run_study
    from redstar_geo.eval.study import predict
    from redstar_geo.preflight.check import check_cells
    from redstar_geo.study.recipe import StudyRecipe

    console.quiet = quiet
    loaded = recipes.load(StudyRecipe, recipe, overrides or [])
    check_cells(loaded)
    if plan:
        Console().print_json(data=predict(loaded))
        return
    run_study(loaded)
    Console().print((Path(loaded.run) / "table.md").read_text(encoding="utf-8"), markup=False, soft_wrap=True)
    Console().print(f"Report: {loaded.run}/report.html", soft_wrap=True)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help='Lines of {"gold", "prediction"[, "choices", "expected"]}.')],
    out: Annotated[Path, typer.Option(help="Where the verdicts go, a line each.")],
    workers: Annotated[int, typer.Option(help="Processes that verify, each with its limits.", min=1)] = 1,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with gold answers: correct, wrong or undecided, each with its reason. Resumes.

    Example: redstar-geo verify answers.jsonl --out verdicts.jsonl
    """
    from redstar_geo.answer.file import verify_file

    console.quiet = quiet
    tally = verify_file(file, out, workers)
    verdicts = ("correct", "wrong", "undecided")
    table = Table("expected", *verdicts)
    for expected in sorted({expected for expected, _ in tally.counts}):
        table.add_row(expected, *(str(tally.counts[expected, verdict]) for verdict in verdicts))
    Console().print(table)
    if tally.bad_lines:
        shown = ", ".join(map(str, tally.bad_lines[:20])) + (" …" if len(tally.bad_lines) > 20 else "")
        Console().print(f"Lines that could not be read: {shown}", soft_wrap=True)


@app.command()
def judge(
    file: Annotated[Path, typer.Argument(help='Lines of {"code", "tests"[, "language", "checker", "limits", "id"]}.')],
    out: Annotated[Path, typer.Option(help="Where the verdicts go, a line each.")],
    workers: Annotated[int, typer.Option(help="Programs that run at a time.", min=1)] = 1,
    cache: Annotated[Path | None, typer.Option(help="File of verdicts to look into and to add to.")] = None,
    i_trust_these_programs: Annotated[bool, typer.Option("--i-trust-these-programs", help="No isolation.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run programs on their tests behind walls: AC, WA, TLE, MLE, OLE, RE or CE, and the first failing test. Resumes.

    Example: redstar-geo judge programs.jsonl --out verdicts.jsonl --workers 4
    """
    from redstar_geo.sandbox.file import judge_file

    console.quiet = quiet
    tally = judge_file(file, out, workers, cache=cache, unconfined=i_trust_these_programs)
    table = Table("verdict", "programs")
    for verdict, number in tally.counts.most_common():
        table.add_row(verdict, str(number))
    Console().print(table)
    if tally.bad_lines:
        shown = ", ".join(map(str, tally.bad_lines[:20])) + (" …" if len(tally.bad_lines) > 20 else "")
        Console().print(f"Lines that could not be read: {shown}", soft_wrap=True)


@app.command()
def steps(
    file: Annotated[Path, typer.Argument(help='Lines of {"id", "response"}, such as an evaluation\'s items.jsonl.')],
    problems: Annotated[Path, typer.Option(help="The problems.parquet that the ids belong to.")],
    out: Annotated[Path, typer.Option(help="Where the judged claims go, a line each.")],
    gdl: Annotated[Path | None, typer.Option(help="FormalGeo's gdl folder, for its problems.")] = None,
    quiet: Quiet = False,
) -> None:
    """Judge every claim of geometry traces: true, false or unproven, each with what decides it. Resumes.

    Example: redstar-geo steps runs/eval/items.jsonl --problems runs/exam/problems.parquet --out steps.jsonl
    """
    from redstar_geo.geometry.steps import judge_file

    console.quiet = quiet
    table = Table("claims", "number")
    for status, number in judge_file(file, problems, out, gdl).most_common():
        table.add_row(status, str(number))
    Console().print(table)


@app.command()
def quickstart(
    run: Annotated[str, typer.Option(help="Folder of the whole loop.")] = "runs/quickstart",
    minutes: Annotated[float, typer.Option(help="Training time of each of the two forms.", min=0.05)] = 4.5,
    problems: Annotated[int, typer.Option(help="How many problems are taught.", min=6)] = 8000,
    exam: Annotated[int, typer.Option(help="How many unseen problems are asked.", min=6)] = 300,
    quiet: Quiet = False,
) -> None:
    """The whole loop on built-in problems, on a CPU: make, teach short and long, train, evaluate, report.

    Example: redstar-geo quickstart --run runs/first
    """
    from redstar_geo.data_prep.pipeline import main as run_data
    from redstar_geo.eval.run import main as run_eval
    from redstar_geo.recipes.data import DataRecipe
    from redstar_geo.recipes.evaluation import EvalRecipe
    from redstar_geo.report.quickstart import write_report
    from redstar_geo.run import Clock
    from redstar_geo.train.sft import main as run_sft
    from redstar_geo.trainer.recipe import SftRecipe

    console.quiet = quiet
    forms = ("short", "long")
    clock = Clock(Path(run) / "seconds.json")
    with clock("exam"):
        changes = [f"run={run}/exam", f"source.count={exam}"]
        run_data(recipes.load(DataRecipe, "data_prep/quickstart_exam.yaml", changes))
    for form in forms:
        changes = [f"run={run}/data_{form}", f"teacher.form={form}", f"source.count={problems}"]
        with clock(f"data {form}"):
            run_data(recipes.load(DataRecipe, "data_prep/quickstart.yaml", changes))
    for form in forms:
        changes = [f"run={run}/sft_{form}", f"minutes={minutes}", f"data={run}/data_{form}/sft/train.parquet"]
        shared_tokenizer = f"tiny.text={run}/data_*/sft/train.parquet"
        with clock(f"train {form}"):
            run_sft(recipes.load(SftRecipe, "train/quickstart.yaml", [*changes, shared_tokenizer]))
    for name, model in (("untrained", "sft_long/base"), ("short", "sft_short/model"), ("long", "sft_long/model")):
        changes = [f"run={run}/eval_{name}", f"model={run}/{model}", f"problems={run}/exam/problems.parquet"]
        with clock(f"evaluate {name}"):
            run_eval(recipes.load(EvalRecipe, "eval/quickstart.yaml", changes))
    report = write_report(Path(run))
    Console().print(f"Report: {report}", soft_wrap=True)


@app.command("app")
def show_app(
    model: Annotated[str | None, typer.Option(help="Model to run in this process.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="OpenAI-compatible server, up to /v1.")] = None,
    run: Annotated[Path | None, typer.Option(help="Run folder to browse.")] = None,
    against: Annotated[str | None, typer.Option(help="A second model, to compare with.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with the endpoint's key.")] = None,
    gdl: Annotated[Path | None, typer.Option(help="FormalGeo's gdl folder.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    password: Annotated[str | None, typer.Option(help="Asked from visitors, name redstar.")] = None,
) -> None:
    """Ask a geometry question and look at a run, on http://127.0.0.1:7860.

    Example: redstar-geo app --run runs/geoqa_formal
    """
    from redstar_geo.app.demo import main as run_app

    Console().print(f"http://{host}:{port}  (Ctrl+C ends it)")
    run_app(model, endpoint, run, against=against, key_env=key_env, gdl=gdl, host=host, port=port, password=password)


@app.command()
def doctor() -> None:
    """What is installed, what is missing, and the command that mends it.

    Example: redstar-geo doctor
    """
    from redstar_geo.doctor import findings

    table = Table("part", "found", "remedy")
    for part, found, remedy in findings():
        table.add_row(part, found, remedy)
    Console().print(table)


def _print_counts(run: str, counts: dict[str, dict[str, object]]) -> None:
    table = Table("stage", "in", "out", "rejected", "pending", title=run)
    for stage, count in counts.items():
        rejected = json.dumps(count["rejected"], ensure_ascii=False) if count["rejected"] else "–"
        table.add_row(stage, str(count["in"]), str(count["out"]), rejected, str(count["pending"]))
    Console().print(table)


def _aside(record: logging.LogRecord) -> bool:
    """What DeepSpeed logs, which it would print on stdout among the results, goes to stderr.

    That there is no GPU it says at every import; `redstar-geo doctor` says it when asked.
    """
    if logging.lastResort and not record.getMessage().startswith("Setting accelerator to CPU"):
        logging.lastResort.handle(record)
    return False


def _escaped(error: Exception) -> str:
    return str(error).replace("[", r"\[")
