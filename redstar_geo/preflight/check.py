"""What can be known to be wrong before anything is loaded: the recipe, its data, its model, the memory it needs.

Nothing is fetched: what is not on this machine is said to be unchecked. The verbs' recipes are known to the command
line only, so it hands their models in; what a recipe of a kind needs is asked of it by structure.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from PIL import Image, UnidentifiedImageError
from transformers import PretrainedConfig

from redstar_geo import benchmarks
from redstar_geo import recipe as recipes
from redstar_geo.benchmarks import Benchmark, HarnessTask
from redstar_geo.errors import InputError
from redstar_geo.models.families import Processor
from redstar_geo.models.load import load_config, load_processor
from redstar_geo.models.memory import Plan
from redstar_geo.recipe import RecipeError, Section
from redstar_geo.records import Problem
from redstar_geo.records import read as read_records
from redstar_geo.sources import Rejected, catalogue
from redstar_geo.study.plan import Task, cells, distinct
from redstar_geo.study.recipe import StudyRecipe

_UNREADABLE = (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError)
T = TypeVar("T")
_SHOWN = 3  # examples of an error


@dataclass
class Report:
    """What a check found. `errors` must be mended; `unchecked` says what was not looked at and why."""

    recipe: str
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def exit_code(self) -> int:
        """2 if something must be mended, else 0."""
        return 2 if self.errors else 0

    def lines(self) -> Iterator[str]:
        """The report for a reader."""
        yield from (f"error: {error}" for error in self.errors)
        yield from (f"not checked: {what}" for what in self.unchecked)
        yield from self.notes
        yield from self.plan.lines() if self.plan is not None else ()
        yield f"{self.recipe}: {len(self.errors) or 'no'} error{'s' * (len(self.errors) != 1)}"

    def trying(self, step: Callable[[], T]) -> T | None:
        """What the step returns; None where it raises an InputError, which is noted, each error of a recipe apart."""
        try:
            return step()
        except RecipeError as error:
            self.errors += error.errors
        except InputError as error:
            self.errors.append(str(error))
        return None

    def examples(self, what: str, found: Sequence[str], looked_at: int) -> None:
        """An error for things of a kind, with a few of them."""
        if found:
            shown = "; ".join(found[:_SHOWN])
            self.errors.append(f"{len(found)} of {looked_at} {what}: {shown}")


@dataclass(frozen=True)
class Verb:
    """The recipes of a command: models by their value of `key`, the one without it, and what looks into them.

    Attributes:
        key: None where there is one kind.
        marks: keys by which a recipe without `key` is told to be of this verb.
        looks: by the same value as `models`; called with the recipe and the report, to which it adds.
    """

    key: str | None
    usual: str
    models: Mapping[str, type[Section]]
    marks: frozenset[str]
    looks: Mapping[str, Callable[[Any, Report], None]]


def check(name: str, overrides: Sequence[str], verbs: Sequence[Verb]) -> Report:
    """Look into a recipe of any verb: all of its own errors at once, then, if there are none, its data and model.

    Raises:
        InputError: there is no such recipe, or it is no YAML mapping.
    """
    path = recipes.find(name)
    values = recipes.read(path, overrides)
    report = Report(str(path))
    verb = _verb(values, verbs)
    kind = _kind(values, verb)
    if kind not in verb.models:
        known = ", ".join(sorted(verb.models))
        report.errors.append(f"{path}: {verb.key}: {kind!r} is none of {known}. Name one of them.")
        return report
    loaded = report.trying(lambda: recipes.check(verb.models[kind], values, str(path)))
    if loaded is not None and kind in verb.looks:
        verb.looks[kind](loaded, report)
    return report


def check_cells(recipe: StudyRecipe, verbs: Mapping[str, Verb]) -> None:
    """Every recipe of every cell of a study.

    Raises:
        InputError: what is wrong with them, all at once.
    """
    report = Report(recipe.study)
    for task in distinct(cells(recipe)).values():
        _checked(task, verbs, report)
    if report.errors:
        raise InputError("\n".join(report.errors))


def look_into_study(recipe: StudyRecipe, report: Report, verbs: Mapping[str, Verb]) -> None:
    """Every recipe of every cell; of those that read no other stage also what they read.

    Args:
        verbs: by the name that stages give.
    """
    planned = report.trying(lambda: cells(recipe))
    if planned is None:
        return
    tasks = distinct(planned)
    for task in tasks.values():
        loaded = _checked(task, verbs, report)
        kind = _kind(task.values, verbs[task.verb])
        if loaded is not None and not task.needs and kind in verbs[task.verb].looks:
            verbs[task.verb].looks[kind](loaded, report)
    report.errors, report.unchecked = list(dict.fromkeys(report.errors)), list(dict.fromkeys(report.unchecked))
    report.notes.append(f"{len(planned)} cells, {len(tasks)} different tasks")


def _checked(task: Task, verbs: Mapping[str, Verb], report: Report) -> Section | None:
    """The task's recipe; what is wrong with it, said once for all cells."""
    verb, where = verbs[task.verb], f"stage {task.stage}"
    kind = _kind(task.values, verb)
    if kind in verb.models:
        try:
            return recipes.check(verb.models[kind], dict(task.values), where)
        except RecipeError as error:  # with the stage that its keys are of
            said = str(error)
    else:
        known = ", ".join(sorted(verb.models))
        said = f"{where}: {verb.key}: {kind!r} is none of {known} that `{task.verb}` takes."
    if said not in report.errors:
        report.errors.append(said)
    return None


def _kind(values: Mapping[str, Any], verb: Verb) -> str:
    return str(values.get(verb.key, verb.usual)) if verb.key is not None else verb.usual


def _verb(values: Mapping[str, Any], verbs: Sequence[Verb]) -> Verb:
    """The verb whose key the recipe has, else the one with most of whose marks it has."""
    keyed = [verb for verb in verbs if verb.key in values]
    return keyed[0] if keyed else max(verbs, key=lambda verb: len(verb.marks & set(values)))


class DataSettings(Protocol):
    """What is looked at of a data recipe."""

    @property
    def named_sources(self) -> dict[str, Any]: ...
    @property
    def seed(self) -> int: ...
    @property
    def teacher(self) -> Any | None: ...
    @property
    def difficulty(self) -> Any | None: ...
    @property
    def prompts(self) -> Any | None: ...


def look_into_sources(recipe: DataSettings, report: Report, rows: int = 64) -> None:
    """The first rows of every source that is on this machine: are they there, of the schema, with readable pictures?

    And is there what scores the problems, and a teacher of this machine?
    """
    read = {f"source {name}": source for name, source in recipe.named_sources.items()}
    if recipe.prompts is not None:
        read |= {f"prompts.benchmarks.{name}": source for name, source in recipe.prompts.benchmarks.items()}
    if recipe.difficulty is not None:
        read |= {f"difficulty.labelled.{name}": source for name, source in recipe.difficulty.labelled.items()}
        _look_for_scorer(recipe.difficulty, report)
    elsewhere = [where for where, source in read.items() if _comes_from_the_hub(source)]
    for where, source in read.items():
        if where not in elsewhere:
            _look_at_source(where, source, recipe.seed, rows, report)
    if elsewhere:
        names = ", ".join(elsewhere)
        report.unchecked.append(
            f"data of {names}: it comes from the hub, which is not asked; give its path to check it"
        )
    if recipe.teacher is not None and recipe.teacher.kind == "endpoint":
        report.unchecked.append(f"teacher {recipe.teacher.model}: its servers are not asked")
    elif recipe.teacher is not None and recipe.teacher.kind == "local":
        local_model(recipe.teacher.model, report)


def _look_at_source(where: str, source: Any, seed: int, rows: int, report: Report) -> None:
    if source.kind == "run":
        missing = [file for file in ("problems.parquet", "traces.parquet") if not (Path(source.path) / file).is_file()]
        if missing:
            report.errors.append(f"{where}: {source.path} has no {' and '.join(missing)}. Give a finished run.")
    else:
        enough = 2 if source.kind == "builtin" else rows  # what is made here is right or is not made
        found = report.trying(lambda: list(islice(catalogue.read(source, seed), enough)))
        if found is not None:
            _look_at_problems(where, found, report)


def _comes_from_the_hub(source: Any) -> bool:
    """Sources of these kinds have no copy there, and say so when they are read without a path."""
    return source.kind not in ("builtin", "exam_file") and source.path is None


def _look_for_scorer(difficulty: Any, report: Report) -> None:
    if difficulty.by == "llm" and not Path(difficulty.model).is_dir():
        report.errors.append(
            f"difficulty.model={difficulty.model} is not there. Give the folder of a scorer that "
            "data_prep/difficulty.yaml made."
        )
    if difficulty.by == "pass_rate" and not (Path(difficulty.run) / "pass_rates.parquet").is_file():
        report.errors.append(f"difficulty.run={difficulty.run} has no pass_rates.parquet. Give a finished run.")


class EvalSettings(Protocol):
    """What is looked at of an evaluation's recipe."""

    @property
    def problems(self) -> str | None: ...
    @property
    def benchmarks(self) -> list[str]: ...
    @property
    def paths(self) -> dict[str, str]: ...
    @property
    def endpoint(self) -> object | None: ...
    @property
    def model(self) -> str: ...
    @property
    def judge(self) -> object | None: ...
    @property
    def seed(self) -> int: ...


def look_into_evaluation(recipe: EvalSettings, report: Report, rows: int = 64) -> None:
    """The first problems with their pictures, and whether the benchmarks' local copies and the model are there."""
    if recipe.problems is not None:
        found = first_problems(recipe.problems, report, rows)
        if found is not None:
            _look_at_problems(recipe.problems, found, report)
    wanted = report.trying(lambda: benchmarks.resolve(recipe.benchmarks))
    if wanted:
        _look_at_benchmarks(recipe, wanted, report)
    if recipe.endpoint is not None:
        report.unchecked.append(f"model {recipe.model}: its servers are not asked")
    else:
        local_model(recipe.model, report)


def first_problems(path: str, report: Report, rows: int) -> list[Problem] | None:
    """Of a `problems.parquet`; None where it cannot be read, which is reported."""
    if not Path(path).is_file():
        report.errors.append(f"problems={path} is not there. Give the problems.parquet of a run of `redstar-geo data`.")
        return None
    return report.trying(lambda: list(islice(read_records(Problem, Path(path)), rows)))


def _look_at_benchmarks(recipe: EvalSettings, wanted: Sequence[Benchmark | HarnessTask], report: Report) -> None:
    """What stops the evaluation before it asks anything."""
    if strange := sorted(recipe.paths.keys() - {each.name for each in wanted}):
        report.errors.append(f"paths names {strange}, which are not evaluated: {[each.name for each in wanted]} are.")
    judged = ", ".join(each.name for each in wanted if isinstance(each, Benchmark) and each.judged)
    if judged and recipe.judge is None:
        report.errors.append(
            f"judge is missing, who scores the answers to {judged}. Give judge.model and judge.endpoint."
        )
    elif judged:
        report.unchecked.append(f"the judge of {judged}: its servers are not asked")
    later = []
    for each in wanted:
        path = recipe.paths.get(each.name)
        if path is not None and not Path(path).exists():
            report.errors.append(
                f"paths.{each.name}: there is no {path}. Give its copy, or leave it out for the hub's."
            )
        elif isinstance(each, Benchmark) and each.judged and path is None:
            report.trying(partial(_open, each, recipe.seed))  # says which path is to be given
        elif isinstance(each, Benchmark) and each.source.kind == "exam_file" and path is None:
            later.append(f"{each.name} (not on the hub: give paths.{each.name})")
        else:
            later.append(each.name)
    if later:
        report.unchecked.append(f"the problems of {', '.join(later)}: they are read when the evaluation starts")


def _open(benchmark: Benchmark, seed: int) -> list[Problem | Rejected]:
    return list(islice(benchmarks.problems(benchmark, seed=seed), 1))


def _look_at_problems(where: str, found: Sequence[Problem | Rejected], report: Report) -> None:
    problems = [one for one in found if isinstance(one, Problem)]
    reasons = Counter(one.reason for one in found if isinstance(one, Rejected))
    if not problems:
        report.errors.append(
            f"{where}: none of the first {len(found)} rows is a problem ({dict(reasons) or 'no rows'})."
        )
        return
    if reasons:
        report.notes.append(f"{where}: of the first {len(found)} rows rejected: {dict(reasons)}")
    unreadable = [
        f"{problem.id} ({error})"
        for problem in problems
        for image in problem.images
        if (error := unreadable_image(image.data))
    ]
    report.examples(f"pictures of {where} cannot be read", unreadable, sum(len(problem.images) for problem in problems))


def unreadable_image(data: bytes | None) -> str | None:
    """Why encoded bytes are no picture; None if they are."""
    if not data:
        return "no bytes"
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    except _UNREADABLE as error:
        return str(error) or type(error).__name__
    return None


@dataclass(frozen=True)
class LocalModel:
    """What is on this machine of a model."""

    config: PretrainedConfig
    processor: Processor


def local_model(name: str, report: Report) -> LocalModel | None:
    """Configuration and processor at a folder, or of a hub id in the cache; what is wrong with them is reported."""
    folder = _folder(name, report)
    if folder is None:
        return None
    config = report.trying(lambda: load_config(str(folder)))
    if config is None:
        return None
    processor = report.trying(lambda: load_processor(str(folder), config))
    if not any(folder.glob("*.safetensors")):
        report.unchecked.append(f"the weights of {name}: there are no *.safetensors in {folder}")
    return LocalModel(config, processor) if processor is not None else None


def _folder(name: str, report: Report) -> Path | None:
    """Where the model is on this machine; that it is not is an error where it can be nowhere else."""
    if Path(name).is_dir():
        return Path(name)
    try:
        validate_repo_id(name)
    except HFValidationError:
        report.errors.append(
            f"Model {name!r} is no folder here, and no name of the hub either (owner/name). Give the folder that a "
            "training wrote, such as runs/NAME/model, or a name of the hub."
        )
        return None
    cached = try_to_load_from_cache(name, "config.json")
    if isinstance(cached, str):
        return Path(cached).parent
    report.unchecked.append(f"model {name}: it is not on this machine, and the hub is not asked")
    return None
