"""Which points lie on which drawn lines and circles, read off a figure's coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from redstar_geo.geometry.figure import Figure, Point, angle_at

_SLACK = 1e-6  # relative: what a figure's coordinates are off by at most


def lines(figure: Figure) -> list[str]:
    """Every drawn line from end to end with all points on it in their order, `ADB`, the smaller end first; sorted."""
    longest: list[str] = []
    runs = {_along(figure, ab) for ab in (*figure.segments, *figure.dashed)}
    while runs:
        run = runs.pop()
        other = next((each for each in runs if _one_line(figure, run, each)), None)
        if other is None:
            longest.append(min(run, run[::-1]))
        else:
            runs.remove(other)
            runs.add(_along(figure, _ends(figure, run + other)))
    return sorted(longest)


def on_circles(figure: Figure) -> dict[str, str]:
    """The points on each circle, in the order of their letters; circles bear the name of their centre."""
    return {
        name: "".join(sorted(point for point in figure.points if _on(figure, point, name)))
        for name in sorted(figure.circles)
    }


def tangents(figure: Figure) -> Iterator[tuple[str, str, str]]:
    """A drawn line, the circle that it touches, and the point where it does."""
    for line in lines(figure):
        for name, points in on_circles(figure).items():
            centre = figure.circles[name].centre
            for touching in sorted(set(points) & set(line)):
                others = [figure.points[other] for other in line if other != touching]
                turns = (angle_at(other, figure.points[touching], figure.points[centre]) for other in others)
                if all(abs(turn - 90) < _SLACK * 90 for turn in turns):
                    yield line, name, touching


def neighbours(drawn: list[str], point: str) -> list[str]:
    """The next points along drawn lines, sorted."""
    found = set()
    for line in drawn:
        if point in line:
            place = line.index(point)
            found |= {*line[max(0, place - 1) : place], *line[place + 1 : place + 2]}
    return sorted(found)


def arm(drawn: list[str], vertex: str, towards: str) -> str:
    """The first point on the ray from a vertex through another point: it names every arm in one way."""
    for line in drawn:
        if vertex in line and towards in line:
            start, end = line.index(vertex), line.index(towards)
            return line[start + (1 if end > start else -1)]
    return towards


def _along(figure: Figure, ab: str) -> str:
    """All points on a segment, from one end to the other."""
    a, b = figure.points[ab[0]], figure.points[ab[1]]
    length = math.dist(a, b)
    between = {
        name: math.dist(a, p)
        for name, p in figure.points.items()
        if math.dist(a, p) + math.dist(p, b) <= length * (1 + _SLACK**2)
    }
    return "".join(sorted(between, key=lambda name: between[name]))


def _one_line(figure: Figure, first: str, second: str) -> bool:
    """Whether two runs lie on one line and have a point in common."""
    if not set(first) & set(second):
        return False
    a, b = (figure.points[name] for name in (first[0], first[-1]))
    return all(_offset(figure.points[name], a, b) <= _SLACK * math.dist(a, b) for name in (second[0], second[-1]))


def _offset(p: Point, a: Point, b: Point) -> float:
    """How far a point is from the line through two others."""
    return abs((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / math.dist(a, b)


def _ends(figure: Figure, names: str) -> str:
    """The two points of a line that are farthest apart."""
    at = figure.points
    first, last = max(combinations(names, 2), key=lambda pair: math.dist(at[pair[0]], at[pair[1]]))
    return first + last


def _on(figure: Figure, point: str, circle: str) -> bool:
    round_it = figure.circles[circle]
    distance = math.dist(figure.points[point], figure.points[round_it.centre])
    return abs(distance - round_it.radius) <= _SLACK * round_it.radius
