"""A proof told as a chain of thought, in a short and in a long form, in many voices.

Whatever is stated is a given, a conclusion of the proof, a solved value, checked arithmetic or a relation computed
exactly from the proof's values. Wrong turns are the proof's own: theorems that were tried and whose premises do not
hold, or that gave something true and useless.

What is not asserted (plans, wrong turns, traps, discarded roots) is marked in its own sentence by one of these cues, so
that a reader of claims can leave it out. English: could, would, if, need, maybe, suppose, tempting, wrong, "not known",
"no reason", "?". Chinese: 要是, 如果, 若, 需要, 能不能, 是否, 可能, 误, 想办法, 没有理由, "？".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from redstar_geo.geometry import cdl
from redstar_geo.geometry.narrate.compact import Compact
from redstar_geo.geometry.narrate.mathmode import in_math_mode
from redstar_geo.geometry.narrate.mistakes import Mistake, mistake
from redstar_geo.geometry.narrate.say import is_angle, say
from redstar_geo.geometry.narrate.say import latex as in_latex
from redstar_geo.geometry.narrate.telling import Telling
from redstar_geo.geometry.narrate.wording import capital
from redstar_geo.geometry.proof import Proof

Form = Literal["answer", "short", "long_unchecked", "long"]


@dataclass(frozen=True)
class Narration:
    """`reasoning` goes between the think tags, `response` after them, with the answer in `\\boxed{}`.

    `mistake` is what was got wrong and mended on the way, if anything was.
    """

    reasoning: str
    response: str
    mistake: Mistake | None = None


def narrate(
    proof: Proof,
    *,
    form: Form,
    language: Literal["en", "zh"] = "en",
    seed: int = 0,
    voices: int | None = None,
    mistakes: float = 0.0,
) -> Narration:
    """Tell a proof.

    Args:
        form: nothing but the answer, the conclusions that matter, or all at length, without its checks or with them.
        seed: decides the voice: register, notation, order, wording, and which wrong turns and checks are told.
        voices: how many ways of speaking there are in all; None for as many as seeds. One is the compact voice, which
            says everything in one way, so that a tiny model can learn it.
        mistakes: how often, in long form, a mistake is made that the proof invites, noticed and mended.
    """
    chance = Random(f"{seed}/mistake")
    slip = mistake(proof, language, chance) if form.startswith("long") and chance.random() < mistakes else None
    latex = False
    if voices == 1:
        compact = Compact(proof, language, Random(f"{seed}/story"))
        reasoning = compact.short() if form == "short" else compact.long(form == "long", slip)
    else:
        telling = Telling(proof, language, seed if voices is None else seed % voices)
        reasoning = telling.short() if form == "short" else telling.long(form == "long", slip)
        latex = telling.voice.latex
    if latex:
        reasoning = in_math_mode(reasoning)
        slip = replace(slip, text=in_math_mode(slip.text)) if slip is not None else None
    made = slip if slip is not None and slip.text in reasoning else None
    if form == "answer":
        reasoning = ""
    said = conclusion(proof.goal, proof.answer, language, decimals=voices != 1)
    return Narration(reasoning, said if voices == 1 else capital(said), made)


def rest(proof: Proof, language: Literal["en", "zh"], seed: int, voices: int | None) -> str:
    """What is left of a proof, told at length by one who has begun: without its givens, with its checks.

    Args:
        proof: what has been derived is among its givens; it may have no moves left.
        seed, voices: as of `narrate`.
    """
    if voices == 1:
        return Compact(proof, language, Random(f"{seed}/story")).rest()
    telling = Telling(proof, language, seed if voices is None else seed % voices)
    return in_math_mode(telling.rest()) if telling.voice.latex else telling.rest()


def conclusion(goal: str, answer: str, language: str, decimals: bool = False) -> str:
    """What is asked for and its value, both of the formal language: `∠ABC = \\boxed{53^\\circ}`."""
    return rf"{say(goal, language)} = \boxed{{{in_latex(answer, is_angle(cdl.parse(goal)), decimals=decimals)}}}"
