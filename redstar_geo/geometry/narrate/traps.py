"""The slip that a student would make at a step, where the proof shows one: its kind and what to say it with.

A trap is only a temptation: its wordings (`TRAPS`) never state what is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redstar_geo.geometry import cdl
from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.narrate.say import say
from redstar_geo.geometry.narrate.story import Passage
from redstar_geo.geometry.narrate.values import Values
from redstar_geo.geometry.proof import Proof, Step


@dataclass(frozen=True)
class Trap:
    kind: str
    content: dict[str, str]


@dataclass(frozen=True)
class _Place:
    """A step with its only conclusion, and all that is known in the end."""

    proof: Proof
    step: Step
    conclusion: Term
    passage: Passage
    values: Values
    language: str

    def say(self, term: Term) -> str:
        return say(str(term), self.language)

    def needed(self, theorem: str) -> Iterator[Step]:
        """The steps by a theorem that the goal rests on."""
        return (step for step in self.proof.steps if step.theorem == theorem and step.needed and step.conclusions)


def trap(proof: Proof, passage: Passage, values: Values, language: str) -> Trap | None:
    """The trap at a passage, if there is one."""
    if len(passage.steps) != 1 or len(passage.conclusions) != 1:
        return None
    step = passage.steps[0]
    find = _FINDERS.get(step.theorem.replace("mirror_", ""))
    if find is None:
        return None
    return find(_Place(proof, step, cdl.parse(passage.conclusions[0]), passage, values, language))


def _unless_right(kind: str) -> Callable[[_Place], Trap | None]:
    """For angles of which one has a value other than 90°; of right angles the confusion would be none."""

    def find(place: _Place) -> Trap | None:
        values = [place.values.number(measure) for measure in place.conclusion.measures()]
        return Trap(kind, {}) if any(value is not None and value != 90 for value in values) else None

    return find


def _ratio(place: _Place) -> Trap | None:
    """Where a side is made of parts, a part could slip in for the whole."""
    sides = {str(measure) for measure in place.conclusion.measures()}
    for step in place.needed("line_addition"):
        whole, parts = cdl.parse(step.conclusions[0]).terms
        wrong = [part for part in parts.terms if str(part) not in sides]
        if str(whole) in sides and len(wrong) == 1:
            return Trap("part_whole", {"part": place.say(wrong[0]), "whole": place.say(whole)})
    return _order(place)


def _order(place: _Place) -> Trap | None:
    """A part of one triangle, the part of the other that matches, and one that could be taken for it."""
    one, other = list(place.conclusion.measures())[:2]
    figure = next((name for name in place.step.args[1:] if set(other.points[0]) <= set(name)), "")
    if other.head == "LengthOfLine":
        rest = [name for name in (figure[:2], figure[1:], figure[2:] + figure[:1]) if set(name) != set(other.points[0])]
    else:
        turned = (figure[i:] + figure[:i] for i in range(len(figure)))
        rest = [name for name in turned if name[1] != other.points[0][1]]
    wrong = [name for name in rest if set(name) != set(one.points[0])]
    if len(figure) != 3 or one.head != other.head or not wrong:
        return None
    taken = Term(other.head, (Term("Points", (wrong[-1],)),))
    return Trap("order", {"one": place.say(one), "other": place.say(other), "wrong": place.say(taken)})


def _pythagoras(place: _Place) -> Trap | None:
    hypotenuse = place.conclusion.terms[1].terms[0] if place.conclusion.terms[1].terms else None
    if hypotenuse is None or not place.passage.solves:
        return None
    side = cdl.parse(place.passage.solves[-1].unknown)
    if side == hypotenuse:
        return Trap("root", {"side": place.say(side)})
    legs = place.conclusion.terms[0].measures()
    return Trap("leg", {"side": place.say(side), "hypotenuse": place.say(hypotenuse)}) if side in legs else None


def _base_angles(place: _Place) -> Trap | None:
    triangle = place.step.args[0]
    apex = place.values.number(cdl.parse(f"MeasureOfAngle({triangle[2]}{triangle[0]}{triangle[1]})"))
    base = [place.values.number(measure) for measure in place.conclusion.measures()]
    if apex is None or any(value == apex for value in base):
        return None
    return Trap("base_angles", {"apex": triangle[0]})


def _exterior(place: _Place) -> Trap | None:
    """One of the two angles is the triangle's, the other is outside and known."""
    angles = list(place.conclusion.measures())
    for step in place.needed("triangle_property_angle_sum"):
        inside = set(cdl.parse(step.conclusions[0]).measures())
        inner = [angle for angle in angles if angle in inside]
        outer = [angle for angle in angles if angle not in inside]
        if len(inner) == len(outer) == 1:
            names = {"inner": place.say(inner[0]), "outer": place.say(outer[0])}
            return Trap("exterior", {**names, "triangle": step.args[0]})
    return None


def _always(kind: str) -> Callable[[_Place], Trap]:
    return lambda place: Trap(kind, {})


_FINDERS: dict[str, Callable[[_Place], Trap | None]] = {
    "arc_property_circumference_angle_external": lambda place: Trap(
        "inscribed", {"angle": place.say(place.conclusion.terms[0]), "point": place.step.args[1]}
    ),
    "arc_property_circumference_angle_internal": lambda place: Trap("internal", {"point": place.step.args[1]}),
    "parallel_property_ipsilateral_internal_angle": _unless_right("co_interior"),
    "parallel_property_alternate_interior_angle": _unless_right("equal_not_supplementary"),
    "parallel_property_corresponding_angle": _unless_right("equal_not_supplementary"),
    "similar_triangle_property_line_ratio": _ratio,
    "right_triangle_property_pythagorean": _pythagoras,
    "isosceles_triangle_property_angle_equal": _base_angles,
    "adjacent_complementary_angle": _exterior,
    "tangent_of_circle_property_perpendicular": lambda place: Trap("contact", {"point": place.step.args[0][1]}),
    "triangle_area_formula_common": _always("area_half"),
    "triangle_area_formula_sine": _always("area_half"),
    "midsegment_of_triangle_property_length": _always("midsegment"),
    "circle_property_length_of_radius_and_diameter": _always("diameter"),
    "parallelogram_property_opposite_angle_equal": _always("neighbours"),
    "congruent_triangle_property_line_equal": _order,
    "congruent_triangle_property_angle_equal": _order,
    "similar_triangle_property_area_square_ratio": _always("area_ratio"),
}
