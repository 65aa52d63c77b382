"""What FormalGeo says of a diagram (`construction_cdl`, `image_cdl`) as statements that can be read off it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from redstar_geo.geometry import cdl
from redstar_geo.geometry.reading import Statement, as_drawn, read, written
from redstar_geo.geometry.spellings import formal

_SIDE = re.compile(r"\b[A-Z]{2}\b")


def depicted(construction: Iterable[str], image: Iterable[str]) -> tuple[set[Statement], list[str]]:
    """The statements of a diagram, and those of `image` that have no place among them.

    Lines are the sides of the shapes and what is collinear. A circle bears the name of its centre: of the one that is
    said to be it, else of the point of its own name. Without a centre nobody can name it, and it is left out.

    Raises:
        CDLError: something is not in the language.
        ValueError: a predicate has too many or too few points.
    """
    image, lines, on = list(image), set[str](), dict[str, str]()
    for fact in construction:
        term = cdl.parse(fact)
        if term.head == "Collinear":
            lines.add(term.points[0])
        elif term.head == "Shape":
            lines |= {min(side, side[::-1]) for side in _SIDE.findall(fact)}  # each shape has it in its own direction
        elif term.head == "Cocircular":
            on[term.points[0]] = "".join(term.points[1:])
    centres = {name: name for name in on if any(name in line for line in lines)}
    for fact in (each for each in image if each.startswith("IsCentreOfCircle(")):
        point, name = cdl.parse(fact).points
        centres[name] = point
    drawn = [line for line in lines if not any(line != other and set(line) <= set(other) for other in lines)]
    said, left_out = [f"lines {', '.join(drawn)}"] if drawn else [], []
    said += [f"⊙{centres[name]}: {points}" for name, points in on.items() if name in centres and points]
    for fact in image:
        if fact.startswith("IsCentreOfCircle("):
            continue
        told = _tangent(fact, centres, on) if fact.startswith("IsTangentOfCircle(") else formal(fact)
        found, unreadable = read(told or "")
        if not found or unreadable:
            left_out.append(fact)
        else:
            said.append(str(told))
    return whole(read("; ".join(said))[0], drawn), left_out


def whole(statements: Iterable[Statement], drawn: Sequence[str]) -> set[Statement]:
    """As they are drawn, with all that follows from groups: what is equal to one of them is equal to each."""
    return read(written(as_drawn(statements, drawn)))[0]


def _tangent(fact: str, centres: dict[str, str], on: dict[str, str]) -> str | None:
    """`IsTangentOfCircle(PA,O)`: the line touches in the one of its two points that is on the circle."""
    line, circle = cdl.parse(fact).points
    touching = [point for point in line if point in on.get(circle, "")]
    if circle not in centres or len(touching) != 1:
        return None
    return f"{line} touches ⊙{centres[circle]} at {touching[0]}"
