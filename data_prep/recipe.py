"""What a data recipe may say."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import Field

from redstar_geo.recipe import Section


class FormalGeo7kSource(Section):
    """A folder in FormalGeo7k's upstream layout."""

    kind: Literal["formalgeo7k"]
    path: str
    origin: Literal["geoqa", "geometry3k", "all"] = "all"
    language: Literal["en", "zh"] = "en"


class BuiltinSource(Section):
    """Problems made here, balanced over families; no download."""

    kind: Literal["builtin"]
    families: list[str] = Field(min_length=1)
    count: int = Field(gt=0)
    difficulty: list[int] = Field(default=[1], min_length=1)
    language: Literal["en", "zh"] = "en"
    modality: Literal["text", "picture", "both"] = "both"
    choices: bool = True
    split: Literal["train", "test"] = "train"


class FormalTeacher(Section):
    """Proofs told as chains of thought: `samples` tellings a problem."""

    kind: Literal["formal"]
    form: Literal["short", "long"] = "long"
    samples: int = Field(default=1, gt=0)
    voices: int | None = Field(default=None, gt=0)
    timeout_s: float = Field(default=60.0, gt=0)


class Selection(Section):
    """Which verified traces are taught: at most so many a problem, and by default none with a step judged false."""

    per_problem: int = Field(default=4, gt=0)
    wrong_steps: bool = False


class DataRecipe(Section):
    """`redstar-geo data`: without a teacher it stops after collecting, which makes an evaluation set."""

    run: str
    seed: int = 0
    workers: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), gt=0)
    source: Annotated[FormalGeo7kSource | BuiltinSource, Field(discriminator="kind")]
    teacher: FormalTeacher | None = None
    select: Selection = Selection()
