"""A proof told at length: restated, planned, derived with its wrong turns and traps, and checked.

Which of these are told, in which order and words, is the voice's; how many, the proof's: long proofs get long tellings.
"""

from __future__ import annotations

from collections.abc import Sequence

from redstar_geo.geometry import cdl
from redstar_geo.geometry.narrate.checks import Check, Checks
from redstar_geo.geometry.narrate.mistakes import Mistake
from redstar_geo.geometry.narrate.parts import compares, derived, shared
from redstar_geo.geometry.narrate.say import say, says_little, value
from redstar_geo.geometry.narrate.story import Passage, follows, passages, reordered, same_name, unanswered, unfolded
from redstar_geo.geometry.narrate.tempting import absurd, refuted
from redstar_geo.geometry.narrate.traps import trap
from redstar_geo.geometry.narrate.worked import Worked
from redstar_geo.geometry.proof import Solve, Step

_PREMISES = 3  # at most so many premises are named with a step
_MANY_GIVENS = 5  # from here on they may be told in two sentences
_LONG, _VERY_LONG = 5, 11  # passages
_KINDS = ("Parallelogram", "Kite", "Rhombus", "Rectangle", "Trapezoid", "IsoscelesTriangle")  # that another kind is
_HINTED = {  # what makes a given worth a hint: a step by such a theorem
    "ParallelBetweenLine": "parallel_property",
    "PerpendicularBetweenLine": "right_triangle_property",
    "IsTangentOfCircle": "tangent_of_circle_property_perpendicular",
    "IsDiameterOfCircle": "diameter_of_circle_property_right_angle",
}


class Telling(Worked):
    """One telling of one proof.

    Args:
        seed: decides the voice and with it everything that is free.
    """

    def short(self) -> str:
        """The conclusions that matter, the values that they give on the way, and the value asked for."""
        story, last = passages(self.proof), self.proof.moves[-1]
        sentences: list[str] = []
        pending: list[str] = []
        goal = same_name(self.proof.goal)
        for passage in story:
            pending += [c for c in passage.conclusions if c not in pending]
            solves = [move for move in passage.solves if move is not last and same_name(move.unknown) != goal]
            results = list(filter(None, (self._rearranged(move) or self._stated(move) for move in solves)))
            results = [result for result in results if result != self.result]
            facts = unanswered(pending, self.proof) if results else []
            if facts:
                result = self.voice.joined(results)
                sentences.append(self.voice.say("short_step", facts=self.voice.facts(facts), result=result))
                pending = []
            elif results:
                sentences.append(self.voice.say("short_plain", result=self.voice.joined(results)))
        result = (isinstance(last, Solve) and self._rearranged(last)) or self.result
        if not sentences and not pending and isinstance(last, Solve):
            pending = list(last.equations)
        facts = unanswered(pending, self.proof)
        if not facts:
            return self._paragraph([*sentences, self.voice.say("short_plain", result=result)])
        return self._paragraph([*sentences, self.voice.say("short", facts=self.voice.facts(facts), result=result)])

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

    def rest(self) -> str:
        """From the middle of a derivation to its end: what is given has been said."""
        story = passages(self.proof)
        if not story:
            return self.voice.say("done", result=self.result)
        return "\n".join(paragraph for paragraph in [*self._body(story, None), *self._ending(len(story))] if paragraph)

    def _opening(self) -> str:
        said = {same_name(fact) for given in self.proof.givens for fact in unfolded(given)}
        givens = [given for given in self.proof.givens if not says_little(given) and same_name(given) not in said]
        givens = list({same_name(given): given for given in givens}.values())
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
        """Whether a needed step rests on it, of the kind that it hints at."""
        theorem, needed = _HINTED.get(cdl.parse(given).head, ""), [step for step in self.proof.steps if step.needed]
        hinted = any(theorem in step.theorem for step in needed)
        return hinted and any(given in step.premises for step in needed)

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
        tried = list({(step.theorem, step.args): step for step in self.proof.steps if not step.needed}.values())
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
        if step.theorem == "radius_of_circle_property_length_equal" and len(passage.conclusions) > 1:
            facts = _in_one(passage.conclusions, self.language) or facts
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
            kinds = all("(" in fact and cdl.parse(fact).head in _KINDS for fact in passage.conclusions)
            return self.voice.say("definition_class" if kinds else "definition", premises=premises, facts=facts)
        return self.voice.say("reason_from", why=why, facts=facts, premises=premises)

    def _shared(self, steps: Sequence[Step]) -> list[str]:
        """That two triangles have a side or an angle in common, in words."""
        found = []
        for step in filter(compares, steps):
            sides, corners = shared(step)
            found += [self.voice.say("shared_side", side=side) for side in sides]
            found += [self.voice.say("shared_angle", point=point) for point in corners]
        return [text[:1].lower() + text[1:] for text in found] if self.language == "en" else found

    def _dead_end(self, step: Step, behind: Sequence[Passage], ahead: Sequence[Passage]) -> str:
        if step.conclusions:
            if set(map(same_name, step.conclusions)) <= {same_name(c) for each in behind for c in each.conclusions}:
                return ""
            why = self.voice.why(step.theorem, [step.args])
            return self.voice.say("detour", why=why, facts=self.voice.facts(step.conclusions), goal=self.goal_said)
        if absurd(step, self.values):
            return ""
        known = [*self.proof.givens, *(c for passage in behind for c in passage.conclusions)]
        coming = [*known, *(c for passage in ahead for c in passage.conclusions)]
        missing = [equation for premise in step.premises for equation in (unfolded(premise) or (premise,))]
        missing = [premise for premise in missing if not follows(premise, known, self.values)]
        if not missing:
            return ""
        worth = refuted(missing, self.values)
        if worth is not None:
            wanted, found = (say(equation, self.language) for equation in worth)
            idea = self.voice.idea(step.theorem, step.args)
            return self.voice.say("dead_end_no", idea=idea, missing=wanted, found=found)
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
        if not sentences and self.voice.likes(0.6):
            sentences += [self.voice.say(check.slot, **check.content) for check in checks.repeated()[:1]]
        if sentences and self.voice.likes(0.25):
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


def _in_one(equations: Sequence[str], language: str) -> str:
    """`OA = OB = the radius of ⊙O`, of equations that share a side; else empty."""
    sides = [cdl.parse(equation).terms for equation in equations]
    shared = set(sides[0]).intersection(*sides)
    if len(shared) != 1 or any(len(pair) != 2 for pair in sides):
        return ""
    others = [side for pair in sides for side in pair if side not in shared]
    return " = ".join(say(str(term), language) for term in (*others, *shared))
