"""From a drawing to what it says, in the language of `geometry.reading` and `formalise.placement`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from redstar_geo.formalise.picture import Depiction, in_words
from redstar_geo.formalise.placement import lying
from redstar_geo.geometry.reading import Statement, grouped, read, spelled, united, written
from redstar_geo.geometry.spellings import value
from redstar_geo.readers.strokes.drawing import Drawing
from redstar_geo.readers.strokes.ink import LETTER
from redstar_geo.readers.strokes.marks import Along
from redstar_geo.readers.strokes.points import TOUCH
from redstar_geo.readers.strokes.values import places

_FLAT = 0.03  # of a line's length: a point this near to it may be on either side
_MIDDLE = 3.0  # pixels from the middle of a segment to that of its ticks
_BESIDE = 1.5 * LETTER  # from a line to the letter of a point on it
_TOUCHED = 4.0  # pixels along a tangent to the point where it touches


def depiction(drawn: Drawing) -> Depiction:
    """All that a drawing says, and what of it could not be read."""
    said, unread = set(_incidences(drawn)), list(_unnamed(drawn))
    standing, doubtful = _standing(drawn), _doubtful(drawn)
    texts: dict[str, str] = {}
    for number, label in enumerate(drawn.values):
        text, (name, line) = label.text or "", standing.get(number, ("", None))
        if not name or not text or line in doubtful or read(f"AB = {value(text)}")[1]:
            unread.append(f"a label {text}".strip())
        else:
            texts[name] = text
    for name, text in texts.items():
        said.add(Statement("angle" if len(name) == 3 else "length", (spelled(name),), value(text)))
    said |= {Statement("right angle", (spelled(each.name),)) for each in drawn.corners if each.kind == "right"}
    groups, lost = _groups(drawn, {name for name, _ in standing.values()}, doubtful)
    words = "; ".join([written(said | set(grouped(groups))), *_lying(drawn, said)])
    return replace(in_words(words), unread=(*unread, *lost))


def _incidences(drawn: Drawing) -> Iterator[Statement]:
    """Lines with the points on them, circles, tangents."""
    ordered = [drawn.on_line(number) for number in range(len(drawn.lines))]
    yield from (Statement("line", (spelled(name),)) for name in ordered if len(name) > 1)
    for centre, point in drawn.names.items():
        for circle in point.centre:
            on_it = {name for name, each in drawn.names.items() if circle in each.circles}
            yield from (Statement("on circle", (centre, name)) for name in on_it)
            for number, line in enumerate(drawn.lines):
                x, y, radius = drawn.circles[circle]
                along, aside = line.place(x, y)
                touching = [name for name in ordered[number] if abs(drawn.place(line, name) - along) < _TOUCHED]
                if abs(abs(aside) - radius) < TOUCH and len(ordered[number]) > 1 and on_it.intersection(touching):
                    ends = spelled(ordered[number][0] + ordered[number][-1])
                    yield Statement("tangent", (ends, centre, touching[0]))


def _unnamed(drawn: Drawing) -> Iterator[str]:
    """Strokes that could not be told, in words."""
    yield from ("a line without letters" for number in range(len(drawn.lines)) if len(drawn.on_line(number)) < 2)
    centres = {circle for point in drawn.names.values() for circle in point.centre}
    yield from ("a circle without a letter at its centre" for _ in set(range(len(drawn.circles))) - centres)
    if drawn.left:
        yield f"{len(drawn.left)} strokes that are no line, circle or mark"


def _doubtful(drawn: Drawing) -> set[int]:
    """Lines beside which something stands that may be the letter of a point and was not read."""
    letters = [label.box for label in drawn.values if label.text is None or label.is_point]
    places = [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in (*letters, *drawn.left)]
    found = set()
    for number, line in enumerate(drawn.lines):
        for along, aside in (line.place(x, y) for x, y in places):
            if abs(aside) < _BESIDE and -_BESIDE < along < line.length + _BESIDE:
                found.add(number)
    return found


def _standing(drawn: Drawing) -> dict[int, tuple[str, int | None]]:
    """Where each label stands, at an angle or at a segment of a line: the likeliest first, each once."""
    options = sorted(
        (place.cost, number, place.name, place.line)
        for number, label in enumerate(drawn.values)
        for place in places(label, drawn.names, drawn.lines, drawn.corners)
    )
    found: dict[int, tuple[str, int | None]] = {}
    for _, number, name, line in options:
        if number not in found and (name, line) not in found.values():
            found[number] = name, line
    return found


def _groups(
    drawn: Drawing, valued: set[str], doubtful: set[int]
) -> tuple[Mapping[tuple[str, int], list[str]], list[str]]:
    """Segments, angles and lines by the marks they share, and marks that are at none."""
    groups: dict[tuple[str, int], list[str]] = {}
    lost = []
    for corner in drawn.corners:
        if corner.kind == "arcs" and corner.name not in valued:
            groups.setdefault(("angle", corner.count), []).append(spelled(corner.name))
    for mark in drawn.along:
        on_it = drawn.on_line(mark.line)
        name = on_it[:1] + on_it[-1:] if mark.kind == "arrows" else _segment(drawn, mark, on_it)
        if len(name) < 2 or (mark.kind == "ticks" and mark.line in doubtful):
            lost.append(f"{mark.kind} in the middle of no segment that is known")
        else:
            groups.setdefault((mark.kind, mark.count), []).append(spelled(name))
    return groups, lost


def _segment(drawn: Drawing, mark: Along, on_it: str) -> str:
    """The segment in whose middle ticks are; none where that is no segment's."""
    line = drawn.lines[mark.line]
    off = {
        one + other: abs((drawn.place(line, one) + drawn.place(line, other)) / 2 - mark.place)
        for one, other in combinations(on_it, 2)
    }
    best = min(off, key=lambda name: off[name], default="")
    return best if best and off[best] < _MIDDLE else ""


def _lying(drawn: Drawing, said: Iterable[Statement]) -> Iterator[str]:
    """On which sides of lines and in which order on circles the points lie."""
    on: dict[str, str] = {}
    for each in sorted(said):
        if each.kind == "on circle":
            on[each.names[0]] = on.get(each.names[0], "") + each.names[1]
    whole = [each.names[0] for each in said if each.kind == "line"]
    marked = [corner.name for corner in drawn.corners]
    # where two figures that no stroke joins lie to one another is chance
    for part in united([*map(set, whole), *({centre, *points} for centre, points in on.items())]):
        at = {name: (drawn.names[name].x, -drawn.names[name].y) for name in part}
        inner = sorted(line for line in whole if line[0] in part)
        around = {centre: points for centre, points in on.items() if centre in part}
        yield from lying(inner, around, at, [name for name in marked if name[1] in part], _FLAT)
