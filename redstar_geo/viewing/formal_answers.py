"""The formal teacher in the app: no model, only problems whose proof is known, streamed in small pieces."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from redstar_geo.errors import InputError
from redstar_geo.generation.reply import join_thinking
from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.geometry.claims import Facts
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.teacher import formal

_PIECES, _PAUSE_S = 60, 0.02
_WORDS = re.compile(r"\s*\S+")


class Proofs:
    """Proofs and facts of problems, one at a time, since the solver is not made for threads.

    Args:
        gdl: FormalGeo's folder of predicates and theorems; None where there is none.
    """

    def __init__(self, gdl: Path | None) -> None:
        self.gdl = gdl
        self._one_at_a_time = threading.Lock()

    def proof(self, problem: Problem) -> Proof:
        """Raises:
        ReplayError: there is none.
        """
        with self._one_at_a_time, Library(None, self.gdl) as library:
            return library.proof(problem)

    def facts(self, problem: Problem) -> Facts:
        """With its figures, fitted now.

        Raises:
            ReplayError: the problem has no proof.
        """
        with self._one_at_a_time, Library(None, self.gdl) as library:
            facts = library.facts(problem)
            _ = facts.figures
            return facts


class FormalAnswers:
    """Streams narrated proofs, in the long or in the short form."""

    def __init__(self, proofs: Proofs, form: Literal["short", "long"]) -> None:
        self.proofs, self.form = proofs, form
        self.name = f"formal, {form}"

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """Raises:
        InputError: the problem has no known proof.
        """
        try:
            proof = await asyncio.to_thread(self.proofs.proof, problem)
        except ReplayError as error:
            raise InputError(
                f"The built-in teacher answers only problems whose proof is known; this one has none ({error.reason}). "
                "Take a built-in problem, or start the app with --model or --endpoint."
            ) from None
        reply = formal.answer(problem, proof, formal.Style(self.form), settings.seed, 0)
        words = _WORDS.findall(join_thinking(reply["reasoning"].strip(), reply["response"].strip()))
        size = max(1, len(words) // _PIECES)
        for start in range(0, len(words), size):
            piece = words[start : start + size]
            yield Delta("".join(piece), tokens=len(piece))
            await asyncio.sleep(_PAUSE_S)
        yield Delta(finish_reason=reply["finish_reason"])
