"""The command line: one thin Typer app. The only place that knows the verbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from redstar_geo import __version__, printing
from redstar_geo.errors import InputError
from redstar_geo.progress import console

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
Recipe = Annotated[
    str, typer.Argument(help="Recipe file, or a shipped one such as data_prep/geoqa.yaml.", show_default=False)
]
Overrides = Annotated[list[str] | None, typer.Argument(help="Changes, key.sub=value.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress bars.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        printing.say(f"redstar-geo {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Verified long chains of thought for multimodal geometry: from problems to a measured model."""


@app.command()
def data(
    recipe: Recipe,
    overrides: Overrides = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print a forecast of requests, tokens and hours, and exit.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make training data: collect problems, ask the teacher, verify, filter, select, export. Resumes.

    Example: redstar-geo data data_prep/geoqa_formal.yaml source.path=formalgeo7k_v1
    """
    from redstar_geo import recipe as recipes

    recipes.check_command("data", recipe)
    from redstar_geo.data_prep.pipeline import main as run_data
    from redstar_geo.difficulty.recipe import DifficultyRecipe
    from redstar_geo.recipes.data import DataRecipe

    console.quiet = quiet
    kinds: dict[str, type[recipes.Section]] = {"traces": DataRecipe, "difficulty": DifficultyRecipe}
    loaded = recipes.load_kind(kinds, "makes", "traces", recipe, overrides or [])
    if isinstance(loaded, DifficultyRecipe):
        from redstar_geo.data_prep.difficulty import main as make_scorer

        printing.counts(loaded.run, make_scorer(loaded))
        return
    assert isinstance(loaded, DataRecipe)
    if plan:
        from redstar_geo.data_prep.plan import plan as forecast

        printing.say_json(forecast(loaded))
        return
    printing.counts(loaded.run, run_data(loaded))


@app.command()
def check(
    recipe: Recipe,
    overrides: Overrides = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs to plan for; by default this machine's.", min=1)] = None,
    gpu_gib: Annotated[float | None, typer.Option(help="Memory of each GPU, in GiB.")] = None,
) -> None:
    """Find what is wrong with a recipe before it runs, and plan the memory that a training needs.

    Example: redstar-geo check train/sft_geo_8b.yaml data='runs/geoqa/sft/*.parquet' --gpus 8 --gpu-gib 80
    """
    from redstar_geo.preflight.check import check as run_check

    report = run_check(recipe, overrides or [], gpus, gpu_gib)
    for line in report.lines():
        printing.say(line)
    raise typer.Exit(report.exit_code)


@app.command()
def train(recipe: Recipe, overrides: Overrides = None, quiet: Quiet = False) -> None:
    """Train a model by SFT, DPO, RL, DAgger or distillation, merge an adapter, or make the small base. Resumes.

    Example: redstar-geo train train/sft_tiny_cpu.yaml data=runs/geoqa_formal/sft/train.parquet
    """
    from redstar_geo import recipe as recipes

    recipes.check_command("train", recipe)
    from redstar_geo.preflight.check import VERBS
    from redstar_geo.train import base, dagger, distill, dpo, merge, ppo, reinforce_pp, sft

    console.quiet = quiet
    mains: dict[str, Callable[[Any], object]] = {
        "sft": sft.main,
        "dpo": dpo.main,
        "ppo": ppo.main,
        "reinforce_pp": reinforce_pp.main,
        "dagger": dagger.main,
        "distill": distill.main,
        "merge": merge.main,
        "base": base.main,
    }
    path = recipes.find(recipe)
    method, loaded = VERBS["train"].load(recipes.read(path, overrides or []), str(path))
    mains[method](loaded)


@app.command("eval")
def evaluate(recipe: Recipe, overrides: Overrides = None, quiet: Quiet = False) -> None:
    """Score a model on problems: accuracy with its interval, truncated, no answer. Resumes answer by answer.

    Example: redstar-geo eval eval/tiny_cpu.yaml model=runs/sft_tiny_cpu/model problems=runs/exam/problems.parquet
    """
    from redstar_geo import recipe as recipes

    recipes.check_command("eval", recipe)
    from redstar_geo.eval.run import main as run_eval
    from redstar_geo.recipes.evaluation import EvalRecipe
    from redstar_geo.report.certified import CERTIFIED_COLUMNS, certified_rows
    from redstar_geo.report.evaluation import SCORE_COLUMNS, score_rows
    from redstar_geo.report.looking import LOOK_COLUMNS, PAIR_COLUMNS, look_rows, pair_rows

    console.quiet = quiet
    loaded = recipes.load(EvalRecipe, recipe, overrides or [])
    scores = run_eval(loaded)
    if "missing" in scores:
        printing.say("This rank is done; the last one to end writes the scores.")
        return
    printing.table(SCORE_COLUMNS, score_rows(scores))
    sets = scores.get("benchmarks", {"problems": scores})
    tables = [(LOOK_COLUMNS, look_rows(sets)), (PAIR_COLUMNS, pair_rows(sets))]
    for columns, rows in [*tables, (CERTIFIED_COLUMNS, certified_rows(sets))]:
        if rows:
            printing.table(columns, rows)
    printing.say(f"Report: {loaded.run}/report.html")


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="Folder of an evaluation.")],
    second: Annotated[str, typer.Argument(help="Folder of another evaluation, on the same problems.")],
    run: Annotated[str | None, typer.Option(help="Where the page goes; by default beside FIRST.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON instead of sentences.")] = False,
) -> None:
    """Compare two evaluations item by item: the difference with its interval, McNemar's test, and what flipped.

    Example: redstar-geo compare runs/eval_before runs/eval_after
    """
    from redstar_geo.eval.compare import main as run_compare
    from redstar_geo.recipes.evaluation import CompareRecipe
    from redstar_geo.report.compare import sentences

    recipe = CompareRecipe(first=first, second=second, run=run)
    comparison = run_compare(recipe)
    if as_json:
        printing.say_json(comparison)
        return
    for sentence in sentences(comparison):
        printing.say(sentence)
    printing.say(f"Report: {recipe.folder}/compare.html")


@app.command()
def study(
    recipe: Recipe,
    overrides: Overrides = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print a forecast of tasks and hours, and exit.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run data, training and evaluation for every combination of a study's axes; table, plots, report. Resumes.

    Example: redstar-geo study eval/study_form.yaml
    """
    from redstar_geo import recipe as recipes

    recipes.check_command("study", recipe)
    from redstar_geo.eval.study import main as run_study
    from redstar_geo.eval.study import predict
    from redstar_geo.preflight.check import check_cells
    from redstar_geo.study.recipe import StudyRecipe

    console.quiet = quiet
    loaded = recipes.load(StudyRecipe, recipe, overrides or [])
    check_cells(loaded)
    if plan:
        printing.say_json(predict(loaded))
        return
    run_study(loaded)
    printing.say((Path(loaded.run) / "table.md").read_text(encoding="utf-8"))
    printing.say(f"Report: {loaded.run}/report.html")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help='Lines of {"gold", "prediction"[, "choices", "expected"]}.')],
    out: Annotated[Path, typer.Option(help="File for the verdicts, one per line.")],
    workers: Annotated[int, typer.Option(help="Number of processes.", min=1)] = 1,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with gold answers: correct, wrong or undecided, each with its reason. Resumes.

    Exit code 1 if lines could not be read; the others have their verdicts.

    Example: redstar-geo verify answers.jsonl --out verdicts.jsonl
    """
    from redstar_geo.answer.file import verify_file

    console.quiet = quiet
    tally = verify_file(file, out, workers)
    verdicts = ("correct", "wrong", "undecided")
    expectations = sorted({expected for expected, _ in tally.counts})
    rows = [(each, *(tally.counts[each, verdict] for verdict in verdicts)) for each in expectations]
    printing.table(("expected", *verdicts), rows)
    raise typer.Exit(printing.unreadable(tally.unreadable))


@app.command()
def judge(
    file: Annotated[Path, typer.Argument(help='Lines of {"code", "tests"[, "language", "checker", "limits", "id"]}.')],
    out: Annotated[Path, typer.Option(help="File for the verdicts, one per line.")],
    workers: Annotated[int, typer.Option(help="Programs to run at once.", min=1)] = 1,
    cache: Annotated[Path | None, typer.Option(help="File of known verdicts, read and extended.")] = None,
    i_trust_these_programs: Annotated[bool, typer.Option("--i-trust-these-programs", help="Use no sandbox.")] = False,
    quiet: Quiet = False,
) -> None:
    """Run programs on their tests in a sandbox: AC, WA, TLE, MLE, OLE, RE or CE, and the first failing test. Resumes.

    Exit code 1 if lines could not be read; the others have their verdicts.

    Example: redstar-geo judge programs.jsonl --out verdicts.jsonl --workers 4
    """
    from redstar_geo.sandbox.file import judge_file

    console.quiet = quiet
    tally = judge_file(file, out, workers, cache=cache, unconfined=i_trust_these_programs)
    printing.table(("verdict", "programs"), tally.counts.most_common())
    raise typer.Exit(printing.unreadable(tally.unreadable))


@app.command()
def steps(
    file: Annotated[Path, typer.Argument(help='Lines of {"id", "response"}, such as an evaluation\'s items.jsonl.')],
    problems: Annotated[Path, typer.Option(help="The problems.parquet that the ids belong to.")],
    out: Annotated[Path, typer.Option(help="File for the judged claims, one response per line.")],
    gdl: Annotated[Path | None, typer.Option(help="FormalGeo's gdl folder, for FormalGeo7k's problems.")] = None,
    quiet: Quiet = False,
) -> None:
    """Judge every claim of geometry traces: true, false or unproven, each with its reason. Resumes.

    Exit code 1 if lines could not be read; the others have their claims.

    Example: redstar-geo steps runs/eval/items.jsonl --problems runs/exam/problems.parquet --out steps.jsonl
    """
    from redstar_geo.formalise.steps import judge_file

    console.quiet = quiet
    tally = judge_file(file, problems, out, gdl)
    printing.table(("claims", "number"), tally.counts.most_common())
    raise typer.Exit(printing.unreadable(tally.unreadable))


@app.command()
def solve(
    question: Annotated[str, typer.Option(help="The question, in English or Chinese.")],
    statements: Annotated[
        str, typer.Option(help="What the picture shows: 'lines AB, ADC; ∠ABC = 53°; AB = 12; ⊙O: AB'.")
    ] = "",
    image: Annotated[Path | None, typer.Option(help="The picture, to be read by a reader.")] = None,
    reader: Annotated[
        str,
        typer.Option(help="strokes (clean drawings, no model), base, a model's folder, or a server's address (…/v1)."),
    ] = "strokes",
    model: Annotated[str, typer.Option(help="Name of the model on the server; by default its first.")] = "",
    key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the server's key.")] = None,
    samples: Annotated[int, typer.Option(help="Number of readings, most of which must agree.", min=1, max=32)] = 1,
    gdl: Annotated[Path | None, typer.Option(help="FormalGeo's gdl folder: also find and tell a proof.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that was read and found, as JSON.")] = False,
) -> None:
    """Answer a geometry question without a model, if what is read from it and its picture determines the answer.

    Exit code 1 if it does not, or if the question asks for something that has no name.

    Example: redstar-geo solve --question "In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC."
    """
    from redstar_geo.formalise import answered, corrected
    from redstar_geo.formalise.proved import told

    if image is None:
        found = corrected(question, statements)
    else:
        from redstar_geo.readers.named import Reader, read_image

        if statements:
            raise InputError("Both --image and --statements are given. Correct what a reader has read by --statements.")
        picture = read_image(image)
        named = Reader(name=reader, model=model, key_env=key_env, samples=samples)
        found = answered(question, named.open().read(picture, question))
    proof = told(found, gdl) if gdl is not None else {}
    if as_json:
        printing.say_json(found.row() | proof)
    else:
        for line in found.lines():
            printing.say(line)
        if proof:
            printing.say(f"A proof:\n{proof['proof']}" if proof["proof"] else f"No proof: {proof['why']}")
    raise typer.Exit(0 if found.solution.value is not None else 1)


@app.command()
def certify(
    file: Annotated[Path, typer.Argument(help='Lines of {"question", "response"[, "id", "choices", "statements"]}.')],
    out: Annotated[Path, typer.Option(help="File for the certificates, one per line.")],
    page: Annotated[Path | None, typer.Option(help="Also write a page (.html) with ten certificates.")] = None,
    quiet: Quiet = False,
) -> None:
    """Certify or refute answers to geometry questions without gold answers, from question and statements. Resumes.

    Exit code 1 if lines could not be read; the others have their certificates.

    Example: redstar-geo certify answers.jsonl --out certificates.jsonl
    """
    from redstar_geo.formalise.file import certify_file

    console.quiet = quiet
    tally = certify_file(file, out)
    if page is not None:
        from redstar_geo.report.certificates import write_certificates

        write_certificates(page, file, out)
    printing.table(("status", "answers"), tally.counts.most_common())
    raise typer.Exit(printing.unreadable(tally.unreadable))


@app.command()
def errata(
    source: Annotated[Path, typer.Argument(help="Folder laid out like FormalGeo7k: problems, diagrams, gdl.")],
    run: Annotated[str, typer.Option(help="Folder of the run, where errata.jsonl is written.")] = "runs/errata",
    workers: Annotated[int, typer.Option(help="Number of processes.", min=1)] = 1,
    quiet: Quiet = False,
) -> None:
    """List what is wrong with a formalised set, each fault with a certificate that a reader can check. Resumes.

    Example: redstar-geo errata formalgeo7k_v1 --run runs/errata --workers 2
    """
    from redstar_geo.data_prep.errata import main as find_errata

    console.quiet = quiet
    counts = find_errata(source, run, workers)
    printing.counts(run, counts)
    found, mended = counts["errata"]["found"], counts["errata"]["mended"]
    printing.table(("fault", "problems", "mended by the source"), [(k, n, mended.get(k, 0)) for k, n in found.items()])
    printing.say(f"List: {run}/errata.jsonl")


@app.command()
def quickstart(
    run: Annotated[str, typer.Option(help="Folder for all runs.")] = "runs/quickstart",
    model: Annotated[str, typer.Option(help="Model to start from: `base`, a folder or a hub id.")] = "base",
    samples: Annotated[int, typer.Option(help="Problems that each model is trained on, once each.", min=24)] = 3700,
    exam: Annotated[int, typer.Option(help="Unseen problems in the exam.", min=24)] = 320,
    minutes: Annotated[float | None, typer.Option(help="Stop each training after this many minutes.", min=0.05)] = None,
    quiet: Quiet = False,
) -> None:
    """The whole loop on a CPU: the base is trained on short and on long chains of thought, and tested.

    Exit code 1 if one of the targets that it prints is missed.

    Example: redstar-geo quickstart --run runs/first
    """
    from redstar_geo import recipe as recipes
    from redstar_geo.data_prep.pipeline import main as run_data
    from redstar_geo.eval.run import main as run_eval
    from redstar_geo.models.load import load_config
    from redstar_geo.quickstart import steps
    from redstar_geo.recipes.data import DataRecipe
    from redstar_geo.recipes.evaluation import EvalRecipe
    from redstar_geo.report.quickstart import COLUMNS, write_report
    from redstar_geo.run import Clock
    from redstar_geo.train.sft import main as run_sft
    from redstar_geo.trainer.malloc import keep_freed_memory
    from redstar_geo.trainer.recipe import SftRecipe
    from redstar_geo.trainer.threads import use_free_cores

    console.quiet = quiet
    load_config(model)  # that it is not there is said before anything is made
    keep_freed_memory()
    verbs: dict[str, tuple[type[recipes.Section], Callable[[Any], object]]]
    verbs = {"data_prep": (DataRecipe, run_data), "train": (SftRecipe, run_sft), "eval": (EvalRecipe, run_eval)}
    planned = list(steps(Path(run), model, samples, minutes, exam))
    clock = Clock(Path(run) / "seconds.json")
    for number, step in enumerate(planned, 1):
        console.print(f"[bold]{number} of {len(planned)}:[/] {step.words}", highlight=False)
        for task in step.tasks:
            section, work = verbs[task.recipe.partition("/")[0]]
            use_free_cores()
            with clock(task.folder):
                work(recipes.load(section, task.recipe, [f"run={run}/{task.folder}", *task.changes]))
    conclusion = write_report(Path(run))
    printing.table(COLUMNS, conclusion.rows)
    printing.say(conclusion.sentence)
    printing.say(f"Report  {run}/report.html")
    printing.say(f"Ask it  redstar-geo app --model {run}/sft_long/model --against {model} --run {run}")
    printing.say("Next    your own pictures and questions: docs/tutorial.md")
    raise typer.Exit(1 if conclusion.missed else 0)


@app.command("app")
def show_app(
    model: Annotated[str | None, typer.Option(help="Model to run in this process: hub id or folder.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="OpenAI-compatible server, up to /v1.")] = None,
    run: Annotated[Path | None, typer.Option(help="Run folder to browse.")] = None,
    against: Annotated[str | None, typer.Option(help="A second model, to compare with.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the endpoint's key.")] = None,
    gdl: Annotated[Path | None, typer.Option(help="FormalGeo's gdl folder.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    password: Annotated[str | None, typer.Option(help="Password for visitors; the user name is redstar.")] = None,
    allowed_host: Annotated[list[str] | None, typer.Option(help="A host name that the app is served under.")] = None,
    behind_proxy: Annotated[
        str | None, typer.Option(help="Address or network of a reverse proxy whose forwarded headers are trusted.")
    ] = None,
) -> None:
    """Serve the app on http://127.0.0.1:7860: ask a model a geometry question, browse a run.

    Example: redstar-geo app --run runs/geoqa_formal
    """
    from redstar_geo.app.demo import main as run_app

    printing.say(f"http://{host}:{port}  (Ctrl+C ends it)")
    run_app(
        model,
        endpoint,
        run,
        against=against,
        key_env=key_env,
        gdl=gdl,
        host=host,
        port=port,
        password=password,
        allowed_hosts=allowed_host or (),
        behind_proxy=behind_proxy,
    )


@app.command()
def doctor() -> None:
    """Show what is installed, what is missing, and the command that adds it.

    Example: redstar-geo doctor
    """
    from redstar_geo.doctor import findings

    printing.table(("part", "found", "remedy"), list(findings()))
