"""What a data recipe may say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from redstar_geo.engine import Engine
from redstar_geo.generation.address import Endpoint
from redstar_geo.generation.chat import Pixels
from redstar_geo.geometry.narrate import Form
from redstar_geo.identity import Settings
from redstar_geo.recipe import Section
from redstar_geo.sources.catalogue import FormalGeo7kSource, ProblemSource, RunSource, Source

Levels = Annotated[list[float], Field(min_length=2, max_length=2)]  # lowest and highest, both included


class FormalTeacher(Section):
    """Proofs told as chains of thought: `samples` tellings a problem.

    `mistakes`: in this share of long tellings a mistake is made, noticed and mended, where the proof invites one.
    `timeout_s`: a safety net for a task, since proofs are bounded by work; whom it catches is asked again.
    """

    kind: Literal["formal"]
    form: Form = "long"
    samples: int = Field(default=1, gt=0)
    voices: int | None = Field(default=None, gt=0)
    mistakes: float = Field(default=0.0, ge=0, le=1)
    timeout_s: float = Field(default=600.0, gt=0)


class Sampling(Section):
    """How many samples a prompt gets: `fixed` as in the paper, or as many as make `wanted` verified, at most `cap`.

    `by_difficulty` gives harder prompts another fixed number: `{7: 20, 9: 40}` means 20 from level 7 on and 40 from 9.
    """

    fixed: int | None = Field(default=10, gt=0)
    by_difficulty: dict[int, int] = Field(default_factory=dict)
    wanted: int | None = Field(default=None, gt=0)
    cap: int = Field(default=50, gt=0)

    @model_validator(mode="after")
    def _one_of_them(self) -> Sampling:
        if (self.fixed is None) == (self.wanted is None):
            raise ValueError("give either fixed (and wanted: null) or wanted (and fixed: null)")
        if self.wanted is not None and self.by_difficulty:
            raise ValueError(
                "by_difficulty goes with fixed: with wanted, harder prompts get more samples by themselves"
            )
        return self

    def most(self, difficulty: float | None) -> int:
        """Samples that a prompt of this difficulty can get."""
        return self.cap if self.fixed is None else by_level(self.by_difficulty, difficulty, self.fixed)


class Bounds(Section):
    """Bounds on the whole run; prices are for a million tokens, in any currency."""

    requests: int | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    money: float | None = Field(default=None, gt=0)
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)


class Parameters(Section):
    """Of the model's sampling, as they go into each request; null is the server's default."""

    temperature: float | None = Field(default=0.7, ge=0)
    top_p: float | None = Field(default=0.95, gt=0, le=1)
    max_tokens: int = Field(default=16384, gt=0)
    stop: list[str] | None = None


class AskedTeacher(Section):
    """What every teacher that is asked has in common.

    Attributes:
        training_prompt: prompts in the words of a training: a small model that was tuned here knows no others.
    """

    model: str
    training_prompt: bool = False
    system: str | None = None
    strategy: Literal["direct", "draft_critique_revise"] = "direct"
    parameters: Parameters = Parameters()
    sampling: Sampling = Sampling()
    bounds: Bounds = Bounds()
    min_pixels: int = Field(default=Pixels().least, gt=0)
    max_pixels: int = Field(default=Pixels().most, gt=0)
    timeout_s: float = Field(default=60.0, gt=0)

    @property
    def pixels(self) -> Pixels:
        return Pixels(self.min_pixels, self.max_pixels)


class EndpointTeacher(AskedTeacher, Endpoint):
    """A model behind OpenAI-compatible servers."""

    kind: Literal["endpoint"]


class LocalTeacher(AskedTeacher):
    """A transformers model in this process (hub id or folder), batched by length."""

    kind: Literal["local"]
    batch_size: int = Field(default=16, gt=0)
    dtype: Literal["float32", "bfloat16"] = "bfloat16"


class Difficulty(Section):
    """Who says how difficult a problem is, from 1 to 10.

    `label`: the data set's own level. `text`: the embedded scorer, trained in seconds on `labelled` problems, or on how
    often the teacher of `run` was right. `llm`: a scorer made by `data_prep/difficulty.yaml`, at `model`. `pass_rate`:
    the share of right samples in the run `run`, for its own problems.
    """

    by: Literal["label", "text", "llm", "pass_rate"]
    labelled: dict[str, Annotated[ProblemSource, Field(discriminator="kind")]] = Field(default_factory=dict)
    model: str | None = None
    run: str | None = None

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Difficulty:
        needed = {"text": ("labelled", "run"), "llm": ("model",), "pass_rate": ("run",)}.get(self.by, ())
        given = self.model_dump()
        if needed and not any(given[name] for name in needed):
            raise ValueError(f"by: {self.by} needs {' or '.join(needed)}")
        return self


class Prompts(Section):
    """Which problems are asked: of which levels, no near duplicates, none of a benchmark by its text or picture.

    With `audit` no programming problem whose own solutions fail its own tests.
    """

    audit: bool = False
    difficulty: Levels = Field(default=[1, 10])
    duplicates: Literal["drop", "keep"] = "drop"
    benchmarks: dict[str, Annotated[ProblemSource, Field(discriminator="kind")]] = Field(default_factory=dict)
    limit: int | None = Field(default=None, gt=0)


class TraceFilters(Section):
    """Which traces are fit to train on. `language`: the problem's own, or one for all."""

    language: Literal["problem", "en", "zh"] = "problem"
    duplicates: Literal["drop", "keep"] = "drop"


class Selection(Section):
    """Which verified traces are trained on: at most so many a problem, by default none with a step judged false.

    Attributes:
        by_difficulty: another cap from a level on, as in `Sampling`.
        choose: among a problem's verified traces: as sampled, the shortest, any, or those least alike.
        difficulty: bounds on the level of a problem, both included.
        limit: on the whole run; which prompts lose traces is drawn by seed.
        wrong_steps: also those with a correct answer and a step judged false.
        unverified: every trace whatever its verdict, to study what verdicts are worth; for no other model.
    """

    per_problem: int = Field(default=4, gt=0)
    by_difficulty: dict[int, int] = Field(default_factory=dict)
    choose: Literal["first", "shortest", "random", "diverse"] = "first"
    difficulty: Levels | None = None
    limit: int | None = Field(default=None, gt=0)
    wrong_steps: bool = False
    unverified: bool = False


class Pairing(Section):
    """Preference pairs: right against wrong traces of a problem, neither longer than `length_ratio` times the other."""

    per_problem: int = Field(default=4, gt=0)
    length_ratio: float = Field(default=2.0, ge=1)


Teacher = FormalTeacher | EndpointTeacher | LocalTeacher


class DataRecipe(Section):
    """`redstar-geo data`: without a teacher it stops after collecting, which makes an evaluation set.

    The problems come from one `source` or from several, named `sources`. Sources of kind `run` bring their traces:
    then there is no teacher, and the recipe selects anew among what was verified before.
    """

    makes: Literal["traces"] = "traces"
    run: str
    seed: int = 0
    engine: Literal["local", "ray"] = "local"
    ray_address: str | None = None
    workers: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), gt=0)
    source: Source | None = None
    sources: dict[str, Source] = Field(default_factory=dict)
    difficulty: Difficulty | None = None
    prompts: Prompts | None = None
    teacher: Annotated[Teacher, Field(discriminator="kind")] | None = None
    filters: TraceFilters | None = None
    select: Selection = Selection()
    pairs: Pairing = Pairing()

    @model_validator(mode="after")
    def _sources_fit(self) -> DataRecipe:
        if (self.source is None) == (not self.sources):
            raise ValueError("give either source or sources")
        runs = [isinstance(source, RunSource) for source in self.named_sources.values()]
        if any(runs) and (not all(runs) or self.teacher is not None):
            raise ValueError("sources of kind run bring their traces: no other kind beside them, and no teacher")
        return self

    @property
    def named_sources(self) -> dict[str, Source]:
        return self.sources if self.source is None else {self.source.kind: self.source}

    @property
    def merges_runs(self) -> bool:
        """Whether problems and traces come from finished runs."""
        return any(isinstance(source, RunSource) for source in self.named_sources.values())

    @property
    def gdl(self) -> Path | None:
        """FormalGeo's folder of predicates and theorems, where its problems are a source."""
        sources = self.named_sources.values()
        return next((Path(source.path) / "gdl" for source in sources if isinstance(source, FormalGeo7kSource)), None)

    @property
    def as_run(self) -> Settings:
        """What rows depend on: how fast, from where and how far a run goes may change when it is resumed."""
        teacher = {"servers", "bounds", "deadline_s", "attempts", "give_up_s", "timeout_s"}
        return Settings.of(self, {"workers": True, "engine": True, "ray_address": True, "teacher": teacher})

    @property
    def where(self) -> Engine:
        return Engine(self.engine, self.workers, self.ray_address)


def by_level(levels: dict[int, int], difficulty: float | None, otherwise: int) -> int:
    """The number of the highest level that `difficulty` reaches; a problem without a level gets `otherwise`."""
    reached = [level for level in levels if difficulty is not None and difficulty >= level]
    return levels[max(reached)] if reached else otherwise
