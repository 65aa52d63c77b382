"""Diagrams drawn from built-in problems, and the same shapes under other letters and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from redstar_geo.geometry.draw import Layout, layout, png
from redstar_geo.geometry.obstacles import Stroke
from redstar_geo.sources.builtin import builds

_MARK = 0.15
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "RSTUVWXYZABCDEFGHIJKLMNOPQ2345678915")


def layouts(count: int, seed: int) -> Iterator[Layout]:
    """As many different diagrams of all families, at several difficulties, without letters that touch lines."""
    seen: set[tuple[Stroke, ...]] = set()
    for built in builds((), 3 * count, seed, (2, 5, 8), modality="both"):
        page = layout(built.figure)
        if not page.collisions and page.strokes not in seen and len(seen) < count:
            seen.add(page.strokes)
            yield page


def renamed(page: Layout) -> bytes:
    """The same shape with every letter and digit another one."""
    labels = tuple(replace(label, text=label.text.translate(_LETTERS)) for label in page.labels)
    return png(replace(page, labels=labels))


def same_form(one: Layout, other: Layout) -> bool:
    """Whether the lines and circles could be the same up to place, size, turn and mirroring: by their lengths alone."""
    mine, theirs = _lengths(one), _lengths(other)
    return len(mine) == len(theirs) and all(abs(a - b) < 0.05 for a, b in zip(mine, theirs, strict=True))


def _lengths(page: Layout) -> list[float]:
    """Of all lines and radii, in units of the longest, sorted; without the strokes of ticks, arcs and right angles."""
    lines = [math.dist(stroke[:2], stroke[2:]) for stroke in (*page.strokes, *page.dashed)]
    lengths = sorted(lines + [ring[2] for ring in page.rings])
    return [length / lengths[-1] for length in lengths if length > _MARK * lengths[-1]]
