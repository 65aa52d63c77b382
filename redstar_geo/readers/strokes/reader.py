"""Clean line drawings, read by their strokes without a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from redstar_geo.formalise.picture import Depiction, in_words
from redstar_geo.formalise.placement import lying
from redstar_geo.geometry.reading import Statement, grouped, read, spelled, written
from redstar_geo.geometry.spellings import value
from redstar_geo.readers.strokes import marks, values
from redstar_geo.readers.strokes.circles import Circle, circles, on
from redstar_geo.readers.strokes.components import Component, components
from redstar_geo.readers.strokes.ink import LETTER, Ink, ink_of
from redstar_geo.readers.strokes.labels import Label, dashes, labels, letter_height, parts
from redstar_geo.readers.strokes.lines import Line, lines
from redstar_geo.readers.strokes.points import Point, named, points
from redstar_geo.records import Image

_FLAT = 0.03  # of a line's length: a point this near to it may be on either side
_LONGEST_MARK = 3 * LETTER  # a part of a wide arc that looks straight


@dataclass(frozen=True)
class Drawing:
    """What a picture is made of, in pixels with y downwards.

    Attributes:
        names: the points by their letters.
        labels: values, and what is no letter of a point.
        unread: strokes and labels without a meaning, told in words.
    """

    lines: Sequence[Line]
    circles: Sequence[Circle]
    names: Mapping[str, Point]
    labels: Sequence[Label]
    corners: Sequence[marks.Corner]
    along: Sequence[marks.Along]
    unread: tuple[str, ...]


class StrokeReader:
    """Reads pictures of dark strokes on light paper whose letters touch nothing; a `PictureReader`."""

    def read(self, picture: Image, question: str) -> Depiction:
        """See `PictureReader`.

        Raises:
            PictureError: the picture cannot be read, or is no line drawing.
        """
        drawn = drawing(picture.data)
        return told(drawn)


def drawing(data: bytes) -> Drawing:
    ink = ink_of(data)
    ink = ink.scaled(LETTER / letter_height(ink))
    there = parts(ink)
    stroked = _only(ink, [*there.strokes, *dashes(there.bars)])
    rings = circles(stroked, stroked.mask)
    mask = stroked.mask
    for ring in rings:
        mask &= ~on(ring, mask.shape)
    straight = lines(stroked, mask)
    rest = marks.Rest(stroked, straight, rings)
    loose = [bar for bar in there.bars if rest.hidden[bar.rows, bar.columns].mean() < 0.5]
    written = labels(ink, [*there.signs, *loose])
    letters, values = [each for each in written if each.is_point], [each for each in written if not each.is_point]
    dots = [((box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2) for box in (dot.box for dot in there.dots)]
    names, strays = named(points(straight, rings, dots), letters)
    if len(sides := [line for n, line in enumerate(straight) if _is_side(line, n, names)]) < len(straight):
        straight, rest = sides, marks.Rest(stroked, sides, rings)
        names, strays = named(points(straight, rings, dots), letters)
    corners = marks.corners(rest, names, straight, rings)
    along = marks.along(rest, straight)
    return Drawing(straight, rings, names, [*values, *strays], corners, along, ())


def _is_side(line: Line, number: int, names: Mapping[str, Point]) -> bool:
    """Whether a line is no part of a mark: it is long, or has letters."""
    return line.length > _LONGEST_MARK or sum(number in point.lines for point in names.values()) > 1


def _only(ink: Ink, kept: Sequence[Component]) -> Ink:
    """The ink of some parts, with their blurred edges."""
    mask = np.zeros(ink.dark.shape, bool)
    for part in kept:
        mask[part.rows, part.columns] = True
    near = mask.copy()
    for axis in (0, 1):
        for shift in (1, -1):
            near |= np.roll(mask, shift, axis)
    return Ink(np.where(near, ink.dark, 0.0))


def told(drawn: Drawing) -> Depiction:
    found: set[Statement] = set()
    unread = list(drawn.unread)
    ordered = [_ordered(drawn, number) for number in range(len(drawn.lines))]
    for number, name in enumerate(ordered):
        if len(name) > 1:
            found.add(Statement("line", (spelled(name),)))
        else:
            unread.append("a line without letters at its ends")
    for circle, centre in _centres(drawn):
        on_it = [name for name, point in drawn.names.items() if circle in point.circles]
        found |= {Statement("on circle", (centre, name)) for name in on_it}
        found |= set(_tangents(drawn, circle, centre, ordered))
    texts = dict(_valued(drawn, unread))
    for name, text in texts.items():
        found.add(Statement("angle" if len(name) == 3 else "length", (spelled(name),), value(text)))
    found |= {Statement("right angle", (spelled(each.name),)) for each in drawn.corners if each.kind == "right"}
    groups: dict[tuple[str, int], list[str]] = {}
    for corner in drawn.corners:
        if corner.kind == "arcs" and corner.name not in texts:
            groups.setdefault(("angle", corner.count), []).append(spelled(corner.name))
    for mark in drawn.along:
        if mark.kind == "arrows":
            groups.setdefault(("arrows", mark.count), []).append(spelled(ordered[mark.line][0] + ordered[mark.line][-1]))
        elif segment := _segment_of(drawn, mark, ordered[mark.line]):
            groups.setdefault(("ticks", mark.count), []).append(spelled(segment))
        else:
            unread.append("ticks in the middle of no segment")
    found |= set(grouped(groups))
    seen = in_words("; ".join([written(found), *_lying(drawn, found)]))
    return replace(seen, unread=tuple(unread))


def _lying(drawn: Drawing, found: Iterable[Statement]) -> Iterator[str]:
    """On which sides of lines and in which order on circles the points lie."""
    whole = [each.names[0] for each in found if each.kind == "line"]
    on: dict[str, str] = {}
    for each in sorted(found):
        if each.kind == "on circle":
            on[each.names[0]] = on.get(each.names[0], "") + each.names[1]
    at = {name: (point.x, -point.y) for name, point in drawn.names.items()}
    return lying(sorted(whole), on, at, [corner.name for corner in drawn.corners], _FLAT)


def _ordered(drawn: Drawing, number: int) -> str:
    line = drawn.lines[number]
    on_it = [name for name, point in drawn.names.items() if number in point.lines]
    return "".join(sorted(on_it, key=lambda name: line.place(drawn.names[name].x, drawn.names[name].y)[0]))


def _centres(drawn: Drawing) -> Iterator[tuple[int, str]]:
    for name, point in drawn.names.items():
        yield from ((number, name) for number in point.centre)


def _tangents(drawn: Drawing, circle: int, centre: str, ordered: Sequence[str]) -> Iterator[Statement]:
    ring = drawn.circles[circle]
    for number, line in enumerate(drawn.lines):
        along, aside = line.place(ring.x, ring.y)
        if abs(abs(aside) - ring.radius) > 1.3 or len(ordered[number]) < 2:
            continue
        for name in ordered[number]:
            place = line.place(drawn.names[name].x, drawn.names[name].y)[0]
            if circle in drawn.names[name].circles and abs(place - along) < 4:
                yield Statement("tangent", (spelled(ordered[number][0] + ordered[number][-1]), centre, name))


def _valued(drawn: Drawing, unread: list[str]) -> Iterator[tuple[str, str]]:
    """Segments and angles with their values: the likeliest first, each once."""
    options = sorted(
        (place.cost, number, place.name)
        for number, label in enumerate(drawn.labels)
        for place in values.places(label, drawn.names, drawn.lines, drawn.corners)
    )
    taken: dict[int, str] = {}
    for _, number, name in options:
        if number not in taken and name not in taken.values():
            taken[number] = name
    for number, label in enumerate(drawn.labels):
        name, text = taken.get(number), label.text
        if name is None or text is None or read(f"AB = {value(text)}")[1]:
            unread.append(f"a label {text or ''}".strip())
        else:
            yield name, text


def _segment_of(drawn: Drawing, mark: marks.Along, on_it: str) -> str | None:
    line = drawn.lines[mark.line]
    at = {name: line.place(drawn.names[name].x, drawn.names[name].y)[0] for name in on_it}
    off = {
        one + other: abs((at[one] + at[other]) / 2 - mark.place)
        for i, one in enumerate(on_it)
        for other in on_it[i + 1 :]
    }
    best = min(off, key=lambda name: off[name], default=None)
    return best if best is not None and off[best] < 3 else None
