"""A benchmark as its file describes it, and the items that it asks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from redstar_geo.benchmarks.judged import PROTOCOLS, JudgedSource
from redstar_geo.errors import InputError
from redstar_geo.recipe import Section
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, catalogue
from redstar_geo.sources.catalogue import (
    BuiltinSource,
    CounterfactualSource,
    FormalGeo7kSource,
    ProblemsSource,
    PublicSource,
    ReadingSource,
)
from redstar_geo.sources.table import Draft

_WITHOUT_SPLIT = (FormalGeo7kSource, ProblemsSource, JudgedSource)
_Source = (
    FormalGeo7kSource
    | BuiltinSource
    | ReadingSource
    | CounterfactualSource
    | PublicSource
    | ProblemsSource
    | JudgedSource
)
Protocol = Literal["choices", "free", "as_given", "tests", "statements", "judged"]


class Benchmark(Section):
    """Items of a source, asked in one way.

    `protocol`: every item with its choices, every item without, each as it comes, programs judged by tests, diagrams
    read as statements, or texts scored by a judge; an item that cannot be asked so is rejected. `keep` takes the items
    whose `meta` has one of the values under each key. `items` is how many the owners count; `category` the key of
    `meta` that scores are split by. `decimals` and `tolerance` are keys of `meta` with the benchmark's own rule for
    numbers; see `redstar_geo.benchmarks.grading`.
    """

    name: str
    title: str
    source: Annotated[_Source, Field(discriminator="kind")]
    protocol: Protocol
    keep: dict[str, list[str | int | float]] = Field(default_factory=dict)
    category: str | None = None
    items: int | None = Field(default=None, gt=0)
    decimals: str | None = None
    tolerance: str | None = None
    citation: str

    @model_validator(mode="after")
    def _names_its_split(self) -> Benchmark:
        if not isinstance(self.source, _WITHOUT_SPLIT) and self.source.split is None:
            raise ValueError("source.split is not named, and a source by default gives what is for training")
        return self

    @model_validator(mode="after")
    def _is_judged_by_its_protocol(self) -> Benchmark:
        if self.judged != isinstance(self.source, JudgedSource):
            raise ValueError(f"protocol: judged is for {', '.join(PROTOCOLS)}, and for these there is no other")
        return self

    @property
    def judged(self) -> bool:
        """Whether a judge scores its answers."""
        return self.protocol == "judged"


class HarnessTask(Section):
    """A task or group that lm-evaluation-harness runs by its own protocol.

    Attributes:
        harness: its name there.
        metric: the one that is reported, a number an item.
        ability: what it is to show.
        folder: of task files of your own, in the harness's format, instead of its own; these may run Python.
    """

    name: str
    title: str
    harness: str
    metric: str
    ability: str
    folder: str | None = None
    citation: str


def problems(
    benchmark: Benchmark, path: str | None = None, seed: int = 0, limit: int | None = None
) -> Iterator[Problem | Rejected]:
    """What is asked, and what is not: `outside_benchmark`, `other_protocol`, or why the source rejects it.

    Args:
        path: a local copy of the source; None for the benchmark's own, which is the hub's where it names none.
        seed: of a benchmark that is made afresh, and of which items a `limit` takes.
        limit: ask so many, drawn by chance; all others are `over_the_limit`, and no picture of theirs is read.

    Raises:
        InputError: the source cannot be read, or takes no path. It names the benchmark and its key in a recipe.
    """
    try:
        drafts = _drafts(benchmark, path, seed, limit)
        if limit is None:
            yield from (_asked_of(benchmark, draft) for draft in drafts)
        else:
            yield from _drawn(benchmark, list(drafts), seed, limit)
    except InputError as error:
        said = str(error).replace("source.path", f"paths.{benchmark.name}")
        said = said.replace("source.split", "split in its file").replace("source.kind", "benchmark")
        raise InputError(f"Benchmark {benchmark.name}: {said}") from error


def _drafts(benchmark: Benchmark, path: str | None, seed: int, limit: int | None) -> Iterator[Draft]:
    source = benchmark.source
    if isinstance(source, CounterfactualSource) and limit is not None:  # a pair is asked whole
        source = source.model_copy(update={"pairs": min(source.pairs, max(1, limit // 2))})
    if path is not None:
        if isinstance(source, BuiltinSource):
            raise InputError(f"{benchmark.name} is made here, so it takes no path ({path}). Leave the path out.")
        source = source.model_copy(update={"path": path})
    if isinstance(source, JudgedSource):
        return catalogue.made(PROTOCOLS[source.kind].problems(source))
    return catalogue.drafts(source, seed)


def _drawn(benchmark: Benchmark, drafts: Sequence[Draft], seed: int, limit: int) -> Iterator[Problem | Rejected]:
    """A draw of `limit` items in the source's order; a smaller one of the same seed is part of a larger one."""
    order = random.Random(seed).sample(range(len(drafts)), len(drafts))
    drawn: dict[int, Problem | Rejected] = {}
    asked = 0
    for place in order:
        if asked == limit:
            break
        drawn[place] = _asked_of(benchmark, drafts[place])
        asked += isinstance(drawn[place], Problem)
    for place in range(len(drafts)):
        yield drawn.get(place) or Rejected(f"{benchmark.name}/{place}", "over_the_limit")


def _asked_of(benchmark: Benchmark, draft: Draft) -> Problem | Rejected:
    item = draft()
    if isinstance(item, Rejected):
        return item
    if not _kept(benchmark, item):
        return Rejected(item.id, "outside_benchmark")
    return item if _asked(benchmark.protocol, item) else Rejected(item.id, "other_protocol")


def category(benchmark: Benchmark, problem: Problem) -> str:
    """What the score of this item is split by; of several values the first, `other` where there is none."""
    value = problem.meta.get(benchmark.category) if benchmark.category else None
    if isinstance(value, list):
        value = value[0] if value else None
    return "other" if value in (None, "") else str(value)


def _kept(benchmark: Benchmark, problem: Problem) -> bool:
    return all(str(problem.meta.get(key)) in map(str, values) for key, values in benchmark.keep.items())


def _asked(protocol: Protocol, problem: Problem) -> bool:
    if protocol == "judged":
        return True
    for kind in ("tests", "statements"):
        if kind in (protocol, problem.answer_kind):
            return protocol == problem.answer_kind
    return protocol == "as_given" or (protocol == "choices") == bool(problem.choices)
