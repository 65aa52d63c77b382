"""The formal teacher in the app: no model, only problems whose proof is known, streamed in small pieces."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from redstar_geo.errors import InputError
from redstar_geo.formalise import answered
from redstar_geo.formalise.certified import certified_gold, facts_of
from redstar_geo.formalise.proved import told
from redstar_geo.generation.reply import join_thinking
from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.geometry.claims import Facts, Judged, judge
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate.theorems import phrase
from redstar_geo.geometry.proof import Step
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.teacher import formal
from redstar_geo.viewing.permalink import OWN
from redstar_geo.viewing.words import LABELS
from redstar_geo.workers import Workers

Form = Literal["short", "long"]
_PROCESSES = 2
_PIECES, _PAUSE_S = 60, 0.02
_WORDS = re.compile(r"\s*\S+")


class JudgedText(NamedTuple):
    """The claims of a text, the figures of its problem, and the theorems of its proof in words, by number of step."""

    judged: Judged
    figures: tuple[Figure, ...]
    steps: Mapping[int, str]


class Proofs:
    """What is known of problems that have a proof, or whose text determines the answer, worked out beside the server.

    Args:
        gdl: FormalGeo's folder of predicates and theorems; None where there is none.
    """

    def __init__(self, gdl: Path | None) -> None:
        self.gdl = gdl
        self.workers = Workers(_PROCESSES)

    async def warm(self) -> None:
        """Start the processes, which takes a second or two."""
        await asyncio.gather(*(self.workers.run(_ready) for _ in range(_PROCESSES)), return_exceptions=True)

    async def narrated(self, problem: Problem, form: Form, sample: int) -> Mapping[str, str]:
        """The proof as a response: see `teacher.formal.answer`.

        Raises:
            ReplayError: there is none.
            GaveUp: it could not be found in time.
        """
        return await self.workers.run(_narrated, problem, self.gdl, form, sample)

    async def searched(self, question: str) -> str:
        """A proof that nobody gave of the answer to a question, as a chain of thought; empty where none is found.

        Raises:
            GaveUp: the search took too long. Its work is bounded by counts.
        """
        return await self.workers.run(_searched, question, self.gdl)

    async def judged(self, problem: Problem, text: str, language: str = "en") -> JudgedText:
        """What a text claims, judged; `language` is that of the steps in words.

        Raises:
            ReplayError: the problem has no proof, nor does what is read of it determine an answer.
            GaveUp: it could not be judged in time.
        """
        return await self.workers.run(_judged, problem, self.gdl, text, language)


def _ready() -> None:
    """Nothing: whoever can be asked for it has read this module."""


def _narrated(problem: Problem, gdl: Path | None, form: Form, sample: int) -> Mapping[str, str]:
    with Library(None, gdl) as library:
        return formal.answer(problem, library.proof(problem), formal.Style(form), sample, 0)


def _searched(question: str, gdl: Path | None) -> str:
    return "" if gdl is None else told(answered(question), gdl)["proof"] or ""


def _facts(problem: Problem, library: Library) -> Facts:
    """What steps are judged by: a proof, or figures of all that was read, where these determine the answer."""
    if problem.source == OWN and not problem.answer and (value := certified_gold(problem.question).value):
        problem = replace(problem, answer=value.text)
    return facts_of(problem, library)


def _judged(problem: Problem, gdl: Path | None, text: str, language: str) -> JudgedText:
    """Records alone: facts hold numbers and functions that cannot leave their process."""
    with Library(None, gdl) as library:
        facts = _facts(problem, library)
        steps = {
            number: phrase(move.theorem, move.args, "zh" if language == "zh" else "en")
            for number, move in enumerate(facts.proof.moves, 1)
            if isinstance(move, Step)
        }
        return JudgedText(judge(text, facts), facts.figures, steps)


class FormalAnswers:
    """Streams narrated proofs, in the long or in the short form."""

    def __init__(self, proofs: Proofs, form: Form) -> None:
        self.proofs, self.form = proofs, form
        self.name = f"formal, {form}"

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """Raises:
        InputError: the problem has no known proof, or one that does not go through.
        """
        try:
            reply = await self.proofs.narrated(problem, self.form, settings.seed)
        except ReplayError as error:
            why = "proof_only" if error.reason == "no_formal_statement" else "proof_lost"
            raise InputError(LABELS["en"][why]) from None
        words = _WORDS.findall(join_thinking(reply["reasoning"].strip(), reply["response"].strip()))
        size = max(1, len(words) // _PIECES)
        for start in range(0, len(words), size):
            piece = words[start : start + size]
            yield Delta("".join(piece), tokens=len(piece))
            await asyncio.sleep(_PAUSE_S)
        yield Delta(finish_reason=reply["finish_reason"])
