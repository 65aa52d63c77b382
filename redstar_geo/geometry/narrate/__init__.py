"""A proof told as a chain of thought, in a short and in a long form, in many voices.

Whatever is stated is a given, a conclusion of the proof, a solved value or checked arithmetic. Wrong turns are the
proof's own: theorems that were tried and whose premises do not hold, or that gave something true and useless.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from redstar_geo.geometry import cdl
from redstar_geo.geometry.narrate.arithmetic import substituted, work
from redstar_geo.geometry.narrate.say import is_angle, latex, say
from redstar_geo.geometry.narrate.theorems import phrase
from redstar_geo.geometry.narrate.voices import Voice
from redstar_geo.geometry.proof import Proof, Solve, Step

_DEAD_ENDS = 2  # at most so many wrong turns in one telling
# Nobody says that AB ∥ CD holds for parts of AB, or that a triangle with two equal sides is isosceles: the step that
# uses it names it ("△ABC is isosceles with AB = AC, so …").
_SELF_EVIDENT = (
    "parallel_property_collinear_extend",
    "isosceles_triangle_judgment_line_equal",
    "right_triangle_judgment_angle",
)
_PREMISES = 3  # at most so many premises are named with a step


@dataclass(frozen=True)
class Narration:
    """`reasoning` goes between the think tags, `response` after them, with the answer in `\\boxed{}`."""

    reasoning: str
    response: str


def narrate(
    proof: Proof,
    *,
    form: Literal["short", "long"],
    language: Literal["en", "zh"] = "en",
    seed: int = 0,
    voices: int | None = None,
) -> Narration:
    """Tell a proof.

    Args:
        seed: decides wording, and which dead ends are told.
        voices: how many ways of speaking there are in all; None for as many as seeds.
    """
    telling = _Telling(proof, language, Voice(seed, voices, language), Random(f"{seed}/story"))
    reasoning = telling.short() if form == "short" else telling.long()
    degrees = is_angle(cdl.parse(proof.goal))
    answer = rf"\boxed{{{latex(proof.answer, degrees)}}}"
    return Narration(reasoning, f"{telling.goal} = {answer}")


class _Telling:
    def __init__(self, proof: Proof, language: Literal["en", "zh"], voice: Voice, chance: Random) -> None:
        self.proof, self.language, self.voice, self.chance = proof, language, voice, chance
        self.goal = say(proof.goal, language)
        self.values = _given_values(proof)
        self.used: set[str] = set()  # equations already worked with

    def short(self) -> str:
        """The conclusions that matter, and the value."""
        steps = [move for move in self.proof.moves if isinstance(move, Step) and move.needed]
        facts = [c for move in steps if move.theorem not in _SELF_EVIDENT for c in move.conclusions]
        last = self.proof.moves[-1]
        if not facts and isinstance(last, Solve):
            facts = list(last.equations)
        result = f"{self.goal} = {self._value(self.proof.answer)}"
        if not facts:
            return self.voice.say("result", result=result)
        worded = dict.fromkeys(say(fact, self.language) for fact in facts)
        return self.voice.say("short", facts=self.voice.join(list(worded)), result=result)

    def long(self) -> str:
        """Given and asked, a plan, the moves with their dead ends, a check."""
        paragraphs = [self._opening()]
        dead_ends = [move for move in self.proof.moves if isinstance(move, Step) and not move.needed]
        told = set(map(id, self.chance.sample(dead_ends, min(len(dead_ends), self.chance.randint(0, _DEAD_ENDS)))))
        for move in self.proof.moves:
            if isinstance(move, Solve):
                paragraphs.append(self._solve(move))
            elif move.needed and move.theorem not in _SELF_EVIDENT:
                paragraphs.append(self._step(move))
            elif id(move) in told:
                paragraphs.append(self._dead_end(move))
        paragraphs += self._checks()
        return "\n".join(paragraph for paragraph in paragraphs if paragraph)

    def _opening(self) -> str:
        givens = dict.fromkeys(say(given, self.language) for given in self.proof.givens if not _says_little(given))
        if givens:
            opening = self.voice.say("given", givens=self.voice.join(list(givens)), goal=self.goal)
        else:
            opening = self.voice.say("nothing_given", goal=self.goal)
        last = self.proof.moves[-1]
        steps = [move for move in self.proof.moves if isinstance(move, Step) and move.needed]
        if self.voice.fixed or len(steps) < 3 or not isinstance(last, Solve) or not last.equations:
            return opening  # a fixed voice is a compact one
        if cdl.parse(self.proof.goal) not in cdl.parse(last.equations[-1]).measures():
            return opening
        return f"{opening} {self.voice.say('plan', goal=self.goal, equation=say(last.equations[-1], self.language))}"

    def _step(self, step: Step) -> str:
        why = phrase(step.theorem, step.args, self.language, self.voice.chance(f"why/{step.theorem}"))
        facts = self.voice.join([say(conclusion, self.language) for conclusion in step.conclusions])
        worded = [say(premise, self.language) for premise in step.premises if not _says_little(premise)]
        premises = [premise for premise in worded if premise != why]
        if step.theorem == "definition":
            return self.voice.say("definition", premises=self.voice.join(premises or ["this"]), facts=facts)
        if not premises or len(premises) > _PREMISES:
            return self.voice.say("reason", why=why, facts=facts)
        return self.voice.say("reason_from", why=why, facts=facts, premises=self.voice.join(premises))

    def _solve(self, move: Solve) -> str:
        working = work(move, self.language)
        self.used.update(move.equations)
        self.values[move.unknown] = move.value
        if working.by_hand:
            lines = " ".join(f"{line}." for line in working.steps)
            return f"{lines} {self.voice.say('result', result=working.result)}".strip()
        if not working.equations:
            return self.voice.say("result", result=working.result)
        slot = "together" if len(working.equations) > 1 else "alone"
        told = self.voice.say(slot, equations=self.voice.join(list(working.equations)), result=working.result)
        checks = [substituted(equation, tuple(self.values.items()), self.language) for equation in move.equations]
        found = [check for check in checks if check]
        return f"{told} {self.voice.say('fits', checks='; '.join(found))}" if found else told

    def _dead_end(self, step: Step) -> str:
        if not step.conclusions:
            missing = self.voice.join([say(premise, self.language) for premise in step.premises])
            return self.voice.say("dead_end", idea=self.voice.idea(step.theorem, step.args), missing=missing)
        why = phrase(step.theorem, step.args, self.language, self.voice.chance(f"why/{step.theorem}"))
        facts = self.voice.join([say(conclusion, self.language) for conclusion in step.conclusions])
        return self.voice.say("detour", why=why, facts=facts, goal=self.goal)

    def _checks(self) -> list[str]:
        """The goal put into an equation, one that was not worked with where there is one."""
        goal = cdl.parse(self.proof.goal)
        facts = [*self.proof.givens, *(c for m in self.proof.moves if isinstance(m, Step) for c in m.conclusions)]
        equations = [
            fact
            for fact in facts
            if fact.startswith("Equal(") and goal in cdl.parse(fact).measures() and cdl.parse(fact).terms[1] != goal
        ]
        checks: dict[bool, str] = {}
        for equation in sorted(set(equations), key=lambda e: (-len(e), e)):
            written = substituted(equation, tuple(self.values.items()), self.language)
            sides = written.split(" = ") if written else []
            if written and len(set(sides)) > 1:
                checks.setdefault(equation in self.used, written)
        told = []
        if True in checks:
            told.append(self.voice.say("check", check=checks[True]))
        if False in checks:
            told.append(self.voice.say("check_more" if told else "check", check=checks[False]))
        return told

    def _value(self, text: str) -> str:
        shown = say(text, self.language)
        return shown + "°" if is_angle(cdl.parse(self.proof.goal)) else shown


def _given_values(proof: Proof) -> dict[str, str]:
    """Measures that the givens value outright, and all that the proof's solutions call known."""
    values: dict[str, str] = {}
    for given in proof.givens:
        term = cdl.parse(given)
        if term.head == "Equal" and term.terms[0].head in cdl.MEASURES and not set(term.terms[1].measures()):
            values[str(term.terms[0])] = str(term.terms[1])
    for move in proof.moves:
        if isinstance(move, Solve):
            values.update(move.known)
    return values


def _says_little(statement: str) -> bool:
    """That a circle named O has its centre at O."""
    return statement.startswith("IsCentreOfCircle(") and len(set(cdl.parse(statement).points)) == 1
