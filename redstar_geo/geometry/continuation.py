"""The solver takes over: a chain of thought is cut at its first false claim, and the proof told on from there.

What stands before the cut is the writer's own and true. Told is what the proof still needs after what was derived
there, with measures named as the writer named them, in the voice that is nearest to the text. So a learner is taught
from the states that it comes to itself (DAgger, arXiv 1011.0686), by a teacher that is never wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims import Facts, Judged, judge
from redstar_geo.geometry.claims.meaning import readings
from redstar_geo.geometry.narrate import conclusion, narrate, rest
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.values import stated_values
from redstar_geo.geometry.narrate.wording import capital
from redstar_geo.geometry.proof import Proof, Solve, Step

_VOICES = 8  # at most so many are compared with the text
_NUMBER = "a number"
_GOES_ON = "\nSo"  # a bare number at the end of a text would be its answer
_BOUNDARY = re.compile(r"(?:[.!?]\s+|[。！？]\s*|\n\s*)")  # a sentence ends, which 3.5 does not
_WORDS = re.compile(r"[A-Za-z]+|[一-鿿]|[=:,.，。：]")
_POINTS = re.compile(r"[A-Z]+")
_NAMED = {"MeasureOfAngle": 3, "LengthOfLine": 2}  # measures that are renamed, and their points


@dataclass(frozen=True)
class Continuation:
    """What the solver says after the cut.

    Attributes:
        cut: where the text, reasoning and answer on the line after it, is cut; before a sentence, within the reasoning.
        wrong: the words of the first false claim.
        why: what decides that it is false.
        derived: what was derived before the cut, of what the proof needs.
        reasoning: continues the reasoning up to the cut; empty when all was derived.
        response: the answer.
    """

    cut: int
    wrong: str
    why: str
    derived: tuple[str, ...]
    reasoning: str
    response: str


def continued(
    reasoning: str, response: str, facts: Facts, language: Language, voices: int | None = None, seed: int = 0
) -> Continuation | None:
    """Cut a chain of thought and tell the proof on; None where no claim is false.

    Args:
        voices: how many ways of speaking there are, as of `narrate`: those that the writer was taught.
        seed: of the telling, where the voices are no finite number.
    """
    text = f"{reasoning}\n{response}"
    judged = judge(text, facts)
    if judged.first_false is None:
        return None
    claim, decision = judged.claims[judged.first_false]
    cut, before = _cut(judged, reasoning, facts)
    said = reasoning[:cut]
    state = _State(before, facts)
    proof, derived = _remaining(facts.proof, state)
    proof = _renamed(proof, state)
    voice = 0 if voices == 1 else _nearest(said, facts.proof, language, voices, seed)
    if said.strip():
        told = rest(proof, language, voice, voices)
    else:
        told = narrate(facts.proof, form="long", language=language, seed=voice, voices=voices).reasoning
    told = _without_beginning(told, said)
    if told and said and not said[-1].isspace():
        told = f"\n{told}"
    answer = conclusion(proof.goal, proof.answer, language, decimals=voices != 1)
    answer = answer if voices == 1 else capital(answer)
    return Continuation(cut, claim.text, decision.reason, derived, told, answer)


def _cut(judged: Judged, reasoning: str, facts: Facts) -> tuple[int, Judged]:
    """The start of the sentence of the first false claim, and what is claimed before it, all of which stands.

    A claim that is taken back only behind the cut is false before it, so that the cut moves up to it.
    """
    cut = len(reasoning)
    while judged.first_false is not None:
        start = judged.claims[judged.first_false][0].start
        cut = _sentence(reasoning, start) if start < cut else cut  # of a false answer the whole reasoning stays
        judged = judge(reasoning[:cut] + _GOES_ON, facts)
    return cut, judged


def _sentence(text: str, place: int) -> int:
    """Where the sentence that holds this place begins; of a place before everything 0."""
    return max((match.end() for match in _BOUNDARY.finditer(text, 0, place)), default=0)


def _without_beginning(told: str, said: str) -> str:
    """The telling from its first sentence that the text has not: sums, say, that were begun and stand."""
    start = 0
    for match in _BOUNDARY.finditer(told):
        if told[start : match.end()].strip() not in said:
            break
        start = match.end()
    return told[start:]


class _State:
    """What a text has rightly derived: statements, and measures whose values are told, through chains as well."""

    def __init__(self, judged: Judged, facts: Facts) -> None:
        self.facts = facts
        self.stated: set[str] = set()
        self.names: dict[str, Term] = {}  # key of a measure → as the text writes it
        self.linked: dict[str, str] = {}  # what true equations make one, as a tree
        for claim, decision in judged.claims:
            if claim.standing == "asserted" and decision.status == "true":
                ways = readings(claim.statement, facts.choices, facts.circles)
                for statement in ways[0] if len(ways) == 1 else ():
                    self._learn(statement)

    def said(self, statement: str) -> bool:
        """Whether the text has it, or both sides of it in one chain."""
        term = cdl.parse(statement)
        if self.facts.key(term) in self.stated:
            return True
        if term.head != "Equal":
            return False
        first, second = (self._root(self._key(side)) for side in term.terms)
        return first == second

    def valued(self, measure: str) -> bool:
        """Whether the text has its value."""
        return self._root(self.facts.key(cdl.parse(measure))) == self._root(_NUMBER)

    def _learn(self, statement: Term) -> None:
        self.stated.add(self.facts.key(statement))
        for measure in statement.measures():
            if len("".join(measure.points)) == _NAMED.get(measure.head):
                self.names[self.facts.key(measure)] = measure
        if statement.head in ("Equal", "About"):
            first, second = (self._root(self._key(side)) for side in statement.terms)
            if first != second:
                self.linked[first] = second

    def _key(self, side: Term) -> str:
        return self.facts.key(side) if list(side.measures()) else _NUMBER

    def _root(self, key: str) -> str:
        while (above := self.linked.get(key, key)) != key:
            key = above
        return key


def _remaining(proof: Proof, state: _State) -> tuple[Proof, tuple[str, ...]]:
    """The proof from this state on, what is derived among its givens; and what that is.

    Gone through from the goal backwards: a move stays when something still needed comes from it and is not known yet.
    """
    key = state.facts.key
    wanted: set[str] = set()
    values = {key(cdl.parse(proof.goal))}
    moves: list[Step | Solve] = []
    for move in reversed([move for move in proof.moves if move.needed]):
        if isinstance(move, Solve):
            if key(cdl.parse(move.unknown)) not in values or state.valued(move.unknown):
                continue
            needs, known = move.equations, [name for name, _ in move.known]
        else:
            new = tuple(c for c in move.conclusions if not state.said(c))
            gives = {key(cdl.parse(name)) for name, _ in stated_values(new) if not state.valued(name)}
            if not (gives & values or wanted & {key(cdl.parse(c)) for c in new}):
                continue
            move = replace(move, conclusions=new)
            needs, known = move.premises, []
        moves.append(move)
        terms = [cdl.parse(statement) for statement in needs]
        wanted.update(map(key, terms))
        values.update(key(measure) for term in terms for measure in term.measures() if term.head == "Equal")
        values.update(key(cdl.parse(name)) for name in known)
    derived = tuple(dict.fromkeys(_derived(proof, state)))
    return replace(proof, givens=(*proof.givens, *derived), moves=tuple(reversed(moves))), derived


def _derived(proof: Proof, state: _State) -> Iterator[str]:
    for move in proof.moves:
        if isinstance(move, Solve):
            if state.valued(move.unknown):
                yield f"Equal({move.unknown},{move.value})"
        else:
            yield from (conclusion for conclusion in move.conclusions if state.said(conclusion))


def _renamed(proof: Proof, state: _State) -> Proof:
    """The proof with angles and segments called as the text calls them: ∠CBA for ∠ABC."""
    table: dict[Term, Term] = {}
    texts = [*proof.givens, proof.goal, *(text for move in proof.moves for text in _texts(move))]
    for measure in (measure for text in texts for measure in cdl.parse(text).measures()):
        name = state.names.get(state.facts.key(measure))
        if name is not None and sorted("".join(name.points)) == sorted("".join(measure.points)):
            table[measure] = name

    def renamed(text: str) -> str:
        return str(cdl.parse(text).replaced(table))

    moves: list[Step | Solve] = []
    for move in proof.moves:
        if isinstance(move, Solve):
            known = tuple((renamed(name), worth) for name, worth in move.known)
            equations = tuple(map(renamed, move.equations))
            moves.append(replace(move, unknown=renamed(move.unknown), equations=equations, known=known))
        else:
            premises, conclusions = (tuple(map(renamed, each)) for each in (move.premises, move.conclusions))
            moves.append(replace(move, premises=premises, conclusions=conclusions))
    return replace(proof, givens=tuple(map(renamed, proof.givens)), goal=renamed(proof.goal), moves=tuple(moves))


def _texts(move: Step | Solve) -> Iterator[str]:
    if isinstance(move, Solve):
        yield from (*move.equations, move.unknown, *(name for name, _ in move.known))
    else:
        yield from (*move.premises, *move.conclusions)


def _nearest(said: str, proof: Proof, language: Language, voices: int | None, seed: int) -> int:
    """The voice whose telling of the proof has most turns of phrase of this text; the first of several."""
    choices = range(seed * _VOICES, (seed + 1) * _VOICES) if voices is None else range(min(voices, _VOICES))
    phrases = _phrases(said)

    def shared(voice: int) -> int:
        told = narrate(proof, form="long", language=language, seed=voice, voices=voices).reasoning
        return (_phrases(told) & phrases).total()

    return max(choices, key=shared)


def _phrases(text: str) -> Counter[tuple[str, ...]]:
    """Three words or signs in a row, whatever the points are called."""
    words = ["#" if _POINTS.fullmatch(word) else word.lower() for word in _WORDS.findall(text)]
    return Counter(zip(words, words[1:], words[2:], strict=False))
