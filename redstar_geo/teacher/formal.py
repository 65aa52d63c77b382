"""The formal teacher, no model: a proof, replayed or known by construction, is narrated as a chain of thought."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redstar_geo.geometry.narrate import Form, conclusion, narrate
from redstar_geo.geometry.proof import Proof
from redstar_geo.records import Problem

NAME = "formal"


@dataclass(frozen=True)
class Style:
    """How proofs are narrated: the form, how many voices there are (None: all; 1: the compact one), and how often a
    mistake is made and mended."""

    form: Form
    voices: int | None = None
    mistakes: float = 0.0


def request(problem: Problem, style: Style, sample: int, seed: int) -> dict[str, Any]:
    """What determines a response, for the ledger's key."""
    mistaken = {"mistakes": style.mistakes} if style.mistakes else {}
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
        **mistaken,
    }


def answer(problem: Problem, proof: Proof, style: Style, sample: int, seed: int) -> Mapping[str, str]:
    """One response to a problem: `reasoning`, `response`, `finish_reason`; different samples are worded differently.

    With a mistake in it that was mended, also `mistake`: JSON of its kind and of the statements that do not hold.
    """
    digest = hashlib.sha256(f"{seed}/{problem.id}/{sample}".encode()).digest()
    narration = narrate(
        proof,
        form=style.form,
        language="zh" if problem.language == "zh" else "en",
        seed=int.from_bytes(digest[:8], "big"),
        voices=style.voices,
        mistakes=style.mistakes,
    )
    told = {"reasoning": narration.reasoning, "response": narration.response, "finish_reason": "stop"}
    slip = narration.mistake
    return told if slip is None else {**told, "mistake": json.dumps({"kind": slip.kind, "false": slip.false})}


def read_off(problem: Problem) -> Mapping[str, str]:
    """The response to a diagram that is to be read (`sources.reading`): it stands there, and nothing is thought."""
    goal = problem.meta["goal"]
    response = conclusion(goal, problem.answer, "en") if goal else problem.answer
    return {"reasoning": "", "response": response, "finish_reason": "stop"}
