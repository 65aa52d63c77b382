"""The formal teacher: no model at all. A proof, replayed or known by construction, is told as a chain of thought."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from redstar_geo.geometry.construct import rebuild
from redstar_geo.geometry.formal import FormalSolver, ReplayError
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.proof import Proof
from redstar_geo.records import Problem

NAME = "formal"


@dataclass(frozen=True)
class Style:
    """How proofs are told: the form, and at most how many voices (None: all)."""

    form: Literal["short", "long"]
    voices: int | None = None


def prove(problem: Problem, gdl: Path | None = None) -> Proof:
    """The proof of a FormalGeo or built-in problem.

    Args:
        gdl: FormalGeo's folder of predicates and theorems, needed for its problems.

    Raises:
        ReplayError: there is none; `reason` says why.
    """
    if problem.source == "builtin":
        return rebuild(problem).proof
    if problem.source == "formalgeo7k" and gdl is not None:
        return _solver(gdl).replay(problem.meta)
    raise ReplayError("no_formal_statement", problem.id)


def request(problem: Problem, style: Style, sample: int, seed: int) -> dict[str, Any]:
    """What determines a response, for the ledger's key."""
    return {
        "teacher": NAME,
        "problem": problem.id,
        "question": problem.question,
        "formal": dict(problem.meta),
        "form": style.form,
        "voices": style.voices,
        "language": problem.language,
        "sample": sample,
        "seed": seed,
    }


def answer(problem: Problem, proof: Proof, style: Style, sample: int, seed: int) -> Mapping[str, str]:
    """One response to a problem: `reasoning`, `response`, `finish_reason`; different samples speak differently."""
    digest = hashlib.sha256(f"{seed}/{problem.id}/{sample}".encode()).digest()
    told = narrate(
        proof,
        form=style.form,
        language="zh" if problem.language == "zh" else "en",
        seed=int.from_bytes(digest[:8], "big"),
        voices=style.voices,
    )
    return {"reasoning": told.reasoning, "response": told.response, "finish_reason": "stop"}


@lru_cache(maxsize=1)
def _solver(gdl: Path) -> FormalSolver:
    return FormalSolver(gdl)
