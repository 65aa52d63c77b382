"""Whether a fitted figure is one of its problem: no collapse, order, orientation, and every given by `figure.holds`."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence

from redstar_geo.geometry import cdl
from redstar_geo.geometry.figure import Figure, FigureError, holds, measure
from redstar_geo.geometry.fit.construction import GAP, Construction, Side

_SMALLEST_ANGLE, _CUSP, _SHORTEST_SIDE = 1.0, 0.1, 2e-3  # degrees, degrees, share of the figure's size


def flaw(figure: Figure, drawn: Construction, givens: Sequence[str], outlines: bool) -> str:
    """Why a figure is none of this problem, as `fitting.Fitted` words it; empty when all is well.

    Args:
        outlines: whether closed outlines must run counter-clockwise.
    """
    somewhere = next(iter(figure.points.values()))
    size = max(math.dist(point, somewhere) for point in figure.points.values())
    if any(math.dist(*map(figure.at, pair)) <= _SHORTEST_SIDE * size for pair in drawn.segments):
        return "degenerate"
    if any(measure(figure, cdl.parse(f"MeasureOfAngle({corner})")) < _SMALLEST_ANGLE for corner in drawn.corners):
        return "degenerate"
    if any(math.dist(*map(figure.at, pair)) <= _SHORTEST_SIDE * size for pair in _radii(drawn)):
        return "degenerate"
    if any(circle.radius < _SHORTEST_SIDE * size for circle in figure.circles.values()):
        return "degenerate"
    if not all(holds(figure, f"Collinear({line})") for line in drawn.lines):
        return "wrong_order"
    if outlines and not (_outlines_turn_left(figure, drawn) and _arcs_go_round_once(figure, drawn)):
        return "wrong_order"
    for given in givens:
        try:
            if not holds(figure, given) and not is_reflex(figure, cdl.parse(given)):
                return f"not_held: {given}"
        except FigureError as error:
            return f"unsupported_statement: {error}"
    return ""


def _radii(drawn: Construction) -> Iterator[tuple[str, str]]:
    """From the centre to both ends of every arc that bounds an outline."""
    for outline in drawn.outlines:
        for side in outline:
            if side.circle in drawn.centres:
                yield from ((drawn.centres[side.circle], end) for end in (side.start, side.end))


def is_reflex(figure: Figure, statement: cdl.Term) -> bool:
    """Whether the statement is about an angle that, counter-clockwise, is over 180°."""
    angles = (tuple(term.points[0]) for term in statement.measures() if term.head == "MeasureOfAngle")
    return any(_turn(figure, b + c, b + a) < -1e-6 for a, b, c in angles)


def _turn(figure: Figure, ab: str, cd: str) -> float:
    """Sine of the angle from direction AB to direction CD, times both lengths."""
    a, b, c, d = (complex(*figure.at(point)) for point in ab + cd)
    return ((b - a).conjugate() * (d - c)).imag


def _outlines_turn_left(figure: Figure, drawn: Construction) -> bool:
    """Whether every outline turns by 360° in all, as a walk does that goes round once, counter-clockwise.

    A cusp, as between a circle and its tangent, may count either way. Open outlines with arcs say nothing, nor do arcs
    of circles that the construction does not have.
    """
    for outline in drawn.outlines:
        arcs = {side.circle for side in outline} - {""}
        if len(outline) < 2 or (arcs != {GAP} and not arcs <= figure.circles.keys()):
            continue
        walked = [_walked(figure, side, drawn) for side in outline]
        turns = [
            math.degrees(cmath.phase(after[0] / before[1]))
            for before, after in zip(walked, [*walked[1:], walked[0]], strict=True)
        ]
        cusps = sum(abs(turn) > 180 - _CUSP for turn in turns)
        plain = sum(turn for turn in turns if abs(turn) <= 180 - _CUSP) + sum(sweep for _, _, sweep in walked)
        if all(abs(plain + 180 * balance - 360) > 2 * _CUSP for balance in range(-cusps, cusps + 1, 2)):
            return False
    return True


def _walked(figure: Figure, side: Side, drawn: Construction) -> tuple[complex, complex, float]:
    """Direction at the start and at the end of a side, and by how many degrees it turns between."""
    start, end = complex(*figure.at(side.start)), complex(*figure.at(side.end))
    if side.circle in ("", GAP):
        return end - start, end - start, 0.0
    centre = complex(*figure.at(drawn.centres[side.circle]))
    turn = -1j if side.clockwise else 1j
    sweep = math.degrees(cmath.phase((end - centre) / (start - centre)) * turn.imag) % 360
    return turn * (start - centre), turn * (end - centre), turn.imag * sweep


def _arcs_go_round_once(figure: Figure, drawn: Construction) -> bool:
    for circle, on in drawn.circles.items():
        if len(on) > 2 and circle in figure.circles:
            arcs = zip(on, on[1:] + on[:1], strict=True)
            total = sum(measure(figure, cdl.parse(f"MeasureOfArc({circle}{a}{b})")) for a, b in arcs)
            if abs(total - 360) > 1e-3:
                return False
    return True
