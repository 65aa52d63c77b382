"""A figure as SVG in which what a claim speaks of can light up: angles, segments, polygons, circles, arcs, points."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

from redstar_geo.geometry.cdl import Term
from redstar_geo.geometry.draw import Pixel, layout
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.obstacles import Ring

_SIZE = (400, 300)
_WEDGE = 26.0  # pixels: the radius of a lit angle


def svg(figure: Figure, claims: Sequence[Term] = ()) -> str:
    """The figure in the page's text colour; the objects of claim i lie in a hidden group of class `lit-i`."""
    page = layout(figure, _SIZE)
    at = _places(figure, page.strokes)
    rings = {name: (*at[circle.centre], page.rings[i][2]) for i, (name, circle) in enumerate(figure.circles.items())}
    drawn = [f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>' for a, b, c, d in page.strokes]
    drawn += [
        f'<line stroke-dasharray="5 4" x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>'
        for a, b, c, d in page.dashed
    ]
    drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>' for x, y, r in page.rings]
    drawn += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>' for x, y in page.dots]
    labels = [
        f'<text x="{label.x:.1f}" y="{label.y:.1f}"{_italic(label.text)}>{html.escape(label.text)}</text>'
        for label in page.labels
    ]
    lit = [f'<g class="lit lit-{i}">{"".join(_objects(claim, at, rings))}</g>' for i, claim in enumerate(claims)]
    return (
        f'<svg class="figure" viewBox="0 0 {_SIZE[0]} {_SIZE[1]}" role="img" aria-label="figure">{"".join(lit)}'
        f'<g class="drawn">{"".join(drawn)}</g><g class="labels">{"".join(labels)}</g></svg>'
    )


def _italic(text: str) -> str:
    return ' font-style="italic"' if text.isalpha() and text.isupper() else ""


def _places(figure: Figure, strokes: Sequence[tuple[float, float, float, float]]) -> Mapping[str, Pixel]:
    """Where the layout put each point: its first strokes are the figure's segments, in order, and it only scales."""
    first = figure.segments[0]
    (ax, ay), (bx, by) = figure.points[first[0]], figure.points[first[1]]
    px, py, qx, qy = strokes[0]
    scale = math.dist((px, py), (qx, qy)) / math.dist((ax, ay), (bx, by))
    return {name: (px + scale * (x - ax), py - scale * (y - ay)) for name, (x, y) in figure.points.items()}


def _objects(term: Term, at: Mapping[str, Pixel], rings: Mapping[str, Ring], head: str = "") -> Iterator[str]:
    """What a statement names, whatever it says of it; names that the figure does not have are passed over."""
    if term.head != "Points":
        for part in term.terms:
            yield from _objects(part, at, rings, term.head)
        return
    names = str(term.args[0])
    if not set(names) <= at.keys():
        return
    if "Circle" in head and len(names) == 1:
        if names in rings:
            x, y, r = rings[names]
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
    elif "Arc" in head and len(names) == 3:
        if names[0] in rings:
            yield _arc(rings[names[0]], at[names[1]], at[names[2]])
    elif "Arc" in head and len(names) == 2:
        yield from _arcs_between(at[names[0]], at[names[1]], rings)
    elif head == "MeasureOfAngle" and len(names) == 3:
        yield _wedge(*(at[name] for name in names))
    elif len(names) == 1:
        x, y = at[names]
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
    else:
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at[name] for name in names))
        yield f'<polygon points="{corners}"/>'


def _wedge(a: Pixel, b: Pixel, c: Pixel) -> str:
    start = math.atan2(a[1] - b[1], a[0] - b[0])
    turn = (math.atan2(c[1] - b[1], c[0] - b[0]) - start + math.pi) % (2 * math.pi) - math.pi
    p, q = ((b[0] + _WEDGE * math.cos(t), b[1] + _WEDGE * math.sin(t)) for t in (start, start + turn))
    rays = "".join(f'<path d="M{b[0]:.1f},{b[1]:.1f}L{x:.1f},{y:.1f}"/>' for x, y in (a, c))
    return rays + (
        f'<path class="dot" d="M{b[0]:.1f},{b[1]:.1f}L{p[0]:.1f},{p[1]:.1f}'
        f'A{_WEDGE},{_WEDGE} 0 0 {int(turn > 0)} {q[0]:.1f},{q[1]:.1f}Z"/>'
    )


def _arcs_between(a: Pixel, b: Pixel, rings: Mapping[str, Ring]) -> Iterator[str]:
    """The lesser arc AB of each circle that both lie on, since the text names none."""
    for ring in rings.values():
        x, y, r = ring
        if all(abs(math.dist((x, y), point) - r) < 1 for point in (a, b)):
            turn = (math.atan2(a[1] - y, a[0] - x) - math.atan2(b[1] - y, b[0] - x)) % (2 * math.pi)
            yield _arc(ring, a, b) if turn < math.pi else _arc(ring, b, a)


def _arc(ring: Ring, a: Pixel, b: Pixel) -> str:
    """Counter-clockwise from A to B as the figure's plane sees it; pixels count downwards."""
    x, y, r = ring
    turn = (math.atan2(a[1] - y, a[0] - x) - math.atan2(b[1] - y, b[0] - x)) % (2 * math.pi)
    return f'<path d="M{a[0]:.1f},{a[1]:.1f}A{r:.1f},{r:.1f} 0 {int(turn > math.pi)} 0 {b[0]:.1f},{b[1]:.1f}"/>'
