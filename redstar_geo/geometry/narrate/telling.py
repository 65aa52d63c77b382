"""A proof told at length: restated, planned, derived with its wrong turns and traps, and checked.

Which of these are told, in which order and words, is the voice's; how many, the proof's: long proofs get long tellings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.algebra import solution
from redstar_geo.geometry.narrate.arithmetic import isolated, same_sum, work
from redstar_geo.geometry.narrate.checks import Check, Checks
from redstar_geo.geometry.narrate.lines import Line
from redstar_geo.geometry.narrate.mistakes import Mistake
from redstar_geo.geometry.narrate.parts import compares, derived, shared
from redstar_geo.geometry.narrate.say import expression, has_inverse, is_angle, say, says_little, value
from redstar_geo.geometry.narrate.story import Passage, follows, passages, reordered, unanswered, unfolded
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.traps import trap
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.voices import Voice
from redstar_geo.geometry.proof import Proof, Solve, Step

_PREMISES = 3  # at most so many premises are named with a step
_MANY_GIVENS = 5  # from here on they may be told in two sentences
_LONG, _VERY_LONG = 5, 11  # passages
_WIDEST = 70  # characters of an equation with the numbers put in
_SYSTEM = 4  # so many equations are still repeated before they are solved


class Telling:
    """One telling of one proof.

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

    def short(self) -> str:
        """The conclusions that matter, the values that they give on the way, and the value asked for."""
        facts, last = [], self.proof.moves[-1]
        for passage in passages(self.proof):
            values = [f"Equal({move.unknown},{move.value})" for move in passage.solves if move is not last]
            facts += [*passage.conclusions, *values]
        facts = unanswered(facts or (last.equations if isinstance(last, Solve) else ()), self.proof)
        result = (isinstance(last, Solve) and self._rearranged(last)) or self.result
        if not facts:
            return self.voice.say("short_plain", result=result)
        return self.voice.say("short", facts=self.voice.facts(facts), result=result)

    def long(self, checked: bool = True, slip: Mistake | None = None) -> str:
        """From the restated problem to the answer, with a mistake on the way, with its checks or without."""
        story = passages(self.proof)
        if len(story) > 2 and self.voice.likes(0.5):
            story = reordered(story, self.proof, self.voice.chance)
        paragraphs = [self._opening()]
        guess = Checks(self.proof, self.final, self.used, self.language).expectation() if checked else None
        expected = guess is not None and self.voice.likes(0.4)
        if guess is not None and expected:
            paragraphs.append(self.voice.say("expect", goal=self.goal_said, guess=self.voice.guess(*guess)))
        if self.voice.likes(0.25 if len(story) < _LONG else 0.7):
            paragraphs.append(self._plan())
        paragraphs += self._body(story, slip)
        paragraphs += self._ending(len(story)) if checked else []
        if guess is not None and expected and self.voice.likes(0.7):
            paragraphs.append(self.voice.say("as_expected", goal=self.goal_said, guess=self.voice.guess(*guess)))
        return "\n".join(paragraph for paragraph in paragraphs if paragraph)

    def _opening(self) -> str:
        givens = list(dict.fromkeys(given for given in self.proof.givens if not says_little(given)))
        if not givens:
            return self.voice.say("nothing_given", goal=self.goal_said)
        if self.voice.likes(0.5):
            self.voice.chance.shuffle(givens)
        else:  # relations before values or the other way round
            givens.sort(key=lambda given: given.startswith("Equal("), reverse=self.voice.likes(0.5))
        first, rest = givens, []
        if len(givens) >= _MANY_GIVENS and self.voice.likes(0.6):
            first, rest = givens[: len(givens) // 2], givens[len(givens) // 2 :]
        sentences = [self.voice.say("given", givens=self.voice.facts(first), goal=self.goal_said)]
        if rest:
            sentences.append(self.voice.say("given_more", givens=self.voice.facts(rest)))
        if self.voice.likes(0.35):
            hints = [hint for given in givens if self._is_used(given) and (hint := self.voice.hint(given))]
            sentences += hints[:1]
        return self._paragraph(sentences)

    def _is_used(self, given: str) -> bool:
        """Whether a needed step rests on it."""
        return any(step.needed and given in step.premises for step in self.proof.steps)

    def _plan(self) -> str:
        """From the goal backwards: the last equation, and what is missing in it."""
        last = self.proof.moves[-1]
        if not isinstance(last, Solve) or not last.equations:
            return ""
        holding = [e for e in last.equations if self.goal in cdl.parse(e).measures() and e not in self.proof.givens]
        if len(holding) != 1 or (len(last.equations) > 1 and self.goal.head == "Name"):
            return ""
        equation = holding[0]
        missing = [term for term in self.values.missing(cdl.parse(equation)) if term != self.goal]
        if len(missing) > 2:
            return ""
        content = {"goal": self.goal_said, "equation": say(equation, self.language)}
        if not missing:
            return self.voice.say("plan_direct", **content)
        return self.voice.say("plan_open", **self._missing(missing), **content)

    def _body(self, story: Sequence[Passage], slip: Mistake | None) -> list[str]:
        """The passages, with what was tried in between, traps and summaries."""
        dead_ends = self._dead_ends(len(story))
        places = sorted(self.voice.chance.randrange(max(1, len(story) - 1)) for _ in dead_ends)
        traps = self._traps(story)
        pauses = len(story) >= _VERY_LONG or (len(story) > _LONG and self.voice.likes(0.3))
        paragraphs = []
        for number, passage in enumerate(story):
            while places and places[0] == number:
                places.pop(0)
                paragraphs.append(self._dead_end(dead_ends.pop(0), story[:number], story[number:]))
            if pauses and number == len(story) * 2 // 3 and len(self.results) > 1:
                results = self.voice.joined(self.results[-4:])
                paragraphs.append(self.voice.say("recap", results=results, goal=self.goal_said))
            wrong = slip is not None and slip.step.conclusions[0] in passage.conclusions
            paragraphs += [slip.text] if slip is not None and wrong else []
            paragraphs.append(self._passage(passage, "" if wrong else traps.get(number, "")))
        return paragraphs

    def _dead_ends(self, length: int) -> list[Step]:
        """Wrong turns of the proof, more of them in longer proofs."""
        tried = [step for step in self.proof.steps if not step.needed]
        most = {"terse": 1, "formal": 1}.get(self.voice.register, 2 if length < _LONG else 3)
        return self.voice.chance.sample(tried, min(len(tried), self.voice.chance.randint(0, most)))

    def _traps(self, story: Sequence[Passage]) -> dict[int, str]:
        """The slips worth naming, by passage: one, in long proofs two."""
        slips = {number: trap(self.proof, passage, self.final, self.language) for number, passage in enumerate(story)}
        kinds: set[str] = set()
        chosen: dict[int, str] = {}
        most = 0 if self.voice.register == "terse" else 1 if len(story) < _LONG else 2
        for number in self.voice.chance.sample(sorted(slips), len(slips)):
            slip = slips[number]
            if slip is not None and slip.kind not in kinds and len(chosen) < most and self.voice.likes(0.7):
                kinds.add(slip.kind)
                chosen[number] = self.voice.trap(slip.kind, slip.content)
        return chosen

    def _passage(self, passage: Passage, slip: str) -> str:
        sentences, solves = [], passage.solves
        if passage.steps:
            chain = self._chain(passage) if self.voice.likes(0.6) else ""
            sentences.append(self._steps(passage, chain or self.voice.facts(passage.conclusions)))
            if chain:
                self._learn(solves[0])
                solves = solves[1:]
        if slip:
            sentences.append(slip)
        if not passage.solves and self.voice.likes(0.5):
            sentences.append(self._too_early(passage))
        for move in solves:
            sentences += self._solve(move)
        return self._paragraph(sentences)

    def _too_early(self, passage: Passage) -> str:
        """That an equation with the goal in it is there but something else in it is not known yet; else empty."""
        for equation in passage.conclusions:
            term = cdl.parse(equation)
            missing = [measure for measure in self.values.missing(term) if measure != self.goal]
            if term.head == "Equal" and self.goal in term.measures() and 1 <= len(missing) <= 2:
                return self.voice.say("too_early", goal=self.goal_said, **self._missing(missing))
        return ""

    def _chain(self, passage: Passage) -> str:
        """`OA = the radius of ⊙O = 5`, where the only conclusion hands a value on; else empty."""
        if len(passage.conclusions) != 1 or not passage.solves or passage.solves[0].equations != passage.conclusions:
            return ""
        move = passage.solves[0]
        sides = cdl.parse(passage.conclusions[0]).terms
        if not all(side.head in cdl.MEASURES for side in sides):
            return ""
        worth = value(move.unknown, move.value, self.language)
        return f"{say(passage.conclusions[0], self.language)} = {worth}"

    def _steps(self, passage: Passage, facts: str) -> str:
        step = passage.steps[0]
        why = self.voice.why(step.theorem, [other.args for other in passage.steps])
        news = [p for p in step.premises if not says_little(p) and say(p, self.language) not in why]
        common = self._shared(passage.steps)
        weighed = compares(step)  # two triangles: without the parts that match, nothing is shown
        silent = len(news) > _PREMISES or (step.theorem != "definition" and self.voice.likes(0.15))
        if not (news or common) or (silent and not weighed):
            return self.voice.say("reason", why=why, facts=facts)
        deduced = derived(step) if weighed else []
        if deduced and len(passage.steps) == 1:
            before = self.voice.say("deduced", premises=self.voice.facts(news, common), facts=self.voice.facts(deduced))
            return self._paragraph([before, self.voice.say("reason", why=why, facts=facts)])
        premises = self.voice.facts(news, common)
        if step.theorem == "definition":
            return self.voice.say("definition", premises=premises, facts=facts)
        return self.voice.say("reason_from", why=why, facts=facts, premises=premises)

    def _shared(self, steps: Sequence[Step]) -> list[str]:
        """That two triangles have a side or an angle in common, in words."""
        found = []
        for step in filter(compares, steps):
            sides, corners = shared(step)
            found += [self.voice.say("shared_side", side=side) for side in sides]
            found += [self.voice.say("shared_angle", point=point) for point in corners]
        return [text[:1].lower() + text[1:] for text in found] if self.language == "en" else found

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
        self.results.append(f"{say(move.unknown, self.language)} = {value(move.unknown, move.value, self.language)}")

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

    def _dead_end(self, step: Step, behind: Sequence[Passage], ahead: Sequence[Passage]) -> str:
        if step.conclusions:
            why = self.voice.why(step.theorem, [step.args])
            return self.voice.say("detour", why=why, facts=self.voice.facts(step.conclusions), goal=self.goal_said)
        known = [*self.proof.givens, *(c for passage in behind for c in passage.conclusions)]
        coming = [*known, *(c for passage in ahead for c in passage.conclusions)]
        missing = [equation for premise in step.premises for equation in (unfolded(premise) or (premise,))]
        missing = [premise for premise in missing if not follows(premise, known, self.values)]
        if not missing:
            return ""
        later = any(follows(premise, coming, self.final) for premise in missing)
        equations = all(premise.startswith("Equal(") for premise in missing)
        return self.voice.say(
            "dead_end_yet" if later else "dead_end" if equations else "dead_end_clause",
            idea=self.voice.idea(step.theorem, step.args),
            missing=self.voice.joined([say(premise, self.language) for premise in missing]),
            hope=self.voice.hope(step.theorem),
        )

    def _ending(self, length: int) -> list[str]:
        """A second way or a check; the more of a proof there was, the rather both."""
        checks = Checks(self.proof, self.final, self.used, self.language)
        ways, fresh = checks.ways(), checks.unused()
        sentences: list[str] = []
        if ways and self.voice.likes(0.65 if length < _LONG else 0.85):
            sentences.append(self._way(self.voice.chance.choice(ways)))
        if fresh and (not sentences or self.voice.likes(0.4)):
            check = self.voice.chance.choice(fresh)
            sentences.append(self.voice.say(check.slot, **check.content))
        if not sentences and self.voice.likes(0.8):
            sentences += [self.voice.say(check.slot, **check.content) for check in checks.repeated()[:1]]
        if self.voice.likes(0.25):
            sentences.append(self.voice.say("done", result=self.result))
        return sentences

    def _way(self, check: Check) -> str:
        way = self.voice.say(check.slot, **check.content)
        way = way[:1].lower() + way[1:] if self.language == "en" and way[1:2].islower() else way
        sentence = self.voice.say("way", way=way)
        if self.voice.likes(0.6):
            worth = value(self.proof.goal, self.proof.answer, self.language)
            sentence = self._paragraph([sentence, self.voice.say("way_agrees", value=worth)])
        return sentence

    def _missing(self, measures: Sequence[Term]) -> dict[str, str]:
        named = self.voice.joined([say(str(measure), self.language) for measure in measures])
        return {"missing": named, "verb": "is" if len(measures) == 1 else "are"}

    def _paragraph(self, sentences: Sequence[str]) -> str:
        return (" " if self.language == "en" else "").join(sentence for sentence in sentences if sentence)


def _entering(move: Solve) -> Values:
    """The values that enter a move."""
    return Values({name: worth for name, worth in move.known if name != move.unknown})
