"""Figure → picture: lines, arcs and marks as in a textbook, and labels that lie on nothing.

`layout` places every label at the first candidate position that is free; what could not be placed freely is reported,
so that the caller takes a larger picture or another figure. The picture depends on the figure and the size alone.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw

from redstar_geo.geometry.figure import Figure, Mark
from redstar_geo.geometry.lettering import half_size, ink
from redstar_geo.geometry.obstacles import Ring, Stroke, obstacle, ring_meets, some_meets

Pixel = tuple[float, float]

SIZE = (320, 240)
_SUPERSAMPLING = 3
_MARGIN = 27.0
_LINE = 1.3
_CLEARANCE = 2.0
_LABEL_GAP = 6.0
_RIGHT_MARK = 10.0
_TICK = 4.5
_TURNS = tuple(2 * math.pi * k / 16 for k in range(16))


@dataclass(frozen=True)
class Label:
    """A text with its centre and half width and height in pixels, and the points that it is about."""

    text: str
    x: float
    y: float
    half_width: float
    half_height: float
    points: str = ""


@dataclass(frozen=True)
class Layout:
    """Where everything lies, in pixels with y downwards.

    Attributes:
        strokes: straight lines as x1, y1, x2, y2.
        dashed: the same, drawn dashed.
        rings: circles as x, y, radius.
        dots: points drawn as dots.
        labels: texts, placed.
        collisions: labels that touch a line, another label or the edge.
        places: of the points.
        marks: with the middle of each.
    """

    size: tuple[int, int]
    strokes: tuple[Stroke, ...]
    dashed: tuple[Stroke, ...]
    rings: tuple[Ring, ...]
    dots: tuple[Pixel, ...]
    labels: tuple[Label, ...]
    collisions: tuple[str, ...]
    places: Mapping[str, Pixel]
    marks: tuple[tuple[Mark, Pixel], ...]


def draw(figure: Figure, size: tuple[int, int] = SIZE) -> bytes:
    """The picture as PNG, 8-bit grey, black on white; equal figures give equal bytes."""
    return png(layout(figure, size))


def png(page: Layout) -> bytes:
    """The laid-out picture as PNG bytes."""
    stream = io.BytesIO()
    render(page).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def render(page: Layout) -> Image.Image:
    """The laid-out picture as an 8-bit grey image."""
    scale = _SUPERSAMPLING
    width, height = page.size
    image = Image.new("L", (width * scale, height * scale), 255)
    pen = ImageDraw.Draw(image)
    line = round(_LINE * scale)
    for x1, y1, x2, y2 in page.strokes:
        pen.line((x1 * scale, y1 * scale, x2 * scale, y2 * scale), 0, line)
        for x, y in ((x1, y1), (x2, y2)):  # round ends, so that corners close
            pen.ellipse(_box(x * scale, y * scale, line / 2), 0)
    for stroke in page.dashed:
        for x1, y1, x2, y2 in _dashes(stroke):
            pen.line((x1 * scale, y1 * scale, x2 * scale, y2 * scale), 0, line)
    for x, y, radius in page.rings:
        pen.ellipse(_box(x * scale, y * scale, radius * scale + line / 2), None, 0, line)
    for x, y in page.dots:
        pen.ellipse(_box(x * scale, y * scale, 2.2 * scale), 0)
    image = image.reduce(scale)
    for label in page.labels:
        glyphs = ink(label.text)
        corner = round(label.x - glyphs.width / 2), round(label.y - glyphs.height / 2)
        image.paste(0, corner, glyphs)
    return image


def layout(figure: Figure, size: tuple[int, int] = SIZE, *, impatient: bool = False) -> Layout:
    """Place the figure and its labels in a picture of `size` pixels; `impatient` stops at the first collision."""
    page = _Page(figure, size)
    for mark in figure.marks:
        page.draw_mark(mark)
    for text, points, candidates in page.wanted():
        page.place(text, points, candidates)
        if impatient and page.failed:
            break
    return page.finished()


class _Page:
    def __init__(self, figure: Figure, size: tuple[int, int]) -> None:
        self.figure, self.size = figure, size
        self.at, self.scale = _fit(figure, size)
        self.rings = [(*self.at[c.centre], c.radius * self.scale) for c in figure.circles.values()]
        self.strokes = [(*self.at[ab[0]], *self.at[ab[1]]) for ab in figure.segments]
        self.dashed = [(*self.at[ab[0]], *self.at[ab[1]]) for ab in figure.dashed]
        self.obstacles = [obstacle(stroke) for stroke in (*self.strokes, *self.dashed)]
        self.dots = [place for name, place in self.at.items() if self._stands_out(name)]
        self.labels: list[Label] = []
        self.marks: list[tuple[Mark, Pixel]] = []
        self.failed: list[str] = []
        self.arcs_at: dict[str, int] = {}
        self.arc_radius: dict[str, float] = {}
        xs, ys = zip(*self.at.values(), strict=True)
        self.middle = sum(xs) / len(xs), sum(ys) / len(ys)

    def _stands_out(self, name: str) -> bool:
        """A centre, or a point on no line: it would not be seen without a dot."""
        if any(circle.centre == name for circle in self.figure.circles.values()):
            return True
        x, y = self.at[name]
        on_ring = any(abs(math.dist((x, y), ring[:2]) - ring[2]) < 0.5 for ring in self.rings)
        return not on_ring and not some_meets(self.obstacles, x, y, 0.5, 0.5)

    def draw_mark(self, mark: Mark) -> None:
        drawn = {"angle": self._angle_arcs, "right": self._right_angle, "ticks": self._ticks, "arrows": self._arrows}
        if mark.kind in drawn:
            strokes = drawn[mark.kind](mark)
            self.marks.append((mark, _middle(strokes)))
            self.strokes += strokes
            self.obstacles += map(obstacle, strokes)

    def _angle_arcs(self, mark: Mark) -> list[Stroke]:
        a, b, c = (self.at[name] for name in mark.points)
        start, sweep = _sweep(a, b, c)
        arms = min(math.dist(a, b), math.dist(b, c))
        nested = self.arcs_at.get(mark.points[1], 0)
        self.arcs_at[mark.points[1]] = nested + mark.count
        wish = 15 + 5 * nested + max(0.0, 40 - math.degrees(abs(sweep))) * 0.35
        first = min(wish, 0.45 * arms)
        self.arc_radius[mark.points] = first + 3.5 * (mark.count - 1)
        strokes: list[Stroke] = []
        for i in range(mark.count):
            radius = first + 3.5 * i
            pieces = max(4, round(abs(sweep) * radius / 4.5))
            turns = [start + sweep * k / pieces for k in range(pieces + 1)]
            ring = [(b[0] + radius * math.cos(t), b[1] + radius * math.sin(t)) for t in turns]
            strokes += [(*p, *q) for p, q in pairwise(ring)]
        return strokes

    def _right_angle(self, mark: Mark) -> list[Stroke]:
        a, b, c = (self.at[name] for name in mark.points)
        side = min(_RIGHT_MARK, 0.3 * math.dist(a, b), 0.3 * math.dist(b, c))
        u, v = _unit(b, a), _unit(b, c)
        p = b[0] + side * u[0], b[1] + side * u[1]
        r = b[0] + side * v[0], b[1] + side * v[1]
        q = p[0] + side * v[0], p[1] + side * v[1]
        return [(*p, *q), (*q, *r)]

    def _ticks(self, mark: Mark) -> list[Stroke]:
        a, b = (self.at[name] for name in mark.points)
        (dx, dy), length = _unit(a, b), math.dist(a, b)
        strokes = []
        for i in range(mark.count):
            along = length / 2 + 4 * (i - (mark.count - 1) / 2)
            x, y = a[0] + along * dx, a[1] + along * dy
            strokes.append((x - _TICK * dy, y + _TICK * dx, x + _TICK * dy, y - _TICK * dx))
        return strokes

    def _arrows(self, mark: Mark) -> list[Stroke]:
        a, b = (self.at[name] for name in mark.points)
        (dx, dy), length = _unit(a, b), math.dist(a, b)
        strokes = []
        for i in range(mark.count):
            along = self._clear_share(a, b) * length + 5 * i
            x, y = a[0] + along * dx, a[1] + along * dy
            for side in (-1, 1):
                strokes.append((x, y, x - 6 * dx - side * 4 * dy, y - 6 * dy + side * 4 * dx))
        return strokes

    def _clear_share(self, a: Pixel, b: Pixel) -> float:
        """Where on AB an arrow has most room, near the middle if there is enough."""
        shares = (0.6, 0.5, 0.7, 0.4, 0.8, 0.3, 0.86, 0.2)
        room = {}
        for share in shares:
            x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
            room[share] = min(math.dist(place, (x, y)) for place in self.at.values())
        return next((share for share in shares if room[share] > 26), max(shares, key=lambda share: room[share]))

    def wanted(self) -> Iterator[tuple[str, str, Iterator[Pixel]]]:
        """The labels with their points and candidate places, those with least freedom first."""
        for mark in self.figure.marks:
            if mark.kind == "angle" and mark.text:
                yield mark.text, mark.points, self.beside_angle(mark, half_size(mark.text))
        for name in self.figure.points:
            yield name, name, self.beside_point(name)
        for mark in self.figure.marks:
            if mark.kind == "length":
                yield mark.text, mark.points, self.beside_segment(mark.points, half_size(mark.text))

    def place(self, text: str, points: str, candidates: Iterator[Pixel]) -> None:
        """Put a label at the first free candidate, else at the first of all and report it."""
        half_width, half_height = half_size(text)
        first = None
        for x, y in candidates:
            label = Label(text, x, y, half_width, half_height, points)
            first = first or label
            if self._free(label):
                self.labels.append(label)
                return
        if first is not None:
            self.labels.append(first)
        self.failed.append(text)

    def beside_angle(self, mark: Mark, half: Pixel) -> Iterator[Pixel]:
        """Along the bisector from just outside the arc, then a little off it, never nearer to another marked angle."""
        a, b, c = (self.at[name] for name in mark.points)
        start, sweep = _sweep(a, b, c)
        nearest = self.arc_radius[mark.points] + _CLEARANCE
        marked = {other.points[1] for other in self.figure.marks if other.kind == "angle"}
        others = [self.at[name] for name in marked - {mark.points[1]}]
        for step in range(14):
            for share in (0.5, 0.42, 0.58, 0.34, 0.66):
                turn = start + share * sweep
                x, y = math.cos(turn), math.sin(turn)
                distance = nearest + abs(x) * half[0] + abs(y) * half[1] + 4 * step
                place = b[0] + distance * x, b[1] + distance * y
                if all(math.dist(place, other) > distance for other in others):
                    yield place

    def beside_point(self, name: str) -> Iterator[Pixel]:
        """All around the point, the directions with most room first."""
        x, y = self.at[name]
        half_width, half_height = half_size(name)
        taken = self._directions(name)
        away = math.atan2(y - self.middle[1], x - self.middle[0])
        turns = sorted(_TURNS, key=lambda t: (-round(min((_gap(t, u) for u in taken), default=9.0), 6), _gap(t, away)))
        for distance in (3.5, 6.0, 9.0):
            for turn in turns:
                dx, dy = math.cos(turn), math.sin(turn)
                yield x + dx * (half_width + distance), y + dy * (half_height + distance)

    def _directions(self, name: str) -> list[float]:
        """The directions in which lines leave a point."""
        x, y = self.at[name]
        turns = []
        for segment in (*self.figure.segments, *self.figure.dashed):
            if name in segment:
                px, py = self.at[segment.replace(name, "")]
                turns.append(math.atan2(py - y, px - x))
        for cx, cy, radius in self.rings:
            if abs(math.dist((x, y), (cx, cy)) - radius) < 0.5:
                outwards = math.atan2(y - cy, x - cx)
                turns += [outwards + math.pi / 2, outwards - math.pi / 2, outwards + math.pi]
        return turns

    def beside_segment(self, points: str, half: Pixel) -> Iterator[Pixel]:
        """On either side of the middle, the outer side first, then towards the ends."""
        a, b = (self.at[name] for name in points)
        dx, dy = _unit(a, b)
        for room in (3.0, 6.0):
            for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
                x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
                outer = -1 if (self.middle[0] - x) * -dy + (self.middle[1] - y) * dx > 0 else 1
                distance = abs(dy) * half[0] + abs(dx) * half[1] + room
                for side in (outer, -outer):
                    yield x - side * dy * distance, y + side * dx * distance

    def _free(self, label: Label) -> bool:
        half_width, half_height = label.half_width + _CLEARANCE, label.half_height + _CLEARANCE
        if not (half_width <= label.x <= self.size[0] - half_width):
            return False
        if not (half_height <= label.y <= self.size[1] - half_height):
            return False
        for other in self.labels:
            beside = abs(label.x - other.x) >= half_width + other.half_width + _LABEL_GAP
            if not beside and abs(label.y - other.y) < half_height + other.half_height:
                return False
        if some_meets(self.obstacles, label.x, label.y, half_width, half_height):
            return False
        if any(abs(x - label.x) < half_width + 2 and abs(y - label.y) < half_height + 2 for x, y in self.dots):
            return False
        return not any(ring_meets(r, label.x, label.y, half_width, half_height) for r in self.rings)

    def finished(self) -> Layout:
        return Layout(
            self.size,
            tuple(self.strokes),
            tuple(self.dashed),
            tuple(self.rings),
            tuple(self.dots),
            tuple(self.labels),
            tuple(self.failed),
            self.at,
            tuple(self.marks),
        )


def _fit(figure: Figure, size: tuple[int, int]) -> tuple[dict[str, Pixel], float]:
    """Pixel places of the points and pixels per unit, the figure filling the picture but for a margin."""
    xs = [x for x, _ in figure.points.values()]
    ys = [y for _, y in figure.points.values()]
    for circle in figure.circles.values():
        x, y = figure.points[circle.centre]
        xs += [x - circle.radius, x + circle.radius]
        ys += [y - circle.radius, y + circle.radius]
    left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
    scale = min((size[0] - 2 * _MARGIN) / (right - left), (size[1] - 2 * _MARGIN) / (top - bottom))
    x0 = size[0] / 2 - scale * (left + right) / 2
    y0 = size[1] / 2 + scale * (bottom + top) / 2
    return {name: (x0 + scale * x, y0 - scale * y) for name, (x, y) in figure.points.items()}, scale


def _sweep(a: Pixel, b: Pixel, c: Pixel) -> tuple[float, float]:
    """The direction of BA and the signed turn from BA to BC, at most half a turn."""
    start = math.atan2(a[1] - b[1], a[0] - b[0])
    turn = math.atan2(c[1] - b[1], c[0] - b[0]) - start
    return start, (turn + math.pi) % (2 * math.pi) - math.pi


def _middle(strokes: Sequence[Stroke]) -> Pixel:
    """Of the box around strokes."""
    xs, ys = [x for stroke in strokes for x in stroke[::2]], [y for stroke in strokes for y in stroke[1::2]]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _unit(a: Pixel, b: Pixel) -> Pixel:
    length = math.dist(a, b)
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def _gap(t: float, u: float) -> float:
    return abs((t - u + math.pi) % (2 * math.pi) - math.pi)


def _box(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _dashes(stroke: Stroke) -> Iterator[Stroke]:
    x1, y1, x2, y2 = stroke
    count = max(1, round(math.dist((x1, y1), (x2, y2)) / 9))
    dx, dy = (x2 - x1) / count, (y2 - y1) / count
    for i in range(count):
        yield x1 + i * dx, y1 + i * dy, x1 + (i + 0.6) * dx, y1 + (i + 0.6) * dy
