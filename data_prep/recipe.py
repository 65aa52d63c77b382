"""What a data recipe may say."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from redstar_geo.recipe import Section


class FormalGeo7kSource(Section):
    """A folder in FormalGeo7k's upstream layout."""

    kind: Literal["formalgeo7k"]
    path: str
    origin: Literal["geoqa", "geometry3k", "all"] = "all"
    language: Literal["en", "zh"] = "en"


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


class FormalTeacher(Section):
    """Proofs told as chains of thought: `samples` tellings a problem."""

    kind: Literal["formal"]
    form: Literal["short", "long"] = "long"
    samples: int = Field(default=1, gt=0)
    voices: int | None = Field(default=None, gt=0)
    timeout_s: float = Field(default=60.0, gt=0)


class Sampling(Section):
    """How many samples a prompt gets: `fixed` as in the paper, or as many as make `wanted` verified, at most `cap`."""

    fixed: int | None = Field(default=10, gt=0)
    wanted: int | None = Field(default=None, gt=0)
    cap: int = Field(default=50, gt=0)

    @model_validator(mode="after")
    def _one_of_them(self) -> Sampling:
        if (self.fixed is None) == (self.wanted is None):
            raise ValueError("give either fixed (and wanted: null) or wanted (and fixed: null)")
        return self

    @property
    def most(self) -> int:
        """Samples that a prompt can get."""
        return self.fixed or self.cap


class Bounds(Section):
    """Bounds on the whole run; prices are for a million tokens, in any currency."""

    requests: int | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    money: float | None = Field(default=None, gt=0)
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)


class ServerAddress(Section):
    """An OpenAI-compatible server: base URL up to `/v1`, and the environment variable that holds its key."""

    url: str
    weight: float = Field(default=1.0, gt=0)
    key_env: str | None = None
    start: int = Field(default=32, gt=0)
    most: int = Field(default=512, gt=0)


class Parameters(Section):
    """Of the model's sampling, as they go into each request; null is the server's default."""

    temperature: float | None = Field(default=0.7, ge=0)
    top_p: float | None = Field(default=0.95, gt=0, le=1)
    max_tokens: int = Field(default=16384, gt=0)
    stop: list[str] | None = None


class AskedTeacher(Section):
    """What every teacher that is asked has in common."""

    model: str
    system: str | None = None
    strategy: Literal["direct", "draft_critique_revise"] = "direct"
    parameters: Parameters = Parameters()
    sampling: Sampling = Sampling()
    bounds: Bounds = Bounds()
    min_pixels: int = Field(default=4 * 28 * 28, gt=0)
    max_pixels: int = Field(default=1280 * 28 * 28, gt=0)
    timeout_s: float = Field(default=60.0, gt=0)


class EndpointTeacher(AskedTeacher):
    """A model behind OpenAI-compatible servers. `extra_body` goes into each request as it is."""

    kind: Literal["endpoint"]
    servers: list[ServerAddress] = Field(min_length=1)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    deadline_s: float = Field(default=900.0, gt=0)
    attempts: int = Field(default=8, gt=0)
    give_up_s: float = Field(default=600.0, gt=0)


class LocalTeacher(AskedTeacher):
    """A transformers model in this process (hub id or folder), batched by length."""

    kind: Literal["local"]
    batch_size: int = Field(default=16, gt=0)
    dtype: Literal["float32", "bfloat16"] = "bfloat16"


class Selection(Section):
    """Which verified traces are taught: at most so many a problem, and by default none with a step judged false."""

    per_problem: int = Field(default=4, gt=0)
    wrong_steps: bool = False


Teacher = FormalTeacher | EndpointTeacher | LocalTeacher


class DataRecipe(Section):
    """`redstar-geo data`: without a teacher it stops after collecting, which makes an evaluation set."""

    run: str
    seed: int = 0
    workers: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), gt=0)
    source: Annotated[FormalGeo7kSource | BuiltinSource, Field(discriminator="kind")]
    teacher: Annotated[Teacher, Field(discriminator="kind")] | None = None
    select: Selection = Selection()
