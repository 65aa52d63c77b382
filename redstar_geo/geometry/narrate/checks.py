"""What confirms a result: relations that were not used, other ways to the same value, and what the eye expects.

Everything here is computed from the proof's values, and only what holds exactly is returned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.claims.numbers import real
from redstar_geo.geometry.narrate.arithmetic import work
from redstar_geo.geometry.narrate.say import expression, has_inverse, is_angle, say, value
from redstar_geo.geometry.narrate.story import same_name
from redstar_geo.geometry.narrate.values import Values, stated_values
from redstar_geo.geometry.proof import Proof, Solve

_CLEARLY = 0.15  # a difference in length that the eye sees, relative
_LONGEST = 70  # characters of a check that one still reads


@dataclass(frozen=True)
class Check:
    """`slot` names the wordings, `content` fills them."""

    slot: str
    content: dict[str, str]


class Checks:
    """The checks that a proof offers, given which equations have been worked with."""

    def __init__(self, proof: Proof, values: Values, used: set[str], language: str) -> None:
        self.proof, self.values, self.used, self.language = proof, values, used, language
        self.goal, self._comma = cdl.parse(proof.goal), "，" if language == "zh" else ", "
        facts = dict.fromkeys((*proof.givens, *(c for step in proof.steps for c in step.conclusions)))
        self.equations = [cdl.parse(fact) for fact in facts if fact.startswith("Equal(")]

    def ways(self) -> list[Check]:
        """Other ways to the value of the goal."""
        ways = [*self._exterior(), *self._complement(), *self._apex(), *self._central(), *self._double()]
        return ways or list(self._other_equation())

    def unused(self) -> list[Check]:
        """Relations that were not worked with and that hold for the values found."""
        fresh = [check for _, check in self._put_back(used=False)]
        return [*fresh, *self._letter(), *self._inequality(), *self._opposite()]

    def repeated(self) -> list[Check]:
        """The goal put back into an equation that was worked with, unless that says again how it was found."""
        return [check for equation, check in self._put_back(used=True) if not self._plain(equation)]

    def _plain(self, equation: Term) -> bool:
        """Whether the goal is a side or a summand: putting it back repeats the sum that it came from."""
        return any(self.goal in (side, *(side.terms if side.head in ("Add", "Sub") else ())) for side in equation.terms)

    def expectation(self) -> tuple[str, str] | None:
        """What one would guess of the goal at sight, and what it is compared to; only when it comes true."""
        worth = self.values.number(self.goal)
        if worth is None:
            return None
        if self.goal.head == "MeasureOfAngle":
            if worth in (90, 180) or real(worth) > 180:
                return None
            return ("acute" if real(worth) < 90 else "obtuse"), ""
        if self.goal.head == "LengthOfLine":
            for other in (cdl.parse(name) for name, _ in stated_values(self.proof.givens)):
                size = self.values.number(other)
                ratio = None if size is None else real(size) / real(worth)
                if other.head == "LengthOfLine" and ratio is not None and abs(ratio - 1) > _CLEARLY:
                    return ("longer" if ratio < 1 else "shorter"), self._say(other)
        return None

    def _put_back(self, used: bool) -> Iterator[tuple[Term, Check]]:
        """Equations with the goal in them, numbers put in: `8 + 4 = 12`."""
        for equation in self.equations:
            if (str(equation) in self.used) != used or self.goal not in equation.measures():
                continue
            written = self.values.put_in(equation, self.language)
            sides = written.split(" = ")
            plain = len({same_name(side) for side in map(str, equation.replaced(self.values.terms).terms)}) > 1
            plain = plain and len(set(sides)) > 1 and not has_inverse(written)  # nobody checks with an arctangent
            if plain and len(written) <= _LONGEST and self.values.holds(equation):
                yield equation, Check("check" if used else "check_unused", {"check": written})

    def _sums(self, size: int) -> Iterator[list[Term]]:
        """The angles of steps that say that some angles are 180° together."""
        for equation in self.equations:
            left, right = equation.terms
            angles = list(left.terms)
            plain = all(angle.head == "MeasureOfAngle" for angle in angles)
            if left.head == "Add" and str(right) == "180" and len(angles) == size and plain:
                yield angles

    def _exterior(self) -> Iterator[Check]:
        for pair in self._sums(2):
            for triangle in self._sums(3):
                for inner, outer in (pair, pair[::-1]):
                    outside = inner in triangle and outer not in triangle
                    if outside and self.goal in (*triangle, outer) and self.goal != inner:
                        far = ",".join(str(angle) for angle in triangle if angle != inner)
                        yield from self._way("way_exterior", f"Equal({outer},Add({far}))", outer=self._say(outer))

    def _complement(self) -> Iterator[Check]:
        for triangle in self._sums(3):
            acute = [angle for angle in triangle if self.values.number(angle) != 90]
            if len(acute) == 2 and self.goal in acute:
                (other,) = (angle for angle in acute if angle != self.goal)
                yield from self._way("way_complement", f"Equal({self.goal},Sub(90,{other}))")

    def _apex(self) -> Iterator[Check]:
        """Of a triangle with two equal angles, from the equation that makes them equal."""
        pairs = [set(e.terms) for e in self.equations if all(side.head == "MeasureOfAngle" for side in e.terms)]
        for triangle in self._sums(3):
            for base, other, apex in permutations(triangle):
                if {base, other} in pairs and self.goal in triangle and self.values.number(base) != 60:
                    doubled, halved = f"{apex},Sub(180,Mul(2,{base}))", f"{base},Div(Sub(180,{apex}),2)"
                    yield from self._way("way_apex", f"Equal({doubled if self.goal == apex else halved})")
                    return

    def _central(self) -> Iterator[Check]:
        """Angles on the same arc, compared without it."""
        central: dict[Term, Term] = {}
        inscribed: dict[Term, list[Term]] = {}
        for equation in self.equations:
            left, right = equation.terms
            if left.head == "MeasureOfArc" and right.head == "MeasureOfAngle":
                central[left] = right
            if left.head == "MeasureOfAngle" and right.head == "Mul" and str(right.terms[-1]) == "Div(1,2)":
                inscribed.setdefault(right.terms[0], []).append(left)
        for arc, angles in inscribed.items():
            if arc in central and self.goal in (central[arc], angles[0]):
                yield from self._way("way_central", f"Equal({central[arc]},Mul(2,{angles[0]}))")
            elif len(angles) > 1 and self.goal in angles[:2]:
                yield from self._way("way_same_arc", f"Equal({angles[0]},{angles[1]})")

    def _double(self) -> Iterator[Check]:
        """The perimeter of a figure whose opposite sides are equal."""
        if self.goal.head != "PerimeterOfQuadrilateral":
            return
        for equation in self.equations:
            total = next((side for side in equation.terms if side.head == "Add" and len(side.terms) == 4), None)
            if total is not None and self.goal in equation.terms:
                first, second = total.terms[:2]
                yield from self._way("way_double", f"Equal({self.goal},Mul(2,Add({first},{second})))")

    def _other_equation(self) -> Iterator[Check]:
        """An equation that was not used and that has the goal as its only unknown."""
        for equation in self.equations:
            if str(equation) in self.used or self.goal not in equation.measures() or not self.values.holds(equation):
                continue
            others = [m for m in dict.fromkeys(equation.measures()) if m != self.goal]
            known = tuple((str(m), self.values.known[str(m)]) for m in others)
            if not others or (self.goal in equation.terms and len(others) < 2):
                continue
            working = work(Solve(self.proof.goal, self.proof.answer, (str(equation),), known), self.language)
            if working.by_hand and working.steps:
                line = self._comma.join((*working.steps[-3:], working.result))
                yield Check("way_other_equation", {"equation": self._say(equation), "line": line})

    def _letter(self) -> Iterator[Check]:
        """The lengths and angles that were given by a letter, with its value, and what they have to satisfy."""
        if self.goal.head != "Name":
            return
        lines, values = dict[Term, str](), Values(self.values.known)
        for equation in self.equations:
            left, right = equation.terms
            if left.head in cdl.MEASURES and set(right.measures()) == {self.goal} and right != self.goal:
                worth = self.values.known.get(str(left)) or self._worth(right)
                if worth and self.values.number(cdl.parse(worth)) == self.values.number(right):
                    values.learn(str(left), worth)
                    written = values.put_in(right, self.language)
                    number = value(str(left), worth, self.language)
                    lines[left] = " = ".join(dict.fromkeys((self._say(left), written, number)))
        for equation in self.equations:
            named = [measure for measure in dict.fromkeys(equation.measures()) if measure in lines]
            if named and self.goal not in equation.measures() and values.holds(equation):
                equal = all(side.head in cdl.MEASURES for side in equation.terms)
                closing = self._say(equation) if equal else values.put_in(equation, self.language)
                closing += f" = {values.put_in(named[0], self.language)}" if equal and len(named) == 1 else ""
                if len(set(closing.split(" = "))) == 1:  # 90 = 90
                    continue
                line = self._comma.join(lines[measure] for measure in named)
                if len(closing) <= _LONGEST and len(line) <= 2 * _LONGEST and not has_inverse(closing + line):
                    yield Check("check_letter", {"letter": self._say(self.goal), "line": line, "check": closing})
                    return

    def _worth(self, term: Term) -> str | None:
        text = str(self.values.number(term))
        return text if text.isdigit() else None

    def _triangles(self) -> Iterator[tuple[str, list[Term]]]:
        """Triangles whose three sides are known, the goal among them; sides named opposite to the corners."""
        lengths = {term.points[0]: term for term in self.values.terms if term.head == "LengthOfLine"}
        sides = {frozenset(name): term for name, term in lengths.items()}
        named = [arg for step in self.proof.steps for arg in step.args if len(arg) == 3]
        for corners in dict.fromkeys(named):
            pairs = [sides.get(frozenset(corners) - {corner}) for corner in corners]
            known = [pair for pair in pairs if pair is not None]
            if len(set(corners)) == len(known) == 3 and self.goal in known:
                yield corners, known

    def _inequality(self) -> Iterator[Check]:
        for _, sides in self._triangles():
            ordered = sorted(sides, key=lambda side: real(self.values.number(side)))
            numbers = [expression(self.values.terms[side], self.language) for side in ordered]
            total = self.values.number(Term("Add", tuple(ordered[:2])))
            longest = self.values.number(ordered[2])
            if (
                all(text.isdigit() for text in numbers)
                and numbers[1] != numbers[2]
                and total is not None
                and longest is not None
                and total > longest
            ):
                yield Check("check_inequality", {"check": f"{numbers[0]} + {numbers[1]} = {total} > {numbers[2]}"})
                return

    def _opposite(self) -> Iterator[Check]:
        """The longer of two sides faces the larger of two angles."""
        for corners, sides in self._triangles():
            angles = {}
            for term in self.values.terms:
                name = term.points[0] if term.head == "MeasureOfAngle" else ""
                if len(name) == 3 and set(name) == set(corners):
                    angles[name[1]] = term
            known = [(sides[corners.index(corner)], angle) for corner, angle in angles.items()]
            known.sort(key=lambda pair: real(self.values.number(pair[0])))
            if len(known) >= 2 and real(self.values.number(known[0][0])) < real(self.values.number(known[-1][0])):
                side, angle = known[-1]
                yield Check("check_opposite", {"side": self._say(side), "angle": self._say(angle)})
                return

    def _way(self, slot: str, statement: str, **content: str) -> Iterator[Check]:
        """`∠XFW = ∠XQF + ∠QXF = 72° + 60° = 132°`, if it holds and was not worked with."""
        equation = cdl.parse(statement)
        if statement not in self.used and self.values.holds(equation):
            left, right = equation.terms
            numbers = self.values.replaced(right), self.values.replaced(left)
            sides = (left, right, *numbers) if list(right.measures()) else (left, numbers[1], right)
            parts = [expression(side, self.language, is_angle(equation)) for side in sides]
            yield Check(slot, {**content, "line": " = ".join(dict.fromkeys(parts))})

    def _say(self, term: Term) -> str:
        return say(str(term), self.language)
