"""Every source that a recipe can name, and how it is read: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from redstar_geo import records
from redstar_geo.errors import InputError
from redstar_geo.readers.named import Reader
from redstar_geo.recipe import Section
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, aime, builtin, counterfactual, formalgeo7k, hendrycks, reading
from redstar_geo.sources.table import Draft, Problems

_MODULES = {"math": "hendrycks", "numina_cot": "numina"}  # of the data sets whose module is not called as they are


class FormalGeo7kSource(Section):
    """A folder in FormalGeo7k's upstream layout.

    `rewritten`: instead of each problem, at most so many that ask for a quantity that its proof finds on the way.
    """

    kind: Literal["formalgeo7k"]
    path: str
    origin: Literal["geoqa", "geometry3k", "all"] = "all"
    language: Literal["en", "zh"] = "en"
    rewritten: int = Field(default=0, ge=0)


class BuiltinSource(Section):
    """Problems made here, balanced over families (none named: all) and difficulties; no download.

    `modality: mixed` tells the given values in the text, in the picture only, and in both, in turn.
    """

    kind: Literal["builtin"]
    families: list[str] = Field(default_factory=list)
    count: int = Field(gt=0)
    difficulty: list[int] = Field(default=[1], min_length=1)
    language: Literal["en", "zh"] = "en"
    modality: Literal["text", "picture", "both", "mixed"] = "both"
    choices: bool = True
    split: Literal["train", "test"] = "train"


class ReadingSource(Section):
    """Diagrams to be read: `count` built-in figures, or FormalGeo7k's where its folder is the `path`.

    `asks`: for all that a diagram says, as `statements`, or for one `value` that is written in it. FormalGeo7k's test
    split is its owners'; all other diagrams are `train`, but for those that the test split shows too.
    """

    kind: Literal["reading"]
    asks: reading.Asks = "statements"
    path: str | None = None
    count: int | None = Field(default=None, gt=0)
    families: list[str] = Field(default_factory=list)
    difficulty: list[int] = Field(default=[1, 2, 3], min_length=1)
    split: reading.Split = "train"

    @model_validator(mode="after")
    def _counts_what_is_made(self) -> ReadingSource:
        if (self.path is None) == (self.count is None):
            raise ValueError("give either count (of built-in figures) or path (of FormalGeo7k, all of its split)")
        return self


class CounterfactualSource(Section):
    """Pairs of problems with one question, two figures and two answers: so many `pairs` of built-in ones, or at most so
    many of FormalGeo7k's where its folder is the `path`."""

    kind: Literal["counterfactual"]
    path: str | None = None
    pairs: int = Field(gt=0)
    families: list[str] = Field(default_factory=list)
    difficulty: list[int] = Field(default=[1, 2, 3], min_length=1)
    split: reading.Split = "train"


class _Public(Section):
    """A public data set by its true schema: from the hub, or from a local copy at `path`.

    `split` is the owners' name for it, by default the one that is for training, or else the only one; `limit` takes the
    first ones.
    """

    path: str | None = None
    split: str | None = None
    limit: int | None = Field(default=None, gt=0)


class PlainSource(_Public):
    """A data set without further choices."""

    kind: Literal[
        "aime_2025",
        "apps",
        "cmath",
        "code_contests",
        "college_math",
        "dynamath",
        "geolaux",
        "geoqa_r1v",
        "gsm8k",
        "humaneval",
        "livecodebench",
        "logicvista",
        "mathverse",
        "mathvision",
        "metamath",
        "numina_15",
        "omni_math",
        "solidgeo",
        "taco",
        "wemath",
    ]


class DiagramSource(_Public):
    """A geometry data set; its `protocol` decides whether the choices are given."""

    kind: Literal["geo170k", "geometry3k", "geoqa", "mathvista"]
    protocol: Literal["choices", "free"] = "choices"


class MathSource(_Public):
    """MATH, from one of its copies on the hub; MATH-500 is one of them."""

    kind: Literal["math"]
    copy_of: hendrycks.Copy = "EleutherAI/hendrycks_math"


class AimeSource(_Public):
    """AIME, from one of its copies on the hub."""

    kind: Literal["aime"]
    copy_of: aime.Copy = "HuggingFaceH4/aime_2024"


class RedStarSource(_Public):
    """The paper's own releases."""

    kind: Literal["redstar"]
    release: Literal["math_dataset", "rl_dataset"] = "math_dataset"


class NuminaSource(_Public):
    """NuminaMath-CoT, only rows of the named `sources` (`aops_forum`, `amc_aime`, `cn_k12`, …); none named: all."""

    kind: Literal["numina_cot"]
    sources: list[str] = Field(default_factory=list)


class OlymMathSource(_Public):
    """OlymMATH in one of its languages."""

    kind: Literal["olymmath"]
    language: Literal["en", "zh"] = "en"


class OlympiadBenchSource(_Public):
    """OlympiadBench, the named ones of its 18 configurations."""

    kind: Literal["olympiadbench"]
    configs: list[str] = Field(default=["OE_MM_maths_en_COMP", "OE_TO_maths_en_COMP"], min_length=1)


class ExamFileSource(_Public):
    """An exam as a local file of the schema in `exam_file`; ids begin with its `name`."""

    kind: Literal["exam_file"]
    name: str = "exam"


class FolderSource(_Public):
    """A folder of your own with pictures and a file of questions, in the schema of `folder`.

    `gold: certified` gives a row without an answer the value that its question and `statements` determine. `reader`
    says what the picture of a row without `statements` shows.
    """

    kind: Literal["folder"]
    path: str
    domain: Literal["geometry", "math"] = "geometry"
    gold: Literal["given", "certified"] = "given"
    reader: Reader | None = None


class ProblemsSource(Section):
    """The problems that another run collected: a `problems.parquet`."""

    kind: Literal["problems"]
    path: str


class RunSource(Section):
    """A finished run with its verified traces; exactly `traces` of the selected ones, null for all."""

    kind: Literal["run"]
    path: str
    traces: int | None = Field(default=None, gt=0)


PublicSource = (
    PlainSource
    | DiagramSource
    | MathSource
    | AimeSource
    | RedStarSource
    | NuminaSource
    | OlymMathSource
    | OlympiadBenchSource
    | ExamFileSource
    | FolderSource
)
ProblemSource = FormalGeo7kSource | BuiltinSource | ReadingSource | CounterfactualSource | PublicSource | ProblemsSource
Source = Annotated[ProblemSource | RunSource, Field(discriminator="kind")]


def read(source: ProblemSource, seed: int = 0) -> Iterator[Problem | Rejected]:
    """What the source has, one by one, in its order.

    Raises:
        InputError: it is not there, or not of the schema.
    """
    for draft in drafts(source, seed):
        yield draft()


def drafts(source: ProblemSource, seed: int = 0) -> Iterator[Draft]:
    """As `read`, but each item of a public set is made when it is called for, so that others cost no picture.

    Raises:
        InputError: as `read`.
    """
    if isinstance(source, FormalGeo7kSource):
        yield from made(formalgeo7k.problems(Path(source.path), source.origin, source.language, source.rewritten))
    elif isinstance(source, BuiltinSource):
        yield from made(_builtin(source, seed))
    elif isinstance(source, ReadingSource):
        yield from made(_diagrams(source, seed))
    elif isinstance(source, CounterfactualSource):
        yield from made(_pairs(source, seed))
    elif isinstance(source, ProblemsSource):
        if not Path(source.path).is_file():
            raise InputError(f"source.path={source.path} is no file. Give the problems.parquet of a run.")
        yield from made(records.read(Problem, Path(source.path)))
    else:
        items = _public(source)
        yield from islice(items.drafts if isinstance(items, Problems) else made(items), source.limit)


def made(items: Iterable[Problem | Rejected]) -> Iterator[Draft]:
    """Items that cost nothing more, in the same form."""
    return (partial(_itself, item) for item in items)


def _itself(item: Problem | Rejected) -> Problem | Rejected:
    return item


def _public(source: PublicSource) -> Iterator[Problem | Rejected]:
    options = {key: value for key, value in source if key not in ("kind", "path", "limit") and value is not None}
    if "copy_of" in options:
        options["copy"] = options.pop("copy_of")
    problems: Iterator[Problem | Rejected] = _module(source.kind).problems(source.path, **options)
    return problems


def _module(kind: str) -> ModuleType:
    """The module that reads a public data set, imported when it is wanted."""
    return import_module(f"redstar_geo.sources.{_MODULES.get(kind, kind)}")


def _builtin(source: BuiltinSource, seed: int) -> Iterator[Problem]:
    options: dict[str, Any] = source.model_dump(exclude={"kind", "families", "choices"})
    for problem in builtin.problems(source.families, seed=seed, **options):
        yield problem if source.choices else replace(problem, choices=())


def _diagrams(source: ReadingSource, seed: int) -> Iterator[Problem | Rejected]:
    if source.path is not None:
        return reading.formalgeo7k(source.asks, Path(source.path), source.split)
    assert source.count is not None
    return reading.builtin_figures(source.asks, source.count, seed, source.families, source.difficulty, source.split)


def _pairs(source: CounterfactualSource, seed: int) -> Iterator[Problem | Rejected]:
    if source.path is not None:
        return counterfactual.formalgeo7k_pairs(Path(source.path), source.pairs, seed, source.split)
    return counterfactual.builtin_pairs(source.families, source.pairs, seed, source.difficulty, source.split)
