"""Benchmarks whose answers a judge scores, each by its owners' protocol: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from redstar_geo.benchmarks import hellobench, sedareval
from redstar_geo.benchmarks.hellobench import HelloBenchSource
from redstar_geo.benchmarks.judgement import Judgement, Messages
from redstar_geo.benchmarks.sedareval import SedarEvalSource
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected

JudgedSource = HelloBenchSource | SedarEvalSource


@dataclass(frozen=True)
class JudgedBy:
    """A protocol: what is asked, what the judge is asked about a response, and how its reply is read."""

    problems: Callable[[Any], Iterator[Problem | Rejected]]
    request: Callable[[Problem, str], Messages]
    read: Callable[[Problem, str], Judgement]


PROTOCOLS = {
    "hellobench": JudgedBy(hellobench.problems, hellobench.request, hellobench.read),
    "sedareval": JudgedBy(sedareval.problems, sedareval.request, sedareval.read),
}
