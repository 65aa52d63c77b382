"""How values are found, told in a voice: sums with numbers put in, chains, systems line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.arithmetic import isolated, same_sum, work
from redstar_geo.geometry.narrate.lines import Line
from redstar_geo.geometry.narrate.say import expression, has_inverse, is_angle, say, value
from redstar_geo.geometry.narrate.solving import renamed, solution
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.voices import Voice
from redstar_geo.geometry.proof import Proof, Solve

_WIDEST = 70  # characters of an equation with the numbers put in
_SYSTEM = 4  # so many equations are still repeated before they are solved


class Worked:
    """What is known at a point of a telling, and how the next value is found.

    Args:
        seed: decides the voice and with it everything that is free.
    """

    def __init__(self, proof: Proof, language: Language, seed: int) -> None:
        self.proof, self.language = proof, language
        self.voice = Voice(seed, language)
        self.goal = cdl.parse(proof.goal)
        self.goal_said = say(proof.goal, language)
        self.final = Values(all_values(proof))  # in the end
        self.values = Values(dict(stated_values(proof.givens)))  # at this point
        self.used: set[str] = set()  # equations worked with
        self.calculated: set[str] = set()  # lines of arithmetic
        self.letters: dict[str, str] = {}  # values found inside solutions
        self.results: list[str] = []  # results so far, in words
        self.result = f"{self.goal_said} = {value(proof.goal, proof.answer, language)}"

    def _solve(self, move: Solve) -> list[str]:
        """How a value was found, in sentences."""
        sentences = self._value_sentences(move)
        self._learn(move)
        return sentences

    def _learn(self, move: Solve) -> None:
        self.used.update(str(cdl.parse(equation)) for equation in move.equations)
        self.values.learn(move.unknown, move.value)
        for name, worth in move.known:
            self.values.learn(name, worth)
        if not has_inverse(move.value):
            self.results.append(self._stated(move))

    def _nearest(self, move: Solve) -> Solve:
        """The same from one equation, where that one has nothing else in it that is not known by now."""
        unknown = cdl.parse(move.unknown)
        for equation in move.equations if len(move.equations) > 1 else ():
            term = cdl.parse(equation)
            if unknown in term.measures() and self.values.missing(term) == [unknown]:
                known = {str(name): self.values.known[str(name)] for name in term.measures() if name != unknown}
                return replace(move, equations=(equation,), known=tuple(known.items()))
        return move

    def _value_sentences(self, move: Solve) -> list[str]:
        move = renamed(move)
        if _only_by_sine(move) and move is not self.proof.moves[-1]:
            return self._angle_sentences(move)
        if not move.equations and not work(move, self.language).by_hand:
            move = replace(move, equations=self._all_equations())
        nearest = self._nearest(move)
        move = nearest if work(nearest, self.language).by_hand else move
        working = work(move, self.language)
        if working.by_hand and not working.steps:
            handed_on = self._handed_on(move, working.result)
            if handed_on:
                return [self.voice.say("as_well", result=handed_on, measure=say(move.unknown, self.language))]
            put_in = self._put_in(move) if len(move.equations) == 1 and self.voice.puts_in else ""
            return [put_in, self.voice.say("result", result=working.result)]
        if working.by_hand:
            chain = self._rearranged(move) if self.voice.chains and self.voice.likes(0.7) else ""
            if chain:
                return [self.voice.say("result", result=chain)]
            sentences = []
            if len(move.equations) == 1 and self.voice.puts_in and self.voice.likes(0.6):
                sentences.append(self._put_in(move))
            steps = [step for step in working.steps if step != working.result and step not in self.calculated]
            self.calculated.update(steps)
            sentences += [self._lines(steps)] if steps else []
            return [*sentences, self.voice.say("result", result=working.result)]
        named = {name for equation in move.equations for name in map(str, cdl.parse(equation).measures())}
        told_before = {**self.values.known, **self.letters}
        known = {name: worth for name, worth in told_before.items() if name in named - {move.unknown}}
        solved = solution(replace(move, known=tuple({**known, **dict(move.known)}.items())), self.language)
        if solved is not None:
            for name, worth in solved.values:
                self.letters[name] = worth
                self.final.learn(name, worth)
            return self._algebra(move, solved.lines)
        chain = self._rearranged(move)
        if chain or not move.equations:
            return [self.voice.say("result", result=chain or working.result)]
        slot = "by_solving" if len(move.equations) == 1 else "together"
        slot = "all_together" if len(move.equations) > _SYSTEM else slot
        equations = self.voice.joined([say(equation, self.language) for equation in move.equations])
        sentences = [self.voice.say(slot, equations=equations, result=working.result)]
        numbers = Values({**self.final.known, **dict(move.known), move.unknown: move.value})
        checks = [numbers.put_in(cdl.parse(e), self.language) for e in move.equations if numbers.holds(cdl.parse(e))]
        checks = [check for check in checks if len(set(check.split(" = "))) > 1 and len(check) < 80]
        checks = [check for check in checks if not has_inverse(check)]
        return [*sentences, self.voice.say("fits", checks="; ".join(checks[:3]))] if checks else sentences

    def _all_equations(self) -> tuple[str, ...]:
        """Of a value for which the proof names none: all that it rests on."""
        facts = (*self.proof.givens, *(c for step in self.proof.steps if step.needed for c in step.conclusions))
        return tuple(dict.fromkeys(fact for fact in facts if fact.startswith("Equal(")))

    def _angle_sentences(self, move: Solve) -> list[str]:
        """An angle of which the sine or cosine is known and nothing else: nobody writes down its degrees."""
        if any(equation in self.proof.givens for equation in move.equations) and len(move.equations) == 1:
            return []
        working = work(move, self.language)
        steps = [step for step in working.steps if step not in self.calculated]
        self.calculated.update(steps)
        if working.by_hand and steps and any(name in steps[-1] for name in ("sin ", "cos ", "tan ")):
            *steps, last = steps
            return [self._lines(steps) if steps else "", self.voice.say("result", result=last)]
        worked = isolated(cdl.parse(move.equations[0]), cdl.parse(move.unknown)) if len(move.equations) == 1 else None
        if worked is None or worked in cdl.parse(move.equations[0]).terms:
            return []
        known = Values({name: worth for name, worth in move.known if not has_inverse(worth)})
        written = expression(known.replaced(worked), self.language, True)
        return [self.voice.say("result", result=f"{say(move.unknown, self.language)} = {written}")]

    def _handed_on(self, move: Solve, result: str) -> str:
        """A value that another measure hands on: `∠EOD = ∠COB = 80°`; else empty."""
        if len(move.equations) != 1:
            return ""
        sides = cdl.parse(move.equations[0]).terms
        others = [side for side in sides if str(side) != move.unknown]
        if len(others) != 1 or others[0].head not in cdl.MEASURES:
            return ""
        name, _, worth = result.partition(" = ")
        between = [say(str(others[0]), self.language)] if self.voice.likes(0.6) else []
        return " = ".join([name, *between, worth])

    def _rearranged(self, move: Solve) -> str:
        """`∠CAB = 180° − 87° − 58° = 35°`, where the unknown is a summand or a side by itself; else empty."""
        if len(move.equations) != 1:
            return ""
        unknown, known = cdl.parse(move.unknown), _entering(move)
        worked = isolated(cdl.parse(move.equations[0]), unknown)
        if worked is None or known.missing(worked):
            return ""
        written = expression(known.replaced(worked), self.language, is_angle(unknown))
        worth = value(move.unknown, move.value, self.language)
        written = worth if same_sum(written, worth) else written
        parts = dict.fromkeys((say(move.unknown, self.language), written, worth))
        plain = len(parts) == 3 and len(written) < _WIDEST and not has_inverse(written)
        return " = ".join(parts) if plain else ""

    def _put_in(self, move: Solve) -> str:
        known = _entering(move)
        equation = cdl.parse(move.equations[0])
        degrees = is_angle(equation)
        written = " = ".join(expression(known.replaced(side), self.language, degrees) for side in equation.terms)
        plain = cdl.parse(move.unknown) in equation.measures() and len(written) < _WIDEST and not has_inverse(written)
        name, worth = say(move.unknown, self.language), value(move.unknown, move.value, self.language)
        new = name not in written.split(" = ") or not any(same_sum(side, worth) for side in written.split(" = "))
        return self.voice.say("put_in", equation=written) if plain and new else ""

    def _lines(self, steps: Sequence[str]) -> str:
        """Lines of arithmetic, one after the other."""
        end = "." if self.language == "en" else "。"
        return self.voice.mark.join(steps) + end

    def _algebra(self, move: Solve, lines: Sequence[Line]) -> list[str]:
        sentences = []
        if len(move.equations) <= _SYSTEM and len(move.equations) > 1 and self.voice.likes(0.5):
            equations = [say(equation, self.language) for equation in move.equations]
            sentences.append(self.voice.say("system", equations=self.voice.joined(equations)))
        for line in lines:
            sentences.append(self.voice.say(f"line_{line.kind}", line=line.text))
            if line.discarded:
                slot = "discarded_by" if line.absurd else "discarded"
                sentences.append(self.voice.say(slot, other=line.discarded, absurd=line.absurd))
        return sentences

    def _stated(self, move: Solve) -> str:
        """Its result; of an angle that only its sine or cosine says, that one."""
        if _only_by_sine(move):
            given = any(equation in self.proof.givens for equation in move.equations)
            steps = () if given else work(move, self.language).steps
            return steps[-1] if steps and steps[-1].startswith(("sin ", "cos ", "tan ")) else ""
        return f"{say(move.unknown, self.language)} = {value(move.unknown, move.value, self.language)}"

    def _missing(self, measures: Sequence[Term]) -> dict[str, str]:
        named = [say(str(measure), self.language) for measure in measures]
        listed = "和".join(named) if self.language == "zh" else self.voice.joined(named)
        return {"missing": listed, "verb": "is" if len(measures) == 1 else "are"}

    def _paragraph(self, sentences: Sequence[str]) -> str:
        return (" " if self.language == "en" else "").join(sentence for sentence in sentences if sentence)


def _entering(move: Solve) -> Values:
    """The values that enter a move."""
    return Values({name: worth for name, worth in move.known if name != move.unknown})


def _only_by_sine(move: Solve) -> bool:
    """Whether an angle, or a letter for one, has no other value than an arcsine or the like."""
    unknown = cdl.parse(move.unknown)
    return has_inverse(move.value) and (is_angle(unknown) or unknown.head == "Name")
