"""What an evaluation may be told, and a comparison of two."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from redstar_geo.generation.address import Endpoint
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.readers.named import Reader
from redstar_geo.recipe import Section

Pictures = Literal["own", "swapped", "none"]


class Judge(Section):
    """A model at an endpoint that scores what has no gold answer.

    Attributes:
        max_tokens, temperature: how its judgements are written.
        tries: how often it is asked about an answer until what it says can be read; then that answer has no score.
    """

    model: str
    endpoint: Endpoint
    max_tokens: int = Field(default=4096, gt=0)
    temperature: float = Field(default=0.0, ge=0)
    tries: int = Field(default=3, gt=0)


class EvalRecipe(Section):
    """`redstar-geo eval`: who is asked, what, how often, and what the answers are held against.

    Attributes:
        model: hub id or folder; with `endpoint` the name that the servers know it by.
        engine: what runs it here; without effect with `endpoint`.
        problems: the `problems.parquet` of a run; or else
        benchmarks: suites, benchmarks, or files of your own; see `redstar_geo.benchmarks`.
        paths: benchmark → local copy of its source; the hub's where there is none.
        limit: so many problems of each, at random by `seed`.
        pictures: what a question with a picture shows: its `own`, that of another problem (`swapped`: of its family
            where there is one, with another answer), or `none`.
        looks: so many problems of each, where they have pictures, are asked once more with another's picture and once
            without one, to see whether the model looks: at most twice as many answers more; 0 for none.
        samples: attempts at each problem.
        k: for which pass@k, maj@k and best-of-k are given; at most `samples`.
        max_new_tokens, temperature, top_p: how every answer is written; temperature 0 takes the likeliest token.
        training: a run of `redstar-geo data` or `train` that the problems are compared with, by text and picture.
        gdl: FormalGeo's folder of predicates and theorems: the steps of answers to its problems are judged only with
            it; built-in problems bring their proofs.
        certificates: whether answers are certified or refuted by what is known of their pictures: about a second each.
        reader: who says what a picture shows of which nothing is known, for certificates; nobody where none is named.
        errata: an `errata.jsonl` of `redstar-geo errata`: the score on the problems that are not in it stands beside
            the score on all.
        judge: who scores the answers to benchmarks of `protocol: judged`.
        shown: how many answers that are not right the report shows of each benchmark.
    """

    run: str
    model: str
    engine: Literal["transformers", "vllm"] = "transformers"
    endpoint: Endpoint | None = None
    problems: str | None = None
    benchmarks: list[str] = Field(default_factory=list)
    paths: dict[str, str] = Field(default_factory=dict)
    limit: int | None = Field(default=None, gt=0)
    pictures: Pictures = "own"
    looks: int = Field(default=50, ge=0)
    seed: int = 0
    samples: int = Field(default=1, gt=0)
    k: list[int] = Field(default=[1], min_length=1)
    max_new_tokens: int = Field(default=1024, gt=0)
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    batch_size: int = Field(default=64, gt=0)
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    training: str | None = None
    gdl: str | None = None
    certificates: bool = True
    reader: Reader | None = None
    errata: str | None = None
    judge: Judge | None = None
    shown: int = Field(default=40, ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> EvalRecipe:
        if (self.problems is None) == (not self.benchmarks):
            raise ValueError("give either problems (a file) or benchmarks (suites, names, files)")
        if self.paths and not self.benchmarks:
            raise ValueError("paths are local copies of benchmarks, and none is given")
        if beyond := [k for k in self.k if not 1 <= k <= self.samples]:
            raise ValueError(f"k={beyond} needs as many samples, and samples is {self.samples}")
        if self.reader is not None and not self.certificates:
            raise ValueError("reader says what certificates rest on, and certificates is false")
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(f"{self.samples} samples at temperature 0 are {self.samples} times the same answer")
        return self

    @property
    def generation(self) -> GenerationSettings:
        return GenerationSettings(self.max_new_tokens, self.temperature, self.top_p, self.seed)


class CompareRecipe(Section):
    """`redstar-geo compare`: the folders of two evaluations; the second is compared against the first.

    `run` takes `compare.json` and `compare.html`, of which `shown` problems that flipped in each direction; without it,
    a folder beside the first evaluation.
    """

    first: str
    second: str
    run: str | None = None
    shown: int = Field(default=40, ge=0)

    @property
    def folder(self) -> Path:
        """Where the comparison goes."""
        first, second = Path(self.first), Path(self.second)
        named = second.name if second.name != first.name else f"{second.parent.name}_{second.name}"
        return Path(self.run) if self.run is not None else first.with_name(f"{first.name}_against_{named}")
