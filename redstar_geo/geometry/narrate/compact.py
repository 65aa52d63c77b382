"""The compact voice: one wording for everything, so that a tiny model can learn to reason in it.

What a small model has to learn is then the proof and its arithmetic, not a way of speaking.
"""

from __future__ import annotations

from random import Random

from redstar_geo.geometry import cdl
from redstar_geo.geometry.narrate import asides_en, asides_zh
from redstar_geo.geometry.narrate.arithmetic import substituted, work
from redstar_geo.geometry.narrate.mistakes import Mistake
from redstar_geo.geometry.narrate.say import is_angle, joined, says_little
from redstar_geo.geometry.narrate.say import say as say_in
from redstar_geo.geometry.narrate.story import SELF_EVIDENT, unanswered
from redstar_geo.geometry.narrate.theorems import Language, phrase
from redstar_geo.geometry.narrate.values import given_values
from redstar_geo.geometry.narrate.wording import filled
from redstar_geo.geometry.proof import Proof, Solve, Step

_DEAD_ENDS = 2  # at most so many wrong turns in one telling
_PREMISES = 3  # at most so many premises are named with a step
_SLOTS: dict[Language, dict[str, str]] = {
    "en": {
        "given": "So {givens}; wanted: {goal}.",
        "nothing_given": "Find {goal}.",
        "reason": "{Facts}: {why}.",
        "reason_from": "I know {premises}. Then {facts}, since {why}.",
        "definition": "Because {premises}, I know {facts}.",
        "result": "That makes {result}.",
        "alone": "From {equations} I read off {result}.",
        "together": "Taking {equations} together, I find {result}.",
        "fits": "Putting the numbers back: {checks}.",
        "dead_end": "{Idea} That would need {missing}, and nothing so far gives it. Leave that.",
        "detour": "I could also note {facts}, since {why}. It is true but leads nowhere near {goal}, so I leave it.",
        "check": "To be sure, put it in: {check}. It holds.",
        "check_more": "And something I have not used: {check}. That fits too.",
        "short": "{Facts}. Hence {result}.",
    },
    "zh": {
        "given": "先看条件：{givens}。要求的是{goal}。",
        "nothing_given": "求{goal}。",
        "reason": "{facts}，理由是{why}。",
        "reason_from": "{premises}，于是{facts}（{why}）。",
        "definition": "由{premises}知{facts}。",
        "result": "因此{result}。",
        "alone": "由{equations}得{result}。",
        "together": "联立{equations}，解得{result}。",
        "fits": "代回去：{checks}。",
        "dead_end": "{idea}那需要{missing}，目前得不到，放弃。",
        "detour": "还可以得到{facts}（{why}），但对{goal}没有帮助，放下。",
        "check": "代入检查：{check}，正确。",
        "check_more": "另一个没用过的关系也成立：{check}。",
        "short": "由{facts}得{result}。",
    },
}
_IDEAS = {"en": asides_en.IDEAS, "zh": asides_zh.IDEAS}
_OWN_IDEAS = (  # the theorems that come to mind with a question of their own
    "isosceles_triangle_judgment_line_equal",
    "isosceles_triangle_judgment_angle_equal",
    "right_triangle_judgment_angle",
    "equilateral_triangle_judgment_isosceles_and_isosceles",
    "diameter_of_circle_property_right_angle",
)


class Compact:
    """A telling in the compact voice; `chance` only decides which dead ends are told."""

    def __init__(self, proof: Proof, language: Language, chance: Random) -> None:
        self.proof, self.language, self.chance = proof, language, chance
        self.goal = self._say(proof.goal)
        self.values = given_values(proof)
        self.used: set[str] = set()  # equations already worked with

    def short(self) -> str:
        """The conclusions that matter, and the value."""
        steps = [step for step in self.proof.steps if step.needed and step.theorem not in SELF_EVIDENT]
        facts = [conclusion for step in steps for conclusion in step.conclusions]
        last = self.proof.moves[-1]
        facts = unanswered(facts or (last.equations if isinstance(last, Solve) else ()), self.proof)
        result = f"{self.goal} = {self._say(self.proof.answer)}{'°' if is_angle(cdl.parse(self.proof.goal)) else ''}"
        if not facts:
            return self._fill("result", result=result)
        return self._fill("short", facts=self._join(facts), result=result)

    def long(self, checked: bool = True, slip: Mistake | None = None) -> str:
        """Given and asked, the moves with their dead ends and the mistake made at one of them, a check."""
        paragraphs = [self._opening()]
        dead_ends = [step for step in self.proof.steps if not step.needed]
        tried = set(map(id, self.chance.sample(dead_ends, min(len(dead_ends), self.chance.randint(0, _DEAD_ENDS)))))
        for move in self.proof.moves:
            paragraphs += [slip.text] if slip is not None and move is slip.step else []
            if isinstance(move, Solve):
                paragraphs.append(self._solve(move))
            elif move.needed and move.theorem not in SELF_EVIDENT:
                paragraphs.append(self._step(move))
            elif id(move) in tried:
                paragraphs.append(self._dead_end(move))
        paragraphs += self._checks() if checked else []
        return "\n".join(paragraph for paragraph in paragraphs if paragraph)

    def rest(self) -> str:
        """From the middle of a derivation to its end: what is given has been said."""
        told = [self._solve(m) if isinstance(m, Solve) else self._step(m) for m in self.proof.moves if _is_told(m)]
        return "\n".join([*told, *self._checks()])

    def _opening(self) -> str:
        givens = [given for given in self.proof.givens if not says_little(given)]
        if givens:
            return self._fill("given", givens=self._join(givens), goal=self.goal)
        return self._fill("nothing_given", goal=self.goal)

    def _step(self, step: Step) -> str:
        why, facts = phrase(step.theorem, step.args, self.language), self._join(step.conclusions)
        worded = [self._say(premise) for premise in step.premises if not says_little(premise)]
        premises = [premise for premise in worded if premise != why]
        if step.theorem == "definition" and premises:
            return self._fill("definition", premises=joined(premises, self.language), facts=facts)
        if not premises or len(premises) > _PREMISES:
            return self._fill("reason", why=why, facts=facts)
        return self._fill("reason_from", why=why, facts=facts, premises=joined(premises, self.language))

    def _solve(self, move: Solve) -> str:
        working = work(move, self.language, small=True)
        self.used.update(move.equations)
        self.values[move.unknown] = move.value
        if working.by_hand:
            lines = " ".join(f"{line}." for line in working.steps)
            return f"{lines} {self._fill('result', result=working.result)}".strip()
        if not move.equations:
            return self._fill("result", result=working.result)
        slot = "together" if len(move.equations) > 1 else "alone"
        sentence = self._fill(slot, equations=self._join(move.equations), result=working.result)
        checks = [substituted(equation, tuple(self.values.items()), self.language) for equation in move.equations]
        numbers = [check for check in checks if check]
        return f"{sentence} {self._fill('fits', checks='; '.join(numbers))}" if numbers else sentence

    def _dead_end(self, step: Step) -> str:
        if not step.conclusions:
            idea = _IDEAS[self.language][step.theorem if step.theorem in _OWN_IDEAS else ""][0]
            idea = idea.format(*step.args, theorem=step.theorem.replace("_", " "))
            return self._fill("dead_end", idea=idea, missing=self._join(step.premises))
        why = phrase(step.theorem, step.args, self.language)
        return self._fill("detour", why=why, facts=self._join(step.conclusions), goal=self.goal)

    def _checks(self) -> list[str]:
        """The goal put into an equation, one that was not worked with where there is one."""
        goal = cdl.parse(self.proof.goal)
        facts = [*self.proof.givens, *(c for step in self.proof.steps for c in step.conclusions)]
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
        sentences = []
        if True in checks:
            sentences.append(self._fill("check", check=checks[True]))
        if False in checks:
            sentences.append(self._fill("check_more" if sentences else "check", check=checks[False]))
        return sentences

    def _say(self, statement: str) -> str:
        return say_in(statement, self.language)

    def _join(self, statements: tuple[str, ...] | list[str]) -> str:
        return joined(list(dict.fromkeys(map(self._say, statements))), self.language)

    def _fill(self, slot: str, **content: str) -> str:
        return filled(_SLOTS[self.language][slot], content)


def _is_told(move: Step | Solve) -> bool:
    return isinstance(move, Solve) or move.theorem not in SELF_EVIDENT
