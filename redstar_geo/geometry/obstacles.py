"""Whether ink and a label's box touch, in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

Stroke = tuple[float, float, float, float]  # from x1, y1 to x2, y2
Ring = tuple[float, float, float]  # centre and radius
Obstacle = tuple[float, float, float, float, float, float, float, float]  # bounds in x and y, start, direction


def obstacle(stroke: Stroke) -> Obstacle:
    """A stroke as `some_meets` takes it."""
    x1, y1, x2, y2 = stroke
    return min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2), x1, y1, x2 - x1, y2 - y1


def some_meets(obstacles: Sequence[Obstacle], x: float, y: float, half_width: float, half_height: float) -> bool:
    """Whether a straight line touches a box (separating axes); most of the time of a layout is spent here."""
    left, right, top, bottom = x - half_width, x + half_width, y - half_height, y + half_height
    for low_x, high_x, low_y, high_y, x1, y1, dx, dy in obstacles:
        near = low_x <= right and high_x >= left and low_y <= bottom and high_y >= top
        if near and abs(dx * (y - y1) - dy * (x - x1)) <= half_width * abs(dy) + half_height * abs(dx):
            return True
    return False


def ring_meets(ring: Ring, x: float, y: float, half_width: float, half_height: float) -> bool:
    """Whether a circle's line touches a box."""
    cx, cy, radius = ring
    dx, dy = abs(x - cx), abs(y - cy)
    nearest = math.hypot(max(0.0, dx - half_width), max(0.0, dy - half_height))
    return nearest <= radius <= math.hypot(dx + half_width, dy + half_height)
