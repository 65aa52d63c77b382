"""Points of the coordinate plane. FormalGeo has no theorems there, so these two carry names of our own."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from redstar_geo.geometry.construct.deduction import Deduction
from redstar_geo.geometry.construct.exact import Exact, root
from redstar_geo.geometry.construct.language import equal, length
from redstar_geo.geometry.construct.numbers import between
from redstar_geo.geometry.construct.sketch import Sketch, Unsuitable


def _triangle(rng: Random, difficulty: int) -> tuple[dict[str, tuple[int, int]], list[str], tuple[str, str]]:
    """Three points with integer coordinates, the givens that say so, and the words."""
    reach = 4 + 2 * min(difficulty, 5)
    places = {name: (rng.randint(-reach, reach), rng.randint(-reach, reach)) for name in "ABC"}
    if difficulty < 3:  # AB is whole
        legs = rng.choice(((3, 4), (4, 3), (6, 8), (8, 6), (5, 12), (12, 5)))
        times = rng.choice((-1, 1)), rng.choice((-1, 1))
        places["B"] = (places["A"][0] + legs[0] * times[0], places["A"][1] + legs[1] * times[1])
    givens = [
        equal(f"{axis}OfPoint({name})", value)
        for name, place in places.items()
        for axis, value in zip(("Abscissa", "Ordinate"), place, strict=True)
    ]
    listed = [f"{name}({x}, {y})".replace("-", "−") for name, (x, y) in places.items()]
    scene = (
        f"{', '.join(listed[:2])} and {listed[2]} are points in the coordinate plane",
        f"在平面直角坐标系中，{'、'.join(listed)}",
    )
    return places, givens, scene


def coordinate_distance(rng: Random, difficulty: int) -> Sketch:
    """The distance of two points from their coordinates."""
    places, givens, scene = _triangle(rng, difficulty)
    dx, dy = (abs(a - b) for a, b in zip(places["A"], places["B"], strict=True))
    if not dx or not dy or (difficulty < 3 and root(dx * dx + dy * dy).rational is None):
        raise Unsuitable("on a parallel to an axis, or a root")
    deduction = Deduction(tuple(givens), length("AB"))
    deduction.perhaps_attempt(rng, "isosceles_triangle_judgment_line_equal", "CAB")
    deduction.derive(length("AB"), "distance_formula", "AB")
    points = {name: (float(x), float(y)) for name, (x, y) in places.items()}
    mistakes = (Exact.of(dx + dy), root(abs(dx * dx - dy * dy) or 1), Exact.of(abs(dx - dy) or 1), Exact.of(dx * dy))
    numbers = tuple(Fraction(value) for place in places.values() for value in place)
    return Sketch(points, "AB BC CA", deduction, scene, numbers, mistakes, upright=True)


def coordinate_median(rng: Random, difficulty: int) -> Sketch:
    """The length of a median from the coordinates of the corners."""
    places, givens, scene = _triangle(rng, difficulty)
    (ax, ay), (bx, by), (cx, cy) = places["A"], places["B"], places["C"]
    mx, my = Fraction(ax + bx, 2), Fraction(ay + by, 2)
    if difficulty < 4 and (mx.denominator > 1 or my.denominator > 1):
        raise Unsuitable("half coordinates")
    if (cx, cy) == (mx, my):
        raise Unsuitable("no triangle")
    givens.append("IsMidpointOfLine(M,AB)")
    deduction = Deduction(tuple(givens), length("CM"), collinear=("AMB",))
    for axis in ("Abscissa", "Ordinate"):
        theorem = f"midpoint_formula_{axis.lower()}"
        deduction.derive(f"{axis}OfPoint(M)", theorem, "M", "AB")
    deduction.derive(length("CM"), "distance_formula", "CM")
    points = {name: (float(x), float(y)) for name, (x, y) in places.items()}
    points["M"] = between(points["A"], points["B"], 0.5)
    dx, dy = abs(cx - mx), abs(cy - my)
    mistakes = (Exact.of(dx + dy), root((cx - ax) ** 2 + (cy - ay) ** 2), root((cx - bx) ** 2 + (cy - by) ** 2))
    numbers = tuple(Fraction(value) for place in places.values() for value in place)
    return Sketch(points, "AB BC CA CM", deduction, scene, numbers, mistakes, upright=True)
