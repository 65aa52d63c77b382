"""Real mistakes: a step got wrong as a student would, carried on, noticed by a check that fails, taken back.

The wrong equation comes from the problem's own trap (half forgotten, squares added for a leg, equal for supplementary).
What the check puts in are the wrong values, so that it fails in earnest; the right step follows in the telling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import sympy

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.arithmetic import simple
from redstar_geo.geometry.narrate.say import is_angle, joined, number, say
from redstar_geo.geometry.narrate.say import value as worded
from redstar_geo.geometry.narrate.slips import SLIPS, slips
from redstar_geo.geometry.narrate.story import Passage
from redstar_geo.geometry.narrate.theorems import Language
from redstar_geo.geometry.narrate.traps import trap
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.wording import chosen, filled
from redstar_geo.geometry.narrate.wording_mistakes import LEADS, REMEMBERED, TOLD
from redstar_geo.geometry.proof import Proof, Solve, Step

_CARRIED = 2  # at most so many steps rest on a mistake before it is noticed
_PLAIN = 8  # degrees from 90° at which the eye tells acute from obtuse


@dataclass(frozen=True)
class Mistake:
    """What was asserted wrongly and taken back.

    Attributes:
        kind: the trap.
        step: the step that was got wrong; it is told rightly afterwards.
        false: the statements that were asserted, of which none holds: the wrong equation, then values.
        true: the value of the first of these measures.
        text: the passage, from the wrong equation to its being taken back.
    """

    kind: str
    step: Step
    false: tuple[str, ...]
    true: str
    text: str


def mistake(proof: Proof, language: Language, chance: Random) -> Mistake | None:
    """A mistake that this proof invites; None where it invites none."""
    values = Values(all_values(proof))
    places = []
    for place, step in enumerate(proof.moves):
        if isinstance(step, Step) and step.needed and len(step.conclusions) == 1:
            solve = next((m for m in proof.moves[place + 1 :] if isinstance(m, Solve)), None)
            before = {name for name, _ in stated_values(proof.givens)}
            before.update(m.unknown for m in proof.moves[:place] if isinstance(m, Solve))
            told = solve is not None and before.issuperset(name for name, _ in solve.known if name != solve.unknown)
            if solve is not None and told and solve.needed and solve.equations == step.conclusions:
                found = trap(proof, Passage((step,), (solve,)), values, language)
                places.append((step, solve, found.kind if found is not None else ""))
    chance.shuffle(places)
    return next(filter(None, (_at(proof, *place, language, chance) for place in places)), None)


def _at(proof: Proof, step: Step, solve: Solve, kind: str, language: Language, chance: Random) -> Mistake | None:
    """A mistake at one step: one of those that change the value."""
    unknown = cdl.parse(solve.unknown)
    known = {cdl.parse(name): cdl.value(text) for name, text in (*stated_values(proof.givens), *solve.known)}
    known.pop(unknown, None)
    options = list(slips(proof, step, kind, unknown, known))
    chance.shuffle(options)
    for slip, wrong in options:
        worth = _solved(wrong, unknown, known)
        if worth is not None and abs(sympy.N(worth - cdl.value(solve.value))) > 1e-9:
            return _told(proof, slip, step, solve, wrong, {**known, unknown: worth}, language, chance)
    return None


def _told(
    proof: Proof,
    kind: str,
    step: Step,
    solve: Solve,
    wrong: Term,
    known: dict[Term, sympy.Expr],
    language: Language,
    chance: Random,
) -> Mistake:
    right, unknown = cdl.parse(step.conclusions[0]), cdl.parse(solve.unknown)
    slots, worth = TOLD[language], known[unknown]
    result, said = _result(unknown, worth, language), say(str(wrong), language)
    lead = _lead(kind, step, right, unknown, said, language)
    sentences = [_fill(slots["wrong"], chance, lead=lead, result=result)]
    false, results, used = [str(wrong), f"Equal({unknown},{_text(worth)})"], [result], {right}
    for equation, measure, value in _carried(proof, solve, known, used):
        results.append(_result(measure, value, language))
        false.append(f"Equal({measure},{_text(value)})")
        sentences.append(_fill(slots["carried"], chance, equation=say(str(equation), language), result=results[-1]))
    made = _Made(proof, kind, right, unknown, cdl.value(solve.value), known, used, language, chance)
    sentences.append(made.noticed())
    verb = ("was", "were") if language == "en" else ("", "都")
    taken_back = {"results": joined(results, language), "verb": verb[len(results) > 1]}
    sentences.append(_fill(slots["back"], chance, wrong=said, slip=SLIPS[kind][language], **taken_back))
    return Mistake(kind, step, tuple(false), solve.value, (" " if language == "en" else "").join(sentences))


def _lead(kind: str, step: Step, right: Term, unknown: Term, wrong: str, language: Language) -> str:
    """What brings the wrong equation up."""
    content = {"wrong": wrong, "unknown": say(str(unknown), language)}
    for measure in right.measures():
        name = {"MeasureOfAngle": "angle", "MeasureOfArc": "arc"}.get(measure.head)
        if name is not None:
            content.setdefault(name, say(str(measure), language))
    pythagoras = kind == "root" and step.theorem.endswith("pythagorean")
    lead = LEADS["leg" if pythagoras else kind][language] if pythagoras or kind in LEADS else REMEMBERED[language]
    if kind in ("inscribed", "internal") and not {"angle", "arc"} <= content.keys():
        lead = REMEMBERED[language]
    return filled(lead, content)


@dataclass(frozen=True)
class _Made:
    """A mistake that was made, and what is known with it: how does one notice?"""

    proof: Proof
    kind: str
    right: Term
    unknown: Term
    true: sympy.Expr
    known: Mapping[Term, sympy.Expr]
    used: set[Term]
    language: Language
    chance: Random

    def noticed(self) -> str:
        """What cannot be, a relation that fails, what the figure shows; where there is none, the rule itself."""
        ways = [*self._longer(), *self._negative(), *self._angles(), *self._sides(), *self._relation()]
        if not ways or self.chance.random() < 0.2:
            ways = [*self._look()] or ways
        return self.chance.choice(ways) if ways else self._compared(self.right, "recalled")

    def _longer(self) -> Iterator[str]:
        whole = _longest(self.right, self.unknown) if self.kind in ("leg", "sign") else None
        if whole is not None and sympy.N(self.known[self.unknown] - self.known[whole]) > 0:
            never = self._fill(self.kind)
            length = worded(str(whole), _text(self.known[whole]), self.language)
            content = {"part": self._say(self.unknown), "whole": self._say(whole), "length": length}
            yield self._fill("longer", never=never[:1].lower() + never[1:], **content)

    def _negative(self) -> Iterator[str]:
        """A measure that would come out negative."""
        for move in self.proof.solves:
            measure = cdl.parse(move.unknown)
            if len(move.equations) != 1 or measure in self.known or measure.head not in cdl.MEASURES:
                continue
            equation = cdl.parse(move.equations[0])
            difference = cdl.to_sympy(equation, self.known)
            if difference.free_symbols != {cdl.to_sympy(measure)} or self.unknown not in equation.measures():
                continue
            symbol = sympy.Symbol("x")  # of any sign
            roots = sympy.solve(difference.subs(cdl.to_sympy(measure), symbol), symbol)
            if len(roots) == 1 and roots[0].is_negative and len(str(roots[0])) < 12:
                kind = "angle" if is_angle(measure) else "length"
                kinds = {"kind": self._fill(kind).lower(), "a_kind": self._fill(f"a_{kind}").lower()}
                worth = worded(str(measure), _text(roots[0]), self.language)
                content = {"equation": self._say(equation), "measure": self._say(measure), "worth": worth}
                yield self._fill("negative", **kinds, **content)

    def _triangles(self) -> Iterator[str]:
        named = dict.fromkeys(arg for step in self.proof.steps for arg in step.args if len(set(arg)) == len(arg) == 3)
        corners = dict.fromkeys("".join(sorted(name)) for name in named)
        return (name for name in corners if set(self.unknown.points[0]) <= set(name))

    def _angles(self) -> Iterator[str]:
        """Two angles of a triangle that leave no room for the third."""
        corners = set(self.unknown.points[0])
        for name in self._triangles() if self.unknown.head == "MeasureOfAngle" else ():
            for other, worth in self.known.items():
                inside = other.head == "MeasureOfAngle" and set(other.points[0]) == corners == set(name)
                if inside and other.points[0][1] != self.unknown.points[0][1]:
                    total = self.known[self.unknown] + worth
                    if total >= 180:
                        terms = Term("Add", (self.unknown, other))
                        yield self._fill("angles", sum=self._say(terms), total=f"{number(total)}°", triangle=name)

    def _sides(self) -> Iterator[str]:
        """Three sides that do not close."""
        for name in self._triangles() if self.unknown.head == "LengthOfLine" else ():
            lengths = {
                frozenset(term.points[0]): worth for term, worth in self.known.items() if term.head == "LengthOfLine"
            }
            sides = [lengths.get(frozenset(name) - {corner}) for corner in name]
            known = sorted((side for side in sides if side is not None), key=sympy.N)
            if len(known) == 3 and sympy.N(known[0] + known[1] - known[2]) <= 0:
                texts = [number(side, self.language) for side in known]
                content = {"sides": joined(texts, self.language), "short": f"{texts[0]} + {texts[1]}", "long": texts[2]}
                yield self._fill("sides", triangle=name, **content)

    def _relation(self) -> Iterator[str]:
        """A relation of the proof that was not used, or, of a sum, the sum itself."""
        check = next(_failing(self.proof, self.known, self.used), None)
        if check is not None:
            yield self._compared(check, "noticed")
        elif self.kind in ("sign", "part"):
            yield self._compared(self.right, "noticed")

    def _look(self) -> Iterator[str]:
        wrong = self.known[self.unknown]
        told_apart = self.unknown.head == "MeasureOfAngle" and (wrong - 90) * (self.true - 90) < 0
        if told_apart and min(abs(wrong - 90), abs(self.true - 90)) > _PLAIN:
            kind = self._fill("acute" if self.true < 90 else "obtuse")
            worth = worded(str(self.unknown), _text(wrong), self.language)
            yield self._fill("look", kind=kind[:1].lower() + kind[1:], worth=worth, angle=self._say(self.unknown))

    def _compared(self, check: Term, slot: str) -> str:
        left, right = (_number(side, self.known, is_angle(check), self.language) for side in check.terms)
        return self._fill(slot, equation=self._say(check), left=left, right=right)

    def _say(self, term: Term) -> str:
        return say(str(term), self.language)

    def _fill(self, slot: str, **content: str) -> str:
        return _fill(TOLD[self.language][slot], self.chance, **content)


def _longest(right: Term, unknown: Term) -> Term | None:
    """The hypotenuse, or the whole line, of which an unknown length is a leg or a part."""
    for whole, parts in (right.terms, right.terms[::-1]):
        whole = whole.terms[0] if whole.head == "Pow" else whole
        if whole.head == unknown.head == "LengthOfLine" != parts.head and unknown != whole:
            return whole
    return None


def _solved(equation: Term, unknown: Term, known: Mapping[Term, sympy.Expr]) -> sympy.Expr | None:
    """The only value of a measure by an equation of known ones, if it is one that a measure can have."""
    symbol, difference = cdl.to_sympy(unknown), cdl.to_sympy(equation, known)
    if difference.free_symbols != {symbol} or not difference.is_polynomial(symbol):
        return None
    roots = sympy.solve(difference, symbol)
    if len(roots) != 1 or not roots[0].is_positive or len(str(roots[0])) > 12:
        return None
    return None if is_angle(unknown) and roots[0] >= 180 else roots[0]


def _carried(
    proof: Proof, solve: Solve, known: dict[Term, sympy.Expr], used: set[Term]
) -> Iterator[tuple[Term, Term, sympy.Expr]]:
    """What the next steps make of the wrong value, from nothing else than givens; `known` and `used` grow."""
    later = proof.solves[proof.solves.index(solve) + 1 :]
    carried = 0
    for move in later:
        unknown = cdl.parse(move.unknown)
        if carried == _CARRIED or not move.needed or len(move.equations) != 1 or unknown in known:
            continue
        equation = cdl.parse(move.equations[0])
        if unknown.head not in cdl.MEASURES or not set(equation.measures()) <= {unknown, *known}:
            continue
        value = _solved(equation, unknown, known)
        if value is None or abs(sympy.N(value - cdl.value(move.value))) < 1e-9:
            continue
        known[unknown] = value
        used.add(equation)
        carried += 1
        yield equation, unknown, value


def _failing(proof: Proof, known: Mapping[Term, sympy.Expr], used: set[Term]) -> Iterator[Term]:
    """Relations of the proof that were not used and that the wrong values break."""
    for fact in dict.fromkeys((*proof.givens, *(c for step in proof.steps if step.needed for c in step.conclusions))):
        equation = cdl.parse(fact)
        fresh = equation.head == "Equal" and equation not in used
        if fresh and set(equation.measures()) <= set(known) and abs(sympy.N(cdl.to_sympy(equation, known))) > 1e-9:
            yield equation


def _number(side: Term, known: Mapping[Term, sympy.Expr], degrees: bool, language: Language) -> str:
    return number(simple(cdl.to_sympy(side, known)), language) + ("°" if degrees else "")


def _result(measure: Term, value: sympy.Expr, language: Language) -> str:
    return f"{say(str(measure), language)} = {worded(str(measure), _text(value), language)}"


def _text(value: sympy.Expr) -> str:
    return str(value).replace(" ", "")


def _fill(wordings: tuple[str, ...], chance: Random, **content: str) -> str:
    return filled(chosen((chance.choice(wordings),), chance), content)
