"""Pages full of labels and lines that are about nothing: five times the glyphs of a figure, to learn letters from."""

from __future__ import annotations

import math
from random import Random

from redstar_geo.geometry.draw import SIZE, Label, Layout
from redstar_geo.geometry.lettering import half_size
from redstar_geo.geometry.obstacles import Ring, Stroke, obstacle, ring_meets, some_meets

_CAPITALS = "ABCDEFGHKLMNOPQRSTUVWXYZ"
_LABELS, _STROKES, _RINGS = 34, 16, 2  # of a page as large as a figure
_GAP = 4.0


def page(rng: Random, size: tuple[int, int] = SIZE) -> Layout:
    """Labels as figures have them, anywhere, and lines and circles that keep clear of them; at least one label."""
    part = size[0] * size[1] / (SIZE[0] * SIZE[1])
    most = max(1, round(part * _LABELS))
    labels: list[Label] = []
    for _ in range(2 * most):
        label = _label(rng, size)
        if len(labels) < most and all(_apart(label, other) for other in labels):
            labels.append(label)
    wanted, pens = round(part * _STROKES), round(part * _RINGS)
    strokes = [stroke for stroke in (_stroke(rng, size) for _ in range(2 * wanted)) if _clear(stroke, labels)][:wanted]
    rings = [ring for ring in (_ring(rng, size) for _ in range(4 * pens)) if _clear_ring(ring, labels)][:pens]
    return Layout(size, tuple(strokes), (), tuple(rings), (), tuple(labels), (), {}, ())


def _label(rng: Random, size: tuple[int, int]) -> Label:
    text, (half_width, half_height) = next(
        (text, half) for text in iter(lambda: _text(rng), "") if 2 * (half := half_size(text))[0] < size[0]
    )
    x, y = rng.uniform(half_width, size[0] - half_width), rng.uniform(half_height, size[1] - half_height)
    return Label(text, x, y, half_width, half_height)


def _text(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(_CAPITALS)
    if kind < 0.55:
        return "?"
    number = str(rng.randint(1, 10 ** rng.randint(1, 3)))
    if kind < 0.75:
        return f"{number}°"
    if kind < 0.88:
        return number
    if kind < 0.92:
        return f"{number}.5" + rng.choice(("", "°"))
    if kind < 0.96:
        return rng.choice(
            (f"√{number}", f"{rng.randint(2, 30)}√{rng.randint(2, 30)}", f"{number}/{rng.randint(2, 12)}")
        )
    sum_in_x = f"{rng.randint(2, 9)}x {rng.choice('+−')} {number}"
    return rng.choice((sum_in_x, f"({sum_in_x})°", f"{rng.randint(2, 9)}x°", "x", "x°"))


def _stroke(rng: Random, size: tuple[int, int]) -> Stroke:
    x, y, turn, length = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(0, math.tau), rng.uniform(4, 90)
    return x, y, x + length * math.cos(turn), y + length * math.sin(turn)


def _ring(rng: Random, size: tuple[int, int]) -> Ring:
    return rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(10, 110)


def _apart(label: Label, other: Label) -> bool:
    beside = abs(label.x - other.x) >= label.half_width + other.half_width + _GAP
    return beside or abs(label.y - other.y) >= label.half_height + other.half_height + _GAP


def _clear(stroke: Stroke, labels: list[Label]) -> bool:
    at = [obstacle(stroke)]
    return not any(some_meets(at, one.x, one.y, one.half_width + 2, one.half_height + 2) for one in labels)


def _clear_ring(ring: Ring, labels: list[Label]) -> bool:
    return not any(ring_meets(ring, one.x, one.y, one.half_width + 2, one.half_height + 2) for one in labels)
