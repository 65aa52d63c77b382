"""Two parallel lines AB and CD, cut by EF in G and H."""

from __future__ import annotations

from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.language import angle, equal, parallel
from redstar_geo.geometry.construct.numbers import any_degrees, polar
from redstar_geo.geometry.construct.sketch import Sketch


def alternate_angles(rng: Random, difficulty: int) -> Sketch:
    """Alternate interior angles are equal."""
    return _cut(rng, difficulty, "BGH", "CHG", "parallel_property_alternate_interior_angle", "GB", "CH")


def corresponding_angles(rng: Random, difficulty: int) -> Sketch:
    """Corresponding angles are equal."""
    return _cut(rng, difficulty, "EGB", "GHD", "parallel_property_corresponding_angle", "GB", "HD", "E")


def co_interior_angles(rng: Random, difficulty: int) -> Sketch:
    """Co-interior angles add up to 180°."""
    return _cut(rng, difficulty, "BGH", "GHD", "parallel_property_ipsilateral_internal_angle", "GB", "HD")


_NEIGHBOUR = {"CHG": "GHD", "GHD": "CHG"}
_OPPOSITE = {"CHG": "DHF", "GHD": "FHC"}


def _cut(rng: Random, difficulty: int, known: str, partner: str, theorem: str, *args: str) -> Sketch:
    """`known` at G gives its `partner` at H; beyond difficulty 1 also the partner's neighbour or opposite."""
    value = any_degrees(rng, difficulty, 35, 145)
    goal = partner
    if difficulty > 1:
        goal = rng.choice((partner, _NEIGHBOUR[partner], _OPPOSITE[partner]))
    givens = (parallel("AB", "CD"), equal(angle(known), value))
    deduction = Deduction(givens, angle(goal), collinear=("AGB", "CHD", "EGHF"))
    deduction.apply("parallel_property_collinear_extend", "AB", "CD", "G")
    deduction.apply("parallel_property_collinear_extend", "CD", "GB", "H")
    deduction.derive(angle(partner), theorem, *args)
    if goal == _NEIGHBOUR[partner]:
        deduction.derive(angle(goal), "adjacent_complementary_angle", "CHG", "GHD")
    elif goal != partner:
        deduction.derive(angle(goal), "vertical_angle", partner, goal)
    lean = 180 - value if known == "EGB" else value
    points = _points(rng, float(180 - lean))
    mistakes = (value, 180 - value, 90 - value, value - 90, 360 - 2 * value, value / 2)
    scene = ("line EF cuts AB at G and CD at H", "直线EF分别交AB、CD于点G、H")
    return Sketch(points, "AB CD EF", deduction, scene, (value, 180 - value), mistakes)


def _points(rng: Random, turn: float) -> dict[str, tuple[float, float]]:
    """H at the origin, EF in direction `turn` from AB, which lies above CD."""
    g = polar(1.0, turn)
    e = polar(1.0 + rng.uniform(0.55, 0.75), turn)
    f = polar(-rng.uniform(0.55, 0.75), turn)
    left, right = rng.uniform(1.0, 1.6), rng.uniform(1.0, 1.6)
    points = {"A": (g[0] - left, g[1]), "B": (g[0] + right, g[1]), "G": g, "H": (0.0, 0.0)}
    return {**points, "C": (-left, 0.0), "D": (right, 0.0), "E": e, "F": f}
