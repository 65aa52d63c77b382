"""Claims against facts: true, false or unproven, each with what decides it, and the first false step of a text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from random import Random

from redstar_geo.bounds import READINGS
from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.decision import TRUE_ANYHOW, Decision, Judged
from redstar_geo.geometry.claims.facts import Facts
from redstar_geo.geometry.claims.meaning import flaw, in_any_order, parts, readings
from redstar_geo.geometry.claims.numbers import Number, Unknown, approximate, evaluate, minus, real, same
from redstar_geo.geometry.claims.read import Claim, Reading, read
from redstar_geo.geometry.claims.retraction import retracted
from redstar_geo.geometry.claims.units import in_degrees, in_some_unit
from redstar_geo.geometry.figure import Figure, FigureError, holds, measure

FIGURE_TOLERANCE = 1e-6  # of values measured in a figure, relative
_DEEPEST = 4
_ROUNDED = 0.005  # of values that are rounded on the way, relative
_TRIALS = 3  # of an identity, with numbers put in
_COMPARED = ("Equal", "About", "Unequal", "Less", "AtMost")


def judge(text: str, facts: Facts) -> Judged:
    """Read a chain of thought and decide each of its claims; total on any text, in time proportional to its length."""
    return judge_reading(read(text), facts)


def judge_reading(reading: Reading, facts: Facts) -> Judged:
    """The same for claims that have been read."""
    court = _Court(facts)
    decided = court.chained([(claim, court.decide(claim)) for claim in reading.claims])
    return Judged(retracted(reading, decided, facts), reading.cut)


class _Court:
    """Decides the claims of one text in order, since letters get their meaning on the way."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.tried = 0  # readings
        self.letters: dict[str, Term] = dict(facts.asked)  # and let x = AB
        self.solved: dict[str, Number] = {}  # what an equation of the text makes of a letter, or of what it has drawn
        self.said: set[str] = set()  # the letters of which it only says x = 3, as it may of each root
        self.decided: dict[tuple[Term, bool], Decision] = {}  # as long as no letter gets another meaning

    def decide(self, claim: Claim) -> Decision:
        statement = claim.statement
        if claim.standing in ("supposed", "denied"):
            return Decision("unproven", TRUE_ANYHOW if self._is_fact(statement) else "not asserted")
        if claim.standing == "defined":
            return self._define(statement)
        known = self.decided.get((statement, claim.unordered))
        if known is None:
            known = self._try(statement, claim.unordered)
            self.decided[statement, claim.unordered] = known
        if claim.partial and known.status == "true":
            return Decision("unproven", "right arithmetic for a quantity that is not read")
        return known

    def chained(self, decided: Sequence[tuple[Claim, Decision]]) -> list[tuple[Claim, Decision]]:
        """With the ends of a chain compared where what stands between them is unknown: ∠A = 2x + ∠D = 50°."""
        found: list[tuple[Claim, Decision]] = []
        begun: Term | None = None  # the last side that something is known of
        for claim, decision in decided:
            last = found[-1][0] if found else None
            if last is None or not _goes_on(last, claim):
                begun = None
            elif begun is not None:
                ends = Term("Equal", (begun, claim.statement.terms[1]))
                whole = self._try(ends, False)
                decision = replace(whole, reason=f"the chain: {whole.reason}") if whole.status == "false" else decision
            if not _is_unknown(decision):
                begun = None
            elif begun is None and claim.statement.head == "Equal" and claim.standing == "asserted":
                begun = claim.statement.terms[0]
            found.append((claim, decision))
        return found

    def _is_fact(self, statement: Term) -> bool:
        """Whether the proof says so; what is supposed teaches nothing about letters."""
        if statement.head != "Equal" or flaw(statement):
            return False
        if self.facts.origin(statement) is not None:
            return True
        try:
            left, right = (evaluate(side, lambda term: self._value(term, [])) for side in statement.terms)
        except Unknown:
            return False
        return _agree(statement, left, right)

    def _try(self, statement: Term, unordered: bool) -> Decision:
        if self.tried >= READINGS:
            return Decision("unproven", f"beyond the {READINGS} readings that are tried of one text")
        if wrong := flaw(statement):
            return Decision("unproven", f"no statement: {wrong}")
        ways = [
            way
            for form in (in_any_order(statement) if unordered else [statement])
            for way in readings(form, self.facts.choices, self.facts.circles)
        ]
        self.tried += len(ways)
        return _any([_all(self._decide(part) for part in reading) for reading in ways])

    def _define(self, statement: Term) -> Decision:
        left, right = statement.terms
        for name, meaning in ((left, right), (right, left)):
            if name.head == "Name" and str(name) not in {str(leaf) for leaf in meaning.measures()}:
                self.letters[str(name)] = meaning
                self.decided.clear()
                break
        return Decision("unproven", "definition")

    def _decide(self, statement: Term, depth: int = 0) -> Decision:
        """First by what the proof states, then by its values, then by the figures."""
        origin = self.facts.origin(statement)
        if origin is not None:
            return Decision("true", origin)
        if statement.head in _COMPARED:
            return self._compare(statement)
        unfolded = parts(statement)
        if unfolded and depth < _DEEPEST:
            decision = _all(self._decide(part, depth + 1) for part in unfolded)
            if decision.status != "unproven":
                return decision
        return self._in_figures(statement)

    def _compare(self, statement: Term) -> Decision:
        origins: list[str] = []
        try:
            left, right = (self._whole(side, origins) for side in statement.terms)
        except Unknown as unknown:
            decision = self._identity(statement) or self._measured(statement)
            if decision.status == "unproven" and decision.reason.startswith("unknown"):
                return self._solve(statement, str(unknown))
            return decision
        how = "; ".join(dict.fromkeys(origins)) or "arithmetic"
        if _agree(statement, left, right):
            return Decision("true", how)
        if (name := _bare(statement)) in self.said:
            del self.solved[name]
            return self._solve(statement, name)
        if in_some_unit(statement):
            return self._in_degrees(statement, how)
        if _is_reflex(statement, left, right):
            return Decision("unproven", f"{how}: so is the reflex angle")
        if _near(statement, left, right):
            return Decision("unproven", f"{how}: rounded on the way")
        return Decision("false", f"{how}: {_in_digits(left)} against {_in_digits(right)}")

    def _in_degrees(self, statement: Term, how: str) -> Decision:
        """With the angles of arcsin(3/5) in degrees; whoever means which does not say so."""
        turned = in_degrees(statement)
        left, right = (self._whole(side, []) for side in turned.terms)
        return Decision("true", how) if _agree(turned, left, right) else Decision("unproven", f"{how}: in which unit")

    def _whole(self, side: Term, origins: list[str]) -> Number:
        """The value of a side, which may be known as a whole (x / y) though its parts are not."""
        known = self.facts.known(side) if side.terms else None
        if known is not None:
            origins.append(known.origin)
            return known.value
        return evaluate(side, lambda term: self._value(term, origins))

    def _value(self, term: Term, origins: list[str], depth: int = 0) -> Number | None:
        known = self.facts.known(term)
        if known is not None:
            origins.append(known.origin)
            return known.value
        name = str(term)
        if name in self.letters and depth < _DEEPEST:
            if in_some_unit(self.letters[name]):
                return None
            try:
                return evaluate(self.letters[name], lambda inner: self._value(inner, origins, depth + 1))
            except Unknown:
                return None
        solved = self.solved.get(self.facts.key(term))
        if solved is not None:
            origins.append("equation of the text")
        return solved

    def _identity(self, statement: Term) -> Decision | None:
        """True when both sides agree whatever is put in for what is not known: 10 − DE + 6 + DE = 16."""
        if statement.head != "Equal":
            return None
        for trial in range(_TRIALS):
            drawn = Random(trial)
            put_in: dict[str, Number] = {}

            def value(term: Term, drawn: Random = drawn, put_in: dict[str, Number] = put_in) -> Number:
                known = self._value(term, [])
                if known is not None:
                    return known
                return put_in.setdefault(self.facts.key(term), Fraction(drawn.randint(2, 10**6), 997))

            try:
                left, right = (evaluate(side, value) for side in statement.terms)
            except Unknown:
                return None
            if not same(left, right):
                return None
        return Decision("true", "arithmetic")

    def _measured(self, statement: Term) -> Decision:
        """A comparison in every figure: determined when both sides differ by the same amount in all of them."""
        statement = self._with_letters(statement)
        pairs = []
        for figure in self.facts.figures:
            try:
                sides = [float(real(evaluate(side, partial(_measure, figure)))) for side in statement.terms]
            except Unknown as unknown:
                return Decision("unproven", f"unknown: {unknown}")
            pairs.append((sides[0], sides[1]))
        if not pairs:
            return Decision("unproven", f"unknown: {statement}"[:120])
        if all(_agree(statement, approximate(a), approximate(b), FIGURE_TOLERANCE) for a, b in pairs):
            return Decision("true", "figure")
        if statement.head in ("Less", "AtMost", "Unequal"):
            free = any(_agree(statement, approximate(a), approximate(b), FIGURE_TOLERANCE) for a, b in pairs)
        else:
            free = _vary([a - b for a, b in pairs]) and not (statement.head == "Equal" and _in_proportion(pairs))
        if free:
            return Decision("unproven", "the givens do not determine it")
        if in_some_unit(statement):
            return Decision("unproven", "in degrees or in radians")
        if all(_near(statement, approximate(a), approximate(b)) for a, b in pairs):
            return Decision("unproven", "figure: rounded on the way")
        if all(_is_reflex(statement, approximate(a), approximate(b)) for a, b in pairs):
            return Decision("unproven", "so is the reflex angle")
        return Decision("false", f"figure: {pairs[0][0]:.6g} against {pairs[0][1]:.6g}")

    def _in_figures(self, statement: Term) -> Decision:
        """A relation: true in all figures, false in all, or not determined by the givens."""
        in_each = []
        for figure in self.facts.figures:
            try:
                in_each.append(holds(figure, str(statement)))
            except (FigureError, cdl.CDLError, KeyError, IndexError, ZeroDivisionError) as error:
                return Decision("unproven", f"unknown: {error}"[:120])
        if not in_each:
            return Decision("unproven", "not among the facts of the proof")
        if all(in_each):
            return Decision("true", "figure")
        free = any(in_each)
        if not free and statement.head in ("ParallelBetweenLine", "PerpendicularBetweenLine"):
            free = _vary([_turn_between(figure, *statement.points) for figure in self.facts.figures])
        return Decision("unproven", "the givens do not determine it") if free else Decision("false", "figure")

    def _with_letters(self, term: Term, depth: int = 0) -> Term:
        if depth > _DEEPEST:
            return term
        if term.head == "Name" and str(term) in self.letters:
            return self._with_letters(self.letters[str(term)], depth + 1)
        return term.map(lambda part: self._with_letters(part, depth))

    def _solve(self, statement: Term, unknown: str) -> Decision:
        """An equation in one letter that is linear in it gives the letter its value in this text."""
        leaves = {self.facts.key(leaf): leaf for side in statement.terms for leaf in side.measures()}
        open_ones = [key for key, leaf in leaves.items() if self._is_open(leaf) and self._value(leaf, []) is None]
        if statement.head != "Equal" or len(open_ones) != 1 or in_some_unit(statement):
            return Decision("unproven", f"unknown: {unknown}")
        name = open_ones[0]
        try:
            at = [self._difference(statement, name, Fraction(value)) for value in (0, 1, 2)]
        except Unknown as other:
            return Decision("unproven", f"unknown: {other}")
        slope = minus(at[1], at[0])
        if same(minus(at[2], at[1]), slope) and not same(slope, Fraction(0)):
            (self.said.add if _bare(statement) else self.said.discard)(name)
            exact = isinstance(slope, Fraction) and isinstance(at[0], Fraction)
            self.solved[name] = -at[0] / slope if exact else -real(at[0]) / real(slope)
            self.decided.clear()
        return Decision("unproven", f"unknown: {name}")

    def _is_open(self, leaf: Term) -> bool:
        """Whether only the text can say what it is worth: a letter, or a measure at a point that the text has drawn."""
        return len(str(leaf)) <= 2 if leaf.head == "Name" else not set("".join(leaf.points)) <= self.facts.points

    def _difference(self, statement: Term, name: str, value: Fraction) -> Number:
        left, right = (
            evaluate(side, lambda term: value if self.facts.key(term) == name else self._value(term, []))
            for side in statement.terms
        )
        return minus(left, right)


def _goes_on(claim: Claim, following: Claim) -> bool:
    """Whether two claims are links of one chain of equations."""
    equations = claim.statement.head == following.statement.head == "Equal"
    shared = equations and claim.statement.terms[1] == following.statement.terms[0]
    return shared and claim.start < following.start < claim.end and following.standing == "asserted"


def _is_unknown(decision: Decision) -> bool:
    return decision.status == "unproven" and re.match(r"unknown: (?:\w|\w+Of\w+\(\w+\))$", decision.reason) is not None


def _bare(statement: Term) -> str:
    """The letter that a statement gives a number, if it does no more."""
    names = [str(side) for side in statement.terms if side.head == "Name"]
    return names[0] if len(names) == 1 and any(not any(side.measures()) for side in statement.terms) else ""


def _is_reflex(statement: Term, left: Number, right: Number) -> bool:
    """Whether an angle is given the value of the one on the other side of its arms."""
    heads = [side.head for side in statement.terms]
    allowed = FIGURE_TOLERANCE * 360
    return statement.head == "Equal" and "MeasureOfAngle" in heads and abs(real(left) + real(right) - 360) <= allowed


def _near(statement: Term, left: Number, right: Number) -> bool:
    """Whether two sides with a decimal differ by no more than rounding on the way may have made of them."""
    numbers = [str(part.args[0]) for part in statement.walk() if part.head == "Number"]
    worked_out = [side for side in statement.terms if side.head != "Number"]
    rounded = any("." in str(part) or part.head in cdl.MEASURES for side in worked_out for part in side.walk())
    decimal = rounded and any("." in number for number in numbers)
    gap, size = abs(real(left) - real(right)), max(abs(real(left)), abs(real(right)))
    return (decimal or statement.head == "About") and bool(gap <= _ROUNDED * size)


def _turn_between(figure: Figure, ab: str, cd: str) -> float:
    """The angle between two lines as the sine and cosine see it: from 0 to 90 degrees."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = (figure.at(point) for point in ab + cd)
    turn = abs(math.degrees(math.atan2(by - ay, bx - ax) - math.atan2(dy - cy, dx - cx))) % 180
    return min(turn, 180 - turn)


def _vary(values: Sequence[float]) -> bool:
    return max(values) - min(values) > 10 * FIGURE_TOLERANCE * max(1.0, *map(abs, values))


def _in_proportion(pairs: Sequence[tuple[float, float]]) -> bool:
    """Whether both sides differ by the same factor in all figures: AC = 5 AO, where O halves AC."""
    return min(min(pair) for pair in pairs) > 0 and not _vary([a / b for a, b in pairs])


def _measure(figure: Figure, term: Term) -> Number | None:
    try:
        return approximate(measure(figure, term))
    except (FigureError, ZeroDivisionError):
        return None


def _agree(statement: Term, left: Number, right: Number, tolerance: float = 0.0) -> bool:
    """Whether the comparison holds; a decimal or an ≈ stands for all that is rounded to it."""
    if statement.head in ("Less", "AtMost"):
        gap = real(right) - real(left)
        return bool(gap > tolerance if statement.head == "Less" else gap >= -tolerance)
    allowed = tolerance * max(1.0, abs(float(real(left))), abs(float(real(right))))
    equal = same(left, right) or bool(abs(real(left) - real(right)) <= allowed)
    if statement.head == "Unequal":
        return not equal
    return equal or bool(abs(real(left) - real(right)) <= _rounding(statement) * (1 + 1e-9))


def _rounding(statement: Term) -> float:
    """Half a unit of the last decimal written alone on a side; behind `=` from two decimals on."""
    numbers = [str(side.args[0]) for side in statement.terms if side.head == "Number"]
    decimals = [len(number.partition(".")[2]) for number in numbers]
    decimals = [places for places in decimals if places > 1 or statement.head == "About"]
    places = (min if statement.head == "About" else max)(decimals, default=None)
    return 0.0 if places is None else 0.5 * 10.0**-places


def _in_digits(value: Number) -> str:
    if isinstance(value, Fraction) and len(str(value)) < 20:
        return str(value)
    return f"{float(real(value)):.6g}"


def _all(decisions: Iterable[Decision]) -> Decision:
    """True if all are, false if one is."""
    return _first(list(decisions), ("false", "unproven", "true"))


def _any(decisions: Sequence[Decision]) -> Decision:
    """True if one is, false if all are."""
    return _first(decisions, ("true", "unproven", "false")) if decisions else Decision("unproven", "no reading")


def _first(decisions: Sequence[Decision], statuses: tuple[str, ...]) -> Decision:
    """The first decision of the first of these statuses that there is."""
    return min(decisions, key=lambda decision: statuses.index(decision.status))
